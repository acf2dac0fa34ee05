"""What a controller declares: the kinds of its children, and the related objects it asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar, get_args

from reconcile.errors import Fault, ObjectError
from reconcile.kinds import known, plural, scope
from reconcile.objects.accept import plain
from reconcile.objects.gvk import Gvk
from reconcile.objects.selector import check_selector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconcile.objects.view import Kind
    from reconcile.value import JsonIn, JsonObject

__all__ = ["Child", "Decorated", "Related", "UpdateMethod", "gvk_of", "namespaced"]

K = TypeVar("K", bound="Kind")

UpdateMethod: TypeAlias = Literal[
    "OnDelete", "Recreate", "InPlace", "RollingRecreate", "RollingInPlace"
]
METHODS: tuple[str, ...] = get_args(UpdateMethod)


def gvk_of(kind: type[Kind] | Gvk) -> Gvk:
    """Return the kind that a class of typed objects stands for, or the kind itself."""
    return kind if isinstance(kind, Gvk) else kind.gvk


def namespaced(kind: type[Kind] | Gvk) -> bool | None:
    """Return whether objects of `kind` live in a namespace; None where nobody says."""
    if not isinstance(kind, Gvk):
        return kind.namespaced
    if known(kind.api_version, kind.kind):
        return scope(kind.api_version, kind.kind) == "Namespaced"
    return None


@dataclass(frozen=True, slots=True)
class Child:
    """A kind of children: what the rules may make, and how a changed child is updated.

    `update` is Metacontroller's update strategy; OnDelete never changes a child that is there.
    `status_checks` are the conditions, by type, that a changed child must have before a rolling
    update goes on to the next: `{"Ready": "True"}`. No other strategy looks at them.
    Raises: ObjectError for an unknown strategy, or for checks that nothing would look at.
    """

    kind: type[Kind] | Gvk
    update: UpdateMethod = "OnDelete"
    status_checks: Mapping[str, str] = field(
        default_factory=dict[str, str], kw_only=True, hash=False
    )
    plural: str | None = field(default=None, kw_only=True)
    """The resource's name in the API; needed only for a kind this library does not know."""

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        if self.update not in METHODS:
            faults.append(Fault("/updateStrategy/method", f"is not one of {', '.join(METHODS)}"))
        elif self.status_checks and not self.update.startswith("Rolling"):
            message = "are for RollingRecreate and RollingInPlace only"
            faults.append(Fault("/updateStrategy/statusChecks", message))
        if faults:
            raise ObjectError(faults, ref=f"child {self.gvk}")

    @property
    def gvk(self) -> Gvk:
        """Return the kind."""
        return gvk_of(self.kind)

    @property
    def namespaced(self) -> bool | None:
        """Return whether the children live in a namespace; None where nobody says."""
        return namespaced(self.kind)

    @property
    def resource(self) -> str:
        """Return the plural under which the API serves the kind.

        Raises: ObjectError for a kind that is not known and has no `plural`.
        """
        return _resource(self.kind, self.plural)


@dataclass(frozen=True, slots=True)
class Decorated(Generic[K]):
    """A kind of objects that a decorator is about, and which of them.

    Shape: selectors as on the wire: `label_selector` has `matchLabels` and `matchExpressions`,
        `annotation_selector` has `matchAnnotations` and `matchExpressions`. None selects all.
    Raises: ObjectError for what is no selector.
    Source: Metacontroller pkg/controller/decorator/selector.go.
    """

    kind: type[K]
    label_selector: Mapping[str, JsonIn] | None = field(default=None, kw_only=True, hash=False)
    annotation_selector: Mapping[str, JsonIn] | None = field(default=None, kw_only=True, hash=False)

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        if self.label_selector is not None:
            faults += _within("/labelSelector", check_selector(self.label_selector))
        if self.annotation_selector is not None:
            # The same but for one name.
            names = {"matchAnnotations": "matchLabels", "matchLabels": "matchAnnotations"}
            asked = {names.get(key, key): each for key, each in self.annotation_selector.items()}
            faults += _within(
                "/annotationSelector",
                [
                    Fault(fault.pointer.replace("matchLabels", "matchAnnotations"), fault.message)
                    for fault in check_selector(asked)
                ],
            )
        if faults:
            raise ObjectError(faults, ref=f"decorated {self.kind.gvk}")


@dataclass(frozen=True, slots=True)
class Related:
    """Objects that a rule wants to see without owning them.

    Either `names` (with or without `namespace`), or `labels` (with or without `namespace`), or
    `namespace_selector` (with or without `labels`), or nothing, which is every object of the kind.
    Selectors have the shape of a LabelSelector: `matchLabels`, `matchExpressions`.
    Raises: ObjectError for a combination that Metacontroller refuses.
    Source: Metacontroller pkg/controller/common/customize/manager.go.
    """

    kind: type[Kind] | Gvk
    names: Sequence[str] = ()
    namespace: str | None = None
    labels: Mapping[str, JsonIn] | None = None
    namespace_selector: Mapping[str, JsonIn] | None = None
    plural: str | None = field(default=None, kw_only=True)
    """The resource's name in the API; needed only for a kind this library does not know."""

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        if isinstance(self.names, str):
            faults.append(Fault("/names", "is one text, a list of names is needed"))
        if self.names and (self.labels is not None or self.namespace_selector is not None):
            faults.append(Fault("/names", "names and selectors exclude each other"))
        if self.namespace is not None and self.namespace_selector is not None:
            fault = "namespace and namespace_selector exclude each other"
            faults.append(Fault("/namespace", fault))
        for place, selector in (
            ("/labelSelector", self.labels),
            ("/namespaceSelector", self.namespace_selector),
        ):
            if selector is not None:
                faults += _within(place, check_selector(selector))
        if self.plural is None and isinstance(self.kind, Gvk) and not known(*_names(self.kind)):
            faults.append(Fault("/resource", "the kind is not known, say plural="))
        if faults:
            raise ObjectError(faults, ref=f"related {gvk_of(self.kind)}")

    @property
    def resource(self) -> str:
        """Return the plural under which the API serves the kind."""
        return _resource(self.kind, self.plural)

    def to_wire(self) -> JsonObject:
        """Return the rule as Metacontroller's customize response has it."""
        wire: JsonObject = {"apiVersion": gvk_of(self.kind).api_version, "resource": self.resource}
        if self.labels is not None:
            wire["labelSelector"] = plain(self.labels)
        if self.namespace_selector is not None:
            wire["namespaceSelector"] = plain(self.namespace_selector)
        if self.namespace is not None:
            wire["namespace"] = self.namespace
        if self.names:
            wire["names"] = list(self.names)
        return wire


def _within(place: str, faults: list[Fault]) -> list[Fault]:
    return [Fault(place + fault.pointer, fault.message) for fault in faults]


def _resource(kind: type[Kind] | Gvk, told: str | None) -> str:
    if told is not None:
        return told
    return plural(*_names(kind)) if isinstance(kind, Gvk) else kind.plural


def _names(gvk: Gvk) -> tuple[str, str]:
    return gvk.api_version, gvk.kind
