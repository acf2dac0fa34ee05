"""The charts of the documentation: `python -m benchmarks.diff --charts DIR` draws them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

__all__ = ["Bar", "chart"]

_WIDTH, _LABEL, _ROW, _TOP = 760, 210, 24, 64
_OURS, _PEER, _GREY = "#326ce5", "#9aa7b8", "#5b6470"
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13" fill="#1d2430">'
)


@dataclass(frozen=True)
class Bar:
    """One row: what it is of, how much, whether it is ours, and what is said beside it."""

    label: str
    value: float
    ours: bool
    note: str = ""


def chart(title: str, legend: str, bars: Iterable[Bar], *, logarithmic: bool = False) -> str:
    """Return a chart of horizontal bars as SVG. Guarantees: the same bars, the same bytes."""
    rows = list(bars)
    height = _TOP + _ROW * len(rows) + 16
    room = _WIDTH - _LABEL - 120
    top = max(row.value for row in rows)
    low = min(1.0, *(row.value for row in rows)) / 2 if logarithmic else 0.0

    def length(value: float) -> float:
        if logarithmic:
            return room * math.log(value / low) / math.log(top / low)
        return room * value / top

    parts = [
        _HEAD.format(width=_WIDTH, height=height),
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="26" font-size="16" font-weight="bold">{escape(title)}</text>',
        f'<text x="16" y="46" fill="{_GREY}">{escape(legend)}</text>',
    ]
    for number, row in enumerate(rows):
        y = _TOP + _ROW * number
        size = max(2.0, length(row.value))
        shown = f"{row.value:.2f}" if row.value < 10 else f"{row.value:.0f}"
        said = escape(f"{shown} {row.note}".strip())
        label, colour = escape(row.label), _OURS if row.ours else _PEER
        parts.append(f'<text x="{_LABEL - 8}" y="{y + 15}" text-anchor="end">{label}</text>')
        place = f'x="{_LABEL}" y="{y + 3}" width="{size:.1f}" height="{_ROW - 8}"'
        parts.append(f'<rect {place} rx="2" fill="{colour}"/>')
        parts.append(f'<text x="{_LABEL + size + 6:.1f}" y="{y + 15}" fill="{_GREY}">{said}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
