"""The admission plug-in RuntimeClass: what the way a Pod is run costs, and where it is.

Source: k8s.io/kubernetes plugin/pkg/admission/runtimeclass/admission.go,
pkg/util/tolerations/tolerations.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from reconcile.kinds.validation.pod_resources import comparable
from reconcile.simulate.server.status import forbidden
from reconcile.value.equality import equal
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.server.status import ApiError
    from reconcile.simulate.server.writing import Target
    from reconcile.value.types import Json, JsonObject

__all__ = ["check_overhead", "run_by"]

_DIFFERS: Final = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
_UNDEFINED: Final = (
    "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
)


def run_by(target: Target, document: JsonObject) -> None:
    """Give a new Pod what its class says. Raises: ApiError if it is not there, or differs."""
    spec = _object(document.get("spec"))
    defined = _class(target, spec)
    if defined is None:
        return
    overhead = _object(_object(defined.get("overhead")).get("podFixed"))
    if overhead:
        if spec.get("overhead") and not _same(spec["overhead"], overhead):
            raise _refused(target, _DIFFERS)
        spec["overhead"] = dict(overhead)
    scheduling = _object(defined.get("scheduling"))
    selector = _object(scheduling.get("nodeSelector"))
    mine = _object(spec.get("nodeSelector"))
    for key, value in selector.items():
        if key in mine and mine[key] != value:
            why = (
                f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; "
                f"pod.spec.nodeSelector[{key}] = {mine[key]}"
            )
            raise _refused(target, why)
    if selector:
        spec["nodeSelector"] = {**mine, **selector}
    tolerations = scheduling.get("tolerations")
    if tolerations:
        both = [*_objects(spec.get("tolerations")), *_objects(thaw(cast("Json", tolerations)))]
        spec["tolerations"] = cast("Json", _merged(both))


def check_overhead(target: Target, document: JsonObject) -> None:
    """Refuse a Pod that says another cost than its class. Raises: ApiError."""
    spec = _object(document.get("spec"))
    defined = _class(target, spec)
    overhead = None if defined is None else defined.get("overhead")
    if isinstance(overhead, dict):
        if not _same(spec.get("overhead") or {}, overhead.get("podFixed") or {}):
            raise _refused(target, _DIFFERS)
    elif spec.get("overhead"):
        raise _refused(target, _UNDEFINED)


def _class(target: Target, spec: JsonObject) -> JsonObject | None:
    name = spec.get("runtimeClassName")
    if not name:
        return None
    held = target.world.objects.get(f"node.k8s.io/RuntimeClass/{name}")
    if held is None:
        raise forbidden("pods", "", target.name, f'pod rejected: RuntimeClass "{name}" not found')
    return cast("JsonObject", held.document)


def _same(one: Json, other: Json) -> bool:
    return equal(comparable(one, "overhead"), comparable(other, "overhead"))


def _refused(target: Target, why: str) -> ApiError:
    return forbidden("pods", "", target.name, why)


def _merged(tolerations: list[JsonObject]) -> list[JsonObject]:
    """Return tolerations without those that others include; of equal ones, the first."""
    made: list[JsonObject] = []
    for place, each in enumerate(tolerations):
        later = [other for other in tolerations[place + 1 :] if not equal(other, each)]
        if not any(_includes(other, each) for other in [*made, *later]):
            made.append(each)
    return made


def _includes(wide: JsonObject, narrow: JsonObject) -> bool:
    """Tell whether a toleration tolerates all that another one does."""
    if equal(wide, narrow):
        return True
    exists = wide.get("operator") == "Exists"
    if narrow.get("key") != wide.get("key") and (wide.get("key") or not exists):
        return False
    if wide.get("effect") and narrow.get("effect") != wide["effect"]:
        return False
    most, seconds = wide.get("tolerationSeconds"), narrow.get("tolerationSeconds")
    limited = wide.get("effect") == "NoExecute" and isinstance(most, int)
    if limited and (not isinstance(seconds, int) or seconds > cast("int", most)):
        return False
    if exists:
        return True
    same = narrow.get("operator") == "Equal" and narrow.get("value") == wide.get("value")
    return same and wide.get("operator") in (None, "", "Equal")


def _object(value: object) -> JsonObject:
    return cast("JsonObject", value) if isinstance(value, dict) else {}


def _objects(value: Json) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
