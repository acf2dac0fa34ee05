# The types of what is copied, for the compiled build.

import cython

cdef inline dict members_of(object document):
    """Return what is known to be a dict, of whatever type, as one that is iterated fast."""
    return <dict>document

cdef inline list items_of(object document):
    """Return what is known to be a list, of whatever type, as one that is iterated fast."""
    return <list>document

@cython.locals(made=dict, items=list)
cpdef object thaw(object document, Py_ssize_t depth=*)

@cython.locals(changed=dict, items=list, index=Py_ssize_t)
cpdef object frozen(object document, object mapping, object sequence, Py_ssize_t depth)
