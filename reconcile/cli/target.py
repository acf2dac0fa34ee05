"""What a command is about: MODULE:ATTRIBUTE, and the request it is given.

1. The module is looked for in the current directory first, or is a file's path.
2. Every mistake is one line that tells what was found.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import site
import sys
import traceback
from datetime import datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

from reconcile.adapters.clock import entropy, now
from reconcile.errors import LimitError, ReconcileError, RequestError, nearest
from reconcile.value.codec import decode

if TYPE_CHECKING:
    import argparse
    from types import ModuleType

    from reconcile.objects.resource import Parent

__all__ = [
    "MisuseError",
    "add_moment",
    "add_request",
    "load",
    "load_parent",
    "parse_entropy",
    "parse_time",
    "read_request",
    "refuse_request",
]


_LIBRARY: Final = Path(__file__).parents[1]
_NAME: Final = re.compile(
    r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'"
)


class MisuseError(Exception):
    """The command cannot be run as it was written; the text says why in one line."""


def load(target: str, *, method: str) -> Any:
    """Return the object that `target` names; it has a method of the name `method`.

    Shape: `target` is `package.module:attribute` or `path/to/file.py:attribute`.
    Raises: `MisuseError` when there is no such object, or it is something else.
    """
    module, where, attribute = _named(target, "MODULE:ATTRIBUTE, such as controller:controller")
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise MisuseError(_absent(module, where, attribute, method))
        found = getattr(found, part)
    if isinstance(found, type) or not callable(getattr(found, method, None)):
        what = f"the class {found.__name__}" if isinstance(found, type) else _a(found)
        message = f"{target} is {what}, not a controller; {_candidates(module, where, method)}"
        raise MisuseError(message)
    return found


def load_parent(target: str) -> type[Parent[Any, Any]]:
    """Return the class of a parent that `target` names.

    Shape: as for `load`.
    Raises: `MisuseError` when there is no such class, it is no parent, or has no kind.
    """
    module, where, attribute = _named(target, "MODULE:CLASS, such as store:Store")
    parents = sorted(
        name
        for name, value in vars(module).items()
        if _is_parent(value) and hasattr(value, "gvk")
        if name.isidentifier()  # of a generic class, one more stands in the module
    )
    known = f"{where} has {', '.join(parents)}" if parents else f"{where} has no parent"
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            hint = nearest(attribute, parents) or f"; {known}"
            raise MisuseError(f"{where} has no {attribute}{hint}")
        found = getattr(found, part)
    if not _is_parent(found):
        what = f"the class {found.__name__}" if isinstance(found, type) else _a(found)
        raise MisuseError(f"{target} is {what}, not the class of a parent; {known}")
    if not hasattr(found, "gvk"):
        raise MisuseError(f"{target} has no kind: give its class group= and version=")
    return found  # type: ignore[no-any-return]  # looked at above


def _is_parent(value: object) -> bool:
    from reconcile.objects.resource import Parent

    return isinstance(value, type) and issubclass(value, Parent)


def _named(target: str, expected: str) -> tuple[ModuleType, str, str]:
    """Return a module, its name and the name of something in it. Raises: MisuseError."""
    where, separator, attribute = target.rpartition(":")
    if not separator or not where or not attribute:
        raise MisuseError(f"expected {expected}, not {target!r}")
    return _module(where), where, attribute


def _module(where: str) -> ModuleType:
    directory = str(Path.cwd())
    if directory not in sys.path:
        sys.path.insert(0, directory)
    is_file = where.endswith(".py") or "/" in where
    if where.startswith(".") and not is_file:
        raise MisuseError(f"{where} is relative to nothing; write the module's name in full")
    try:
        return _from_file(Path(where)) if is_file else importlib.import_module(where)
    except MisuseError:
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and (where == error.name or where.startswith(f"{error.name}.")):
            message = f"there is no module {where} in {directory} or among what is installed"
            raise MisuseError(message) from error
        message = f"{where} cannot be imported: it needs {error.name}, which is not there"
        raise MisuseError(message) from error
    except (Exception, SystemExit) as error:
        raise MisuseError(f"{where} cannot be imported: {_why(error)}") from error


def _why(error: BaseException) -> str:
    """Return why an import failed: names and places, no values."""
    if isinstance(error, SyntaxError):
        # That of a file which is not even text has no line.
        line = f" at {PurePath(error.filename).name}:{error.lineno}" if error.filename else ""
        return f"SyntaxError{line}: {error.msg.partition(':')[0]}"
    name = f"{type(error).__name__}{_place(error)}"
    if isinstance(error, ReconcileError):
        return f"{name}: {error}"
    wanted = _NAME.match(str(error)) if isinstance(error, ImportError) else None
    if wanted is not None:
        # Of `from package import name`; later versions of Python tell it in a field.
        held = sys.modules.get(wanted[2])
        hint = nearest(wanted[1], dir(held) if held is not None else ())
        return f"{name}: {wanted[2]} has no {wanted[1]}{hint}"
    if isinstance(error, (NameError, AttributeError)) and error.name is not None:
        return f"{name}: there is no {error.name}"
    return name


def _place(error: BaseException) -> str:
    """Return the last place in the user's own code that an error came through."""
    # "<frozen ...>" and "<string>" are no files: of Python, and what dataclasses are made of.
    libraries = ("<", str(_LIBRARY), *site.getsitepackages())
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(libraries)
    ]
    return f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise MisuseError(f"there is no file {path}")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        # What stands beside the file can be imported, as when it is run.
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise MisuseError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    # Known by name before it runs: dataclasses and pydantic look their module up.
    before = sys.modules.get(path.stem)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        if before is None:
            del sys.modules[path.stem]
        else:
            sys.modules[path.stem] = before
        raise
    return module


