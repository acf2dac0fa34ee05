"""Errors: facts as fields, text without values, alive after pickling."""

from __future__ import annotations

import pickle

import pytest

from reconcile.errors import (
    ConflictError,
    DefinitionError,
    Fault,
    LimitError,
    ObjectError,
    PatchError,
    PointerError,
    ReadOnlyError,
    ReconcileError,
    RequestError,
    RetryLater,
    RuleError,
    nearest,
)

ERRORS = [
    (RequestError("shape", "is wrong"), "is wrong"),
    (RequestError("shape", "is wrong", pointer="", status=415), "the document: is wrong"),
    (RequestError("shape", "is wrong", pointer="/a"), "/a: is wrong"),
    (LimitError("bytes", 7), "more than 7 bytes"),
    (LimitError("bytes", 7, pointer=""), "more than 7 bytes at the document"),
    (LimitError("bytes", 7, pointer="/a"), "more than 7 bytes at /a"),
    (RuleError("volume", "raised KeyError"), "rule volume: raised KeyError"),
    (RuleError("", "asks for the time"), "asks for the time"),
    (
        ConflictError("/spec/a", ("x", "y"), ref="Pod d/p"),
        "x and y set /spec/a of Pod d/p to different values; let one of them leave it unset",
    ),
    (
        ConflictError("", ("x", "y")),
        "x and y set the whole document to different values; let one of them leave it unset",
    ),
    (ObjectError([Fault("/b", "two"), Fault("", "one")]), "the document: one; /b: two"),
    (ObjectError([Fault("/b", "two")], ref="Pod d/p"), "Pod d/p: /b: two"),
    (DefinitionError(["one", "two"], subject="controller"), "controller: one; two"),
    (PatchError(2, "/a", "is absent"), "operation 2 at /a: is absent"),
    (PatchError(0, "", "is absent"), "operation 0 at the document: is absent"),
    (PointerError("a", "does not begin with /"), "pointer 'a': does not begin with /"),
    (ReadOnlyError("copy first"), "copy first"),
    (RetryLater(3), "call again in 3 seconds"),
]


@pytest.mark.parametrize(("error", "text"), ERRORS, ids=lambda value: type(value).__name__)
def test_text(error: ReconcileError, text: str) -> None:
    """The text of an error is made from its facts."""
    assert str(error) == text


@pytest.mark.parametrize(("error", "text"), ERRORS, ids=lambda value: type(value).__name__)
def test_pickling(error: ReconcileError, text: str) -> None:
    """An error that crosses a process is the same error."""
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert vars(back) == vars(error)
    assert str(back) == text


def test_faults_are_sorted() -> None:
    """Faults are told in the order of their pointers, however they were found."""
    error = ObjectError(iter([Fault("/b", "x"), Fault("/a", "x")]))
    assert [fault.pointer for fault in error.faults] == ["/a", "/b"]


def test_nearest() -> None:
    """A word that is nearly known gets a hint, another one gets none."""
    assert nearest("replcas", ["replicas", "selector"]) == ", did you mean 'replicas'?"
    assert nearest("zzz", ["replicas"]) == ""
