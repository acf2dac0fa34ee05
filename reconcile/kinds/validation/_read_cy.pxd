# The types of what reads documents, for the compiled build.

import cython
from reconcile.value._copy_cy cimport items_of, members_of

cpdef bint given(object document, object name)

@cython.locals(made=list)
cpdef list objs(object document, object name)

@cython.locals(made=list)
cpdef list texts(object document, object name)

@cython.locals(made=dict)
cpdef dict pairs(object document, object name)
