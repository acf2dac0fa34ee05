"""The simulated API server against a dictionary of objects: random requests, one by one.

1. Codes, contents, owners, finalizers and generations must be those of the model, and each version
   the one that the model counts: a write that changes something raises it, nothing else does.
2. The laws below the model are looked up in the log of the server, whatever the model says.
3. `RECONCILE_MODEL_SEQUENCES` says how many sequences are run; a hundred thousand take an hour.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings

from reconcile.simulate import ApiServer
from tests.simulate.commands import GENERATED, SEQUENCE, Command
from tests.simulate.model import ABSENT_UID, KINDS, NAMESPACES, Key, Model, Object

SEQUENCES = int(os.environ.get("RECONCILE_MODEL_SEQUENCES", "300"))
STALE = "1"
NOBODY = "00000000-0000-4000-8000-000000000000"

_OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.m.example.com"},
    "spec": {
        "group": "m.example.com",
        "scope": "Namespaced",
        "names": {"kind": "Thing", "plural": "things"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"spec": _OPEN, "status": _OPEN},
                    }
                },
            }
        ],
    },
}


@cache
def _empty() -> ApiServer:
    server = ApiServer()
    for name in NAMESPACES:
        made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        assert server.request("POST", "/api/v1/namespaces", body=made).status == 201
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    assert server.request("POST", path, body=_CRD).status == 201
    server.settle()
    return server


# -- how it is asked ----------------------------------------------------------------------------


class Pair:
    """A server and its model, asked the same."""

    def __init__(self) -> None:
        self.server = _empty().copy()
        self.start = self.server.world.version
        self.model = Model(version=self.start)
        self.uids: dict[int, str] = {ABSENT_UID: NOBODY}

    def do(self, command: Command) -> None:
        """Ask both, and compare what they say."""
        command = self.model.meant(command)
        before = self.server.world.version
        if command.verb == "settle":
            self.server.settle()
            self.model.settle()
        else:
            self._ask(command)
        assert self.server.world.version == self.model.version, command
        assert self.model.version >= before

    def _ask(self, command: Command) -> None:
        key = (command.kind, command.namespace, command.name)
        before = self.model.objects.get(key)
        answer = self._request(command, before)
        name = command.name
        if name == GENERATED and answer.status == 201 and not command.dry:
            name = answer.body["metadata"]["name"]
            assert name.startswith(GENERATED)
            assert len(name) == len(GENERATED) + 5
        chosen = self.model.selected(command.kind, command.namespace, command.selector)
        shown = [self.model.objects[each] for each in chosen]
        code = self.model.code(command, name)
        assert answer.status == code, (command, answer.body)
        if command.verb in ("list", "delete all"):
            assert answer.body["kind"] == f"{command.kind}List"
            items = answer.body["items"]
            assert [each["metadata"]["name"] for each in items] == [each[2] for each in chosen]
            for item, held in zip(items, shown, strict=True):
                self.same(item, command.kind, held)
        elif code >= 400:
            assert answer.body["kind"] == "Status"
            assert answer.body["code"] == code
        elif not command.dry:
            held = self.model.objects.get((command.kind, command.namespace, name))
            if code == 201:
                uid = answer.body["metadata"]["uid"]
                assert uid not in self.uids.values()
                self.uids[held.uid] = uid
            if held is not None:
                self.same(answer.body, command.kind, held)

    def _request(self, command: Command, before: Object | None) -> Any:
        kind, verb = KINDS[command.kind], command.verb
        path = kind.path.format(ns=f"/namespaces/{command.namespace}")
        query = "?dryRun=All" if command.dry else "?"
        one = f"{path}/{command.name}"
        media = None
        if verb in ("list", "delete all"):
            query += f"&labelSelector=l={command.selector}" if command.selector else ""
        if verb == "list":
            return self.server.request("GET", path + query)
        if verb == "get":
            return self.server.request("GET", one)
        if verb.startswith("delete"):
            where = one if verb == "delete" else path
            return self.server.request("DELETE", where + query, body=self._options(command, before))
        body = self._body(command, before)
        if verb == "create":
            return self.server.request("POST", path + query, body=body)
        if "status" in verb:
            one += "/status"
        if verb.startswith("patch"):
            media = "application/merge-patch+json"
        method = "PATCH" if media else "PUT"
        return self.server.request(method, one + query, body=body, content_type=media)

    def _metadata(self, command: Command, before: Object | None) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if command.verb in ("create", "delete all"):
            return made
        if command.version != "none":
            right = command.version == "right" and before is not None
            made["resourceVersion"] = str(before.version) if right else STALE
        if command.uid != "none":
            right = command.uid == "right" and before is not None
            made["uid"] = self.uids[before.uid] if right else NOBODY
        return made

    def _options(self, command: Command, before: Object | None) -> dict[str, Any]:
        made: dict[str, Any] = {"kind": "DeleteOptions", "apiVersion": "v1"}
        if wanted := self._metadata(command, before):
            made["preconditions"] = wanted
        if command.policy is not None:
            made["propagationPolicy"] = command.policy
        if command.dry:  # the query does not count beside a body
            made["dryRun"] = ["All"]
        return made

    def _body(self, command: Command, before: Object | None) -> dict[str, Any]:
        kind, patches = KINDS[command.kind], command.verb.startswith("patch")
        metadata = self._metadata(command, before)
        labels = {name: value for name, value in command.labels if patches or value is not None}
        payload = {name: value for name, value in command.payload if patches or value is not None}
        if labels:
            metadata["labels"] = labels
        if command.finalizers is not None:
            metadata["finalizers"] = list(command.finalizers) or None
        if "status" in command.verb:
            made: dict[str, Any] = {"metadata": metadata, "status": payload}
        else:
            made = {"metadata": metadata, kind.payload: payload}
        if patches:
            return made
        if command.name.startswith(GENERATED):
            metadata["generateName"] = GENERATED
        if command.name != GENERATED or command.verb != "create":
            metadata["name"] = command.name
        owners = before.owners if before else ()
        if command.verb == "create":
            owners = self.model.owners(command)
        if owners:
            metadata["ownerReferences"] = [self._reference(each) for each in owners]
        version = "m.example.com/v1" if kind.custom else "v1"
        return {"apiVersion": version, "kind": command.kind, **made}

    def _reference(self, owner: Any) -> dict[str, Any]:
        made = {
            "apiVersion": "m.example.com/v1" if KINDS[owner.kind].custom else "v1",
            "kind": owner.kind,
            "name": owner.name,
            "uid": self.uids[owner.uid],
        }
        return {**made, "blockOwnerDeletion": True} if owner.block else made

    # -- what is compared -----------------------------------------------------------------------

    def same(self, document: dict[str, Any], kind: str, held: Object) -> None:
        """Hold an object of the server to that of the model."""
        metadata = document["metadata"]
        assert metadata["resourceVersion"] == str(held.version)
        assert metadata["uid"] == self.uids[held.uid]
        assert metadata.get("generation") == held.generation
        assert metadata.get("labels", {}) == dict(held.labels)
        assert tuple(metadata.get("finalizers", ())) == held.finalizers
        assert ("deletionTimestamp" in metadata) == held.deleting
        assert document.get(KINDS[kind].payload, {}) == dict(held.payload)
        assert document.get("status") == (None if held.status is None else dict(held.status))
        has = [
            (each["uid"], each.get("blockOwnerDeletion", False))
            for each in metadata.get("ownerReferences", ())
        ]
        assert has == [(self.uids[each.uid], each.block) for each in held.owners]

    def compare_all(self) -> None:
        """Hold all objects, and all that watchers were told, to the model."""
        for kind in KINDS:
            path = KINDS[kind].path.format(ns="")
            # What a new cluster holds of its own is in kube-system.
            own = "fieldSelector=metadata.namespace!=kube-system"
            items = self.server.request("GET", f"{path}?{own}").body["items"]
            chosen = self.model.selected(kind, None, None)
            found = [(each["metadata"]["namespace"], each["metadata"]["name"]) for each in items]
            assert found == [key[1:] for key in chosen]
            for item, key in zip(items, chosen, strict=True):
                self.same(item, kind, self.model.objects[key])
            told = self.server.request("GET", f"{path}?watch=1&resourceVersion={self.start}").body
            assert [_event(each, kind) for each in told] == [
                each for each in self.model.log if each[1][0] == kind
            ]

    def laws(self) -> None:
        """Look up in the log what holds for every sequence of requests."""
        gone: set[str] = set()
        last: dict[str, dict[str, Any]] = {}
        version = self.start
        for event in self.server.world.events(self.start):
            metadata, uid = event.after["metadata"], event.after["metadata"]["uid"]
            assert event.version == version + 1
            version = event.version
            assert metadata["resourceVersion"] == str(version)
            assert uid not in gone
            before = last.get(uid)
            assert (before is None) == (event.type == "ADDED")
            if before is not None:
                _moves(before, event.after, event.type)
            if event.type == "DELETED":
                gone.add(uid)
            last[uid] = event.after
        assert version == self.server.world.version


def _event(told: dict[str, Any], kind: str) -> tuple[str, Key, int]:
    metadata = told["object"]["metadata"]
    key = (kind, metadata["namespace"], metadata["name"])
    return told["type"], key, int(metadata["resourceVersion"])


def _moves(before: dict[str, Any], after: dict[str, Any], kind: str) -> None:
    """Hold one write of an object to the laws."""
    old, new = before["metadata"], after["metadata"]
    assert old["creationTimestamp"] == new["creationTimestamp"]
    assert new.get("generation", 0) >= old.get("generation", 0)
    if "deletionTimestamp" in old:
        assert new["deletionTimestamp"] == old["deletionTimestamp"]
        assert set(new.get("finalizers", ())) <= set(old.get("finalizers", ())) | {
            "orphan",
            "foregroundDeletion",
        }
    if kind != "MODIFIED":
        return
    content = {**before, "metadata": {**old, "resourceVersion": new["resourceVersion"]}}
    assert content != after  # what changes nothing is no write
    if {**before, "status": 0, "metadata": 0} == {**after, "status": 0, "metadata": 0}:
        marked = ("deletionTimestamp" in new) - ("deletionTimestamp" in old)
        assert new.get("generation", 0) - old.get("generation", 0) in (0, marked)


@pytest.mark.slow
@settings(max_examples=SEQUENCES, database=None, derandomize=SEQUENCES <= 300)
@given(SEQUENCE)
def test_any_requests_are_answered_as_a_dictionary_would(commands):
    """Codes, objects, versions and events are those of the model, and survivors once it settled."""
    pair = Pair()
    for command in commands:
        pair.do(command)
    pair.compare_all()
    pair.do(Command(verb="settle"))
    pair.compare_all()
    pair.laws()
    at_rest = pair.server.world
    pair.do(Command(verb="settle"))
    assert pair.server.world.version == at_rest.version
