"""What a rule says of itself by its annotation."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Optional, Union

import pytest

from reconcile import Contribution, Gvk, Kind, all_of, rule
from reconcile.kinds.core_v1 import Secret, Service
from reconcile.rules.rule import leaves, owned_kinds

if TYPE_CHECKING:
    from reconcile.kinds.core_v1 import Pod

SECRET, SERVICE = Gvk("v1", "Secret"), Gvk("v1", "Service")


def one(o: Any) -> Secret: ...
def maybe(o: Any) -> Secret | None: ...
def optional(o: Any) -> Optional[Secret]: ...  # noqa: UP045
def union(o: Any) -> Union[Service, Secret]: ...  # noqa: UP007
def some(o: Any) -> list[Secret]: ...
def fixed(o: Any) -> tuple[Service, Secret]: ...
def endless(o: Any) -> tuple[Secret, ...]: ...
def sequence(o: Any) -> Sequence[Secret | Service]: ...
def collection(o: Any) -> Collection[Secret]: ...
def iterable(o: Any) -> Iterable[Secret]: ...
def iterator(o: Any) -> Iterator[Secret]: ...
def generator(o: Any) -> Generator[Secret, None, Service]: ...
def nothing(o: Any) -> None: ...
def contribution(o: Any) -> Contribution: ...
def mixed(o: Any) -> list[Secret | Contribution]: ...
def mapping(o: Any) -> dict[str, Secret]: ...
def anything(o: Any) -> Any: ...
def any_kind(o: Any) -> Kind: ...
def unsaid(o: Any): ...
def hidden(o: Any) -> Pod: ...


@pytest.mark.parametrize(
    ("function", "owns"),
    [
        (one, (SECRET,)),
        (maybe, (SECRET,)),
        (optional, (SECRET,)),
        (union, (SECRET, SERVICE)),
        (some, (SECRET,)),
        (fixed, (SECRET, SERVICE)),
        (endless, (SECRET,)),
        (sequence, (SECRET, SERVICE)),
        (collection, (SECRET,)),
        (iterable, (SECRET,)),
        (iterator, (SECRET,)),
        (generator, (SECRET,)),
        (nothing, ()),
        (contribution, None),
        (mixed, None),
        (mapping, None),
        (anything, None),
        (any_kind, None),
        (unsaid, None),
        (hidden, None),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_kinds_in_an_annotation(function: Any, owns: Any) -> None:
    """All kinds that an annotation says are known; one that says anything else says nothing."""
    assert rule(function).owns == owns


def test_owns_goes_before_the_annotation() -> None:
    """What is said with owns= counts, as classes or as kinds."""
    assert rule(owns=[Service, SECRET])(contribution).owns == (SERVICE, SECRET)
    assert rule(owns=[])(one).owns == ()


def test_kinds_of_a_set() -> None:
    """A set makes what its rules make, and nobody knows if one does not say."""
    both = all_of(rule(one), rule(name="s")(fixed))
    assert owned_kinds(both) == (SECRET, SERVICE)
    assert owned_kinds(all_of(both, rule(anything))) is None
    assert [leaf.name for leaf in leaves(both)] == ["one", "s"]


def test_options_of_a_rule() -> None:
    """What is told to the decorator is on the rule, and the rest is the default."""
    told = rule(name="n", needs=[rule(one), "other"], ready="Up", finalizing=True)(maybe)
    assert (told.name, told.needs, told.ready, told.finalizing) == (
        "n",
        ("one", "other"),
        "Up",
        True,
    )
    plain = rule(maybe)
    assert (plain.name, plain.needs, plain.ready, plain.finalizing) == ("maybe", (), None, False)
