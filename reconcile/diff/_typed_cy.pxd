# The types of what is walked, and equality of what is not looked into, for the compiled build.

import cython
from reconcile.value._walk_cy cimport (
    PyDict_GET_SIZE,
    PyDict_GetItemWithError,
    PyDict_Next,
    PyErr_Occurred,
    PyList_GET_ITEM,
    PyList_GET_SIZE,
    PyObject,
    PyUnicode_CheckExact,
    Walk,
    reconcile_kind,
    reconcile_same_leaf,
    reconcile_same_text,
)

from ._elements_cy cimport text
from ._kind_cy cimport Kind, ListKind, MapKind
from ._trie_cy cimport union, without_self

cdef extern from "Python.h":
    void PyErr_Clear() noexcept


cdef inline dict as_dict(object value):
    """Return what is known to be a dict, of whatever type, as one that is iterated fast."""
    return <dict>value


cdef inline list as_list(object value):
    return <list>value


cdef inline int same_now(PyObject *a, PyObject *b, int levels) noexcept:
    """Return 1 for equal values, 0 for others, -1 when Python must look. No Python runs here."""
    cdef PyObject *key
    cdef PyObject *other
    cdef PyObject *x
    cdef PyObject *y
    cdef Py_ssize_t i = 0, j = 0, n
    cdef int result
    cdef bint ordered = True
    result = reconcile_same_leaf(a, b)
    if result >= 0:
        return result
    result = reconcile_kind(a, b)
    if result < 0 or levels == 0:
        return -1
    if result == 0:
        if PyDict_GET_SIZE(a) != PyDict_GET_SIZE(b):
            return 0
        while PyDict_Next(a, &i, &key, &x):
            if not PyUnicode_CheckExact(key):
                return -1
            if ordered and PyDict_Next(b, &j, &other, &y) and (
                other is key or (PyUnicode_CheckExact(other) and reconcile_same_text(key, other))
            ):
                pass
            else:
                ordered = False
                y = PyDict_GetItemWithError(b, key)
                if y is NULL:
                    if PyErr_Occurred() is not NULL:
                        PyErr_Clear()
                        return -1
                    return 0
            if x is not y:
                result = same_now(x, y, levels - 1)
                if result <= 0:
                    return result
        return 1
    n = PyList_GET_SIZE(a)
    if n != PyList_GET_SIZE(b):
        return 0
    for i in range(n):
        x = PyList_GET_ITEM(a, i)
        y = PyList_GET_ITEM(b, i)
        if x is not y:
            result = same_now(x, y, levels - 1)
            if result <= 0:
                return result
    return 1


cdef inline bint same(object a, object b) except -1:
    cdef int result = 1 if a is b else same_now(<PyObject *>a, <PyObject *>b, 60)
    return asked(a, b) if result < 0 else result


cdef bint asked(object a, object b) except -1

@cython.locals(members=dict, index=Py_ssize_t, fields=MapKind, found=str, part=str)
cpdef str element_of(object item, ListKind kind, object path)

@cython.locals(found=list, index=Py_ssize_t)
cpdef list elements_of(object items, ListKind kind)

cpdef object validate(object value, Kind kind, bint duplicates=*)

@cython.locals(
    here=Kind, below=Kind, fields=MapKind, about=ListKind, inner=Kind, index=Py_ssize_t, element=str,
    seen=set,
)
cdef bint _validate(object value, Kind kind, bint duplicates, object path, int depth) except -1

cdef bint _fits(object value, int code) noexcept

@cython.locals(found=dict)
cpdef dict fields_of(object value, Kind kind)

@cython.locals(
    here=Kind, below=Kind, declared=Kind, fields=MapKind, index=Py_ssize_t, element=str, found=dict,
    items=dict, inner=dict, name=str,
)
cdef dict _fields(object value, Kind kind, int depth)

@cython.locals(left=Kind, right=Kind, found=tuple, more=tuple)
cpdef tuple differences(object before, object after, Kind kind, int depth)

@cython.locals(
    here=Kind, below=Kind, fields=MapKind, about=ListKind, index=Py_ssize_t, element=str, found=dict,
    items=dict, name=str,
)
cpdef dict everything(object value, Kind kind, int depth=*)

@cython.locals(walk=Walk, alike=bint)
cdef tuple _leaf(object before, object after)

@cython.locals(x=dict, y=dict, a=list, b=list)
cdef tuple _compare_as(Kind kind, object before, object after, int depth)

@cython.locals(
    added=dict, modified=dict, removed=dict, below=Kind, found=tuple, name=str, element=str
)
cdef tuple _compare_members(MapKind fields, dict before, dict after, int depth)

@cython.locals(
    added=dict, modified=dict, removed=dict, kind=Kind, found=tuple, gone=tuple, come=tuple,
    mine_by=dict, others_by=dict,
)
cdef tuple _compare_items(ListKind about, list before, list after, int depth)

@cython.locals(found=dict, index=Py_ssize_t, element=str)
cdef dict _by_element(list items, ListKind kind)
