# The compiled body of marks: a hash of 64 bits. Members of an object are added up, items of a list
# are chained. Texts are hashed by Python, which keeps their hashes and seeds them for each process,
# so nobody can prepare documents whose values have one hash.

import cython
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Realloc
from libc.stdint cimport uint64_t
from reconcile.value._walk_cy cimport Walk, container as as_container, refuse_key as refuse, too_deep

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    /* Every bit of the argument changes about half of the bits of the result; one to one. */
    static CYTHON_INLINE uint64_t reconcile_mix(uint64_t x) {
        x ^= x >> 30;
        x *= UINT64_C(0xbf58476d1ce4e5b9);
        x ^= x >> 27;
        x *= UINT64_C(0x94d049bb133111eb);
        return x ^ (x >> 31);
    }

    static CYTHON_INLINE uint64_t reconcile_float_bits(double x) {
        uint64_t bits;
        if (x == 0) x = 0.0;
        if (x != x) return UINT64_C(0x7ff8000000000000);
        memcpy(&bits, &x, 8);
        return bits;
    }

    /* The hash of a container, never 0. */
    static CYTHON_INLINE uint64_t reconcile_whole(uint64_t sum, int mode) {
        uint64_t hash = reconcile_mix(sum + (mode ? UINT64_C(0x9e3779b97f4a7c15) : UINT64_C(0x632be59bd9b4e019)));
        return hash ? hash : 1;
    }

    static CYTHON_INLINE uint64_t reconcile_member(uint64_t key, uint64_t value) {
        return reconcile_mix(key ^ (value << 1 | value >> 63));
    }

    static CYTHON_INLINE uint64_t reconcile_bool(PyObject *x) {
        return x == Py_True ? UINT64_C(0xc3a5c85c97cb3127) : UINT64_C(0xb492b66fbe98f273);
    }

    /* What a leaf is, 0 for what is none. */
    static CYTHON_INLINE int reconcile_leaf(PyObject *x) {
        PyTypeObject *type = Py_TYPE(x);
        if (type == &PyUnicode_Type) return 1;
        if (type == &PyLong_Type) return 2;
        if (type == &PyBool_Type) return 3;
        if (x == Py_None) return 4;
        if (type == &PyFloat_Type) return 5;
        return 0;
    }
    """
    ctypedef struct PyObject:
        pass
    uint64_t reconcile_mix(uint64_t) noexcept
    uint64_t reconcile_float_bits(double) noexcept
    int reconcile_leaf(PyObject *) noexcept
    bint PyDict_Check(PyObject *) noexcept
    bint PyList_Check(PyObject *) noexcept
    bint PyUnicode_CheckExact(PyObject *) noexcept
    bint PyDict_Next(PyObject *, Py_ssize_t *, PyObject **, PyObject **) noexcept
    Py_ssize_t PyDict_GET_SIZE(PyObject *) noexcept
    Py_ssize_t PyList_GET_SIZE(PyObject *) noexcept
    PyObject *PyList_GET_ITEM(PyObject *, Py_ssize_t) noexcept
    Py_ssize_t PyObject_Hash(PyObject *) except? -1
    long long PyLong_AsLongLongAndOverflow(PyObject *, int *) except? -1
    double PyFloat_AS_DOUBLE(PyObject *) noexcept
    uint64_t reconcile_whole(uint64_t, int) noexcept
    uint64_t reconcile_member(uint64_t, uint64_t) noexcept
    uint64_t reconcile_bool(PyObject *) noexcept
    void Py_INCREF(PyObject *) noexcept
    void Py_DECREF(PyObject *) noexcept

cdef struct Level:
    PyObject *whole    # the container
    PyObject *known    # what it is known by, itself but for a mapping that is no dict
    Py_ssize_t i       # where we are in it
    uint64_t sum       # of what has been seen
    uint64_t key       # the hash of the key we are at
    int mode           # 0 an object, 1 a list

cdef struct Known:
    PyObject *what
    uint64_t hash

cdef class Marks:
    cdef public bint by_value
    cdef public Walk walk
    cdef Known *table
    cdef Py_ssize_t size
    cdef Py_ssize_t used
    cdef Level *levels
    cdef Py_ssize_t top
    cdef Py_ssize_t room

    cpdef bint same(self, object x, object y) except -1
    cpdef bint agree(self, object x, object y) except -1
    @cython.locals(index=Py_ssize_t)
    cpdef object keys(self, list items, Py_ssize_t start, list keys, dict seen)
    cpdef object mark(self, object value)


cdef inline void forget(Marks marks) noexcept:
    cdef Py_ssize_t at
    release(marks)
    PyMem_Free(marks.levels)
    for at in range(marks.size):
        if marks.table[at].what is not NULL:
            Py_DECREF(marks.table[at].what)
    PyMem_Free(marks.table)


cdef inline void release(Marks marks) noexcept:
    while marks.top > 0:
        marks.top -= 1
        Py_DECREF(marks.levels[marks.top].whole)
        Py_DECREF(marks.levels[marks.top].known)


cdef inline Known *lookup(Marks marks, PyObject *what) noexcept:
    """Return the place of a container in the table, which is never full."""
    cdef Py_ssize_t at = reconcile_mix(<uint64_t><Py_ssize_t>what) & (marks.size - 1)
    while marks.table[at].what is not NULL and marks.table[at].what is not what:
        at = (at + 1) & (marks.size - 1)
    return &marks.table[at]


cdef inline int remember(Marks marks, PyObject *what, uint64_t hash) except -1:
    cdef Known *old = marks.table
    cdef Known *place
    cdef Py_ssize_t size = marks.size, at
    if 2 * (marks.used + 1) > size:
        place = <Known *>PyMem_Calloc(4 * size if size else 32, sizeof(Known))
        if place is NULL:
            raise MemoryError
        marks.table = place
        marks.size = 4 * size if size else 32
        for at in range(size):
            if old[at].what is not NULL:
                place = lookup(marks, old[at].what)
                place.what = old[at].what
                place.hash = old[at].hash
        PyMem_Free(old)
    place = lookup(marks, what)
    if place.what is NULL:
        Py_INCREF(what)
        place.what = what
        place.hash = hash
        marks.used += 1
    return 0


cdef inline uint64_t leaf_hash(Marks marks, PyObject *x, int kind) except? 0:
    cdef int overflow = 0
    cdef long long number
    if kind == 1:
        return reconcile_mix(<uint64_t>PyObject_Hash(x) ^ 1)
    if kind == 2:
        if marks.by_value:
            return reconcile_mix(<uint64_t>PyObject_Hash(x) + 2)
        number = PyLong_AsLongLongAndOverflow(x, &overflow)
        if overflow:
            return reconcile_mix(<uint64_t><Py_ssize_t>hash(hex(<object>x)) + 6)
        return reconcile_mix(<uint64_t>number + 2)
    if kind == 5:
        if marks.by_value and PyFloat_AS_DOUBLE(x) == PyFloat_AS_DOUBLE(x):
            return reconcile_mix(<uint64_t>PyObject_Hash(x) + 2)
        return reconcile_mix(reconcile_float_bits(PyFloat_AS_DOUBLE(x)) + 5)
    if kind == 4:
        return 0x1ae16a3b2f90404f
    return reconcile_bool(x)


cdef inline int push(Marks marks, PyObject *whole, PyObject *known) except -1:
    cdef Level *level
    cdef Py_ssize_t room
    if marks.top >= marks.room:
        if marks.top > 100_000:
            too_deep()
        room = 2 * marks.room or 32
        level = <Level *>PyMem_Realloc(marks.levels, room * sizeof(Level))
        if level is NULL:
            raise MemoryError
        marks.levels = level
        marks.room = room
    level = &marks.levels[marks.top]
    marks.top += 1
    Py_INCREF(whole)
    Py_INCREF(known)
    level.whole = whole
    level.known = known
    level.i = 0
    level.sum = 0
    level.mode = 0 if PyDict_Check(whole) else 1
    return 0


cdef inline object native_mark(Marks marks, object value):
    cdef PyObject *x = <PyObject *>value
    cdef int kind = reconcile_leaf(x)
    if kind:
        return leaf_hash(marks, x, kind)
    try:
        return tree_hash(marks, x)
    finally:
        release(marks)


cdef inline uint64_t tree_hash(Marks marks, PyObject *x) except? 0:
    """Hash a container; those inside lists are remembered."""
    cdef Level *level
    cdef Known *place
    cdef PyObject *key
    cdef PyObject *known
    cdef uint64_t result = 0
    cdef int kind
    cdef bint more
    cdef object inside, whole
    while True:
        # x is a container that is to be hashed
        known = x
        place = lookup(marks, x) if marks.size else NULL
        if place is not NULL and place.what is not NULL:
            result = place.hash
        else:
            if not PyDict_Check(x) and not PyList_Check(x):
                whole = <object>x  # stays alive while foreign code runs
                inside = as_container(whole)
                x = <PyObject *>inside
            push(marks, x, known)
            result = 0
        while True:
            # the innermost level goes on; `result` is the hash of what it waited for
            if marks.top == 0:
                return result
            level = &marks.levels[marks.top - 1]
            if result:
                if level.mode == 0:
                    level.sum += reconcile_member(level.key, result)
                else:
                    level.sum = reconcile_mix(level.sum ^ result)
                result = 0
            more = False
            if level.mode == 0:
                while PyDict_Next(level.whole, &level.i, &key, &x):
                    if not PyUnicode_CheckExact(key):
                        refuse(<object>key)
                    level.key = <uint64_t>PyObject_Hash(key)
                    kind = reconcile_leaf(x)
                    if kind == 0:
                        more = True
                        break
                    result = leaf_hash(marks, x, kind)
                    level.sum += reconcile_member(level.key, result)
            else:
                while level.i < PyList_GET_SIZE(level.whole):
                    x = PyList_GET_ITEM(level.whole, level.i)
                    level.i += 1
                    kind = reconcile_leaf(x)
                    if kind == 0:
                        more = True
                        break
                    level.sum = reconcile_mix(level.sum ^ leaf_hash(marks, x, kind))
            if more:
                break
            # done with this level
            result = reconcile_whole(level.sum, level.mode)
            if marks.top == 1 or marks.levels[marks.top - 2].mode == 1:
                remember(marks, level.known, result)
            marks.top -= 1
            Py_DECREF(level.whole)
            Py_DECREF(level.known)
