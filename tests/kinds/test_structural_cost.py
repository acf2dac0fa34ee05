"""The costs that the server estimates for rules: `TestCostEstimation` of apiextensions-apiserver."""

import pytest

from reconcile.kinds.structural.cel_compile import Compiler
from reconcile.kinds.structural.cel_cost import estimated
from reconcile.kinds.structural.cel_types import declared


def listed(items: dict, most: int | None = None) -> dict:
    limit = {} if most is None else {"maxItems": most}
    return {"type": "array", "items": items, **limit}


def mapped(values: dict, most: int | None = None) -> dict:
    limit = {} if most is None else {"maxProperties": most}
    return {"type": "object", "additionalProperties": values, **limit}


def text(most: int | None = None, form: str | None = None) -> dict:
    limit = {} if most is None else {"maxLength": most}
    return {"type": "string", **limit, **({} if form is None else {"format": form})}


def holding(name: str, kind: dict) -> dict:
    return {"type": "object", "required": [name], "properties": {name: kind}}


NUMBER, BOOLEAN = {"type": "number"}, {"type": "boolean"}
EITHER = {"x-kubernetes-int-or-string": True}
ALL = "self.all(x, true)"
LONGER = 'size(self + "hello") > size("hello")'


@pytest.mark.parametrize(
    ("schema", "rule", "cost"),
    [
        (listed(NUMBER), ALL, 4718591),
        (listed(NUMBER, 10), ALL, 32),
        (listed(text()), ALL, 3145727),
        (listed(text(), 20), ALL, 62),
        (listed(BOOLEAN), ALL, 1887437),
        (listed(BOOLEAN, 5), ALL, 17),
        (listed(listed(NUMBER)), ALL, 3145727),
        (listed(EITHER), ALL, 4718591),
        (listed(text(form="duration")), ALL, 2359295),
        (listed(text(form="date")), ALL, 725936),
        (listed(text(form="date-time")), ALL, 428963),
        (mapped(NUMBER), ALL, 1348169),
        (mapped(text()), ALL, 1179647),
        (mapped(text(), 3), ALL, 11),
        (mapped(BOOLEAN), ALL, 943718),
        (mapped({"type": "integer"}), "oldSelf.size() == self.size()", 5),
        (text(), "self.contains('test')", 314574),
        (text(10), "self.contains('test')", 5),
        (text(), "self.startsWith('test')", 2),
        (text(), LONGER, 314578),
        (text(4), LONGER, 7),
        (text(), 'self == "x"', 2),
        (text(0), 'self == "x"', 1),
        (text(), 'self.matches("x")', 314574),
        (text(50), 'self.matches("x")', 22),
        (text(), 'self.matches("")', 1),
        (text(), '"".matches("(((((((((())))))))))[0-9]")', 7),
        (text(), "self.find('[0-9]+') == ''", 629147),
        (text(10), "self.find('[0-9]+') == ''", 11),
        (text(), "self.lowerAscii() == 'lower!'", 314575),
        (text(10), "self.lowerAscii() == 'lower!'", 6),
        (listed(NUMBER), "self[1] == 0.0", 2),
        (listed(NUMBER), "self.all(x, x == 0.0)", 6291454),
        (listed(text()), "self[1] == self[1]", 314577),
        (listed(EITHER), "self[0] == 5", 3),
        (listed(listed(NUMBER)), "self[0][0] == -1.0", 3),
        (listed(listed(NUMBER, 10), 10), "self.all(x, self.all(y, true))", 352),
        (listed(mapped(NUMBER)), "self.all(x, x.y == 25.2)", 6291452),
        (listed({"type": "object", "properties": {"x": NUMBER}}), "self[0].x > 2.0", 4),
        (listed(text(form="duration")), "self[0].getHours() == 2", 4),
        (listed(text()), "self.join(' ') == 'aa bb'", 329853068905),
        (listed(text(10), 10), "self.join(' ') == 'aa bb'", 43),
        (listed(text()), "self.isSorted() == true", 329854432052),
        (listed(text(10), 10), "self.isSorted() == true", 52),
        (
            listed(mapped(holding("required", text()))),
            'self.all(x, x["y"].required == "z")',
            7340027,
        ),
        (
            listed(mapped(holding("required", text())), 10),
            'self.all(x, x["y"].required == "z")',
            72,
        ),
    ],
)
def test_cost_is_that_of_the_server(schema: dict, rule: str, cost: int) -> None:
    seen = declared(schema)
    assert seen is not None
    assert estimated(Compiler(seen).check(rule).tree, seen) == cost


@pytest.mark.parametrize(
    ("rule", "cost"),
    [
        ("isIP(self)", 2),  # only what is called on something is asked for its size
        ("url(self) == url('a')", 7),
        ("ip(self) == ip('1.1.1.1')", 4),
        ("quantity(self).compareTo(quantity('1')) == 0", 5),
        ("cidr(self).containsIP('1.1.1.1')", 7),
        ("self.replace('a', 'b') == 'x'", 10),
        ("self.replace('', 'bb') == 'x'", 10),
        ("self.split('') == ['x']", 20),
        ("sets.equivalent([self], ['x'])", 24),
        ("['a', 'b'].exists(x, x == self)", 31),
        ("{'a': 1}.size() == 1", 32),
        ("(self == '' ? 'a' : self).size() == 1", 4),
        ("bytes(self).size() == 1", 7),
        ("dyn(self) == 1", 3),
    ],
)
def test_functions_cost_by_what_they_read(rule: str, cost: int) -> None:
    seen = declared(text(10))
    assert seen is not None
    assert estimated(Compiler(seen).check(rule).tree, seen) == cost


def test_what_is_not_checked_costs_nothing() -> None:
    seen = declared(text())
    assert seen is not None
    assert estimated(b"", seen) == 0
