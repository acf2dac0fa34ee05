# The types of what is merged, for the compiled build.

import cython
from reconcile.value._copy_cy cimport thaw

cdef object _value(object observed, object last, object desired, Py_ssize_t depth)

cdef dict _as_object(object value)

cdef object _as_array(object value)

@cython.locals(observed=dict, last=dict, desired=dict, merged=dict)
cpdef dict merged_object(object now, object before, object wanted, Py_ssize_t depth)

@cython.locals(
    texts=list, old=dict, before=dict, wanted=dict, merged=dict, result=list, emitted=set
)
cdef object _array(list observed, object last, object desired, Py_ssize_t depth)

cdef object _merge_key(list items)

cdef dict _keyed(list items, object key)

cdef object _key_text(object item, object key)

cdef object _go_text(object value, Py_ssize_t depth)
