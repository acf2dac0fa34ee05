"""Names of Python for the names of the wire: fields, classes, texts without meaning.

1. A name of the wire is a stranger's text: nothing of it becomes code but lower and upper case
   letters, digits and underscores of ASCII.
2. Field names are snake_case and read back as their wire name; where they do not, the caller writes
   the wire name beside the field.
3. The same names for the same document, in its order.
"""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING, Final

from reconcile.objects.wire_names import wire_name

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["RESERVED_CLASSES", "RESERVED_FIELDS", "camel", "field_names", "singular", "snake"]

RESERVED_FIELDS: Final = frozenset(
    # What a model has already: pydantic's, and ours.
    {"construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj", "parse_raw"}
    | {"schema", "schema_json", "update_forward_refs", "validate", "read", "to_wire"}
    # A field with a default stands for its name in what follows in the class.
    | {"bool", "float", "int", "list", "str", "exactly_one_of"}
)
"""Names that a field cannot have, beside Python's keywords and what begins with `model_`."""

RESERVED_CLASSES: Final = frozenset(
    {"Annotated", "Any", "BaseModel", "Cel", "Column", "EmbeddedResource", "False", "Field"}
    | {"Immutable", "IntOrString", "JsonValue", "ListType", "Literal", "MapType", "Model", "None"}
    | {"Parent", "PreserveUnknown", "Quantity", "Scale", "Schema", "Selectable", "True"}
)
"""Names that a class of a generated module cannot have: it imports them, or Python has them."""

_MAX_NAME: Final = 64
"""Characters of a name; what is longer is cut, and told apart by a number."""
_PLURAL_ACRONYM: Final = re.compile(r"([A-Z]{2,})s(?=[A-Z]|$)")
_ACRONYM: Final = re.compile(r"([A-Z]+)([A-Z][a-z])")
_HUMP: Final = re.compile(r"([a-z0-9])([A-Z])")
_OTHER: Final = re.compile(r"[^A-Za-z0-9]+")
_SINGULAR_ENDINGS: Final = ("ss", "us", "is", "as", "os")


def snake(wire: str) -> str:
    """Return `pod_cidrs` for `podCIDRs`; "" if nothing of the name can be in Python's."""
    text = _PLURAL_ACRONYM.sub(lambda found: found[1].capitalize() + "s", wire)
    text = _HUMP.sub(r"\1_\2", _ACRONYM.sub(r"\1_\2", text))
    return _OTHER.sub("_", text).strip("_").lower()[:_MAX_NAME].rstrip("_")


def camel(wire: str) -> str:
    """Return `PodCidrs` for `podCIDRs`, fit for a class."""
    name = "".join(part[:1].upper() + part[1:] for part in snake(wire).split("_"))
    if not name or name[0].isdigit():
        name = f"Field{name}"
    return name


def singular(name: str) -> str:
    """Return `volume` for `volumes`: what one item of a list is called. English, as far as seen."""
    if name.endswith("ies") and len(name) > 4:
        return f"{name[:-3]}y"
    if name.endswith(("sses", "tuses", "iases", "xes", "ches", "shes")):
        return name[:-2]
    if name.endswith("s") and len(name) > 2 and not name.endswith(_SINGULAR_ENDINGS):
        return name[:-1]
    return name


def field_names(wires: Collection[str]) -> dict[str, str]:
    """Return the Python name of each wire name of one object.

    Guarantees: distinct, and none is the wire name of another field, by which a document is read
        too.
    """
    made: dict[str, str] = {}
    taken: set[str] = set()
    # Names that read back by themselves come first: they need not give way.
    for wire in sorted(wires, key=lambda each: wire_name(_usable(each)) != each):
        name = base = _usable(wire)
        number = 2
        while name in taken or (name != wire and name in wires):
            name = f"{base.rstrip('_')}_{number}"
            number += 1
        taken.add(name)
        made[wire] = name
    return {wire: made[wire] for wire in wires}


def _usable(wire: str) -> str:
    name = snake(wire)
    if not name or name[0].isdigit() or name.startswith("model_"):
        name = f"field_{name}".rstrip("_")
    if keyword.iskeyword(name) or name in RESERVED_FIELDS:
        name = f"{name}_"
    return name
