"""Rules of schemas: what they see, when they run, what is told when they fail."""

from __future__ import annotations

import sys

import pytest

from reconcile.kinds.structural import RulesNotRunError, Structural

SPEC = {
    "type": "object",
    "properties": {
        "q": {"type": "string"},
        "when": {"type": "string", "format": "date-time"},
        "for": {"type": "string", "format": "duration"},
        "raw": {"type": "string", "format": "byte"},
        "f": {"type": "number"},
        "l": {"type": "array", "items": {"type": "integer"}},
        "ns-x": {"type": "string"},
        "namespace": {"type": "string"},
        "a.b/c__d": {"type": "string"},
        "ios": {"x-kubernetes-int-or-string": True},
        "m": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "ll": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        "o": {"type": "object", "nullable": True, "properties": {"v": {"type": "string"}}},
        "e": {
            "type": "object",
            "x-kubernetes-embedded-resource": True,
            "x-kubernetes-preserve-unknown-fields": True,
        },
    },
}
VALUE = {
    "q": "1k",
    "when": "2024-01-01T00:00:00Z",
    "for": "1h5m",
    "raw": "AAE=",
    "f": 1,
    "l": [1, 2, 3],
    "ns-x": "a",
    "namespace": "b",
    "a.b/c__d": "d",
    "ios": "5%",
    "m": {"a": ["x"]},
    "ll": [["a"]],
    "o": None,
    "e": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}},
}


def with_rules(*rules: dict) -> Structural:
    """Return a schema whose spec has rules."""
    pytest.importorskip("cel_expr_python")
    return Structural(
        {
            "type": "object",
            "properties": {"spec": {**SPEC, "x-kubernetes-validations": list(rules)}},
        }
    )


def messages(rule: str, value: dict | None = None) -> list[str]:
    """Return what a rule tells of a spec."""
    return [
        each.message
        for each in with_rules({"rule": rule}).errors({"spec": VALUE if value is None else value})
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "self.f == 1.0 && self.f / 2.0 == 0.5",
        "self.ns__dash__x == 'a' && self.__namespace__ == 'b' && self.a__dot__b__slash__c__underscores__d == 'd'",
        "self.when < timestamp('2025-01-01T00:00:00Z') && self.__for__ > duration('1h')",
        "self.raw == b'\\x00\\x01'",
        "type(self.ios) == string ? self.ios.endsWith('%') : self.ios > 0",
        "self.m.all(k, self.m[k].size() == 1) && self.ll[0][0] == 'a'",
        "self.o == null && has(self.e.metadata.name) && self.e.kind == 'Pod'",
        "self.l.isSorted() && self.l.sum() == 6 && self.l.max() == 3 && self.l.indexOf(2) == 1",
        "self.?q.orValue('') == '1k' && !self.?m['zz'].hasValue()",
        "quantity(self.q).isLessThan(quantity('2Ki')) && quantity(self.q).add(5).compareTo(quantity('1005')) == 0",
        "url('https://h:8080/p?x=1').getPort() == '8080' && url('https://h:8080/p?x=1').getHostname() == 'h'",
        "ip('10.0.0.1').family() == 4 && cidr('10.0.0.0/8').containsIP('10.0.0.1') && !isIP('x')",
        "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('v1', true).major() == 1",
        "'a1b2'.findAll('[0-9]') == ['1', '2'] && 'A b'.lowerAscii().split(' ').join('-') == 'a-b'",
        "sets.contains(self.l, [1]) && self.l.map(x, x * 2).exists(y, y == 6)",
        "ip('10.0.0.1') == ip('10.0.0.1') && quantity('1k') == quantity('1000')",
    ],
)
def test_a_rule_sees_values_by_their_schema(rule):
    """Types, formats, names that are no identifiers, and what Kubernetes adds."""
    assert messages(rule) == []


def test_a_text_is_seen_whole():
    """Also behind a NUL, and where it is no text of Unicode."""
    assert messages("self.q.size() == 3 && self.q == 'a\\x00b'", {"q": "a\x00b"}) == []
    assert messages("self.q.size() == 2", {"q": "\ud800x"}) == []


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (
            "self.l[9] == 1",
            'Invalid value: "object": index out of bounds: 9 evaluating rule: self.l[9] == 1',
        ),
        (
            "self.m['z'].size() == 1",
            "Invalid value: \"object\": no such key: z evaluating rule: self.m['z'].size() == 1",
        ),
        (
            "1 / (self.l.size() - 3) == 1",
            'Invalid value: "object": division by zero evaluating rule: 1 / (self.l.size() - 3) == 1',
        ),
        ("self.q == 'x'", "Invalid value: failed rule: self.q == 'x'"),
        (
            "self.ios > 5",
            "Invalid value: \"object\": 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: self.ios > 5",
        ),
        (
            "self.nope == 1",
            "Invalid value: \"object\": rule compile error: compilation failed: ERROR: <input>:1:5: undefined field 'nope'\n | self.nope == 1\n | ....^",
        ),
    ],
)
def test_a_rule_that_fails_is_told_in_the_words_of_the_server(rule, wanted):
    """Whether it says no, or cannot say."""
    assert messages(rule) == [wanted]


