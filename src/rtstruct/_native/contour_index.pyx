# Where the contours lie.
cimport cython

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_Check
from cpython.mem cimport PyMem_RawFree, PyMem_RawRealloc
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.math cimport isfinite
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcpy, memset

from .cursor cimport *

from .records import ROIItem


cdef rts_walk_status status_of(str code) except *:
    """The status for what is found outside the walk."""
    if code == "wrapped-length":
        return RTS_WALK_WRAPPED
    return RTS_WALK_MISPLACED if code else RTS_WALK_OK


cdef bint is_decimal_string(text) except -1:
    """Whether a text that float() can read has no more characters, and no others, than PS3.5 section 6.2 allows."""
    cdef Py_ssize_t i, n
    cdef const char *p
    if type(text) is not str or not text.isascii():
        return False
    p = PyUnicode_AsUTF8AndSize(text, &n)
    for i in range(n):
        if not (c"0" <= p[i] <= c"9" or p[i] in (c"+", c"-", c".", c"e", c"E", c" ")):
            return False
    return n <= 16


# Seen by the collector, a cycle through this would clear the memoryview that it holds before it lets go of it
@cython.no_gc
cdef class ContourIndex:
    """Where the contours of a structure set lie: in a buffer, which it holds on to, or in values that are added.

    The buffer starts at `origin` of the file: faults say where they are in that.
    """
    def __cinit__(self, data=None, size_t origin=0):
        self.origin = origin
        if data is not None:
            PyObject_GetBuffer(data, &self.view, PyBUF_SIMPLE)
            self.held = True

    def __dealloc__(self):
        rts_index_free(&self.index)
        PyMem_RawFree(self.own)
        if self.held:
            PyBuffer_Release(&self.view)

    cdef const uint8_t *base(self) noexcept:
        return <const uint8_t *>self.view.buf if self.held else self.own

    cdef size_t size(self) noexcept:
        return <size_t>self.view.len if self.held else self.own_size

    cdef rts_cursor cursor(self, size_t start, bint implicit, bint big) noexcept:
        return cursor_over(self.base(), self.size(), start, implicit, big, &self.passed_over)

    @property
    def extra(self):
        """The place of the first delimiter that was passed over, and how many there were; or None."""
        return (self.origin + self.passed_over.first, self.passed_over.count) if self.passed_over.count else None

    def walk(self, size_t start, size_t length, bint undefined, bint implicit, bint big, bint un=False):
        """Index the ROIContourSequence whose value is at `start`. Sets `stop`, and `fault` to what ended the walk.

        `un` says that its VR is UN: of undefined length, it is implicit VR little endian inside.
        """
        cdef rts_cursor around = self.cursor(start, implicit, big), sequence
        cdef rts_element e
        cdef rts_walk_status status
        memset(&e, 0, sizeof(e))
        e.vr = (ord("U") << 8 | ord("N")) if un else 0
        e.undefined = undefined
        e.length = length
        with nogil:
            status = rts_enter_sequence(&around, &e, &sequence)
            if status == RTS_WALK_OK:
                status = rts_walk_roi_contours(&self.index, &sequence, implicit)
        self.stop = sequence.pos
        self.fault = None if status == RTS_WALK_OK else walk_fault(status, self.origin + sequence.pos)

    # what a Dataset that pydicom has converted holds, value by value

    cdef rts_span add(self, const void *value, size_t length) except *:
        cdef rts_span span
        cdef size_t room
        cdef uint8_t *moved
        if self.held:
            raise TypeError("nothing can be added to an index of a buffer")
        if length > self.own_room - self.own_size:
            room = max(2 * self.own_room, self.own_size + length + 4096)
            moved = <uint8_t *>PyMem_RawRealloc(self.own, room)
            if moved == NULL:
                raise MemoryError
            self.own, self.own_room = moved, room
        span.start, span.length = self.own_size, length
        if length:
            memcpy(self.own + self.own_size, value, length)
        self.own_size += length
        return span

    cdef rts_span add_bytes(self, bytes value) except *:
        return self.add(PyBytes_AS_STRING(value), <size_t>PyBytes_GET_SIZE(value))

    def add_item(self, bytes number, bytes color, str damage):
        """Append an item of these values; `damage` is a code or empty."""
        cdef rts_roi_item *item = rts_new_item(&self.index)
        if item == NULL:
            raise MemoryError
        item.number = self.add_bytes(number)
        item.color = self.add_bytes(color)
        item.status = status_of(damage)

    def walk_contours(self, bytes value, bint implicit, bint big, bint implicit_file):
        """Walk the value of a ContourSequence into the last item."""
        cdef rts_span span = self.add_bytes(value)
        cdef rts_cursor around = self.cursor(span.start, implicit, big), sequence
        if self.index.n_items == 0:
            raise IndexError("there is no item")
        around.size = <size_t>-1  # what ends here is not the file
        rts_enter(&around, span.length, False, &sequence)
        rts_walk_last_item(&self.index, &sequence, implicit_file)

    cdef bint add_numbers(self, rts_contour *contour, list values) except *:
        """Add numbers as they are, unless it takes their text to say what they are: what is no float, or not finite,
        or was read from more than a Decimal String may be made of."""
        cdef Py_ssize_t i, n = len(values)
        cdef size_t before = self.own_size
        cdef double number
        cdef object value
        for i in range(n):
            value = values[i]
            if not PyFloat_Check(value):
                break
            number = PyFloat_AS_DOUBLE(value)
            if not isfinite(number):
                break
            if type(value) is not float:
                text = getattr(value, "original_string", None)
                if text is not None and not is_decimal_string(text):
                    break
            self.add(&number, sizeof(number))
        else:
            contour.data.start = before
            contour.data.length = self.own_size - before
            contour.flags |= RTS_DATA_IS_BINARY
            return True
        self.own_size = before
        return False

    def add_contour(
        self, data, text, str vr, bint implicit, bytes type_, bytes number, bytes n_points, list images, list details,
        str damage
    ):
        """Append a contour to the last item.

        `data` is bytes, a list of numbers, or None where there is no Contour Data; `text()` gives the bytes of a list
        that is not of numbers alone. `images` are UIDs, `details` are (tag, bytes).
        """
        cdef rts_contour *contour
        cdef rts_contour_index *index = &self.index
        cdef rts_span span
        cdef rts_span *uid
        cdef rts_element e
        if index.n_items == 0:
            raise IndexError("there is no item")
        contour = rts_new_contour(index)
        if contour == NULL:
            raise MemoryError
        index.items[index.n_items - 1].n_contours += 1
        if data is not None:
            contour.flags = RTS_HAS_DATA
            if not isinstance(data, list) or not self.add_numbers(contour, data):
                contour.data = self.add_bytes(text() if isinstance(data, list) else data)
        if vr == "UN":
            contour.flags |= RTS_DATA_UN
        elif vr and vr != "DS":
            contour.flags |= RTS_DATA_OTHER_VR
        if implicit:
            contour.flags |= RTS_IMPLICIT_ITEM
        contour.status = status_of(damage)
        span = self.add_bytes(type_)
        contour.type = rts_trim(self.base(), span.start, span.length)
        span = self.add_bytes(number)
        contour.number = rts_integer(self.base(), span.start, span.length)
        span = self.add_bytes(n_points)
        contour.n_points = rts_integer(self.base(), span.start, span.length)
        if span.length and contour.n_points == RTS_NO_INTEGER:
            contour.flags |= RTS_COUNT_UNREADABLE
        for image in images:
            span = self.add_bytes(image)
            uid = rts_new_uid(index)
            if uid == NULL:
                raise MemoryError
            uid[0] = rts_trim(self.base(), span.start, span.length)
            contour.n_uids += 1
        memset(&e, 0, sizeof(e))
        for tag, value in details:
            span = self.add_bytes(value)
            e.tag, e.start, e.length = tag, span.start, span.length
            if not rts_new_detail(index, &e):
                raise MemoryError

    # what was found

    cdef bytes slice(self, rts_span span):
        return PyBytes_FromStringAndSize(<const char *>self.base() + span.start, <Py_ssize_t>span.length)

    cdef object color(self, rts_span text):
        """Three integers, or the bytes if they are anything else, or None."""
        cdef int64_t[3] parts
        if text.length == 0:
            return None
        # a backslash is at most every second character
        if text.length < 64 and rts_integers(self.base(), text, NULL) == 3:
            rts_integers(self.base(), text, parts)
            return parts[0], parts[1], parts[2]
        return self.slice(text)

    def items(self):
        """`ROIItem`s, one after the other, in file order, without those in which there is nothing."""
        cdef rts_roi_item *item
        cdef size_t i
        for i in range(self.index.n_items):
            item = &self.index.items[i]
            if is_empty(item):
                continue
            fault = None if item.status == RTS_WALK_OK else walk_fault(item.status, self.origin + item.fault)
            yield ROIItem(
                i, integer_or_bytes(self.base(), item.number), self.color(item.color), item.n_contours, fault)

    def empty_items(self):
        """The place of the first item in which there is nothing, and how many there are; or None."""
        cdef size_t i, first = 0, count = 0
        for i in range(self.index.n_items):
            if is_empty(&self.index.items[i]):
                first = first if count else i
                count += 1
        return (first, count) if count else None

    def without_contours(self, bint implicit, bint big):
        """The value of ROIContourSequence without the Contour Sequences, its items of defined length.

        None where an item is encoded otherwise than this says.
        """
        cdef rts_roi_item *item
        cdef size_t i, size = 0
        cdef uint8_t *to
        cdef rts_span[2] kept
        for i in range(self.index.n_items):
            item = &self.index.items[i]
            if item.implicit != implicit or item.big != big:
                return None
            keep(item, kept)
            size += 8 + kept[0].length + kept[1].length
        value = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>size)
        to = <uint8_t *>PyBytes_AS_STRING(value)
        for i in range(self.index.n_items):
            keep(&self.index.items[i], kept)
            put_item_header(to, kept[0].length + kept[1].length, big)
            memcpy(to + 8, self.base() + kept[0].start, kept[0].length)
            memcpy(to + 8 + kept[0].length, self.base() + kept[1].start, kept[1].length)
            to += 8 + kept[0].length + kept[1].length
        return value

    def items_without_contours(self):
        """The same, item by item: whether VRs are implicit, whether it is big endian, and the bytes of the elements."""
        cdef rts_roi_item *item
        cdef size_t i
        cdef rts_span[2] kept
        found = []
        for i in range(self.index.n_items):
            item = &self.index.items[i]
            keep(item, kept)
            found.append((bool(item.implicit), bool(item.big), self.slice(kept[0]) + self.slice(kept[1])))
        return found


cdef bint is_empty(const rts_roi_item *item) noexcept:
    return not (item.number.length or item.color.length or item.n_contours) and item.status == RTS_WALK_OK


cdef void keep(const rts_roi_item *item, rts_span *kept) noexcept:
    """The elements before and behind Contour Sequence."""
    cdef size_t stop = item.content.start + item.content.length
    kept[0] = kept[1] = item.content
    kept[1].length = 0
    if item.contours.length:
        kept[0].length = item.contours.start - item.content.start
        kept[1].start = item.contours.start + item.contours.length
        kept[1].length = stop - kept[1].start if stop > kept[1].start else 0


cdef void put_item_header(uint8_t *to, size_t length, bint big) noexcept:
    cdef int i
    to[0], to[1] = (0xFF, 0xFE) if big else (0xFE, 0xFF)
    to[2], to[3] = (0xE0, 0x00) if big else (0x00, 0xE0)
    for i in range(4):
        to[4 + (3 - i if big else i)] = <uint8_t>(length >> 8 * i)
