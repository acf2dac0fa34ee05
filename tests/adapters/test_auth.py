"""Facts about who may call."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.adapters.auth import AnyOf, Basic, Bearer
from reconcile.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path


def basic(text: str) -> str:
    """Return the header's value for `user:password`."""
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_several_tokens() -> None:
    """Each token is let in, in any spelling of the scheme; parts of one are not."""
    auth = Bearer("one", " two ")
    for right in ("Bearer one", "bearer two", "  BEARER   two "):
        assert auth.allows(right)
    for wrong in ("", "one", "Bearer", "Bearer ", "Bearer on", "Bearer one two", "Basic one"):
        assert not auth.allows(wrong)


def test_several_users() -> None:
    """Each user is let in with its own password only; a password may hold a colon."""
    auth = Basic(("a", "1:2"), ("b", "ü"))
    assert auth.allows(basic("a:1:2"))
    assert auth.allows(basic("b:ü"))
    for wrong in (basic("a:ü"), basic("a:"), basic("a"), "Basic", "Basic ???", "Basic /w==", ""):
        assert not auth.allows(wrong)


def test_any_of() -> None:
    """Two ways side by side: either is enough, and both are told."""
    auth = AnyOf(Bearer("t"), Basic(("u", "p")))
    assert auth.allows("Bearer t")
    assert auth.allows(basic("u:p"))
    assert not auth.allows(basic("t:"))
    assert auth.challenge == 'Bearer, Basic realm="webhook", charset="UTF-8"'


def test_a_file_is_read_again(tmp_path: Path) -> None:
    """A changed file counts at once; a lost one allows nobody; a restored one works again."""
    file = tmp_path / "tokens"
    file.write_text("old\n\n  new  \n")
    auth = Bearer(files=[file])
    assert auth.allows("Bearer old")
    assert auth.allows("Bearer new")
    file.write_text("new\nnewest\n")
    assert not auth.allows("Bearer old")
    assert auth.allows("Bearer newest")
    file.unlink()
    assert not auth.allows("Bearer new")
    file.write_text("last")
    assert auth.allows("Bearer last")


def test_a_link_is_followed(tmp_path: Path) -> None:
    """A Secret's volume changes by moving a link, with the same times and sizes."""
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"u:{name}")
        os.utime(tmp_path / name, ns=(1, 1))
    link = tmp_path / "users"
    link.symlink_to("one")
    auth = Basic(files=[link])
    assert auth.allows(basic("u:one"))
    (tmp_path / "next").symlink_to("two")
    (tmp_path / "next").rename(link)
    assert auth.allows(basic("u:two"))
    assert not auth.allows(basic("u:one"))


def test_an_unchanged_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as nothing changes, a call costs no reading."""
    file = tmp_path / "tokens"
    file.write_text("t")
    auth = Bearer(files=[file])
    monkeypatch.setattr("pathlib.Path.open", None)
    assert auth.allows("Bearer t")


def test_what_cannot_work_is_refused(tmp_path: Path) -> None:
    """No token, an empty one, an empty or missing file, a user with a colon: all said at once."""
    empty = tmp_path / "empty"
    empty.write_text(" \n")
    undecodable = tmp_path / "undecodable"
    undecodable.write_bytes(b"\xff")
    for make in (
        Bearer,
        Basic,
        AnyOf,
        lambda: Bearer(""),
        lambda: Bearer("t", files=[tmp_path / "missing"]),
        lambda: Bearer(files=[empty]),
        lambda: Basic(files=[undecodable]),
        lambda: Basic(("a:b", "c")),
        lambda: Basic(("", "c")),
        lambda: Basic(("a", "")),
    ):
        with pytest.raises(DefinitionError):
            make()


def test_nothing_is_shown() -> None:
    """No token or password is kept as text."""
    auth = Bearer("a-secret-token")
    assert "a-secret-token" not in repr(auth) + repr(vars(auth)) + repr(vars(auth._secrets))


@given(st.text())
def test_any_header_is_answered(text: str) -> None:
    """Whatever is presented is let in or not; nothing raises."""
    auth = AnyOf(Bearer("a-token-of-ours"), Basic(("user", "a-password-of-ours")))
    assert not auth.allows(text)
    assert not auth.allows(f"Bearer {text}")
    assert not auth.allows(f"Basic {text}")
