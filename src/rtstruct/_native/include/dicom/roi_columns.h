/* The contours of one ROI, from where they lie to columns: points, offsets, types, numbers, image
 * UIDs.
 *
 * Two passes: rts_layout counts, so that every column is allocated once and at its size, rts_parse
 * fills the points. Counting reads all text once more; where the file declares how many points
 * there are, that is believed until parsing shows that it is wrong, and then the ROI is laid out
 * and parsed again.
 *
 * Knows no Python. */
#ifndef RTSTRUCT_ROI_COLUMNS_H
#define RTSTRUCT_ROI_COLUMNS_H

#include "../ds/interface.h"
#include "contour_index.h"

typedef enum {
    RTS_NOTE_EMPTY_CONTOUR,
    RTS_NOTE_LONG_DS,
    RTS_NOTE_TRAILING_BACKSLASH,
    RTS_NOTE_CONTROL_SPACE,
    RTS_NOTE_VR_UN,
    RTS_NOTE_UNEXPECTED_VR,
    RTS_NOTE_IMPLICIT_IN_EXPLICIT,
    RTS_NOTE_POINT_COUNT_MISMATCH,
    RTS_NOTE_UNKNOWN_GEOMETRIC_TYPE,
    RTS_NOTE_BAD_CONTOUR_ATTRIBUTE,
    RTS_N_NOTES
} rts_note;

/* The codes, as rtstruct.CODES has them. */
RTS_WALK_FN const char *rts_note_code(rts_note note) {
    static const char *const codes[RTS_N_NOTES] = {
        [RTS_NOTE_EMPTY_CONTOUR] = "empty-contour",
        [RTS_NOTE_LONG_DS] = "long-ds",
        [RTS_NOTE_TRAILING_BACKSLASH] = "trailing-backslash",
        [RTS_NOTE_CONTROL_SPACE] = "control-space",
        [RTS_NOTE_VR_UN] = "vr-un",
        [RTS_NOTE_UNEXPECTED_VR] = "unexpected-vr",
        [RTS_NOTE_IMPLICIT_IN_EXPLICIT] = "implicit-in-explicit",
        [RTS_NOTE_POINT_COUNT_MISMATCH] = "point-count-mismatch",
        [RTS_NOTE_UNKNOWN_GEOMETRIC_TYPE] = "unknown-geometric-type",
        [RTS_NOTE_BAD_CONTOUR_ATTRIBUTE] = "bad-contour-attribute",
    };
    return codes[note];
}

typedef enum {
    RTS_BAD_NUMBER,
    RTS_EMPTY_VALUE,
    RTS_NOT_TRIPLETS,
    RTS_CONTOUR_DATA_MISSING,
    RTS_WRAPPED_LENGTH,
    RTS_TRUNCATED,
    RTS_BAD_STRUCTURE,
    RTS_CHANGED, /* the buffer, while it was read */
    RTS_N_DAMAGES
} rts_damage;

RTS_WALK_FN const char *rts_damage_code(rts_damage damage) {
    static const char *const codes[RTS_N_DAMAGES] = {
        [RTS_BAD_NUMBER] = "bad-number",
        [RTS_EMPTY_VALUE] = "empty-value",
        [RTS_NOT_TRIPLETS] = "not-triplets",
        [RTS_CONTOUR_DATA_MISSING] = "contour-data-missing",
        [RTS_WRAPPED_LENGTH] = "wrapped-length",
        [RTS_TRUNCATED] = "truncated",
        [RTS_BAD_STRUCTURE] = "bad-structure",
        [RTS_CHANGED] = "changed",
    };
    return codes[damage];
}

typedef struct {
    size_t item, contour; /* in ROIContourSequence, in that item's ContourSequence */
    size_t index;         /* in the ROI */
    rts_damage damage;
    size_t offset, length; /* the place: in the value for its own faults, else in the buffer */
    size_t value;          /* where the value starts in the buffer */
    size_t n_values;
} rts_fault;

/* 32 bits: there is one of each note for every ROI, and no more contours in memory. */
typedef struct {
    uint32_t first, count;
} rts_note_count;

