"""The module of a definition: its imports, its classes, its parents.

1. The stored version has the kind's name; others have their version's behind it.
2. What is left out of the definition stands in a comment at the top.
3. The text depends on the document alone, and is as ruff's formatter leaves it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconcile.manifests.importing.classes import Classes
from reconcile.manifests.importing.layout import (
    WIDTH,
    Brackets,
    Expression,
    Named,
    Text,
    call,
    literal,
    of,
)
from reconcile.manifests.importing.names import RESERVED_CLASSES, camel
from reconcile.manifests.importing.shapes import Shapes, definition, docstring
from reconcile.objects.marks import Scale

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconcile.manifests.importing.reading import Definition, Version
    from reconcile.value.types import JsonObject

__all__ = ["written"]

_FROM: Final = {
    "typing": ("Annotated", "Any", "Literal"),
    "pydantic": ("Field", "JsonValue"),
    "reconcile": (
        "Cel",
        "Column",
        "EmbeddedResource",
        "Immutable",
        "IntOrString",
        "ListType",
        "MapType",
        "Model",
        "Parent",
        "Quantity",
        "Scale",
        "Schema",
        "Selectable",
    ),
}
_COLUMN: Final = {
    "type": "type",
    "jsonPath": "json_path",
    "format": "format",
    "priority": "priority",
    "description": "description",
}
_SCALE: Final = {
    "specReplicasPath": "spec",
    "statusReplicasPath": "status",
    "labelSelectorPath": "selector",
}


def written(definition: Definition) -> str:
    """Return the text of a module with a parent for each version."""
    named = _names(definition)
    classes = Classes(named.values())
    shapes = Shapes(
        classes,
        [each for one in definition.versions for each in (one.spec, one.status)],
    )
    for version in definition.versions:
        classes.parent(_parent(definition, version, named[version.name], shapes))
    what = f"{definition.kind} of {definition.group}"
    return (
        "\n\n\n".join(
            part.strip("\n")
            for part in (
                _top(what, definition.left_out, classes),
                *classes.texts,
            )
        )
        + "\n"
    )


def _names(definition: Definition) -> dict[str, str]:
    """Return the name of each version's class."""
    kind = definition.kind if definition.kind.isidentifier() else camel(definition.kind)
    kind = kind[:1].upper() + kind[1:]
    if kind in RESERVED_CLASSES:
        kind = f"{kind}Kind"
    first, *others = definition.versions
    return {first.name: kind, **{each.name: f"{kind}{camel(each.name)}" for each in others}}


def _top(what: str, left_out: Sequence[str], classes: Classes) -> str:
    lines = [f'"""{what}, from its definition."""', ""]
    if left_out:
        lines += ["# Left out of the definition:", *(f"# - {each}" for each in left_out), ""]
    imports = [
        text
        for module, names in _FROM.items()
        if (text := _import(module, [name for name in names if name in classes.uses]))
    ]
    # The standard library, then others, each in a paragraph of its own.
    if imports and imports[0].startswith("from typing"):
        imports.insert(1, "")
    if len(imports) > 1 and imports[-1].startswith("from reconcile") and imports[-2]:
        imports.insert(-1, "")
    lines += imports
    if classes.formats:
        lines += ["", *(classes.formats[name] for name in sorted(classes.formats))]
    return "\n".join(lines)


def _import(module: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    lines = "".join(f"    {name},\n" for name in names)
    return f"from {module} import (\n{lines})"


def _parent(definition_: Definition, version: Version, name: str, shapes: Shapes) -> str:
    uses = shapes.uses
    uses.add("Parent")
    root = dict(version.root)
    spec = shapes.part(version.spec, f"{name}Spec", written=False)
    status = shapes.part(version.status, f"{name}Status", written=True)
    parts: list[Expression] = [of("Parent", spec, status)]
    parts += _words(definition_, version, name)
    if version.columns:
        uses.add("Column")
        columns = [_column(each) for each in version.columns]
        parts.append(Named("columns=", Brackets("[", columns, "]")))
    if version.scale:
        uses.add("Scale")
        parts.append(Named("scale=", _scale(version.scale)))
    parts.append("nulls=False")
    if root.pop("type", None) is None:
        root["type"] = None
    needs = bool(version.spec.get("required"))
    required = root.pop("required", None)
    wanted = ["spec"] if needs else None
    if required != wanted:
        root["required"] = required
    told = docstring(root)
    parts += shapes.beside(root)
    return definition(name, parts, told)


def _words(definition_: Definition, version: Version, name: str) -> Iterable[Expression]:
    """Return what a parent is called, where it is not what it would be called anyway."""
    kind = definition_.kind
    yield Named("group=", Text(definition_.group))
    yield Named("version=", Text(version.name))
    if kind != name:
        yield Named("kind=", Text(kind))
    yield Named("plural=", Text(definition_.plural))
    if definition_.singular != kind.lower():
        yield Named("singular=", Text(definition_.singular))
    if definition_.list_kind != f"{kind}List":
        yield Named("list_kind=", Text(definition_.list_kind))
    if definition_.scope != "Namespaced":
        yield Named("scope=", Text(definition_.scope))
    if definition_.short_names:
        yield Named("short_names=", literal(list(definition_.short_names)))
    if definition_.categories:
        yield Named("categories=", literal(list(definition_.categories)))
    if not version.served:
        yield "served=False"
    if version.deprecated:
        yield Named("deprecated=", literal(version.deprecated))


def _column(column: JsonObject) -> Brackets:
    named = {
        name: literal(column[key])
        for key, name in _COLUMN.items()
        if key in column and column[key] not in (0, "")
    }
    return call("Column", literal(column["name"]), **named)


def _scale(scale: JsonObject) -> Brackets:
    usual = Scale().to_wire()
    named = {
        name: literal(scale[key])
        for key, name in _SCALE.items()
        if scale.get(key) and scale[key] != usual.get(key)
    }
    return call("Scale", **named)
