# The types of what is counted, for the compiled build.

import cython


@cython.locals(
    low=Py_ssize_t, stop_a=Py_ssize_t, stop_b=Py_ssize_t, size_a=Py_ssize_t, size_b=Py_ssize_t,
    index=Py_ssize_t, other=Py_ssize_t, wanted=list, kept=list, source=list, partner=list,
    pairs=list, changed=bint, fate=bytearray,
)
cpdef tuple align(list keys_a, list keys_b, Py_ssize_t start, bint same, bint pairing)

@cython.locals(
    size_a=Py_ssize_t, size_b=Py_ssize_t, left=Py_ssize_t, right=Py_ssize_t, at=Py_ssize_t,
    anchor=Py_ssize_t, end=Py_ssize_t,
)
cdef _pair_left(list wanted, list kept, list partner, list source)

@cython.locals(where=dict, found=list, index=Py_ssize_t, queues=dict, queue=list)
cdef list _matches(
    list keys_a, list keys_b, Py_ssize_t low, Py_ssize_t stop_a, Py_ssize_t stop_b
)

@cython.locals(rising=list, last=Py_ssize_t, value=Py_ssize_t, index=Py_ssize_t, ordered=bint)
cdef list _rising(list values)

@cython.locals(
    size=Py_ssize_t, ends="long long[::1]", at="long long[::1]", above="long long[::1]",
    length=Py_ssize_t, index=Py_ssize_t, value=Py_ssize_t, low=Py_ssize_t, high=Py_ssize_t,
    middle=Py_ssize_t, rising=list,
)
cdef list _longest_rising(list values)

@cython.locals(
    done=list, start=Py_ssize_t, fate=bytearray, partner=list, source=list, size=Py_ssize_t,
    moving=bint, index=Py_ssize_t, target=Py_ssize_t,
)
cpdef list steps(object structure)

@cython.locals(
    size=Py_ssize_t, tree="long long[::1]", rank="long long[::1]", slots=list, index=Py_ssize_t,
    at=Py_ssize_t, anchor=Py_ssize_t, target=Py_ssize_t, waiting=Py_ssize_t, behind=Py_ssize_t,
    put=Py_ssize_t, origin=Py_ssize_t, goal=Py_ssize_t,
)
cdef _moves(list done, Py_ssize_t start, bytearray fate, list partner, list source)
