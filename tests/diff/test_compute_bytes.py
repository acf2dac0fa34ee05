"""Texts compared without reading what is the same in both."""

from __future__ import annotations

import json
import random

import pytest

from reconcile.diff import compute_bytes, diff, diff_bytes
from reconcile.errors import LimitError, RequestError
from reconcile.value import decode
from tests.diff.test_builds import Documents


def _request(children: int, **changed: object) -> dict:
    pods = {
        f"demo/pod-{number}": {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"pod-{number}"},
            "spec": {"containers": [{"name": "app", "image": "nginx", "env": [number] * 500}]},
        }
        for number in range(children)
    }
    return {
        "controller": {"kind": "CompositeController"},
        "parent": {"spec": {"replicas": 3, "text": "x" * 3000}},
        "children": {"Pod.v1": pods, "Service.v1": {}},
        "finalizing": False,
        **changed,
    }


def _text(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _sayable(document: object) -> object:
    """Return a document without NaN, which JSON cannot say."""
    return json.loads(json.dumps(document), parse_constant=len)


def test_only_what_differs_is_read(monkeypatch):
    """Of two requests with one changed child, one child of each is read."""
    before, after = _request(30), _request(30)
    after["children"]["Pod.v1"]["demo/pod-7"]["spec"]["containers"][0]["image"] = "httpd"
    after["finalizing"] = True
    read = 0

    def counting(data: bytes, **how: str) -> object:
        nonlocal read
        read += len(data)
        return decode(data, **how)

    monkeypatch.setattr(compute_bytes, "decode", counting)
    patch = diff_bytes(_text(before), _text(after))
    assert patch.to_json() == diff(before, after).to_json()
    assert [operation.path for operation in patch] == [
        "/children/Pod.v1/demo~1pod-7/spec/containers/0/image",
        "/finalizing",
    ]
    assert read < len(_text(before)) / 10


def test_the_patch_is_that_of_the_documents(monkeypatch):
    """Random documents, long enough to be cut at every level, lists and rules included."""
    monkeypatch.setattr(compute_bytes, "_SHORT", 8)
    documents = Documents()
    drawn = random.Random(5)
    for number in range(600):
        before = documents.make(6)
        before, after = map(_sayable, (before, documents.change(before)))
        lists = drawn.choice([None, {"/*": "set"}, {"/*": ("name",)}, {"/a": "position"}])
        indent = 1 if number % 5 == 0 else None
        texts = [
            json.dumps(each, separators=(",", ":"), indent=indent).encode()
            for each in (before, after)
        ]
        found = diff_bytes(*texts, lists=lists)
        assert found.to_json() == diff(*map(decode, texts), lists=lists).to_json()
        assert found.invert().to_json() == diff(before, after, lists=lists).invert().to_json()


def test_members_added_and_removed():
    """Whole groups of children come and go."""
    before, after = _request(3), _request(3, related={"ConfigMap.v1": {"a": {"data": {}}}})
    del after["children"]["Service.v1"]
    after["children"]["Secret.v1"] = before["children"]["Pod.v1"]
    assert diff_bytes(_text(before), _text(after)).to_json() == diff(before, after).to_json()


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_key_that_is_there_twice_is_refused(level):
    """Nothing is lost: of two members with one key none is dropped without a word."""
    bad = b'{"twice":1,"twice":%b}' % _text("x" * 3000)
    good = _text({"twice": "y" * 3000})
    for _ in range(level):
        bad, good = b'{"in":%b}' % bad, b'{"in":%b}' % good
    with pytest.raises(RequestError, match="there twice") as caught:
        diff_bytes(good, bad)
    assert caught.value.pointer == "/in" * level


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"{", RequestError),
        (b"", RequestError),
        (b'"\xff"', RequestError),
        (b"[" * 900, LimitError),
    ],
)
def test_what_is_no_json_is_refused(text, error):
    """On either side, with the typed error of reading."""
    with pytest.raises((error, RequestError)):
        diff_bytes(b"1", text)
    with pytest.raises((error, RequestError)):
        diff_bytes(text, b"1")
