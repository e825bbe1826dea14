/* ROIContourSequence (3006,0039) in one pass: where each contour's values lie. No Python, no
 * numbers parsed but the short integers that stand beside them. */
#ifndef RTSTRUCT_CONTOUR_INDEX_H
#define RTSTRUCT_CONTOUR_INDEX_H

#include "cursor.h"
#include "values.h"

/* rts_contour.flags */
enum {
    RTS_HAS_DATA = 1,
    RTS_DATA_UN = 2,       /* CP-1066: beyond 64 KiB in explicit VR */
    RTS_DATA_OTHER_VR = 4, /* neither DS nor UN */
    RTS_IMPLICIT_ITEM = 8, /* implicit VR inside an explicit file */
    RTS_COUNT_UNREADABLE = 16,
    RTS_HAS_TYPE = 32,
    RTS_HAS_NUMBER = 64,
    RTS_HAS_COUNT = 128,
    RTS_HAS_IMAGES = 256,
    RTS_DATA_IS_BINARY = 512 /* doubles of this machine, not text */
};

typedef struct {
    rts_span data, type;
    int64_t number;   /* Contour Number, or RTS_NO_INTEGER */
    int64_t n_points; /* Number of Contour Points as declared, or RTS_NO_INTEGER */
    size_t first_uid; /* into rts_contour_index.uids */
    size_t n_uids;
    uint32_t flags;
    rts_walk_status status; /* anything but OK: the contour could not be walked to its end */
    size_t fault;           /* where, in the buffer */
} rts_contour;

/* What few contours have beyond that: Referenced Frame Number, Contour Slab Thickness, Contour
 * Offset Vector, Attached Contours. */
typedef struct {
    size_t contour;
    uint32_t tag;
    rts_span value;
} rts_detail;

typedef struct {
    rts_span number, color; /* Referenced ROI Number, ROI Display Color */
    rts_span content;       /* all elements that were walked over to their ends */
    rts_span contours;      /* of these, Contour Sequence with its header */
    bool implicit, big;     /* how they are written */
    size_t first_contour, n_contours;
    bool has_contours, has_number; /* Contour Sequence, Referenced ROI Number */
    rts_walk_status status;
    size_t fault;
} rts_roi_item;

typedef struct {
    rts_contour *contours;
    rts_span *uids;
    rts_roi_item *items;
    rts_detail *details;
    size_t n_contours, n_uids, n_items, n_details;
    size_t contour_room, uid_room, item_room, detail_room;
} rts_contour_index;

RTS_WALK_FN void rts_index_free(rts_contour_index *t) {
    free(t->contours);
    free(t->uids);
    free(t->items);
    free(t->details);
    memset(t, 0, sizeof *t);
}

/* A new zeroed row; NULL when memory is short. Rooms double, so that no length in a file sizes an
 * allocation. */
RTS_WALK_FN void *rts_append(void **rows, size_t *n, size_t *room, size_t size) {
    if (*n == *room) {
        size_t larger = *room ? 2 * *room : 1;
        void *moved = larger > SIZE_MAX / size ? NULL : realloc(*rows, larger * size);
        if (moved == NULL) return NULL;
        *rows = moved;
        *room = larger;
    }
    return memset((char *)*rows + (*n)++ * size, 0, size);
}

RTS_WALK_FN rts_roi_item *rts_new_item(rts_contour_index *t) {
    void *rows = t->items;
    rts_roi_item *item = rts_append(&rows, &t->n_items, &t->item_room, sizeof *item);
    t->items = rows;
    if (item) item->first_contour = t->n_contours;
    return item;
}

RTS_WALK_FN rts_contour *rts_new_contour(rts_contour_index *t) {
    void *rows = t->contours;
    rts_contour *contour = rts_append(&rows, &t->n_contours, &t->contour_room, sizeof *contour);
    t->contours = rows;
    if (contour) {
        contour->first_uid = t->n_uids;
        contour->number = contour->n_points = RTS_NO_INTEGER;
    }
    return contour;
}

