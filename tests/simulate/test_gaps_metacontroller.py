"""What the simulated Metacontroller does not do: each gap of the manual's list, shown."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.hook.transport import Answer, Call
from reconcile.objects.gvk import Gvk
from reconcile.simulate import ApiServer, Cluster
from reconcile.simulate.metacontroller.process import HookCalled, Metacontroller
from tests.simulate.things import CONFIG_MAP, DEFINITION, controller, hooked, thing

SECRET = {"name": "s", "namespace": "default"}


def asking(**webhook: Any) -> dict[str, Any]:
    """Return a controller whose sync hook has settings of its own."""
    return controller(hooks={"sync": {"webhook": {"url": "http://cc.test/sync", **webhook}}})


def reasons(cluster: Cluster) -> list[str]:
    """Return the reasons of all warnings."""
    return [str(each["reason"]) for each in cluster.events if each["type"] == "Warning"]


def called(cluster: Cluster) -> list[Call]:
    """Return the requests to the hook."""
    return [each.called.call for each in cluster.calls]


@pytest.mark.parametrize(
    "settings",
    [
        {"caBundle": {"secretRef": {"name": "none", "namespace": "default"}}},
        {"caBundle": {"inline": "bm8gY2VydGlmaWNhdGU="}},
        {"clientTLS": {"secretRef": {"name": "none", "namespace": "default"}}},
    ],
)
def test_tls(settings):
    """What stands there is not looked up: a controller runs whose certificates are nowhere."""
    cluster = Cluster(hooked(document=asking(**settings)))
    cluster.create(thing())
    cluster.settle()
    assert cluster.get(CONFIG_MAP, "t-0")
    assert reasons(cluster) == []


def test_proxies(monkeypatch):
    """A hook is called at its own address, whatever the environment says."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    cluster = Cluster(hooked())
    cluster.create(thing())
    cluster.settle()
    assert {each.url for each in called(cluster)} == {"http://cc.test/sync"}


@pytest.mark.parametrize(
    "settings",
    [
        {"authorization": {"type": "Basic", "secretRef": {**SECRET, "key": "token"}}},
        {"basicAuth": {"secretRef": SECRET}},
        {"basicAuth": {"secretRef": SECRET, "usernameKey": "colon", "passwordKey": "token"}},
    ],
)
def test_credentials(settings):
    """The type Basic, keys that the Secret has not, a colon in a user's name: all is taken."""
    data = {"token": "x", "colon": "a:b"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": SECRET, "stringData": data}
    cluster = Cluster(hooked(document=asking(**settings)))
    cluster.create(secret)
    cluster.create(thing())
    cluster.settle()
    assert called(cluster)[-1].headers["Authorization"].startswith("Basic")


def test_discovery():
    """A child of a kind that was defined right now is made at once."""
    names = {"kind": "Widget", "plural": "widgets"}
    definition = {**DEFINITION, "metadata": {"name": "widgets.demo.example.com"}}
    definition["spec"] = {**DEFINITION["spec"], "names": names}
    widget = {"apiVersion": "demo.example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    cluster = Cluster(hooked(lambda request: {"children": [widget]}))
    cluster.settle()
    before = cluster.now
    cluster.create(definition)
    cluster.create(thing())
    cluster.settle()
    assert cluster.get(Gvk("demo.example.com/v1", "Widget"), "w")
    assert cluster.now == before


def test_client_rate():
    """A hundred requests and more take no time at all."""
    cluster = Cluster(hooked())
    before = cluster.now
    for number in range(30):
        cluster.create(thing(f"t{number:02}"))
    cluster.settle()
    assert len(cluster.list(CONFIG_MAP)) >= 30
    assert cluster.now == before


def test_workers():
    """Of two parents that are due at once, the second waits until the first one's sync is over."""
    cluster = Cluster(hooked(), pause=1.0)
    for name in ("a", "b"):
        cluster.create(thing(name))
    cluster.settle()
    times = [moment.when for moment, row in cluster.told if isinstance(row, HookCalled)]
    assert len(set(times)) == len(times)


@pytest.mark.parametrize(
    "flag",
    [
        "client_go_burst",
        "client_go_qps",
        "discovery_interval",
        "events_burst",
        "events_qps",
        "health_probe_bind_address",
        "leader_election",
        "metrics_address",
        "pprof_address",
        "workers",
        "zap_log_level",
    ],
)
def test_flags(flag):
    """The process takes no such option."""
    with pytest.raises(TypeError, match=flag):
        Metacontroller(ApiServer(), lambda call: Answer(200, {}, b""), told=print, **{flag: 1})
