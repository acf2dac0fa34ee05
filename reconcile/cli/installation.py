"""What is installed: whose package this is, which build of it, and what stands beside it.

1. What is needed is read from the metadata of the distribution, never told twice.
2. This must work where other things are wrong: it imports nothing of the library but the edges of
   the command line, and no package that it looks for.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from importlib import metadata
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Final, NamedTuple

import reconcile

__all__ = [
    "DISTRIBUTION",
    "PURPOSES",
    "Extra",
    "Installation",
    "Package",
    "Problem",
    "foreign",
    "look",
]

DISTRIBUTION: Final = "kube-reconcile"
_AGAIN: Final = f"pip install --force-reinstall --no-deps {DISTRIBUTION}"

PURPOSES: Final = {
    "apiserver": "reconcile apiserver",
    "cel": "rules of CEL in the schemas of custom resources",
    "colour": "colours of plan and diff, progress of long work",
    "deepdiff": "differences of the package deepdiff, in code",
    "fastapi": "controllers mounted in FastAPI",
    "flask": "controllers mounted in Flask",
    "jsonpatch": "patches of the package jsonpatch, in code",
    "kubernetes": "reading a real cluster: plan --live, explain --live",
    "starlette": "controllers mounted in Starlette",
    "yaml": "reading YAML: simulate, apiserver --load, diff, crd --check",
}
"""What the extras are for. Those that are not here are for work on the library itself."""

_OUR_NAMES: Final = ("Controller", "Decorator", "rule")
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+)\s*(?:>=\s*([0-9][0-9a-z.]*))?")
_EXTRA: Final = re.compile(r"""extra == ["']([^"']+)["']""")


class Package(NamedTuple):
    """A distribution that is needed."""

    name: str
    needed: str | None
    """The least version, None for any."""
    installed: str | None
    """None where it is not there."""

    @property
    def ok(self) -> bool:
        """Whether it is there, and new enough."""
        if self.installed is None:
            return False
        return self.needed is None or _release(self.installed) >= _release(self.needed)


class Extra(NamedTuple):
    """Packages that are wanted for one purpose."""

    name: str
    purpose: str
    packages: tuple[Package, ...]

    @property
    def ok(self) -> bool:
        """Whether all of it is there."""
        return all(package.ok for package in self.packages)


class Problem(NamedTuple):
    """Something that is wrong, and what helps."""

    what: str
    remedy: str


class Installation(NamedTuple):
    """What was found."""

    version: str | None
    folder: Path
    python: str
    build: str
    """`compiled`, `plain` or `mixed`."""
    why: str
    requirements: tuple[Package, ...]
    extras: tuple[Extra, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    """What may be as it is meant."""


def foreign() -> str | None:
    """Return the file of the package `reconcile` that is imported, where it is another's."""
    names = vars(reconcile).get("__all__", ())
    if all(name in names for name in _OUR_NAMES):
        return None
    return str(getattr(reconcile, "__file__", None) or "a folder without __init__.py")


def look() -> Installation:
    """Look at the installation that runs this."""
    folder = Path(__file__).resolve().parents[1]
    version, requirements, extras = _declared()
    build, why = _build(folder)
    found = Installation(
        version=version,
        folder=folder,
        python=f"{platform.python_version()} ({platform.python_implementation()})",
        build=build,
        why=why,
        requirements=requirements,
        extras=extras,
        problems=(),
        notes=tuple(_notes(folder, version)),
    )
    return found._replace(problems=tuple(_problems(found)))


