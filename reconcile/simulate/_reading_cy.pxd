# The types of the walk of reading, for the compiled build.

import cython
from reconcile.value._copy_cy cimport items_of, members_of

cdef class Reading:
    cdef public object first
    cdef public list unknown
    cdef public object other

cdef class Shape:
    cdef public str struct
    cdef public int code
    cdef public str form
    cdef public str go
    cdef public Shape below
    cdef public dict members

cdef class Member:
    cdef public object schema
    cdef public object make
    cdef public Shape shape
    cdef public str struct
    cdef public str step
    cdef public str go

@cython.locals(code=int, member=Member, below=Shape, inner=Shape, step=tuple, index=Py_ssize_t)
cpdef object read_value(
    Shape shape, object value, Reading to, object where, object struct, object go, Py_ssize_t depth
)

cpdef str path_of(object where)

cpdef str fields_of(object where)

cdef list _steps(object where)
