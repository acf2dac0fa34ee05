# The types of the walk that gives defaults, for the compiled build.

import cython
from reconcile.value._copy_cy cimport items_of, members_of, thaw

cdef class Step:
    cdef public str name
    cdef public object value
    cdef public object made
    cdef public object when
    cdef public object change

cdef class Node:
    cdef public list steps
    cdef public dict below
    cdef public Node every

@cython.locals(step=Step, below=Node)
cpdef object give(Node node, object holder, object document)
