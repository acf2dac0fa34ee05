"""Play recorded runs of Metacontroller in random orders, and look where they end.

    python tools/random_schedules.py [RUNS] [--only SCENARIO] [--seed FIRST]

1. At each moment one of all steps that are possible is chosen by chance: the delivery of an event
   of one kind, a sync, a thing that the server's controllers do. The children of a kind are looked
   at in any order. A fault is a number: the seed of the run that shows it.
2. A run is equal if the world after the last step is the recorded one, as the judge beside the
   recordings sees it; legitimate if it differs only where the recording says that the real programs
   differ (`varies`, `unstable`); wrong otherwise.
3. Scenarios here settle after every step, fail at nothing and are no races. Rollouts of several
   children are: a sync that sees the new ControllerRevision, but not yet that the old one gave up a
   child, writes the old state of that child once more (rules 6.20 and 6.26).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reconcile.simulate.metacontroller.replaying import Run  # noqa: E402
from reconcile.simulate.server.settling import at_rest  # noqa: E402
from reconcile.simulate.server.stray_owners import report  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["SCENARIOS", "Ended", "main", "played"]

RECORDINGS: Final = ROOT.parent / "shared" / "recordings"
SCENARIOS: Final = (
    "apply_table_lists_over",
    "apply_table_more_keys",
    "apply_table_objects",
    "claim_adopt_undesired",
    "claim_cluster_parent_orphans",
    "claim_other_owners",
    "composite_first",
    "customize_nodes_v1_v2",
    "customize_siblings",
    "decorator_and_composite",
    "decorator_finalize",
    "finalize_hook_removed",
    "finalize_lingering",
    "finalize_same_name_again",
    "finalize_waits",
    "hooks_null_response",
    "keys_v1_cluster_parent",
    "objectstore_drift",
    "objectstore_life",
    "objectstore_two",
    "rolling_finalize_single",
    "rolling_parent_deleted",
    "rolling_single_child",
    "ssa_adoption",
    "ssa_cluster_parent",
    "ssa_configmap_basic",
    "ssa_migrate_inplace",
    "trigger_many_parents",
    "update_child_terminating",
    "update_recreate",
)


class Ended(NamedTuple):
    """Where a run ended."""

    verdict: str
    """equal, legitimate or wrong."""
    differences: tuple[str, ...]
    """Where the last world differs, and how; texts of the recordings, which hold no secrets."""
    steps: int
    """Choices that were made among two steps or more."""


class Shuffled(Run):
    """A run whose order is chosen by chance."""

    def __init__(self, chance: random.Random, fresh: Run) -> None:
        """Begin where a run begins; `fresh` is one that was not played, and stays as it is."""
        self.__dict__.update(fresh.__dict__)
        self.chance = chance
        self.chosen = 0
        self.rested = 0
        self.rows = []
        self.server = fresh.server.copy()
        self.process = self._process(list(self.recording.get("flags") or ()))
        self.process.start()

    def _process(self, flags: list[str]) -> Any:
        made = super()._process(flags)
        made.order = self._order
        return made

    def _order(self, places: Any) -> list[tuple[str, str]]:
        made = sorted(places)
        self.chance.shuffle(made)
        return made

    def _act(self, end: datetime) -> bool:
        """Do one of the things that are possible."""
        possible: list[Any] = self.process.steps()
        if self.server.world.now >= end:
            possible = [step for step in possible if step.what == "deliver"]
        report(self.server, self.reported)
        self.reported = self.server.world.version
        if not at_rest(self.server.world, self.server.catalogue, self.rested):
            possible.append(None)
        while possible:
            self.chosen += len(possible) > 1
            step = possible.pop(self.chance.randrange(len(possible)))
            if step is not None:
                self.process.do(step)
                return True
            acted = self.server.step()
            self._emitted_by_others()
            if acted:
                self.last = self.server.world.now
                return True
            self.rested = self.server.world.version
        return False


@cache
def _judge() -> Any:
    return _module(RECORDINGS / "judge.py", "judge")


def _module(path: Path, name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@cache
def _scenario(name: str) -> tuple[dict[str, Any], Mapping[str, Any], list[Any]]:
    folder = RECORDINGS / "metacontroller"
    recording = json.loads((folder / name / "recording.json").read_text(encoding="utf-8"))
    hooks = vars(_module(folder / name / "hooks.py", f"hooks_of_{name}"))
    kinds = json.loads((folder / "kinds.json").read_text(encoding="utf-8"))
    return recording, {key: made for key, made in hooks.items() if callable(made)}, kinds


@cache
def _fresh(name: str) -> Run:
    return Run(*_scenario(name))


def _differences(recorded: Mapping[str, Any], produced: Mapping[str, Any]) -> tuple[str, ...]:
    """Return how the last world differs, as the judge sees it."""
    last = f"step {len(recorded['steps']) - 1} "
    return tuple(
        f"{where}: recorded {json.dumps(old)[:200]}, produced {json.dumps(new)[:200]}"
        for where, old, new in _judge().compare(recorded, produced)
        if where.startswith(last) and where.partition(")")[2].startswith(("/world", "/settled"))
    )


@cache
def _last_world(name: str) -> Any:
    """Return the recorded world after the last step, as the judge sees it."""
    recorded, _, _ = _scenario(name)
    return _judge().run(_without_rows(recorded))[-1]


def _without_rows(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recording with no more than comparing the last world needs.

    Guarantees: which objects there were, their uids and when they changed are kept in all worlds.
    """
    *before, last = recording["steps"]
    steps = [{**step, "timeline": [], "world": _bare(step["world"])} for step in before]
    return {**recording, "steps": [*steps, {**last, "timeline": []}]}


