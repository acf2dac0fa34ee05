"""Requests made to break a server: an answer to each, and nothing remembered of those refused."""

from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.simulate import ApiServer
from reconcile.simulate.api_server import Response

CMS = "/api/v1/namespaces/default/configmaps"
JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


@cache
def _server() -> ApiServer:
    server = ApiServer()
    made = {"metadata": {"name": "a", "labels": {"l": "1"}}, "data": {"k": "1"}}
    assert server.request("POST", CMS, body=made).status == 201
    return server


def refused(method: str, path: str, body: object = None, media: str | None = None) -> Response:
    """Return the answer to a request, which is a refusal that leaves the world as it was."""
    server = _server()
    before = server.world
    sent = {} if body is None else {"body": body}
    answer = server.request(method, path, content_type=media, **sent)
    assert server.world is before
    assert answer.status >= 400
    _answered(answer)
    return answer


def _answered(answer: Response) -> None:
    assert isinstance(answer, Response)
    assert isinstance(answer.raw, bytes)
    if answer.status < 400:
        return
    if isinstance(answer.body, str):
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.status in (404, 405, 500)
    else:
        assert answer.body["kind"] == "Status"
        assert answer.body["status"] == "Failure"
        assert answer.body["code"] == answer.status
        assert answer.body["message"]
        assert json.loads(answer.raw)["code"] == answer.status


def nested(depth: int, opening: str = '{"a":', inner: str = "1", closing: str = "}") -> bytes:
    """Return a document of many levels."""
    return (opening * depth + inner + closing * depth).encode()


MANY_LABELS = {f"l{number}": "v" for number in range(100_000)}
MANY_OPERATIONS = [{"op": "add", "path": "/data/k", "value": "2"}] * 10_001

