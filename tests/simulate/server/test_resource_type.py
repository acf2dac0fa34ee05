"""Resources with all that is needed to read, check and keep their objects."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate.server.resource_type import Catalogue, ResourceType
from tests.simulate.custom import CRD
from tests.simulate.served import THINGS, definition, got, made, thing, with_things


def found(
    group: str, version: str, plural: str, catalogue: Catalogue | None = None
) -> ResourceType:
    """Return a resource that is there."""
    made = (catalogue or Catalogue.built_in()).find(group, version, plural)
    assert made is not None
    return made


def test_objects_are_kept_by_kind_namespace_and_name() -> None:
    """All versions of a resource keep them in the same place."""
    assert found("", "v1", "pods").key("a", "p") == "/Pod/a/p"
    assert found("", "v1", "nodes").key("", "n") == "/Node/n"
    one, other = (found("autoscaling", each, "horizontalpodautoscalers") for each in ("v1", "v2"))
    assert one.key("a", "h") == other.key("a", "h")


def test_a_definition_makes_another_catalogue() -> None:
    """The one before does not know it; what did not change is shared."""
    before = Catalogue.built_in()
    after = before.with_crds([CRD])
    assert before.find("table.example.com", "v1", "tabs") is None
    tab = found("table.example.com", "v1", "tabs", after)
    assert tab.served.custom
    assert after.find("", "v1", "pods") is before.find("", "v1", "pods")
    assert after.with_crds([CRD]).find("table.example.com", "v1", "tabs") is tab
    assert after.with_crds([]).find("table.example.com", "v1", "tabs") is None


def test_kinds_are_found_by_what_documents_say() -> None:
    """A kind that nobody serves is none."""
    catalogue = Catalogue.built_in()
    assert catalogue.find_kind("apps/v1", "Deployment") is found("apps", "v1", "deployments")
    assert catalogue.find_kind("apps/v2", "Deployment") is None
    assert catalogue.find_kind("", "Deployment") is None


def test_the_server_owns_its_groups() -> None:
    """Whether or not a version of them is there."""
    catalogue = Catalogue.built_in().with_crds([CRD])
    assert [
        catalogue.owns(each) for each in ("", "apps", "table.example.com", "x.example.com")
    ] == [
        True,
        True,
        False,
        False,
    ]


def test_a_custom_resource_is_selected_by_what_its_version_names() -> None:
    """Fields are told without the dot."""
    tab = found("table.example.com", "v1", "tabs", Catalogue.built_in().with_crds([CRD]))
    assert tab.selectable == ("spec.size",)
    assert found("", "v1", "pods").selectable == ()


def test_what_is_stored_in_this_form_is_shown_as_it_is() -> None:
    """Nothing is copied."""
    server = with_things()
    made(server, THINGS, thing())
    kind = found("demo.example.com", "v1", "things", server.catalogue)
    (stored,) = server.world.objects.values(kind.prefix)
    assert kind.shown(stored) is stored.document


FIELDS = {"old": {"type": "integer", "default": 1}, "new": {"type": "integer", "default": 2}}


def schema(*names: str) -> dict[str, Any]:
    """Return a schema whose objects have fields with defaults."""
    properties = {name: FIELDS[name] for name in names}
    spec = {"type": "object", "default": {}, "properties": properties}
    return {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}


def test_objects_are_read_with_the_schema_of_today() -> None:
    """What it has since is there with its default, what it has no more is not shown, but kept."""
    server = with_things(schema=schema("old"))
    made(server, THINGS, thing(spec={"old": 5}))
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.demo.example.com"
    body = definition(schema=schema("new"))
    body["metadata"]["resourceVersion"] = got(server, path)["metadata"]["resourceVersion"]
    assert server.request("PUT", path, body=body).status == 200
    assert got(server, f"{THINGS}/t")["spec"] == {"new": 2}
    body = definition(schema=schema("old"))
    body["metadata"]["resourceVersion"] = got(server, path)["metadata"]["resourceVersion"]
    assert server.request("PUT", path, body=body).status == 200
    assert got(server, f"{THINGS}/t")["spec"] == {"old": 5}


@pytest.mark.parametrize(("sent", "spec"), [({}, {"old": 1}), ({"old": 7, "x": 1}, {"old": 7})])
def test_a_custom_resource_is_pruned_and_defaulted(sent: Any, spec: Any) -> None:
    """Before it is kept."""
    server = with_things(schema=schema("old"))
    assert made(server, THINGS, thing(spec=sent))["spec"] == spec
