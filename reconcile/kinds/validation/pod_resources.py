"""What containers and Pods ask for: requests, limits, claims.

1. A request is not more than its limit; what cannot be shared is asked for as often as it is
   limited, or not at all.
2. What a Pod asks for as a whole covers what its containers ask for.

Source: k8s.io/kubernetes pkg/apis/core/validation, validateResourceRequirements (1.36).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconcile.objects.quantity import Quantity

from ._go import printed
from ._primitives import (
    NOT_NEGATIVE,
    Telling,
    dns_label,
    dns_subdomain,
    duplicate,
    fails,
    forbidden,
    invalid,
    not_found,
    not_supported,
    qualified_name,
    required,
)
from ._read import given, obj, objs, text
from ._shared import amount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "comparable",
    "container_resource_name",
    "pod_claims",
    "pod_resources",
    "resource_quantity",
    "resources",
]

HUGE_PAGES: Final = "hugepages-"
_NOTHING: Final = Quantity("0")
_CONTAINER: Final = frozenset({"cpu", "memory", "ephemeral-storage"})
_COUNTED: Final = frozenset(
    {
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    }
)
"""What is counted: never a part of one."""
_STANDARD: Final = frozenset(
    {
        *_CONTAINER,
        *_COUNTED,
        *(f"{how}.{what}" for how in ("requests", "limits") for what in sorted(_CONTAINER)),
        "storage",
        "requests.storage",
    }
)


def comparable(value: Json, name: str = "") -> Json:
    """Return a part of a Pod in which amounts are spelt one way, whatever they were.

    Shape: `name` is what the part is called where it stands.
    """
    if isinstance(value, list):
        return [comparable(each) for each in value]
    if isinstance(value, dict):
        known = name in {"limits", "requests", "overhead"}
        return {key: comparable(each, "amount" if known else key) for key, each in value.items()}
    if name in {"amount", "divisor", "sizeLimit"}:
        held = amount(value)
        return value if held is None else f"{held.value}"
    return value


def _native(name: str) -> bool:
    return "/" not in name or "kubernetes.io/" in name


def _extended(name: str) -> bool:
    if _native(name) or name.startswith("requests."):
        return False
    return not qualified_name(f"requests.{name}")


def _shareable(name: str) -> bool:
    """Tell whether more of a resource may be promised than there is."""
    return _native(name) and not name.startswith(HUGE_PAGES)


def _resource_name(name: str, path: str) -> list[FieldError]:
    found = fails(path, name, qualified_name)
    if not found and "/" not in name and name not in _STANDARD and not name.startswith(HUGE_PAGES):
        what = "must be a standard resource type or fully qualified"
        found.append(invalid(path, name, what))
    return found


def container_resource_name(name: str, path: str) -> list[FieldError]:
    """Return what is wrong with the name of a resource of a container."""
    found = _resource_name(name, path)
    if "/" not in name:
        if name not in _CONTAINER and not name.startswith(HUGE_PAGES):
            found.append(invalid(path, name, "must be a standard resource for containers"))
    elif not _native(name) and not _extended(name):
        found.append(invalid(path, name, "doesn't follow extended resource name standard"))
    return found


def _pod_resource_name(name: str, path: str) -> list[FieldError]:
    found = _resource_name(name, path)
    if not found and name not in {"cpu", "memory"} and not name.startswith(HUGE_PAGES):
        found.append(not_supported(path, name, ("cpu", HUGE_PAGES, "memory")))
    return found


def resource_quantity(name: str, held: Quantity, path: str) -> list[FieldError]:
    """Return what is wrong with an amount of a resource."""
    found: list[FieldError] = []
    if held < _NOTHING:
        found.append(invalid(path, held.canonical, NOT_NEGATIVE))
    counted = name in _COUNTED or _extended(name)
    if counted and held.rounded_up(digits=3).value.denominator != 1:
        found.append(invalid(path, held.canonical, "must be an integer"))
    return found


def _huge_pages(name: str, held: Quantity, path: str) -> list[FieldError]:
    if not name.startswith(HUGE_PAGES):
        return []
    page = amount(name.removeprefix(HUGE_PAGES))
    size = 0 if page is None or page.value.denominator != 1 else int(page)
    if size > 0 and int(held) % size == 0:
        return []
    plain = "is not positive integer multiple of"
    told = Telling(f"{held.canonical} {plain} {name}", f"{plain} {name}")
    return [invalid(path, held.canonical, told)]


def _amounts(requirements: JsonObject, name: str) -> dict[str, Quantity]:
    """Return amounts by the names of resources."""
    found: dict[str, Quantity] = {}
    for each, value in obj(requirements, name).items():
        held = amount(value)
        found[each] = Quantity("0") if held is None else held
    return found


def resources(
    requirements: JsonObject,
    claims: Iterable[str],
    path: str,
    names: Callable[[str, str], list[FieldError]] = container_resource_name,
) -> list[FieldError]:
    """Return what is wrong with what a container asks for.

    Shape: `claims` are the names of the Pod's own resource claims.
    """
    limits, requests = _amounts(requirements, "limits"), _amounts(requirements, "requests")
    found: list[FieldError] = []
    for name, held in limits.items():
        place = f"{path}.limits[{name}]"
        found += names(name, place)
        found += resource_quantity(name, held, place)
        found += _huge_pages(name, held, place)
    for name, held in requests.items():
        place = f"{path}.requests[{name}]"
        found += names(name, place)
        found += resource_quantity(name, held, place)
        found += _covered(name, held, limits.get(name), path)
        found += _huge_pages(name, held, place)
    asked = {*limits, *requests}
    if any(name.startswith(HUGE_PAGES) for name in asked) and not asked & {"cpu", "memory"}:
        found.append(forbidden(path, "HugePages require cpu or memory"))
    return found + _claims(requirements, sorted({*claims}), f"{path}.claims")


def _covered(name: str, held: Quantity, limit: Quantity | None, path: str) -> list[FieldError]:
    """Return whether a request is more than its limit."""
    place, shareable = f"{path}.requests", _shareable(name)
    if limit is None:
        what = "Limit must be set for non overcommitable resources"
        return [] if shareable else [required(f"{path}.limits", what)]
    if held != limit and not shareable:
        plain = f"must be equal to {name} limit"
    elif held > limit:
        plain = f"must be less than or equal to {name} limit"
    else:
        return []
    return [invalid(place, held.canonical, Telling(f"{plain} of {limit.canonical}", plain))]


def _claims(requirements: JsonObject, known: list[str], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, claim in enumerate(objs(requirements, "claims")):
        place = f"{path}[{index}]"
        name, request = text(claim, "name"), text(claim, "request")
        if not name:
            found.append(required(place))
            continue
        if name in seen:
            found.append(duplicate(place, name))
        else:
            key = f"{name}/{request}" if request else name
            if request:
                found += fails(f"{place}.request", request, dns_label)
            if key in seen:
                found.append(duplicate(place, key))
            elif not request:
                parts = [each for each in seen if each.startswith(f"{name}/")]
                found += [duplicate(place, name) for _ in parts]
            seen.add(key)
        if name not in known:
            plain = "must be one of the names in pod.spec.resourceClaims"
            told = f"{plain}: {', '.join(known)}" if known else f"{plain} which is empty"
            found.append(not_found(place, name)._replace(detail=Telling(told, plain)))
    return found


def pod_resources(spec: JsonObject, claims: Iterable[str], path: str) -> list[FieldError]:
    """Return what is wrong with what a Pod asks for as a whole.

    Shape: `path` is that of the Pod's spec.
    """
    if not given(spec, "resources"):
        return []
    place = f"{path}.resources"
    if text(obj(spec, "os"), "name") == "windows":
        return [forbidden(place, "may not be set for a windows pod")]
    requirements = obj(spec, "resources")
    found: list[FieldError] = []
    if given(requirements, "claims"):
        what = "claims may not be set for Resources at pod-level"
        found.append(forbidden(f"{place}.claims", what))
    found += resources(requirements, claims, place, _pod_resource_name)
    return found + _whole(spec, requirements, place)


def _whole(spec: JsonObject, requirements: JsonObject, path: str) -> list[FieldError]:
    """Return where a Pod's own amounts are less than its containers need."""
    requests, limits = _amounts(requirements, "requests"), _amounts(requirements, "limits")
    found: list[FieldError] = []
    for name, need in _aggregate(spec, "requests").items():
        held = requests.get(name)
        if held is not None and need > held:
            plain = "must be greater than or equal to aggregate container requests"
            told = Telling(f"{plain} of {need.canonical}", plain)
            found.append(invalid(f"{path}.requests[{name}]", held.canonical, told))
    for name, need in _aggregate(spec, "limits").items():
        held = limits.get(name)
        if name.startswith(HUGE_PAGES) and held is not None and need > held:
            plain = "must be greater than or equal to aggregate container limits"
            told = Telling(f"{plain} of {need.canonical}", plain)
            found.append(invalid(f"{path}.limits[{name}]", held.canonical, told))
    for index, container in enumerate(objs(spec, "containers")):
        for name, need in _amounts(obj(container, "resources"), "limits").items():
            held = limits.get(name)
            if held is not None and need > held:
                plain = "must be less than or equal to pod limits"
                told = Telling(f"{plain} of {held.canonical}", plain)
                spot = f"{path}.containers[{index}][{name}].limits"
                found.append(invalid(spot, need.canonical, told))
    return found


