"""What a server refuses of a definition, said to the author of the classes it is made from.

1. Each fault is one line: where in the object, what of that place the server refuses, why, and what
   to write in Python.
2. Rules that cost too much are told of once at each place, with the lists, dicts and texts that
   have no bound. The server's own words have no names.
3. No value of a default is told beside what a rule says of it.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go, 1.36.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import Fault
from reconcile.kinds.structural import crd_errors
from reconcile.manifests.judging.places import Place, places, within
from reconcile.manifests.judging.remedies import remedy_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = ["refusals"]

_ROOT: Final = "openAPIV3Schema"
_RULES: Final = "x-kubernetes-validations"
_STEP: Final = re.compile(r"\.(?:properties\[([^\]]*)\]|(items|additionalProperties))(?=\.|$)")
_RULE: Final = re.compile(rf"{_RULES}\[(\d+)\]\.(?:rule)?")
_DRAWING: Final = re.compile(r"\n \|[^\n]*")
_SPACE: Final = re.compile(r"\s+")
_WORD: Final = re.compile(r"\w+")
_WHOLE: Final = re.compile(
    r"(?<![\w.])(?:self|oldSelf)\s*[!=]=|[!=]=\s*(?:self|oldSelf)\b(?![.\[])"
)
_COLUMN: Final = re.compile(r"spec\.(?:versions\[(\d+)\]\.)?additionalPrinterColumns\[(\d+)\]\.")
_SHOWN: Final = 4
"""Places without a bound that are named."""


def refusals(made: JsonObject) -> list[Fault]:
    """Return what a server refuses of a definition that classes became.

    Shape: pointers are those of `SchemaError`, "" for what is not about a place in the object.
    """
    spec = cast("dict[str, Any]", made["spec"])
    stored: list[Json] = [version["name"] for version in spec["versions"]]
    held: JsonObject = {**made, "status": {"storedVersions": stored}}
    errors = crd_errors(held)
    costly = [each for each in errors if _costs(each)]
    placed = [each for each in costly if "entire OpenAPIv3 schema exceeds" not in each.detail]
    faults = [_costly(each.path, made) for each in placed or costly]
    return [*faults, *(_fault(each, made) for each in errors if not _costs(each))]


def _costs(error: FieldError) -> bool:
    return "exceeds budget" in error.detail or "exceeding cost limit" in error.detail


def _fault(error: FieldError, made: JsonObject) -> Fault:
    pointer, rest = _placed(error.path)
    what = _named(rest) if _ROOT in error.path else _outside(error.path, made)
    if error.detail.startswith("rule compile error"):
        # The server was about to hold a default to the rule.
        what = "one of its rules"
        error = error._replace(path=error.path.removesuffix(".default"))
    why = _SPACE.sub(" ", _DRAWING.sub("", error.detail)).strip()
    remedy = remedy_of(error, made)
    text = f"the server refuses {what}: {why or error.reason}"
    return Fault(pointer, f"{text}; {remedy}" if remedy else text)


def _named(rest: str) -> str:
    """Return what of a place an error is about, in the words of a message."""
    if rest == "default":
        return "its default"
    if rule := _RULE.match(rest):
        part = rest[rule.end() :]
        number = int(rule[1]) + 1
        return f"the {part} of its rule {number}" if part else f"its rule {number}"
    return f"its {rest}" if rest else "it"


def _outside(path: str, made: JsonObject) -> str:
    """Return what of a definition a path beside its schemas leads to."""
    if found := _COLUMN.match(path):
        versions = cast("dict[str, Any]", made["spec"])["versions"]
        told = versions[int(found[1] or 0)]["additionalPrinterColumns"][int(found[2])]
        return f"the {path[found.end() :]} of the column {told['name']}"
    return path or "it"


def _placed(path: str) -> tuple[str, str]:
    """Return the place of an object that a path leads to, and what is left of the path."""
    _, _, inner = path.partition(_ROOT)
    steps: list[str] = []
    end = 0
    while step := _STEP.match(inner, end):
        steps.append("*" if step[1] is None else step[1].replace("~", "~0").replace("/", "~1"))
        end = step.end()
    return "".join(f"/{step}" for step in steps), inner[end:].removeprefix(".")


def _costly(path: str, made: JsonObject) -> Fault:
    """Return that rules cost too much, and what has no bound."""
    way = within(made, path)
    pointer, _ = _placed(path)
    text = "its rules may cost the server more than it allows"
    named = list(dict.fromkeys(_placed(each.path)[0] for each in _unbounded(way)))
    if not named:
        return Fault(pointer, f"{text}: make them cheaper, or give what they look at lower bounds")
    shown = named[:_SHOWN]
    more = f" and {len(named) - len(shown)} more" if len(named) > len(shown) else ""
    bound = "Annotated[..., Field(max_length=...)]"
    return Fault(pointer, f"{text}: write {bound} for {', '.join(shown)}{more}")


def _unbounded(way: Sequence[Place]) -> Iterator[Place]:
    """Yield what makes rules of the last place on a way dear: around it, then what they look at."""
    around = [each for each in way[:-1] if _open(each) and each.schema.get("type") != "string"]
    last = way[-1]
    rules: Sequence[Mapping[str, Any]] = last.schema.get(_RULES) or ()
    said = [str(each.get("rule")) for each in rules]
    inside = [each for each in places(last.schema, last.path) if _open(each)]
    looked_at = inside
    # What is compared as a whole is looked at down to its last text.
    if not any(_WHOLE.search(each) for each in said):
        words = {word for each in said for word in _WORD.findall(each)}
        looked_at = [each for each in inside if _own_name(each) in {"", *words}]
    yield from [*around, *looked_at] or inside


def _own_name(place: Place) -> str:
    """Return the name of the field a place is in, "" for the value itself and its items."""
    return place.field.rpartition(".")[2].partition("[")[0]


def _open(place: Place) -> bool:
    """Return whether nothing says how large values of a place become."""
    schema = place.schema
    kind = schema.get("type")
    if kind == "string":
        return not any(key in schema for key in ("maxLength", "enum", "format"))
    if kind == "array":
        return "maxItems" not in schema
    return isinstance(schema.get("additionalProperties"), Mapping) and "maxProperties" not in schema
