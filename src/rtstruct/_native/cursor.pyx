# Elements and items as Python sees them.
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DecodeASCII
from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memset

from ..errors import StructureError
from .records import Element, Fault, Scan

cdef enum:
    MOST_ELEMENTS = 1024


def prepare_memory(size_t size):
    """Make page faults rare in what is allocated next, so many bytes in all."""
    rts_prepare_memory(size)


cdef object walk_fault(rts_walk_status status, size_t offset):
    """The one place where a status of the walk gets its code."""
    if status == RTS_WALK_MEMORY:
        raise MemoryError
    return Fault(rts_walk_code(status).decode(), offset)


cdef object vr_text(unsigned vr):
    return None if vr == 0 else chr(vr >> 8) + chr(vr & 0xFF)


cdef rts_cursor cursor_over(
    const uint8_t *base, size_t size, size_t start, bint implicit, bint big, rts_occurrence *extra
) noexcept:
    """A cursor from `start` to the end of a buffer."""
    cdef rts_cursor c
    memset(&c, 0, sizeof(c))
    c.base = base
    c.size = c.end = size
    c.pos = min(start, size)
    c.implicit = implicit
    c.big = big
    c.extra = extra
    return c


cdef bint rest_is_zero(const rts_cursor *c) noexcept:
    """Files are padded with zeros to whole blocks. No element has the tag (0000,0000)."""
    cdef size_t i
    for i in range(c.pos, c.end):
        if c.base[i] != 0:
            return False
    return True


cdef object extra_of(const rts_occurrence *extra):
    return (extra.first, extra.count) if extra.count else None


def scan_dataset(
    data, size_t start, bint implicit, bint big, uint32_t stop_at=0, bint decided=False, bint behind_sequence=False
):
    """Elements of a dataset from `start` to the end of the buffer, or to the one with the tag `stop_at`.

    Unless it is `decided` already, what stands at `start` may show that VRs are written otherwise than `implicit` says.
    `behind_sequence` says that a sequence of defined length ends at `start`. Raises StructureError where there are more
    elements than `MOST_ELEMENTS` and one for every 32 bytes: each is hundreds of bytes in pydicom.
    """
    cdef Py_buffer view
    cdef Py_ssize_t most
    cdef rts_cursor c
    cdef rts_element e
    cdef rts_occurrence extra
    cdef rts_walk_status status
    cdef size_t before
    elements = []
    stopped = cut = fault = None
    memset(&extra, 0, sizeof(extra))
    memset(&e, 0, sizeof(e))
    e.vr = (ord("S") << 8 | ord("Q"))
    e.start = start
    e.undefined = not behind_sequence
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        most = <Py_ssize_t>MOST_ELEMENTS + view.len // 32
        c = cursor_over(<const uint8_t *>view.buf, <size_t>view.len, start, implicit, big, &extra)
        if not decided:
            c.implicit = rts_decide_implicit(&c, implicit)
        while True:
            before = c.pos
            if c.pos < c.end and c.base[c.pos] == 0 and rest_is_zero(&c):
                break
            status = rts_next_element(&c, &e)
            if status == RTS_WALK_END:
                break
            if status == RTS_WALK_OK and e.tag == 0:
                status = RTS_WALK_MISPLACED
            if status == RTS_WALK_OK:
                element = Element(e.tag, vr_text(e.vr), e.start, e.length, e.undefined)
                if e.tag == stop_at:
                    stopped = element
                    break
                status = rts_skip(&c, &e)
                if status != RTS_WALK_OK:
                    cut = element
                elif e.undefined:
                    element = element._replace(length=e.length)
            if status != RTS_WALK_OK:
                fault = walk_fault(status, before if cut is None or not e.undefined else c.pos)
                break
            if len(elements) == most:
                raise StructureError(
                    f"more than {most:,} elements outside of sequences, in {view.len:,} bytes: nobody has written that"
                    f" - at byte {before} of the dataset", code="bad-structure", offset=before)
            elements.append(element)
        return Scan(elements, stopped, c.pos, fault, bool(c.implicit), cut, extra_of(&extra))
    finally:
        PyBuffer_Release(&view)


cdef enum item_form:
    BYTES_BY_TAG  # of `scan_items`
    RAW_ELEMENTS  # of `scan_sequence`
    LAYOUT  # of `scan_layout`


cdef tuple items_in(rts_cursor *sequence, item_form form):
    """Items of a sequence in one of the forms; what ended them, or None; the end of the last one that is whole."""
    cdef rts_cursor item
    cdef rts_element e
    cdef rts_walk_status status
    cdef size_t header, stop = sequence.pos
    cdef dict vrs = {}  # the same few strings for all elements
    items = []
    memset(&item, 0, sizeof(item))
    item.delimited = True
    memset(&e, 0, sizeof(e))
    while True:
        header = sequence.pos
        status = rts_next_item(sequence, &item)
        if status != RTS_WALK_OK:
            break
        elements = {} if form == BYTES_BY_TAG else []
        e.undefined = True
        while True:
            status = rts_next_element(&item, &e)
            if status == RTS_WALK_OK:
                status = rts_skip(&item, &e)
            if status != RTS_WALK_OK:
                break
            if form != LAYOUT:
                value = PyBytes_FromStringAndSize(<const char *>item.base + e.start, <Py_ssize_t>e.length)
            if form == BYTES_BY_TAG:
                elements[e.tag] = value
                continue
            vr = vrs.get(e.vr)
            if vr is None and e.vr:
                vr = vrs.setdefault(e.vr, vr_text(e.vr))
            if form == LAYOUT:
                elements.append((e.tag, vr, e.start, e.length, bool(e.undefined)))
            else:
                elements.append((e.tag, vr, value, e.start, bool(e.undefined)))
        sequence.pos = item.pos
        if form == BYTES_BY_TAG:
            items.append(elements)
        elif form == LAYOUT:
            items.append((header, item.pos, bool(item.delimited), bool(item.implicit), elements))
        else:
            items.append((header, bool(item.delimited), bool(item.implicit), elements))
        if status != RTS_WALK_END:
            break
        stop = sequence.pos
    return items, None if status == RTS_WALK_END else walk_fault(status, sequence.pos), stop


