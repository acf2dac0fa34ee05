"""The pytest plugin, as a user's tests meet it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import reconcile.diff.render
import reconcile.simulate.cluster
import reconcile.verify.asserting
import reconcile.verify.comparing
import reconcile.verify.golden  # noqa: F401  # what inner runs use is loaded once, here
from reconcile.verify import pytest_plugin

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
HEAD = """
import pytest
from reconcile.kinds.core_v1 import ConfigMap, Secret
from reconcile.verify import assert_no_writes, assert_settles
from tests.verify.shops import QUIET, RESTLESS, SECRET, Shop
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """Run a test file with the plugin in this process."""
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def running(body: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_shop=HEAD + body)
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist", *options)

    return running


def test_it_is_loaded_by_its_entry_point(pytestconfig: pytest.Config) -> None:
    """Where the library is installed, pytest has the plugin, under the name `reconcile`."""
    assert pytestconfig.pluginmanager.get_plugin("reconcile") is pytest_plugin


def test_cluster_makes_clusters(run) -> None:
    """The fixture takes what `Cluster` takes; a test that passes tells nothing."""
    result = run(
        """
def test_one(cluster):
    made = cluster(QUIET, namespace="team")
    made.create(Shop.of("corner"))
    assert_settles(made)
    assert made.get(ConfigMap, "corner").namespace == "team"
    assert_no_writes(made)
"""
    )
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*timeline*")


def test_failed_test_tells_of_its_clusters(run) -> None:
    """Timeline and tree of every cluster stand in the report, and no value of a Secret."""
    result = run(
        """
def test_one(cluster):
    made = cluster(SECRET)
    made.create(Shop.of("corner"))
    made.settle()
    print("drawn:", made.get(Secret, "corner").data["password"])
    other = cluster()
    assert other is made
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*cluster 1 of 2 (dynamic apply): timeline*",
            "*create Shop default/corner",
            "*cluster 1 of 2: tree*",
            "Shop default/corner",
            "└── Secret corner",
            "*cluster 2 of 2: tree*",
            "nothing is there",
        ]
    )
    text = str(result.stdout)
    drawn = text.partition("drawn: ")[2].split()[0]
    assert text.count(drawn) == 1


def test_fixture_that_fails_tells_of_its_clusters(run) -> None:
    """What a fixture of the user's brings up is told as well, and its tests are run both ways."""
    result = run(
        """
@pytest.fixture
def shop(cluster):
    made = cluster(RESTLESS)
    made.create(Shop.of("corner"))
    assert_settles(made)

@pytest.mark.apply
def test_one(shop):
    pass
"""
    )
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "E*Secret default/corner /data/password (by shop) *",
            "*cluster (dynamic apply): timeline*",
            "*cluster (server-side apply): timeline*",
        ]
    )


def test_fixture_of_the_same_name_goes_first(run) -> None:
    """A `cluster` of the user's own replaces ours; the mark then says that it means nothing."""
    body = """
@pytest.fixture
def cluster():
    return 1

%s
def test_one(cluster):
    assert cluster == 1
"""
    run(body % "").assert_outcomes(passed=1)
    marked = run(body % "@pytest.mark.apply")
    marked.assert_outcomes(errors=1)
    marked.stdout.fnmatch_lines(
        ["*test_one is marked `apply` but does not use our fixture `cluster`*"]
    )


