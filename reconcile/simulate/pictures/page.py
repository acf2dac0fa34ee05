"""A run of a cluster as one HTML page: how it ended, who belongs to whom, what happened, objects.

1. One file: no scripts, nothing from the network, and a policy in the page that says so. What is
   long is folded by `<details>`.
2. All that comes from objects, hooks and the server is escaped; Secrets are masked.
3. Headings, lists and landmarks say what colours and lines show, so that the page can be heard. It
   is light or dark as the reader's system is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.objects.names import LAST_APPLIED
from reconcile.objects.ref import Ref
from reconcile.objects.yaml import to_yaml
from reconcile.simulate.metacontroller.client import Write
from reconcile.simulate.pictures.scenery import objects
from reconcile.simulate.pictures.style import STYLE
from reconcile.simulate.pictures.timeline import Entry, Fold, Group, Mark, folded, groups, seconds
from reconcile.simulate.pictures.tree import Node, named, roots
from reconcile.value.frozen import thaw
from reconcile.value.redact import mask

if TYPE_CHECKING:
    from reconcile.simulate.cluster import Cluster
    from reconcile.value.types import JsonObject

__all__ = ["counts", "page", "shown"]

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)
_SIGNS: Final[dict[Mark, tuple[str, str]]] = {
    "create": ("+", "created"),
    "update": ("~", "updated"),
    "delete": ("−", "deleted"),  # noqa: RUF001  # the sign as it is printed
    "none": ("·", "nothing changed"),
    "call": ("→", "called"),
    "warning": ("!", "went wrong"),
}
_FEW: Final = 4
"""Entries of a group that are not folded away, with its places."""
_KEY: Final = re.compile(r"^(\s*(?:- )*)([^\s:'\"#-][^:]*|&quot;[^:]*&quot;)(:)(?=\s|$)")


class _Count(NamedTuple):
    number: str
    what: str


def counts(cluster: Cluster) -> tuple[tuple[str, str], ...]:
    """Return how much happened: numbers, and what they are."""
    told = cluster.told
    acts = cluster.acts
    start = acts[0].when if acts else cluster.now
    syncs = {moment.step for moment, _ in told if moment.synced}
    writes = sum(1 for _, row in told if isinstance(row, Write) and row.code < 300)
    refused = sum(1 for _, row in told if isinstance(row, Write) and row.code >= 300)
    made = [
        _Count(seconds((cluster.now - start).total_seconds()), "virtual time"),
        _many(len(syncs), "sync", "syncs"),
        _many(len(cluster.calls), "hook call", "hook calls"),
        _many(writes, "write by Metacontroller", "writes by Metacontroller"),
    ]
    if refused:
        made.append(_many(refused, "write refused", "writes refused"))
    made.append(_many(sum(1 for _ in objects(cluster)), "object", "objects"))
    return tuple(made)


def _many(count: int, one: str, many: str) -> _Count:
    return _Count(str(count), one if count == 1 else many)


def shown(document: JsonObject) -> JsonObject:
    """Return an object as a person reads it: masked, without who wrote which field."""
    made = cast("dict[str, Any]", mask(cast("JsonObject", thaw(document))))
    metadata = cast("dict[str, Any]", made["metadata"])
    metadata.pop("managedFields", None)
    annotations = cast("dict[str, Any]", metadata.get("annotations") or {})
    if annotations.pop(LAST_APPLIED, None) is not None and not annotations:
        del metadata["annotations"]
    return made


def page(cluster: Cluster, *, title: str, error: str = "") -> str:
    """Return a page of what happened in a cluster and how it is now.

    Shape: `error` is why it did not settle; empty if it did.
    Guarantees: the same for equal clusters; no values of Secrets.
    """
    anchors = {ref: f"object-{number}" for number, (ref, _) in enumerate(objects(cluster), 1)}
    parts = [
        *_head(title),
        *_top(cluster, title, error),
        '<div class="columns">',
        *_trees(roots(cluster), anchors),
        *_timeline(folded(groups(cluster))),
        "</div>",
        *_objects(cluster, anchors),
        "</main>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _head(title: str) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{escape(title)}: a simulated run</title>"
    yield f"<style>\n{STYLE}</style>"
    yield "</head>"


def _top(cluster: Cluster, title: str, error: str) -> Iterator[str]:
    yield "<body>"
    yield '<a class="skip" href="#timeline">Skip to the timeline</a>'
    yield "<header>"
    yield '<p class="over">A simulated run</p>'
    mood, state = ("bad", "Not settled") if error else ("good", "Settled")
    badge = f'<span class="state {mood}">{state}</span>'
    yield f"<h1><span>{_breakable(title)}</span> {badge}</h1>"
    yield '<dl class="counts">'
    for number, what in counts(cluster):
        yield f"<div><dt>{escape(what)}</dt><dd>{escape(number)}</dd></div>"
    yield "</dl>"
    yield "</header>"
    yield "<main>"
    if error:
        yield '<section class="error" aria-labelledby="why">'
        yield '<h2 id="why">Why it did not settle</h2>'
        yield f"<pre>{escape(error)}</pre>"
        yield "</section>"
    if cluster.findings:
        yield '<section class="error" aria-labelledby="findings">'
        yield '<h2 id="findings">Defects of Metacontroller that showed</h2>'
        yield "<ul>"
        for each in cluster.findings:
            yield f"<li>{escape(each)}</li>"
        yield "</ul></section>"


# -- the tree --------------------------------------------------------------------------------------


def _trees(nodes: Sequence[Node], anchors: dict[Ref, str]) -> Iterator[str]:
    yield '<section class="tree" aria-labelledby="tree">'
    yield '<h2 id="tree">Who belongs to whom</h2>'
    if nodes:
        yield '<ul class="roots">'
        for node in nodes:
            yield from _node(node, None, anchors)
        yield "</ul>"
    else:
        yield '<p class="empty">There is no object.</p>'
    yield "</section>"


def _node(node: Node, above: Ref | None, anchors: dict[Ref, str]) -> Iterator[str]:
    kind, _, name = named(node.ref, above).partition(" ")
    states = "".join(
        f' <span class="state {each.mood}">{escape(each.text)}</span>' for each in node.states
    )
    related = ' <span class="state plain">related</span>' if node.link == "related" else ""
    yield (
        f'<li class="{node.link or "root"}"><div class="node">'
        f'<span class="kind">{escape(kind)}</span> '
        f'<a href="#{anchors[node.ref]}">{_breakable(name)}</a>{related}{states}</div>'
    )
    if node.below:
        yield "<ul>"
        for each in node.below:
            yield from _node(each, node.ref, anchors)
        yield "</ul>"
    yield "</li>"


def _breakable(text: str) -> str:
    """Return a text that may be broken behind its slashes and dashes."""
    return re.sub(r"([/-])", r"\1<wbr>", escape(text))


# -- the timeline ----------------------------------------------------------------------------------


def _timeline(folds: Sequence[Fold]) -> Iterator[str]:
    yield '<section class="timeline" aria-labelledby="timeline">'
    yield '<h2 id="timeline">What happened</h2>'
    yield "<ol>"
    before = ""
    for fold in folds:
        for group in fold.groups:
            when = seconds(group.when)
            yield from _group(group, when, again=when == before)
            before = when
        if fold.more:
            yield f'<li class="more"><span class="time"></span><p>… {escape(fold.said)}</p></li>'
    yield "</ol>"
    yield "</section>"


def _group(group: Group, when: str, *, again: bool) -> Iterator[str]:
    who = group.who
    kind = {"metacontroller": "sync", "user": "user", "admin": "user"}.get(who, "actor")
    wrong = " wrong" if group.wrong else ""
    still = " still" if group.number and group.summary.endswith("nothing written") else ""
    time = f'<time class="time{" again" if again else ""}">{when}</time>'
    yield f'<li class="{kind}{wrong}{still}">{time}<div class="event">'
    if group.number:
        yield (
            f'<h3><span class="who">{escape(who)}</span> {escape(group.title)}</h3>'
            f'<p class="summary">{escape(group.summary)}</p>'
        )
    else:
        yield f'<h3><span class="who">{escape(who)}</span></h3>'
    entries = [each for each in group.entries if not (group.number and each.mark == "call")]
    if len(entries) > _FEW and group.number == 0:
        yield "<ul>"
        yield from _entries(entries[:_FEW])
        yield f"</ul><details><summary>and {len(entries) - _FEW} more</summary><ul>"
        yield from _entries(entries[_FEW:])
        yield "</ul></details>"
    elif entries:
        yield "<ul>"
        yield from _entries(entries)
        yield "</ul>"
    yield "</div></li>"


def _entries(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        sign, said = _SIGNS[entry.mark]
        places = " ".join(f"<code>{_breakable(place)}</code>" for place in entry.places)
        told = f' <span class="places">{places}</span>' if places else ""
        yield (
            f'<li class="{entry.mark}"><span class="sign" title="{said}" aria-hidden="true">'
            f"{sign}</span><span>{_breakable(entry.text)}{told}</span></li>"
        )


# -- objects ---------------------------------------------------------------------------------------


def _objects(cluster: Cluster, anchors: dict[Ref, str]) -> Iterator[str]:
    yield '<section class="objects" aria-labelledby="objects">'
    yield '<h2 id="objects">How the objects are now</h2>'
    yield '<p class="note">Values of Secrets are masked; managedFields are left out.</p>'
    for ref, document in objects(cluster):
        place = str(ref).partition(" ")[2]
        yield (
            f'<details><summary><span class="kind">{escape(ref.gvk.kind)}'
            f'</span> {_breakable(place)} <span class="version">{escape(ref.gvk.api_version)}'
            f'</span></summary><pre id="{anchors[ref]}" tabindex="0">'
            f"{_coloured(to_yaml(shown(document)))}</pre></details>"
        )
    yield "</section>"


def _coloured(text: str) -> str:
    """Return YAML with its keys marked."""
    lines = (
        _KEY.sub(r'\1<span class="key">\2</span>\3', escape(line)) for line in text.splitlines()
    )
    return "\n".join(lines)
