/* A cursor over DICOM element headers, and the one walk that needs its speed: ROIContourSequence
 * (3006,0039).
 *
 * Knows no Python. Everything is read through rts_cursor, whose `end` never lies past the buffer,
 * so that no length found in a file can move a read outside it. Nothing here recurses: nesting
 * costs a counter, not stack. */
#ifndef RTSTRUCT_WALK_H
#define RTSTRUCT_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#define RTS_WALK_FN static inline __attribute__((unused))
#define RTS_RARELY static __attribute__((unused, noinline, cold))
/* Of a few instructions, which a call would double. */
#define RTS_ALWAYS_INLINE static inline __attribute__((unused, always_inline))
#else
#define RTS_WALK_FN static inline
#define RTS_RARELY static
#define RTS_ALWAYS_INLINE static inline
#endif

#define RTS_UNDEFINED_LENGTH 0xFFFFFFFFu

enum {
    RTS_ITEM = 0xFFFEE000u,
    RTS_ITEM_DELIMITER = 0xFFFEE00Du,
    RTS_SEQUENCE_DELIMITER = 0xFFFEE0DDu,
    RTS_REFERENCED_SOP_INSTANCE_UID = 0x00081155u,
    RTS_REFERENCED_FRAME_NUMBER = 0x00081160u,
    RTS_CONTOUR_IMAGE_SEQUENCE = 0x30060016u,
    RTS_ROI_DISPLAY_COLOR = 0x3006002Au,
    RTS_CONTOUR_SEQUENCE = 0x30060040u,
    RTS_CONTOUR_GEOMETRIC_TYPE = 0x30060042u,
    RTS_NUMBER_OF_CONTOUR_POINTS = 0x30060046u,
    RTS_CONTOUR_SLAB_THICKNESS = 0x30060044u,
    RTS_CONTOUR_OFFSET_VECTOR = 0x30060045u,
    RTS_CONTOUR_NUMBER = 0x30060048u,
    RTS_ATTACHED_CONTOURS = 0x30060049u,
    RTS_CONTOUR_DATA = 0x30060050u,
    RTS_REFERENCED_ROI_NUMBER = 0x30060084u
};

#define RTS_VR(a, b) ((uint16_t)(((a) << 8) | (b)))

typedef enum {
    RTS_WALK_OK = 0,
    RTS_WALK_END,         /* of this item, sequence or dataset */
    RTS_WALK_TRUNCATED,   /* the buffer ends inside an element */
    RTS_WALK_PAST_PARENT, /* a length runs past the value that holds it */
    RTS_WALK_MISPLACED, /* a tag where an item or a delimiter must stand, or the other way round */
    RTS_WALK_WRAPPED,   /* ContourData longer than its 16-bit length can say */
    RTS_WALK_MEMORY
} rts_walk_status;

/* The code of a fault, as rtstruct.CODES has it; NULL for what is none. */
RTS_WALK_FN const char *rts_walk_code(rts_walk_status status) {
    switch (status) {
    case RTS_WALK_TRUNCATED:
        return "truncated";
    case RTS_WALK_PAST_PARENT:
    case RTS_WALK_MISPLACED:
        return "bad-structure";
    case RTS_WALK_WRAPPED:
        return "wrapped-length";
    default:
        return NULL;
    }
}

/* How often something was met, and where first. */
typedef struct {
    size_t first, count;
} rts_occurrence;

typedef struct {
    const uint8_t *base;
    size_t size; /* of the buffer */
    size_t pos;
    size_t end;     /* of the value that is being walked: pos <= end <= size */
    bool implicit;  /* VR not written */
    bool big;       /* endian */
    bool delimited; /* undefined length: a delimiter ends it, and `end` is only the parent's */
    bool cut;       /* declared past the end of the buffer, where `end` is */
    rts_occurrence *extra; /* counts delimiters that no length needs; may be NULL */
} rts_cursor;

typedef struct {
    uint32_t tag;
    uint16_t vr;       /* RTS_VR of the two letters; 0 where the header holds none */
    bool short_length; /* written with 16 bits */
    bool undefined;
    size_t start; /* of the value */
    /* Of the value; once skipped, known for undefined lengths too (less the delimiter). */
    size_t length;
} rts_element;

