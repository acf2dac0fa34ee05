# The types of elements, for the compiled build.

import cython

cpdef str value_element(object value)

cpdef str text(object value, Py_ssize_t depth=*)

@cython.locals(rest=str)
cpdef object element(str written, object pointer=*)

cpdef object element_order(str known)
