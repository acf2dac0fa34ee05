"""Every object that was recorded survives its view, its attributes, JSON and YAML.

The sample is every twentieth object by its digest, and all of upstream's objects with every field;
`RECONCILE_ALL_OBJECTS=1` takes all of them, less than a minute.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest

from reconcile.errors import LimitError, ObjectError
from reconcile.kinds._facts import load
from reconcile.kinds._index import MODULES
from reconcile.objects._containers import ScalarList, ScalarMap, ViewList, ViewMap
from reconcile.objects.document import Document
from reconcile.objects.interop import from_json, to_json
from reconcile.objects.view import Kind, View
from reconcile.objects.yaml import from_yaml, to_yaml
from reconcile.value.types import NULL
from tests.suites import shared

ALL = bool(os.environ.get("RECONCILE_ALL_OBJECTS"))
SAMPLE = 20


def texts() -> Iterator[tuple[bool, bytes]]:
    """Yield every recorded JSON text, and whether all of it belongs to the sample."""
    for path in sorted(shared("recordings").rglob("*.json*")):
        if path.suffix in {".json", ".jsonl"}:
            whole = path.read_bytes()
            yield from ((False, line) for line in lines(path.suffix, whole))
    for path in sorted(shared("suites").rglob("*.jsonl.gz")):
        every = path.parent.name == "kubernetes-api-objects"
        yield from ((every, line) for line in gzip.decompress(path.read_bytes()).splitlines())


def lines(suffix: str, whole: bytes) -> list[bytes]:
    """Return the JSON texts in a file."""
    return whole.splitlines() if suffix == ".jsonl" else [whole]


def inner(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object that says its kind, wherever it stands; items of lists included."""
    stack = [value]
    while stack:
        found = stack.pop()
        if isinstance(found, list):
            stack.extend(found)
        elif isinstance(found, dict):
            version, kind = found.get("apiVersion"), found.get("kind")
            case = "input" in found and "output" in found  # a line of `defaults`, no object
            if isinstance(version, str) and isinstance(kind, str) and not case:
                yield found
                if kind.endswith("List") and isinstance(found.get("items"), list):
                    identity = {"kind": kind.removesuffix("List"), "apiVersion": version}
                    for item in found["items"]:
                        if isinstance(item, dict) and "kind" not in item:
                            yield {**identity, **item}
            stack.extend(found.values())


@cache
def objects() -> tuple[bytes, ...]:
    """Return every object once, in bytes."""
    seen: set[bytes] = set()
    found: list[bytes] = []
    total = 0
    for every, text in texts():
        for each in inner(msgspec.json.decode(text)):
            total += 1
            data = msgspec.json.encode(each)
            digest = hashlib.sha256(data).digest()
            if digest not in seen:
                seen.add(digest)
                if ALL or every or digest[0] % SAMPLE == 0:
                    found.append(data)
    print(f"{total} objects, {len(seen)} different ones, {len(found)} looked at")
    assert len(seen) > 20_000
    return tuple(found)


def class_of(raw: dict[str, Any]) -> type[Kind]:
    """Return the class of an object, `Kind` where there is none."""
    module = MODULES.get(raw["apiVersion"])
    if module is None:
        return Kind
    found = importlib.import_module(f"reconcile.kinds.{module}").__dict__.get(raw["kind"])
    return found if isinstance(found, type) and issubclass(found, Kind) else Kind


def text_of(value: Any) -> str:
    """Return the one text that tells order, nulls and types of numbers."""
    return json.dumps(value)


