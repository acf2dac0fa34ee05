"""What holds of every answer."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile import Child, Controller, Model, Observed, Parent, Reply, all_of, once, rule
from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.core_v1 import ConfigMap, Secret
from reconcile.objects.names import LAST_APPLIED
from reconcile.rules.combine import evaluate

ROOT = Path(__file__).parents[2]


class Spec(Model):
    """A spec."""

    replicas: int = 1
    extra: dict[str, str] = {}


class Thing(Parent[Spec, Spec], group="example.com", version="v1"):
    """A parent."""


@rule
def secret(observed: Observed[Thing]) -> Secret:
    """Make a Secret once."""
    return once(Secret("s", string_data={"k": observed.token("k", length=9)}))


@rule
def config(observed: Observed[Thing]) -> list[ConfigMap]:
    """Make two ConfigMaps."""
    return [ConfigMap("a", data=dict(observed.parent.spec.extra)), ConfigMap("b")]


@rule
def labels(observed: Observed[Thing]) -> ConfigMap:
    """Label one of them."""
    return ConfigMap("a", labels={"replicas": str(observed.parent.spec.replicas)})


@rule
def web(observed: Observed[Thing]) -> Deployment:
    """Make a Deployment."""
    return Deployment("d", spec={"replicas": observed.parent.spec.replicas})


RULES = (secret, config, labels, web)
CHILDREN = [Child(Secret), Child(ConfigMap, "InPlace"), Child(Deployment, "InPlace")]
CONTROLLER = Controller(Thing, rules=all_of(*RULES), children=CHILDREN)


def request(**spec: Any) -> dict[str, Any]:
    """Return a request."""
    return {
        "controller": {
            "apiVersion": "metacontroller.k8s.io/v1alpha1",
            "kind": "CompositeController",
            "metadata": {"name": "c"},
            "spec": {"hooks": {"sync": {"version": "v1"}}},
        },
        "parent": {
            "apiVersion": "example.com/v1",
            "kind": "Thing",
            "metadata": {"name": "t", "namespace": "ns", "generation": 1},
            "spec": spec,
        },
        "children": {"Secret.v1": {}, "ConfigMap.v1": {}, "Deployment.apps/v1": {}},
        "related": {},
        "finalizing": False,
    }


BODY = json.dumps(request()).encode()


@given(st.binary(max_size=200), st.sampled_from(["sync", "finalize", "customize"]))
def test_any_bytes_give_a_reply(body: bytes, hook: Any) -> None:
    """Whatever comes in, a reply comes out, and never an exception."""
    reply = CONTROLLER.respond(body, hook=hook)
    assert isinstance(reply, Reply)
    assert reply.status == 400


@given(st.integers(0, len(BODY)), st.binary(max_size=4), st.integers(0, 8))
def test_any_damage_gives_a_reply(at: int, put: bytes, cut: int) -> None:
    """A request that is damaged somewhere gets an answer or an error, never half of one."""
    reply = CONTROLLER.respond(BODY[:at] + put + BODY[at + cut :], entropy=bytes(32))
    assert reply.status in {200, 400, 413, 500}
    if reply.status == 200:
        assert len(json.loads(reply.body)["children"]) in {0, 4}


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


@given(st.integers(0, 9), st.dictionaries(TEXT, TEXT, max_size=3))
def test_order_of_rules_has_no_influence(replicas: int, extra: dict[str, str]) -> None:
    """However the rules stand, what is desired is the same."""
    parent = Thing.of("t", namespace="ns", spec={"replicas": replicas, "extra": extra})
    observed = Observed.of(parent, entropy=bytes(32))
    results = [
        evaluate(all_of(*rules), observed, declared=CHILDREN).objects
        for rules in itertools.permutations(RULES)
    ]
    assert all(list(result.items()) == list(results[0].items()) for result in results)


def _applied(child: dict[str, Any]) -> dict[str, Any]:
    metadata = {**child["metadata"], "uid": "u", "resourceVersion": "5"}
    metadata["annotations"] = {LAST_APPLIED: json.dumps(child)}
    return {**child, "metadata": metadata}


@settings(max_examples=30)
@given(st.integers(0, 9), st.dictionaries(TEXT, TEXT, max_size=3), st.randoms())
def test_an_answer_that_was_applied_is_given_again(
    replicas: int, extra: dict[str, str], chance: random.Random
) -> None:
    """Fed back as observed, in any order, the answer comes again, whatever the entropy."""
    body = request(replicas=replicas, extra=extra)
    first = CONTROLLER.respond(json.dumps(body).encode(), entropy=b"a" * 32)
    assert first.status == 200, first
    children = json.loads(first.body)["children"]
    chance.shuffle(children)
    for child in children:
        kind = f"{child['kind']}.{child['apiVersion']}"
        body["children"][kind][child["metadata"]["name"]] = _applied(child)
    again = CONTROLLER.respond(json.dumps(body).encode(), entropy=b"b" * 32)
    assert again.body == first.body
    assert not CONTROLLER.plan_request(json.dumps(body).encode(), entropy=b"c" * 32)


SNIPPET = """
import json, random, sys
sys.path.insert(0, "examples/objectstore")
from controller import controller
body = json.loads(open("examples/objectstore/request.json").read())
chance = random.Random(int(sys.argv[1]))
def shuffled(value):
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key]) for key in keys}
    return value
for name in ("children", "related"):
    body[name] = shuffled(body[name])
reply = controller.respond(json.dumps(body).encode(), entropy=bytes(32))
assert reply.status == 200
print(reply.body.decode())
"""


def test_same_request_same_bytes_in_every_process() -> None:
    """Hash seeds, and the order of objects and of their members, leave no trace."""
    answers = {
        subprocess.run(
            [sys.executable, "-c", SNIPPET, str(number)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for number, seed in enumerate(["0", "1", "random"])
    }
    assert len(answers) == 1