BODIES = {
    "more than 3 MiB": (b'{"data":{"k":"' + b"x" * 3_200_000 + b'"}}', 413),
    "ten thousand levels": (nested(10_001), 400),
    "ten thousand lists": (nested(10_001, "[", "", "]"), 400),
    "half a document": (b'{"a":', 400),
    "a hundred thousand levels, none closed": (b"[" * 100_000, 400),
    "no UTF-8": (b'{"metadata":{"name":"\xff\xfe"}}', None),
    "a lone byte": (b"\x80", 400),
    "NUL": (b'{"metadata":{"name":"a\x00"}}', 400),
    "an escaped NUL in a name": (b'{"metadata":{"name":"a\\u0000"}}', 422),
    "a lone surrogate in a name": (b'{"metadata":{"name":"\\ud800"}}', 422),
    "a number beyond all bounds": (
        b'{"metadata":{"name":"n","generation":1' + b"0" * 5000 + b"}}",
        400,
    ),
    "a list": (b"[]", 400),
    "text": (b'"x"', 400),
    "null": (b"null", None),
    "nothing": (b"", 400),
    "a name that is no name": (b'{"metadata":{"name":"../../etc/passwd"}}', 422),
    "metadata that are text": (b'{"metadata":"x"}', 400),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_made_to_break_a_create_is_refused(what):
    """The answer is a Status, with the code of the server, and nothing is stored."""
    body, code = BODIES[what]
    answer = refused("POST", CMS, body)
    assert code is None or answer.status == code


@pytest.mark.slow
def test_a_hundred_thousand_labels_are_more_than_an_object_may_have():
    """They are read, and the object is as large as etcd takes it, or is refused whole."""
    server = _server().copy()
    before = server.world
    answer = server.request("POST", CMS, body={"metadata": {"name": "m", "labels": MANY_LABELS}})
    _answered(answer)
    assert (answer.status == 201) == (server.world.version > before.version)
    bad = {"metadata": {"name": "m", "labels": {f"-{key}": "v" for key in MANY_LABELS}}}
    assert refused("POST", CMS, bad).status == 422


PATCHES = {
    "ten thousand and one operations": (JSON_PATCH, json.dumps(MANY_OPERATIONS).encode(), 413),
    "operations that are none": (JSON_PATCH, b'[1, null, "x", [], {}]', None),
    "an object of operations": (JSON_PATCH, b"{}", 400),
    "a pointer to nowhere": (JSON_PATCH, b'[{"op":"remove","path":"/no/where"}]', 422),
    "a pointer without a slash": (JSON_PATCH, b'[{"op":"add","path":"x","value":1}]', None),
    "an index beyond": (
        JSON_PATCH,
        b'[{"op":"add","path":"/metadata/managedFields/99999999999999999999","value":1}]',
        None,
    ),
    "a move into itself": (JSON_PATCH, b'[{"op":"move","from":"/data","path":"/data/x/y"}]', None),
    "a copy that doubles": (
        JSON_PATCH,
        json.dumps(
            [{"op": "copy", "from": "/data", "path": f"/data/{n}"} for n in range(40)]
        ).encode(),
        None,
    ),
    "the whole replaced by a number": (JSON_PATCH, b'[{"op":"replace","path":"","value":7}]', None),
    "levels in a merge": (MERGE, nested(10_001), 400),
    "a merge of text": (MERGE, b'"x"', 400),
    "a merge of metadata with a list": (MERGE, b'{"metadata":[]}', None),
    "a merge of a kind": (MERGE, b'{"kind":"Secret"}', None),
    "levels in a strategic patch": (STRATEGIC, nested(10_001), 400),
    "a directive that is none": (STRATEGIC, b'{"$patch":"explode"}', None),
    "a directive of a number": (STRATEGIC, b'{"data":{"$patch":7}}', None),
    "an order of nothing": (STRATEGIC, b'{"metadata":{"$setElementOrder/finalizers":7}}', None),
    "an apply of nothing": (APPLY, b"", None),
    "an apply of YAML that bites": (APPLY, b"a: &a [*a, *a]\n", None),
    "an apply of billions": (
        APPLY,
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(
            b"b%d: &b%d [%s]\n"
            % (n, n, b",".join([b"*%s" % (b"a" if n == 0 else b"b%d" % (n - 1))] * 9))
            for n in range(9)
        ),
        None,
    ),
    "an apply of tags": (APPLY, b"!!python/object/apply:os.system ['true']", None),
    "a type that is none": ("application/x-nonsense", b"{}", 415),
    "a type with NUL": ("a\x00b/\x7f;;;=", b"{}", 415),
}


@pytest.mark.parametrize("what", PATCHES)
def test_a_patch_made_to_break_is_refused(what):
    """The answer is a Status, and the object is as it was."""
    media, body, code = PATCHES[what]
    query = "?fieldManager=m" if media == APPLY else ""
    answer = refused("PATCH", f"{CMS}/a{query}", body, media)
    assert code is None or answer.status == code


QUERIES = (
    "labelSelector=a in (b",
    "labelSelector=!!!",
    "labelSelector=" + "a," * 5000,
    "labelSelector=%00",
    "labelSelector=" + "(" * 10_000,
    "labelSelector=a=b=c",
    "fieldSelector=metadata.name",
    "fieldSelector=a.b.c=d",
    "fieldSelector=metadata.name=a,spec.x=%ff",
    "fieldSelector=\\",
    "continue=%ff%fe",
    "continue=" + "A" * 100_000,
    "continue=bm9uc2Vuc2U",
    "continue=eyJ2IjoibWV0YSJ9",
    "continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6OTk5OTk5LCJzdGFydCI6Ii4uLy4uXHUwMDAwIn0",
    "limit=x",
    "limit=99999999999999999999",
    "resourceVersion=-1",
    "resourceVersion=x",
    "resourceVersion=99999999999999999999999",
    "resourceVersionMatch=Sometimes",
    "resourceVersion=1&resourceVersionMatch=",
    "watch=1&resourceVersion=x",
    "watch=1&resourceVersion=999999999",
    "watch=1&timeoutSeconds=x",
    "watch=1&timeoutSeconds=1e9",
    "watch=1&labelSelector=((",
    "watch=1&fieldSelector=spec.nonsense=1",
    "watch=maybe",
    "watch=1&sendInitialEvents=true",
    "watch=1&resourceVersionMatch=Exact",
    "%zz",
    "a=%",
    ";",
    "&&&==&=",
    "timeoutSeconds=-1",
    "limit=-5",
)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_made_to_break_is_answered(query):
    """Selectors, tokens, versions and watches of nonsense: an answer, and the world as it was."""
    server = _server()
    before = server.world
    answer = server.request("GET", f"{CMS}?{query}")
    _answered(answer)
    assert server.world is before
    watch = server.watch(f"{CMS}?watch=1&{query}")
    if isinstance(watch, Response):
        _answered(watch)
    else:
        assert all(json.loads(line)["type"] for line in watch.take())
    assert server.world is before


PATHS = (
    "/api/v1/namespaces/../../secrets",
    "/api/v1/namespaces/default/configmaps/..",
    "/api/v1/namespaces/default/configmaps/%2e%2e%2f%2e%2e",
    "/api/v1/namespaces/%00/configmaps/x",
    "/api/v1/namespaces/default/configmaps/%ff%fe",
    "/api/v1/namespaces/default/configmaps/a%2fb",
    "//api//v1//namespaces//default//configmaps//x",
    "/api/v1/namespaces/default/configmaps/\ud800",
    "/api/v1/namespaces/default/configmaps/" + "x" * 100_000,
    "/" + "a/" * 20_000,
    "",
    "?",
    "api/v1",
    "/apis",
    "/apis/",
    "/apis/x",
    "/apis/apps/v1/namespaces/default/deployments/x/status/more",
    "/api/v1/namespaces/default/pods/x/log",
    "/api/v1/namespaces/default/pods/x/exec?command=sh",
    "/api/v1/proxy/nodes/x",
    "/api/v1/watch",
    "/api/v1/watch/namespaces/default",
    "/../../etc/passwd",
    "/api/v1/namespaces/default/configmaps/a/status/",
    "/\x00",
    "/%",
    "/api/v1/%6eamespaces/x/y",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "POST"])
