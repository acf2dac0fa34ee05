"""The flags of Metacontroller's process that change what it does.

1. Flags that change how fast or how visible it is (workers, client rates, metrics, probes) change
   nothing here; they are taken and not looked at.

Source: cmd/ of Metacontroller 4.17.2, with its defaults (rule 9.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from reconcile.errors import ReconcileError

__all__ = ["DEFAULTS", "FlagError", "Flags", "duration", "flags_of"]

_PART: Final = re.compile(r"([0-9]*\.?[0-9]+)(ns|us|µs|ms|s|m|h)")
_UNITS: Final = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}


class FlagError(ReconcileError):
    """A flag with which the real process would not begin. The text names it."""

    def __init__(self, flag: str) -> None:
        super().__init__()
        self.flag = flag

    def __str__(self) -> str:
        return f"--{self.flag} is not a number"


class Flags(NamedTuple):
    """What the process was started with."""

    server_side: bool = False
    """Children are written by server-side apply."""
    field_manager: str = "metacontroller"
    resync: float = 1800.0
    """Seconds after which all parents are looked at again."""
    target_label_selector: str = ""
    """Controller objects that it does not select are not heard of: one that loses its label runs
    on."""
    events_burst: float = 25.0
    """Events about one object that come at once."""
    events_rate: float = 1 / 300
    """Events about one object in a second, after that."""


DEFAULTS: Final = Flags()


def duration(text: str) -> float:
    """Return a duration of Go, as `1m30s`, in seconds; 0 for what is none, or below 0."""
    total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return 0.0 if text.startswith("-") else total


def flags_of(arguments: Iterable[str]) -> Flags:
    """Return what the arguments of a command line say, as `--apply-strategy=server-side-apply`.

    Raises: `FlagError` for a number that is none.
    """
    values: dict[str, str] = {}
    for argument in arguments:
        name, _, value = argument.lstrip("-").partition("=")
        values[name] = value
    resync = duration(values.get("cache-flush-interval", ""))
    return Flags(
        server_side=values.get("apply-strategy") == "server-side-apply",
        field_manager=values.get("apply-strategy-ssa-field-manager") or DEFAULTS.field_manager,
        resync=resync or DEFAULTS.resync,
        target_label_selector=values.get("target-label-selector", ""),
        events_burst=_number("events-burst", values, DEFAULTS.events_burst),
        events_rate=_number("events-qps", values, DEFAULTS.events_rate),
    )


def _number(flag: str, values: Mapping[str, str], default: float) -> float:
    text = values.get(flag)
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise FlagError(flag) from None