def _release(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, without zeros at the end."""
    parts: list[int] = []
    for part in version.split("."):
        digits = re.match(r"\d+", part)
        if digits is None:
            break
        parts.append(int(digits[0]))
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


def _declared() -> tuple[str | None, tuple[Package, ...], tuple[Extra, ...]]:
    """Return the version, what it requires, and its extras; nothing where there is no metadata."""
    try:
        distribution = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return None, (), ()
    required: list[Package] = []
    extras: dict[str, list[Package]] = {}
    for line in distribution.requires or ():
        told = _REQUIREMENT.match(line)
        if told is None:
            continue
        package = Package(told[1], told[2], _installed(told[1]))
        extra = _EXTRA.search(line)
        (required if extra is None else extras.setdefault(extra[1], [])).append(package)
    return (
        distribution.version,
        tuple(required),
        tuple(
            Extra(name, PURPOSES[name], tuple(packages))
            for name, packages in sorted(extras.items())
            if name in PURPOSES
        ),
    )


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _build(folder: Path) -> tuple[str, str]:
    """Return which build is imported, and why."""
    modules = sorted(folder.rglob("*_cy.py"))
    if os.environ.get("RECONCILE_PURE", "0") not in {"", "0"}:
        return "plain", "RECONCILE_PURE is set"
    compiled = [
        each
        for each in modules
        if any(each.with_name(each.stem + suffix).exists() for suffix in EXTENSION_SUFFIXES)
    ]
    if len(compiled) == len(modules):
        return "compiled", f"all {len(modules)} modules that may be compiled are"
    if compiled:
        return "mixed", f"{len(compiled)} of {len(modules)} modules are compiled"
    if any(each for end in ("so", "pyd") for each in folder.rglob(f"*_cy.*.{end}")):
        return "plain", "it was compiled for another Python"
    return "plain", "no compiler was there when it was installed, or it was told to leave it"


def _problems(found: Installation) -> list[Problem]:
    problems: list[Problem] = []
    fresh = f"in a new environment: pip install {DISTRIBUTION}"
    others = _others()
    if others:
        names = " and ".join(others)
        what = f"{names} installs a package of the name reconcile, too"
        # What it takes away may be ours: both wrote to the same folder.
        out = f"pip uninstall {' '.join(others)}, then {_AGAIN}"
        problems.append(Problem(what, f"{out}; or {fresh}"))
    elsewhere = foreign()
    if elsewhere is not None:
        what = f"import reconcile finds another package: {elsewhere}"
        problems.append(Problem(what, f"take it away, then {_AGAIN}; or {fresh}"))
    problems += [
        _unmet(package, f"'{DISTRIBUTION}'") for package in found.requirements if not package.ok
    ]
    problems += [
        _unmet(package, f"'{DISTRIBUTION}[{extra.name}]'")
        for extra in found.extras
        for package in extra.packages
        if package.installed is not None and not package.ok
    ]
    if found.build == "mixed":
        problems.append(Problem(f"the build is in parts: {found.why}", _AGAIN))
    return problems


def _others() -> list[str]:
    """Return the other distributions that have a package `reconcile`."""
    names = {name.lower() for name in metadata.packages_distributions().get("reconcile", ())}
    return sorted(names - {DISTRIBUTION})


def _unmet(package: Package, target: str) -> Problem:
    state = f"{package.installed} is there" if package.installed else "it is not there"
    return Problem(
        f"{package.name} {package.needed or ''} or later is needed, {state}".replace("  or", " or"),
        f"pip install --upgrade {target}",
    )


def _notes(folder: Path, version: str | None) -> list[str]:
    notes: list[str] = []
    if version is None:
        notes.append(f"{DISTRIBUTION} is not installed, its files are used as they are")
    here = Path.cwd()
    shadows = [here / "reconcile.py"] if (here / "reconcile.py").is_file() else []
    if (here / "reconcile").is_dir() and (here / "reconcile").resolve() != folder:
        shadows.append(here / "reconcile")
    notes += [
        f"in this folder, {each.name} hides the library from scripts that are run here"
        for each in shadows
    ]
    command = shutil.which("reconcile")
    own = Path(sys.executable).parent
    if command is not None and Path(command).parent.resolve() != own.resolve():
        notes.append(f"the command reconcile is another environment's: {command}")
    return notes
