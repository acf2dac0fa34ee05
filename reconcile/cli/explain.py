"""`reconcile explain`: why a child is as it is: rules, managers, defaults, field by field.

1. The child is KIND/NAME; a field is a path as `spec.replicas`, or a pointer as `/spec/replicas`,
   and stands for all that is below it.
2. Values of Secrets are not shown.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

from reconcile.adapters.log import describe_error
from reconcile.cli.live import add_live, check_live, read
from reconcile.cli.parser import teach
from reconcile.cli.target import (
    MisuseError,
    add_moment,
    load,
    parse_entropy,
    parse_time,
    read_request,
    refuse_request,
)
from reconcile.errors import PointerError, ReconcileError, nearest
from reconcile.value import ABSENT
from reconcile.value.pointer import escape, parse

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from reconcile.objects.ref import Ref
    from reconcile.state.explanation import ExplainedField, Explanation
    from reconcile.value import Absent, Json

__all__ = ["HELP", "NAME", "add", "run"]

NAME: Final = "explain"
HELP: Final = "tell which rule set a field, who manages it, what is a default"

_ABOUT: Final = """\
Tell of each field of a child which rule asks for it, who wrote it last, whether the API
server set it by itself, and whether Metacontroller applied it. Values of Secrets are not
shown."""
_CODES: Final = {
    0: "explained",
    1: "a rule fails, or a cluster cannot be read",
    2: "misuse: no such child or field, or the file holds no request",
}
_WIDEST: Final = 48


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ("reconcile explain controller:controller Deployment/web < request.json", "all fields"),
            ("reconcile explain app.py:main Deployment/web spec.replicas < request.json", "one"),
            ("reconcile explain app.py:main Deployment/web spec --live -n team", "in a cluster"),
        ],
        codes=_CODES,
    )
    parser.add_argument("target", metavar="MODULE:ATTR", help="the controller")
    parser.add_argument("child", metavar="KIND/NAME", help="the child")
    parser.add_argument("field", metavar="FIELD", nargs="?", default="", help="default: all fields")
    parser.add_argument(
        "--request", metavar="FILE", default="-", help="the request; default: the standard input"
    )
    add_moment(parser)
    parser.add_argument("--json", action="store_true", help="the fields as JSON")
    add_live(parser)
    parser.set_defaults(run=run, apply="dynamic")


def run(arguments: argparse.Namespace) -> int:
    """Print why a child is as it is, and return the exit code."""
    controller: Any = load(arguments.target, method="explain_request")
    check_live(arguments)
    untold: list[ReconcileError] = []
    try:
        explanations = _explanations(controller, arguments, untold)
        found = [
            (each, ref)
            for each in explanations
            for ref in each.refs
            if _named(ref, arguments.child)
        ]
        if untold and not found:
            raise untold[0]  # the child may be one of its parent's
        explanation, ref = _one(found, explanations, arguments.child)
        fields = explanation.fields(ref)
    except ReconcileError as error:
        from reconcile.live import LiveError

        told = str(error) if isinstance(error, LiveError) else describe_error(error)
        print(f"reconcile: {told}", file=sys.stderr)
        return 1
    wanted = _below(fields, arguments.field)
    if arguments.json:
        print(json.dumps([each.to_json() for each in wanted], indent=2))
    else:
        where = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
        print(f"{ref.gvk.kind} {where}")
        print(_detail(wanted[0]) if len(wanted) == 1 else _table(wanted))
    return 0


def _explanations(
    controller: Any, arguments: argparse.Namespace, untold: list[ReconcileError]
) -> Sequence[Explanation]:
    """Return what can be told of each parent; why it cannot goes into `untold`."""
    now, entropy = parse_time(arguments.now), parse_entropy(arguments.entropy)
    if arguments.live:
        mirror = read(controller, arguments, now)
        made: list[Explanation] = []
        for each in mirror.parents:
            try:
                made.append(mirror.explanation(each))
            except ReconcileError as error:
                untold.append(error)
        return made
    body = read_request(arguments.request)
    try:
        return [controller.explain_request(body, now=now, entropy=entropy)]
    except ReconcileError as error:
        refuse_request(arguments.request, body, error)
        raise


def _named(ref: Ref, child: str) -> bool:
    kind, _, name = child.partition("/")
    return ref.name == name and kind.lower() in {ref.gvk.kind.lower(), f"{ref.gvk.kind.lower()}s"}


def _one(
    found: Sequence[tuple[Explanation, Ref]], explanations: Sequence[Explanation], child: str
) -> tuple[Explanation, Ref]:
    """Return the child that is meant. Raises: MisuseError."""
    if len(found) == 1:
        return found[0]
    if found:
        raise MisuseError(f"{len(found)} children are {child}: say --namespace and --parent")
    known = [f"{ref.gvk.kind}/{ref.name}" for each in explanations for ref in each.refs]
    hint = nearest(child, known)
    if not hint and known:
        hint = f"; there are {', '.join(known[:8])}{', ...' if len(known) > 8 else ''}"
    if "/" not in child:
        raise MisuseError(f"a child is KIND/NAME, such as Deployment/web, not {child}{hint}")
    raise MisuseError(f"there is no child {child}{hint}")


def _below(fields: Sequence[ExplainedField], field: str) -> Sequence[ExplainedField]:
    """Return the fields at a place and below it. Raises: MisuseError."""
    if not field:
        return fields
    if field.startswith("/"):
        try:
            wanted = parse(field)
        except PointerError as error:
            raise MisuseError(f"a field is spec.replicas or /spec/replicas: {error}") from error
    else:
        text = field.replace("[", ".").replace("]", "")
        wanted = tuple(part for part in text.split(".") if part)
    pointer = "".join(f"/{escape(part)}" for part in wanted)
    found = [
        each for each in fields if each.pointer == pointer or each.pointer.startswith(f"{pointer}/")
    ]
    if not found:
        known = {".".join(parse(each.pointer)[: len(wanted)]) for each in fields}
        hint = nearest(".".join(wanted), known) or "; without FIELD, all of them are shown"
        raise MisuseError(f"there is no field {field}{hint}")
    return found


# -- what is printed -------------------------------------------------------------------------------


def _detail(field: ExplainedField) -> str:
    rows = [
        ("field", _path(field.pointer)),
        ("now", _value(field.observed)),
        ("desired", _desired(field)),
        ("managed by", ", ".join(_manager(each) for each in field.managers) or "nobody"),
        ("default", "set by the API server" if field.default else "no"),
        ("last applied", _value(field.applied)),
    ]
    return "\n".join(f"  {name:<13}{text}" for name, text in rows)


def _manager(manager: Any) -> str:
    return f"{manager}, {manager.time}" if manager.time else str(manager)


def _desired(field: ExplainedField) -> str:
    if field.desired is ABSENT:
        return "no rule asks for it"
    other = "another " if field.differs and field.desired == field.observed else ""
    return f"{other}{_value(field.desired)}, by {' and '.join(field.rules) or 'nobody'}"


def _table(fields: Sequence[ExplainedField]) -> str:
    rows = [("FIELD", "NOW", "RULE", "MANAGED BY", "")]
    for field in fields:
        note = "default" if field.default else ""
        if field.differs:
            other = "another " if field.desired == field.observed else ""  # both are masked
            note = f"desired: {other}{_value(field.desired)}"
        managers = ", ".join(str(each) for each in field.managers)
        rule = " and ".join(field.rules) or "-"
        rows.append((_path(field.pointer), _value(field.observed), rule, managers or "-", note))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = (
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True))
        for row in rows
    )
    return "\n".join(f"  {line.rstrip()}" for line in lines)


def _path(pointer: str) -> str:
    return ".".join(parse(pointer)) or "(all of it)"


def _value(value: Json | Absent) -> str:
    if value is ABSENT:
        return "(absent)"
    text = json.dumps(value)  # ASCII: nothing in it can act on a terminal
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."