def _known(module: ModuleType, method: str) -> list[str]:
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not isinstance(value, type)
        and callable(getattr(value, method, None))
    )


def _candidates(module: ModuleType, where: str, method: str) -> str:
    known = _known(module, method)
    return f"{where} has {', '.join(known)}" if known else f"{where} has no controller"


def _absent(module: ModuleType, where: str, attribute: str, method: str) -> str:
    public = [name for name in vars(module) if not name.startswith("_")]
    hint = nearest(attribute, public)
    return f"{where} has no {attribute}{hint or '; ' + _candidates(module, where, method)}"


def _a(thing: object) -> str:
    name = type(thing).__name__
    return f"an {name}" if name[0] in "aeiouAEIOU" else f"a {name}"


def add_request(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that commands about one request share."""
    parser.add_argument("target", metavar="MODULE:ATTR", help="the controller")
    parser.add_argument(
        "file", metavar="FILE", nargs="?", default="-", help="the request; - or nothing: stdin"
    )
    add_moment(parser)


def add_moment(parser: argparse.ArgumentParser) -> None:
    """Declare what a request is answered with beside itself."""
    parser.add_argument("--now", metavar="RFC3339", help="the time to answer at; default: now")
    parser.add_argument("--entropy", metavar="HEX", help="32 random bytes; default: fresh ones")


def read_request(name: str) -> bytes:
    """Return the bytes of a file; "-" is the standard input.

    Raises: `MisuseError` when it cannot be read.
    """
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise MisuseError(f"{name} cannot be read: {error.strerror}") from error


def refuse_request(name: str, body: bytes, error: BaseException) -> None:
    """Raise `MisuseError` where an error is about the request itself: its file must be changed."""
    if isinstance(error, LimitError):
        # A controller has limits, too: whose this is, reading tells.
        try:
            decode(body)
        except LimitError:
            pass
        else:
            return
    elif not isinstance(error, RequestError):
        return
    where = "the standard input" if name == "-" else name
    message = f"{where}: {error}; what is needed is a request of Metacontroller, as JSON"
    raise MisuseError(message) from error


def parse_time(text: str | None) -> datetime:
    """Return the time that `text` tells; the clock's for None.

    Raises: `MisuseError` when it is not RFC 3339 with a time zone.
    """
    if text is None:
        return now()
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise MisuseError("--now is not RFC 3339, such as 2026-01-31T12:00:00Z") from error
    if time.tzinfo is None:
        raise MisuseError("--now has no time zone; put a Z behind it for UTC")
    return time


def parse_entropy(text: str | None) -> bytes:
    """Return the bytes that `text` gives in hexadecimal; fresh ones for None.

    Raises: `MisuseError` when it is not 32 bytes.
    """
    if text is None:
        return entropy()
    try:
        data = bytes.fromhex(text)
    except ValueError as error:
        raise MisuseError("--entropy is not hexadecimal") from error
    if len(data) != 32:
        raise MisuseError(f"--entropy has {len(data)} bytes, not 32 (64 hexadecimal digits)")
    return data
