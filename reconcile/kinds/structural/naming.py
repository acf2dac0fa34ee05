"""The names that a definition wants, those it gets, and what its status says of both.

1. Names are taken within a group: plural, singular and short names together, kind and list kind
   together. What a definition has been given it keeps.
2. When names are looked at, and what a status is written with, is the server's business.

Source: k8s.io/apiextensions-apiserver pkg/controller/status/naming_controller.go, 1.36.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from reconcile.value.frozen import thaw

from ._go import EMPTY, go_quoted, is_list

__all__ = ["Naming", "first_status", "named"]

_ORDER = ("plural", "singular", "shortNames", "kind", "listKind", "categories")


class Naming(NamedTuple):
    """What became of the names of a definition."""

    accepted: dict[str, Any]
    """For `status.acceptedNames`."""
    reason: str
    """Why `NamesAccepted` is as it is: `NoConflicts`, or the kind of conflict."""
    message: str

    @property
    def good(self) -> bool:
        """Whether all names are accepted."""
        return self.reason == "NoConflicts"

    def conditions(self, *, established: bool) -> list[dict[str, str]]:
        """Return the conditions that follow, without times.

        Shape: `established` says that the definition is so already, and then it stays.
        """
        status = "True" if self.good else "False"
        made = [_condition("NamesAccepted", status, self.reason, self.message)]
        if self.good or established:
            text = "the initial names have been accepted"
            made.append(_condition("Established", "True", "InitialNamesAccepted", text))
        else:
            text = "not all names are accepted"
            made.append(_condition("Established", "False", "NotAccepted", text))
        return made


def _condition(kind: str, status: str, reason: str, message: str) -> dict[str, str]:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def first_status(crd: Mapping[str, Any]) -> dict[str, Any]:
    """Return the status that a new definition has until its names are looked at."""
    versions = (crd.get("spec") or EMPTY).get("versions") or ()
    stored = [each.get("name") for each in versions if each.get("storage") is True]
    return {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": stored or None,
    }


def named(crd: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> Naming:
    """Return what becomes of the names of a definition.

    Shape: `others` are the other definitions; those of other groups do not count.
    """
    spec = crd.get("spec") or EMPTY
    wanted: Mapping[str, Any] = spec.get("names") or EMPTY
    had: Mapping[str, Any] = (crd.get("status") or EMPTY).get("acceptedNames") or EMPTY
    resources, kinds = _taken(spec.get("group"), others)
    made: dict[str, Any] = dict(had)
    reason, message = "NoConflicts", "no conflicts found"
    for key, taken, what in (
        ("plural", resources, "PluralConflict"),
        ("singular", resources, "SingularConflict"),
        ("shortNames", resources, "ShortNamesConflict"),
        ("kind", kinds, "KindConflict"),
        ("listKind", kinds, "ListKindConflict"),
    ):
        want, has = wanted.get(key), had.get(key)
        held: list[str] = has if is_list(has) else [has or ""]
        asked: list[str] = want if is_list(want) else [want or ""]
        wrong = [each for each in asked if each and each not in held and each in taken]
        if wrong:
            told = [f"{go_quoted(each)} is already in use" for each in dict.fromkeys(wrong)]
            reason = what
            message = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
        else:
            made[key] = want
    made["categories"] = wanted.get("categories")
    accepted = {key: thaw(made[key]) for key in _ORDER if made.get(key)}
    return Naming(accepted, reason, message)


def _taken(group: Any, others: Iterable[Mapping[str, Any]]) -> tuple[set[str], set[str]]:
    """Return the names of resources and of kinds that others were given."""
    resources: set[str] = set()
    kinds: set[str] = set()
    for other in others:
        if (other.get("spec") or EMPTY).get("group") != group:
            continue
        names = (other.get("status") or EMPTY).get("acceptedNames") or EMPTY
        resources.update((names.get("plural") or "", names.get("singular") or ""))
        resources.update(names.get("shortNames") or ())
        kinds.update((names.get("kind") or "", names.get("listKind") or ""))
    return resources, kinds
