# The types of owners and what they own, for the compiled build.

import cython

from ._kind_cy cimport Kind
from ._pruning_cy cimport adapted, merged, named, remove
from ._trie_cy cimport difference, intersection, recursive_difference, union, without_self, written
from ._typed_cy cimport differences, fields_of, validate


cdef class Owned:
    cdef readonly dict fields
    cdef readonly str version
    cdef readonly bint applied
    cdef object _json

    cpdef object json(self)
    cpdef Owned having(self, dict fields)
    cpdef bint like(self, Owned other)


cdef class Ownership:
    cdef object _kind
    cdef object _convert
    cdef object _ignored

    cpdef Kind kind(self, str version)
    cpdef dict ignored(self, str version)

    @cython.locals(mine=dict, changed=tuple, others=dict)
    cpdef dict update(self, object live, object written, str version, dict managers, object manager)

    @cython.locals(kind=Kind, known=dict, mine=dict, last=Owned)
    cpdef tuple apply(
        self, object live, object wanted, str version, dict managers, object manager, bint force,
        dict again=*,
    )

    cdef dict _owned(self, dict fields, str version)
    cdef object _at(self, object document, str have, str want)

    @cython.locals(found=tuple, added=dict, modified=dict, removed=dict)
    cdef tuple _compared(self, object live, object after, str version)

    @cython.locals(
        changed=tuple, change=tuple, kept=dict, conflicts=dict, changes=dict, owned=Owned, rest=dict,
        taken=dict, added=dict, modified=dict, removed=dict,
    )
    cdef tuple _disowned(
        self, object live, object after, str version, dict managers, object manager, bint force
    )

    @cython.locals(kind=Kind, before=dict, had=dict, has=dict, gone=dict)
    cdef object _pruned(self, object document, str version, dict managers, Owned last)

    @cython.locals(owned_at=dict, owned=Owned, had=dict, kept=dict, kind=Kind, at=str, have=str)
    cdef object _owned_back(self, object whole, object pruned, str version, dict managers)

    @cython.locals(made=dict, owned=Owned, fields=dict)
    cpdef dict adapted(self, dict managers)
