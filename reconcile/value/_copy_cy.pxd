# The types of what is copied, for the compiled build.

cpdef object thaw(object document, Py_ssize_t depth=*)
