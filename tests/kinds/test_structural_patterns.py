"""Regular expressions of Go: what they match, and what Go says of those it refuses."""

from __future__ import annotations

import pytest

from reconcile.kinds.structural.patterns import PatternFault, compiled


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("^[a-z]*$", "ab\n", False),
        (r"^\d+$", "٣", False),
        (r"^[[:alpha:]]+$", "ab", True),
        (r"^[^[:digit:]]+$", "ab1", False),
        (r"\Aab\z", "ab", True),
        (r"^\Q.*\E$", ".*", True),
        ("^(?i)AB$", "ab", True),
        ("^a(?i)b|c$", "C", True),
        (r"^\p{L}+$", "äß", True),
        (r"^[\p{Greek}x]$", "\u03b1", True),
        (r"^(?P<x>a)(?:b)$", "ab", True),
        ("a{1,2}{", "a{", True),
        ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "a-b", True),
        (r"^\x41\x{1F600}$", "A\U0001f600", True),
        ("^]$", "]", True),
        (r"^[]a]$", "]", True),
        (r"^[\-a]$", "-", True),
        ("^[0-9a-z-.]+$", "a-.", True),
    ],
)
def test_a_pattern_matches_as_go_matches(pattern, text, matches):
    """Anchors are of the text, classes are of ASCII unless they say otherwise."""
    assert (compiled(pattern).search(text) is not None) is matches


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("[", "missing closing ]: `[`"),
        ("a)", "unexpected ): `a)`"),
        ("(a", "missing closing ): `(a`"),
        ("*a", "missing argument to repetition operator: `*`"),
        ("a**", "invalid nested repetition operator: `**`"),
        (r"\1", r"invalid escape sequence: `\1`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?<!a)", "invalid or unsupported Perl syntax: `(?<!`"),
        ("a\\", "trailing backslash at end of expression: ``"),
        (r"\p{Nope}", r"invalid character class range: `\p{Nope}`"),
        ("(?P<a>x)(?P<a>y)", "duplicate capture group name: `a`"),
    ],
)
def test_a_pattern_that_go_refuses_is_refused_in_its_words(pattern, wanted):
    """The text is that of `regexp.Compile`."""
    with pytest.raises(PatternFault) as caught:
        compiled(pattern)
    assert str(caught.value) == f"error parsing regexp: {wanted}"
