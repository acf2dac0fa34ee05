"""Times, uids and suffixes that follow from what is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from reconcile.simulate.server.clock import EPOCH, hashed, micro_stamp, stamp, suffix, uid

COUNTS = st.integers(0, 2**40)


def test_a_time_is_told_in_utc_and_whole_seconds() -> None:
    """Fractions are cut off, and the zone is the server's."""
    now = datetime(2026, 1, 1, 1, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert stamp(now) == "2025-12-31T23:30:00Z"
    assert micro_stamp(now) == "2025-12-31T23:30:00.999999Z"
    assert stamp(EPOCH) == "2026-01-01T00:00:00Z"
    assert EPOCH.tzinfo is UTC


@given(COUNTS, COUNTS)
def test_uids_have_the_form_of_random_ones(seed: int, count: int) -> None:
    """Clients that check the version and the variant of a uid take them."""
    made = UUID(uid(seed, count))
    assert (made.version, made.variant) == (4, RFC_4122)
    assert str(made) == uid(seed, count)


def test_what_is_chosen_follows_from_the_seed() -> None:
    """The same in every process: these are pinned."""
    assert uid(0, 1) == uid(0, 1)
    assert len({uid(seed, count) for seed in range(20) for count in range(20)}) == 400
    assert hashed(0, "uid", 1) != hashed(0, "name", 1)
    assert hashed(1, "uid", 11) != hashed(11, "uid", 1)


@given(COUNTS, COUNTS)
def test_suffixes_spell_no_word(seed: int, count: int) -> None:
    """Five letters and digits, none of which is a vowel or is taken for another one."""
    made = suffix(seed, count)
    assert len(made) == 5
    assert set(made) <= set("bcdfghjklmnpqrstvwxz2456789")
