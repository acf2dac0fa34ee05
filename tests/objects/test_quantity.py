"""Quantities: exact values, the API server's spelling."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.errors import ObjectError
from reconcile.objects.quantity import Quantity

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings" / "api"

AMOUNTS = st.builds(
    lambda number, suffix: f"{number}{suffix}",
    st.decimals(-(10**12), 10**12, places=3).map(str),
    st.sampled_from(
        ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "e3", "E-2"]
    ),
)


def _recorded(name: str) -> list[tuple[str, str | None]]:
    path = RECORDINGS / f"{name}.json"
    if not path.exists():
        pytest.skip("the recordings of an API server are not beside this repository")
    found: list[tuple[str, str | None]] = []
    for step in json.loads(path.read_text())["steps"]:
        for wrote, read in _pairs(step.get("body"), step.get("response")):
            accepted = step["status"] < 400 or step["status"] == 422
            if isinstance(wrote, str) and (isinstance(read, str) or not accepted):
                found.append((wrote, read if accepted else None))
    return found


def _pairs(body: Any, answer: Any, key: str = "") -> list[tuple[Any, Any]]:
    if isinstance(body, dict):
        return [
            pair
            for name, value in body.items()
            for pair in _pairs(value, answer.get(name) if isinstance(answer, dict) else None, name)
        ]
    if isinstance(body, list):
        return [
            pair
            for index, value in enumerate(body)
            for pair in _pairs(
                value,
                answer[index] if isinstance(answer, list) and index < len(answer) else None,
                key,
            )
        ]
    return [(body, answer)] if "memory" in key or key == "cpu" else []


@pytest.mark.parametrize("name", ["builtin_quantities", "builtin_quantities_stored"])
def test_the_canonical_form_is_the_api_servers(name: str) -> None:
    """Every recorded quantity is spelt as the API server spelt it, or refused as it refused."""
    recorded = _recorded(name)
    assert len(recorded) > 20
    for wrote, read in recorded:
        if read is None:
            with pytest.raises(ObjectError):
                Quantity(wrote)
        else:
            # The server rounds Pods' resources and quotas up to thousandths as a default.
            assert Quantity(wrote).rounded_up(digits=3).canonical == read


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1.0005", "1000500u"),
        ("1n", "1n"),
        ("0.1n", "1n"),
        ("-0.1n", "-1n"),
        ("1024Ki", "1Mi"),
        ("1536Mi", "1536Mi"),
        ("1500Ki", "1500Ki"),
        ("1.5Ki", "1536"),
        ("0.1Ki", "102400m"),
        ("0.0001Ki", "102400u"),
        ("1000E", "1e21"),
        ("1000e3", "1e6"),
        ("100e-1", "10"),
        ("-1000", "-1k"),
        ("+", "0"),
        ("m", "0"),
        ("0Gi", "0"),
        ("999999Ei", "9223372036854775807"),
    ],
)
def test_canonical_form(text: str, canonical: str) -> None:
    """The largest suffix without a fraction is used, within the written family of suffixes."""
    assert Quantity(text).canonical == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "1K",
        "1KI",
        "1ki",
        "0x10",
        "1e",
        "1_000",
        "1,5",
        "1.2.3",
        "--1",
        "1e1000",
        "٣",
        "9" * 200,
    ],
)
def test_other_texts_are_refused_without_being_told(text: str) -> None:
    """What is no quantity is refused, and the text is not in the message."""
    with pytest.raises(ObjectError) as caught:
        Quantity(text)
    assert len(text) < 3 or text not in str(caught.value)


@pytest.mark.parametrize("value", [True, None, [], b"1", 10**400])
def test_other_types_are_refused(value: Any) -> None:
    """A truth value, null, a list, bytes and a number of hundreds of digits are refused."""
    with pytest.raises(ObjectError):
        Quantity(value)


def test_numbers_are_taken_exactly() -> None:
    """Whole numbers, decimals and floats are read by their shortest decimal text."""
    assert Quantity(2) == Quantity("2")
    assert Quantity(0.1) == Quantity("100m")
    assert Quantity(Decimal("1.5")) == Quantity("1500m")
    assert Quantity(Quantity("1Gi")).canonical == "1Gi"


def test_equality_is_by_value() -> None:
    """Quantities of one value are equal and have one hash, however they are spelt."""
    assert Quantity("1") == Quantity("1000m") == Quantity("1e0")
    assert len({Quantity("1Ki"), Quantity("1024")}) == 1
    assert Quantity("1Gi") > Quantity("1G")
    assert Quantity("1") != "1"


def test_text_is_as_written() -> None:
    """The text is what was written; the representation names the type."""
    assert str(Quantity(" 1024Mi")) == "1024Mi"
    assert repr(Quantity("1024Mi")) == "Quantity('1024Mi')"


def test_arithmetic_is_exact_and_keeps_the_spelling() -> None:
    """Sums, differences and products are exact, spelt like the left operand."""
    assert str(Quantity("1Gi") + Quantity("512Mi")) == "1536Mi"
    assert str(Quantity("0") + Quantity("2Gi")) == "2Gi"
    assert str(Quantity("1Gi") - Quantity("1Gi")) == "0"
    assert str(2 * Quantity("512Mi")) == "1Gi"
    assert str(Quantity("1") * Fraction(1, 3)) == "333333334n"
    assert str(-Quantity("1")) == "-1"
    assert str(Quantity("2Ei") * 1024) == "2048Ei"


@pytest.mark.parametrize("other", [1.5, "2", True, None])
def test_arithmetic_wants_quantities(other: Any) -> None:
    """Anything but a quantity, or a whole number as factor, is a TypeError."""
    with pytest.raises(TypeError):
        Quantity("1") + other
    with pytest.raises(TypeError):
        Quantity("1") - other
    with pytest.raises(TypeError):
        Quantity("1") * other
    with pytest.raises(TypeError):
        assert Quantity("1") < other


def test_conversions() -> None:
    """The whole number is rounded away from zero; the fraction is exact."""
    assert (int(Quantity("1500m")), int(Quantity("-1500m"))) == (2, -2)
    assert Quantity("1500m").value == Fraction(3, 2)
    assert float(Quantity("1500m")) == 1.5
    assert bool(Quantity("0")) is False
    assert Quantity("1e3").format == "DecimalExponent"
    assert Quantity("1Ki").format == "BinarySI"


@given(AMOUNTS)
def test_the_canonical_form_is_the_same_quantity(text: str) -> None:
    """The canonical form is equal to what it was made of, and is its own canonical form."""
    quantity = Quantity(text)
    again = Quantity(quantity.canonical)
    assert again == quantity
    assert again.canonical == quantity.canonical


@given(AMOUNTS, AMOUNTS)
def test_sums_are_exact(first: str, second: str) -> None:
    """A sum minus one of its parts is the other part."""
    a, b = Quantity(first), Quantity(second)
    assert a + b - b == a
    assert (a + b).value == a.value + b.value


@given(AMOUNTS)
def test_copies_and_pickles_are_equal(text: str) -> None:
    """A copied or pickled quantity is the same, text and spelling included."""
    for quantity in (Quantity(text), Quantity(text) * 3):
        for other in (copy.deepcopy(quantity), pickle.loads(pickle.dumps(quantity))):
            assert (other, str(other), other.format) == (quantity, str(quantity), quantity.format)
