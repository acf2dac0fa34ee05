"""Facts about recorded calls that are put to a controller again."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconcile.adapters.clock import Clock
from reconcile.adapters.recorded_calls import RecordedCall, differences, recorded_calls
from reconcile.adapters.recorder import Recorder, recorded_controller
from reconcile.errors import RequestError
from reconcile.hook.reply import Reply
from tests.suites import shared

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 31, 12, 0, 0, 900000, tzinfo=UTC)


def example(**changes: str):
    """The example's controller; texts of its source changed."""
    source = (ROOT / "examples" / "objectstore" / "controller.py").read_text()
    for old, new in changes.values():
        assert old in source
        source = source.replace(old, new)
    spec = importlib.util.spec_from_loader("changed", loader=None)
    module = importlib.util.module_from_spec(spec)
    sys.modules["changed"] = module
    try:
        exec(compile(source, "changed.py", "exec"), module.__dict__)
    finally:
        del sys.modules["changed"]
    return module.controller


def request(children: list[dict] = (), **spec: object) -> dict:
    """A request about one store, as Metacontroller sends it."""
    kinds = ("Secret.v1", "PersistentVolumeClaim.v1", "Service.v1", "Deployment.apps/v1")
    observed: dict[str, dict] = {kind: {} for kind in kinds}
    for child in children:
        kind = f"{child['kind']}.{child['apiVersion']}"
        observed[kind][child["metadata"]["name"]] = child
    return {
        "controller": {
            "kind": "CompositeController",
            "apiVersion": "metacontroller.k8s.io/v1alpha1",
            "metadata": {"name": "c"},
        },
        "parent": {
            "apiVersion": "unstable.mycompany.com/v1alpha1",
            "kind": "Objectstore",
            "metadata": {"name": "store", "namespace": "team", "uid": "1", "generation": 1},
            "spec": spec,
        },
        "children": observed,
        "related": {},
        "finalizing": False,
    }


def record(
    folder: Path,
    controller,
    requests: list[dict],
    *,
    took: float = 0.01,
    etags: bool = False,
    hook: str = "sync",
) -> None:
    """Let a controller answer, recorded, as in production: random keys, a clock that moves."""
    entropy = iter(bytes([number] * 32) for number in range(1, 100))
    ticks = iter(range(1000))
    clock = Clock(seconds=lambda: next(ticks) * took)
    running = recorded_controller(controller, Recorder(folder, clock=clock))
    tag = ""
    for number, each in enumerate(requests):
        headers = {"content-type": "application/json", "if-none-match": tag if etags else ""}
        now = NOW + timedelta(seconds=number)
        reply = running.respond(
            json.dumps(each).encode(), hook=hook, headers=headers, now=now, entropy=next(entropy)
        )
        tag = reply.headers.get("ETag", tag)


def life(controller) -> list[dict]:
    """Two requests: nothing exists, then all children as they were desired."""
    first = request()
    reply = controller.respond(json.dumps(first).encode(), now=NOW, entropy=bytes([7] * 32))
    return [first, request(json.loads(reply.body)["children"])]


def found(folder: Path, controller) -> list[list[tuple[str, str]]]:
    """The differences of each call."""
    return [
        [tuple(each) for each in differences(call, controller)] for call in recorded_calls(folder)
    ]


def test_the_same_controller_answers_the_same(tmp_path: Path) -> None:
    """Generated and kept secrets, conditions with the time, a 304: nothing differs."""
    controller = example()
    first, second = life(controller)
    record(tmp_path, controller, [first, second, second], etags=True)
    calls = list(recorded_calls(tmp_path))
    assert [call.name.partition(":")[2] for call in calls] == [
        f"{number} sync Objectstore team/store" for number in (1, 2, 3)
    ]
    assert [call.comparable for call in calls] == [True] * 3
    assert found(tmp_path, controller) == [[], [], []]
    assert calls[0].put_to(controller).status == 200
    assert json.loads(calls[1].body) == calls[1].request


def test_a_changed_controller(tmp_path: Path) -> None:
    """Each kind of change is told by what and where; the order of children is none."""
    controller = example()
    record(tmp_path, controller, life(controller))
    replicas = example(a=("replicas=1", "replicas=2"))
    where = "/children/Deployment.apps~1v1/team~1store/spec/replicas"
    assert found(tmp_path, replicas) == [[("changed", where)]] * 2
    fewer = example(a=("all_of(keys, volume,", "all_of(keys,"))
    assert found(tmp_path, fewer) == [[("removed", "/children/PersistentVolumeClaim.v1")]] * 2
    more = example(a=('type="Opaque",', 'type="Opaque", immutable=True,'))
    assert found(tmp_path, more) == [[("added", "/children/Secret.v1/team~1store/immutable")]] * 2
    assert found(tmp_path, _Reversed(controller)) == [[], []]


