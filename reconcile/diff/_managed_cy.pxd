# The types of writes, for the compiled build.

import cython

from ._kind_cy cimport Kind
from ._managers_cy cimport Managers, made_of
from ._ownership_cy cimport Owned, Ownership
from ._trie_cy cimport difference, union
from ._typed_cy cimport same

@cython.locals(
    kind=Kind, known=tuple, version=str, ownership=Ownership, owned=dict, times=dict, empty=dict,
    first=tuple, last=Owned, mine=Owned, changed=bint, after=Managers,
)
cpdef tuple applied(
    object live, Managers managers, object wanted, tuple me, object about, str time, bint force,
    dict ignored,
)

@cython.locals(kind=Kind, version=str, owned=dict, times=dict, mine=Owned, before=Owned, me=tuple)
cpdef Managers updated(
    object live, Managers managers, object written, str writer, str subresource, object about,
    str time, dict ignored,
)

cpdef object metadata_of(object document)

@cython.locals(kept=dict, made=dict)
cpdef object without_entries(object document)

@cython.locals(mine=Owned, fields=dict)
cdef object _strip(dict owned, tuple me)
