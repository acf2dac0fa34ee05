"""Fields owned by managers: the steps of the structured-merge-diff suite."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.diff._ownership_cy import Conflicts, MissingVersion, Owned, Ownership
from reconcile.diff._pruning_cy import adapted, extract, merged
from reconcile.diff._trie_cy import EMPTY
from reconcile.diff._typed_cy import validate
from reconcile.diff.field_set import FieldSet
from reconcile.errors import ReconcileError
from reconcile.value.equality import equal
from tests.diff import smd
from tests.suites import SHARED, lines


def cases(name: str, *kinds: str):
    """Return a decorator that runs a test for each case of some kinds."""
    if not SHARED.joinpath(*smd.FOLDER).exists():
        return pytest.mark.skip(reason="the folder ../shared is absent")
    found = [row for row in lines(*smd.FOLDER, name) if row["kind"] in kinds]
    return pytest.mark.parametrize("row", found, ids=[row["id"] for row in found])


def repeated(document: Any, have: str, want: str) -> Any:
    """Return a document whose member names are their first letters as often as the version says."""
    del have
    if not (want[:1] == "v" and want[1:].isdigit()):
        raise MissingVersion
    times = int(want[1:])

    def convert(value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            return {
                (key[0] * times if depth else key): convert(item, depth + 1)
                for key, item in sorted(value.items())
            }
        return value

    return convert(document, 0)


class Run:
    """A case being played."""

    def __init__(self, row: dict) -> None:
        self.row = row
        self.schema = row["parser"].get("schema", "deduced")
        self.live: Any = None
        self.version = ""
        self.managers: dict[str, Owned] = {}
        ignored = row.get("ignored_fields") or {
            version: rule["exclude"] for version, rule in (row.get("ignore_filter") or {}).items()
        }
        self.ownership = Ownership(
            self.kind,
            repeated if row["converter"] == "repeat_letters" else None,
            lambda version: (
                FieldSet.from_json(ignored[version]).trie if version in ignored else EMPTY
            ),
        )

    def kind(self, version: str):
        """Return the type at a version."""
        parser = self.row["parser"]
        if parser["kind"] == "deduced":
            return smd.kind("deduced", "")
        by_version = {row["version"]: row["type"] for row in parser.get("types", ())}
        name = parser["type"] if "type" in parser else by_version.get(version)
        if name is None:
            raise MissingVersion
        return smd.kind(self.schema, name)

    def at(self, version: str) -> Any:
        """Return the live object at a version."""
        if self.row["converter"] == "repeat_letters" and self.live is not None:
            return repeated(self.live, self.version, version)
        return self.live

    def step(self, step: dict) -> None:
        """Play one step."""
        if step["op"] == "change_schema":
            self.schema = step["schema"]
            validate(self.live, self.kind(self.version), duplicates=True)
            return
        version, manager, document = step["version"], step["manager"], step["object"]
        live = self.at(version)
        self.live, self.version = live, version
        if step["op"] == "update":
            known = self.ownership.adapted(self.managers)
            self.managers = self.ownership.update(live, document, version, known, manager)
            self.live = document
            return
        if step["op"] == "extract_apply" and live is not None:
            owned = self.managers.get(manager)
            if owned is not None:
                leaves = FieldSet.of_trie(owned.fields).leaves().trie
                mine = extract(live, leaves, self.kind(version), keys=False)
                document = merged(mine, document, self.kind(version))
        force = step["op"] != "apply"
        known = self.ownership.adapted(self.managers)
        self.live, self.managers = self.ownership.apply(
            live, document, version, known, manager, force=force
        )


@cases("merge.jsonl", "steps")
def test_steps(row: dict) -> None:
    """Each step succeeds, fails or conflicts as in the suite, and gives its object and owners."""
    run = Run(row)
    for step in row["steps"]:
        if step.get("expect_error"):
            with pytest.raises((ReconcileError, Conflicts, MissingVersion)):
                run.step(step)
            return
        if "expect_conflicts" in step:
            with pytest.raises(Conflicts) as caught:
                run.step(step)
            found = [
                (manager, list(path))
                for manager, trie in caught.value.fields.items()
                for path in FieldSet.of_trie(trie)
            ]
            wanted = [(c["manager"], c["path"]) for c in step["expect_conflicts"]]
            assert sorted(found) == sorted(wanted)
        else:
            run.step(step)
        if "recorded_live" in step:
            assert equal(run.live, step["recorded_live"]), run.live
        if "recorded_managers" in step:
            found = {
                name: (owned.version, owned.applied, FieldSet.of_trie(owned.fields))
                for name, owned in run.managers.items()
            }
            assert found == {
                m["manager"]: (m["version"], m["applied"], FieldSet.from_json(m["fields"]))
                for m in step["recorded_managers"]
            }
    if "expect_object" in row:
        assert equal(run.at(row["expect_object_version"]), row["expect_object"])


@cases("typed.jsonl", "reconcile_fieldset")
def test_fields_are_adapted_to_a_new_schema(row: dict) -> None:
    """What became atomic is owned whole."""
    fields = FieldSet.from_json(row["fields"])
    found = FieldSet.of_trie(adapted(fields.trie, smd.kind(row["schema"], row["type"])))
    assert found == (fields if row["expect"] is None else FieldSet.from_json(row["expect"]))


@cases("typed.jsonl", "exclude_fields")
def test_fields_are_left_out(row: dict) -> None:
    """What is left out is left out with all below it."""
    for name in ("added", "modified", "removed"):
        found = FieldSet.from_json(row[name]).recursive_difference(
            FieldSet.from_json(row["exclude"])
        )
        assert found == FieldSet.from_json(row[f"expect_{name}"])
