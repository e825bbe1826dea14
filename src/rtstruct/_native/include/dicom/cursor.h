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
#else
#define RTS_WALK_FN static inline
#endif

#define RTS_UNDEFINED_LENGTH 0xFFFFFFFFu

enum {
    RTS_ITEM = 0xFFFEE000u,
    RTS_ITEM_DELIMITER = 0xFFFEE00Du,
    RTS_SEQUENCE_DELIMITER = 0xFFFEE0DDu,
    RTS_REFERENCED_SOP_INSTANCE_UID = 0x00081155u,
    RTS_CONTOUR_IMAGE_SEQUENCE = 0x30060016u,
    RTS_ROI_DISPLAY_COLOR = 0x3006002Au,
    RTS_CONTOUR_SEQUENCE = 0x30060040u,
    RTS_CONTOUR_GEOMETRIC_TYPE = 0x30060042u,
    RTS_NUMBER_OF_CONTOUR_POINTS = 0x30060046u,
    RTS_CONTOUR_NUMBER = 0x30060048u,
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

typedef struct {
    const uint8_t *base;
    size_t size; /* of the buffer */
    size_t pos;
    size_t end;     /* of the value that is being walked: pos <= end <= size */
    bool implicit;  /* VR not written */
    bool big;       /* endian */
    bool delimited; /* undefined length: a delimiter ends it, and `end` is only the parent's */
    bool cut;       /* declared past the end of the buffer, where `end` is */
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

RTS_WALK_FN uint32_t rts_u16(const uint8_t *p, bool big) {
    return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

RTS_WALK_FN uint32_t rts_u32(const uint8_t *p, bool big) {
    return big ? rts_u16(p, true) << 16 | rts_u16(p + 2, true)
               : rts_u16(p + 2, false) << 16 | rts_u16(p, false);
}

RTS_WALK_FN uint32_t rts_tag(const uint8_t *p, bool big) {
    return rts_u16(p, big) << 16 | rts_u16(p + 2, big);
}

RTS_WALK_FN bool rts_is_vr(const uint8_t *p) {
    return p[0] >= 'A' && p[0] <= 'Z' && p[1] >= 'A' && p[1] <= 'Z';
}

RTS_WALK_FN bool rts_has_32_bit_length(uint16_t vr) { /* PS3.5 section 7.1.2 */
    switch (vr) {
    case RTS_VR('O', 'B'):
    case RTS_VR('O', 'D'):
    case RTS_VR('O', 'F'):
    case RTS_VR('O', 'L'):
    case RTS_VR('O', 'V'):
    case RTS_VR('O', 'W'):
    case RTS_VR('S', 'Q'):
    case RTS_VR('S', 'V'):
    case RTS_VR('U', 'C'):
    case RTS_VR('U', 'N'):
    case RTS_VR('U', 'R'):
    case RTS_VR('U', 'T'):
    case RTS_VR('U', 'V'):
        return true;
    default:
        return false;
    }
}

/* Something needs more bytes than its parent has: is the file cut, or the length wrong? A value
 * that was declared past the end of the file ends, for the cursor, where the file does. */
RTS_WALK_FN rts_walk_status rts_overrun(const rts_cursor *c) {
    return c->end == c->size ? RTS_WALK_TRUNCATED : RTS_WALK_PAST_PARENT;
}

/* A writer may switch to implicit VR inside an explicit file (PS3.5 section 6.2.2, UN of undefined
 * length; some do without), never back: an item whose first element has no VR letters is implicit.
 * An implicit length may spell two letters by chance, as 16705 does: then an explicit element would
 * have no value, or a huge one, and nothing would follow it that looks like an element. */
RTS_WALK_FN bool rts_looks_implicit(const rts_cursor *c) {
    const uint8_t *p = c->base + c->pos;
    size_t left = c->end - c->pos, next = 8;
    if (left < 8 || rts_u16(p, c->big) == 0xFFFE) return false;
    if (!rts_is_vr(p + 4)) return true;
    if (c->big || p[6] != 0 || p[7] != 0) return false;
    if (rts_has_32_bit_length(RTS_VR(p[4], p[5]))) {
        uint32_t length;
        if (left < 12) return false;
        length = rts_u32(p + 8, false);
        if (length == RTS_UNDEFINED_LENGTH) return false;
        if (length > left - 12) { /* a truncated file, or the first bytes of an implicit value */
            next = 8 + (size_t)rts_u32(p + 4, false);
            return next <= left && (left - next < 8 || !rts_is_vr(p + next + 4));
        }
        next = 12 + (size_t)length;
    }
    return left - next >= 8 && !rts_is_vr(p + next + 4) && rts_u16(p + next, false) != 0xFFFE;
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
        if (rts_has_32_bit_length(e->vr)) {
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

RTS_WALK_FN rts_walk_status rts_next_element(rts_cursor *c, rts_element *e) {
    size_t left = c->end - c->pos;
    uint32_t tag;
    if (left == 0 && !c->delimited) return c->cut ? RTS_WALK_TRUNCATED : RTS_WALK_END;
    if (left < 8) return rts_overrun(c);
    tag = rts_tag(c->base + c->pos, c->big);
    if (tag == RTS_ITEM_DELIMITER) {
        /* some writers end an item of defined length with a delimiter all the same */
        if (!c->delimited && left != 8) return RTS_WALK_MISPLACED;
        c->pos += 8;
        return RTS_WALK_END;
    }
    if (tag == RTS_ITEM || tag == RTS_SEQUENCE_DELIMITER) return RTS_WALK_MISPLACED;
    return rts_header(c, e);
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

/* Over a value of undefined length, to behind its delimiter. Values of defined length are jumped
 * over, so only undefined ones nest, and items and sequences alternate: a depth counter says where
 * we are, and the depth at which VRs were left out says how to read headers. Nothing nests in
 * fragments. */
RTS_WALK_FN rts_walk_status rts_skip_undefined(rts_cursor *c, rts_element *e) {
    rts_cursor w = *c;
    size_t depth = 1, implicit_from = c->implicit ? 0 : SIZE_MAX, little_from = SIZE_MAX;
    rts_element inner;
    rts_walk_status status;
    bool fragments = rts_holds_fragments(e);
    if (!rts_may_be_undefined(e)) return RTS_WALK_MISPLACED;
    if (rts_turns_little(&w)) little_from = 1;
    while (depth > 0) {
        uint32_t tag, length;
        size_t left = w.end - w.pos;
        w.big = c->big && depth < little_from;
        if (left < 8) {
            c->pos = w.pos;
            return rts_overrun(&w);
        }
        tag = rts_tag(w.base + w.pos, w.big);
        if (depth % 2 == 1) { /* in a sequence */
            if (tag == RTS_SEQUENCE_DELIMITER) {
                e->length = w.pos - e->start;
                w.pos += 8;
                if (little_from == depth) little_from = SIZE_MAX;
                fragments = false;
                depth--;
            } else if (tag == RTS_ITEM) {
                length = rts_u32(w.base + w.pos + 4, w.big);
                if (length == RTS_UNDEFINED_LENGTH) {
                    if (fragments) {
                        c->pos = w.pos;
                        return RTS_WALK_MISPLACED;
                    }
                    w.pos += 8;
                    depth++;
                    if (implicit_from == SIZE_MAX && rts_looks_implicit(&w)) implicit_from = depth;
                } else {
                    if (length > left - 8) {
                        c->pos = w.pos;
                        return rts_overrun(&w);
                    }
                    w.pos += 8 + (size_t)length;
                }
            } else {
                c->pos = w.pos;
                return RTS_WALK_MISPLACED;
            }
        } else { /* in an item */
            w.implicit = depth >= implicit_from;
            w.delimited = true;
            status = rts_next_element(&w, &inner);
            if (status == RTS_WALK_END) {
                depth--;
                if (implicit_from > depth) implicit_from = SIZE_MAX;
            } else if (status != RTS_WALK_OK) {
                c->pos = w.pos;
                return status;
            } else if (inner.undefined) {
                if (!rts_may_be_undefined(&inner)) {
                    c->pos = w.pos;
                    return RTS_WALK_MISPLACED;
                }
                fragments = rts_holds_fragments(&inner);
                depth++;
                if (little_from == SIZE_MAX && rts_turns_little(&w)) little_from = depth;
            } else {
                if (inner.length > w.end - w.pos) {
                    c->pos = w.pos;
                    return rts_overrun(&w);
                }
                w.pos += inner.length;
            }
        }
    }
    c->pos = w.pos;
    return RTS_WALK_OK;
}

RTS_WALK_FN rts_walk_status rts_skip(rts_cursor *c, rts_element *e) {
    if (e->undefined) return rts_skip_undefined(c, e);
    if (e->length > c->end - c->pos) return rts_overrun(c);
    c->pos += e->length;
    return RTS_WALK_OK;
}

/* A cursor over a value or an item of the given length that starts at pos. One that the end of the
 * file cuts is entered as far as it goes. */
RTS_WALK_FN rts_walk_status rts_enter(const rts_cursor *c, size_t length, bool undefined,
                                      rts_cursor *inner) {
    *inner = *c;
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

/* The next item of a sequence; leaves pos where the item's content starts. */
RTS_WALK_FN rts_walk_status rts_next_item(rts_cursor *sequence, rts_cursor *item) {
    size_t left = sequence->end - sequence->pos;
    uint32_t tag, length;
    rts_walk_status status;
    if (left == 0 && !sequence->delimited) return sequence->cut ? RTS_WALK_TRUNCATED : RTS_WALK_END;
    if (left < 8) return rts_overrun(sequence);
    tag = rts_tag(sequence->base + sequence->pos, sequence->big);
    length = rts_u32(sequence->base + sequence->pos + 4, sequence->big);
    if (tag == RTS_SEQUENCE_DELIMITER) {
        if (!sequence->delimited && left != 8) return RTS_WALK_MISPLACED;
        sequence->pos += 8;
        return RTS_WALK_END;
    }
    if (tag != RTS_ITEM) return RTS_WALK_MISPLACED;
    sequence->pos += 8;
    status = rts_enter(sequence, length, length == RTS_UNDEFINED_LENGTH, item);
    if (status != RTS_WALK_OK) {
        sequence->pos -= 8;
        return status;
    }
    if (!item->implicit) item->implicit = rts_looks_implicit(item);
    return RTS_WALK_OK;
}

#endif
