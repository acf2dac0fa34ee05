"""What a change of a definition breaks: stored objects, clients, or nothing.

1. `refused`: the server does not take the change. `objects`, `clients` and `safe`: see `compared`.
2. Schemas are compared version by version. Where another version is stored from now on, what was
   stored is also held to the new one, unless a webhook converts.
3. Each change is told with what comes of it, and what to do instead.

Source: reconcile.kinds.structural, of kube-apiserver 1.36; held to the simulated server by tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, cast

from reconcile.errors import DefinitionError
from reconcile.kinds.structural import crd_update_errors, named, storage_version
from reconcile.value.equality import equal

from .compared import Difference, compared
from .document import completed, form_errors, subject_of
from .findings import plain
from .places import part, schema_of, several, versions_of

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["CrdChange", "Effect", "crd_changes"]

Effect: TypeAlias = Literal["refused", "objects", "clients", "safe"]

_ORDER: Final = ("refused", "objects", "clients", "safe")
_NAMED: Final = 4
"""Fields that are named in one change."""
_Map: TypeAlias = Mapping[str, Any]


class CrdChange(NamedTuple):
    """One change of a definition, and what comes of it."""

    effect: Effect
    version: str
    """The version it is about, `v1 -> v2` where another one is stored; "" for all of them."""
    field: str
    """The field of the objects, or of the definition where `version` is ""; "" for all of it."""
    what: str
    why: str
    """What comes of it; "" where nothing does."""
    remedy: str = ""
    """What to do instead, or first; "" where there is nothing to be done."""

    def __str__(self) -> str:
        """Return the change on one line."""
        place = " ".join(each for each in (self.version, self.field) if each) or "the definition"
        told = "".join(f"; {each}" for each in (self.why, self.remedy) if each)
        return f"{self.effect}: {place}: {self.what}{told}"

    def to_json(self) -> JsonObject:
        """Return the change as a JSON object, every member there."""
        return cast("JsonObject", self._asdict())


def crd_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[CrdChange, ...]:
    """Return what differs between two forms of a CustomResourceDefinition, worst first.

    Shape: `old` is installed; where it has a status, as a server answers it, that tells which
        versions are stored. `new` is to replace it; its status is not looked at.
    Guarantees: nothing for the same definition. What breaks stored objects is `objects`: an update
        that leaves the field alone is refused for some object that was valid, or loses data.
    Raises: DefinitionError if one of them is no definition that a server can read. LimitError if
        one is too deep or too large.
    """
    before, after = _read(old), _read(new)
    status = old.get("status")
    known = several(status, "storedVersions")
    stored = [each for each in known if isinstance(each, str)] or [storage_version(before)]
    held = _held(before, stored)
    found = [*_refused(held, after), *_of_definition(before, after), *_of_versions(before, after)]
    unique = list(dict.fromkeys(found))
    return tuple(sorted(unique, key=lambda each: _ORDER.index(each.effect)))


def _read(document: _Map) -> JsonObject:
    subject = subject_of(document)
    wrong = [f"{each.path} {each.message}" for each in form_errors(document) if not each.readable]
    if wrong:
        raise DefinitionError(wrong, subject=subject)
    return completed(document)


def _held(before: JsonObject, stored: list[str]) -> JsonObject:
    """Return a definition as the server holds it once it is established."""
    naming = named(before, [])
    status = {
        "conditions": naming.conditions(established=True),
        "acceptedNames": naming.accepted,
        "storedVersions": stored,
    }
    return cast("JsonObject", {**before, "status": status})


def _refused(before: JsonObject, after: JsonObject) -> Iterator[CrdChange]:
    """Yield why the server does not take the change."""
    errors = crd_update_errors(before, {**after, "status": before["status"]})
    for error in errors:
        yield CrdChange(
            "refused", "", error.path, plain(error), "the server does not take the change"
        )
    names = [part(each, "metadata").get("name") for each in (before, after)]
    if names[0] != names[1] and not errors:
        what = "has another name, so it is another definition"
        why = "it is installed beside the old one, which keeps its objects"
        yield CrdChange("refused", "", "metadata.name", what, why, "keep the name")


# -- what is not in schemas ------------------------------------------------------------------------


def _of_definition(before: _Map, after: _Map) -> Iterator[CrdChange]:
    """Yield what differs in what all versions share."""
    old, new = part(part(before, "spec"), "names"), part(part(after, "spec"), "names")
    for key, who in (
        ("shortNames", "kubectl no longer knows it"),
        ("categories", "kubectl get of it no longer shows the objects"),
    ):
        for name in several(old, key):
            if name not in several(new, key):
                what = f"{name} is gone"
                yield CrdChange("clients", "", f"spec.names.{key}", what, who, f"keep {name}")
        for name in several(new, key):
            if name not in several(old, key):
                yield CrdChange("safe", "", f"spec.names.{key}", f"{name} is new", "")
    for key, why in (
        ("singular", "kubectl no longer knows the old name"),
        ("listKind", "clients that read lists by kind no longer find it"),
    ):
        if old.get(key) != new.get(key):
            yield CrdChange("clients", "", f"spec.names.{key}", "is another", why, "keep it")
    one, other = (part(part(each, "spec"), "conversion") for each in (before, after))
    if not equal(cast("Any", one), cast("Any", other)):
        why = "what other versions than the stored one show is decided otherwise"
        what = "versions are converted otherwise"
        yield CrdChange(
            "clients", "", "spec.conversion", what, why, "try it with stored objects first"
        )


def _of_versions(before: _Map, after: _Map) -> Iterator[CrdChange]:
    old = {each["name"]: each for each in versions_of(before) if each.get("name")}
    new = {each["name"]: each for each in versions_of(after) if each.get("name")}
    converts = part(part(after, "spec"), "conversion").get("strategy") == "Webhook"
    was, stored = storage_version(before), storage_version(after)
    for name, version in old.items():
        if name not in new:
            why = "requests of this version are answered with 404"
            remedy = "say served: true until nobody asks for it"
            yield CrdChange("clients", name, "", "the version is gone", why, remedy)
        else:
            yield from _of_version(name, version, new[name])
    for name, version in new.items():
        if name in old:
            continue
        lost = (
            _lost(new.get(stored), version)
            if version.get("served") is True and not converts
            else []
        )
        if lost and name != stored:
            what = f"the version is new, and does not have {_several(lost)} of {stored}"
            why = "who writes through it drops them"
            yield CrdChange("clients", name, "", what, why, f"describe them in {name} too")
        else:
            yield CrdChange("safe", name, "", "the version is new", "")
    if was != stored and was in old and stored in new:
        yield CrdChange(
            "safe", f"{was} -> {stored}", "", "another version is stored from now on", ""
        )
        if not converts:
            moved = f"{was} -> {stored}"
            for each in compared(schema_of(old[was]), schema_of(new[stored])):
                if each.effect == "objects":
                    yield _change(moved, each)


def _several(fields: list[str]) -> str:
    shown = fields[:_NAMED]
    more = len(fields) - len(shown)
    return f"{', '.join(shown)} and {more} more" if more else ", ".join(shown)


def _lost(stored: _Map | None, version: _Map) -> list[str]:
    """Return which fields of the stored version another one does not have."""
    if stored is None:
        return []
    differences = compared(schema_of(stored), schema_of(version))
    return [
        each.field for each in differences if each.effect == "objects" and each.what == "removed"
    ]


def _change(version: str, difference: Difference) -> CrdChange:
    effect, field, what, why, remedy = difference
    return CrdChange(effect, version, field, what, why, remedy)


def _of_version(name: str, before: _Map, after: _Map) -> Iterator[CrdChange]:
    was, now = before.get("served") is True, after.get("served") is True
    if was and not now:
        why = "requests of this version are answered with 404"
        remedy = "say deprecated: true first, and wait until nobody asks for it"
        yield CrdChange("clients", name, "", "the version is no longer served", why, remedy)
    elif now and not was:
        yield CrdChange("safe", name, "", "the version is served", "")
    keys = ("deprecated", "deprecationWarning")
    if any(before.get(key) != after.get(key) for key in keys):
        yield CrdChange("safe", name, "", "the version is deprecated otherwise", "")
    yield from _subresources(name, part(before, "subresources"), part(after, "subresources"))
    columns = [several(each, "additionalPrinterColumns") for each in (before, after)]
    if not equal(columns[0], columns[1]):
        yield CrdChange("safe", name, "", "has other columns", "")
    old, new = (
        [each.get("jsonPath") for each in several(side, "selectableFields")]
        for side in (before, after)
    )
    for path in old:
        if path not in new:
            why = "requests that select by it are refused"
            what = "objects can no longer be selected by it"
            yield CrdChange("clients", name, str(path).removeprefix("."), what, why, "keep it")
    for path in new:
        if path not in old:
            field = str(path).removeprefix(".")
            yield CrdChange("safe", name, field, "objects can be selected by it", "")
    for each in compared(schema_of(before), schema_of(after)):
        yield _change(name, each)


def _subresources(name: str, before: _Map, after: _Map) -> Iterator[CrdChange]:
    was, now = (each.get("status") is not None for each in (before, after))
    if was and not now:
        why = "writes to it are answered with 404, and Metacontroller does not start"
        yield CrdChange("clients", name, "status", "is no longer a subresource", why, "keep it")
    elif now and not was:
        why = "writes of the whole object leave the status as it is"
        yield CrdChange(
            "clients", name, "status", "is a subresource", why, "write the status to it"
        )
    old, new = part(before, "scale"), part(after, "scale")
    if old and not new:
        why = "kubectl scale and autoscalers are answered with 404"
        yield CrdChange("clients", name, "", "has no scale subresource any more", why, "keep it")
    elif new and not old:
        yield CrdChange("safe", name, "", "has a scale subresource", "")
    elif not equal(cast("Any", old), cast("Any", new)):
        why = "kubectl scale and autoscalers write and read other fields"
        yield CrdChange("clients", name, "", "scales by other fields", why)