class _Reversed:
    """The same children in another order."""

    def __init__(self, controller):
        self.controller = controller

    def respond(self, body, **options):
        reply = self.controller.respond(body, **options)
        answer = json.loads(reply.body)
        answer["children"].reverse()
        return Reply(200, reply.headers, json.dumps(answer).encode())


def test_keys_that_are_made_anew(tmp_path: Path) -> None:
    """A controller that forgets to keep its secrets differs where they existed."""
    controller = example()
    record(tmp_path, controller, life(controller))
    forgetful = example(a=("return once(", "return ("))
    data = "/children/Secret.v1/team~1store/data"
    # The first call made them, too.
    assert found(tmp_path, forgetful) == [
        [],
        [("changed", f"{data}/accesskey"), ("changed", f"{data}/secretkey")],
    ]
    swapped = example(
        a=('"accesskey": access, "secretkey": secret', '"accesskey": access, "secret": secret')
    )
    assert [("removed", f"{data}/secretkey"), ("added", f"{data}/secret")] in found(
        tmp_path, swapped
    )


class _Computing:
    """A controller of secrets that are no secrets: computed from names, and copied."""

    def __init__(self, value="db.team.svc", copied="p"):
        self.value = value
        self.copied = copied

    def respond(self, body, *, hook, headers, now, entropy):
        related = json.loads(body)["related"]["Secret.v1"]["source"]["data"]
        env = [{"name": "DB_PASSWORD_FILE", "value": self.value}]
        data = {"p": related[self.copied]}
        children = [
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "copy"}, "data": data},
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"env": env}},
        ]
        return Reply(200, {}, json.dumps({"children": children}).encode())


def test_secrets_that_are_computed_or_copied(tmp_path: Path) -> None:
    """What is computed cannot be compared with a mask; what is copied can."""
    source = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "source"},
        "data": {"p": "aHVudGVyMg==", "q": "b3RoZXI="},
    }
    asked = {
        "parent": {"kind": "Thing", "metadata": {"name": "t"}},
        "related": {"Secret.v1": {"source": source}},
    }
    record(tmp_path, _Computing(), [asked])
    assert found(tmp_path, _Computing()) == [[]]
    assert found(tmp_path, _Computing(value="another")) == [[]]
    assert found(tmp_path, _Computing(value="")) == [
        [("changed", "/children/Pod.v1/p/spec/env/0/value")]
    ]
    assert found(tmp_path, _Computing(copied="q")) == [
        [("changed", "/children/Secret.v1/copy/data/p")]
    ]


def test_answers_that_are_no_json(tmp_path: Path) -> None:
    """An answer that cannot be read differs; numbers beyond ours can still be asked."""
    asked = {"parent": {"kind": "Thing", "metadata": {"name": "t"}, "spec": {"big": 10**30}}}
    record(tmp_path, _SayingAnything(200), [asked])
    assert found(tmp_path, _Saying(200)) == [[]]
    assert found(tmp_path, _Saying(200, b"<p>")) == [[("no JSON", "")]]
    assert found(tmp_path, _Saying(200, b"")) == [[("no JSON", "")]]


class _Clocked:
    """A controller that tells the second."""

    def __init__(self, offset=0):
        self.offset = offset

    def respond(self, body, *, hook, headers, now, entropy):
        told = (now + timedelta(seconds=self.offset)).replace(microsecond=0).isoformat()
        return Reply(200, {}, json.dumps({"status": {"time": told}}).encode())


def test_a_second_that_passed_meanwhile(tmp_path: Path) -> None:
    """The recorder may read the clock just before the second the rules saw; not two seconds."""
    asked = {"parent": {"kind": "Thing", "metadata": {"name": "t"}}}
    record(tmp_path, _Clocked(), [asked], took=0.2)
    assert found(tmp_path, _Clocked()) == [[]]
    [call] = recorded_calls(tmp_path)
    late = {"status": {"time": "2026-01-31T12:00:01+00:00"}}
    assert differences(_with(call, response=late), _Clocked()) == ()
    assert found(tmp_path, _Clocked(2)) == [[("changed", "/status/time")]]