typedef struct {
    const uint8_t *base; /* the buffer that was indexed */
    size_t size;
    const rts_contour_index *index;
    const rts_ds_kernel *kernel;
    const size_t *items; /* of this ROI, in file order */
    size_t n_items;

    bool use_declared_counts;
    bool count_mismatch; /* one of them is wrong, or a value is faulty: rts_parse stopped */

    size_t n_contours, n_uids, type_bytes, uid_bytes; /* rts_measure */

    /* Columns: the caller's. */
    int64_t *offsets, *type_offsets, *numbers, *image_offsets, *uid_offsets;
    char *types, *uids;
    double *points;

    rts_note_count notes[RTS_N_NOTES];
    rts_fault *faults;
    size_t n_faults, fault_room;
} rts_roi;

RTS_WALK_FN void rts_measure(rts_roi *r) {
    size_t i, j;
    for (i = 0; i < r->n_items; i++) {
        const rts_roi_item *item = &r->index->items[r->items[i]];
        r->n_contours += item->n_contours;
        for (j = 0; j < item->n_contours; j++) {
            const rts_contour *contour = &r->index->contours[item->first_contour + j];
            size_t k;
            r->type_bytes += contour->type.length;
            r->n_uids += contour->n_uids;
            for (k = 0; k < contour->n_uids; k++) {
                r->uid_bytes += r->index->uids[contour->first_uid + k].length;
            }
        }
    }
}