def test_a_path_made_to_break_is_answered(path, method):
    """No way leads out of the paths that are served."""
    server = _server()
    before = server.world
    sent = {} if method == "GET" else {"body": b"{}"}
    _answered(server.request(method, path, **sent))
    assert server.world is before


@pytest.mark.parametrize(
    "method", ["", "BREW", "get it", "\x00", "OPTIONS", "TRACE", "CONNECT", "\ud800"]
)
def test_methods_that_are_none_are_refused(method):
    """A method that nobody knows is refused, on a collection and on an object."""
    assert refused(method, CMS).status == 405
    assert refused(method, f"{CMS}/a").status == 405


WORDS = st.sampled_from(
    (
        "api",
        "apis",
        "v1",
        "apps",
        "namespaces",
        "default",
        "configmaps",
        "a",
        "deployments",
        "status",
        "scale",
        "watch",
        "pods",
        "..",
        "%2e",
        "%00",
        "",
        "openapi",
        "v3",
        "v2",
        "version",
        "healthz",
    )
)
NOISE = st.text(max_size=8)
PARAMETERS = st.sampled_from(
    (
        "labelSelector",
        "fieldSelector",
        "watch",
        "limit",
        "continue",
        "resourceVersion",
        "dryRun",
        "fieldManager",
        "force",
        "fieldValidation",
        "pretty",
        "propagationPolicy",
        "timeoutSeconds",
        "gracePeriodSeconds",
        "allowWatchBookmarks",
        "sendInitialEvents",
        "resourceVersionMatch",
    )
)
BYTES = st.one_of(
    st.binary(max_size=60),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    (
                        "metadata",
                        "name",
                        "labels",
                        "data",
                        "spec",
                        "finalizers",
                        "kind",
                        "op",
                        "path",
                        "value",
                        "$patch",
                        "ownerReferences",
                        "managedFields",
                    )
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    ).map(lambda made: json.dumps(made).encode()),
)
MEDIA = st.sampled_from(
    (
        None,
        "application/json",
        JSON_PATCH,
        MERGE,
        STRATEGIC,
        APPLY,
        "application/yaml",
        "text/plain",
        "application/vnd.kubernetes.protobuf",
        "application/cbor",
        "",
        "x",
    )
)


@settings(max_examples=400)
@given(
    st.sampled_from(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")),
    st.one_of(
        st.sampled_from(
            (CMS, f"{CMS}/a", "/apis/apps/v1/namespaces/default/deployments", "/api/v1/nodes")
        ),
        st.lists(WORDS | NOISE, max_size=8).map(lambda parts: "/" + "/".join(parts)),
        NOISE,
    ),
    st.lists(st.tuples(PARAMETERS, NOISE), max_size=3),
    BYTES,
    MEDIA,
    st.dictionaries(
        st.sampled_from(("Accept", "Content-Type", "User-Agent", "If-None-Match")),
        NOISE,
        max_size=2,
    ),
)
def test_any_request_is_answered(method, path, parameters, body, media, headers):  # noqa: PLR0917
    """Whatever is asked, there is an answer; a refusal leaves the world as it was."""
    server = _server().copy()
    before = server.world
    query = "&".join(f"{name}={value}" for name, value in parameters)
    sent = {} if method in ("GET", "HEAD") else {"body": body}
    answer = server.request(method, f"{path}?{query}", content_type=media, headers=headers, **sent)
    _answered(answer)
    if answer.status >= 400 or method in ("GET", "HEAD"):
        assert server.world is before
