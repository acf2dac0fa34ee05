# The types of what the engine handles most, for the compiled build.

import cython
from reconcile.value._walk_cy cimport Walk, check

from ._align_cy cimport align, steps
from ._marks_cy cimport Marks


cdef class _Lists:
    cdef Walk walk
    cdef list ops
    cdef object at
    cdef Marks marks
    cdef list structures

    @cython.locals(
        walk=Walk, a=list, b=list, start=Py_ssize_t, size_a=Py_ssize_t, size_b=Py_ssize_t,
        stop_a=Py_ssize_t, stop_b=Py_ssize_t, pairing=bint, same=bint, pairs=list, seen=dict,
        index=Py_ssize_t,
    )
    cdef int differ(self) except -1
    cdef bint _agree(self, object x, object y) except -1
    @cython.locals(walk=Walk)
    cdef int _replace(self, list a, list b) except -1
    @cython.locals(a=list, b=list, ops=list, index=Py_ssize_t, what=int, other=Py_ssize_t)
    cdef object restructure(self)


@cython.locals(ops=list, walk=Walk, event=int, lists=_Lists)
cpdef list operations(object before, object after, object at, bint by_value)

@cython.locals(index=Py_ssize_t, keys=list)
cdef object _merge_keys(list items, Py_ssize_t start, tuple names, object at)

cdef object _found_keys(list a, list b, Py_ssize_t start, bint by_value)

cdef bint _tell_apart(object keys_a, object keys_b) except -1

@cython.locals(index=Py_ssize_t)
cdef bint _all_of(list items, Py_ssize_t start, object kind) except -1

@cython.locals(index=Py_ssize_t, keys=list)
cdef object _leaf_keys(list items, Py_ssize_t start, bint by_value)

@cython.locals(index=Py_ssize_t, keys=list, entry=dict, metadata=dict)
cdef object _object_keys(list items, Py_ssize_t start)

@cython.locals(index=Py_ssize_t, keys=list, entry=dict)
cdef object _named(list items, Py_ssize_t start, str name)

@cython.locals(written=list, above=str, path=str, code=int)
cpdef list documents(list raw)

@cython.locals(parts=list)
cdef str _pointer(object place)

cdef str _escape(str part)
