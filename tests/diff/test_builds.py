"""The same documents give the same patches in every build and version of Python."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from collections import Counter
from typing import Any

from reconcile.diff import (
    apply,
    diff,
    equal,
    server_side_apply,
    server_side_update,
    three_way,
)
from reconcile.errors import ReconcileError
from reconcile.value import freeze

LEAVES = [None, True, False, 0, 1, 1.0, 0.0, "", "a", "b", "a/b", "~", float("nan"), 2**70]
RULES = [
    None,
    None,
    {"/a": "set", "/*": "position", "/*/*": ("name",)},
    {"/a": "atomic", "/*": ("name",), "/b": "position"},
]


class Documents:
    """Documents, and others made from them, always the same ones."""

    def __init__(self) -> None:
        self.random = random.Random(20)

    def make(self, levels: int) -> object:
        """Return a document; some lists have items with names."""
        dice, draw = self.random.random(), self.random
        if levels == 0 or dice < 0.3:
            return draw.choice(LEAVES)
        if dice < 0.65:
            return [self.make(levels - 1) for _ in range(draw.randrange(6))]
        if dice < 0.8:
            keys = draw.sample(["a", "b", "name", "c/d", "", "~x", "key"], draw.randrange(5))
            return {key: self.make(levels - 1) for key in keys}
        names = draw.sample("pqrstuvw", draw.randrange(7))
        return [{"name": name, "v": self.make(max(levels - 2, 0))} for name in names]

    def change(self, value: object) -> object:
        """Return a document like another: things changed, added, removed, moved and repeated."""
        draw = self.random
        if draw.random() < 0.15:
            return self.make(2)
        if isinstance(value, dict):
            keys = list(value)
            if draw.random() < 0.2:
                draw.shuffle(keys)
            changed = {k: self.some(value[k], 0.4) for k in keys if draw.random() > 0.1}
            if draw.random() < 0.3:
                changed[draw.choice("abcz")] = self.make(1)
            return changed
        if isinstance(value, list):
            items = [self.some(item, 0.3) for item in value if draw.random() > 0.15]
            for _ in range(draw.randrange(3)):
                new = draw.choice(items) if items and draw.random() < 0.5 else self.make(1)
                items.insert(draw.randrange(len(items) + 1), copy.deepcopy(new))
            if draw.random() < 0.3:
                draw.shuffle(items)
            return items
        return value

    def some(self, value: object, share: float) -> object:
        """Return a value, now and then changed."""
        return self.change(value) if self.random.random() < share else copy.deepcopy(value)


def test_three_thousand_patches_are_the_same_everywhere():
    """Applied and undone they give the documents, and their bytes are the same in every build."""
    documents, digest = Documents(), hashlib.sha256()
    for _ in range(3000):
        before = documents.make(4)
        after = documents.change(before)
        rules = documents.random.choice(RULES)
        patch = diff(before, after, lists=rules)
        digest.update(json.dumps(patch.to_json()).encode())
        assert equal(apply(before, patch), after), (before, after, rules)
        assert equal(apply(before, patch.to_json()), after), (before, after, rules)
        assert equal(apply(after, patch.invert()), before), (before, after, rules)
        assert bool(patch) is not equal(before, after)
    assert digest.hexdigest()[:16] == "4e6f83c51641a1a8"


def test_read_only_documents_are_like_others():
    """What is observed is a dict and a list of another type; every build takes them."""
    documents = Documents()
    for _ in range(400):
        before = documents.make(4)
        after = documents.change(before)
        rules = documents.random.choice(RULES)
        patch = diff(before, after, lists=rules)
        assert equal(diff(freeze(before), freeze(after), lists=rules).to_json(), patch.to_json())
        assert equal(apply(freeze(before), patch), after)
        if isinstance(before, dict) and isinstance(after, dict):
            last, wanted = freeze(before), freeze(after)
            assert equal(three_way(last, last, wanted), three_way(before, before, after))


APPLIED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "a": {"x-kubernetes-preserve-unknown-fields": True},
                "b": {"type": "array", "items": {}, "x-kubernetes-list-type": "set"},
                "c": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    "items": {
                        "type": "object",
                        "properties": {"name": {"type": "string"}},
                        "x-kubernetes-preserve-unknown-fields": True,
                    },
                },
                "d": {"type": "object", "additionalProperties": {}},
                "e": {
                    "type": "object",
                    "additionalProperties": {},
                    "x-kubernetes-map-type": "atomic",
                },
            },
        },
    },
}


def test_a_thousand_applies_are_the_same_everywhere():
    """Objects, owners and errors of applies and updates are the same in every build."""
    documents, digest, draw = Documents(), hashlib.sha256(), random.Random(3)
    seen: Counter[str] = Counter()
    for _ in range(120):
        live: Any = None
        for step in range(9):
            object_: dict[str, Any] = {"apiVersion": "e/v1", "kind": "K", "metadata": {"name": "n"}}
            spec = {key: documents.make(2) for key in draw.sample("abcdez", draw.randrange(5))}
            if draw.random() < 0.9:
                spec = {key: shaped(key, value) for key, value in spec.items() if key != "z"}
            object_["spec"] = spec
            how: dict[str, Any] = {
                "manager": draw.choice("mno"),
                "schema": draw.choice([APPLIED, None]),
                "time": str(step),
            }
            try:
                if draw.random() < 0.6:
                    force = draw.random() < 0.7
                    live = server_side_apply(live, object_, force=force, **how)
                else:
                    live = server_side_update(live, object_, **how)
                told = json.dumps(live)
                seen["written"] += 1
            except ReconcileError as error:
                told = f"{type(error).__name__} {error}"
                seen[type(error).__name__] += 1
            digest.update(told.encode())
    assert seen == {"written": 1003, "ApplyConflictError": 44, "ObjectError": 33}
    assert digest.hexdigest()[:16] == "782bc0746f572ea4"


def shaped(key: str, value: Any) -> Any:
    """Return a value as the schema has it, made of another one."""
    items = value if isinstance(value, list) else [value]
    if key == "b":
        return [text for text in ("1", "x", 'q"', "é") if text in json.dumps(value)] + ["0"]
    if key == "c":
        return [{"name": f"i{n}", "v": item} for n, item in enumerate(items)]
    if key in "de":
        return value if isinstance(value, dict) else {"v": value}
    return value
