"""Which form of an answer a request accepts."""

from __future__ import annotations

import pytest

from reconcile.simulate.server.negotiation import check_route, clauses, negotiated
from reconcile.simulate.server.status import ApiError

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def refusal(call) -> str:
    with pytest.raises(ApiError) as caught:
        call()
    assert (caught.value.code, caught.value.reason) == (406, "NotAcceptable")
    return caught.value.message


@pytest.mark.parametrize(
    ("accept", "media_type", "kind"),
    [
        ("", "application/json", None),
        ("*/*", "application/json", None),
        ("*", "application/json", None),
        ("application/*", "application/json", None),
        ("application/yaml", "application/yaml", None),
        ("application/json;q=0.5, application/yaml", "application/yaml", None),
        ("*/*, application/yaml", "application/yaml", None),
        ("application/vnd.kubernetes.protobuf,application/json", "application/json", None),
        (TABLE, "application/json", "Table"),
        ("application/json, " + TABLE, "application/json", None),
        ("application/json;as=Table;v=v9;g=meta.k8s.io,application/json", "application/json", None),
        ("application/json;as=Chair;v=v1;g=meta.k8s.io,*/*", "application/json", None),
        ("application/json;stream=watch", "application/json", None),
        ("application/json;stream=x,application/yaml", "application/yaml", None),
        ("application/json;sv=v2,application/yaml;sv=v1", "application/yaml", None),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json", None),
        ("nonsense,application/json;q=x;a", "application/json", None),
    ],
)
def test_what_is_chosen(accept: str, media_type: str, kind: str | None) -> None:
    """The first type of the best quality that the server has is chosen, with its parameters."""
    form = negotiated(accept)
    assert form.media_type == media_type
    assert (form.target and form.target.kind) == kind


@pytest.mark.parametrize(
    "accept",
    ["text/html", "application/vnd.kubernetes.protobuf", "application/json;as=Table;v=v9;g=x"],
)
def test_what_is_refused(accept: str) -> None:
    """A client that accepts nothing of what there is is told what there is."""
    assert refusal(lambda: negotiated(accept)) == (
        "only the following media types are accepted: "
        "application/json, application/yaml, application/vnd.kubernetes.protobuf"
    )


def test_documents_are_never_made_into_others() -> None:
    """Where objects are not transformed, a table cannot be asked for."""
    refusal(lambda: negotiated(TABLE, transforms=False))
    assert negotiated(f"{TABLE},*/*", transforms=False).target is None


def test_routes_know_one_wildcard() -> None:
    """The route of a built-in resource takes exact types and `*/*`, whatever their parameters."""
    check_route("")
    check_route("text/html, */*;q=0.1")
    check_route(TABLE)
    listed = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
    start = "406: Not Acceptable\n\nAvailable representations: "
    assert refusal(lambda: check_route("application/*")) == start + listed
    streams = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
    told = refusal(lambda: check_route("text/html", collection=True))
    assert told == f"{start}{listed}, {streams}"


def test_pretty_is_asked_for_with_a_parameter() -> None:
    """`pretty=1` beside a media type asks for indented text."""
    assert negotiated("application/json;pretty=1").pretty
    assert not negotiated("application/json;pretty=0").pretty


def test_order_of_clauses() -> None:
    """Quality counts first, then how much is said; the rest stays in order."""
    told = clauses("*/*, a/*, b/c;q=0.9, d/e, f/g/h, i")
    assert [(each.type, each.subtype) for each in told] == [
        ("d", "e"),
        ("a", "*"),
        ("*", "*"),
        ("b", "c"),
    ]
