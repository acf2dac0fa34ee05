"""Write the page of built-in kinds from their facts, their classes and their rules.

    python tools/kinds_table.py [--check]

1. One row for each kind that discovery names. Numbers are counted here, never written by hand.
2. A field is a pointer that objects of the kind can have, seen through the typed class; what is
   inside a schema that holds itself counts once.
3. Same sources, same bytes; `--check` writes nothing and fails where the page is out of date.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from reconcile.kinds import fields, list_rules, resource
from reconcile.kinds._facts import load
from reconcile.kinds._index import MODULES
from reconcile.kinds.defaults import _RULES
from reconcile.objects._fields import ListOf, MapOfViews, Nested
from reconcile.objects.view import Kind

__all__ = ["class_pointers", "classes", "main", "page"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "kinds.md"
IN_METADATA = {"name", "namespace", "labels", "annotations"}
"""Attributes of every kind that stand for fields of its metadata."""
HEAD = """# The built-in kinds

Every kind that API server 1.36 names in discovery, with all groups and versions switched on:
{kinds} kinds in {versions} groups and versions, each with a typed class in
`reconcile.kinds.<module>`. Together they have {fields} fields. This page is written by
`tools/kinds_table.py`.

- **fields**: pointers that objects of the kind can have, each with an attribute; `*` for every
  item of a list and every member of a map. `apiVersion` and `kind` are told by the class.
- **list maps**: lists whose items are known by merge keys, and merged one by one; **sets**
  likewise by their values. All other lists are replaced as a whole.
- **default rules**: rules by hand, beyond the defaults of the schema, by which `defaulted` gives
  what the server would store.
"""
FOOT = """## What has no class, and why

- {lists} kinds have a schema and no class: lists of objects, such as `PodList`, and {others}.
  No controller makes them. `reconcile.kinds.schema` knows them.
- What only subresources take or give has neither: `Scale`, `Eviction`, `TokenRequest`, and the
  options of `exec`, `attach`, `portforward` and `proxy`.
- Versions that the server does not serve any more, such as `extensions/v1beta1`, or not yet: there
  is nothing to check a class against.
- Fields that a newer server has are kept in the document, without an attribute.

`Kind.of(document)` reads an object of any kind, with its name, namespace, labels and annotations;
`Gvk("extensions/v1beta1", "Ingress")` names a kind wherever a class is taken. Kinds of your own
come from their CRDs, by `with_crds`, and as classes as in [Typed children](howto/children.md).
"""


def classes() -> dict[tuple[str, str], type[Kind]]:
    """Return the class of each kind that is served, by version and kind."""
    found: dict[tuple[str, str], type[Kind]] = {}
    for version, module in sorted(MODULES.items(), key=lambda each: each[1]):
        members = importlib.import_module(f"reconcile.kinds.{module}").__dict__
        for kind in sorted(load(module).resources):
            found[version, kind] = members[kind]
    return found


def class_pointers(cls: type[Any], above: tuple[type[Any], ...] = ()) -> list[str]:
    """Return the pointers that attributes of a class stand for, `*` for items and members."""
    found: list[str] = []
    for field in cls._fields.values():
        if issubclass(cls, Kind) and field.name in IN_METADATA:
            continue
        pointer = f"/{field.wire}"
        found.append(pointer)
        if isinstance(field, Nested | ListOf | MapOfViews):
            inner = field.view()
            if inner not in above and inner is not cls:
                step = pointer if isinstance(field, Nested) else f"{pointer}/*"
                found += [step + each for each in class_pointers(inner, (*above, cls))]
    return found


def _rules(version: str, kind: str) -> int:
    kinds = _RULES.get(version) or _RULES.get(version.rpartition("/")[0]) or {}
    return len(kinds.get(kind, ()))


def page() -> str:
    """Return the text of the page."""
    known = classes()
    rows: list[str] = []
    total = 0
    version_before = ""
    for (version, kind), cls in known.items():
        assert fields(version, kind), kind
        if version != version_before:
            version_before = version
            rows += ["", f"## {version}", "", f"`reconcile.kinds.{MODULES[version]}`", ""]
            rows += ["| kind | fields | list maps | sets | default rules | scope | short names |"]
            rows += ["| --- | ---: | ---: | ---: | ---: | --- | --- |"]
        rules = list_rules(version, kind).values()
        served = resource(version, kind)
        count = len(class_pointers(cls))
        total += count
        cells = [
            f"`{kind}`",
            f"{count:,}",
            str(sum(isinstance(rule, tuple) for rule in rules)),
            str(sum(rule == "set" for rule in rules)),
            str(_rules(version, kind)),
            served.scope,
            ", ".join(f"`{name}`" for name in served.short_names),
        ]
        rows.append(f"| {' | '.join(cells)} |".replace("|  |", "| |"))
    others = sorted(
        {
            kind
            for module in MODULES.values()
            for kind in load(module).kinds
            if kind not in load(module).resources
        }
    )
    plain = [kind for kind in others if not kind.endswith("List")]
    head = HEAD.format(kinds=len(known), versions=len(MODULES), fields=f"{total:,}")
    foot = FOOT.format(lists=len(others), others=" and ".join(f"`{kind}`" for kind in plain))
    return "\n".join([head.rstrip(), *rows, "", foot])


def main(arguments: list[str]) -> int:
    """Write the page, or tell whether it is as it should be."""
    text = page()
    if "--check" in arguments:
        current = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        if current != text:
            print(f"{PAGE.name} is out of date: python tools/kinds_table.py")
            return 1
        return 0
    PAGE.write_text(text, encoding="utf-8")
    print(f"{PAGE.name}: {text.count(chr(10))} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
