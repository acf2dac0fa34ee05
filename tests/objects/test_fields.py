"""Fields are declared by their annotations, and wrong declarations are refused."""

from __future__ import annotations

import pytest

from reconcile.errors import DefinitionError
from reconcile.objects.view import Kind, Nested, View, wire


def test_declarations_are_checked() -> None:
    """A field that names nothing known is a DefinitionError."""
    with pytest.raises(DefinitionError, match="must be annotated"):

        class Wrong(View):
            """Has a field without a kind of field."""

            a: int = wire("a")

    class Lost(View):
        """Names a class that its module does not know."""

        a: Nested[Nowhere] = wire("a")  # type: ignore[name-defined]  # noqa: F821 # what is refused

    with pytest.raises(DefinitionError, match=r"Lost\.a: Nowhere must be a class"):
        _ = Lost().a

    class Abstract(Kind):
        """Has no api_version."""

    with pytest.raises(DefinitionError, match="api_version="):
        Abstract("a")


def test_annotations_may_be_real() -> None:
    """A module without postponed annotations declares the same fields."""
    namespace: dict[str, object] = {}
    source = (
        "from reconcile.objects.view import Nested, Quantities, View, wire\n"
        "class Inner(View):\n    q: Quantities = wire('q')\n"
        "class Outer(View):\n    a: Nested[Inner] = wire('a')\n"
    )
    exec(compile(source, "real", "exec", dont_inherit=True), namespace)
    outer = namespace["Outer"]
    assert isinstance(outer, type)
    made = outer(a={"q": {"cpu": "1"}})
    assert made.a.q == {"cpu": "1"}
    assert type(outer.a).__name__ == "Nested"
