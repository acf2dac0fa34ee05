"""Facts about scenarios in files; what they do is in test_simulate.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconcile.cli.scenario import RefusedError, parse_seconds, play, read
from reconcile.cli.target import MisuseError
from reconcile.simulate import Cluster

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90.0), ("1.5m", 90.0), ("1h30m", 5400.0), ("250ms", 0.25), ("0s", 0.0),
     ("", None), ("90", None), ("s", None), ("-1s", None), ("1s ", None), ("1d", None)],
)  # fmt: skip
def test_parse_seconds(text: str, seconds: float | None) -> None:
    """A span of time has units."""
    assert parse_seconds(text) == seconds


def test_read(tmp_path: Path) -> None:
    """Files are read in their order; documents that are empty are none."""
    one, two = tmp_path / "one.yaml", tmp_path / "two.json"
    one.write_text(
        f"---\n---\n{CONFIG}\n---\napiVersion: simulate.reconcile/v1\nkind: Step\nwait: 1m\n"
    )
    two.write_text('{"apiVersion": "v1", "kind": "List", "items": [' + '{"apiVersion": "v1", '
                   '"kind": "Pod", "metadata": {"name": "p"}}]}')  # fmt: skip
    found = read([str(one), str(two)])
    assert [(each.where, each.action) for each in found] == [
        (f"{one}, document 1", "apply"),
        (f"{one}, document 2", "wait"),
        (f"{two}, document 1, item 1", "apply"),
    ]
    assert found[1].body == 60.0


def test_read_is_strict(tmp_path: Path) -> None:
    """A key that is there twice is a mistake, told with its line."""
    file = tmp_path / "twice.yaml"
    file.write_text("kind: A\nkind: B\n")
    with pytest.raises(MisuseError, match=r"twice\.yaml: line 2"):
        read([str(file)])


def test_refusal(tmp_path: Path) -> None:
    """A refusal names file, document and object, and is no misuse."""
    file = tmp_path / "gone.yaml"
    file.write_text(CONFIG.replace("name: c", "name: c, namespace: gone"))
    with pytest.raises(RefusedError) as caught:
        play(Cluster(), read([str(file)]))
    assert caught.value.where == f"{file}, document 1"
    assert caught.value.what == "apply ConfigMap gone/c"
    assert caught.value.why == 'namespaces "gone" not found'


def test_definitions_come_first(tmp_path: Path) -> None:
    """A kind is known once its definition was applied, in the same files."""
    definition = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boxes.ex.com}
spec:
  group: ex.com
  scope: Cluster
  names: {kind: Box, plural: boxes, singular: box, listKind: BoxList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
"""
    box = "---\n{apiVersion: ex.com/v1, kind: Box, metadata: {name: b}}\n"
    file = tmp_path / "boxes.yaml"
    file.write_text(definition + box)
    cluster = Cluster()
    play(cluster, read([str(file)]))
    assert cluster.tree() == "Box b"
    file.write_text(box + "---\n" + definition)
    with pytest.raises(MisuseError, match="put its CustomResourceDefinition before it"):
        play(Cluster(), read([str(file)]))
