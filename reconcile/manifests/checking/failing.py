"""What rules do wrong that the library itself refuses: found before a request finds it.

Source: `reconcile/rules/asked.py`, which refuses; recordings of Metacontroller 4.17.2, which show
what would come of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from reconcile.errors import ConflictError, ObjectError, RetryLater
from reconcile.manifests.checking.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconcile.errors import Fault, RuleError

__all__ = ["failing"]


class _Kind(NamedTuple):
    id: str
    reason: str
    remedy: str
    source: str


_UNDECLARED: Final = _Kind(
    "undeclared",
    "such a child is created once and then never seen, changed or deleted, so every answer that "
    "holds it is refused",
    "add Child(...) for the kind to the controller",
    "1.36",
)
_VERSION: Final = _Kind(
    "other-version",
    "a child desired in another version than declared is deleted and created at every sync, so "
    "every answer that holds it is refused",
    "use one version in the rule and in Child(...)",
    "1.37",
)
_CLUSTER: Final = _Kind(
    "cluster-scoped",
    "a namespaced parent cannot own it: it is created once, never seen again, and outlives its "
    "parent; every answer that holds it is refused",
    "make the parent cluster-scoped, or leave the object to whoever installs the controller",
    "1.34",
)
_ELSEWHERE: Final = _Kind(
    "other-namespace",
    "the garbage collector takes it away, as its owner is not there, and the next sync creates it "
    "again; every answer that holds it is refused",
    "leave the namespace out, so that it is the parent's; or make the parent cluster-scoped",
    "1.33",
)
_NO_NAMESPACE: Final = _Kind(
    "no-namespace",
    "the parent has none to give, and the API server refuses the child at every sync",
    "say namespace= in the child",
    "1.35",
)
_GENERATED: Final = _Kind(
    "generated-name",
    "a generated name is never found again: a child is created and deleted with each sync",
    "give the child a name made from the parent's",
    "1.32",
)
_ECHO: Final = _Kind(
    "not-a-child",
    "only the API server writes it, so it differs at every sync",
    "make the child from the parent, not from the child that is observed",
    "1.40",
)
_BROKEN: Final = _Kind(
    "not-a-child", "every answer that holds it is refused", "see docs/gotchas.md, Answers", ""
)


def failing(
    error: RuleError | ConflictError | RetryLater, *, declared: frozenset[str], certain: bool
) -> Iterator[Finding]:
    """Yield what one failure of a rule says.

    Shape: `declared` are the kinds of children as `group/Kind`. `certain` is false where the
        parent was made up, so that the rule may fail for want of what users write.
    """
    if isinstance(error, RetryLater):
        return
    if isinstance(error, ConflictError):
        rules = tuple(sorted(each.partition("[")[0] for each in error.managers))
        yield Finding(
            "conflict",
            "error",
            f"rules {' and '.join(rules)}",
            f"set one field of {error.ref or 'a child'} to different values",
            "every sync fails, and no child is touched",
            "let one of them leave it unset",
            error.pointer,
            rules,
        )
        return
    rule = error.rule.partition("[")[0]
    cause = error.__cause__
    if isinstance(cause, ObjectError):
        for fault in cause.faults:
            kind = _kind(fault, declared)
            what, _, _ = fault.message.partition(", ")
            about = (cause.ref or "").partition(" ")[0]
            sure = certain or kind is not _BROKEN or "/status" in fault.pointer
            yield Finding(
                kind.id,
                "error" if sure else "warning",
                f"{about or 'a child'} of rule {rule}",
                what,
                kind.reason,
                kind.remedy,
                fault.pointer,
                (rule,),
                kind.source,
            )
        return
    severity: Severity = "error" if certain else "warning"
    yield Finding(
        "rule-fails",
        severity,
        f"rule {rule}",
        error.message,
        "while it fails, the sync fails, and no child is touched"
        if certain
        else "it was asked about an example made from the schema, which may lack what users write; "
        "what it makes is not checked",
        "mend the rule; if the parent is wrong, say so in a condition"
        if certain
        else "give a parent as users write it (--sample FILE)",
        rules=(rule,),
    )


def _kind(fault: Fault, declared: frozenset[str]) -> _Kind:
    if fault.pointer == "/kind" and "not declared" in fault.message:
        gvk = fault.message.partition(" is not declared")[0]
        version, _, kind = gvk.rpartition(" ")
        return _VERSION if f"{version.rpartition('/')[0]}/{kind}" in declared else _UNDECLARED
    if fault.pointer == "/metadata/namespace":
        if "cluster-scoped child" in fault.message:
            return _CLUSTER
        return _NO_NAMESPACE if "is absent" in fault.message else _ELSEWHERE
    if fault.pointer == "/metadata/generateName":
        return _GENERATED
    return _ECHO if "API server's to write" in fault.message else _BROKEN