@pytest.mark.slow
def test_views_change_nothing() -> None:
    """Wrapping, printing and copying change no byte, of documents as of bytes."""
    count = Counter()
    kinds: set[type[Kind]] = set()
    for data in objects():
        raw = json.loads(data)
        before = text_of(raw)
        kind = class_of(raw)
        kinds.add(kind)
        view = kind.of(raw)
        repr(view)
        assert view.raw is raw
        assert text_of(view.raw) == before
        if said(data) == "levels":
            with pytest.raises(LimitError):
                view.copy()
            count["too deep to copy"] += 1
            continue
        assert text_of(view.copy().raw) == before
        observed = kind.observed(Document(data))
        assert observed == view
        assert text_of(observed.raw) == before
        count["with a class" if kind is not Kind else "without"] += 1
    print(dict(count), f"of {len(kinds - {Kind})} kinds, 0 lost")
    assert len(kinds - {Kind}) >= (89 if ALL else 87)
    assert count["with a class"] > 700


def said(data: bytes) -> dict[str, Any] | str:
    """Return an object; or the one word for why it is refused."""
    raw = json.loads(data)
    try:
        to_json(raw)
    except ObjectError as error:
        # Some were sent to the server to be refused, some it takes and we do not.
        if all(fault.message.endswith("128 deep") for fault in error.faults):
            return "levels"
        assert all("64 bits" in fault.message for fault in error.faults)  # noqa: PT017 # no other
        return "numbers"
    return raw


@pytest.mark.slow
def test_json_changes_nothing() -> None:
    """An object written as JSON and read again is the same, byte for byte."""
    count = Counter()
    for data in objects():
        raw = said(data)
        count[raw if isinstance(raw, str) else "same"] += 1
        if isinstance(raw, str):
            continue
        view = class_of(raw).of(raw)
        assert text_of(from_json(to_json(view))) == text_of(raw)
        assert to_json(from_json(to_json(view))) == to_json(raw)
    print(f"{count.pop('same')} through JSON, 0 lost; refused for their {dict(count)}")
    assert count.total() < len(objects()) // 100


@pytest.mark.slow
def test_yaml_changes_nothing() -> None:
    """An object written as YAML and read again is the same, byte for byte."""
    pytest.importorskip("yaml")
    size = count = 0
    for data in objects():
        raw = said(data)
        if isinstance(raw, str):
            continue
        count += 1
        text = to_yaml(class_of(raw).of(raw))
        size += len(text)
        read = from_yaml(text)
        assert text_of(read) == text_of(raw)
        assert to_yaml(read) == text
    print(f"{count} through {size} characters of YAML, 0 lost")


class Copier:
    """Copies objects attribute by attribute, and counts."""

    def __init__(self) -> None:
        self.attributes = 0
        self.left: Counter[str] = Counter()
        self.skipped: list[tuple[list[str | int], str]] = []

    def copy(self, view: View, fresh: Any, way: list[str | int]) -> Any:
        """Read each attribute that is there and set it on `fresh`."""
        for wire, value in view.raw.items():
            field = type(view)._wires.get(wire)
            if isinstance(view, Kind) and wire in {"name", "namespace", "labels", "annotations"}:
                field = None  # a reference, not an object: these four attributes are of metadata
            place = [*way, wire]
            if field is None:
                if isinstance(view, Kind) and wire in {"apiVersion", "kind"}:
                    fresh.raw[wire] = value  # what the class says, no attribute
                else:
                    self.skip(place, "unknown")
                continue
            if value is None:
                assert field.name in view
                setattr(fresh, field.name, NULL)
                self.attributes += 1
                continue
            try:
                found = getattr(view, field.name)
                copied = self.value(found, place)
            except ObjectError as error:
                assert f"/{wire}" in str(error)  # noqa: PT017 # the place must be told
                self.skip(place, "mistyped")
                continue
            setattr(fresh, field.name, copied)
            self.attributes += 1
        return fresh

    def fresh(self, view: View, way: list[str | int]) -> Any:
        """Return a copy of an object, begun with nothing."""
        return self.copy(view, View.of.__func__(type(view), {}), way)

    def value(self, found: Any, way: list[str | int]) -> Any:
        """Return a copy of what an attribute gave, made through attributes too."""
        if isinstance(found, View):
            return self.fresh(found, way)
        if isinstance(found, ViewList):
            return [self.fresh(each, [*way, place]) for place, each in enumerate(found)]
        if isinstance(found, ViewMap):
            return {key: self.fresh(each, [*way, key]) for key, each in found.items()}
        if isinstance(found, ScalarList):
            return list(found)
        return dict(found.items()) if isinstance(found, ScalarMap) else found

    def skip(self, way: list[str | int], why: str) -> None:
        """Remember what no attribute can copy."""
        self.left[why] += 1
        self.skipped.append((way, why))


