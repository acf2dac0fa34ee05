# The types of what looks at numbers, for the compiled build.

import cython
from reconcile.value._copy_cy cimport items_of, members_of

cpdef bint fits(object document)

cpdef bint has_float(object document)

@cython.locals(members=dict, items=list, index=Py_ssize_t)
cpdef object renumbered(object value)
