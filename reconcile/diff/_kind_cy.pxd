# The types of types, for the compiled build.

from ._elements_cy cimport text


cdef class ListKind:
    cdef object _element
    cdef Kind _known
    cdef public bint atomic
    cdef public tuple keys
    cdef public tuple labels

    cpdef Kind element(self)


cdef class MapKind:
    cdef object _field
    cdef object _element
    cdef object _default
    cdef dict _fields
    cdef Kind _known
    cdef public bint atomic

    cpdef Kind field(self, object name)
    cpdef Kind element(self)
    cpdef Kind member(self, object name)
    cpdef object default(self, object name)


cdef class Kind:
    cdef public object scalar
    cdef public int code
    cdef public ListKind list
    cdef public MapKind map
    cdef public bint single
    cdef tuple _as

    cpdef Kind narrowed(self, object value)
    cdef tuple _parts(self)
