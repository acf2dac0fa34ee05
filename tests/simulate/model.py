"""What an API server does, as simply as it can be said: a dictionary of objects.

1. Nothing of the simulator is used here: no patches, no schemas, no managers of fields.
2. Objects are values; a request makes another one or is refused with a code. A dry run is a request
   to a copy.
3. A version is counted for every write that changes something, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.simulate.commands import Command

__all__ = ["ABSENT_UID", "KINDS", "NAMESPACES", "Key", "Model", "Object", "Owner"]

NAMESPACES = ("a", "b")
ABSENT_UID = -1
"""The uid of something that never was."""
ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"


@dataclass(frozen=True)
class Kind:
    """What differs between the kinds of the model."""

    name: str
    path: str
    order: str
    """Where its objects stand among all."""
    payload: str
    """The field with the content."""
    custom: bool = False


KINDS = {
    "ConfigMap": Kind("ConfigMap", "/api/v1{ns}/configmaps", "/ConfigMap", "data"),
    "Secret": Kind("Secret", "/api/v1{ns}/secrets", "/Secret", "data"),
    "Thing": Kind("Thing", "/apis/m.example.com/v1{ns}/things", "m/Thing", "spec", custom=True),
}


class Owner(NamedTuple):
    """A reference to an owner."""

    kind: str
    name: str
    uid: int
    block: bool


@dataclass(frozen=True)
class Object:
    """An object: what was written, and what the server counts."""

    uid: int
    version: int = 0
    generation: int | None = None
    payload: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    finalizers: tuple[str, ...] = ()
    owners: tuple[Owner, ...] = ()
    status: tuple[tuple[str, str], ...] | None = None
    deleting: bool = False

    def content(self) -> Object:
        """Return what of it was written."""
        return replace(self, version=0, generation=None)

    @property
    def waiting(self) -> bool:
        """Whether it waits for its dependents."""
        return self.deleting and FOREGROUND in self.finalizers


Key = tuple[str, str, str]
Pairs = tuple[tuple[str, str], ...]
Changes = tuple[tuple[str, "str | None"], ...]


@dataclass
class Model:
    """A server."""

    version: int = 0
    objects: dict[Key, Object] = field(default_factory=dict)
    log: list[tuple[str, Key, int]] = field(default_factory=list)
    uids: int = 0

    def copy(self) -> Model:
        """Return another one of the same state."""
        return Model(self.version, dict(self.objects), list(self.log), self.uids)

    def _put(self, key: Key, made: Object) -> None:
        before = self.objects.get(key)
        if before is not None and before.content() == made.content():
            return
        self.version += 1
        self.objects[key] = replace(made, version=self.version)
        self.log.append(("ADDED" if before is None else "MODIFIED", key, self.version))

    def _drop(self, key: Key) -> None:
        self.version += 1
        del self.objects[key]
        self.log.append(("DELETED", key, self.version))

    def code(self, command: Command, name: str) -> int:
        """Do what a command asks for; return the code of the answer."""
        if command.dry:
            return self.copy().code(replace(command, dry=False), name)
        key = (command.kind, command.namespace, name)
        if command.verb == "create":
            return self._create(key, command)
        if command.verb == "delete all":
            for each in self.selected(command.kind, command.namespace, command.selector):
                self._delete(each, command.policy)
            return 200
        if command.verb != "list" and key not in self.objects:
            return 404
        if command.verb in ("get", "list"):
            return 200
        if command.verb == "delete":
            if command.uid == "wrong" or command.version == "stale":
                return 409
            self._delete(key, command.policy)
            return 200
        return self._change(key, command)

    def meant(self, command: Command) -> Command:
        """Return a command with the object that it is about named."""
        if "status" in command.verb:
            command = replace(command, kind="Thing")
        every = "status" not in command.verb
        there = sorted(key for key in self.objects if every or key[0] == "Thing")
        if command.verb in ("create", "list", "delete all", "settle") or command.pick >= len(there):
            return command
        kind, namespace, name = there[command.pick]
        return replace(command, kind=kind, namespace=namespace, name=name)

    def selected(self, kind: str, namespace: str | None, selector: str | None) -> list[Key]:
        """Return the objects of a kind, of all namespaces if none is named, in order."""
        return sorted(
            key
            for key, held in self.objects.items()
            if key[0] == kind
            and namespace in (None, key[1])
            and (selector is None or ("l", selector) in held.labels)
        )

    def _create(self, key: Key, command: Command) -> int:
        kind = KINDS[command.kind]
        made = Object(
            uid=self.uids + 1,
            generation=1 if kind.custom else None,
            payload=_merged((), command.payload),
            labels=_merged((), command.labels),
            finalizers=command.finalizers or (),
            owners=self.owners(command),
        )
        if command.namespace not in NAMESPACES:
            return 404
        if not _valid(made):
            return 422
        if key in self.objects:
            return 409
        self.uids += 1
        self._put(key, made)
        return 201

    def owners(self, command: Command) -> tuple[Owner, ...]:
        """Return the references that a new object has."""
        there = sorted(key for key in self.objects if key[1] == command.namespace)
        if command.owner is None or not there:
            return ()
        pick, uid, block = command.owner
        key = there[pick % len(there)]
        right = self.objects[key].uid if uid == "right" else ABSENT_UID
        return (Owner(key[0], key[2], right, block),)

    def _change(self, key: Key, command: Command) -> int:
        before = self.objects[key]
        replaces = "replace" in command.verb
        if (command.uid == "wrong" and replaces) or command.version == "stale":
            return 409
        if replaces and command.version == "none" and KINDS[command.kind].custom:
            return 422
        if command.uid == "wrong" and command.verb == "patch":
            return 422  # as a change of the uid; a write to the status drops it
        if "status" in command.verb:
            kept = () if replaces else before.status or ()
            made = replace(before, status=_merged(kept, command.payload))
        else:
            made = replace(
                before,
                payload=_merged(() if replaces else before.payload, command.payload),
                labels=_merged(() if replaces else before.labels, command.labels),
                finalizers=() if replaces else before.finalizers,
            )
            if command.finalizers is not None:
                made = replace(made, finalizers=command.finalizers)
        if not _valid(made):
            return 422
        if made.deleting and set(made.finalizers) - set(before.finalizers):
            return 422  # nothing new may hold what is going
        if made.generation is not None and made.payload != before.payload:
            made = replace(made, generation=made.generation + 1)
        self._written(key, made)
        return 200

    def _written(self, key: Key, made: Object) -> None:
        """Store an object; one that is going and that nothing holds any more goes."""
        if made.deleting and not made.finalizers:
            self._drop(key)
        else:
            self._put(key, made)

    def _delete(self, key: Key, policy: str | None) -> None:
        before = self.objects[key]
        kept = tuple(each for each in before.finalizers if each not in (ORPHAN, FOREGROUND))
        asked = {"Orphan": (ORPHAN,), "Foreground": (FOREGROUND,), "Background": ()}
        if policy is None:
            kept = before.finalizers
        else:
            kept += asked[policy]
        if set(kept) == set(before.finalizers):
            kept = before.finalizers
        if not kept:
            self._drop(key)
            return
        counted = before.generation is not None and not before.deleting
        generation = (before.generation or 0) + 1 if counted else before.generation
        self._put(key, replace(before, finalizers=kept, generation=generation, deleting=True))

    def settle(self) -> None:
        """Let the collector do one thing after the other until there is nothing to do."""
        while any(self._collect(key) for key in sorted(self.objects, key=_order)):
            pass

    def _collect(self, key: Key) -> bool:
        """Do what there is to do about an object; tell whether there was anything."""
        held = self.objects[key]
        below = [
            each
            for each in sorted(self.objects, key=_order)
            if any(owner.uid == held.uid for owner in self.objects[each].owners)
        ]
        if held.deleting and ORPHAN in held.finalizers:
            if below:
                return self._let_go(below[0], {held.uid})
            return self._let_go(key, finalizer=ORPHAN)
        if held.waiting:
            owners = [owner for each in below for owner in self.objects[each].owners]
            blocked = any(owner.block for owner in owners if owner.uid == held.uid)
            return not blocked and self._let_go(key, finalizer=FOREGROUND)
        if held.deleting or not held.owners:
            return False
        there = {owner: self._found(key, owner) for owner in held.owners}
        gone = {owner.uid for owner, found in there.items() if found is None or found.waiting}
        if gone != {owner.uid for owner in there}:
            return bool(gone) and self._let_go(key, gone)
        if any(found is not None for found in there.values()) and below:
            if any(self.objects[each].waiting for each in below):
                owners = tuple(each._replace(block=False) for each in held.owners)
                self._put(key, replace(held, owners=owners))
            self._delete(key, "Foreground")
            return True
        policies = {ORPHAN: "Orphan", FOREGROUND: "Foreground"}
        asked = [policies[each] for each in policies if each in held.finalizers]
        self._delete(key, asked[0] if asked else "Background")
        return True

    def _found(self, key: Key, owner: Owner) -> Object | None:
        held = self.objects.get((owner.kind, key[1], owner.name))
        return held if held is not None and held.uid == owner.uid else None

    def _let_go(self, key: Key, uids: Container[int] = (), finalizer: str = "") -> bool:
        """Take owners and a finalizer off an object."""
        held = self.objects[key]
        owners = tuple(each for each in held.owners if each.uid not in uids)
        finalizers = tuple(each for each in held.finalizers if each != finalizer)
        self._written(key, replace(held, owners=owners, finalizers=finalizers))
        return True


def _order(key: Key) -> tuple[str, str, str]:
    return KINDS[key[0]].order, key[1], key[2]


def _merged(before: Pairs, change: Changes) -> Pairs:
    made = {**dict(before), **dict(change)}
    return tuple(sorted((name, value) for name, value in made.items() if value is not None))


def _valid(made: Object) -> bool:
    return all(" " not in value for _, value in made.labels)
