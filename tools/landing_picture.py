"""Draw the moving picture of the landing page from a real run of the objectstore.

    python tools/landing_picture.py [--check]

1. Everything in the picture happened: a simulated cluster runs the example, a user makes a store
   and later deletes its Deployment. Who did what comes from the history, how an object is from the
   tree. Only the pace is ours.
2. CSS moves it, no script. It plays three times and then rests on its last frame; a reader who
   wants no motion, or whose viewer has none, sees that frame at once. It is light or dark as the
   reader's system is.
3. Same run, same bytes; `--check` writes nothing and fails where the picture is out of date.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from reconcile.kinds.apps_v1 import Deployment
from reconcile.objects.ref import Ref
from reconcile.simulate import Cluster
from reconcile.simulate.metacontroller.process import HookCalled
from reconcile.simulate.pictures.scenery import scenery
from reconcile.simulate.pictures.style import STYLE
from reconcile.simulate.pictures.telling import answered
from reconcile.simulate.pictures.tree import Node, State, roots
from reconcile.verify import assert_no_writes

__all__ = ["Frame", "Row", "frames", "main", "picture", "run"]

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "run.svg"
CONTROLLER = ROOT / "examples" / "objectstore" / "controller.py"

WIDTH, ROW, TOP, LEFT, INDENT = 600, 33, 104, 34, 30
SHORT = 24
"""Characters of a name that are shown."""
QUICK, SLOW, REST = 0.55, 1.9, 5.5
"""Seconds of a frame: of a common one, of one to be read, of the last."""
FADE = 0.22
"""Seconds in which something comes or goes."""
TIMES = 3
VERBS = {"create": "creates", "update": "updates", "delete": "deletes"}
AROUND = ("Node", "StorageClass")
"""What the cluster has for its workloads, and nobody in the picture made."""


class Row(NamedTuple):
    """An object as one frame shows it."""

    place: int
    """Rows from the top."""
    above: int
    """The row of what it belongs to; -1 for none."""
    depth: int
    kind: str
    name: str
    states: tuple[State, ...]


class Frame(NamedTuple):
    """One moment: who did what, and what there is then."""

    who: str
    what: str
    rows: tuple[Row, ...]
    seconds: float


class Beat(NamedTuple):
    """Something that happened, with the version of the world that it made."""

    version: int
    who: str
    what: str
    seconds: float


# -- the run ---------------------------------------------------------------------------------------


class Run(NamedTuple):
    """What was seen: the cluster at its end, and its tree whenever something had changed."""

    cluster: Cluster
    since: int
    """The version at which the picture begins."""
    trees: Sequence[tuple[int, tuple[Node, ...]]]
    """Versions of the world, rising, with what there was then."""


def run() -> Run:
    """Run the objectstore: a store is made, its Deployment is deleted, all comes to rest."""
    spec = importlib.util.spec_from_file_location("objectstore_of_picture", CONTROLLER)
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = example
    spec.loader.exec_module(example)
    cluster = Cluster(example.controller)
    cluster.run_workloads()
    since = cluster.history[-1].version
    seen: list[tuple[int, tuple[Node, ...]]] = []

    def watch(steps: Any) -> Any:
        version = cluster.history[-1].version
        if not seen or seen[-1][0] != version:
            seen.append((version, roots(cluster)))
        return steps[0]

    selector = {"matchLabels": {"app": "store"}}
    cluster.create(example.Objectstore.of("store", spec={"selector": selector}))
    cluster.settle(scheduler=watch)
    cluster.delete(Deployment, "store")
    cluster.settle(scheduler=watch)
    assert_no_writes(cluster, after="resync")
    seen.append((cluster.history[-1].version, roots(cluster)))
    return Run(cluster, since, seen)


def beats(done: Run) -> Iterator[Beat]:
    """Yield what happened, in order, but for what has no place in the picture."""
    calls = [
        (moment.version, answered(row))
        for moment, row in done.cluster.told
        if isinstance(row, HookCalled) and moment.version > done.since
    ]
    for change in done.cluster.history:
        if change.version <= done.since or scenery(change.ref):
            continue
        asked = [text for version, text in calls if version == change.version - 1]
        if change.who == "metacontroller" and asked:
            # The last answer before a write is what the write follows from.
            yield Beat(change.version - 1, change.who, asked[-1], SLOW)
        shown = {node.ref for node, _, _ in _walk(_tree_at(done, change.version))}
        if change.verb == "update" and change.ref not in shown:
            # It was deleted in the same step, which is told next.
            continue
        what = f"{VERBS[change.verb]} {change.ref.gvk.kind} {_short(change.ref.name)}"
        yield Beat(change.version, change.who, what, SLOW if change.who == "user" else QUICK)


def frames(done: Run) -> list[Frame]:
    """Return the moments of a run at which something can be seen to change."""
    slots = _slots(done)
    created: dict[Ref, int] = {}
    for change in done.cluster.history:
        if change.verb == "create":
            created.setdefault(change.ref, change.version)
    made: list[Frame] = []
    for beat in beats(done):
        tree = _tree_at(done, beat.version)
        rows = tuple(_rows(tree, slots, created, beat.version))
        if made and rows == made[-1].rows and beat.seconds == QUICK:
            continue
        made.append(Frame(beat.who, beat.what, rows, beat.seconds))
    last = made[-1].rows
    return [*made, Frame("at rest", "one more sync writes nothing", last, REST)]


def _tree_at(done: Run, version: int) -> tuple[Node, ...]:
    return next(nodes for seen, nodes in done.trees if seen >= version)


def _slots(done: Run) -> dict[str, int]:
    """Return the row of each kind: where it is at the end."""
    found: dict[str, int] = {}
    for node, _, _ in _walk(done.trees[-1][1]):
        found.setdefault(node.ref.gvk.kind, len(found))
    return found


def _walk(
    nodes: Sequence[Node], above: Node | None = None, depth: int = 0
) -> Iterator[tuple[Node, Node | None, int]]:
    for node in nodes:
        if node.ref.gvk.kind not in AROUND:
            yield node, above, depth
            yield from _walk(node.below, node, depth + 1)


def _rows(
    tree: Sequence[Node], slots: dict[str, int], created: dict[Ref, int], version: int
) -> Iterator[Row]:
    """Yield what there is at a version; a second object of a kind stands below the first."""
    taken: dict[str, int] = {}
    known = [each for each in _walk(tree) if created[each[0].ref] <= version]
    # What lost its owner gives way to what has one.
    for node, above, depth in sorted(known, key=lambda each: -each[2]):
        kind = node.ref.gvk.kind
        place = slots[kind] + taken.setdefault(kind, 0)
        taken[kind] += 1
        over = -1 if above is None else slots[above.ref.gvk.kind]
        yield Row(place, over, depth, kind, _short(node.ref.name), node.states)


def _short(name: str) -> str:
    return name if len(name) <= SHORT else f"{name[:SHORT]}…"


# -- drawing ---------------------------------------------------------------------------------------


class Drawing:
    """Elements with the frames in which each is seen."""

    def __init__(self, story: Sequence[Frame]) -> None:
        self.story = story
        self.begins = [sum(each.seconds for each in story[:at]) for at in range(len(story))]
        self.total = sum(each.seconds for each in story)
        self.styles: dict[tuple[bool, ...], str] = {}
        self.parts: list[str] = []

    def add(self, element: str, seen: Sequence[bool]) -> None:
        """Add an element that is seen in some of the frames."""
        key = tuple(seen)
        name = self.styles.setdefault(key, f"k{len(self.styles)}")
        # Where nothing moves, it is as in the last frame.
        hidden = "" if key[-1] else " gone"
        self.parts.append(f'<g class="{name}{hidden}">{element}</g>')

    def css(self) -> Iterator[str]:
        for seen, name in self.styles.items():
            if all(seen):
                continue
            stops = "".join(self._stops(seen))
            yield f"@keyframes {name} {{ {stops}}}"
            yield f".{name} {{ animation: {name} {self.total:.2f}s linear {TIMES} both; }}"

    def _stops(self, seen: Sequence[bool]) -> Iterator[str]:
        yield f"0% {{ opacity: {int(seen[0])} }} "
        for at in range(1, len(seen)):
            if seen[at] != seen[at - 1]:
                begin = self.begins[at]
                yield f"{begin / self.total:.3%} {{ opacity: {int(seen[at - 1])} }} "
                yield f"{(begin + FADE) / self.total:.3%} {{ opacity: {int(seen[at])} }} "
        yield f"100% {{ opacity: {int(seen[-1])} }} "


LOOK = """\
text { font: 15px system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
  fill: var(--ink); }
