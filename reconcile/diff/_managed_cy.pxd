# The types of writes, for the compiled build.

import cython
from reconcile.value._copy_cy cimport thaw

from ._kind_cy cimport Kind
from ._managers_cy cimport Entry, Managers, made_of
from ._ownership_cy cimport Owned, Ownership
from ._trie_cy cimport difference, union
from ._typed_cy cimport as_dict, same

@cython.locals(
    kind=Kind, known=tuple, version=str, ownership=Ownership, owned=dict, times=dict, empty=dict,
    first=tuple, last=Owned, mine=Owned, kept=Owned, changed=bint, after=Managers, entry=Entry, again=dict,
    config=tuple,
)
cpdef tuple applied(
    object live, Managers managers, object wanted, tuple me, object about, object time, bint force,
    dict ignored,
)

@cython.locals(
    kind=Kind, version=str, owned=dict, times=dict, mine=Owned, before=Owned, me=tuple, entry=Entry
)
cpdef Managers owners_after(
    object live, Managers managers, object written, object writer, object subresource, object about,
    object time, dict ignored, object unset,
)

cpdef object metadata_of(object document)

@cython.locals(made=dict, below=dict, metadata=object)
cpdef dict copied(object document)

@cython.locals(kept=dict, made=dict)
cpdef object without_entries(object document)

@cython.locals(mine=Owned, fields=dict)
cdef object _strip(dict owned, tuple me)
