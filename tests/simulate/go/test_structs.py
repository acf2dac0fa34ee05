"""The Go structures of the built-in kinds."""

from __future__ import annotations

from reconcile.simulate.go.structs import layouts, message_name, unset


def test_a_structure_is_found_by_its_kind() -> None:
    """Options are those of all groups."""
    assert message_name("v1", "Pod") == "io.k8s.api.core.v1.Pod"
    assert message_name("apps/v1", "Deployment") == "io.k8s.api.apps.v1.Deployment"
    meta = "io.k8s.apimachinery.pkg.apis.meta.v1"
    assert message_name("apps/v1", "DeleteOptions") == f"{meta}.DeleteOptions"


def test_an_object_with_nothing_set_tells_what_go_does_not_omit() -> None:
    """Structures and what is always told; pointers and lists are left out."""
    found = unset("apps/v1", "Deployment")
    assert found == {
        "metadata": {},
        "spec": {
            "selector": None,
            "template": {"metadata": {}, "spec": {"containers": None}},
            "strategy": {},
        },
        "status": {},
    }
    assert unset("v1", "ConfigMap") == {"metadata": {}}


def test_nobody_s_kind_has_no_structure() -> None:
    """Custom resources are kept as they are told."""
    assert unset("demo.example.com/v1", "Thing") is None
    assert unset("v1", "Nothing") is None


def test_every_member_is_known() -> None:
    """What a structure consists of is a structure too, or raw content."""
    known = layouts()
    assert len(known) > 600
    for name, fields in known.items():
        for field in fields.values():
            if field.form.lstrip("*").lower() == "m" and field.name != "-":
                assert field.target in known or not field.target, (name, field)
