"""Paths and queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.simulate.server.routes import Route, query_of, route_of
from reconcile.simulate.server.status import ApiError


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/v1/pods", ("", "v1", "", "pods", "", "", False)),
        ("/api/v1/namespaces/a/pods/p", ("", "v1", "a", "pods", "p", "", False)),
        ("/api/v1/namespaces/a/pods/p/status", ("", "v1", "a", "pods", "p", "status", False)),
        ("/api/v1/namespaces", ("", "v1", "", "namespaces", "", "", False)),
        ("/api/v1/namespaces/a", ("", "v1", "", "namespaces", "a", "", False)),
        ("/api/v1/namespaces/a/status", ("", "v1", "", "namespaces", "a", "status", False)),
        ("/api/v1/namespaces/a/finalize", ("", "v1", "", "namespaces", "a", "finalize", False)),
        (
            "/apis/apps/v1/namespaces/a/deployments/d/scale",
            ("apps", "v1", "a", "deployments", "d", "scale", False),
        ),
        ("/api/v1/watch/pods", ("", "v1", "", "pods", "", "", True)),
        ("/api/v1/watch/namespaces/a/pods/p", ("", "v1", "a", "pods", "p", "", True)),
        ("/api/v1/nodes/a%2Fb", ("", "v1", "", "nodes", "a/b", "", False)),
        (
            "/api/v1/namespaces/a/pods/p/proxy/x/y",
            ("", "v1", "a", "pods", "p", "proxy/x/y", False),
        ),
    ],
)
def test_a_path_names_a_resource(path: str, route: tuple[object, ...]) -> None:
    """A namespace's own parts are those of the namespace."""
    assert route_of(path) == route


@pytest.mark.parametrize(
    "path", ["", "/", "/api", "/api/v1", "/apis/apps/v1", "/version", "/x/y/z"]
)
def test_other_paths_name_none(path: str) -> None:
    """Discovery and health are answered elsewhere."""
    assert route_of(path) is None


@given(st.text("/api%2Fsv1.namespacewtch", max_size=60))
def test_any_path_is_read(path: str) -> None:
    """Nothing that is asked makes reading fail."""
    found = route_of(path)
    assert found is None or isinstance(found, Route)


def test_the_first_value_of_a_name_counts() -> None:
    """As in Go; a name without a value is there, and empty."""
    query = query_of("a=1&a=2&b&c=%20x+y")
    assert (query.get("a"), query.get("b"), query.get("c"), query.get("d")) == ("1", "", " x y", "")
    assert "b" in query
    assert "d" not in query


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("", False),
        ("w", True),
        ("w=", True),
        ("w=1", True),
        ("w=no", True),
        ("w=0", False),
        ("w=false", False),
        ("w=FALSE", False),
        ("v=1", False),
    ],
)
def test_all_but_false_and_zero_says_yes(text: str, *, yes: bool) -> None:
    """A name alone says yes too."""
    assert query_of(text).true("w") is yes


def test_escapes_that_are_none_are_refused() -> None:
    """A byte that belongs to no character cannot be asked for."""
    with pytest.raises(ApiError) as told:
        query_of("a=%ff")
    assert told.value.code == 400