RTS_WALK_FN rts_span *rts_new_uid(rts_contour_index *t) {
    void *rows = t->uids;
    rts_span *uid = rts_append(&rows, &t->n_uids, &t->uid_room, sizeof *uid);
    t->uids = rows;
    return uid;
}

/* Of the last contour. False when memory is short. */
RTS_WALK_FN bool rts_new_detail(rts_contour_index *t, const rts_element *e) {
    void *rows = t->details;
    rts_detail *detail = rts_append(&rows, &t->n_details, &t->detail_room, sizeof *detail);
    t->details = rows;
    if (!detail) return false;
    detail->contour = t->n_contours - 1;
    detail->tag = e->tag;
    detail->value.start = e->start;
    detail->value.length = e->length;
    return true;
}

RTS_WALK_FN bool rts_is_decimal_text(uint8_t c) {
    return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == '\\' || c == 'e' ||
           c == 'E' || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0;
}

/* Can an element of an explicit dataset, or a delimiter, stand here? Decimal text never looks like
 * one. */
RTS_WALK_FN bool rts_looks_like_header(const rts_cursor *c, size_t pos) {
    size_t left = c->end - pos;
    if (left == 0) return !c->delimited;
    if (left < 8) return false;
    return rts_is_vr(c->base + pos + 4) || rts_u16(c->base + pos, c->big) == 0xFFFE;
}

/* ContourData written as DS with a 16-bit length that has wrapped: text goes on where the next
 * element must stand. Finds the real end, which lies a multiple of 65536 bytes on. Returns
 * RTS_WALK_OK when nothing has wrapped. */
RTS_WALK_FN rts_walk_status rts_check_wrapped(rts_cursor *c, const rts_element *e) {
    size_t pos = c->pos, candidate = c->pos;
    if (rts_looks_like_header(c, pos) || pos == c->end || !rts_is_decimal_text(c->base[pos])) {
        return RTS_WALK_OK;
    }
    while (c->end - candidate >= 65536) {
        candidate += 65536;
        while (pos < candidate && rts_is_decimal_text(c->base[pos])) pos++;
        if (pos < candidate) break;
        if (rts_looks_like_header(c, candidate)) {
            c->pos = candidate;
            return RTS_WALK_WRAPPED;
        }
    }
    c->pos = e->start;
    return RTS_WALK_WRAPPED;
}

RTS_WALK_FN rts_walk_status rts_walk_images(rts_contour_index *t, rts_contour *contour,
                                            rts_cursor *sequence) {
    rts_cursor item = RTS_NO_ITEM;
    rts_element e = RTS_NO_ELEMENT;
    rts_walk_status status;
    while ((status = rts_next_item(sequence, &item)) == RTS_WALK_OK) {
        while ((status = rts_next_element(&item, &e)) == RTS_WALK_OK) {
            if ((status = rts_skip(&item, &e)) != RTS_WALK_OK) break;
            if (e.tag == RTS_REFERENCED_SOP_INSTANCE_UID) {
                rts_span *uid = rts_new_uid(t);
                if (!uid) return RTS_WALK_MEMORY;
                *uid = rts_trim(item.base, e.start, e.length);
                contour->n_uids++;
            } else if (e.tag == RTS_REFERENCED_FRAME_NUMBER && !rts_new_detail(t, &e)) {
                return RTS_WALK_MEMORY;
            }
        }
        sequence->pos = item.pos;
        if (status != RTS_WALK_END) return status;
    }
    return status == RTS_WALK_END ? RTS_WALK_OK : status;
}

/* Has the contour that element already? Nobody knows then which of them is meant. */
RTS_WALK_FN bool rts_is_duplicate(rts_contour *contour, uint32_t flag, const rts_element *e) {
    if (contour->flags & flag) {
        contour->status = RTS_WALK_MISPLACED;
        contour->fault = e->start;
        return true;
    }
    contour->flags |= flag;
    return false;
}

/* Damage to the contour alone goes to its row, and the walk goes on; returned is what ended the
 * walk of the item. */
