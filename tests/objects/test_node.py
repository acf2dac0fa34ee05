"""Places in a document: how they become views, and how little they hold."""

from __future__ import annotations

import gc
import sys

from reconcile.objects.view import ListOf, MapOfViews, Nested, Scalar, View, wire


class _Marked:
    """Something that gives instances a dictionary of their own."""


class Odd(_Marked, View):
    """A view whose instances have more to them than a place in a document."""

    name: Scalar[str] = wire("name")


class HasOdd(View):
    """What holds odd ones."""

    one: Nested[Odd] = wire("one")
    several: ListOf[Odd] = wire("several")
    by_name: MapOfViews[Odd] = wire("byName")


class Inner(View):
    """A view as they all are."""

    one: Nested[Inner] = wire("one")
    several: ListOf[Inner] = wire("several")


class Holder(View):
    """The top."""

    inner: Nested[Inner] = wire("inner")
    by_name: MapOfViews[Inner] = wire("byName")


def test_views_with_other_bases_are_read_and_written_like_all() -> None:
    """Where a class cannot take the place of a node, its view is made anew."""
    holder = HasOdd.of({"one": {"name": "a"}, "several": [{"name": "b"}], "byName": {}})
    assert (holder.one.name, holder.several[0].name) == ("a", "b")
    holder.one.name = "c"
    holder.several[-1].name = "d"
    holder.by_name["x"] = Odd(name="e")
    assert holder.by_name["x"].name == "e"
    assert [odd.name for odd in holder.several] == ["d"]
    assert holder.raw["one"] == {"name": "c"}


def test_a_view_is_small() -> None:
    """A view adds less than 100 bytes to its document, wherever in it it stands."""
    holder = Holder.of({"inner": {"one": {}, "several": []}, "byName": {}})
    for view in (holder, holder.inner, holder.inner.one, holder.inner.several, holder.by_name):
        assert sys.getsizeof(view) <= 100
        # And nothing stands behind it: what it refers to is its class, its owner and the document.
        others = [thing for thing in gc.get_referents(view) if not isinstance(thing, (type, View))]
        assert all(isinstance(thing, (dict, list, str, type(None))) for thing in others)
