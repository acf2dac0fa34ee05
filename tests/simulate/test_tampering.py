"""What a comparison of two conversations sees, and what it leaves to the server.

1. A random change of a place that counts is seen, by our comparison and by the judge.
2. What is not compared stands in one table, with a reason and a test each; the page of the manual
   shows the same table.
"""

from __future__ import annotations

import json
import random
import re
from copy import deepcopy
from typing import Any

import pytest

from reconcile.simulate.comparison import compare
from tests.conversations import NAMES, judge, recorded

TAMPERED = 300
COPIED = tuple(name for name in NAMES if name != "api/verbs_deep_nesting")
"""What can be copied: a document of ten thousand levels cannot."""
UNORDERED = ("causes", "managedFields", "clusterIPs", "names")
CHOSEN = (
    "resourceVersion",
    "selfLink",
    "clusterIP",
    "clusterIPs",
    "nodePort",
    "continue",
    "uid",
    "healthCheckNodePort",
)
UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def seen(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether a difference is seen; the judge, where it is there, must say the same."""
    ours = bool(list(compare(one, other)))
    if judge() is not None:
        assert ours == bool(list(judge().compare(one, other)))
    return ours


def places(value: Any, key: str = "", where: tuple = ()) -> list[tuple[tuple, str]]:
    """Return all places of an answer, each with the name of the field that it is in."""
    found = [(where, key)]
    if isinstance(value, dict):
        for name, inner in value.items():
            found += places(inner, name, (*where, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            found += places(inner, key, (*where, number))
    return found


def at(value: Any, where: tuple) -> Any:
    """Return what is at a place."""
    for each in where:
        value = value[each]
    return value


def plain(value: Any) -> str:
    """Return a value without what a server chooses freely."""
    text = TIME.sub("time", UID.sub("uid", json.dumps(value, sort_keys=True)))
    return re.sub(r'"(?:resourceVersion|clusterIP)": "[^"]*"|"nodePort": \d+', "", text)


def changed(value: Any, key: str, pick: random.Random) -> Any:
    """Return another value."""
    if isinstance(value, bool):
        return pick.choice((not value, int(value)))
    if isinstance(value, int):
        return pick.choice((value + 1, float(value), str(value)))
    if isinstance(value, float):
        return value + 1.5
    if value is None:
        return pick.choice(("x", {}, []))
    return f"x{value}" if key == "name" else pick.choice((f"x{value}", None))


def tampered(recording: dict[str, Any], pick: random.Random) -> tuple[str, dict[str, Any]] | None:
    """Return a recording with one change at a place that counts, and what was done to it."""
    unstable = [str(each).partition("/")[0] for each in recording.get("unstable", ())]
    steps = [n for n in range(len(recording["steps"])) if str(n) not in unstable]
    last = pick.choice(steps)
    made = {**recording, "steps": deepcopy(recording["steps"][: last + 1])}
    step = made["steps"][last]
    deed = pick.choice(
        ("code", "value", "value", "less", "more", "order", "warning", "version", "spelling")
    )
    done = {
        "code": _code,
        "value": _value,
        "less": _less,
        "more": _more,
        "order": _order,
        "warning": _warning,
        "version": _version,
        "spelling": _spelling,
    }[deed](made, step, pick)
    return (f"{deed} {done}", made) if done else None


def _code(made, step, pick):
    del made
    step["status"] = pick.choice(
        [code for code in (200, 201, 404, 409, 422) if code != step["status"]]
    )
    return "status"


def _value(made, step, pick):
    del made
    if isinstance(step["response"], str):
        step["response"] = "x" + step["response"]
        return "text"
    found = [
        where
        for where, key in places(step["response"])
        if where
        and key not in CHOSEN
        and not isinstance(at(step["response"], where), dict | list)
        and not set(CHOSEN) & set(map(str, where))
    ]
    if not found:
        return ""
    where = pick.choice(found)
    holder = at(step["response"], where[:-1])
    holder[where[-1]] = changed(holder[where[-1]], where[-1], pick)
    return where


def _less(made, step, pick):
    del made
    found = [
        where
        for where, _ in places(step["response"])
        if where and isinstance(at(step["response"], where[:-1]), dict)
    ]
    if not found:
        return ""
    where = pick.choice(found)
    del at(step["response"], where[:-1])[where[-1]]
    return where


def _more(made, step, pick):
    del made
    found = [
        where
        for where, _ in places(step["response"])
        if isinstance(at(step["response"], where), dict)
    ]
    if not found:
        return ""
    where = pick.choice(found)
    at(step["response"], where)["unexpected"] = pick.choice((None, 1, "x", {}))
    return where


def _order(made, step, pick):
    del made
    found = [
        where
        for where, key in places(step["response"])
        if key not in UNORDERED
        and isinstance(at(step["response"], where), list)
        and len({plain(each) for each in at(step["response"], where)}) > 1
    ]
    if not found:
        return ""
    where = pick.choice(found)
    items = at(step["response"], where)
    first = pick.randrange(len(items))
    others = [n for n in range(len(items)) if plain(items[n]) != plain(items[first])]
    other = pick.choice(others)
    items[first], items[other] = items[other], items[first]
    return where


def _warning(made, step, pick):
    del made
    has = step["headers"].get("Warning")
    step["headers"] = {**step["headers"], "Warning": '299 - "x"' if has is None else ""}
    return "gone" if has else "new"


def _version(made, step, pick):
    """Let a version move where it stayed, or stay where it moved."""
    del pick
    answer = step["response"]
    if not isinstance(answer, dict) or str(answer.get("kind", "")).endswith("List"):
        return ""
    metadata = answer.get("metadata") or {}
    last = None
    for each in made["steps"][:-1]:
        other = each["response"]
        if not isinstance(other, dict) or str(other.get("kind", "")).endswith("List"):
            continue
        about = other.get("metadata") or {}
        if about.get("uid") == metadata.get("uid"):
            last = about.get("resourceVersion") or last
    if last is None or not metadata.get("resourceVersion") or not metadata.get("uid"):
        return ""
    stayed = last == metadata["resourceVersion"]
    metadata["resourceVersion"] = str(int(last) + 1) if stayed else last
    return "moved" if stayed else "stayed"


def _spelling(made, step, pick):
    del made
    text = step.get("responseText")
    numbers = list(re.finditer(r"(?<=[:,\[])-?\d[\d.eE+-]*(?=[,}\]])", text or ""))
    if not numbers:
        return ""
    one = pick.choice(numbers)
    step["responseText"] = f"{text[: one.start()]}{one[0]}0{text[one.end() :]}"
    return one[0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(TAMPERED))
def test_a_change_of_a_place_that_counts_is_seen(seed):
    """A value, a code, a field, a warning, an order, a spelling: one change is a difference."""
    pick = random.Random(seed)
    done = None
    while done is None:
        name = pick.choice(COPIED)
        done = tampered(recorded(name), pick)
    deed, made = done
    until = {**recorded(name), "steps": recorded(name)["steps"][: len(made["steps"])]}
    assert seen(until, made), f"{name}: {deed}"


# -- what is not compared -----------------------------------------------------------------------


def rewritten(name: str, change) -> dict[str, Any]:
    """Return a conversation with the answers changed by a function of their JSON text."""
    made = {**recorded(name), "steps": []}
    for step in recorded(name)["steps"]:
        answer = json.loads(change(json.dumps(step["response"]), step))
        made["steps"].append({**step, "response": answer})
    return made


def _uids(text: str, step: dict[str, Any]) -> str:
    del step
    return UID.sub(lambda found: found[0][:-1] + format(15 - int(found[0][-1], 16), "x"), text)


def _versions(text: str, step: dict[str, Any]) -> str:
    del step
    text = re.sub(r'("resourceVersion": ")(\d+)', lambda m: f"{m[1]}{int(m[2]) + 5000}", text)
    return re.sub(r"(resourceVersion[^0-9]{1,12})(\d+)", lambda m: f"{m[1]}{m[2]}", text)


def _times(text: str, step: dict[str, Any]) -> str:
    sent = json.dumps(step.get("body"))
    return TIME.sub(lambda m: m[0] if m[0] in sent else "2031-01-02T03:04:05Z", text)


def _addresses(text: str, step: dict[str, Any]) -> str:
    sent = json.dumps(step.get("body"))
    return re.sub(
        r"\b10\.0\.(?!0\.10\b)\d+\.\d+\b", lambda m: m[0] if m[0] in sent else "10.0.201.7", text
    )


def _tokens(text: str, step: dict[str, Any]) -> str:
    del step
    return re.sub(r'("continue": ")[^"]+', r"\1another", text)


def _reversed(*names: str):
    def change(text: str, step: dict[str, Any]) -> str:
        del step
        answer = json.loads(text)
        for where, key in places(answer):
            if key in names and where[-1:] == (key,) and isinstance(at(answer, where), list):
                at(answer, where).reverse()
        return json.dumps(answer)

    return change


def _parts(text: str, step: dict[str, Any]) -> str:
    del step
    answer = json.loads(text)
    if isinstance(answer, dict) and ": [" in str(answer.get("message")):
        head, _, rest = answer["message"].partition(": [")
        parts = rest.removesuffix("]").split(", ")
        answer["message"] = f"{head}: [{', '.join(reversed(parts))}]"
    return json.dumps(answer)


def _messages(pattern: str, put: str):
    def change(text: str, step: dict[str, Any]) -> str:
        del step
        answer = json.loads(text)
        for where, key in places(answer):
            if key == "message" and where and isinstance(at(answer, where), str):
                holder = at(answer, where[:-1])
                holder["message"] = re.sub(pattern, put, holder["message"], flags=re.DOTALL)
        return json.dumps(answer)

    return change


def _suffixes(text: str, step: dict[str, Any]) -> str:
    del step
    for base in set(re.findall(r'"generateName": "([^"]+)"', text)):
        text = re.sub(
            f'("{re.escape(base[:58])})([a-z0-9]{{5}})"', lambda m: f'{m[1]}{m[2][::-1]}"', text
        )
    return text


def _keys(text: str, step: dict[str, Any]) -> str:
    del step
    return json.dumps(json.loads(text), sort_keys=True)


FREE = {
    "uids": ("api/gc_background", _uids),
    "resourceVersions": ("api/verbs_list_metadata", _versions),
    "times of the server": ("api/meta_managed_fields_update", _times),
    "allocated addresses": ("api/builtin_service", _addresses),
    "continue tokens": ("api/verbs_list_paging", _tokens),
    "order of causes": ("api/builtin_deployment_validation", _reversed("causes")),
    "order of the parts of a message": ("api/builtin_deployment_validation", _parts),
    "order of managedFields": ("api/apply_shared_and_given_up", _reversed("managedFields")),
    "Go's diff below a message": (
        "api/builtin_pod_updates",
        _messages(r"(may not change fields other than [^\n]*\n).*", r"\1{another}"),
    ),
    "suffixes of generated names": ("api/verbs_generate_name", _suffixes),
    "objects printed into a message": (
        "api/meta_immutable",
        _messages(r'(Invalid value: )"\{.*\}"', r'\1"{another}"'),
    ),
    "order of keys": ("api/verbs_basic", _keys),
}


@pytest.mark.parametrize("what", FREE)
def test_what_a_server_chooses_freely_is_not_compared(what):
    """Another choice of it, made all along, is no difference."""
    name, change = FREE[what]
    made = rewritten(name, change)
    if what != "order of keys":
        assert made != recorded(name), "nothing was changed"
    assert not seen(recorded(name), made)


def test_headers_other_than_warnings_are_not_compared():
    """The definition of equality has none of them."""
    one = recorded("api/verbs_content_types")
    steps = [{**step, "headers": {**step["headers"], "Content-Type": "x"}} for step in one["steps"]]
    assert not seen(one, {**one, "steps": steps})


def test_of_an_unstable_step_only_the_code_is_compared():
    """Its body differs from run to run of the real server."""
    one = recorded("api/watch_bookmarks")
    for number in one["unstable"]:
        steps = list(one["steps"])
        steps[number] = {**steps[number], "response": "another"}
        assert not seen(one, {**one, "steps": steps})
        steps[number] = {**steps[number], "status": 500}
        assert seen(one, {**one, "steps": steps})


def test_hashes_of_templates_are_compared_by_where_they_are_the_same():
    """Another hash all along is no difference, another in one place is one."""

    def said(*hashes: str) -> dict[str, Any]:
        steps = []
        for each in hashes:
            metadata = {"name": f"d-{each}", "labels": {"pod-template-hash": each}}
            answer = {"kind": "ReplicaSet", "metadata": metadata}
            steps.append({"status": 200, "response": answer, "headers": {}})
        return {"steps": steps}

    assert not seen(said("5d4f9c7b", "5d4f9c7b"), said("7bc9f4d5", "7bc9f4d5"))
    assert seen(said("5d4f9c7b", "5d4f9c7b"), said("7bc9f4d5", "5d4f9c7b"))


def test_a_uid_stands_for_one_object_all_along():
    """Two objects under one uid, or one under two, are a difference."""
    one = recorded("api/gc_background")
    text = json.dumps(one["steps"][-1]["response"])
    uids = sorted(set(UID.findall(text)))
    steps = [*one["steps"][:-1], {**one["steps"][-1], "response": json.loads(_uids(text, {}))}]
    assert not uids or seen(one, {**one, "steps": steps})


def test_a_time_of_another_form_is_seen():
    """Fractions of seconds and zones are part of the form."""
    one = recorded("api/meta_managed_fields_update")
    for form in ("2031-01-02T03:04:05.000000Z", "2031-01-02T03:04:05+00:00"):
        text = json.dumps(one["steps"][0]["response"])
        answer = json.loads(TIME.sub(form, text))
        assert answer != one["steps"][0]["response"]
        steps = [{**one["steps"][0], "response": answer}, *one["steps"][1:]]
        assert seen(one, {**one, "steps": steps})