RTS_WALK_FN uint32_t rts_clamped(size_t n) {
    return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

RTS_WALK_FN void rts_add_note(rts_roi *r, rts_note note, size_t index, size_t count) {
    if (r->notes[note].count == 0) r->notes[note].first = rts_clamped(index);
    r->notes[note].count = rts_clamped(r->notes[note].count + count);
}

RTS_WALK_FN bool rts_is_known_type(const uint8_t *p, size_t n) { /* PS3.3 section C.8.8.6 */
    static const char *const known[] = {"CLOSED_PLANAR", "POINT", "OPEN_PLANAR", "OPEN_NONPLANAR",
                                        "CLOSEDPLANAR_XOR"};
    size_t i;
    for (i = 0; i < sizeof known / sizeof *known; i++) {
        if (strlen(known[i]) == n && memcmp(known[i], p, n) == 0) return true;
    }
    return false;
}

RTS_WALK_FN rts_fault *rts_new_fault(rts_roi *r, size_t item, size_t contour, size_t index,
                                     rts_damage damage) {
    void *rows = r->faults;
    rts_fault *fault = rts_append(&rows, &r->n_faults, &r->fault_room, sizeof *fault);
    r->faults = rows;
    if (fault) {
        const rts_contour *row = &r->index->contours[r->index->items[item].first_contour + contour];
        fault->item = item;
        fault->contour = contour;
        fault->index = index;
        fault->damage = damage;
        fault->value = row->data.start;
        fault->offset = row->fault;
    }
    return fault;
}

RTS_WALK_FN rts_damage rts_damage_of(rts_walk_status status) {
    return status == RTS_WALK_WRAPPED     ? RTS_WRAPPED_LENGTH
           : status == RTS_WALK_TRUNCATED ? RTS_TRUNCATED
                                          : RTS_BAD_STRUCTURE;
}

/* Number of values that Contour Data holds. */
RTS_WALK_FN size_t rts_count_values(const rts_roi *r, const rts_contour *contour) {
    if (contour->flags & RTS_DATA_IS_BINARY) return contour->data.length / sizeof(double);
    return r->kernel->count(r->base + contour->data.start, contour->data.length);
}

RTS_WALK_FN rts_ds_status rts_convert(const rts_roi *r, const rts_contour *contour, double *out,
                                      size_t n, rts_ds_report *report) {
    const uint8_t *p = r->base + contour->data.start;
    if (contour->flags & RTS_DATA_IS_BINARY) {
        memset(report, 0, sizeof *report);
        report->n_values = contour->data.length / sizeof(double);
        if (report->n_values != n) return RTS_DS_CAPACITY;
        memcpy(out, p, n * sizeof *out);
        return RTS_DS_OK;
    }
    return r->kernel->parse(p, contour->data.length, r->base, r->base + r->size, out, n, report);
}

/* Parses one value to `out`; a fault where that fails. False when memory is short. */
RTS_WALK_FN bool rts_parse_value(rts_roi *r, size_t item, size_t contour, size_t index, double *out,
                                 size_t n) {
    rts_ds_report report;
    rts_ds_status status = rts_convert(
        r, &r->index->contours[r->index->items[item].first_contour + contour], out, n, &report);
    if (status == RTS_DS_OK && report.n_values == n) {
        if (report.n_long) rts_add_note(r, RTS_NOTE_LONG_DS, index, report.n_long);
        if (report.flags & RTS_DS_TRAILING_SEPARATOR) {
            rts_add_note(r, RTS_NOTE_TRAILING_BACKSLASH, index, 1);
        }
        if (report.flags & RTS_DS_CONTROL_SPACE) rts_add_note(r, RTS_NOTE_CONTROL_SPACE, index, 1);
    } else if (r->use_declared_counts && n % 3 == 0) {
        r->count_mismatch = true;
    } else {
        rts_fault *fault = rts_new_fault(r, item, contour, index,
                                         status == RTS_DS_BAD_NUMBER    ? RTS_BAD_NUMBER
                                         : status == RTS_DS_EMPTY_VALUE ? RTS_EMPTY_VALUE
                                                                        : RTS_CHANGED);
        if (!fault) return false;
        fault->offset = report.offset;
        fault->length = report.length;
    }
    return true;
}

/* Is the value long enough for the points that are declared? */
RTS_WALK_FN bool rts_count_is_possible(const rts_contour *contour) {
    return contour->n_points > 0 && (uint64_t)contour->n_points <= (contour->data.length + 1) / 6;
}

/* Number of points of one contour, 0 where it cannot be read. False when memory is short. */
RTS_WALK_FN bool rts_count_contour(rts_roi *r, size_t item, size_t contour, size_t index,
                                   size_t *n_points) {
    const rts_contour *row = &r->index->contours[r->index->items[item].first_contour + contour];
    size_t n;
    *n_points = 0;
    if (row->status != RTS_WALK_OK) {
        return rts_new_fault(r, item, contour, index, rts_damage_of(row->status)) != NULL;
    }
    if (!(row->flags & RTS_HAS_DATA)) {
        n = 0;
    } else if (r->use_declared_counts && rts_count_is_possible(row)) {
        n = 3 * (size_t)row->n_points;
    } else {
        n = rts_count_values(r, row);
    }
    if (n == 0) {
        rts_fault *fault;
        if (row->n_points <= 0 && !(row->flags & RTS_COUNT_UNREADABLE)) {
            rts_add_note(r, RTS_NOTE_EMPTY_CONTOUR, index, 1);
            return true;
        }
        fault = rts_new_fault(r, item, contour, index, RTS_CONTOUR_DATA_MISSING);
        if (fault) fault->offset = row->data.start;
        return fault != NULL;
    }
    if (n % 3 != 0) { /* what is wrong with the values, if anything, says more */
        size_t before = r->n_faults;
        rts_fault *fault;
        double *scratch = malloc(n * sizeof *scratch);
        bool enough = scratch != NULL && rts_parse_value(r, item, contour, index, scratch, n);
        free(scratch);
        if (!enough) return false;
        if (r->n_faults > before) return true;
        fault = rts_new_fault(r, item, contour, index, RTS_NOT_TRIPLETS);
        if (!fault) return false;
        fault->offset = 0;
        fault->n_values = n;
        return true;
    }
    if (row->n_points != (int64_t)(n / 3)) {
        rts_add_note(r, RTS_NOTE_POINT_COUNT_MISMATCH, index, 1);
    }
    if (row->flags & RTS_DATA_UN) rts_add_note(r, RTS_NOTE_VR_UN, index, 1);
    if (row->flags & RTS_DATA_OTHER_VR) rts_add_note(r, RTS_NOTE_UNEXPECTED_VR, index, 1);
    *n_points = n / 3;
    return true;
}

/* Fills every column but the points, the second time too. False when memory is short. */
RTS_WALK_FN bool rts_layout(rts_roi *r) {
    size_t i, j, k, index = 0, uid = 0, n_points = 0;
    int64_t type_end = 0, uid_end = 0;
    r->count_mismatch = false;
    r->n_faults = 0;
    memset(r->notes, 0, sizeof r->notes);
    for (i = 0; i < r->n_items; i++) {
        const rts_roi_item *item = &r->index->items[r->items[i]];
        for (j = 0; j < item->n_contours; j++, index++) {
            const rts_contour *contour = &r->index->contours[item->first_contour + j];
            size_t n;
            if (j + 8 < item->n_contours) {
                rts_prefetch(r->base, r->size, contour[8].type.start, 16);
            }
            if (!rts_count_contour(r, r->items[i], j, index, &n)) return false;
            r->offsets[index] = (int64_t)n_points;
            n_points += n;
            if (contour->flags & RTS_IMPLICIT_ITEM) {
                rts_add_note(r, RTS_NOTE_IMPLICIT_IN_EXPLICIT, index, 1);
            }
            if (contour->status == RTS_WALK_OK &&
                !rts_is_known_type(r->base + contour->type.start, contour->type.length)) {
                rts_add_note(r, RTS_NOTE_UNKNOWN_GEOMETRIC_TYPE, index, 1);
            }
            memcpy(r->types + type_end, r->base + contour->type.start, contour->type.length);
            r->type_offsets[index] = type_end;
            type_end += (int64_t)contour->type.length;
            r->numbers[index] = contour->number;
            r->image_offsets[index] = (int64_t)uid;
            for (k = 0; k < contour->n_uids; k++, uid++) {
                const rts_span text = r->index->uids[contour->first_uid + k];
                memcpy(r->uids + uid_end, r->base + text.start, text.length);
                r->uid_offsets[uid] = uid_end;
                uid_end += (int64_t)text.length;
            }
        }
    }
    r->offsets[index] = (int64_t)n_points;
    r->type_offsets[index] = type_end;
    r->image_offsets[index] = (int64_t)uid;
    r->uid_offsets[uid] = uid_end;
    return true;
}

/* Which details (rts_contour_index) are of that contour or one behind it? They are in order. */
RTS_WALK_FN size_t rts_first_detail(const rts_contour_index *t, size_t contour) {
    size_t low = 0, high = t->n_details;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->details[middle].contour < contour)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Fills the points. Contours that turn out to be faulty are taken out again, and the offsets drawn
 * together. False when memory is short. */
RTS_WALK_FN bool rts_parse(rts_roi *r) {
    size_t i, j, index = 0, first_fault = r->n_faults, kept = 0;
    for (i = 0; i < r->n_items; i++) {
        const rts_roi_item *item = &r->index->items[r->items[i]];
        for (j = 0; j < item->n_contours; j++, index++) {
            size_t n = (size_t)(r->offsets[index + 1] - r->offsets[index]);
            if (n && !rts_parse_value(r, r->items[i], j, index, r->points + 3 * r->offsets[index],
                                      3 * n)) {
                return false;
            }
            if (r->count_mismatch) return true;
        }
    }
    if (r->n_faults == first_fault) return true;
    for (index = 0, i = first_fault; index < r->n_contours; index++) {
        size_t start = (size_t)r->offsets[index], stop = (size_t)r->offsets[index + 1];
        r->offsets[index] = (int64_t)kept;
        if (i < r->n_faults && r->faults[i].index == index) {
            i++;
            continue;
        }
        memmove(r->points + 3 * kept, r->points + 3 * start,
                3 * (stop - start) * sizeof *r->points);
        kept += stop - start;
    }
    r->offsets[index] = (int64_t)kept;
    return true;
}

#endif