RTS_WALK_FN rts_walk_status rts_walk_contour(rts_contour_index *t, rts_contour *contour,
                                             rts_cursor *item) {
    rts_cursor images;
    rts_element e = RTS_NO_ELEMENT;
    rts_walk_status status;
    while ((status = rts_next_element(item, &e)) == RTS_WALK_OK) {
        if (e.tag == RTS_CONTOUR_IMAGE_SEQUENCE && !rts_is_duplicate(contour, RTS_HAS_IMAGES, &e)) {
            if ((status = rts_enter_sequence(item, &e, &images)) != RTS_WALK_OK) return status;
            status = rts_walk_images(t, contour, &images);
            item->pos = images.pos;
            if (status != RTS_WALK_OK) return status;
            continue;
        }
        if ((status = rts_skip(item, &e)) != RTS_WALK_OK) return status;
        switch (e.tag) {
        case RTS_CONTOUR_DATA:
            if (rts_is_duplicate(contour, RTS_HAS_DATA, &e)) break;
            contour->data.start = e.start;
            contour->data.length = e.length;
            if (e.vr == RTS_VR('U', 'N')) {
                contour->flags |= RTS_DATA_UN;
            } else if (e.vr && e.vr != RTS_VR('D', 'S')) {
                contour->flags |= RTS_DATA_OTHER_VR;
            }
            if (e.short_length) {
                size_t after = item->pos;
                if (rts_check_wrapped(item, &e) == RTS_WALK_OK) break;
                contour->status = RTS_WALK_WRAPPED;
                contour->fault = e.start;
                if (item->pos < after) return RTS_WALK_WRAPPED; /* without an end */
            }
            break;
        case RTS_CONTOUR_GEOMETRIC_TYPE:
            if (rts_is_duplicate(contour, RTS_HAS_TYPE, &e)) break;
            contour->type = rts_trim(item->base, e.start, e.length);
            break;
        case RTS_CONTOUR_NUMBER:
            if (rts_is_duplicate(contour, RTS_HAS_NUMBER, &e)) break;
            contour->number = rts_integer(item->base, e.start, e.length);
            break;
        case RTS_NUMBER_OF_CONTOUR_POINTS:
            if (rts_is_duplicate(contour, RTS_HAS_COUNT, &e)) break;
            contour->n_points = rts_integer(item->base, e.start, e.length);
            if (contour->n_points == RTS_NO_INTEGER && e.length) {
                contour->flags |= RTS_COUNT_UNREADABLE;
            }
            break;
        case RTS_CONTOUR_SLAB_THICKNESS:
        case RTS_CONTOUR_OFFSET_VECTOR:
        case RTS_ATTACHED_CONTOURS:
            if (!rts_new_detail(t, &e)) return RTS_WALK_MEMORY;
            break;
        default:
            break;
        }
    }
    return status == RTS_WALK_END ? RTS_WALK_OK : status;
}

/* After damage inside `item`: can the walk go on behind it? Only where a length says where that
 * is. */
RTS_WALK_FN bool rts_leave_damaged(rts_cursor *outer, const rts_cursor *item) {
    if (item->delimited || item->cut) return false;
    outer->pos = item->end;
    return true;
}

RTS_WALK_FN rts_walk_status rts_walk_contours(rts_contour_index *t, rts_cursor *sequence,
                                              bool implicit_file) {
    rts_cursor item = RTS_NO_ITEM;
    rts_walk_status status;
    while ((status = rts_next_item(sequence, &item)) == RTS_WALK_OK) {
        rts_contour *contour = rts_new_contour(t);
        if (!contour) return RTS_WALK_MEMORY;
        if (item.implicit && !implicit_file) contour->flags |= RTS_IMPLICIT_ITEM;
        if (!item.delimited) rts_prefetch(item.base, item.size, item.end, 256); /* the next */
        status = rts_walk_contour(t, contour, &item);
        sequence->pos = item.pos;
        if (status == RTS_WALK_OK) continue;
        if (status == RTS_WALK_MEMORY) return status;
        if (status != RTS_WALK_WRAPPED) { /* which says where */
            contour->status = status;
            contour->fault = item.pos;
        }
        if (!rts_leave_damaged(sequence, &item)) return status;
    }
    return status == RTS_WALK_END ? RTS_WALK_OK : status;
}