def _aggregate(spec: JsonObject, which: str) -> dict[str, Quantity]:
    """Return what all containers need at one time.

    Source: k8s.io/component-helpers resource, AggregateContainerRequests: containers run together,
    with the sidecars before them; init containers one by one, with the sidecars before them.
    """
    together: dict[str, Quantity] = {}
    for container in objs(spec, "containers"):
        _add(together, _amounts(obj(container, "resources"), which))
    beside: dict[str, Quantity] = {}
    most: dict[str, Quantity] = {}
    for container in objs(spec, "initContainers"):
        need = _amounts(obj(container, "resources"), which)
        if text(container, "restartPolicy") == "Always":
            _add(together, need)
            _add(beside, need)
            need = dict(beside)
        else:
            _add(need, beside)
        for name, held in need.items():
            most[name] = max(most.get(name, held), held)
    for name, held in most.items():
        together[name] = max(together.get(name, held), held)
    return together


def _add(held: dict[str, Quantity], more: dict[str, Quantity]) -> None:
    for name, quantity in more.items():
        held[name] = held[name] + quantity if name in held else quantity


def pod_claims(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with the resource claims of a Pod."""
    found: list[FieldError] = []
    names: set[str] = set()
    for index, claim in enumerate(objs(spec, "resourceClaims")):
        place, name = f"{path}[{index}]", text(claim, "name")
        if not name:
            found.append(required(f"{place}.name"))
        elif name in names:
            found.append(duplicate(f"{place}.name", name))
        else:
            found += fails(f"{place}.name", name, dns_label)
            names.add(name)
        sources = ("resourceClaimName", "resourceClaimTemplateName")
        held = [each for each in sources if given(claim, each)]
        if len(held) != 1:
            both = "at most one of `resourceClaimName` or `resourceClaimTemplateName`"
            none = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            told = f"{both} may be specified" if held else none
            found.append(invalid(place, printed("PodResourceClaim", claim), told))
        for each in held:
            found += fails(f"{place}.{each}", text(claim, each), dns_subdomain)
    return found
