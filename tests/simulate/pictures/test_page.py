"""Facts about the page of a run."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from reconcile.simulate import Cluster, Hooked, NotSettledError, functions
from reconcile.simulate.pictures.page import counts, page, shown
from tests.simulate.things import DEFINITION, THING, controller, hooked, sync, thing

_VOID = {"meta", "br", "wbr"}


class Reader(HTMLParser):
    """What a page holds: elements, texts, ids, links; fails where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element."""
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Remember a text."""
        self.texts.append(data)

    def values(self, name: str) -> list[str]:
        """The values of an attribute."""
        return [str(found[name]) for _, found in self.tags if found.get(name) is not None]


def ran(**spec: Any) -> Cluster:
    """A cluster in which a Thing has settled."""
    cluster = Cluster(hooked())
    cluster.create(thing(**spec))
    cluster.settle()
    return cluster


def test_page() -> None:
    """The page is well formed, and all its links and labels lead somewhere in it."""
    found = Reader(page(ran(count=2), title="things"))
    ids = found.values("id")
    assert len(set(ids)) == len(ids)
    links = found.values("href")
    assert len(links) == 4
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert set(found.values("aria-labelledby")) <= set(ids)
    assert {"header", "main", "h1", "h2"} <= {tag for tag, _ in found.tags}
    assert "Settled" in found.texts


def test_nothing_from_elsewhere() -> None:
    """There are no scripts, and nothing is fetched."""
    text = page(ran(), title="things")
    found = Reader(text)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in found.tags}
    assert "src" not in {name for _, attrs in found.tags for name in attrs}
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in found.values("content")[0]


def test_light_and_dark() -> None:
    """All colours are there twice, so the page is light or dark as the system is."""
    text = page(ran(), title="things")
    light, dark = re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    names = [re.findall(r"--[a-z-]+(?=:)", each) for each in (light, dark)]
    assert names[0] == names[1]
    used = set(re.findall(r"var\((--[a-z-]+)\)", text))
    assert used <= set(names[0])


def test_contrast() -> None:
    """Texts can be read on their grounds: 4.5 to 1 at least (WCAG 2.2, 1.4.3)."""
    for root in re.findall(r":root \{(.*?)\}", page(ran(), title="things"), re.DOTALL):
        colours = dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{6})", root))
        pairs = [
            *((name, "--paper") for name in ("--ink", "--soft", "--accent", "--user", "--actor",
                                             "--bad")),
            *((name, "--code") for name in ("--ink", "--soft", "--accent")),
            *((f"--{mood}", f"--{mood}-soft") for mood in ("good", "bad", "going")),
            ("--soft", "--plain-soft"), ("--soft", "--ground"), ("--ink", "--ground"),
        ]  # fmt: skip
        for ink, ground in pairs:
            light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])))[::-1]
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    return sum(share * each for share, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_escaped() -> None:
    """What objects, hooks and titles say is text, never HTML."""
    evil = "<script>alert(1)</script>"
    cluster = Cluster(hooked(lambda _: (500, {}, evil)))
    cluster.create(thing(text=evil))
    cluster.settle(failures=True, patience=0)
    text = page(cluster, title=evil, error=evil)
    assert "<script" not in text
    assert sum(evil in each for each in Reader(text).texts) == 3


def test_not_settled() -> None:
    """Why a cluster did not settle is said first."""
    found = Reader(page(ran(), title="things", error="it turns\n  in circles"))
    assert "Not settled" in found.texts
    assert "it turns\n  in circles" in found.texts
    assert found.texts.index("it turns\n  in circles") < found.texts.index("What happened")


def test_findings() -> None:
    """Defects of Metacontroller that showed are listed."""
    cluster = Cluster(hooked(lambda _: {"children": [None]}))
    cluster.create(thing())
    with pytest.raises(NotSettledError):
        cluster.settle()
    texts = Reader(page(cluster, title="t")).texts
    assert "Defects of Metacontroller that showed" in texts
    assert "1.23: an element of children is null, which ends the process" in texts


def test_empty() -> None:
    """A cluster without objects has a page, too."""
    assert "There is no object." in Reader(page(Cluster(), title="nothing")).texts


def test_secrets_are_masked() -> None:
    """No value of a Secret is in the page."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
              "data": {"key": "aHVzaA=="}}  # fmt: skip
    document = controller()
    document["spec"]["childResources"][0]["resource"] = "secrets"
    cluster = Cluster(hooked(lambda _: {"children": [secret]}, document))
    cluster.create(thing())
    cluster.settle()
    text = page(cluster, title="t")
    assert "aHVz" not in text
    assert "&lt;a text of 8 characters&gt;" in text


def test_folds() -> None:
    """What repeats is told once; many entries of one act are folded away."""
    cluster = Cluster(hooked(lambda _: (500, {}, "")))
    for number in range(9):
        cluster.create(thing(f"t{number}"))
    assert "and 5 more" in Reader(page(cluster, title="t")).texts
    cluster = Cluster(hooked(lambda _: (500, {}, "")))
    cluster.create(thing())
    cluster.settle(failures=True)
    found = Reader(page(cluster, title="t"))
    assert any(each.startswith("… and ") and " more like this" in each for each in found.texts)


def test_counts() -> None:
    """The numbers are those of the run."""
    cluster = ran(count=2)
    cluster.advance(10)
    assert counts(cluster) == (
        ("10s", "virtual time"),
        ("2", "syncs"),
        ("2", "hook calls"),
        ("3", "writes by Metacontroller"),
        ("3", "objects"),
    )
    broken = Cluster(Hooked(controller(), functions(sync=sync), (DEFINITION,)))
    assert counts(broken)[1] == ("0", "syncs")


def test_shown() -> None:
    """An object is shown without managedFields and what was applied, and is not changed."""
    cluster = ran()
    document: Any = cluster.get(THING, "t")
    assert "managedFields" in document["metadata"]
    made: Any = shown(document)
    assert "managedFields" not in made["metadata"]
    assert "managedFields" in document["metadata"]
    annotated = {**document, "metadata": {"name": "n", "annotations": {"a": "b"}}}
    assert shown(annotated)["metadata"] == {"name": "n", "annotations": {"a": "b"}}