/* Walks the value of ContourSequence into the last item. */
RTS_WALK_FN void rts_walk_last_item(rts_contour_index *t, rts_cursor *sequence,
                                    bool implicit_file) {
    rts_walk_status status = rts_walk_contours(t, sequence, implicit_file);
    rts_roi_item *item = &t->items[t->n_items - 1];
    item->n_contours = t->n_contours - item->first_contour;
    if (status == RTS_WALK_OK) return; /* there may be a fault of its own */
    item->status = status;
    item->fault = sequence->pos;
}

/* Walks an item of ROIContourSequence into its row; RTS_WALK_END at its end. */
RTS_WALK_FN rts_walk_status rts_walk_roi_contour(rts_contour_index *t, rts_roi_item *row,
                                                 rts_cursor *item, bool implicit_file) {
    rts_cursor contours;
    rts_element e = RTS_NO_ELEMENT;
    rts_walk_status status;
    size_t header;
    row->content.start = item->pos;
    row->implicit = item->implicit;
    row->big = item->big;
    for (;;) {
        header = item->pos;
        row->content.length = header - row->content.start;
        if ((status = rts_next_element(item, &e)) != RTS_WALK_OK) return status;
        if ((e.tag == RTS_CONTOUR_SEQUENCE && row->has_contours) ||
            (e.tag == RTS_REFERENCED_ROI_NUMBER && row->has_number)) {
            /* Twice: damage, and the first is kept. */
            row->status = RTS_WALK_MISPLACED;
            row->fault = e.start;
        } else if (e.tag == RTS_CONTOUR_SEQUENCE) {
            row->has_contours = true;
            row->contours.start = header;
            status = rts_enter_sequence(item, &e, &contours);
            if (status != RTS_WALK_OK) return status;
            status = rts_walk_contours(t, &contours, implicit_file);
            item->pos = contours.pos;
            if (status == RTS_WALK_MEMORY) return status;
            if (status != RTS_WALK_OK) {
                if (!rts_leave_damaged(item, &contours)) return status;
                row->status = status;
                row->fault = contours.pos;
            }
            row->contours.length = item->pos - header;
            continue;
        }
        if ((status = rts_skip(item, &e)) != RTS_WALK_OK) return status;
        if (e.tag == RTS_REFERENCED_ROI_NUMBER && !row->has_number) {
            row->number = rts_trim(item->base, e.start, e.length);
            row->has_number = true;
        }
        if (e.tag == RTS_ROI_DISPLAY_COLOR) row->color = rts_trim(item->base, e.start, e.length);
    }
}

/* Walks the value of ROIContourSequence. A fault that belongs to one contour or one item and can be
 * stepped over is kept in its row; the status returned is that of a fault which ended the walk, at
 * sequence->pos. */
RTS_WALK_FN rts_walk_status rts_walk_roi_contours(rts_contour_index *t, rts_cursor *sequence,
                                                  bool implicit_file) {
    rts_cursor item = RTS_NO_ITEM;
    rts_walk_status status;
    while ((status = rts_next_item(sequence, &item)) == RTS_WALK_OK) {
        rts_roi_item *row = rts_new_item(t);
        if (!row) return RTS_WALK_MEMORY;
        status = rts_walk_roi_contour(t, row, &item, implicit_file);
        row->n_contours = t->n_contours - row->first_contour;
        sequence->pos = item.pos;
        if (status == RTS_WALK_END) continue;
        row->status = status;
        row->fault = item.pos;
        if (status == RTS_WALK_MEMORY || !rts_leave_damaged(sequence, &item)) return status;
    }
    return status == RTS_WALK_END ? RTS_WALK_OK : status;
}

#endif
