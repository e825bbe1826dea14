# The C walk as Python sees it: elements, and where the contours lie.
cimport cython

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memset

from .records import Element, Fault, ROIItem


cdef object walk_fault(rts_walk_status status, size_t offset):
    """The one place where a status of the walk gets its code."""
    if status == RTS_WALK_MEMORY:
        raise MemoryError
    if status == RTS_WALK_TRUNCATED:
        return Fault("truncated", offset)
    if status == RTS_WALK_WRAPPED:
        return Fault("wrapped-length", offset)
    return Fault("bad-structure", offset)


cdef rts_walk_status status_of(str code) except *:
    """The status for what is found outside the walk."""
    if code == "wrapped-length":
        return RTS_WALK_WRAPPED
    return RTS_WALK_MISPLACED if code else RTS_WALK_OK


cdef object vr_text(unsigned vr):
    return None if vr == 0 else chr(vr >> 8) + chr(vr & 0xFF)


cdef rts_cursor cursor_over(const Py_buffer *view, size_t start, bint implicit, bint big) noexcept:
    """A cursor from `start` to the end of the buffer."""
    cdef rts_cursor c
    memset(&c, 0, sizeof(c))
    c.base = <const uint8_t *>view.buf
    c.size = c.end = <size_t>view.len
    c.pos = min(start, c.size)
    c.implicit = implicit
    c.big = big
    return c


def scan_dataset(data, size_t start, bint implicit, bint big, uint32_t stop_at):
    """Elements of a dataset from `start` to the end of the buffer, or to the one with the tag `stop_at`.

    Returns the elements, the one stopped at (its value not looked at) or None, where the next would start, the fault
    that ended the scan or None, and whether the VRs are implicit.
    """
    cdef Py_buffer view
    cdef rts_cursor c
    cdef rts_element e
    cdef rts_walk_status status
    cdef size_t tail
    elements = []
    stopped = None
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        c = cursor_over(&view, start, False, big)
        if c.end - c.pos >= 8:  # the file decides, not what its meta information says
            implicit = rts_looks_implicit(&c)
        c.implicit = implicit
        while True:
            tail = c.pos
            status = rts_next_element(&c, &e)
            if status == RTS_WALK_OK and e.tag == stop_at:
                stopped = Element(e.tag, vr_text(e.vr), e.start, e.start + e.length, e.undefined)
                break
            if status == RTS_WALK_OK:
                status = rts_skip(&c, &e)
            if status != RTS_WALK_OK:
                break
            elements.append(Element(e.tag, vr_text(e.vr), e.start, e.start + e.length, e.undefined))
        fault = None
        if status == RTS_WALK_TRUNCATED and c.size - tail < 8 and not any(
                (<const uint8_t *>view.buf)[tail:c.size]):
            status = RTS_WALK_END  # files are padded with zeros to whole blocks
        if status != RTS_WALK_OK and status != RTS_WALK_END:
            fault = walk_fault(status, tail)
        return elements, stopped, c.pos, fault, implicit
    finally:
        PyBuffer_Release(&view)


cdef tuple items_in(rts_cursor *sequence, bint whole):
    """Items of a sequence, as `scan_sequence` gives them or as `scan_items`, and the fault that ended them or None."""
    cdef rts_cursor item
    cdef rts_element e
    cdef rts_walk_status status
    cdef size_t header
    cdef dict vrs = {}  # the same few strings for all elements
    items = []
    while True:
        header = sequence.pos
        status = rts_next_item(sequence, &item)
        if status != RTS_WALK_OK:
            break
        elements = [] if whole else {}
        items.append((header, bool(item.delimited), bool(item.implicit), elements) if whole else elements)
        while True:
            status = rts_next_element(&item, &e)
            if status == RTS_WALK_OK:
                status = rts_skip(&item, &e)
            if status != RTS_WALK_OK:
                break
            value = PyBytes_FromStringAndSize(<const char *>item.base + e.start, <Py_ssize_t>e.length)
            if whole:
                vr = vrs.get(e.vr)
                if vr is None and e.vr:
                    vr = vrs.setdefault(e.vr, vr_text(e.vr))
                elements.append((e.tag, vr, value, e.start, bool(e.undefined)))
            else:
                elements[e.tag] = value
        sequence.pos = item.pos
        if status != RTS_WALK_END:
            break
    return items, None if status == RTS_WALK_END else walk_fault(status, sequence.pos)


def scan_items(data, size_t length, bint implicit, bint big):
    """Items of a sequence of `length` bytes, of which `data` may have lost the last.

    Returns for each item the bytes of its elements by tag, and the fault that ended them or None.
    """
    cdef Py_buffer view
    cdef rts_cursor around, sequence
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        around = cursor_over(&view, 0, implicit, big)
        rts_enter(&around, length, False, &sequence)
        return items_in(&sequence, whole=False)
    finally:
        PyBuffer_Release(&view)