def without(document: Any, ways: list[list[str | int]]) -> Any:
    """Return a document without some of its members."""
    made = json.loads(json.dumps(document))
    for way in ways:
        place = made
        for part in way[:-1]:
            place = place[part]
        place.pop(way[-1], None)
    return made


def test_attributes_say_everything() -> None:
    """Each attribute read and set on a fresh object gives the document, but for unknown fields."""
    copier = Copier()
    exact = partial = 0
    for data in objects():
        raw = said(data)
        kind = Kind if isinstance(raw, str) else class_of(raw)
        if kind is Kind:
            continue
        copier.skipped = []
        view = kind.of(raw)
        made = copier.fresh(view, [])
        left = [way for way, _ in copier.skipped]
        assert text_of(made.raw) == text_of(without(raw, left))
        exact, partial = (exact, partial + 1) if left else (exact + 1, partial)
    print(f"{exact} copied whole, {partial} but for what is in no schema: {dict(copier.left)};")
    print(f"{copier.attributes} attributes, 0 lost")
    assert copier.attributes > 20_000
    assert exact > partial


def test_built_again_by_keywords_they_are_the_same() -> None:
    """Every recorded object can be said in Python names."""
    for data in objects():
        raw = json.loads(data)
        kind = class_of(raw)
        metadata = raw.get("metadata")
        if kind is Kind or not isinstance(metadata, dict) or not metadata.get("name"):
            continue
        four = {"name", "namespace", "labels", "annotations"}
        known = {key: raw[key] for key in raw if key in kind._wires and key not in four}
        words = {kind._wires[key].name: value for key, value in known.items() if value is not None}
        try:
            built = kind(metadata["name"], **words)
        except TypeError as error:  # what is of a wrong type cannot be written
            assert " takes " in str(error)  # noqa: PT017 # and is told so
            continue
        identity = {"apiVersion": raw["apiVersion"], "kind": raw["kind"]}
        assert built == kind.of(
            {**identity, **{key: value for key, value in known.items() if value is not None}}
        )


def test_every_kind_that_is_served_has_a_class() -> None:
    """Discovery names 89 kinds in 32 groups and versions; each has a class that knows them."""
    found = 0
    for version, module in MODULES.items():
        members = importlib.import_module(f"reconcile.kinds.{module}").__dict__
        for kind, resource in load(module).resources.items():
            assert issubclass(members[kind], Kind)
            assert str(members[kind].gvk) == f"{kind}.{version}" or members[kind].gvk.kind == kind
            assert members[kind].gvk.api_version == version
            assert members[kind].plural == resource.plural
            assert members[kind].namespaced == (resource.scope == "Namespaced")
            found += 1
    assert (found, len(MODULES)) == (89, 32)


def test_discovery_names_no_other_kinds() -> None:
    """What the recorded API server serves is what the facts hold."""
    path = shared("recordings", "openapi", "discovery.json")
    served: set[tuple[str, str]] = set()
    for url, answer in json.loads(path.read_text(encoding="utf-8")).items():
        version = url.removeprefix("/apis/").removeprefix("/api/")
        for resource in answer.get("resources", []):
            if "/" not in resource["name"]:
                served.add((version, resource["kind"]))
    known = {(version, kind) for version, m in MODULES.items() for kind in load(m).resources}
    assert known == served
    assert len(served) == 89