def test_a_rule_says_where_and_why():
    """Its message may be computed, its path and its reason given."""
    rule = {
        "rule": "self.f < 1.0",
        "messageExpression": "'f is ' + string(self.f)",
        "fieldPath": ".f",
        "reason": "FieldValueForbidden",
    }
    found = with_rules(rule).errors({"spec": VALUE})
    assert [(each.path, each.message) for each in found] == [("spec.f", "Forbidden: f is 1")]


def test_rules_of_items_and_entries_are_told_at_their_paths():
    """Items by index, entries by key, each with its value."""
    pytest.importorskip("cel_expr_python")
    item = {
        "type": "string",
        "x-kubernetes-validations": [{"rule": "self != 'bad'", "message": "no"}],
    }
    schema = Structural(
        {
            "type": "object",
            "properties": {
                "l": {"type": "array", "items": item},
                "m": {"type": "object", "additionalProperties": item},
            },
        }
    )
    found = schema.errors({"l": ["a", "bad"], "m": {"k": "bad"}})
    assert [str(each) for each in found] == [
        'l[1]: Invalid value: "bad": no',
        'm[k]: Invalid value: "bad": no',
    ]


def test_a_rule_of_the_old_value_runs_only_where_there_is_one():
    """An optional old value lets it run on a new object."""
    bound = with_rules({"rule": "self.f >= oldSelf.f", "message": "shrinks"})
    assert bound.errors({"spec": {"f": 1}}) == []
    assert [
        each.message for each in bound.update_errors({"spec": {"f": 2}}, {"spec": {"f": 1}})
    ] == ["Invalid value: shrinks"]
    optional = with_rules(
        {
            "rule": "oldSelf.hasValue() ? oldSelf.value().f <= self.f : self.f == 0.0",
            "optionalOldSelf": True,
        }
    )
    assert len(optional.errors({"spec": {"f": 1}})) == 1
    assert optional.update_errors({"spec": {"f": 0}}, {"spec": {"f": 1}}) == []


def test_what_has_not_changed_passes_a_rule_unless_it_reads_the_old_value():
    """A new rule does not hold an old value back."""
    schema = with_rules({"rule": "self.f > 5.0"})
    before = {"spec": {"f": 1}, "other": 1}
    assert schema.update_errors(before, {"spec": {"f": 1}, "other": 2}) == []
    assert len(schema.update_errors(before, {"spec": {"f": 2}, "other": 1})) == 1


def test_rules_do_not_run_on_values_of_a_wrong_type():
    """What was not checked is told."""
    found = with_rules({"rule": "self.f > 5.0"}).errors({"spec": {"f": "x"}})
    assert [(each.path, each.reason) for each in found] == [
        ("spec.f", "FieldValueTypeInvalid"),
        ("<nil>", "FieldValueInvalid"),
    ]
    assert found[1].message.startswith(
        "Invalid value: null: some validation rules were not checked"
    )


def test_without_the_extra_a_rule_that_would_run_raises(monkeypatch):
    """A rule that cannot run never counts as passed."""
    monkeypatch.setitem(sys.modules, "cel_expr_python.cel", None)
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    schema = Structural({"type": "object", "x-kubernetes-validations": [{"rule": "true"}]})
    assert schema.has_rules
    with pytest.raises(RulesNotRunError, match=r"kube-reconcile\[cel\]"):
        schema.errors({})


def test_what_a_rule_lets_pass_is_a_warning():
    """The server takes the change and warns."""
    schema = with_rules({"rule": "self.f > 5.0", "message": "small"})
    warnings: list[str] = []
    before = {"spec": {"f": 1}, "other": 1}
    assert schema.update_errors(before, {"spec": {"f": 1}, "other": 2}, warnings=warnings) == []
    assert warnings == ["spec: Invalid value: small"]


@pytest.mark.parametrize(
    "name",
    [
        "matchLabels",
        "foo_bar",
        "_x",
        "x-y.z/a",
        "a1_b",
        "__a__",
        "if",
        "LabelsEntry",
        "self",
        "size",
        "string",
        "int",
        "type",
        "UPPER",
        "a",
        "x9",
    ],
)
def test_a_member_may_have_any_name(name):
    """Maps, lists and objects under names of all forms."""
    pytest.importorskip("cel_expr_python")
    seen = {
        "x-y.z/a": "x__dash__y__dot__z__slash__a",
        "__a__": "__underscores__a__underscores__",
        "if": "__if__",
    }.get(name, name)
    text = {"type": "string"}
    for inner, value, rule in (
        ({"type": "object", "additionalProperties": text}, {"k": "v"}, f"self.{seen}['k'] == 'v'"),
        ({"type": "array", "items": text}, ["v"], f"self.{seen}[0] == 'v'"),
        ({"type": "object", "properties": {name: text}}, {name: "v"}, f"self.{seen}.{seen} == 'v'"),
    ):
        schema = Structural(
            {
                "type": "object",
                "properties": {
                    "spec": {
                        "type": "object",
                        "properties": {
                            name: inner,
                            "labels": {"type": "object", "additionalProperties": text},
                        },
                        "x-kubernetes-validations": [{"rule": rule}],
                    }
                },
            }
        )
        assert schema.errors({"spec": {name: value}}) == []
