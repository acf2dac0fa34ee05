"""The hash of templates is that of the real controller."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconcile.simulate.actors.template_hash import hashed_text, template_hash

CASES = json.loads(
    (Path(__file__).parents[2] / "cases" / "template_hash.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_hash_is_the_one_of_the_go_structure(case):
    """Fields of all kinds, and amounts of all forms, hash as they do in Go."""
    assert template_hash(case["template"]) == case["hash"]


def _template(**container):
    return {"spec": {"containers": [{"name": "c", **container}]}}


def test_what_is_empty_is_nothing():
    """Empty lists and maps, and null, are as if nobody had said them."""
    assert template_hash(_template(args=[], env=None)) == template_hash(_template())
    assert template_hash({**_template(), "metadata": {"labels": {}}}) == template_hash(_template())


def test_the_order_of_labels_does_not_count():
    """Maps are hashed in the order of their keys."""
    one = {"metadata": {"labels": {"a": "1", "b": "2"}}, **_template()}
    other = {"metadata": {"labels": {"b": "2", "a": "1"}}, **_template()}
    assert hashed_text(one) == hashed_text(other)


@pytest.mark.parametrize(
    ("collisions", "made"),
    [(None, "7565ff8789"), (0, "86df58684f"), (1, "6c668cffcb"), (2, "756c8fffcf")],
)
def test_who_had_the_same_hash_counts(collisions, made):
    """Each collision gives another hash; none told is not the same as 0."""
    assert template_hash(_template(), collisions) == made
