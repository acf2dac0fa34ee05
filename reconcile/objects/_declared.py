"""The fields that a class of views declares: found by their annotations, built when one is used.

1. What is plainly declared is not looked at any closer while modules are imported.
"""

from __future__ import annotations

from typing import Any

from reconcile.errors import DefinitionError
from reconcile.objects._fields import BY_NAME, Field, Wire

__all__ = ["declared", "plainly_declared"]


def plainly_declared(cls: type) -> bool:
    """Tell whether each field a class declares says what it is, so that no more need be read now.

    Cost: a look at each name; made for importing hundreds of classes.
    """
    annotations: dict[str, Any] | None = None
    for name, value in cls.__dict__.items():
        if value.__class__ is Wire:
            if annotations is None:
                annotations = cls.__annotations__
            text: Any = annotations.get(name)
            if text.__class__ is not str or text.partition("[")[0] not in BY_NAME:
                return False
    return True


def declared(cls: type) -> dict[str, Field]:
    """Return the fields a class of views declares in its own body.

    Raises: DefinitionError for a field without an annotation that says what it is.
    """
    found: dict[str, Field] = {}
    annotations: dict[str, Any] | None = None
    for name, value in cls.__dict__.items():
        if type(value) is not Wire:
            continue
        if annotations is None:
            annotations = cls.__annotations__
        text: Any = annotations.get(name, "")
        field: Any
        argument: Any
        if isinstance(text, str):
            head, _, argument = text.partition("[")
            field = BY_NAME.get(head.rpartition(".")[2].strip())
            argument = argument.removesuffix("]").strip()
        else:
            field = getattr(text, "__origin__", text)
            argument = getattr(text, "__args__", (None,))[0]
        if not (isinstance(field, type) and issubclass(field, Field)):
            finding = f"{name} must be annotated as one of {', '.join(BY_NAME)}"
            raise DefinitionError([finding], subject=cls.__name__)
        found[name] = value.field = field(name, value.name, cls, argument)
    return found
