# The types of what is merged and taken away, for the compiled build.

import cython

from ._kind_cy cimport Kind, ListKind, MapKind
from ._trie_cy cimport union, without_self
from ._typed_cy cimport as_dict, as_list, element_of, elements_of, same

@cython.locals(left=Kind, right=Kind, fields=MapKind)
cpdef object merged(object before, object after, Kind kind, int depth=*)

@cython.locals(before=dict, after=dict, members=dict, changed=bint, below=Kind)
cdef object _merged_members(object mine, object others, MapKind fields, int depth)

@cython.locals(
    left=list, right=list, mine=dict, others=dict, shared=list, out=list, done=set, i=Py_ssize_t,
    j=Py_ssize_t, changed=bint, element_kind=Kind,
)
cdef object _merged_items(list before, list after, ListKind kind, int depth)

@cython.locals(i=Py_ssize_t)
cdef list _as_it_was(list before, list out)

@cython.locals(
    here=Kind, declared=Kind, inner=Kind, below=object, members=dict, items=list, index=Py_ssize_t,
    name=str,
)
cpdef object remove(object value, dict fields, Kind kind, int depth=*)

@cython.locals(
    here=Kind, declared=Kind, inner=Kind, below=dict, members=dict, items=list, index=Py_ssize_t,
    name=str,
)
cpdef object extract(object value, dict fields, Kind kind, bint keys=*, int depth=*)

@cython.locals(element=str, below=dict, inner=Kind, declared=bint, node=dict, made=dict)
cpdef dict named(dict fields, Kind kind)

@cython.locals(element=str, below=dict, inner=Kind, node=dict, made=dict)
cpdef dict adapted(dict fields, Kind kind)

@cython.locals(element=str)
cdef bint _atomic(Kind kind, dict below)