/* Before the first of them: what is read next may depend on what was read last. */
#define RTS_NO_ELEMENT {.undefined = true}
#define RTS_NO_ITEM {.delimited = true}

/* Asks for the cache lines of so many bytes from `start` on, as far as the buffer has them. What is
 * read of a contour lies behind values of kilobytes: to wait for it costs more than to read it. */
RTS_WALK_FN void rts_prefetch(const uint8_t *base, size_t size, size_t start, size_t n_bytes) {
#if defined(__GNUC__) || defined(__clang__)
    size_t stop = size - start < n_bytes ? size : start + n_bytes;
    for (; start < stop; start += 64) __builtin_prefetch(base + start);
#else
    (void)base, (void)size, (void)start, (void)n_bytes;
#endif
}

RTS_ALWAYS_INLINE uint32_t rts_u16(const uint8_t *p, bool big) {
    return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

RTS_ALWAYS_INLINE uint32_t rts_u32(const uint8_t *p, bool big) {
    return big ? rts_u16(p, true) << 16 | rts_u16(p + 2, true)
               : rts_u16(p + 2, false) << 16 | rts_u16(p, false);
}

RTS_ALWAYS_INLINE uint32_t rts_tag(const uint8_t *p, bool big) {
    return rts_u16(p, big) << 16 | rts_u16(p + 2, big);
}

RTS_ALWAYS_INLINE bool rts_is_vr(const uint8_t *p) {
    return p[0] >= 'A' && p[0] <= 'Z' && p[1] >= 'A' && p[1] <= 'Z';
}

#define RTS_LETTER(c) (1u << ((c) - 'A'))

/* Of VRs (PS3.5 section 7.1.2): the second letters, by the first. */
RTS_WALK_FN bool rts_has_32_bit_length(const uint8_t *vr) {
    static const uint32_t second[26] = {
        ['O' - 'A'] = RTS_LETTER('B') | RTS_LETTER('D') | RTS_LETTER('F') | RTS_LETTER('L') |
                      RTS_LETTER('V') | RTS_LETTER('W'),
        ['S' - 'A'] = RTS_LETTER('Q') | RTS_LETTER('V'),
        ['U' - 'A'] =
            RTS_LETTER('C') | RTS_LETTER('N') | RTS_LETTER('R') | RTS_LETTER('T') | RTS_LETTER('V'),
    };
    return (second[vr[0] - 'A'] & RTS_LETTER(vr[1])) != 0;
}

/* Something needs more bytes than its parent has: is the file cut, or the length wrong? A value
 * that was declared past the end of the file ends, for the cursor, where the file does. */
RTS_WALK_FN rts_walk_status rts_overrun(const rts_cursor *c) {
    return c->end == c->size ? RTS_WALK_TRUNCATED : RTS_WALK_PAST_PARENT;
}

RTS_WALK_FN bool rts_is_known_vr(const uint8_t *p) { /* PS3.5 section 6.2 */
    static const uint32_t second[26] = {
        ['A' - 'A'] = RTS_LETTER('E') | RTS_LETTER('S') | RTS_LETTER('T'),
        ['C' - 'A'] = RTS_LETTER('S'),
        ['D' - 'A'] = RTS_LETTER('A') | RTS_LETTER('S') | RTS_LETTER('T'),
        ['F' - 'A'] = RTS_LETTER('D') | RTS_LETTER('L'),
        ['I' - 'A'] = RTS_LETTER('S'),
        ['L' - 'A'] = RTS_LETTER('O') | RTS_LETTER('T'),
        ['O' - 'A'] = RTS_LETTER('B') | RTS_LETTER('D') | RTS_LETTER('F') | RTS_LETTER('L') |
                      RTS_LETTER('V') | RTS_LETTER('W'),
        ['P' - 'A'] = RTS_LETTER('N'),
        ['S' - 'A'] = RTS_LETTER('H') | RTS_LETTER('L') | RTS_LETTER('Q') | RTS_LETTER('S') |
                      RTS_LETTER('T') | RTS_LETTER('V'),
        ['T' - 'A'] = RTS_LETTER('M'),
        ['U' - 'A'] = RTS_LETTER('C') | RTS_LETTER('I') | RTS_LETTER('L') | RTS_LETTER('N') |
                      RTS_LETTER('R') | RTS_LETTER('S') | RTS_LETTER('T') | RTS_LETTER('V'),
    };
    return rts_is_vr(p) && (second[p[0] - 'A'] & RTS_LETTER(p[1])) != 0;
}

/* Do sequences, items and values that may leave their length open start so? */
RTS_WALK_FN bool rts_starts_sequence(const rts_cursor *c, size_t pos) {
    uint32_t tag;
    if (c->end - pos < 8) return false;
    tag = rts_tag(c->base + pos, c->big);
    return tag == RTS_ITEM || tag == RTS_SEQUENCE_DELIMITER;
}

#define RTS_EVIDENCE 16 /* elements that are read before an encoding is believed */

/* How many elements can be read from pos on, one behind the other, with or without VRs? `fits` is
 * set to whether that went on to the end, or to as many as are asked for. */
RTS_WALK_FN size_t rts_count_readable(rts_cursor c, bool implicit, bool *fits) {
    size_t n;
    *fits = false;
    for (n = 0; n < RTS_EVIDENCE; n++) {
        const uint8_t *p = c.base + c.pos;
        size_t left = c.end - c.pos, header = 8;
        uint32_t tag, length;
        if (left < 8) {
            *fits = left == 0 && !c.delimited;
            return n;
        }
        tag = rts_tag(p, c.big);
        if (tag >> 16 == 0xFFFE) {
            *fits = tag == RTS_ITEM_DELIMITER && (c.delimited || left == 8);
            return n;
        }
        if (implicit) {
            length = rts_u32(p + 4, c.big);
        } else if (!rts_is_known_vr(p + 4)) {
            return n;
        } else if (rts_has_32_bit_length(p + 4)) {
            header = 12;
            if (left < 12) return n;
            length = rts_u32(p + 8, c.big);
        } else {
            length = rts_u16(p + 6, c.big);
        }
        if (length == RTS_UNDEFINED_LENGTH) { /* where it ends is not looked for */
            *fits = rts_starts_sequence(&c, c.pos + header);
            return n + *fits;
        }
        if (length > left - header) return n;
        c.pos += header + length;
    }
    *fits = true;
    return n;
}

/* Are VRs left out here, where `expected` says whether they should be? Only what does not read as
 * expected, and does otherwise, is read otherwise. It sees the next RTS_EVIDENCE elements. */
RTS_WALK_FN bool rts_decide_implicit(const rts_cursor *c, bool expected) {
    bool fits, fits_otherwise;
    size_t n = rts_count_readable(*c, expected, &fits), n_otherwise;
    if (fits) return expected;
    n_otherwise = rts_count_readable(*c, !expected, &fits_otherwise);
    return (fits_otherwise || n_otherwise > n) != expected;
}

/* A writer may switch to implicit VR inside an explicit file, never back: an item that does not
 * read as explicit, and does as implicit, is. Sees where the next element starts; and where that
 * leaves a doubt, the next RTS_EVIDENCE elements. */
RTS_RARELY bool rts_doubtful_item_is_implicit(const rts_cursor *c) {
    const uint8_t *p = c->base + c->pos;
    size_t left = c->end - c->pos, header = 8;
    uint32_t length;
    if (left < 8 || rts_u16(p, c->big) == 0xFFFE) return false;
    if (!rts_is_known_vr(p + 4)) return rts_decide_implicit(c, false);
    if (rts_has_32_bit_length(p + 4)) {
        if (left < 12) return false;
        header = 12;
        length = rts_u32(p + 8, c->big);
        if (length == RTS_UNDEFINED_LENGTH && rts_starts_sequence(c, c->pos + 12)) return false;
    } else {
        length = rts_u16(p + 6, c->big);
    }
    if (length > 0 && length <= left - header && left - header - length >= 8 &&
        rts_is_known_vr(p + header + length + 4)) {
        return false;
    }
    return rts_decide_implicit(c, false);
}

/* There is no doubt where there is a VR, and the length of an implicit element with the same bytes
 * would not fit into the item. */
RTS_WALK_FN bool rts_item_is_implicit(const rts_cursor *c) {
    const uint8_t *p = c->base + c->pos;
    size_t left = c->end - c->pos;
    if (left >= 8 && rts_is_known_vr(p + 4) && rts_u32(p + 4, c->big) > left - 8) return false;
    return rts_doubtful_item_is_implicit(c);
}

/* UN of undefined length holds implicit VR little endian (PS3.5 section 6.2.2), in a big endian
 * file too. */
RTS_WALK_FN bool rts_turns_little(const rts_cursor *c) {
    static const uint8_t item[] = {0xFE, 0xFF, 0x00, 0xE0}, delimiter[] = {0xFE, 0xFF, 0xDD, 0xE0};
    return c->big && c->end - c->pos >= 4 &&
           (memcmp(c->base + c->pos, item, 4) == 0 || memcmp(c->base + c->pos, delimiter, 4) == 0);
}

/* Header of the next element of a dataset; leaves pos at the value. */
RTS_WALK_FN rts_walk_status rts_header(rts_cursor *c, rts_element *e) {
    const uint8_t *p = c->base + c->pos;
    size_t left = c->end - c->pos;
    size_t header = 8;
    uint32_t length;
    if (left < 8) return rts_overrun(c);
    e->tag = rts_tag(p, c->big);
    e->vr = 0;
    e->short_length = false;
    if (c->implicit || !rts_is_vr(p + 4)) {
        length = rts_u32(p + 4, c->big);
    } else {
        e->vr = RTS_VR(p[4], p[5]);
        if (rts_has_32_bit_length(p + 4)) {
            header = 12;
            if (left < 12) return rts_overrun(c);
            length = rts_u32(p + 8, c->big);
        } else {
            e->short_length = true;
            length = rts_u16(p + 6, c->big);
        }
    }
    c->pos += header;
    e->undefined = length == RTS_UNDEFINED_LENGTH;
    e->start = c->pos;
    e->length = e->undefined ? 0 : length;
    return RTS_WALK_OK;
}

/* Is that element a sequence of defined length, at whose end the cursor is? */
RTS_WALK_FN bool rts_is_behind_sequence(const rts_cursor *c, const rts_element *e) {
    if (e->undefined || e->start + e->length != c->pos) return false;
    if (e->vr == RTS_VR('S', 'Q')) return true;
    if (e->vr != 0 && e->vr != RTS_VR('U', 'N')) return false;
    return e->length == 0 || rts_starts_sequence(c, e->start);
}

RTS_RARELY void rts_pass_over_delimiter(rts_cursor *c) {
    if (c->extra && c->extra->count++ == 0) c->extra->first = c->pos;
    c->pos += 8;
}

/* At an item or a delimiter among elements, of which `e` is the last. A Sequence Delimitation Item
 * behind a sequence of defined length is one too many, and passed over (RTS_WALK_OK); in an item of
 * undefined length only if that goes on to its own delimiter, for else this is the end of what the
 * item is in. */
RTS_RARELY rts_walk_status rts_at_odd_delimiter(rts_cursor *c, const rts_element *e, uint32_t tag) {
    size_t left = c->end - c->pos;
    if (tag == RTS_ITEM_DELIMITER && left == 8) {
        /* some writers end an item of defined length with a delimiter all the same */
        rts_pass_over_delimiter(c);
        return RTS_WALK_END;
    }
    if (tag != RTS_SEQUENCE_DELIMITER || !rts_is_behind_sequence(c, e)) return RTS_WALK_MISPLACED;
    if (rts_u32(c->base + c->pos + 4, c->big) != 0) return RTS_WALK_MISPLACED;
    if (c->delimited &&
        (left < 16 || rts_tag(c->base + c->pos + 8, c->big) != RTS_ITEM_DELIMITER)) {
        return RTS_WALK_MISPLACED;
    }
    rts_pass_over_delimiter(c);
    return RTS_WALK_OK;
}

/* The header of the next element of an item or a dataset into `e`, which has the one before. */
RTS_WALK_FN rts_walk_status rts_next_element(rts_cursor *c, rts_element *e) {
    for (;;) {
        size_t left = c->end - c->pos;
        uint32_t tag;
        rts_walk_status status;
        if (left == 0 && !c->delimited) return c->cut ? RTS_WALK_TRUNCATED : RTS_WALK_END;
        if (left < 8) return rts_overrun(c);
        tag = rts_tag(c->base + c->pos, c->big);
        if (tag >> 16 != 0xFFFE) return rts_header(c, e);
        if (tag == RTS_ITEM_DELIMITER && c->delimited) {
            c->pos += 8;
            return RTS_WALK_END;
        }
        status = rts_at_odd_delimiter(c, e, tag);
        if (status != RTS_WALK_OK) return status;
    }
}

/* Items of defined length in a value that is no sequence (PS3.5 section A.4). */
RTS_WALK_FN bool rts_holds_fragments(const rts_element *e) {
    return e->vr >> 8 == 'O';
}

/* Elements that hold text, whatever VR the file gives them or leaves out. */
RTS_WALK_FN bool rts_is_text(uint32_t tag) {
    return tag == RTS_CONTOUR_DATA || tag == RTS_CONTOUR_GEOMETRIC_TYPE ||
           tag == RTS_CONTOUR_NUMBER || tag == RTS_NUMBER_OF_CONTOUR_POINTS ||
           tag == RTS_REFERENCED_ROI_NUMBER || tag == RTS_ROI_DISPLAY_COLOR ||
           tag == RTS_REFERENCED_SOP_INSTANCE_UID;
}

/* Which may leave their length open (PS3.5 section 7.1.2); UT, for one, may not. */
RTS_WALK_FN bool rts_may_be_undefined(const rts_element *e) {
    if (rts_is_text(e->tag)) return false;
    return e->vr == 0 || e->vr == RTS_VR('S', 'Q') || e->vr == RTS_VR('U', 'N') ||
           rts_holds_fragments(e);
}

/* Is this the delimiter of an item that has a length? */
RTS_WALK_FN bool rts_is_extra_item_delimiter(const rts_cursor *sequence, size_t item_end) {
    return item_end == sequence->pos &&
           rts_tag(sequence->base + sequence->pos, sequence->big) == RTS_ITEM_DELIMITER &&
           rts_u32(sequence->base + sequence->pos + 4, sequence->big) == 0;
}

/* To behind the delimiter of the value of `e`, of undefined length, at whose start w stands. Values
 * of defined length are jumped over, so only undefined ones nest, and items and sequences
 * alternate: a depth counter says where we are, and the depth at which VRs were left out says how
 * to read headers. Nothing nests in fragments. */
RTS_WALK_FN rts_walk_status rts_find_delimiter(rts_cursor *w, rts_element *e) {
    const bool big = w->big;
    size_t depth = 1, implicit_from = w->implicit ? 0 : SIZE_MAX, little_from = SIZE_MAX;
    size_t item_end = 0; /* of the one before, if it has a length */
    rts_element inner = RTS_NO_ELEMENT;
    rts_walk_status status;
    bool fragments = rts_holds_fragments(e);
    if (!rts_may_be_undefined(e)) return RTS_WALK_MISPLACED;
    if (rts_turns_little(w)) little_from = 1;
    if (e->vr == RTS_VR('U', 'N') && implicit_from == SIZE_MAX) implicit_from = 1;
    while (depth > 0) {
        uint32_t tag, length;
        size_t left = w->end - w->pos;
        w->big = big && depth < little_from;
        if (left < 8) return rts_overrun(w);
        tag = rts_tag(w->base + w->pos, w->big);
        if (depth % 2 == 1) { /* in a sequence */
            if (tag == RTS_SEQUENCE_DELIMITER) {
                e->length = w->pos - e->start;
                w->pos += 8;
                if (little_from == depth) little_from = SIZE_MAX;
                if (implicit_from == depth) implicit_from = SIZE_MAX;
                fragments = false;
                depth--;
            } else if (rts_is_extra_item_delimiter(w, item_end)) {
                rts_pass_over_delimiter(w);
            } else if (tag == RTS_ITEM) {
                length = rts_u32(w->base + w->pos + 4, w->big);
                if (length == RTS_UNDEFINED_LENGTH) {
                    if (fragments) return RTS_WALK_MISPLACED;
                    w->pos += 8;
                    w->delimited = true;
                    depth++;
                    if (implicit_from == SIZE_MAX && rts_item_is_implicit(w)) implicit_from = depth;
                } else {
                    if (length > left - 8) return rts_overrun(w);
                    w->pos += 8 + (size_t)length;
                    if (!fragments) item_end = w->pos;
                }
            } else {
                return RTS_WALK_MISPLACED;
            }
        } else { /* in an item */
            w->implicit = depth >= implicit_from;
            w->delimited = true;
            status = rts_next_element(w, &inner);
            if (status == RTS_WALK_END) {
                depth--;
                if (implicit_from > depth) implicit_from = SIZE_MAX;
            } else if (status != RTS_WALK_OK) {
                return status;
            } else if (inner.undefined) {
                if (!rts_may_be_undefined(&inner)) return RTS_WALK_MISPLACED;
                fragments = rts_holds_fragments(&inner);
                depth++;
                if (little_from == SIZE_MAX && rts_turns_little(w)) little_from = depth;
                if (implicit_from == SIZE_MAX && inner.vr == RTS_VR('U', 'N'))
                    implicit_from = depth;
            } else {
                if (inner.length > w->end - w->pos) return rts_overrun(w);
                w->pos += inner.length;
            }
        }
    }
    return RTS_WALK_OK;
}

/* Over a value, to behind its delimiter if it has one. */
RTS_WALK_FN rts_walk_status rts_skip(rts_cursor *c, rts_element *e) {
    if (e->undefined) {
        rts_cursor w = *c;
        rts_walk_status status = rts_find_delimiter(&w, e);
        c->pos = w.pos;
        return status;
    }
    if (e->length > c->end - c->pos) return rts_overrun(c);
    c->pos += e->length;
    return RTS_WALK_OK;
}

/* A cursor over a value or an item of the given length that starts at pos. One that the end of the
 * file cuts is entered as far as it goes. */
RTS_WALK_FN rts_walk_status rts_enter(const rts_cursor *c, size_t length, bool undefined,
                                      rts_cursor *inner) {
    /* Member by member: a copy of the whole would wait for those that were stored just now. */
    inner->base = c->base;
    inner->size = c->size;
    inner->pos = c->pos;
    inner->end = c->end;
    inner->implicit = c->implicit;
    inner->big = c->big;
    inner->extra = c->extra;
    inner->delimited = undefined;
    inner->cut = false;
    if (undefined && rts_turns_little(inner)) {
        inner->big = false;
        inner->implicit = true;
    }
    if (undefined) return RTS_WALK_OK;
    if (length > c->end - c->pos) {
        inner->cut = true;
        return c->end == c->size ? RTS_WALK_OK : RTS_WALK_PAST_PARENT;
    }
    inner->end = c->pos + length;
    return RTS_WALK_OK;
}

/* A cursor over the items of a sequence whose header was just read. What is in UN of undefined
 * length is implicit (PS3.5 section 6.2.2, CP-246). */
RTS_WALK_FN rts_walk_status rts_enter_sequence(const rts_cursor *c, const rts_element *e,
                                               rts_cursor *inner) {
    rts_walk_status status = rts_enter(c, e->length, e->undefined, inner);
    if (e->undefined && e->vr == RTS_VR('U', 'N')) inner->implicit = true;
    return status;
}

/* The next item of a sequence into `item`, which has the one before; leaves pos where the item's
 * content starts. */
RTS_WALK_FN rts_walk_status rts_next_item(rts_cursor *sequence, rts_cursor *item) {
    size_t left = sequence->end - sequence->pos;
    uint32_t tag, length;
    rts_walk_status status;
    if (left >= 8 && !item->delimited && rts_is_extra_item_delimiter(sequence, item->end)) {
        rts_pass_over_delimiter(sequence);
        left -= 8;
    }
    if (left == 0 && !sequence->delimited) return sequence->cut ? RTS_WALK_TRUNCATED : RTS_WALK_END;
    if (left < 8) return rts_overrun(sequence);
    tag = rts_tag(sequence->base + sequence->pos, sequence->big);
    length = rts_u32(sequence->base + sequence->pos + 4, sequence->big);
    if (tag == RTS_SEQUENCE_DELIMITER) {
        if (!sequence->delimited && left != 8) return RTS_WALK_MISPLACED;
        if (sequence->delimited)
            sequence->pos += 8;
        else
            rts_pass_over_delimiter(sequence);
        return RTS_WALK_END;
    }
    if (tag != RTS_ITEM) return RTS_WALK_MISPLACED;
    sequence->pos += 8;
    status = rts_enter(sequence, length, length == RTS_UNDEFINED_LENGTH, item);
    if (status != RTS_WALK_OK) {
        sequence->pos -= 8;
        return status;
    }
    if (!item->implicit) item->implicit = rts_item_is_implicit(item);
    return RTS_WALK_OK;
}

#endif
