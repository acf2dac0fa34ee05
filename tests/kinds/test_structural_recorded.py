"""Custom resources and definitions held to what a real server answered: errors, warnings, objects."""

from __future__ import annotations

import re

import pytest

from reconcile.kinds._table import Kinds
from reconcile.kinds.defaults import defaulted
from reconcile.kinds.structural import crd_errors, crd_update_errors, named, version_named
from reconcile.value.frozen import freeze, thaw
from tests.kinds.structural_recorded import Write, causes, spelt, structural, writes

pytest.importorskip("cel_expr_python")

_ELSEWHERE = (
    "metadata.",
    "kind",
    "apiVersion",
    "patch",
    "fieldManager",
    "force",
    "fieldValidation",
)
"""Where errors are told that are nobody's business here."""
_ABOUT = {"metadata", "apiVersion", "kind"}


def _decided(write: Write) -> bool:
    """Return whether the server got so far as to validate."""
    if write.status == 422:
        return any(
            not (field or "metadata.").startswith(_ELSEWHERE)
            for field, *_ in causes(write.response)
        )
    return write.status in {200, 201} and isinstance(write.body, dict)


def _told(errors: list) -> list[tuple[str, str, str]]:
    return sorted((each.path, each.reason, each.message) for each in errors)


def _wanted(write: Write) -> list[tuple[str, str, str]]:
    if write.status != 422:
        return []
    return [
        each
        for each in causes(write.response)
        if not (each[0] or "metadata.").startswith(_ELSEWHERE)
    ]


def _answered(write: Write) -> tuple[list, dict, list[str]]:
    """Return the errors of a write, the object to be stored, and what was unknown in it."""
    schema = structural(write.crd, write.version)
    document = thaw(write.body)
    unknown: list[str] = []
    schema.default(document, drop_nulls=not write.applied)
    if not write.applied:
        unknown = schema.prune(document)
        more, _ = schema.coerce(document)
        unknown += more
    subresources = version_named(write.crd, write.version).get("subresources") or {}
    if write.status_path:
        after = dict(write.before)
        after.pop("status", None)
        if "status" in document:
            after["status"] = document["status"]
        return schema.status_update_errors(write.before, after), after, unknown
    if "status" in subresources:
        document.pop("status", None)
        if write.before is not None and "status" in write.before:
            document["status"] = write.before["status"]
    if write.before is None:
        return schema.errors(document), document, unknown
    return schema.update_errors(write.before, document), document, unknown


def _content(document: dict) -> dict:
    return {key: spelt(value) for key, value in document.items() if key not in _ABOUT}


def test_every_recorded_write_of_a_custom_resource_is_judged_alike():
    """The errors told are those of the server, and what it takes is stored as it stored it."""
    count = 0
    wrong: dict[str, object] = {}
    for write in writes():
        if write.crd is None or not _decided(write):
            continue
        count += 1
        errors, document, unknown = _answered(write)
        if _told(errors) != _wanted(write):
            wrong[write.name] = (_told(errors), _wanted(write))
        elif write.status < 300 and not write.applied:
            if _content(document) != _content(write.response):
                wrong[write.name] = (_content(document), _content(write.response))
            told = re.findall(r'unknown field \\?"([^"\\]*)', write.warnings)
            if "Ignore" not in write.name and told and sorted(told) != sorted(unknown):
                wrong[write.name] = (unknown, told)
    assert count > 600
    known = {
        "crd_versions/1",  # it is stored at another version, and pruned there too
        "verbs_case_sensitive/3",  # metadata is looked at elsewhere
    }
    assert set(wrong) <= known, wrong


def test_every_recorded_write_of_a_definition_is_judged_alike():
    """The errors told of definitions are those of the server."""
    count = 0
    wrong: dict[str, object] = {}
    kinds = Kinds()
    for write in writes():
        if write.crd is not None or write.applied or write.status_path:
            continue
        if not (_decided(write) or write.name == "crd_status_object/3"):
            continue
        count += 1
        document = defaulted(kinds, write.body, keep_status=True)
        if write.before is None:
            told = _told(crd_errors(document))
        else:
            naming = named(write.before, [])
            status = dict(write.before["status"], conditions=naming.conditions(established=True))
            told = _told(crd_update_errors({**write.before, "status": status}, document))
        wanted = [
            each
            for each in (causes(write.response) if write.status == 422 else [])
            if each[0] != "metadata.resourceVersion"
        ]
        if told != wanted:
            wrong[write.name] = (told, wanted)
    assert count >= 45
    # What was sent empty is not in the stored form; the simulated server sees to it.
    assert set(wrong) == {"crd_invalid/3"}, wrong


def test_a_read_only_document_is_judged_as_its_copy():
    """Validation takes documents that cannot be changed."""
    for write in writes():
        if write.crd is not None and write.name.startswith("crd_cel/"):
            schema = structural(write.crd, write.version)
            assert _told(schema.errors(freeze(write.body))) == _told(schema.errors(write.body))
