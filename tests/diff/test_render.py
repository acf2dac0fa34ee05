"""A change as text for people."""

from __future__ import annotations

import json

import pytest

from reconcile.diff import apply, diff, render

BEFORE = {
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {
        "replicas": 1,
        "template": {
            "spec": {
                "containers": [
                    {"name": "log", "image": "log:1"},
                    {"name": "app", "image": "app:1", "args": ["a", "b"]},
                ]
            }
        },
    },
}
AFTER = json.loads(json.dumps(BEFORE))
AFTER["spec"]["template"]["spec"]["containers"][1]["image"] = "app:2"
AFTER["spec"]["template"]["spec"]["containers"].append({"name": "new", "image": "new"})
AFTER["spec"]["replicas"] = 3


def secret(**data: str) -> dict:
    """Return a Secret."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": data}


def test_unified() -> None:
    """Changed lines stand among those around them, and a hunk names its place."""
    assert render(BEFORE, AFTER, context=2) == (
        "--- before Deployment shop/web\n"
        "+++ after Deployment shop/web\n"
        "@@ -4,5 +4,5 @@ spec\n"
        "   namespace: shop\n"
        " spec:\n"
        "-  replicas: 1\n"
        "+  replicas: 3\n"
        "   template:\n"
        "     spec:\n"
        "@@ -11,6 +11,8 @@ spec.template.spec.containers[name=app]\n"
        "         image: log:1\n"
        "       - name: app\n"
        "-        image: app:1\n"
        "+        image: app:2\n"
        "         args:\n"
        "         - a\n"
        "         - b\n"
        "+      - name: new\n"
        "+        image: new\n"
    )


def test_tree() -> None:
    """Each change is one line under its place."""
    assert render(BEFORE, AFTER, style="tree") == (
        "Deployment shop/web\n"
        "  spec\n"
        "  ~ replicas: 1 -> 3\n"
        "    template.spec.containers\n"
        "    ~ [name=app].image: app:1 -> app:2\n"
        '    + [name=new]: {"name": "new", "image": "new"}\n'
    )


def test_json() -> None:
    """Operations stand one a line, and say the same as the patch."""
    patch = diff(BEFORE, AFTER)
    lines = render(BEFORE, AFTER, style="json").splitlines()
    assert [json.loads(line) for line in lines] == patch.to_json()


@pytest.mark.parametrize("style", ["unified", "tree", "json"])
def test_nothing_changed(style: str) -> None:
    """Equal documents have nothing to show."""
    assert render(BEFORE, BEFORE, style=style) == ""


@pytest.mark.parametrize("style", ["unified", "tree", "json"])
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"items": [x]}, lambda x: [[x]]])
def test_no_secret_is_shown(style: str, wrap) -> None:
    """No value of a Secret is shown, wherever it stands, but that it changed is."""
    before = wrap(secret(p="canary-one", q="canary-same"))
    after = wrap(secret(p="canary-two", r="canary-new"))
    for x, y in ((before, after), (before, {}), ({}, before), ([before], [before, after])):
        text = render(x, y, style=style)
        assert text
        assert "canary" not in text


@pytest.mark.parametrize("style", ["unified", "tree", "json"])
def test_a_whole_object_in_an_annotation_is_not_shown(style: str) -> None:
    """Annotations of what was last applied are masked."""
    name = "metacontroller.k8s.io/last-applied-configuration"
    before = {"metadata": {"annotations": {name: "canary"}}}
    after = {"metadata": {"annotations": {name: "canary2"}}}
    text = render(before, after, style=style)
    assert text
    assert "canary" not in text


@pytest.mark.parametrize("style", ["unified", "tree", "json"])
@pytest.mark.parametrize("text", ["\x1b[31m", "a\u202eb", "\x07", "a\nb\x1b[2J\nc", "\x9b1m", "\r"])
def test_no_text_acts_on_a_terminal(style: str, text: str) -> None:
    """What cannot be printed is escaped, in values, keys and names."""
    before = {"kind": text, "metadata": {"name": text}, text: 1, "l": [{"name": text, "v": 1}]}
    after = {"kind": text, "metadata": {"name": text}, text: 2, "l": [{"name": text, "v": text}]}
    for line in render(before, after, style=style).split("\n"):
        assert line.isprintable()


def test_texts_of_several_lines() -> None:
    """A changed line of a text is a changed line."""
    text = render({"t": "a\nb\nc\n"}, {"t": "a\nx\nc\n"})
    assert text.splitlines()[3:] == [" t: |", "   a", "-  b", "+  x", "   c"]


def test_an_item_whose_first_member_changes() -> None:
    """An item begins with its dash on both sides."""
    text = render([{"v": 1, "w": 2}], [{"v": 3, "w": 2}])
    assert text.splitlines()[3:] == ["-- v: 1", "+- v: 3", "   w: 2"]


def test_moved_items() -> None:
    """An item that moves leaves its place and appears in another."""
    before = [{"name": "a"}, {"name": "b"}, {"name": "c"}]
    after = [{"name": "c"}, {"name": "a"}, {"name": "b"}]
    lines = render(before, after).splitlines()[3:]
    assert lines == ["+- name: c", " - name: a", " - name: b", "-- name: c"]


def test_a_patch_is_rendered() -> None:
    """A patch shows what it changes in a document, however it was made."""
    patch = diff(BEFORE, AFTER)
    assert patch.render(BEFORE) == render(BEFORE, AFTER)
    assert type(patch).from_json(patch.to_json()).render(BEFORE, style="tree") == render(
        BEFORE, apply(BEFORE, patch), style="tree"
    )


def test_colours() -> None:
    """Colours change nothing but colours."""
    pytest.importorskip("rich")
    coloured = render(BEFORE, AFTER, colour=True)
    assert "\x1b[32m+  replicas: 3" in coloured
    assert "\x1b[31m-  replicas: 1" in coloured


def test_a_style_that_is_none() -> None:
    """A mistyped style is refused."""
    with pytest.raises(TypeError, match="style"):
        render(1, 2, style="tre")  # type: ignore[arg-type]
