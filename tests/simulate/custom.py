"""A definition, as the server stores it once it is established."""

from __future__ import annotations

from reconcile.simulate.publishing.resources import Resources

SPEC = {
    "type": "object",
    "required": ["size", "maybe"],
    "properties": {
        "size": {"type": "integer", "description": "how large", "minimum": 1, "default": 2},
        "maybe": {"type": "string", "nullable": True},
        "open": {
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": True,
            "properties": {"a": {"type": "string"}},
        },
        "either": {"x-kubernetes-int-or-string": True},
        "list": {"type": "array", "items": {"type": "object", "nullable": True}},
        "inner": {
            "type": "object",
            "x-kubernetes-embedded-resource": True,
            "properties": {"spec": {"type": "object"}},
        },
        "values": {"type": "object", "additionalProperties": {"type": "string", "pattern": "^a"}},
        "one": {"type": "string", "oneOf": [{"enum": ["a"]}, {"enum": ["b"]}]},
    },
}
NAMES = {"kind": "Tab", "plural": "tabs", "singular": "tab", "listKind": "TabList"}
CRD = {
    "metadata": {"name": "tabs.table.example.com"},
    "spec": {
        "group": "table.example.com",
        "scope": "Namespaced",
        "names": NAMES,
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}, "scale": {}},
                "selectableFields": [{"jsonPath": ".spec.size"}],
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": SPEC}}},
            },
            {"name": "v2", "served": True, "storage": False},
        ],
    },
    "status": {
        "acceptedNames": NAMES,
        "conditions": [{"type": "Established", "status": "True"}],
    },
}
CUSTOM = Resources.built_in().with_crds([CRD])
TAB = "com.example.table.v1.Tab"