.paper { fill: var(--paper); stroke: var(--line); }
.kind { font-weight: 600; }
.name, .state { fill: var(--soft); }
.name { font-family: ui-monospace, "SF Mono", "Cascadia Code", "DejaVu Sans Mono", monospace;
  font-size: 13px; }
.state { font-size: 14px; }
.state.good { fill: var(--good); }
.state.going { fill: var(--going); }
.dot { fill: var(--line); } .dot.good { fill: var(--good); }
.dot.going { fill: var(--going); }
.line { fill: none; stroke: var(--line); stroke-width: 2; }
.who { font-size: 17px; font-weight: 650; fill: var(--actor); }
.who.metacontroller { fill: var(--accent); } .who.user { fill: var(--user); }
.who.rest { fill: var(--good); }
.what { font-size: 17px; }
.mark { fill: var(--actor); } .mark.metacontroller { fill: var(--accent); }
.mark.user { fill: var(--user); } .mark.rest { fill: var(--good); }
.gone { opacity: 0; }
@media (prefers-reduced-motion: reduce) { g { animation: none !important; } }
"""
TITLE = "An object store in a simulated cluster, from its creation to rest"
DESCRIPTION = (
    "A team creates an Objectstore. Metacontroller calls the hook and creates a volume claim, a "
    "Secret, a Service and a Deployment; the cluster's controllers make a volume, a ReplicaSet and "
    "a Pod of them, until all is ready. Somebody deletes the Deployment: Metacontroller calls the "
    "hook and creates it again, the Secret stays as it was, and all is ready again. Then one more "
    "sync writes nothing."
)


def picture(story: Sequence[Frame]) -> str:
    """Return a story as an SVG document."""
    deepest = max(row.place for frame in story for row in frame.rows)
    track = TOP + ROW * (deepest + 1) + 18
    height = track + 44
    drawing = Drawing(story)
    _captions(drawing)
    _tree(drawing)
    _track(drawing, track)
    colours = STYLE.partition("* {")[0]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"',
            f'width="{WIDTH}" height="{height}" role="img" aria-labelledby="title description">',
            f'<title id="title">{TITLE}</title>',
            f'<desc id="description">{escape(DESCRIPTION)}</desc>',
            f"<style>\n{colours}{LOOK}",
            *drawing.css(),
            "</style>",
            f'<rect class="paper" x="1" y="1" width="{WIDTH - 2}" height="{height - 2}" rx="12"/>',
            *drawing.parts,
            "</svg>\n",
        )
    )


def _captions(drawing: Drawing) -> None:
    for at, frame in enumerate(drawing.story):
        seen = [place == at for place in range(len(drawing.story))]
        who = _class(frame.who)
        text = (
            f'<text class="who{who}" x="{LEFT}" y="40">{escape(frame.who)}</text>'
            f'<text class="what" x="{LEFT}" y="66">{escape(frame.what)}</text>'
        )
        drawing.add(text, seen)


def _class(who: str) -> str:
    return {"user": " user", "metacontroller": " metacontroller", "at rest": " rest"}.get(who, "")


def _tree(drawing: Drawing) -> None:
    story = drawing.story
    told = {row._replace(states=()): None for frame in story for row in frame.rows}
    for row in told:
        shown = [_find(frame, row) for frame in story]
        drawing.add(_object(row), [each is not None for each in shown])
        for states in {each.states: None for each in shown if each is not None}:
            seen = [each is not None and each.states == states for each in shown]
            drawing.add(_state(row, states), seen)


def _find(frame: Frame, wanted: Row) -> Row | None:
    return next((row for row in frame.rows if row._replace(states=()) == wanted), None)


def _object(row: Row) -> str:
    x, y = LEFT + INDENT * row.depth, TOP + ROW * row.place
    line = ""
    if row.above >= 0:
        up = ROW * (row.place - row.above) - 11
        line = f'<path class="line" d="M{x - INDENT} {y - 5 - up}v{up}h22"/>'
    text = (
        f'<text x="{x + 14}" y="{y}"><tspan class="kind">{escape(row.kind)}</tspan>'
        f'<tspan class="name" dx="8">{escape(row.name)}</tspan></text>'
    )
    return line + text


def _state(row: Row, states: Sequence[State]) -> str:
    x, y = LEFT + INDENT * row.depth, TOP + ROW * row.place
    mood = states[0].mood if states else "plain"
    if mood == "bad":
        # In a run that ends well, what is not ready is on its way.
        mood = "going"
    dot = f'<circle class="dot {mood}" cx="{x}" cy="{y - 5}" r="5"/>'
    if not states:
        return dot
    # Why something is not ready has no room here; the tree of a cluster tells it.
    text = states[0].text.partition(":")[0].partition(",")[0]
    return (
        f'{dot}<text class="state {mood}" x="{WIDTH - 34}" y="{y}" text-anchor="end">{text}</text>'
    )


def _track(drawing: Drawing, y: int) -> None:
    """Draw the line of what happened, with a mark for each frame, square for the user's."""
    many = len(drawing.story)
    span = (WIDTH - 2 * LEFT) / (many - 1)
    drawing.parts.append(f'<path class="line" d="M{LEFT} {y}H{WIDTH - LEFT}"/>')
    for at, frame in enumerate(drawing.story):
        x = LEFT + span * at
        who = _class(frame.who)
        if frame.who == "user":
            mark = f'<rect class="mark{who}" x="{x - 6:.1f}" y="{y - 6}" width="12" height="12"/>'
        else:
            radius = 8 if frame.who == "at rest" else 6 if who else 4
            mark = f'<circle class="mark{who}" cx="{x:.1f}" cy="{y}" r="{radius}"/>'
        drawing.add(mark, [place >= at for place in range(many)])


def main() -> int:
    """Write the picture, or compare it with what is there."""
    made = picture(frames(run())).encode()
    if "--check" in sys.argv[1:]:
        if PICTURE.exists() and PICTURE.read_bytes() == made:
            return 0
        print(f"{PICTURE.relative_to(ROOT)} is out of date: run tools/landing_picture.py")
        return 1
    PICTURE.write_bytes(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
