"""The admission plug-in LimitRanger: what Pods and claims of a namespace get, and may ask for.

1. Defaults of a container come first, from each range in turn; then every range is held against the
   whole. Ranges are taken by name: the server takes them in no order.
2. A range says no with all that is wrong at once; the next one is not asked.

Source: k8s.io/kubernetes plugin/pkg/admission/limitranger/admission.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, cast

from reconcile.errors import ReconcileError
from reconcile.objects.quantity import Quantity
from reconcile.simulate.server.status import forbidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconcile.simulate.server.writing import Target
    from reconcile.value.types import Json, JsonObject

__all__ = ["give_defaults", "hold_claim", "hold_pod", "summed"]

_ANNOTATION: Final = "kubernetes.io/limit-ranger"
_POD_LEVEL: Final = ("cpu", "memory")
_MOST_IN_THOUSANDTHS: Final = (2**63 - 1) // 1000


class _Amounts(NamedTuple):
    """What is asked for, and what it is limited to."""

    requests: Mapping[str, Quantity]
    limits: Mapping[str, Quantity]


def give_defaults(target: Target, pod: JsonObject) -> None:
    """Give the containers of a new Pod what they do not say themselves."""
    spec = _object(pod, "spec")
    for limits in _ranges(target):
        mine = [each for each in limits if each.get("type") == "Container"]
        defaults = {
            name: {key: value for each in mine for key, value in _object(each, held).items()}
            for name, held in (("requests", "defaultRequest"), ("limits", "default"))
        }
        told = [
            text
            for name, what in (("containers", "container"), ("initContainers", "init container"))
            for container in _objects(spec, name)
            for text in _merged(container, defaults, f"{what} {container.get('name', '')}")
        ]
        if told:
            metadata = cast("JsonObject", pod.setdefault("metadata", {}))
            annotations = cast("JsonObject", metadata.setdefault("annotations", {}))
            annotations[_ANNOTATION] = f"LimitRanger plugin set: {'; '.join(told)}"


def _merged(
    container: JsonObject, defaults: Mapping[str, Mapping[str, Json]], what: str
) -> Iterator[str]:
    """Give one container its defaults; tell which."""
    for name, one in (("requests", "request"), ("limits", "limit")):
        resources = cast("JsonObject", container.setdefault("resources", {}))
        mine = resources.get(name)
        held: JsonObject = dict(mine) if isinstance(mine, dict) else {}
        new = sorted(key for key in defaults[name] if key not in held)
        if new:
            resources[name] = {**held, **{key: defaults[name][key] for key in new}}
            yield f"{', '.join(new)} {one} for {what}"


def hold_pod(target: Target, pod: JsonObject) -> None:
    """Refuse a Pod that asks for too little or too much. Raises: ApiError."""
    spec = _object(pod, "spec")
    containers = [*_objects(spec, "containers"), *_objects(spec, "initContainers")]
    for limits in _ranges(target):
        wrong: list[str] = []
        for limit in limits:
            if limit.get("type") == "Container":
                for container in containers:
                    wrong += _held(limit, _asked(container))
            elif limit.get("type") == "Pod":
                wrong += _held(limit, _Amounts(summed(spec, "requests"), summed(spec, "limits")))
        _refuse(target, pod, wrong)


def hold_claim(target: Target, claim: JsonObject) -> None:
    """Refuse a claim that asks for too little or too much. Raises: ApiError."""
    asked = _Amounts(_asked(_object(claim, "spec")).requests, {})
    for limits in _ranges(target):
        wrong: list[str] = []
        for limit in limits:
            if limit.get("type") == "PersistentVolumeClaim":
                wrong += _at_least(limit, asked)
                wrong += _at_most_requested(limit, asked)
        _refuse(target, claim, wrong)


def _refuse(target: Target, document: JsonObject, wrong: list[str]) -> None:
    if not wrong:
        return
    metadata = _object(document, "metadata")
    name = target.name or str(metadata.get("name") or metadata.get("generateName") or "Unknown")
    told = list(dict.fromkeys(wrong))
    why = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
    raise forbidden(target.type.served.plural, target.type.served.group, name, why)


def _ranges(target: Target) -> Iterator[list[JsonObject]]:
    """Yield the limits of each range of the namespace."""
    for held in target.world.objects.values(f"/LimitRange/{target.namespace}/"):
        yield _objects(_object(cast("JsonObject", held.document), "spec"), "limits")


def _held(limit: JsonObject, asked: _Amounts) -> list[str]:
    return [*_at_least(limit, asked), *_at_most(limit, asked), *_in_ratio(limit, asked)]


def _bounds(limit: JsonObject, name: str, asked: _Amounts) -> Iterator[_Bound]:
    for resource, bound in sorted(_quantities(_object(limit, name)).items()):
        request, most = asked.requests.get(resource), asked.limits.get(resource)
        yield _Bound(resource, str(limit.get("type")), bound, request, most)


class _Bound(NamedTuple):
    """One amount that a range names, and what is there to compare with it."""

    resource: str
    kind: str
    bound: Quantity
    request: Quantity | None
    limit: Quantity | None

    def said(self, which: str) -> str:
        return f"{which} {self.resource} usage per {self.kind} is {self.bound.canonical}"

    def numbers(self) -> tuple[int, int, int]:
        """The request, the limit and the bound: in thousandths if none is too large for that."""
        all_three = (self.request or Quantity(0), self.limit or Quantity(0), self.bound)
        whole = [int(each) for each in all_three]
        if max(whole) <= _MOST_IN_THOUSANDTHS:
            whole = [int(each.rounded_up().value * 1000) for each in all_three]
        return whole[0], whole[1], whole[2]


def _at_least(limit: JsonObject, asked: _Amounts) -> Iterator[str]:
    for each in _bounds(limit, "min", asked):
        request, most, bound = each.numbers()
        said = each.said("minimum")
        if each.request is None:
            yield f"{said}.  No request is specified"
        elif request < bound:
            yield f"{said}, but request is {each.request.canonical}"
        elif each.limit is not None and most < bound:
            yield f"{said}, but limit is {each.limit.canonical}"


def _at_most(limit: JsonObject, asked: _Amounts) -> Iterator[str]:
    for each in _bounds(limit, "max", asked):
        request, most, bound = each.numbers()
        said = each.said("maximum")
        if each.limit is None:
            yield f"{said}.  No limit is specified"
        elif most > bound:
            yield f"{said}, but limit is {each.limit.canonical}"
        elif each.request is not None and request > bound:
            yield f"{said}, but request is {each.request.canonical}"


def _at_most_requested(limit: JsonObject, asked: _Amounts) -> Iterator[str]:
    for each in _bounds(limit, "max", asked):
        request, _, bound = each.numbers()
        said = each.said("maximum")
        if each.request is None:
            yield f"{said}.  No request is specified"
        elif request > bound:
            yield f"{said}, but request is {each.request.canonical}"


def _in_ratio(limit: JsonObject, asked: _Amounts) -> Iterator[str]:
    for each in _bounds(limit, "maxLimitRequestRatio", asked):
        request, most, _ = each.numbers()
        said = (
            f"{each.resource} max limit to request ratio per {each.kind} is {each.bound.canonical}"
        )
        if not request:
            yield f"{said}, but no request is specified or request is 0"
        elif not most:
            yield f"{said}, but no limit is specified or limit is 0"
        elif most / request > each.bound.rounded_up().value:
            yield f"{said}, but provided ratio is {most / request:.6f}"


def summed(spec: JsonObject, name: str) -> dict[str, Quantity]:
    """Return what a whole Pod asks for: its containers together, or any step before them."""
    made: dict[str, Quantity] = {}
    beside: dict[str, Quantity] = {}
    first: dict[str, Quantity] = {}
    for container in _objects(spec, "containers"):
        _add(made, _of(container, name))
    for container in _objects(spec, "initContainers"):
        mine = _of(container, name)
        if container.get("restartPolicy") == "Always":
            _add(made, mine)
            _add(beside, mine)
            step = beside
        else:
            step = dict(beside)
            _add(step, mine)
        _raise_to(first, step)
    _raise_to(made, first)
    whole = _of(spec, name)
    return made | {key: whole[key] for key in whole if _is_pod_level(key)}


def _is_pod_level(resource: str) -> bool:
    return resource in _POD_LEVEL or resource.startswith("hugepages-")


def _add(into: dict[str, Quantity], more: Mapping[str, Quantity]) -> None:
    for key, value in more.items():
        into[key] = into[key] + value if key in into else value


def _raise_to(into: dict[str, Quantity], least: Mapping[str, Quantity]) -> None:
    for key, value in least.items():
        if key not in into or into[key] < value:
            into[key] = value


def _asked(holder: JsonObject) -> _Amounts:
    return _Amounts(_of(holder, "requests"), _of(holder, "limits"))


def _of(holder: JsonObject, name: str) -> dict[str, Quantity]:
    return _quantities(_object(_object(holder, "resources"), name))


def _quantities(held: Mapping[str, Json]) -> dict[str, Quantity]:
    """Return amounts by their names; what is none is left to validation."""
    made: dict[str, Quantity] = {}
    for name, value in held.items():
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            try:
                made[name] = Quantity(value)
            except ReconcileError:
                continue
    return made


def _object(holder: Mapping[str, Json], name: str) -> JsonObject:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def _objects(holder: Mapping[str, Json], name: str) -> list[JsonObject]:
    found = holder.get(name)
    items: Iterable[Json] = found if isinstance(found, list) else ()
    return [each for each in items if isinstance(each, dict)]
