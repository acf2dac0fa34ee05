"""Draw what a plan looks like in a terminal, with its colours, as a picture.

    python tools/plan_picture.py [--check]

1. The text is what `reconcile plan` prints of the objectstore when a team asks for another image
   and somebody took the Service away.
2. It is light or dark as the reader's system is; the text in it can be read aloud and searched.
3. Same plan, same bytes; `--check` writes nothing and fails where the picture is out of date.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

from reconcile import Observed
from reconcile.simulate.pictures.style import STYLE

__all__ = ["main", "picture", "plan"]

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "plan.svg"
CONTROLLER = ROOT / "examples" / "objectstore" / "controller.py"

COMMAND = "$ reconcile plan controller:controller request.json"
CHARACTER, LINE, MARGIN = 7.85, 20, 20
"""Room for a character and a line; the widest of the common fonts has characters of 7.83."""
COLOURS = {"1": "bold", "31": "bad", "32": "good", "33": "going", "35": "user"}
"""What the codes of a terminal are called here."""
SEQUENCE = re.compile(r"\x1b\[(\d*)m")
LOOK = """\
text { font: 13px ui-monospace, "SF Mono", "Cascadia Code", "DejaVu Sans Mono", monospace;
  fill: var(--ink); white-space: pre; }
.paper { fill: var(--paper); stroke: var(--line); }
.bold { font-weight: 700; } .bad { fill: var(--bad); } .good { fill: var(--good); }
.going { fill: var(--going); } .user { fill: var(--user); } .soft { fill: var(--soft); }
"""


def plan() -> str:
    """Return the plan as a terminal gets it."""
    spec = importlib.util.spec_from_file_location("objectstore_of_plan", CONTROLLER)
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = example
    spec.loader.exec_module(example)
    controller, store = example.controller, example.Objectstore
    labels = {"labels": {"app": "store"}}
    old = store.of("store", namespace="team", spec=labels)
    made = controller.sync(Observed.of(old, entropy=bytes(32))).objects.values()
    there = [each for each in made if each["kind"] != "Service"]
    wanted = {**labels, "image": {"tag": "2"}}
    new = store.of("store", namespace="team", spec=wanted)
    return controller.plan(Observed.of(new, there, entropy=bytes(32))).text(colour=True)


def picture(text: str) -> str:
    """Return lines with the codes of a terminal as an SVG document."""
    lines = [COMMAND, *text.split("\n")]
    widest = max(len(SEQUENCE.sub("", line)) for line in lines)
    width, height = round(2 * MARGIN + widest * CHARACTER), 2 * MARGIN + LINE * len(lines) - 4
    colours = STYLE.partition("* {")[0]
    drawn = [
        f'<text x="{MARGIN}" y="{MARGIN + LINE * number + 11}" xml:space="preserve">'
        f"{''.join(_spans(line))}</text>"
        for number, line in enumerate(lines)
    ]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
            f'width="{width}" height="{height}" role="img" aria-labelledby="title">',
            '<title id="title">A plan in a terminal</title>',
            f"<style>\n{colours}{LOOK}</style>",
            f'<rect class="paper" x="1" y="1" width="{width - 2}" height="{height - 2}" rx="10"/>',
            *drawn,
            "</svg>\n",
        )
    )


def _spans(line: str) -> Iterator[str]:
    name = "soft" if line == COMMAND else ""
    for place, part in enumerate(SEQUENCE.split(line)):
        if place % 2:
            name = COLOURS.get(part, "")
        elif part:
            yield f'<tspan class="{name}">{escape(part)}</tspan>' if name else escape(part)


def main() -> int:
    """Write the picture, or compare it with what is there."""
    made = picture(plan()).encode()
    if "--check" in sys.argv[1:]:
        if PICTURE.exists() and PICTURE.read_bytes() == made:
            return 0
        print(f"{PICTURE.relative_to(ROOT)} is out of date: run tools/plan_picture.py")
        return 1
    PICTURE.write_bytes(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
