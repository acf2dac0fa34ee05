# The types of what looks at numbers, for the compiled build.

from reconcile.value._copy_cy cimport items_of, members_of

cpdef bint has_float(object document)
