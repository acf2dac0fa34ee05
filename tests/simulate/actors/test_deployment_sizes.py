"""How large the ReplicaSets of a Deployment are to be."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.deployment_sizes import (
    max_surge,
    max_unavailable,
    new_size,
    saturated,
    shares,
)


def deployment(replicas, surge="25%", unavailable="25%", *, rolling=True, has=0):
    """Return a Deployment of a size."""
    strategy = {"type": "Recreate"}
    if rolling:
        limits = {"maxSurge": surge, "maxUnavailable": unavailable}
        strategy = {"type": "RollingUpdate", "rollingUpdate": limits}
    return {
        "metadata": {"name": "d"},
        "spec": {"replicas": replicas, "strategy": strategy},
        "status": {"replicas": has},
    }


def a_set(name, replicas, *, maximum=None, desired=None, available=0, made="1"):
    """Return a ReplicaSet of a size, with what is noted on it."""
    notes = {"max-replicas": maximum, "desired-replicas": desired}
    return {
        "metadata": {
            "name": name,
            "creationTimestamp": made,
            "annotations": {
                f"deployment.kubernetes.io/{key}": str(value)
                for key, value in notes.items()
                if value is not None
            },
        },
        "spec": {"replicas": replicas},
        "status": {"availableReplicas": available},
    }


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "made"),
    [
        (4, 1, 1, (1, 1)),
        (10, "25%", "25%", (3, 2)),
        (1, "25%", "25%", (1, 0)),
        (2, "0%", "1%", (0, 1)),
        (2, 0, 5, (0, 2)),
        (0, "25%", "25%", (0, 0)),
        (3, "200%", "100%", (6, 3)),
    ],
)
def test_shares_of_a_size_are_rounded(replicas, surge, unavailable, made):
    """Surge is rounded up, unavailable down; where both are nothing, one may be missing."""
    asked = deployment(replicas, surge, unavailable)
    assert (max_surge(asked), max_unavailable(asked)) == made


def test_who_recreates_has_neither():
    """Recreate knows no steps: all at once."""
    asked = deployment(5, rolling=False)
    assert (max_surge(asked), max_unavailable(asked)) == (0, 0)
    assert new_size(asked, [a_set("old", 5)], 0) == 5


@pytest.mark.parametrize(("old", "new", "made"), [(10, 0, 3), (13, 0, 0), (8, 4, 5), (2, 9, 10)])
def test_the_new_one_grows_into_the_room_that_is_left(old, new, made):
    """The whole is never more than wanted and surge, the new one never more than wanted."""
    sets = [a_set("old", old), a_set("new", new)]
    assert new_size(deployment(10), sets, new) == made


@pytest.mark.parametrize(
    ("new", "made"),
    [
        (None, False),
        (a_set("n", 3, desired=3, available=3), True),
        (a_set("n", 3, desired=4, available=3), False),
        (a_set("n", 3, available=3), False),
        (a_set("n", 3, desired="x", available=3), False),
        (a_set("n", 2, desired=3, available=3), False),
        (a_set("n", 3, desired=3, available=2), False),
    ],
)
def test_a_new_one_that_has_all_is_saturated(new, made):
    """Its size, what is noted on it and what is available all have to be what is wanted."""
    assert saturated(deployment(3), new) is made


def _shared(asked, *sets):
    return [(each["metadata"]["name"], count) for each, count in shares(asked, sets)]


def test_replicas_are_added_in_proportion():
    """What rounding leaves over goes to the largest."""
    old, new = a_set("old", 8, maximum=13, made="1"), a_set("new", 5, maximum=13, made="2")
    assert _shared(deployment(15), old, new) == [("old", 12), ("new", 7)]
    assert _shared(deployment(15, surge=3), old, new) == [("old", 11), ("new", 7)]


def test_replicas_are_taken_in_proportion():
    """Of two of one size, the newer grows first and the older shrinks first."""
    old, new = a_set("old", 5, maximum=10, made="1"), a_set("new", 5, maximum=10, made="2")
    assert _shared(deployment(5, surge=0), old, new) == [("old", 2), ("new", 3)]
    assert _shared(deployment(11, surge=0), old, new) == [("new", 6), ("old", 5)]
    assert _shared(deployment(0), old, new) == [("old", 0), ("new", 0)]


def test_a_size_that_fits_stays():
    """Where nothing is to be added, all keep their size."""
    sets = (a_set("a", 4, maximum=13), a_set("b", 9, maximum=13))
    assert sorted(_shared(deployment(10), *sets)) == [("a", 4), ("b", 9)]


def test_without_a_note_the_proportion_is_of_what_there_is():
    """A note that somebody took away or spoilt is replaced by the status; without it, none."""
    sets = (a_set("a", 6), a_set("b", 4, maximum="x"))
    assert _shared(deployment(20, surge=0, has=10), *sets) == [("a", 12), ("b", 8)]
    assert _shared(deployment(20, surge=0), *sets) == [("a", 16), ("b", 4)]
