"""What may be typed, read from the parser: the scripts of all shells are made from this."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.cli.parser import Parser

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Flag", "Place", "Value", "Words", "words"]

_CONTROLLERS: Final = frozenset({"MODULE:ATTR", "CONTROLLER"})
_CLASSES: Final = frozenset({"MODULE:CLASS"})
_FILES: Final = frozenset({"FILE", "MANIFEST", "PATH", "BEFORE", "AFTER", "OLD", "NEW"})
_FOLDERS: Final = frozenset({"DIR"})


class Value(NamedTuple):
    """What stands in a place, or behind a flag."""

    name: str
    kind: str
    """`choice`, `controller`, `class`, `file`, `folder`, or `text`, of which nothing is known."""
    choices: tuple[str, ...] = ()


class Flag(NamedTuple):
    """A flag."""

    names: tuple[str, ...]
    help: str
    value: Value | None
    """None for one without a value."""
    repeated: bool


class Place(NamedTuple):
    """An argument that is told by its place."""

    value: Value
    help: str
    optional: bool
    many: bool


class Words(NamedTuple):
    """What may be typed behind a command."""

    name: str
    help: str
    flags: tuple[Flag, ...]
    places: tuple[Place, ...]
    commands: tuple[Words, ...]


def words(parser: argparse.ArgumentParser, *, name: str = "", about: str = "") -> Words:
    """Return what a parser understands, hidden flags left out."""
    flags: list[Flag] = []
    places: list[Place] = []
    commands: list[Words] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            commands += _commands(action)
        elif action.help == argparse.SUPPRESS:
            continue
        elif action.option_strings:
            value = None if action.nargs == 0 else _value(action)
            repeated = isinstance(action, argparse._AppendAction)
            flags.append(Flag(tuple(action.option_strings), _help(action), value, repeated))
        else:
            optional, many = action.nargs in {"?", "*"}, action.nargs in {"+", "*"}
            places.append(Place(_value(action), _help(action), optional, many))
    if isinstance(parser, Parser):
        commands += [
            words(each, name=below, about=told) for below, (each, told) in parser.commands.items()
        ]
    return Words(name, about, tuple(flags), tuple(places), tuple(commands))


def _commands(action: Any) -> Iterator[Words]:
    helps = {each.dest: _help(each) for each in action._choices_actions}
    for name, parser in cast("dict[str, argparse.ArgumentParser]", action.choices).items():
        yield words(parser, name=name, about=helps.get(name, ""))


def _help(action: argparse.Action) -> str:
    return " ".join((action.help or "").replace("%%", "%").split())


def _value(action: argparse.Action) -> Value:
    metavar = action.metavar[0] if isinstance(action.metavar, tuple) else action.metavar
    name = metavar or action.dest.upper()
    if action.choices is not None:
        return Value(name, "choice", tuple(str(choice) for choice in action.choices))
    if name in _CONTROLLERS:
        return Value(name, "controller")
    if name in _CLASSES:
        return Value(name, "class")
    if name in _FOLDERS:
        return Value(name, "folder")
    return Value(name, "file" if name in _FILES or action.type is Path else "text")
