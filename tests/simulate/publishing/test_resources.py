"""What a server serves, held to recorded discovery."""

from __future__ import annotations

import gzip
import importlib.util
import json
from pathlib import Path

import pytest

from reconcile.simulate.publishing.resources import Resources, storage_hash, version_order
from tests.suites import shared

ALL = Resources.built_in(every_version=True)
DEFAULT = Resources.built_in()


def recorded() -> dict:
    return json.loads(shared("recordings", "openapi", "discovery.json").read_text())


def established(crd: dict, **conditions: str) -> dict:
    """Return a definition as the server stores it once its names are accepted."""
    names = {"singular": crd["spec"]["names"]["kind"].lower(), **crd["spec"]["names"]}
    told = {"NamesAccepted": "True", "Established": "True", **conditions}
    listed = [{"type": kind, "status": status} for kind, status in told.items()]
    return {**crd, "status": {"acceptedNames": names, "conditions": listed}}


def crd(*versions: dict, group: str = "demo.example.com", **names: object) -> dict:
    return established(
        {
            "metadata": {"name": f"things.{group}"},
            "spec": {
                "group": group,
                "scope": "Namespaced",
                "names": {"kind": "Thing", "plural": "things", **names},
                "versions": list(versions) or [version("v1", storage=True)],
            },
        }
    )


def version(name: str, *, served: bool = True, storage: bool = False, **more: object) -> dict:
    return {"name": name, "served": served, "storage": storage, **more}


def test_the_data_are_up_to_date() -> None:
    """The files of the package are what the tool writes from the recordings."""
    project = Path(__file__).parents[3]
    spec = importlib.util.spec_from_file_location(
        "generate_discovery", project / "tools" / "generate_discovery.py"
    )
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    for name, content in tool.render(shared("recordings", "openapi")).items():
        packed = (project / "reconcile/simulate/data" / name).read_bytes()
        # Pythons differ in what they say of themselves in the head of an archive.
        assert gzip.decompress(packed) == gzip.decompress(content), name


def test_every_recorded_resource_is_known() -> None:
    """A server with all versions on serves what the recorded one served, in its order."""
    told = recorded()
    for path, listed in told.items():
        if path in ("/api", "/apis"):
            continue
        group, _, name = path.removeprefix("/apis/").removeprefix("/api/").rpartition("/")
        mine = ALL.of_version(group, name)
        flat = [(served.plural, served.kind, served.storage_hash) for served in mine]
        assert flat == [
            (entry["name"], entry["kind"], entry.get("storageVersionHash", ""))
            for entry in listed["resources"]
            if "/" not in entry["name"]
        ]
    assert [(group.name, list(group.versions)) for group in ALL.groups()] == [
        (group["name"], [about["version"] for about in group["versions"]])
        for group in told["/apis"]["groups"]
    ]


def test_beta_and_alpha_are_off_by_default() -> None:
    """A default server serves stable versions only, and no group without one."""
    assert DEFAULT.by_path("networking.k8s.io", "v1beta1", "ipaddresses") is None
    assert DEFAULT.by_path("networking.k8s.io", "v1", "ipaddresses") is not None
    assert DEFAULT.group("internal.apiserver.k8s.io") is None
    assert DEFAULT.group("autoscaling").versions == ("v2", "v1")
    assert len(DEFAULT.groups()) == 20


def test_resources_share_a_storage() -> None:
    """Both kinds of Event are one storage, and so are both versions of an autoscaler."""
    events = DEFAULT.by_path("events.k8s.io", "v1", "events").storage
    assert events == DEFAULT.by_path("", "v1", "events").storage == ("", "Event", "v1")
    old = DEFAULT.by_kind("autoscaling/v1", "HorizontalPodAutoscaler")
    assert old.storage.version == "v2"
    assert DEFAULT.by_path("", "v1", "bindings").storage is None


def test_parts_speak_their_kind() -> None:
    """A subresource may speak another kind than its resource, of another group."""
    pods = DEFAULT.by_path("", "v1", "pods")
    assert pods.subresources["eviction"] == ("Eviction", "policy", "v1", ("create",))
    assert pods.subresources["status"][:3] == ("Pod", "", "")
    scale = DEFAULT.by_path("apps", "v1", "deployments").subresources["scale"]
    assert scale[:3] == ("Scale", "autoscaling", "v1")


