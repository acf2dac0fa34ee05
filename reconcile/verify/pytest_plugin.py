"""The pytest plugin: clusters whose story a failed test tells, golden files, differences shown.

1. pytest loads it by its entry point; nothing of the library imports it. `-p no:reconcile` leaves
   it out.
2. Loading it imports nothing but pytest: what is heavy comes with the first test that uses it.
3. The files are all that is done here; what is in them is decided beside.

Source: docs.pytest.org, how-to/writing_plugins, reference/reference.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from reconcile.kinds._loop import Apply
    from reconcile.objects.accept import Acceptable
    from reconcile.simulate.cluster import Cluster
    from reconcile.verify.clusters import ClusterFactory
    from reconcile.verify.golden import Golden

__all__: list[str] = []

_STRATEGIES: Final[tuple[Apply, ...]] = ("dynamic", "server-side")
_MARK: Final = (
    "apply(*strategies): run a test that uses the fixture `cluster` once with each way in which "
    "Metacontroller writes children: dynamic, server-side, or both if none is named"
)
_MADE: Final = pytest.StashKey[Any]()
_GOLDEN: Final = "golden"


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Offer `--update-golden`; called as soon as the plugin is loaded."""
    _leave_compiled(pluginmanager)
    group = parser.getgroup("reconcile", "Kubernetes controllers")
    group.addoption(
        "--update-golden",
        action="store_true",
        default=False,
        help="write the golden files that tests compare with, instead of comparing",
    )


def _leave_compiled(pluginmanager: pytest.PytestPluginManager) -> None:
    """Keep pytest from compiling the library anew.

    It does so with every module of a distribution that brings a plugin, for the sake of their
    asserts. Ours are for type checkers, and the first run in a fresh environment took 1.5 s more.
    Should the name be another one day, that is all that is lost.
    Source: _pytest/config/__init__.py, _mark_plugins_for_rewrite; _pytest/assertion/rewrite.py.
    """
    marked = getattr(getattr(pluginmanager, "rewrite_hook", None), "_must_rewrite", None)
    if isinstance(marked, set):
        cast("set[str]", marked).discard("reconcile")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", _MARK)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that is marked once with each strategy."""
    marked = next(iter(metafunc.definition.iter_markers_with_node("apply")), None)
    if marked is None:
        return
    node, mark = marked
    if "_reconcile_apply" not in metafunc.fixturenames:
        if node is metafunc.definition:
            name = metafunc.definition.name
            message = f"{name} is marked `apply` but does not use our fixture `cluster`"
            raise pytest.Collector.CollectError(message)
        return
    strategies = mark.args or _STRATEGIES
    unknown = [str(each) for each in strategies if each not in _STRATEGIES]
    if unknown or mark.kwargs:
        wrong = ", ".join([*unknown, *mark.kwargs])
        message = f"mark apply: {wrong} is none of {', '.join(_STRATEGIES)}"
        raise pytest.Collector.CollectError(message)
    metafunc.parametrize("_reconcile_apply", strategies, indirect=True)


@pytest.fixture
def _reconcile_apply(request: pytest.FixtureRequest) -> Apply:
    """Return how children are written in this run of the test."""
    found: Apply = getattr(request, "param", "dynamic")
    return found


@pytest.fixture
def cluster(request: pytest.FixtureRequest, _reconcile_apply: Apply) -> ClusterFactory:
    """Make clusters: `cluster(controller, **options)` takes what `Cluster` takes.

    If the test fails, its report shows timeline and tree of each cluster that it made. With the
    mark `apply`, children are written in each way that it names, one after the other.
    """
    from reconcile.verify.clusters import ClusterFactory

    made = ClusterFactory(_reconcile_apply)
    request.node.stash[_MADE] = made
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell in the report of a failed test what happened in its clusters."""
    report = yield
    made = cast("ClusterFactory | None", item.stash.get(_MADE, None))
    if made is not None:
        if report.failed:
            report.sections += _story(made)
        if call.when == "teardown":
            del item.stash[_MADE]
    return report


def _story(made: ClusterFactory) -> list[tuple[str, str]]:
    """Return what a report tells of clusters; what cannot be told must not hide the failure."""
    try:
        return made.report()
    except Exception as error:  # noqa: BLE001  # as said
        return [("clusters", f"cannot be told of: {type(error).__name__}")]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare with golden files: `golden(thing, name)` looks at `golden/NAME.yaml` beside the test.

    A thing is an object, several, or a cluster. `pytest --update-golden` writes the files.
    """
    folder = request.path.parent / _GOLDEN
    update = bool(request.config.getoption("--update-golden"))

    def compare(thing: Cluster | Acceptable | Iterable[Acceptable], name: str) -> None:
        __tracebackhide__ = True
        from reconcile.verify.golden import changed_lines, golden_text

        path = _file(folder, name)
        text = golden_text(thing)
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            return
        how = f"pytest --update-golden {request.node.nodeid!r} writes it"
        if not path.exists():
            pytest.fail(f"there is no {_told(path, request)}: {how}", pytrace=False)
        lines = changed_lines(path.read_text(encoding="utf-8"), text)
        if lines:
            pytest.fail(f"{_told(path, request)} is another now; {how}\n{lines}", pytrace=False)

    return compare


def _file(folder: Path, name: str) -> Path:
    """Return where a golden file is. Raises: UsageError for a name that leads elsewhere."""
    path = folder / f"{name}.yaml"
    parts = name.split("/")
    if not name or "\\" in name or any(part in ("", ".", "..") for part in parts):
        message = "the name of a golden file is a relative path without '..'"
        raise pytest.UsageError(message)
    return path


def _told(path: Path, request: pytest.FixtureRequest) -> str:
    root = request.config.rootpath
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def pytest_assertrepr_compare(
    config: pytest.Config, op: str, left: object, right: object
) -> list[str] | None:
    """Show what differs between two objects."""
    # No object of ours exists before its module is loaded; documents are dicts.
    if op != "==" or not ("reconcile.objects" in sys.modules or _may_be(left) or _may_be(right)):
        return None
    from reconcile.verify.comparing import explained

    return explained(left, right, verbose=config.get_verbosity(pytest.Config.VERBOSITY_ASSERTIONS))


def _may_be(thing: object) -> bool:
    """Return whether something may be a document, or a list of them."""
    if isinstance(thing, (list, tuple)):
        return any(_may_be(item) for item in cast("list[object]", thing))
    return isinstance(thing, dict) and "apiVersion" in thing and "kind" in thing
