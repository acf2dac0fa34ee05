"""The generated kinds are what the generator writes, and say what the API server says."""

from __future__ import annotations

import gzip
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from reconcile import kinds
from reconcile.kinds import _facts
from reconcile.kinds._index import COMMON, MODULES

ROOT = Path(__file__).parents[2]
RECORDED = ROOT.parent / "shared/recordings/openapi"
GROUPS = {f"apis/{name}" if "/" in name else f"api/{name}": name for name in MODULES}


def generator() -> ModuleType:
    """Return the generator as a module."""
    spec = importlib.util.spec_from_file_location(
        "generate_kinds", ROOT / "tools/generate_kinds.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["generate_kinds"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    """Return the recorded OpenAPI documents."""
    if not RECORDED.exists():
        pytest.skip("the recordings of the API server are not beside this repository")
    documents: dict[str, Any] = json.loads(gzip.decompress((RECORDED / "v3.json.gz").read_bytes()))
    return documents


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("clusterIP", "cluster_ip"),
        ("clusterIPs", "cluster_ips"),
        ("podCIDRs", "pod_cidrs"),
        ("hostIPC", "host_ipc"),
        ("externalIPs", "external_ips"),
        ("volumeDevices", "volume_devices"),
        ("nonResourceURLs", "non_resource_urls"),
        ("setHostnameAsFQDN", "set_hostname_as_fqdn"),
        ("IPFamily", "ip_family"),
        ("systemUUID", "system_uuid"),
        ("Port", "port"),
        ("seLinuxOptions", "se_linux_options"),
        ("x509v3", "x509v3"),
    ],
)
def test_wire_names_are_split_as_people_read_them(wire: str, python: str) -> None:
    """Acronyms stay together, with their plural s."""
    assert generator().snake(wire) == python


def test_the_generated_files_are_up_to_date(recorded: dict[str, Any]) -> None:
    """Generating again gives the same files."""
    assert recorded
    made = generator()
    first = made.render(RECORDED)
    assert first == made.render(RECORDED)
    for path, content in first.items():
        # What is packed counts: packers differ from one Python to the next.
        unpack = gzip.decompress if str(path).endswith(".gz") else bytes
        there = unpack((ROOT / path).read_bytes())
        assert there == unpack(content), f"run tools/generate_kinds.py: {path}"


def test_the_command_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder without recordings is misuse."""
    assert generator().main([str(tmp_path)]) == 2
    assert "v3.json.gz" in capsys.readouterr().err


def test_the_command_writes_what_changed(
    recorded: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files are written once, and left alone when nothing changed."""
    assert recorded
    made = generator()
    made.ROOT = tmp_path
    assert made.main([str(RECORDED)]) == 0
    assert capsys.readouterr().out.count("wrote ") == 2 * len(MODULES) + 3
    assert made.main([str(RECORDED)]) == 0
    assert capsys.readouterr().out == ""


def test_the_generated_source_is_formatted() -> None:
    """The formatter has nothing to change."""
    ruff = shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    command = [ruff, "format", "--check", "--isolated", "--line-length", "100"]
    done = subprocess.run(
        [*command, str(ROOT / "reconcile/kinds")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_facts_are_small() -> None:
    """All facts together stay under 60 KB, and every archive is free of time and name."""
    archives = sorted((ROOT / "reconcile/kinds/facts").glob("*.gz"))
    assert sum(archive.stat().st_size for archive in archives) <= 60_000
    for archive in archives:
        header = archive.read_bytes()[:10]
        assert header[3] == 0
        assert header[4:8] == b"\0\0\0\0"


def bare(value: Any, *, names: bool = False) -> Any:
    """Return a recorded schema without what is told to people only."""
    if isinstance(value, dict):
        return {
            key: bare(item, names=key == "properties" and not names)
            for key, item in value.items()
            if names or key != "description"
        }
    return [bare(item) for item in value] if isinstance(value, list) else value


def test_the_schemas_of_all_kinds_are_as_recorded(recorded: dict[str, Any]) -> None:
    """Every kind that a group's document names has a schema equal to the recorded one."""
    count = 0
    for path, api_version in GROUPS.items():
        group, _, version = api_version.rpartition("/")
        schemas = recorded[path]["components"]["schemas"]
        # What all groups share tells in each document of that group only.
        shared = {**schemas, **recorded["api/v1"]["components"]["schemas"]}
        for name, schema in schemas.items():
            for gvk in schema.get("x-kubernetes-group-version-kind", ()):
                if (gvk["group"], gvk["version"]) != (group, version):
                    continue
                found = kinds.schema(api_version, gvk["kind"])
                compare(found, bare(shared[name]), shared, set())
                count += 1
    assert count > 200


def compare(found: Any, expected: Any, schemas: dict[str, Any], seen: set[str]) -> None:
    """Assert that a schema is as recorded, following references once each."""
    several = expected.get("allOf", [expected] if "$ref" in expected else [])
    if several:
        name = several[0]["$ref"].rpartition("/")[2]
        if name in seen:
            return
        seen.add(name)
        beside = {key: value for key, value in expected.items() if key not in ("allOf", "$ref")}
        expected = {**bare(schemas[name]), **beside}
    assert set(found) == set(expected)
    for key, value in expected.items():
        if key == "properties":
            assert list(found[key]) == list(value)
            for name, inner in value.items():
                compare(found[key][name], inner, schemas, seen)
        elif key in ("items", "additionalProperties"):
            compare(found[key], value, schemas, seen)
        elif key == "oneOf":
            assert [dict(one) for one in found[key]] == value
        else:
            assert found[key] == value


def test_resources_are_as_discovered(recorded: dict[str, Any]) -> None:
    """Scope, plural, short names and verbs are what discovery says."""
    assert recorded
    discovery = json.loads((RECORDED / "discovery.json").read_bytes())
    for path, api_version in GROUPS.items():
        for entry in discovery[f"/{path}"]["resources"]:
            if "/" in entry["name"]:
                continue
            found = kinds.resource(api_version, entry["kind"])
            assert found.plural == entry["name"] == kinds.plural(api_version, entry["kind"])
            assert found.singular == entry["singularName"]
            assert found.short_names == tuple(entry.get("shortNames", ()))
            assert found.verbs == tuple(entry["verbs"])
            scope = kinds.scope(api_version, entry["kind"])
            assert (scope == "Namespaced") is entry["namespaced"]


def test_every_resource_has_a_class_and_every_field_a_name() -> None:
    """Each kind that is a resource has its view, declared as discovery says."""
    for api_version, name in MODULES.items():
        module = importlib.import_module(f"reconcile.kinds.{name}")
        for kind, resource in _facts.load(name).resources.items():
            view = vars(module)[kind]
            assert (view.gvk.api_version, view.gvk.kind) == (api_version, kind)
            assert view.plural == resource.plural
            assert view.namespaced == (resource.scope == "Namespaced")
            wires = set(kinds.schema(api_version, kind)["properties"])
            assert wires - set(view._wires) == {"apiVersion", "kind"}


def test_every_class_that_a_field_names_is_there() -> None:
    """No field of any generated class leads nowhere, and no name is taken twice."""
    count = 0
    for name in (COMMON, *MODULES.values()):
        module = importlib.import_module(f"reconcile.kinds.{name}")
        for public in module.__all__:
            view = vars(module)[public]
            assert view.__doc__
            for field in view._fields.values():
                count += 1
                if type(field).__name__ in ("Nested", "ListOf", "MapOfViews"):
                    assert field.view().__name__ == field.argument
    assert count > 2500
