# The types of the walks of the normal form, for the compiled build.

import cython
from reconcile.value._copy_cy cimport items_of, members_of, thaw

cdef class Shape:
    cdef public int code
    cdef public object leaf
    cdef public dict members
    cdef public Shape below
    cdef public object nothing
    cdef public list always

cdef class Member:
    cdef public object schema
    cdef public object make
    cdef public Shape shape
    cdef public bint default
    cdef public bint required
    cdef public bint spelt
    cdef public bint no_holder
    cdef public bint no_text
    cdef public bint no_zero

@cython.locals(code=int, made=dict, items=list)
cpdef object normalized(object value, Shape shape, bint resources, Py_ssize_t depth)

@cython.locals(kept=dict, member=Member, below=Shape)
cdef object _members(object value, Shape shape, Py_ssize_t depth)

@cython.locals(code=int, member=Member, below=Shape, empty=bint)
cpdef object filled(object value, Shape shape, bint leaves)