def _bare(world: list[dict[str, Any]]) -> list[dict[str, Any]]:
    left = ("managedFields", "annotations")
    return [
        {
            **{name: each[name] for name in ("apiVersion", "kind", "parentPatch") if name in each},
            "metadata": {key: item for key, item in each["metadata"].items() if key not in left},
        }
        for each in world
    ]


def played(name: str, seed: int) -> Ended:
    """Play a scenario in an order of chance; return where it ended."""
    recorded, _, _ = _scenario(name)
    run = Shuffled(random.Random(f"{name} {seed}"), _fresh(name))
    produced = json.loads(json.dumps(run.play()))
    ended, wanted = _judge().run(_without_rows(produced))[-1], _last_world(name)
    if all(ended.get(part) == wanted.get(part) for part in ("settled", "world")):
        return Ended("equal", (), run.chosen)
    left = _differences(recorded, produced)
    return Ended("wrong" if left else "legitimate", left, run.chosen)


def main(arguments: list[str]) -> int:
    """Play some runs of each scenario; print a table; return 1 if one ended wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", type=int, nargs="?", default=10_000)
    parser.add_argument("--only", action="append")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    names = tuple(asked.only or SCENARIOS)
    each = -(-asked.runs // len(names))
    say = sys.stdout.write
    say("| scenario | runs | choices | equal | other legitimate | wrong |\n")
    say("|---|---:|---:|---:|---:|---:|\n")
    sums: Counter[str] = Counter()
    told: list[str] = []
    for name in names:
        counts: Counter[str] = Counter()
        for seed in range(asked.seed, asked.seed + each):
            ended = played(name, seed)
            counts[ended.verdict] += 1
            counts["choices"] += ended.steps
            if ended.verdict == "wrong" and counts["wrong"] <= 2:
                told += [f"{name}, seed {seed}:", *(f"  {line}" for line in ended.differences[:6])]
        sums += counts
        say(_row(name, each, counts))
        sys.stdout.flush()
    say(_row("all", each * len(names), sums))
    say("".join(f"{line}\n" for line in told))
    return int(sums["wrong"] > 0)


def _row(name: str, runs: int, counts: Counter[str]) -> str:
    shown = [runs, *(counts[each] for each in ("choices", "equal", "legitimate", "wrong"))]
    return f"| {name} | {' | '.join(str(each) for each in shown)} |\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
