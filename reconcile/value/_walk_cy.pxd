# The compiled body of the lockstep walk. The plain body stands in _walk_cy.py; the two do the same.
#
# 1. Frames are C structures in one growing block: no recursion, so any depth works on any stack.
# 2. A frame holds its two containers and the key it is at by strong references. Items are borrowed
#    only while nothing can run but this loop.
# 3. Only exact leaf types and the flags of dict and list are looked at here; all else is Python's.

from cpython.mem cimport PyMem_Free, PyMem_Realloc

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    /* Return whether two runs of bytes are equal; most texts are too short to be worth a call. */
    static CYTHON_INLINE int reconcile_same_bytes(const char *x, const char *y, size_t size) {
        uint64_t a, b, c, d;
        if (size < 8) {
            for (; size; size--, x++, y++) if (*x != *y) return 0;
            return 1;
        }
        if (size > 64) return memcmp(x, y, size) == 0;
        memcpy(&c, x + size - 8, 8);
        memcpy(&d, y + size - 8, 8);
        if (c != d) return 0;
        for (; size > 8; size -= 8, x += 8, y += 8) {
            memcpy(&a, x, 8);
            memcpy(&b, y, 8);
            if (a != b) return 0;
        }
        return 1;
    }

    /* Return whether two exact texts are equal: their lengths and kinds, then their bytes. */
    static CYTHON_INLINE int reconcile_same_text(PyObject *a, PyObject *b) {
        Py_ssize_t length = PyUnicode_GET_LENGTH(a);
        if (length != PyUnicode_GET_LENGTH(b)) return 0;
        if (PyUnicode_IS_COMPACT_ASCII(a) && PyUnicode_IS_COMPACT_ASCII(b))
            return reconcile_same_bytes(
                (const char *)(((PyASCIIObject *)a) + 1),
                (const char *)(((PyASCIIObject *)b) + 1), (size_t)length);
        if (PyUnicode_KIND(a) != PyUnicode_KIND(b)) return 0;
        return memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), length * PyUnicode_KIND(a)) == 0;
    }

    #if PY_VERSION_HEX >= 0x030C0000
    #define reconcile_small(x) PyUnstable_Long_IsCompact((PyLongObject *)(x))
    #define reconcile_small_value(x) PyUnstable_Long_CompactValue((PyLongObject *)(x))
    #else
    #define reconcile_small(x) ((size_t)(Py_SIZE(x) + 1) <= 2)
    #define reconcile_small_value(x) \
        (Py_SIZE(x) * (Py_ssize_t)((PyLongObject *)(x))->ob_digit[0])
    #endif

    /* Return 1 for equal leaves, 0 for different ones, -1 when Python must look. */
    static CYTHON_INLINE int reconcile_same_leaf(PyObject *a, PyObject *b) {
        PyTypeObject *type = Py_TYPE(a);
        if (type != Py_TYPE(b)) return -1;
        if (type == &PyUnicode_Type) return reconcile_same_text(a, b);
        if (type == &PyLong_Type) {
            PyObject *same;
            if (reconcile_small(a) && reconcile_small(b))
                return reconcile_small_value(a) == reconcile_small_value(b);
            same = PyLong_Type.tp_richcompare(a, b, Py_EQ);
            Py_DECREF(same);
            return same == Py_True;
        }
        if (type == &PyFloat_Type) {
            double x = PyFloat_AS_DOUBLE(a), y = PyFloat_AS_DOUBLE(b);
            return x == y || (x != x && y != y);
        }
        if (type == &PyBool_Type) return 0;
        return -1;
    }

    static CYTHON_INLINE int reconcile_is_leaf(PyObject *x) {
        PyTypeObject *type = Py_TYPE(x);
        return type == &PyUnicode_Type || type == &PyLong_Type || type == &PyBool_Type
            || type == &PyFloat_Type || x == Py_None;
    }

    /* Return the mode in which two containers are walked, -1 when Python must look. */
    static CYTHON_INLINE int reconcile_kind(PyObject *a, PyObject *b) {
        if (PyDict_Check(a)) return PyDict_Check(b) ? 0 : -1;
        return PyList_Check(a) && PyList_Check(b) ? 1 : -1;
    }
    """
    ctypedef struct PyObject:
        pass
    int reconcile_same_text(PyObject *, PyObject *) noexcept
    int reconcile_same_leaf(PyObject *, PyObject *) noexcept
    bint reconcile_is_leaf(PyObject *) noexcept
    int reconcile_kind(PyObject *, PyObject *) noexcept
    bint PyDict_Check(PyObject *) noexcept
    bint PyList_Check(PyObject *) noexcept
    bint PyUnicode_CheckExact(PyObject *) noexcept
    bint PyDict_Next(PyObject *, Py_ssize_t *, PyObject **, PyObject **) noexcept
    PyObject *PyDict_GetItemWithError(PyObject *, PyObject *) noexcept
    PyObject *PyErr_Occurred() noexcept
    Py_ssize_t PyDict_GET_SIZE(PyObject *) noexcept
    Py_ssize_t PyList_GET_SIZE(PyObject *) noexcept
    PyObject *PyList_GET_ITEM(PyObject *, Py_ssize_t) noexcept
    void Py_INCREF(PyObject *) noexcept
    void Py_DECREF(PyObject *) noexcept
    void Py_XDECREF(PyObject *) noexcept

cdef struct Frame:
    PyObject *a        # the container before
    PyObject *b        # the container after
    PyObject *key      # the member entered, NULL in a list
    PyObject *path     # the place of this container, NULL until asked for
    PyObject *pairs    # the items to compare, NULL when they are compared by position
    Py_ssize_t i       # where we are in a
    Py_ssize_t j       # where we are in b, or in pairs
    Py_ssize_t found   # members of a that b has
    Py_ssize_t count   # how many operations there were when the item was entered
    int mode
    int ordered        # members came in one order so far

cdef enum:
    LEVELS = 60  # how deep the C stack is used

cdef class Walk:
    cdef Frame *frames
    cdef Py_ssize_t top
    cdef Py_ssize_t room
    cdef public Py_ssize_t count
    cdef public Py_ssize_t mark
    cdef public Py_ssize_t index
    cdef public bint entered
    cdef public bint by_value
    cdef public object key
    cdef public object before
    cdef public object after

    cpdef int start(self, object before, object after) except -1
    cpdef int step(self) except -1
    cpdef object place(self)
    cpdef object path(self)
    cpdef object lists(self)
    cpdef object by_position(self, Py_ssize_t start)
    cpdef object by_pairs(self, list pairs)
    cpdef int leave(self) except -1


cdef inline void pop(Walk walk) noexcept:
    cdef Frame *frame = &walk.frames[walk.top]
    walk.top -= 1
    Py_DECREF(frame.a)
    Py_DECREF(frame.b)
    Py_XDECREF(frame.key)
    Py_XDECREF(frame.path)
    Py_XDECREF(frame.pairs)


cdef inline void release(Walk walk) noexcept:
    while walk.top >= 0:
        pop(walk)
    PyMem_Free(walk.frames)
    walk.frames = NULL


cdef inline int ready(Walk walk, Py_ssize_t top) except -1:
    """Make room for the frames up to one."""
    cdef Frame *frame
    cdef Py_ssize_t room = walk.room or 16
    if top < walk.room:
        return 0
    if top > 100_000:
        too_deep()
    while room <= top:
        room *= 2
    frame = <Frame *>PyMem_Realloc(walk.frames, room * sizeof(Frame))
    if frame is NULL:
        raise MemoryError
    walk.frames = frame
    walk.room = room
    return 0


cdef inline Frame *put(Walk walk, Py_ssize_t at, PyObject *a, PyObject *b, int mode) noexcept:
    """Fill a frame for which there is room."""
    cdef Frame *frame = &walk.frames[at]
    Py_INCREF(a)
    Py_INCREF(b)
    frame.a = a
    frame.b = b
    frame.key = NULL
    frame.path = NULL
    frame.pairs = NULL
    frame.i = 0
    frame.j = 0
    frame.found = 0
    frame.count = walk.count
    frame.mode = mode
    frame.ordered = 1
    return frame


# Most containers are equal, and those need no frames: `down` compares on the C stack, and only where
# it meets what is not equal at sight it leaves the frames that lead there, each as if the walk had
# come that way, so that nothing is compared twice. No Python runs in it.
cdef inline int down(Walk walk, PyObject *a, PyObject *b, int mode, Py_ssize_t at, int levels) except -1:
    """Return 0 if two containers of one kind are equal, or enter them, at frame `at`, and return 1."""
    cdef PyObject *key = NULL
    cdef PyObject *other
    cdef PyObject *x
    cdef PyObject *y
    cdef Py_ssize_t i = 0, j = 0, found = 0, next_i = 0, next_j = 0
    cdef Frame *frame
    cdef int result, inner
    if levels:
        if mode == 0:
            while True:
                if not PyDict_Next(a, &next_i, &key, &x):
                    if found == PyDict_GET_SIZE(b):
                        return 0
                    break
                if not PyDict_Next(b, &next_j, &other, &y):
                    break
                if other is not key and not (
                    PyUnicode_CheckExact(key)
                    and PyUnicode_CheckExact(other)
                    and reconcile_same_text(key, other)
                ):
                    break
                if x is not y:
                    result = reconcile_same_leaf(x, y)
                    if result == 0:
                        break
                    if result < 0:
                        inner = reconcile_kind(x, y)
                        if inner < 0:
                            break
                        if down(walk, x, y, inner, at + 1, levels - 1):
                            frame = put(walk, at, a, b, mode)
                            Py_INCREF(key)
                            frame.key = key
                            frame.i = next_i
                            frame.j = next_j
                            frame.found = found + 1
                            return 1
                elif not PyUnicode_CheckExact(key):
                    break
                i = next_i
                j = next_j
                found += 1
        else:
            while i < PyList_GET_SIZE(a) and i < PyList_GET_SIZE(b):
                x = PyList_GET_ITEM(a, i)
                y = PyList_GET_ITEM(b, i)
                if x is not y:
                    result = reconcile_same_leaf(x, y)
                    if result == 0:
                        break
                    if result < 0:
                        inner = reconcile_kind(x, y)
                        if inner < 0:
                            break
                        if down(walk, x, y, inner, at + 1, levels - 1):
                            frame = put(walk, at, a, b, mode)
                            frame.i = i + 1
                            return 1
                i += 1
            if i == PyList_GET_SIZE(a) and i == PyList_GET_SIZE(b):
                return 0
    ready(walk, at)
    frame = put(walk, at, a, b, mode)
    frame.i = i
    frame.j = j
    frame.found = found
    walk.top = at
    return 1


cdef inline int told(Walk walk, int event, object key, object before, object after) except -1:
    walk.key = key
    walk.before = before
    walk.after = after
    return event


cdef inline int native_step(Walk walk) except -1:
    """Go on to the next difference. The numbers of modes and events stand in _walk_cy.py."""
    cdef Frame *frame
    cdef PyObject *key
    cdef PyObject *other
    cdef PyObject *x
    cdef PyObject *y
    cdef Py_ssize_t i, n, m, at
    cdef int result, mode
    while True:
        if walk.top < 0:
            return 0
        frame = &walk.frames[walk.top]
        if frame.mode == 0:
            while PyDict_Next(frame.a, &frame.i, &key, &x):
                if not PyUnicode_CheckExact(key):
                    refuse_key(<object>key)
                if frame.ordered and PyDict_Next(frame.b, &frame.j, &other, &y) and (
                    other is key or (PyUnicode_CheckExact(other) and reconcile_same_text(key, other))
                ):
                    pass
                else:
                    frame.ordered = 0
                    Py_INCREF(x)
                    y = PyDict_GetItemWithError(frame.b, key)
                    Py_DECREF(x)
                    if y is NULL:
                        if PyErr_Occurred() is not NULL:
                            return -1
                        return told(walk, 2, <object>key, <object>x, None)
                frame.found += 1
                if x is y:
                    continue
                # What most members are is compared here, before anything is called.
                result = reconcile_same_leaf(x, y)
                if result > 0:
                    continue
                if result < 0:
                    mode = reconcile_kind(x, y)
                    if mode >= 0:
                        at = walk.top
                        if not down(walk, x, y, mode, at + 1, LEVELS):
                            continue
                        frame = &walk.frames[at]
                        Py_XDECREF(frame.key)
                        Py_INCREF(key)
                        frame.key = key
                        break
                    result = odd_pair(walk, <object>x, <object>y, <object>key)
                    if result == 0:
                        continue
                    if result == 2:
                        break
                return told(walk, 1, <object>key, <object>x, <object>y)
            else:
                if frame.found != PyDict_GET_SIZE(frame.b):
                    frame.mode = 4
                    frame.j = 0
                    continue
                pop(walk)
                result = left(walk)
                if result:
                    return result
        elif frame.mode == 1:
            n = PyList_GET_SIZE(frame.a)
            m = PyList_GET_SIZE(frame.b)
            while True:
                i = frame.i
                if i >= n or i >= m:
                    if n != m:
                        walk.index = i
                        walk.mark = walk.count
                        walk.entered = False
                        return 4
                    pop(walk)
                    result = left(walk)
                    if result:
                        return result
                    break
                x = PyList_GET_ITEM(frame.a, i)
                y = PyList_GET_ITEM(frame.b, i)
                frame.i = i + 1
                if x is y:
                    continue
                result = reconcile_same_leaf(x, y)
                if result > 0:
                    continue
                if result < 0:
                    frame.count = walk.count
                    mode = reconcile_kind(x, y)
                    if mode >= 0:
                        if down(walk, x, y, mode, walk.top + 1, LEVELS):
                            break
                        continue
                    result = odd_pair(walk, <object>x, <object>y, None)
                    if result == 0:
                        n = PyList_GET_SIZE(frame.a)
                        m = PyList_GET_SIZE(frame.b)
                        continue
                    if result == 2:
                        break
                walk.index = i
                walk.mark = walk.count
                walk.entered = False
                return 4
        elif frame.mode == 2 or frame.mode == 3:
            result = native_item(walk)
            if result:
                return result
        else:  # what only b has
            while PyDict_Next(frame.b, &frame.j, &key, &y):
                if not PyUnicode_CheckExact(key):
                    refuse_key(<object>key)
                Py_INCREF(y)
                x = PyDict_GetItemWithError(frame.a, key)
                Py_DECREF(y)
                if x is NULL:
                    if PyErr_Occurred() is not NULL:
                        return -1
                    return told(walk, 3, <object>key, None, <object>y)
            pop(walk)
            result = left(walk)
            if result:
                return result


cdef inline int native_item(Walk walk) except -1:
    """Compare the next item by position, or the next of the pairs. 0 when another round is due."""
    cdef Frame *frame = &walk.frames[walk.top]
    cdef PyObject *x
    cdef PyObject *y
    cdef Py_ssize_t i, k
    cdef int result, mode
    while True:
        if frame.mode == 2:
            i = k = frame.i
            if i >= PyList_GET_SIZE(frame.a) or i >= PyList_GET_SIZE(frame.b):
                return 5
        else:
            if frame.j >= PyList_GET_SIZE(frame.pairs):
                return 5
            i = <object>PyList_GET_ITEM(frame.pairs, frame.j)
            k = <object>PyList_GET_ITEM(frame.pairs, frame.j + 1)
            frame.j += 2
            if i >= PyList_GET_SIZE(frame.a) or k >= PyList_GET_SIZE(frame.b):
                raise RuntimeError("a list was changed while it was compared")
        x = PyList_GET_ITEM(frame.a, i)
        y = PyList_GET_ITEM(frame.b, k)
        frame.i = i + 1
        if x is y:
            continue
        result = reconcile_same_leaf(x, y)
        if result > 0:
            continue
        if result < 0:
            mode = reconcile_kind(x, y)
            if mode >= 0:
                result = 2 if down(walk, x, y, mode, walk.top + 1, LEVELS) else 0
            else:
                result = odd_pair(walk, <object>x, <object>y, None)
                frame = &walk.frames[walk.top]
            if result == 0:
                continue
            if result == 2:
                return 0
        return told(walk, 1, i, <object>x, <object>y)


cdef inline int left(Walk walk) except -1:
    """Tell of an item in which something changed, now that it has been walked through."""
    cdef Frame *frame
    if walk.top < 0:
        return 0
    frame = &walk.frames[walk.top]
    if frame.mode == 1 and frame.count != walk.count:
        walk.index = frame.i - 1
        walk.mark = frame.count
        walk.entered = True
        return 4
    return 0


cdef inline object native_part(Frame *frame):
    """Return the key or index at which the next frame was entered."""
    if frame.key is not NULL:
        return <object>frame.key
    return frame.i - 1


cdef inline object native_place(Walk walk):
    """Return the place of the container at hand, put together once for each frame."""
    cdef Py_ssize_t at
    cdef object place
    cdef Frame *frame = &walk.frames[walk.top]
    if frame.path is not NULL:
        return <object>frame.path
    at = walk.top
    while at > 0 and walk.frames[at].path is NULL:
        at -= 1
    if walk.frames[at].path is NULL:
        place = ()
        Py_INCREF(<PyObject *>place)
        walk.frames[at].path = <PyObject *>place
    place = <object>walk.frames[at].path
    while at < walk.top:
        place = (place, native_part(&walk.frames[at]))
        at += 1
        Py_INCREF(<PyObject *>place)
        walk.frames[at].path = <PyObject *>place
    return place


cdef inline object native_path(Walk walk):
    """Return the keys and indices that lead to the container at hand."""
    return [native_part(&walk.frames[at]) for at in range(walk.top)]


cdef inline int native_start(Walk walk, object before, object after) except -2:
    """Begin with two containers: 0 when they are entered or equal, -1 for all else."""
    cdef int mode
    while walk.top >= 0:
        pop(walk)
    if before is after:
        return -1
    mode = reconcile_kind(<PyObject *>before, <PyObject *>after)
    if mode >= 0:
        down(walk, <PyObject *>before, <PyObject *>after, mode, 0, LEVELS)
        return 0
    return -1


cdef inline bint native_sound(object value) noexcept:
    """Return whether a value is JSON for sure; False when Python must look."""
    return sound(<PyObject *>value, LEVELS)


cdef inline bint sound(PyObject *value, int levels) noexcept:
    cdef PyObject *key
    cdef PyObject *x
    cdef Py_ssize_t i = 0
    if reconcile_is_leaf(value):
        return True
    if levels == 0:
        return False
    if PyDict_Check(value):
        while PyDict_Next(value, &i, &key, &x):
            if not PyUnicode_CheckExact(key):
                return False
            if not reconcile_is_leaf(x) and not sound(x, levels - 1):
                return False
        return True
    if PyList_Check(value):
        for i in range(PyList_GET_SIZE(value)):
            x = PyList_GET_ITEM(value, i)
            if not reconcile_is_leaf(x) and not sound(x, levels - 1):
                return False
        return True
    return False


cpdef object container(object value)
cpdef object check(object value)
cdef int odd_pair(Walk walk, object x, object y, object key) except -1
cpdef object refuse_key(object key)
cdef object too_deep()


cdef inline object native_lists(Walk walk):
    cdef Frame *frame = &walk.frames[walk.top]
    return <object>frame.a, <object>frame.b


cdef inline object native_lead(Walk walk, int mode, Py_ssize_t start, object pairs):
    cdef Frame *frame = &walk.frames[walk.top]
    frame.mode = mode
    frame.i = start
    frame.j = 0
    if pairs is not None:
        Py_INCREF(<PyObject *>pairs)
        frame.pairs = <PyObject *>pairs


cdef inline object native_enter(Walk walk, object a, object b, int mode, object key):
    cdef Frame *frame
    if walk.top >= 0 and key is not None:
        frame = &walk.frames[walk.top]
        Py_XDECREF(frame.key)
        Py_INCREF(<PyObject *>key)
        frame.key = <PyObject *>key
    ready(walk, walk.top + 1)
    put(walk, walk.top + 1, <PyObject *>a, <PyObject *>b, mode)
    walk.top += 1
