"""What pytest shows of two objects that are not equal."""

from __future__ import annotations

import pytest

from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.core_v1 import ConfigMap, Secret
from reconcile.verify.comparing import explained
from tests.verify.shops import Shop

HIDDEN = "aGlkZGVu"


def _deployment(replicas: int, image: str = "web:1") -> Deployment:
    containers = [{"name": "web", "image": image}]
    spec = {"replicas": replicas, "template": {"spec": {"containers": containers}}}
    return Deployment("web", namespace="team", spec=spec)


def test_views_are_compared_field_by_field() -> None:
    """Each change is a line with its place and both values."""
    assert explained(_deployment(1), _deployment(2, "web:2")) == [
        "Deployment team/web == Deployment team/web",
        "Deployment team/web",
        "  spec",
        "  ~ replicas: 1 -> 2",
        "  ~ template.spec.containers[name=web].image: web:1 -> web:2",
    ]


def test_verbose_shows_yaml() -> None:
    """With -vv both are shown as YAML, with the changed lines marked."""
    lines = explained(_deployment(1), _deployment(2), verbose=2)
    assert lines is not None
    assert "-  replicas: 1" in lines
    assert "+  replicas: 2" in lines


def test_a_view_and_a_document_are_compared() -> None:
    """What was read is compared with a plain dict, a parent, or another class."""
    document = _deployment(3).copy().raw
    assert explained(_deployment(1), document)[-1] == "~ spec.replicas: 1 -> 3"
    assert explained(document, _deployment(1))[-1] == "~ spec.replicas: 3 -> 1"
    left, right = Shop.of("a", spec={"colour": "red"}), Shop.of("a", spec={"colour": "blue"})
    assert explained(left, right)[-1] == "~ spec.colour: red -> blue"


def test_parts_are_compared() -> None:
    """A part of an object is told with the object it is of, a list as well as a map."""
    assert explained(_deployment(1).spec, _deployment(2).spec) == [
        "DeploymentSpec of Deployment team/web == DeploymentSpec of Deployment team/web",
        "~ replicas: 1 -> 2",
    ]
    data = ConfigMap("a", data={"k": "v"}).data
    assert explained(data, {"k": "w"}) == ["TextMap of ConfigMap a == dict", "~ k: v -> w"]
    containers = _deployment(1).spec.template.spec.containers
    assert explained(containers, [{"name": "web", "image": "web:2"}])[-1] == (
        "~ [name=web].image: web:1 -> web:2"
    )


def test_lists_of_objects_are_compared() -> None:
    """Objects in a list are told apart by kind and name."""
    lines = explained([_deployment(1)], (_deployment(2), ConfigMap("a")))
    assert lines[0] == "1 object == 2 objects"
    assert any("[Deployment team/web]" in line for line in lines)
    assert any(line.lstrip().startswith("+ [ConfigMap a]") for line in lines)


@pytest.mark.parametrize("verbose", [0, 2])
@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Secret("a", data={"k": HIDDEN}), Secret("a", data={"k": "b3RoZXI="})),
        (Secret("a", data={"k": HIDDEN}).raw, Secret("a", data={"k": "b3RoZXI="}).raw),
        (Secret("a", data={"k": HIDDEN}).data, {"k": "b3RoZXI="}),
        ({"k": "b3RoZXI="}, Secret("a", string_data={"k": HIDDEN}).string_data),
        ([Secret("a", data={"k": HIDDEN})], []),
        ([Secret("a", data={"k": HIDDEN})], [Secret("a"), Secret("b")]),
    ],
    ids=["views", "documents", "data", "stringData", "gone", "lists"],
)
def test_no_secret_is_shown(left: object, right: object, verbose: int) -> None:
    """Values of a Secret become type and size, wherever the Secret stands."""
    lines = explained(left, right, verbose=verbose)
    assert lines is not None
    text = "\n".join(lines)
    assert HIDDEN not in text
    assert "b3RoZXI=" not in text
    assert len(lines) > 1


def test_many_changes_are_cut_short() -> None:
    """Five changes are shown and the rest counted: pytest itself shows no more lines."""
    left = ConfigMap("a", data={f"k{number}": "v" for number in range(9)})
    right = ConfigMap("a", data={f"k{number}": "w" * 200 for number in range(9)})
    lines = explained(left, right)
    assert lines[-1] == "and 4 more changes, with -vv as YAML"
    assert len(lines) <= 9
    assert max(len(line) for line in lines) <= 110


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 2),
        ("a", "b"),
        ({"a": 1}, {"a": 2}),
        ([], []),
        (ConfigMap("a").raw, {1: 2}),
        (ConfigMap("a").raw, {"a": object()}),
        (_deployment(1), None),
        (_deployment(1), "web"),
        ({"apiVersion": 1, "kind": "X"}, {"apiVersion": 2, "kind": "X"}),
    ],
)
def test_everything_else_is_left_to_pytest(left: object, right: object) -> None:
    """What is no object, or is compared with none, is told by pytest itself."""
    assert explained(left, right) is None


def test_equal_documents_of_other_types() -> None:
    """Two things whose documents are equal say that only their types differ."""
    assert explained(ConfigMap("a"), ConfigMap("a").raw)[-1] == (
        "equal as documents: what differs is the type in Python"
    )


def test_nothing_is_changed_by_looking() -> None:
    """What is compared stays as it was, a part that is absent stays absent."""
    view = Deployment("web")
    explained(view.spec, {"replicas": 1})
    assert "spec" not in view.raw