def _with(call: RecordedCall, **changes: object) -> RecordedCall:
    from dataclasses import replace

    return replace(call, **changes)


class _Saying:
    """A controller with one answer."""

    def __init__(self, status, body=b"{}"):
        self.reply = Reply(status, {}, body)

    def respond(self, body, *, hook, headers, now, entropy):
        assert "if-none-match" not in headers
        return self.reply


def test_statuses(tmp_path: Path) -> None:
    """Another status differs; of failures the word counts, not the digest of the request."""
    asked = {"parent": {"kind": "Thing", "metadata": {"name": "t"}}}
    for status, body in [
        (500, b'{"error":"rule","id":"1"}'),
        (429, b'{"error":"retry-later"}'),
        (503, b'{"error":"deadline"}'),
        (304, b""),
        (200, b"<p>"),
    ]:
        record(tmp_path, _SayingAnything(status, body), [asked])
    calls = sorted(recorded_calls(tmp_path), key=lambda call: call.status)
    assert [(call.status, call.comparable) for call in calls] == [
        (200, False),
        (304, False),
        (429, True),
        (500, True),
        (503, False),
    ]
    good = [differences(call, _Saying(200)) for call in calls]
    assert [each[0].what if each else "" for each in good] == [
        "",
        "",
        "status 200, not 429",
        "status 200, not 500",
        "",
    ]
    assert differences(calls[3], _Saying(500, b'{"error":"rule","id":"2"}')) == ()
    assert differences(calls[3], _Saying(500, b"<p>")) == (("changed", "/error"),)
    assert differences(calls[3], _Saying(500, b'{"error":"conflict"}')) == (("changed", "/error"),)


class _SayingAnything(_Saying):
    def respond(self, body, **options):
        return self.reply


def test_failures_are_described_without_values(tmp_path: Path) -> None:
    """A controller that now fails says where, not with what."""
    controller = example()
    record(tmp_path, controller, [request()])
    failing = example(a=("storage = observed.parent.spec.storage", "storage = {}['hunter2']"))
    [[(what, pointer)]] = found(tmp_path, failing)
    assert what.startswith("status 500, not 200 (RuleError: ")
    assert (pointer, "hunter2" in what) == ("", False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("calls-1.jsonl", "{\n"),
        ("calls-1.jsonl", "[]\n"),
        ("calls-1.jsonl", '{"hook":"sync"}\n'),
        ("calls-1.jsonl", '{"hook":"sync","status":200,"time":"yesterday"}\n'),
        ("x.json", "{"),
    ],
)
def test_files_that_are_no_recordings(name: str, text: str, tmp_path: Path) -> None:
    """What cannot be read is an error that names the place."""
    (tmp_path / name).write_text(text)
    with pytest.raises(RequestError, match=name.partition(".")[0]):
        list(recorded_calls(tmp_path))


def test_a_line_that_was_not_finished(tmp_path: Path) -> None:
    """The end of a file that a crash cut off is left out; files without calls are no calls."""
    record(tmp_path, _Saying200(), [request()])
    [file] = tmp_path.glob("*.jsonl")
    with file.open("a") as more:
        more.write('{"hook":')
    (tmp_path / "other.json").write_text('{"steps":[{"timeline":[{"verb":"create"}]},7],"a":1}')
    assert len(list(recorded_calls(tmp_path))) == 1
    assert len(list(recorded_calls(file))) == 1


class _Saying200:
    def respond(self, body, **options):
        return Reply(200, {}, b"{}")


class _Functions:
    """The hooks of a recording of Metacontroller, as a controller."""

    def __init__(self, folder: Path) -> None:
        spec = importlib.util.spec_from_file_location(
            f"hooks_of_{folder.name}", folder / "hooks.py"
        )
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)

    def respond(self, body, *, hook, headers, now, entropy):
        answer = getattr(self.module, hook)(json.loads(body))
        return Reply(200, {}, json.dumps(answer).encode())


@pytest.mark.parametrize(
    "name",
    ["objectstore_life", "composite_first", "customize_decorator", "decorator_cluster_parent"],
)
def test_recordings_of_metacontroller(name: str) -> None:
    """The calls in their timelines are calls, and their hooks give the recorded answers again."""
    folder = shared("recordings", "metacontroller") / name
    if not folder.exists():
        pytest.skip(f"there is no {name}")
    calls = list(recorded_calls(folder))
    assert calls
    hooks = _Functions(folder)
    assert [call.name for call in calls if not call.comparable or differences(call, hooks)] == []
