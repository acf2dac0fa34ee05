"""A plan as text, as a tree and as JSON.

1. What is shown is masked already. Texts are cut if they are long; the JSON is not.
2. No text can act on a terminal: all but printable ASCII is escaped. Colour is ANSI, by hand.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from reconcile.value import ABSENT, describe

from .plan_steps import ACTIONS, SECRET

if TYPE_CHECKING:
    from reconcile.objects.ref import Ref
    from reconcile.value import Absent, Json, JsonObject

    from .plan import Plan
    from .plan_steps import Action, FieldChange, Finding, Step

__all__ = ["document", "text", "tree"]

_SIGNS: Final[dict[Action, str]] = {
    "create": "+",
    "update": "~",
    "recreate": "-/+",
    "delete": "-",
    "leave": "!",
    "release": "<",
    "refuse": "x",
    "none": " ",
}
_SAID: Final[dict[Action, str]] = {
    "create": "will be created",
    "update": "will be updated",
    "recreate": "will be deleted, then created again",
    "delete": "will be deleted",
    "leave": "differs and is left as it is",
    "release": "will be released",
    "refuse": "is not taken",
    "none": "stays as it is",
}
_ALWAYS: Final[tuple[Action, ...]] = ("create", "update", "recreate", "delete")
_ALSO: Final[dict[Action, str]] = {
    "leave": "left by OnDelete",
    "release": "to release",
    "refuse": "not taken",
}
_COLOURS: Final = {
    "+": "32",
    "~": "33",
    "-": "31",
    "-/+": "35",
    "!": "33",
    "<": "36",
    "x": "1;31",
    "dim": "2",
    "bold": "1",
}
_LONGEST: Final = 72
"""Characters of a value that are shown."""


class _Pen:
    """Lines, in colour or not."""

    def __init__(self, *, colour: bool) -> None:
        self.colour = colour
        self.lines: list[str] = []

    def put(self, line: str, style: str = "") -> None:
        code = _COLOURS.get(style) if self.colour else None
        self.lines.append(f"\x1b[{code}m{line}\x1b[0m" if code else line)


def text(plan: Plan, *, colour: bool) -> str:
    """Return a plan as lines; see `Plan.text`."""
    pen = _Pen(colour=colour)
    for step in plan.steps:
        if step.action == "none" and not step.effect:
            continue
        style = _SIGNS[step.action]
        pen.put(f"{style:>3} {_headline(step)}", style)
        for finding in step.refusals:
            pen.put(f"      x {_clean(str(finding))}", "x")
        for change in step.changes:
            _put_change(pen, change, asked=bool(step.rules))
        for finding in step.warnings:
            pen.put(f"      ! {_clean(str(finding))}", "!")
    for held in plan.waiting:
        pen.put(f"  . {_clean(f'{held.rule} waits: {held.reason}')}", "dim")
    if plan.idle:
        pen.put(f"  . {plan.idle}", "dim")
    for finding in plan.failing:
        pen.put(f"  x {_clean(str(finding))}", "x")
    pen.put(_summary(plan), "bold")
    return "\n".join(pen.lines)


def tree(plan: Plan, *, colour: bool) -> str:
    """Return parent and children as a tree; see `Plan.tree`."""
    pen = _Pen(colour=colour)
    pen.put(_clean(str(plan.parent)) if plan.parent else "the parent", "bold")
    branches: list[tuple[str, str, list[str]]] = []
    for step in plan.steps:
        sign = _SIGNS[step.action]
        count = len(step.changes)
        fields = (
            f", {count} field{'s' * (count != 1)}" if step.action in {"update", "leave"} else ""
        )
        by = f"  ({', '.join(step.rules)})" if step.rules else ""
        line = f"{sign} {step.ref} {_SAID[step.action]}{fields}{by}".strip()
        below = [f"{finding}" for finding in (*step.refusals, *step.warnings)]
        branches.append((sign, line, below))
    branches += [("dim", f". {held.rule} waits: {held.reason}", []) for held in plan.waiting]
    branches += [("x", f"x {finding}", []) for finding in plan.failing]
    if plan.idle:
        branches.append(("dim", f". {plan.idle}", []))
    for at, (style, line, below) in enumerate(branches):
        last = at == len(branches) - 1
        pen.put(("└── " if last else "├── ") + _clean(line), style)
        stem = "    " if last else "│   "
        for number, finding in enumerate(below, 1):
            pen.put(stem + ("└── " if number == len(below) else "├── ") + _clean(finding), style)
    return "\n".join(pen.lines)


def document(plan: Plan) -> JsonObject:
    """Return a plan as JSON; see `Plan.to_json`."""
    counts = plan.counts()
    return {
        "parent": None if plan.parent is None else _ref(plan.parent),
        "apply": plan.apply,
        "changes": bool(plan),
        "summary": {action: counts[action] for action in ACTIONS},
        "steps": [_step(step) for step in plan.steps],
        "waiting": [{"rule": held.rule, "reason": held.reason} for held in plan.waiting],
        "failing": [_finding(finding) for finding in plan.failing],
        "idle": plan.idle,
    }


def _headline(step: Step) -> str:
    by = f"  ({', '.join(step.rules)})" if step.rules else ""
    if step.action == "delete":
        by = "  (no rule asks for it)"
    strategy = f"{step.strategy}, " if step.action in {"update", "recreate"} else ""
    told = f": {strategy}{step.effect}" if step.effect else ""
    return _clean(f"{step.ref} {_SAID[step.action]}{told}{by}")


def _put_change(pen: _Pen, change: FieldChange, *, asked: bool) -> None:
    if change.before is ABSENT:
        sign, value = "+", _value(change.after)
    elif change.after is ABSENT:
        sign, value = "-", _value(change.before)
    else:
        sign, value = "~", f"{_value(change.before)} -> {_value(change.after)}"
    if change.source == "server":
        by, style = "  (set by the server)", "dim"
    elif change.source == "metacontroller":
        by, style = "  (set by Metacontroller)", sign
    elif change.rules:
        by, style = f"  ({', '.join(change.rules)})", sign
    else:
        by, style = "  (no rule asks for it)" if asked and sign == "-" else "", sign
    pen.put(f"      {sign} {_clean(f'{change.pointer}: {value}{by}')}", style)


def _value(value: Json | Absent) -> str:
    """Return a value on one line, cut if it is long."""
    if value == SECRET:
        return SECRET
    shown = json.dumps(value if value is not ABSENT else None)
    if len(shown) <= _LONGEST:
        return shown
    return f"{shown[:_LONGEST]}... ({describe(value)})"


def _summary(plan: Plan) -> str:
    counts = plan.counts()
    told = [f"{counts[action]} to {action}" for action in _ALWAYS]
    told += [f"{counts[action]} {said}" for action, said in _ALSO.items() if counts[action]]
    line = f"Plan: {', '.join(told)}."
    return f"{line} Nothing of it happens: the sync fails." if plan.failing else line


def _clean(line: str) -> str:
    """Return a line in which nothing acts on a terminal."""
    return "".join(
        one if " " <= one <= "~" else one.encode("unicode_escape").decode() for one in line
    )


def _step(step: Step) -> JsonObject:
    return {
        "action": step.action,
        **_ref(step.ref),
        "strategy": step.strategy,
        "rules": [*step.rules],
        "effect": step.effect,
        "changes": [_change(change) for change in step.changes],
        "refusals": [_finding(finding) for finding in step.refusals],
        "warnings": [_finding(finding) for finding in step.warnings],
    }


def _ref(ref: Ref) -> JsonObject:
    return {
        "apiVersion": ref.gvk.api_version,
        "kind": ref.gvk.kind,
        "namespace": ref.namespace,
        "name": ref.name,
    }


def _change(change: FieldChange) -> JsonObject:
    told: JsonObject = {"pointer": change.pointer}
    if change.before is not ABSENT:
        told["before"] = change.before
    if change.after is not ABSENT:
        told["after"] = change.after
    told["rules"] = [*change.rules]
    told["source"] = change.source
    return told


def _finding(finding: Finding) -> JsonObject:
    return {"pointer": finding.pointer, "reason": finding.reason, "remedy": finding.remedy}
