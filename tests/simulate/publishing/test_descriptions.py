"""Texts of schemas, held to recorded ones."""

from __future__ import annotations

import gzip
import json

from reconcile.kinds._facts import schema_named
from reconcile.simulate.publishing.descriptions import described, descriptions, field_text
from tests.suites import shared


def test_schemas_with_their_texts() -> None:
    """The facts of a kind and its texts together are the recorded schema."""
    archive = shared("recordings", "openapi", "v3.json.gz").read_bytes()
    recorded = json.loads(gzip.decompress(archive))["api/v1"]["components"]["schemas"]
    name = "io.k8s.api.core.v1.PodSpec"
    plain = schema_named(name)
    assert described(name, plain) == recorded[name]
    assert "description" not in plain


def test_texts_of_fields() -> None:
    """A field's text is told, and an empty one where there is none."""
    assert field_text("io.k8s.api.core.v1.Pod").startswith("Pod is a collection of containers")
    assert field_text("io.k8s.api.core.v1.PodStatus", "podIP").startswith("podIP address")
    assert field_text("io.k8s.api.core.v1.PodStatus", "nothing") == ""
    assert field_text("io.k8s.Nothing") == ""


def test_a_schema_nobody_describes() -> None:
    """A schema without texts stays as it is."""
    assert described("com.example.Thing", {"type": "object"}) == {"type": "object"}


def test_what_else_is_known() -> None:
    """Schemas of discovery, and the versions that share common kinds, are recorded too."""
    assert "io.k8s.apimachinery.pkg.version.Info" in descriptions().others
    assert ("", "v1") in descriptions().registered
