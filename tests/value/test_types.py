"""Absent is not null."""

from __future__ import annotations

import pickle

from reconcile.value import ABSENT, NULL


def test_absent_and_null_are_single_and_false() -> None:
    """There is one ABSENT and one NULL, also after pickling, and neither counts as true."""
    for value, name in ((ABSENT, "ABSENT"), (NULL, "NULL")):
        assert pickle.loads(pickle.dumps(value)) is value
        assert not value
        assert repr(value) == name
    assert ABSENT is not NULL
