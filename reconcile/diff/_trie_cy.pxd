# The types of tries, for the compiled build.

import cython

from ._elements_cy cimport element, element_order


cdef inline dict as_dict(object value):
    """Return what is known to be a dict, of whatever type, as one that is iterated fast."""
    return <dict>value


@cython.locals(result=dict, below=dict, mine=object)
cpdef dict union(dict a, dict b)

@cython.locals(result=dict, below=dict, other=object, key=str, both=dict, whole=bint)
cpdef dict intersection(dict a, dict b)

@cython.locals(result=dict, below=dict, other=dict, key=str, rest=dict)
cpdef dict difference(dict a, dict b)

@cython.locals(result=dict, below=dict, other=dict, key=str, rest=dict)
cpdef dict recursive_difference(dict a, dict b)

cpdef dict without_self(dict a)

@cython.locals(trie=dict, known=list)
cpdef dict of_paths(object paths)

cpdef dict of_path(object path, dict below=*)

@cython.locals(node=dict, child=dict, key=str, name=str, found=dict, empty=bint)
cpdef dict read(object fields, Py_ssize_t depth=*, bint root=*)

@cython.locals(result=dict, below=dict, key=str)
cpdef object written(dict node, bint frozen=*)

@cython.locals(keys=list, key=str)
cpdef list ordered(dict node)