def test_a_definition_is_served() -> None:
    """Served versions of an established definition are resources, with their parts."""
    parts = {"status": {}, "scale": {}}
    resources = DEFAULT.with_crds(
        [
            crd(
                version("v1alpha1", subresources={}),
                version("v1", storage=True, subresources=parts),
                version("v2", served=False),
                shortNames=["th"],
                categories=["all"],
            )
        ]
    )
    served = resources.by_path("demo.example.com", "v1", "things")
    assert served.custom
    assert served.list_kind == "ThingList"
    assert (served.short_names, served.categories) == (("th",), ("all",))
    assert list(served.subresources) == ["status", "scale"]
    assert served.subresources["scale"].group == "autoscaling"
    assert served.storage == ("demo.example.com", "Thing", "v1")
    assert resources.by_kind("demo.example.com/v1alpha1", "Thing").subresources == {}
    assert resources.by_path("demo.example.com", "v2", "things") is None
    assert resources.groups()[-1] == ("demo.example.com", ("v1", "v1alpha1"))
    assert [served.version for served in resources.custom()] == ["v1alpha1", "v1"]
    assert DEFAULT.custom() == ()


def test_the_hash_needs_a_served_storage_version() -> None:
    """Discovery tells no hash if the version that is stored is not served."""
    resources = DEFAULT.with_crds([crd(version("v1"), version("v0", served=False, storage=True))])
    served = resources.by_path("demo.example.com", "v1", "things")
    assert served.storage_hash == ""
    assert served.storage.version == "v0"


def test_only_established_definitions_are_served() -> None:
    """A definition without a status, or whose names were refused, serves nothing."""
    raw = {key: value for key, value in crd().items() if key != "status"}
    assert DEFAULT.with_crds([raw]).custom() == ()
    refused = established(raw, NamesAccepted="False", Established="False")
    assert DEFAULT.with_crds([refused]).custom() == ()
    assert DEFAULT.with_crds([established(raw)]).custom() != ()


def test_a_deleted_definition_creates_nothing() -> None:
    """While a definition terminates its objects can be read and deleted."""
    dying = established(crd(), Terminating="True")
    served = DEFAULT.with_crds([dying]).by_path("demo.example.com", "v1", "things")
    assert set(served.verbs) == {"delete", "deletecollection", "get", "list", "watch"}


def test_custom_resources_are_replaced() -> None:
    """Definitions of an earlier table are not kept."""
    once = DEFAULT.with_crds([crd()])
    other = once.with_crds([crd(group="other.example.com")])
    assert other.by_path("demo.example.com", "v1", "things") is None
    assert other.by_path("other.example.com", "v1", "things") is not None
    assert once.with_crds([]).groups() == DEFAULT.groups()


def test_a_definition_in_a_built_in_group() -> None:
    """Versions of definitions come before those of a built-in group of the same name."""
    resources = DEFAULT.with_crds([crd(version("v2", storage=True), group="apps")])
    assert resources.group("apps").versions == ("v2", "v1")
    assert resources.by_path("apps", "v1", "deployments") is not None


@pytest.mark.parametrize(
    ("others", "text"),
    [
        ([], "demo.example.com/v1 Thing is deprecated"),
        (["v1beta1"], "demo.example.com/v1 Thing is deprecated"),
        (["v2", "v3"], "demo.example.com/v1 Thing is deprecated; use demo.example.com/v3 Thing"),
    ],
)
def test_deprecated_versions_warn(others: list[str], text: str) -> None:
    """The warning of a deprecated version names the newest one that is not."""
    versions = [version("v1", storage=True, deprecated=True), *map(version, others)]
    resources = DEFAULT.with_crds([crd(*versions)])
    assert resources.by_path("demo.example.com", "v1", "things").warning == text


def test_a_definition_words_its_warning() -> None:
    """The warning of the definition is used where there is one."""
    old = version("v1", storage=True, deprecated=True, deprecationWarning="gone soon")
    served = DEFAULT.with_crds([crd(old)]).by_path("demo.example.com", "v1", "things")
    assert served.warning == "gone soon"
    assert DEFAULT.by_path("", "v1", "endpoints").warning.startswith("v1 Endpoints is deprecated")


def test_versions_are_ordered_as_the_server_does() -> None:
    """Stable before beta before alpha, the newest first, other names last."""
    names = ["foo1", "v1alpha1", "v2", "v10", "v1beta2", "v1beta1", "v11alpha2", "foo10", "v0"]
    assert sorted(names, key=version_order) == [
        *("v10", "v2", "v1beta2", "v1beta1", "v11alpha2", "v1alpha1", "foo1", "foo10", "v0")
    ]


def test_the_hash_of_a_storage_version() -> None:
    """The hash is that of recorded custom resources."""
    assert storage_hash("vers.example.com", "v1", "Vers") == "OZzbiciAjfA="
    assert storage_hash("names.example.com", "v1", "First") == "qHW4050KSrM="
