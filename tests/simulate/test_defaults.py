"""What a create makes of built-in objects, against what the real server made of them.

1. Each recorded object is sent as it was: dry run, alone, in a namespace of its own.
2. Objects are compared whole, managedFields and warnings too; of a refusal the code, the reason and
   the causes.
3. The list of those known to differ is exact: one that became equal must be taken off it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pytest

from reconcile.simulate import ApiServer
from reconcile.simulate.comparison import compare
from tests.recordings import created

_UNSERVED: Final = frozenset({"resource.k8s.io/v1beta1", "resource.k8s.io/v1beta2"})
"""Versions that the recording server had switched on and that no server serves by default."""


_DROPPED: Final = (
    "managers own fields of the object as it was sent, also those that are dropped later"
)
_CEL: Final = "the expressions of a ValidatingAdmissionPolicy are not compiled"

DIFFERENT: Final = {
    "random/defaults:40": _DROPPED,
    "random/defaults:749": _DROPPED,
    "random/defaults:273": _CEL,
}
"""What is known to differ, as `folder/file:line`, and why."""


@cache
def _server() -> ApiServer:
    server = ApiServer()
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}}
    assert server.request("POST", "/api/v1/namespaces", body=made).status == 201
    return server


def _path(server: ApiServer, api_version: str, kind: str) -> str | None:
    """Return the path of the collection that a kind belongs in, None if it is not served."""
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    found = server.request("GET", root, headers={"Accept": "application/json"})
    if found.status != 200:
        return None
    for each in found.body["resources"]:
        if each["kind"] == kind and "/" not in each["name"]:
            below = "/namespaces/demo" if each["namespaced"] else ""
            return f"{root}{below}/{each['name']}?dryRun=All"
    return None


def differences(line: dict[str, Any]) -> list[str] | None:
    """Return where our answer differs from the recorded one, None where nothing serves it."""
    server = _server().copy()
    path = _path(server, line["apiVersion"], line["kind"])
    if path is None:
        return None
    before = server.world.version
    answer = server.request("POST", path, body=line["input"])
    assert server.world.version == before
    recorded = _step(line["input"], line["status"], line["output"], line.get("warning"))
    ours = _step(line["input"], answer.status, answer.body, answer.headers.get("Warning"))
    return [
        f"{each.what} {each.pointer}: {each.recorded!r} | {each.produced!r}"
        for each in compare({"steps": [recorded]}, {"steps": [ours]})
    ]


def _step(sent: Any, status: int, answer: Any, warning: str | None) -> dict[str, Any]:
    if status >= 400:
        details = answer.get("details") or {}
        answer = {"reason": answer.get("reason"), "causes": details.get("causes")}
    return {
        "body": sent,
        "status": status,
        "response": answer,
        "headers": {"Warning": warning} if warning else {},
    }


@cache
def results(folder: str) -> dict[str, tuple[str, ...] | None]:
    """Return the differences of all created objects of a folder, None where nothing serves it."""
    found: dict[str, tuple[str, ...] | None] = {}
    for name, line in created(folder).items():
        told = differences(line)
        if told is not None and folder == "random":  # its warnings were not recorded
            told = [each for each in told if not each.startswith("warning")]
        found[name] = None if told is None else tuple(told)
    return found


CASES: Final = tuple(
    f"{folder}/{name}" for folder in ("defaults", "random") for name in created(folder)
)


@pytest.mark.parametrize("case", CASES)
def test_an_object_is_created_as_it_was_recorded(case):
    """The object, its managers and its warnings, or code and causes of the refusal."""
    folder, _, name = case.partition("/")
    found = results(folder)[name]
    if found is None:
        assert created(folder)[name]["apiVersion"] in _UNSERVED
        pytest.skip("no server serves this version by default")
    if case in DIFFERENT:
        assert found, f"{case} is equal now: take it off the list of those that differ"
    else:
        assert not found


def test_few_of_the_recorded_objects_are_of_versions_that_are_not_served():
    """All others were sent to the simulated server."""
    skipped = {
        folder: sum(each is None for each in results(folder).values())
        for folder in ("defaults", "random")
    }
    assert skipped == {"defaults": 10, "random": 48}


def test_the_list_of_differences_names_cases_and_has_reasons():
    """Whatever stands on the list was recorded, and somebody said why it differs."""
    assert set(DIFFERENT) <= set(CASES)
    assert all(len(reason) > 20 for reason in DIFFERENT.values())
