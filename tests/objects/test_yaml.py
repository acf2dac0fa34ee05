"""YAML 1.2, read strictly and written so that every reader understands the same."""

from __future__ import annotations

import builtins
import json
import pickle
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.errors import ObjectError
from reconcile.kinds.core_v1 import ConfigMap
from reconcile.objects.quantity import Quantity
from reconcile.objects.yaml import YamlError, all_from_yaml, all_to_yaml, from_yaml, to_yaml
from reconcile.value.equality import equal

yaml = pytest.importorskip("yaml")
LOADERS = [True, False] if yaml.__with_libyaml__ else [False]


@pytest.fixture(params=LOADERS, ids=lambda compiled: "c" if compiled else "python")
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Read with the parser in C and with the one in Python."""
    monkeypatch.setattr(yaml, "__with_libyaml__", request.param)
    return bool(request.param)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # texts, though YAML 1.1 takes them for something else
        ("y", "y"),
        ("n", "n"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("NO", "NO"),
        ("Norway", "Norway"),
        ("tRUE", "tRUE"),
        ("12:30:45", "12:30:45"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("2001-12-14", "2001-12-14"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("1.2.3", "1.2.3"),
        ("10.0.0.1", "10.0.0.1"),
        ("100m", "100m"),
        ("1Gi", "1Gi"),
        ("0x", "0x"),
        ("0o8", "0o8"),
        ("0xg", "0xg"),
        ("-0x1F", "-0x1F"),
        ("1e", "1e"),
        (".", "."),
        ("\n- a", ["a"]),
        ("=", "="),
        ("nan", "nan"),
        ("~a", "~a"),
        # null
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("", None),
        # truth
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("False", False),
        ("FALSE", False),
        # whole numbers
        ("0", 0),
        ("-19", -19),
        ("+12", 12),
        ("012", 12),
        ("08", 8),
        ("0o14", 12),
        ("0x3A", 58),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        # numbers with a fraction or an exponent
        ("1.10", 1.1),
        ("1.", 1.0),
        ("1.0", 1.0),
        (".5", 0.5),
        ("+12.3", 12.3),
        ("-0.0", -0.0),
        ("1e3", 1000.0),
        ("12e03", 12000.0),
        ("-2E+05", -200000.0),
        # quotes, tags and blocks
        ("'1'", "1"),
        ('"true"', "true"),
        ('"a\\u00e4\\x41\\/"', "aäA/"),
        ("''", ""),
        ("! 1", "1"),
        ("!!str 1", "1"),
        ("!!str", ""),
        ("!!int '7'", 7),
        ("!!float 7", 7.0),
        ("!!float 1e3", 1000.0),
        ("!!bool 'true'", True),
        ("!!null ''", None),
        ("!!map {}", {}),
        ("!!seq []", []),
        ("|\n  a\n   b\n", "a\n b\n"),
        ("|-\n  a\n\n  b\n", "a\n\nb"),
        ("|+\n  a\n\n", "a\n\n"),
        (">\n  a\n  b\n", "a b\n"),
        ("[a, 1, {b: y}]", ["a", 1, {"b": "y"}]),
        ('{"a":"b","c":[true,null]}', {"a": "b", "c": [True, None]}),
    ],
)
def test_scalars_are_what_the_core_schema_says(loader: bool, text: str, value: Any) -> None:
    """Each scalar is of the type that YAML 1.2 gives it, numbers kept apart."""
    read = from_yaml(f"k: {text}")
    assert equal(read, {"k": value})
    assert type(read["k"]) is type(value)


def test_a_document_is_json(loader: bool) -> None:
    """JSON is read as JSON, surrogate pairs included, and as strictly."""
    assert from_yaml('{"a": "\\ud83d\\ude00", "b": 1.0}') == {"a": "😀", "b": 1.0}
    assert equal(from_yaml(b'\xef\xbb\xbf {"a": 1}\n'), {"a": 1})
    with pytest.raises(YamlError, match="line 2, column 2: the key 'a' is there twice"):
        from_yaml('{"a": 1,\n "a": 2}')


def test_many_documents(loader: bool) -> None:
    """Each document is an object; empty ones are left out; anchors end with their document."""
    text = "# first\na: &x 1\n---\n---\nb: 2\n...\n---\n# nothing\n---\n{c: 3}\n"
    assert all_from_yaml(text) == ({"a": 1}, {"b": 2}, {"c": 3})
    assert all_from_yaml("") == ()
    assert all_from_yaml("# only a comment\n") == ()
    assert from_yaml("%YAML 1.2\n---\na: y\n") == {"a": "y"}
    with pytest.raises(YamlError) as caught:
        all_from_yaml("a: &x 1\n---\nb: *x\n")
    assert (caught.value.line, caught.value.document) == (3, 1)


def test_aliases_are_copies(loader: bool) -> None:
    """What an alias stands for may be changed alone; scalars and keys may be aliases too."""
    read = from_yaml("a: &x {b: [1]}\nc: *x\nd: &k text\n*k : *k\n")
    assert read == {"a": {"b": [1]}, "c": {"b": [1]}, "d": "text", "text": "text"}
    assert read["a"] is not read["c"]
    assert read["a"]["b"] is not read["c"]["b"]
    assert from_yaml("a: &x 1\nb: *x\nc: &x 2\nd: *x") == {"a": 1, "b": 1, "c": 2, "d": 2}


@pytest.mark.parametrize(
    ("text", "line", "pointer", "told"),
    [
        ("a: 1\nb: 2\na: 3", 3, "", "the key 'a' is there twice"),
        ("a:\n  b: hidden\n  b: 2", 3, "/a", "twice"),
        ("a: &k x\n*k : 1\nx: 2", 3, "", "twice"),
        ("l:\n- a: 1\n- b: {c: 1,\n   c: hidden}", 4, "/l/1/b", "twice"),
        ("a: {1: hidden}", 1, "/a", "has a whole number as a key"),
        ("true: hidden", 1, "", "has true or false as a key"),
        ("~: hidden", 1, "", "has null as a key"),
        ("1.5: hidden", 1, "", "has a number as a key"),
        ("? [a]\n: hidden", 1, "", "has a list or an object as a key"),
        ("x: &x [a]\n*x : hidden", 2, "", "has a list of 1 item as a key"),
        ("x: &x {a: 1}\nb:\n  <<: *x", 3, "/b", "YAML 1.1; write them out"),
        ("a: .inf", 1, "/a", "no finite number"),
        ("a: -.INF", 1, "/a", "no finite number"),
        ("a: [.nan]", 1, "/a/0", "no finite number"),
        ("a: 1e999", 1, "/a", "too large"),
        ("a: " + "1" * 5000, 1, "/a", "more than 4000 digits"),
        ("a: !!binary aGlkZGVu", 1, "/a", "has a tag"),
        ("a: !hidden {b: 1}", 1, "/a", "has a tag"),
        ("a: !!set {b}", 1, "/a", "has a tag"),
        ("a: !!python/object/apply:os.system ['hidden']", 1, "/a", "has a tag"),
        ("a: !!int hidden", 1, "/a", "is a text of 6 characters, which is not of its tag"),
        ("a: !!bool 1", 1, "/a", "is a whole number, which is not of its tag"),
        ("a: !!timestamp 2001-01-01", 1, "/a", "has a tag"),
        ("%YAML 1.1\n---\na: hidden", 1, "", "YAML 1.1"),
        ("a: *hidden", 1, "/a", "alias of nothing"),
        ("a: &x\n  b: *x", 2, "/a/b", "stands for what it is in"),
        ("a: &x [1, [*x]]", 1, "/a/1/0", "stands for what it is in"),
        ("- hidden", 1, "", "must be an object, is a list of 1 item"),
        ("hidden", 1, "", "must be an object, is a text of 6 characters"),
        ("", 1, "", "no document"),
        ("a: 1\n---\nhidden: 2", 3, "", "more than one document"),
        ("a: b: hidden", 1, "", "not YAML"),
        ("a: 1\n b: hidden", 2, "", "not YAML"),
        ("a: [hidden", 1, "", "not YAML"),
        ("a: 'hidden\n\n", 3, "", "not YAML"),
        ("a: @hidden", 1, "", "not YAML"),
        ("a: %hidden", 1, "", "not YAML"),
        ("\ta: hidden", 1, "", "not YAML"),
        ('a: "hidden\\q"', 1, "", "not YAML"),
        ("a: hidden\nb: \x00", 2, "", "character that YAML does not allow"),
        ("a: hidden\x07", 1, "", "character that YAML does not allow"),
        ("a: hidden\ud800", 1, "", "not UTF-8"),
        (b"a: hidden\xff", 1, "", "not UTF-8"),
        ("a: hidden".encode("utf-16"), 1, "", "not UTF-8"),
    ],
)
def test_what_is_wrong_has_a_line(
    loader: bool, text: str | bytes, line: int, pointer: str, told: str
) -> None:
    """Each fault is an error of ours with line and pointer, and no value in it."""
    with pytest.raises(YamlError) as caught:
        from_yaml(text)
    error = caught.value
    assert told in str(error)
    if told != "not YAML":  # where a parser notices that something is wrong is its own business
        assert error.line == line
    assert error.column > 0
    assert error.faults[0].pointer == pointer
    assert "hidden" not in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def _bomb(levels: int, width: int) -> str:
    lines = ["a0: &a0 [x]"]
    for level in range(1, levels):
        inner = ", ".join([f"*a{level - 1}"] * width)
        lines.append(f"a{level}: &a{level} [{inner}]")
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (_bomb(11, 9), "more than 1000000 keys and values"),
        (_bomb(40, 2), "more than 1000000 keys and values"),
        (f"a: &a [{'1, ' * 20_000}]\nb: [{'*a, ' * 60}]", "more than 1000000 keys and values"),
        (f"a: &a 1\nb: [{'*a, ' * 101}]", "more than 100 aliases"),
        ("a: &a 1\n" + "b: [*a]\n---\na: &a 1\n" * 101, "more than 100 aliases"),
        ("a: " + "[" * 200 + "]" * 200, "nested more than 128 deep"),
        ("a: " + "{a: " * 128, "nested more than 128 deep"),
        ("\n".join(" " * n + "a:" for n in range(130)) + " 1", "nested more than 128 deep"),
        (f"a: &a {'[' * 100}{']' * 100}\nb: {'[' * 40}*a{']' * 40}", "nested more than 128 deep"),
        ("a: " + "[" * 10_000, "line 1"),
        ("a: " + "{a: " * 10_000, "line 1"),
    ],
)
def test_bombs_are_refused(loader: bool, text: str, told: str) -> None:
    """Limits hold for what aliases stand for and for every level."""
    if not loader and len(text) > 50_000:
        pytest.skip("the parser in Python is slow")
    with pytest.raises(YamlError, match=told):
        all_from_yaml(text)


def test_limits_are_reached(loader: bool) -> None:
    """What is just within the limits is read."""
    read = from_yaml(f"a: &a [1, 2]\nb: [{'*a, ' * 100}]")
    assert read["b"] == [[1, 2]] * 100
    deep = from_yaml("a: " + "[" * 127 + "]" * 127)
    assert json.dumps(deep).count("[") == 127
    with pytest.raises(YamlError, match="more than 33554432 bytes"):
        from_yaml("a: " + " " * 32 * 1024 * 1024)


@pytest.mark.slow
def test_a_million_values() -> None:
    """The largest text is read, one value more is not."""
    if not yaml.__with_libyaml__:
        pytest.skip("the parser in Python is slow")
    # The outer mapping, two keys, two lists and what is in them make a million.
    values = (1_000_000 - 5) // 2
    text = f"a: &a [{'1,' * values}]\nb: *a"
    assert len(from_yaml(text)["b"]) == values
    with pytest.raises(YamlError, match="keys and values"):
        from_yaml(f"a: &a [{'1,' * (values + 1)}]\nb: *a")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.text(
    st.sampled_from(list("ab01 \t\n\r:-#.,'\"\\|>&*!%@`?{}[]~=<ey_xo+\x85\u2028\ufeffä\x7f\x00")),
    max_size=12,
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
DOCUMENTS = st.dictionaries(
    TEXTS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
        max_leaves=20,
    ),
    max_size=5,
)


@pytest.mark.slow
@settings(max_examples=200)
@given(DOCUMENTS)
def test_what_is_written_is_read_again(document: dict[str, Any]) -> None:
    """Every document comes back byte for byte, by both parsers, and in YAML 1.1 as well."""
    text = to_yaml(document)
    wanted = json.dumps(document)
    compiled = yaml.__with_libyaml__
    try:
        for each in LOADERS:
            yaml.__with_libyaml__ = each
            assert json.dumps(from_yaml(text)) == wanted
    finally:
        yaml.__with_libyaml__ = compiled
    assert json.dumps(yaml.load(text, yaml.SafeLoader)) == wanted
    assert to_yaml(from_yaml(text)) == text


@pytest.mark.parametrize(
    "text",
    ["y", "No", "on", "true", "null", "~", "", "1", "012", "0o14", "0x1F", "0b1", "1_000", "1e3",
     "1.10", ".5", "1.", "+1", "-1", "12:30:45", "190:20:30", "2026-01-02", "2026-01-02T03:04:05Z",
     ".inf", "-.Inf", ".NaN", "=", "<<", "- a", "-", "--", "---", "...", "? a", "a: b", "a #b", "a:",
     " a", "a ", "#a", "&a", "*a", "!a", "%a", "@a", "`a", "'a'", '"a"', "[a]", "{a}", "|", ">",
     "a\tb", "\ta", "\n", "a\r\nb", "\u2028", "\x85", "\ufeff", "a\x7f", "\x00"],
)  # fmt: skip
def test_texts_like_other_things_are_quoted(text: str) -> None:
    """A text that a reader could take for anything else stands in double quotes."""
    written = to_yaml({"k": text})
    assert written.startswith('k: "')
    assert from_yaml(written) == {"k": text}
    assert yaml.safe_load(written) == {"k": text}


@pytest.mark.parametrize(
    "text",
    ["a", "nginx:1.25", "100m", "1Gi", "0.5Gi", "v1", "apps/v1", "10.0.0.0/8", "http://a.b/c?d=e",
     "--flag=x", "-c", "a b", "kubernetes.io/tls", "$(A)", "/bin/sh", "a,b", "yes-no", "nope"],
)  # fmt: skip
def test_usual_texts_are_not_quoted(text: str) -> None:
    """What is a text to everybody stands as it is, as key and as value."""
    assert to_yaml({text: text}) == f"{text}: {text}\n"
    assert yaml.safe_load(to_yaml({text: [text]})) == {text: [text]}


def test_how_an_object_looks() -> None:
    """Block style, lists below their key, literal blocks for texts of several lines."""
    config = ConfigMap(
        "a",
        labels={"on": "yes", "x": "1"},
        data={
            "run.sh": "#!/bin/sh\n\necho  hi \n",
            "kept": "a\n\n",
            "cut": "a\nb",
            "odd": " a\nb",
            "empty": "",
        },
    )
    config.raw["more"] = [[1, [2.5, 1e22]], {"a": [{"b": None}, {}], "c": []}, "x\ny", True]
    assert to_yaml(config) == (
        "apiVersion: v1\n"
        "kind: ConfigMap\n"
        "metadata:\n"
        "  name: a\n"
        "  labels:\n"
        '    "on": "yes"\n'
        '    x: "1"\n'
        "data:\n"
        "  run.sh: |\n"
        "    #!/bin/sh\n"
        "\n"
        "    echo  hi \n"
        "  kept: |+\n"
        "    a\n"
        "\n"
        "  cut: |-\n"
        "    a\n"
        "    b\n"
        '  odd: " a\\nb"\n'
        '  empty: ""\n'
        "more:\n"
        "- - 1\n"
        "  - - 2.5\n"
        "    - 1.0e+22\n"
        "- a:\n"
        "  - b: null\n"
        "  - {}\n"
        "  c: []\n"
        "- |-\n"
        "  x\n"
        "  y\n"
        "- true\n"
    )


@pytest.mark.parametrize("value", [1, "x", "a\nb\n", {"a": 1}, {}, [1, [2]], []])
def test_long_keys_have_a_mark(loader: bool, value: Any) -> None:
    """Keys longer than YAML allows on a line are written with a mark of their own."""
    for document in ({"k" * 2000: value, "b": 1}, {"a": [{"ä" * 2000: value}]}):
        assert from_yaml(to_yaml(document)) == document


def test_many_objects_are_written_and_read() -> None:
    """Objects of every sort are one text with marks between them."""
    things = [ConfigMap("a", data={"k": "v\n\n"}), {"size": Quantity("1Gi")}, {}]
    text = all_to_yaml(things)
    assert text.count("---\n") == 2
    read = all_from_yaml(text)
    assert ConfigMap.of(read[0]) == things[0]
    assert read[1:] == ({"size": "1Gi"}, {})
    assert all_to_yaml([]) == ""


def test_numbers_keep_their_type() -> None:
    """1.0 is written and read as 1.0, and 1 as 1."""
    text = to_yaml({"a": 1.0, "b": 1})
    assert text == "a: 1.0\nb: 1\n"
    assert equal(from_yaml(text), {"a": 1.0, "b": 1})


@pytest.mark.parametrize(
    ("thing", "pointer"),
    [({"a": float("nan")}, "/a"), ({"a": 2**63}, "/a"), ({"a": [b"x"]}, "/a/0"), ({1: 2}, "")],
)
def test_what_json_cannot_say_is_not_written(thing: Any, pointer: str) -> None:
    """A value without a JSON form is refused with its place."""
    with pytest.raises(ObjectError) as caught:
        to_yaml(thing)
    assert caught.value.faults[0].pointer == pointer
    deep: Any = 1
    for _ in range(200):
        deep = {"a": deep}
    with pytest.raises(ObjectError, match="nested"):
        to_yaml(deep)


def test_writing_needs_no_library_and_reading_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyYAML objects are written, and JSON is read; YAML asks for the extra."""
    real = builtins.__import__

    def missing(name: str, *arguments: Any, **words: Any) -> Any:
        if name == "yaml":
            raise ImportError(name)
        return real(name, *arguments, **words)

    monkeypatch.setattr(builtins, "__import__", missing)
    assert to_yaml({"a": 1}) == "a: 1\n"
    assert from_yaml('{"a": 1}') == {"a": 1}
    with pytest.raises(ImportError, match=r"kube-reconcile\[yaml\]"):
        from_yaml("a: 1")


def test_importing_does_not_import_pyyaml() -> None:
    """PyYAML is imported when the first text is read."""
    code = "import sys, reconcile.objects.yaml; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
