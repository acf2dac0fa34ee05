"""What fails again and again is told in words of our own, by rule and field; no value is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.simulate import Cluster, NotSettledError
from tests.simulate.scenes import (
    answering,
    changing,
    cluster,
    composite,
    config_map,
    thing,
    wanting,
    widget,
)
from tests.simulate.unsettled.test_error import DNS, HPA, SECRET_TEXTS, deployment, service, told

if TYPE_CHECKING:
    from collections.abc import Callable


def test_failures_of_hooks_are_told_anew() -> None:
    """An answer that fails is told by its code, never by its body."""

    def teapot(_: Any) -> Any:
        return 418, {}, {"short": "stout"}

    error = told(cluster(composite(sync=teapot)))
    assert "the hook answered 418" in str(error)
    assert "stout" not in str(error)
    assert not error.fields


def test_many_failures_are_told_as_failures() -> None:
    """A parent that is synced too often because it fails is told as one that fails."""
    made = cluster(composite(sync=lambda _: (418, {}, {})))
    with pytest.raises(NotSettledError, match="more than 3 times, and still fails: the hook answ"):
        made.settle(limit=3)


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("<html>", "cannot be read"),
        ({"children": {"a": "b"}}, "cannot be read"),
        ({"status": "stout"}, "cannot be read"),
        ({"children": [{"kind": "ConfigMap", "metadata": {"labels": None}}]}, "rule"),
    ],
)
def test_answers_that_cannot_be_read(answer: Any, word: str) -> None:
    """What is wrong with an answer is told by the rule."""
    assert word in str(told(cluster(composite(sync=lambda _: answer))))


def test_labels_beside_the_selector() -> None:
    """A child with other labels fails the sync as a whole, and the error says so (rule 3.4)."""
    made = cluster(composite(generate=False, sync=answering(config_map(v="1"))), things=())
    made.create(thing(selector={"matchLabels": {"app": "x"}}))
    assert "rule 3.4" in str(told(made))


def test_parents_without_a_selector() -> None:
    """A parent without a selector fails before the hook is called (rule 3.2)."""
    made = cluster(composite(generate=False, sync=answering()))
    assert "rule 3.2" in str(told(made))
    assert not made.calls


MARK = "S3CR3T"
AROUND = st.sampled_from(
    [
        "",
        "x",
        '"',
        '", spec.',
        '"}], spec.ports[0].',
        ": Required value",
        ": Invalid value: ",
        " http error ",
        "\n",
        "\\",
        "{",
        "é",
    ]
)
SECRETS = st.tuples(AROUND, AROUND).map(lambda ends: f"{ends[0]}{MARK}{ends[1]}")


def _raising(text: str) -> Callable[[Any], Any]:
    def sync(_: Any) -> Any:
        raise ValueError(text)

    return sync


class Made:
    """A cluster that is still to be made, by one strategy or the other."""

    def __init__(self, make: Callable[..., Cluster], *given: Any) -> None:
        self.make = make
        self.given = given

    def by(self, apply: str) -> Cluster:
        """Return the cluster."""
        return self.make(*self.given, apply=apply)


LEAKS: tuple[Callable[[str], Made], ...] = (
    lambda text: Made(wanting, "Recreate", config_map(a=None, b=text), "configmaps"),
    lambda text: Made(wanting, "InPlace", {**HPA, "spec": {"maxReplicas": text}}, "x"),
    lambda text: Made(
        wanting,
        "InPlace",
        service({"name": text, "port": 53}, {"name": "u", "port": 53}),
        "services",
    ),
    lambda text: Made(wanting, "InPlace", service({**DNS[0], "protocol": text}), "services"),
    lambda text: Made(
        wanting,
        "InPlace",
        deployment({"name": "c", "image": "i", "env": [{"name": text, "value": text}] * 2}),
        "deployments",
    ),
    lambda text: Made(
        wanting,
        "Recreate",
        deployment(
            {
                "name": "c",
                "image": "i",
                "env": [{"name": "A", "value": text}, {"name": "A", "value": "b"}],
            }
        ),
        "deployments",
    ),
    lambda text: Made(
        wanting, "InPlace", {**SECRET_TEXTS, "stringData": None, "data": {"a": text}}, "secrets"
    ),
    lambda text: Made(wanting, "Recreate", {**SECRET_TEXTS, "stringData": {"a": text}}, "secrets"),
    lambda text: Made(changing, "Recreate", widget(a=text), widget(a=text + "2"), "widgets"),
    lambda text: Made(cluster, composite(sync=answering(status={"a": text}, finalized=1))),
    lambda text: Made(cluster, composite(sync=lambda _: (500, {}, text))),
    lambda text: Made(cluster, composite(sync=lambda _: text)),
    lambda text: Made(cluster, composite(sync=_raising(text))),
    lambda text: Made(
        cluster,
        composite(sync=answering(status={"a": text})),
        composite(name="c2", children=(), sync=answering(status={"a": text + "2"})),
    ),
    lambda text: Made(
        cluster,
        composite(
            sync=answering(
                {**config_map(), "metadata": {"name": "c", "labels": {"a": text, "b": 1}}}
            )
        ),
    ),
    lambda text: Made(
        cluster,
        composite(sync=answering({**config_map(), "metadata": {"name": "c", "annotations": text}})),
    ),
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.sampled_from(range(len(LEAKS))), SECRETS, st.sampled_from(["dynamic", "server-side"]))
def test_no_value_is_told(which: int, secret: str, apply: str) -> None:
    """Whatever fails or goes on and on, no text of the error holds a value of an object."""
    made = LEAKS[which](secret).by(apply)
    told = []
    try:
        made.settle(limit=15)
    except NotSettledError as error:
        told = [str(error), *(part for field in error.fields for part in map(str, field))]
    assert not any(MARK in text for text in told)
