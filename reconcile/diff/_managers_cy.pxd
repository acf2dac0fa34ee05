# The types of entries, for the compiled build.

import cython

from ._kind_cy cimport Kind
from ._ownership_cy cimport Owned
from ._pruning_cy cimport adapted
from ._trie_cy cimport read, written


cdef class Entry:
    cdef readonly Owned owned
    cdef readonly object time
    cdef readonly tuple order
    cdef object json
    cdef public tuple applied

    @cython.locals(entry=dict)
    cpdef object written(self, bint frozen)


cdef class Managers:
    cdef dict _entries
    cdef object _json
    cdef public Kind kind
    cdef public tuple unchanged

    @cython.locals(found=dict, entry=Entry, owned=Owned)
    cpdef dict owned(self, Kind kind)
    @cython.locals(entry=Entry)
    cpdef dict times(self)
    @cython.locals(entry=Entry)
    cpdef object json(self)
    @cython.locals(entry=Entry)
    cpdef list thawed(self)
    cdef list _sorted(self)
    cpdef Entry entry(self, tuple me)
    cpdef object fields(self, object me)


@cython.locals(made=dict, known=dict, entry=Entry, mine=Owned, result=Managers, same=bint)
cpdef Managers made_of(dict owned, dict times, Managers before, Kind kind)

cpdef Managers managers_of(object document)

@cython.locals(owned=dict, times=dict, index=Py_ssize_t, me=tuple, operation=str, version=str)
cpdef Managers read_entries(object entries, int depth)

cdef str _text(object entry, object name, str absent, Py_ssize_t index)

@cython.locals(metadata=dict)
cpdef object with_managers(object document, Managers managers)
