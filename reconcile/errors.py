"""Every error we raise, by who must act.

1. One base, `ReconcileError`. Below it one class per person who has to do something about it.
2. Facts are fields; the text is made from them in `__str__`: lower case, no full stop, what was
   wrong, where, what would be right.
3. No text holds a value of an object. Callers describe a value with `reconcile.value.describe`,
   which tells its type and size only.
4. Every error survives pickling, because some function platforms pass errors between processes.
5. Everything imports this, so it imports next to nothing: facts are named tuples, because data
   classes bring `inspect`, and the search for the nearest word is loaded when a word is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ConflictError",
    "DefinitionError",
    "Fault",
    "LimitError",
    "ObjectError",
    "PatchError",
    "PointerError",
    "ReadOnlyError",
    "ReconcileError",
    "RequestError",
    "RetryLater",
    "RuleError",
    "nearest",
]


class Fault(NamedTuple):
    """One thing that is wrong in a document."""

    pointer: str
    """RFC 6901 pointer of the place, "" for the document itself."""
    message: str
    """What is wrong and what would be right; never a value."""

    def __str__(self) -> str:
        return f"{self.pointer or 'the document'}: {self.message}"


def _revive(cls: type[ReconcileError], facts: dict[str, Any]) -> ReconcileError:
    error = cls.__new__(cls)
    error.__dict__.update(facts)
    return error


class ReconcileError(Exception):
    """Base of all errors of this library. Not raised itself."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), dict(self.__dict__))


class RequestError(ReconcileError):
    """The sender of a request must act: what came in is not a hook request.

    `code` is a fixed word for the reply and for counting; `status` the HTTP status to answer with.
    """

    def __init__(
        self, code: str, message: str, *, pointer: str | None = None, status: int = 400
    ) -> None:
        super().__init__()
        self.code = code
        self.message = message
        self.pointer = pointer
        self.status = status

    def __str__(self) -> str:
        if self.pointer is None:
            return self.message
        return f"{self.pointer or 'the document'}: {self.message}"


class LimitError(ReconcileError):
    """Something is larger than a limit allows; whoever made it must make it smaller.

    `limit` names the limit, `maximum` is its bound (unit: as the limit's name says).
    """

    def __init__(self, limit: str, maximum: int, *, pointer: str | None = None) -> None:
        super().__init__()
        self.limit = limit
        self.maximum = maximum
        self.pointer = pointer

    def __str__(self) -> str:
        where = "" if self.pointer is None else f" at {self.pointer or 'the document'}"
        return f"more than {self.maximum} {self.limit}{where}"


class RuleError(ReconcileError):
    """The author of a rule must act: it raised, or returned something that cannot be used."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__()
        self.rule = rule
        self.message = message

    def __str__(self) -> str:
        return f"rule {self.rule}: {self.message}" if self.rule else self.message


class RetryLater(ReconcileError):
    """Nobody must act: raised by a rule that wants nothing changed now and a call again later.

    Units: `seconds`, > 0; rounded up to whole seconds, because `Retry-After` says so.
    The reply is 429: Metacontroller writes nothing, emits no event and calls again.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def __str__(self) -> str:
        return f"call again in {self.seconds} seconds"


class ReadOnlyError(ReconcileError, TypeError):
    """The author of a rule must act: it changes what it observes. A copy may be changed."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message

    def __str__(self) -> str:
        return self.message


class ConflictError(ReconcileError):
    """The authors of two rules must agree: both set one field, to different values."""

    def __init__(self, pointer: str, managers: tuple[str, str], *, ref: str | None = None) -> None:
        super().__init__()
        self.pointer = pointer
        self.managers = managers
        self.ref = ref

    def __str__(self) -> str:
        first, second = self.managers
        where = f" of {self.ref}" if self.ref else ""
        return (
            f"{first} and {second} set {self.pointer or 'the whole document'}{where} "
            "to different values; let one of them leave it unset"
        )


class ObjectError(ReconcileError):
    """The author of an object must act: it cannot be sent or read as it is.

    `faults` holds all that was found, sorted by pointer.
    """

    def __init__(self, faults: Iterable[Fault], *, ref: str | None = None) -> None:
        super().__init__()
        self.faults = tuple(sorted(faults))
        self.ref = ref

    def __str__(self) -> str:
        what = "; ".join(str(fault) for fault in self.faults)
        return f"{self.ref}: {what}" if self.ref else what


class DefinitionError(ReconcileError):
    """The author of a controller, a rule set or a model must act: it is put together wrongly.

    Raised while the program starts, never while it answers. `findings` holds all that was found.
    """

    def __init__(self, findings: Iterable[str], *, subject: str) -> None:
        super().__init__()
        self.findings = tuple(findings)
        self.subject = subject

    def __str__(self) -> str:
        return f"{self.subject}: " + "; ".join(self.findings)


class PatchError(ReconcileError):
    """The author of a patch must act: one of its operations cannot be applied."""

    def __init__(self, index: int, pointer: str, message: str) -> None:
        super().__init__()
        self.index = index
        self.pointer = pointer
        self.message = message

    def __str__(self) -> str:
        return f"operation {self.index} at {self.pointer or 'the document'}: {self.message}"


class PointerError(ReconcileError):
    """The author of a JSON pointer must act: it does not follow RFC 6901."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__()
        self.pointer = pointer
        self.message = message

    def __str__(self) -> str:
        return f"pointer {self.pointer!r}: {self.message}"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint naming the known word most like `word`, or an empty text.

    Shape: `, did you mean 'replicas'?`, ready to be put behind a message.
    """
    from difflib import get_close_matches

    match = get_close_matches(word, list(known), n=1)
    return f", did you mean {match[0]!r}?" if match else ""