def scan_sequence(data, bint implicit, bint big):
    """Items of a sequence with all that pydicom's raw elements hold, and the fault that ended them or None.

    An item is (where its header starts, whether its length is undefined, whether its VRs are implicit, its elements);
    an element is (tag, VR or None, value without delimiter, where the value starts, whether its length is undefined).
    """
    cdef Py_buffer view
    cdef rts_cursor sequence
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        sequence = cursor_over(&view, 0, implicit, big)
        return items_in(&sequence, whole=True)
    finally:
        PyBuffer_Release(&view)


# ---------------------------------------------------------------- contours

# Seen by the collector, a cycle through this would clear the memoryview that it holds before it lets go of it
@cython.no_gc
cdef class ContourIndex:
    """Where the contours of a structure set lie in a buffer, which it holds on to.

    The buffer starts at `origin` of the file: faults say where they are in that.
    """
    def __cinit__(self, data, size_t origin=0):
        self.origin = origin
        PyObject_GetBuffer(data, &self.view, PyBUF_SIMPLE)
        self.held = True

    def __dealloc__(self):
        rts_table_free(&self.table)
        if self.held:
            PyBuffer_Release(&self.view)

    def walk(self, size_t start, size_t stop, bint undefined, bint implicit, bint big):
        """Walk a ROIContourSequence whose value is at `start`. Sets `stop`, and `fault` to what ended the walk."""
        cdef rts_cursor around = cursor_over(&self.view, start, implicit, big), sequence
        cdef rts_walk_status status
        with nogil:
            status = rts_enter(&around, stop - start, undefined, &sequence)
            if status == RTS_WALK_OK:
                status = rts_walk_roi_contours(&self.table, &sequence, implicit)
        self.stop = sequence.pos
        self.fault = None if status == RTS_WALK_OK else walk_fault(status, self.origin + sequence.pos)

    def add_item(self, number, color, str damage):
        """Append an item, from (start, length) of its values; `damage` is a code or empty."""
        cdef rts_roi_item *item = rts_new_item(&self.table)
        if item == NULL:
            raise MemoryError
        item.number.start, item.number.length = self.inside(number)
        item.color.start, item.color.length = self.inside(color)
        item.status = status_of(damage)

    def walk_contours(self, span, bint implicit, bint big, bint implicit_file):
        """Walk a ContourSequence, (start, length) of its value, into the last item."""
        cdef rts_cursor around, sequence
        start, length = self.inside(span)
        around = cursor_over(&self.view, start, implicit, big)
        rts_enter(&around, length, False, &sequence)
        rts_walk_last_item(&self.table, &sequence, implicit_file)

    def add_contour(self, data, str vr, bint implicit, type_, number, n_points, images, str damage):
        """Append a contour to the last item, from (start, length) of its values; `data` may be None."""
        cdef rts_contour *contour = rts_new_contour(&self.table)
        cdef const uint8_t *base = <const uint8_t *>self.view.buf
        cdef rts_span *uid
        if contour == NULL:
            raise MemoryError
        self.table.items[self.table.n_items - 1].n_contours += 1
        if data is not None:
            contour.flags = RTS_HAS_DATA
            contour.data.start, contour.data.length = self.inside(data)
        if vr == "UN":
            contour.flags |= RTS_DATA_UN
        elif vr and vr != "DS":
            contour.flags |= RTS_DATA_OTHER_VR
        if implicit:
            contour.flags |= RTS_IMPLICIT_ITEM
        contour.status = status_of(damage)
        start, length = self.inside(type_)
        contour.type = rts_trim(base, start, length)
        start, length = self.inside(number)
        contour.number = rts_integer(base, start, length)
        start, length = self.inside(n_points)
        contour.n_points = rts_integer(base, start, length)
        if length and contour.n_points == RTS_NO_INTEGER:
            contour.flags |= RTS_COUNT_UNREADABLE
        for image in images:
            uid = rts_new_uid(&self.table)
            if uid == NULL:
                raise MemoryError
            start, length = self.inside(image)
            uid[0] = rts_trim(base, start, length)
            contour.n_uids += 1

    cdef tuple inside(self, span):
        start, length = span
        if start < 0 or length < 0 or start + length > self.view.len:
            raise IndexError(span)
        return span

    cdef bytes slice(self, size_t start, size_t length):
        return PyBytes_FromStringAndSize(<const char *>self.view.buf + start, <Py_ssize_t>length)

    def items(self):
        """A list of `ROIItem`, in file order."""
        cdef rts_roi_item *item
        cdef size_t i
        rows = []
        for i in range(self.table.n_items):
            item = &self.table.items[i]
            rows.append(ROIItem(
                self.slice(item.number.start, item.number.length),
                self.slice(item.color.start, item.color.length),
                item.n_contours,
                None if item.status == RTS_WALK_OK else walk_fault(item.status, self.origin + item.fault)))
        return rows