def test_failure_of_the_report_does_not_hide_that_of_the_test(run) -> None:
    """A cluster that cannot be told of is no reason to lose the failure."""
    result = run(
        """
def test_one(cluster):
    made = cluster(QUIET)
    made.timeline = None
    assert made is None, "the reason"
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the reason*", "cannot be told of: TypeError"])


@pytest.mark.parametrize(
    ("mark", "names"),
    [
        ("@pytest.mark.apply", ["dynamic", "server-side"]),
        ('@pytest.mark.apply("server-side")', ["server-side"]),
        ('@pytest.mark.apply("server-side", "dynamic")', ["server-side", "dynamic"]),
        ("", [""]),
    ],
)
def test_mark_runs_a_test_with_each_strategy(run, mark: str, names: list[str]) -> None:
    """One test becomes one for each way of applying; unmarked, it is run with the first."""
    result = run(
        f"""
{mark}
def test_one(cluster, request):
    made = cluster(QUIET)
    assert made.server_side == ("server-side" in request.node.name)
""",
        "-v",
    )
    result.assert_outcomes(passed=len(names))
    result.stdout.fnmatch_lines(
        [f"*::test_one{'[[]' + name + ']' if name else ''} PASSED*" for name in names]
    )


def test_mark_of_a_module_passes_by_other_tests(run) -> None:
    """A whole module may be marked; tests without a cluster are run once."""
    result = run(
        """
pytestmark = pytest.mark.apply

def test_one(cluster):
    cluster(QUIET)

def test_two():
    pass
"""
    )
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("mark", "argument", "told"),
    [
        (
            '@pytest.mark.apply("dynamical")',
            "cluster",
            "mark apply: dynamical is none of dynamic, server-side",
        ),
        (
            "@pytest.mark.apply(strategy=1)",
            "cluster",
            "mark apply: strategy is none of dynamic, server-side",
        ),
        (
            "@pytest.mark.apply",
            "",
            "test_one is marked `apply` but does not use our fixture `cluster`",
        ),
    ],
)
def test_wrong_marks_are_refused(run, mark: str, argument: str, told: str) -> None:
    """A mark that means nothing is an error of collection, with the reason."""
    result = run(f"\n{mark}\ndef test_one({argument}):\n    pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{told}*"])


def test_mark_is_known(run) -> None:
    """Strict markers allow it, and `--markers` tells what it does."""
    run(
        "\n@pytest.mark.apply\ndef test_one(cluster):\n    pass\n", "--strict-markers"
    ).assert_outcomes(passed=2)
    run("", "--markers").stdout.fnmatch_lines(["@pytest.mark.apply(*"])


def test_assert_shows_what_differs(run) -> None:
    """An `assert` of two objects shows the changed fields, and no secret."""
    result = run(
        """
def test_views():
    assert ConfigMap("a", data={"k": "v"}) == ConfigMap("a", data={"k": "w"})

def test_documents():
    left = {"apiVersion": "v1", "kind": "Secret", "data": {"k": "aGlkZGVu"}}
    assert left == {**left, "data": {"k": "b3RoZXI="}}

def test_data():
    assert Secret("a", data={"k": "aGlkZGVu"}).data == {"k": "b3Ro" + "ZXI="}

def test_other():
    assert {"k": 1} == {"k": 2}

def test_unequal():
    assert ConfigMap("a") != ConfigMap("a")
"""
    )
    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(
        [
            "E       assert ConfigMap a == ConfigMap a",
            "E         ~ data.k: v -> w",
            "E       assert Secret == Secret",
            'E         ~ data.k: "<a text of 8 characters>" -> "<a text of 8 characters>"',
            "E       assert TextMap of Secret a == dict",
            "E       AssertionError: assert {'k': 1} == {'k': 2}",
        ]
    )
    shown = [line for line in result.outlines if line.startswith("E")]
    assert not any("aGlkZGVu" in line or "b3RoZXI=" in line for line in shown)


def test_golden_files(run, pytester: pytest.Pytester) -> None:
    """A missing file names the command; that writes it; what is another then is shown."""
    body = """
def test_one(golden):
    golden(ConfigMap("a", data={"k": "%s"}), "maps/a")
"""
    path = pytester.path / "golden" / "maps" / "a.yaml"
    missing = run(body % "v")
    missing.assert_outcomes(failed=1)
    missing.stdout.fnmatch_lines(
        [
            "there is no golden/maps/a.yaml: pytest --update-golden 'test_shop.py::test_one' writes it"
        ]
    )
    assert not path.exists()
    run(body % "v", "--update-golden").assert_outcomes(passed=1)
    written = path.read_text()
    assert written == "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n"
    run(body % "v").assert_outcomes(passed=1)
    other = run(body % "w")
    other.assert_outcomes(failed=1)
    other.stdout.fnmatch_lines(
        ["golden/maps/a.yaml is another now; pytest --update-golden *", "-  k: v", "+  k: w"]
    )
    assert path.read_text() == written


@pytest.mark.parametrize("name", ["", "../a", "/a", "a//b", "a\\\\b", "./a"])
def test_golden_files_stand_beside_the_test(run, pytester: pytest.Pytester, name: str) -> None:
    """A name that leads elsewhere is refused, and nothing is written."""
    result = run(
        f'\ndef test_one(golden):\n    golden(ConfigMap("a"), "{name}")\n', "--update-golden"
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the name of a golden file is a relative path without '..'*"])
    assert not list(pytester.path.rglob("*.yaml"))


def test_library_is_not_compiled_anew(pytestconfig: pytest.Config) -> None:
    """pytest rewrites the asserts of tests and other plugins, and leaves those of the library."""
    hook = pytestconfig.pluginmanager.rewrite_hook
    assert isinstance(hook._must_rewrite, set)
    assert "reconcile" not in hook._must_rewrite
    manager = pytest.PytestPluginManager()
    manager.rewrite_hook = type(hook)(pytestconfig)
    manager.rewrite_hook.mark_rewrite("reconcile", "another")
    pytest_plugin.pytest_addoption(pytest.Parser(_ispytest=True), manager)
    assert manager.rewrite_hook._must_rewrite == {"another"}
    pytest_plugin.pytest_addoption(pytest.Parser(_ispytest=True), pytest.PytestPluginManager())


def test_it_can_be_left_out(pytester: pytest.Pytester) -> None:
    """With `-p no:reconcile` there is no fixture, no option, and the library works as before."""
    pytester.makepyfile(
        """
        import sys
        from reconcile.kinds.core_v1 import ConfigMap

        def test_one():
            assert ConfigMap("a") == ConfigMap("a")
            assert "reconcile.verify" not in sys.modules

        def test_two(cluster):
            pass
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:reconcile", "-p", "no:xdist")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*fixture 'cluster' not found*"])


def test_loading_it_brings_nothing_heavy() -> None:
    """Beside pytest itself, start-up loads the plugin and what stands above it, and no more."""
    code = (
        "import pytest, sys; before = set(sys.modules); import reconcile.verify.pytest_plugin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == [
        "reconcile",
        "reconcile._build",
        "reconcile.verify",
        "reconcile.verify.pytest_plugin",
    ]


def test_the_library_never_loads_pytest() -> None:
    """Assertions, clusters and golden texts work where pytest is not."""
    code = (
        "import sys; from reconcile.verify import ClusterFactory, Golden, assert_no_writes, "
        "assert_settles, golden_text; print('pytest' in sys.modules, '_pytest' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["False", "False"]