def scan_items(
    data, size_t start, size_t length, bint implicit, bint big, bint undefined=False, bint un=False
):
    """Items of a sequence of `length` bytes from `start`, of which `data` may have lost the last.

    Returns for each item the bytes of its elements by tag, the fault that ended them or None, and where the last item
    that is whole ends. `un` says that the sequence is UN of undefined length.
    """
    cdef Py_buffer view
    cdef rts_cursor around, sequence
    cdef rts_element e
    cdef rts_walk_status status
    memset(&e, 0, sizeof(e))
    e.vr = (ord("U") << 8 | ord("N")) if un else 0
    e.undefined = undefined
    e.length = length
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        around = cursor_over(<const uint8_t *>view.buf, <size_t>view.len, start, implicit, big, NULL)
        status = rts_enter_sequence(&around, &e, &sequence)
        if status != RTS_WALK_OK:
            return [], walk_fault(status, start), start
        return items_in(&sequence, BYTES_BY_TAG)
    finally:
        PyBuffer_Release(&view)


cdef object integer_or_bytes(const uint8_t *base, rts_span text):
    """An Integer String in the standard's form as int, anything else as it is."""
    if rts_is_integer_string(base, text):
        return rts_integer(base, text.start, text.length)
    return PyBytes_FromStringAndSize(<const char *>base + text.start, <Py_ssize_t>text.length)


cdef object text_or_bytes(const uint8_t *base, rts_span text):
    """A text that is the same in every character set as str without padding, anything else as it is."""
    cdef const char *p = <const char *>base + text.start
    if not rts_is_plain(base, text):
        return PyBytes_FromStringAndSize(p, <Py_ssize_t>text.length)
    while text.length and (p[text.length - 1] == 0 or p[text.length - 1] == c" "):
        text.length -= 1
    return PyUnicode_DecodeASCII(p, <Py_ssize_t>text.length, NULL)


def scan_values(
    data, size_t start, size_t length, bint implicit, bint big, tuple texts, tuple integers, Py_ssize_t most
):
    """As `scan_items`, of elements with these tags alone: those of `texts` as str where they are plain ASCII, those of
    `integers` as int where they are in the standard's form, else bytes. Ends behind `most` items that have any."""
    cdef Py_buffer view
    cdef rts_cursor around, sequence, item
    cdef rts_element e
    cdef rts_walk_status status
    cdef rts_span value
    cdef uint32_t[16] tags
    cdef Py_ssize_t k, n_texts = len(texts), n = len(texts) + len(integers)
    cdef tuple wanted = texts + integers
    cdef dict nothing = {}, values
    if n > 16:
        raise ValueError("at most 16 tags")
    for k in range(n):
        tags[k] = wanted[k]
    items = []
    memset(&item, 0, sizeof(item))
    item.delimited = True
    memset(&e, 0, sizeof(e))
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        around = cursor_over(<const uint8_t *>view.buf, <size_t>view.len, start, implicit, big, NULL)
        status = rts_enter(&around, length, False, &sequence)
        while status == RTS_WALK_OK:
            status = rts_next_item(&sequence, &item)
            if status != RTS_WALK_OK:
                break
            values = nothing  # shared: a hostile file has an item in every eight bytes
            e.undefined = True
            while True:
                status = rts_next_element(&item, &e)
                if status == RTS_WALK_OK:
                    status = rts_skip(&item, &e)
                if status != RTS_WALK_OK:
                    break
                for k in range(n):
                    if tags[k] == e.tag:
                        value.start, value.length = e.start, e.length
                        if values is nothing:
                            values = {}
                        if k < n_texts:
                            values[wanted[k]] = text_or_bytes(item.base, value)
                        else:
                            values[wanted[k]] = integer_or_bytes(item.base, value)
                        break
            items.append(values)
            most -= values is not nothing
            sequence.pos = item.pos
            if status == RTS_WALK_END:
                status = RTS_WALK_OK if most else RTS_WALK_END
        return items, None if status == RTS_WALK_END else walk_fault(status, sequence.pos)
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
        sequence = cursor_over(<const uint8_t *>view.buf, <size_t>view.len, 0, implicit, big, NULL)
        return items_in(&sequence, RAW_ELEMENTS)[:2]
    finally:
        PyBuffer_Release(&view)


def scan_layout(data, size_t start, size_t length, bint undefined, bint implicit, bint big):
    """Where the items of a sequence lie and what is in them, and the fault that ended them or None.

    An item is (where its header starts, where it ends with its delimiter, whether its length is undefined, whether its
    VRs are implicit, its elements); an element is (tag, VR or None, where its value starts, its length less delimiter,
    whether that is undefined).
    """
    cdef Py_buffer view
    cdef rts_cursor around, sequence
    cdef rts_walk_status status
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        around = cursor_over(<const uint8_t *>view.buf, <size_t>view.len, start, implicit, big, NULL)
        status = rts_enter(&around, length, undefined, &sequence)
        if status != RTS_WALK_OK:
            return [], walk_fault(status, start)
        return items_in(&sequence, LAYOUT)[:2]
    finally:
        PyBuffer_Release(&view)
