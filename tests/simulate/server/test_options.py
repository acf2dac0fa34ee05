"""What a request asks for besides its body."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate.server.options import DeleteOptions, delete_options, write_options
from reconcile.simulate.server.routes import query_of
from reconcile.simulate.server.status import ApiError


def written(text: str, kind: Any = "CreateOptions", **more: Any) -> Any:
    """Return the options of a write, or what is said of them."""
    try:
        return write_options(query_of(text), kind, "kubectl/v1.36 (linux)", **more)
    except ApiError as error:
        return error.message


def deleted(text: str, body: Any = None) -> Any:
    """Return the options of a deletion, or what is said of them."""
    try:
        return delete_options(query_of(text), body)
    except ApiError as error:
        return error.message


def test_the_manager_is_the_user_up_to_a_slash() -> None:
    """Unless the query names one; 128 bytes of what prints are kept."""
    assert written("").manager == "kubectl"
    assert written("fieldManager=me/too").manager == "me/too"
    for user, manager in (("u" * 200, "u" * 128), ("é" * 100, "é" * 64), ("a\tb", "ab")):
        for text in ("", "dryRun=All"):
            assert write_options(query_of(text), "CreateOptions", user).manager == manager


def test_options_that_say_nothing() -> None:
    """What is unknown is warned of, and all is done."""
    found = written("")
    assert (found.dry_run, found.validation, found.force) == (False, "Warn", False)
    assert written("dryRun=All").dry_run
    assert written("fieldValidation=Strict").validation == "Strict"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("dryRun=Some", 'dryRun: Unsupported value: ["Some"]: supported values: "All"'),
        (
            "fieldValidation=Nonsense",
            'fieldValidation: Unsupported value: "Nonsense": supported values: '
            '"", "Ignore", "Strict", "Warn"',
        ),
        (
            f"fieldManager={'%C3%A9' * 65}",
            "fieldManager: Too long: may not be more than 128 bytes",
        ),
        (
            "fieldManager=%C3%A9%0A",
            'fieldManager: Invalid value: "é\\n": invalid character U+000A (at position 2)',
        ),
    ],
)
def test_options_that_are_wrong(text: str, told: str) -> None:
    """The kind of the options is that of the verb."""
    assert written(text) == f'CreateOptions.meta.k8s.io "" is invalid: {told}'


def test_an_apply_needs_a_manager_and_alone_may_force() -> None:
    """Other patches may not say it, not even no."""
    begins = 'PatchOptions.meta.k8s.io "" is invalid: '
    assert written("", "PatchOptions", apply=True) == (
        f"{begins}fieldManager: Required value: is required for apply patch"
    )
    assert written("fieldManager=m&force=true", "PatchOptions", apply=True).force
    assert written("force=false", "PatchOptions") == (
        f"{begins}force: Forbidden: may not be specified for non-apply patch"
    )


def test_a_body_wins_over_the_query() -> None:
    """A deletion whose body says anything is read from the body alone."""
    assert deleted("propagationPolicy=Orphan") == DeleteOptions(propagation="Orphan")
    assert deleted("propagationPolicy=Orphan", {}) == DeleteOptions(propagation="Orphan")
    body = {"kind": "DeleteOptions", "gracePeriodSeconds": 5, "preconditions": {"uid": "u"}}
    assert deleted("propagationPolicy=Orphan", body) == DeleteOptions(grace=5, uid="u")


def test_deletions_that_contradict_themselves() -> None:
    """The old way and the new way to say what becomes of dependents exclude each other."""
    begins = 'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: '
    assert deleted("orphanDependents=true&propagationPolicy=Orphan") == (
        f'{begins}Invalid value: "Orphan": orphanDependents and deletionPropagation '
        "cannot be both set"
    )
    assert deleted("", {"propagationPolicy": "Sideways"}) == (
        f'{begins}Unsupported value: "Sideways": supported values: '
        '"Foreground", "Background", "Orphan", "nil"'
    )
    assert deleted("gracePeriodSeconds=x") == 'strconv.ParseInt: parsing "x": invalid syntax'
