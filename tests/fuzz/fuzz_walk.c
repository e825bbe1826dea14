/* libFuzzer target: any bytes as the value of ROIContourSequence, walked, laid out and parsed.
 *
 *     clang -std=c11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
 *         -Isrc/rtstruct/_native/include tests/fuzz/fuzz_walk.c -o fuzz_walk -lm
 *     ./fuzz_walk -dict=tests/fuzz/walk.dict -max_len=2000
 *
 * The first byte says how the rest is encoded. The sanitizers see each read and write outside of
 * what it may touch; what the walk claims is checked here: every span lies in the buffer, the
 * counts agree, and no byte of the file is counted twice (so that memory stays within a small
 * multiple of it). */
#include "dicom/roi_columns.h"
#include "ds/kernel.h"

#include <stdlib.h>

static void need(bool truth) {
    if (!truth) abort();
}

static void check_span(rts_span span, size_t size) {
    need(span.start <= size && span.length <= size - span.start);
}

static void check_table(const rts_contour_index *t, size_t size) {
    size_t i, n = 0, text = 0;
    for (i = 0; i < t->n_items; i++) {
        const rts_roi_item *item = &t->items[i];
        check_span(item->number, size);
        check_span(item->color, size);
        need(item->first_contour == n && item->n_contours <= t->n_contours - n);
        n += item->n_contours;
    }
    need(n == t->n_contours);
    for (i = 0; i < t->n_contours; i++) {
        const rts_contour *contour = &t->contours[i];
        check_span(contour->data, size);
        check_span(contour->type, size);
        need(contour->first_uid <= t->n_uids && contour->n_uids <= t->n_uids - contour->first_uid);
        text += contour->data.length;
    }
    for (i = 0; i < t->n_uids; i++) {
        check_span(t->uids[i], size);
        text += t->uids[i].length;
    }
    for (i = 0; i < t->n_items; i++) {
        const rts_roi_item *item = &t->items[i];
        check_span(item->content, size);
        check_span(item->contours, size);
        need(item->contours.length == 0 || item->contours.start >= item->content.start);
    }
    for (i = 0; i < t->n_details; i++) {
        check_span(t->details[i].value, size);
        need(t->details[i].contour < t->n_contours);
        need(i == 0 || t->details[i - 1].contour <= t->details[i].contour);
        need(rts_first_detail(t, t->details[i].contour) <= i);
        text += t->details[i].value.length;
    }
    need(text <= size);
    need(8 * (t->n_items + t->n_contours + t->n_uids + t->n_details) <= size);
}

static void *room(size_t n) {
    void *p = calloc(n + 1, 1);
    need(p != NULL);
    return p;
}

/* As ROIColumnsBuilder of roi_columns.pyx does. */
static void check_columns(const rts_contour_index *t, const uint8_t *base, size_t size) {
    rts_roi r;
    size_t *items = room(t->n_items * sizeof *items), i, n_points;
    memset(&r, 0, sizeof r);
    for (i = 0; i < t->n_items; i++) items[i] = i;
    r.base = base;
    r.size = size;
    r.index = t;
    r.kernel = rts_ds_kernel_at(0);
    r.items = items;
    r.n_items = t->n_items;
    rts_measure(&r);
    need(r.n_contours == t->n_contours);
    r.offsets = room((r.n_contours + 1) * sizeof(int64_t));
    r.type_offsets = room((r.n_contours + 1) * sizeof(int64_t));
    r.image_offsets = room((r.n_contours + 1) * sizeof(int64_t));
    r.numbers = room(r.n_contours * sizeof(int64_t));
    r.uid_offsets = room((r.n_uids + 1) * sizeof(int64_t));
    r.types = room(r.type_bytes);
    r.uids = room(r.uid_bytes);
    r.use_declared_counts = true;
    do {
        free(r.points);
        need(rts_layout(&r));
        n_points = (size_t)r.offsets[r.n_contours];
        need(n_points <= size);
        r.points = room(n_points * 3 * sizeof(double));
        need(rts_parse(&r));
        need(r.use_declared_counts || !r.count_mismatch);
        r.use_declared_counts = false;
    } while (r.count_mismatch);
    for (i = 0; i < r.n_contours; i++) need(r.offsets[i] <= r.offsets[i + 1]);
    need((size_t)r.offsets[r.n_contours] <= n_points);
    for (i = 0; i < r.n_faults; i++) {
        const rts_fault *fault = &r.faults[i];
        need(fault->index < r.n_contours && r.offsets[fault->index] == r.offsets[fault->index + 1]);
        if (fault->length) need(fault->value + fault->offset + fault->length <= size);
    }
    free(r.offsets);
    free(r.type_offsets);
    free(r.image_offsets);
    free(r.numbers);
    free(r.uid_offsets);
    free(r.types);
    free(r.uids);
    free(r.points);
    free(r.faults);
    free(items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    rts_contour_index table;
    rts_cursor around, sequence;
    uint8_t *base, how;
    size_t length;
    if (n < 1) return 0;
    how = *data;
    n--;
    /* As large as the buffer, so that AddressSanitizer sees a read beside it. */
    base = malloc(n + !n);
    need(base != NULL);
    if (n) memcpy(base, data + 1, n);
    memset(&table, 0, sizeof table);
    memset(&around, 0, sizeof around);
    around.base = base;
    around.size = around.end = n;
    around.implicit = how & 1;
    around.big = how & 2;
    length = how & 8 ? n + 1 : n; /* of a sequence that the file cuts */
    if (rts_enter(&around, length, how & 4, &sequence) == RTS_WALK_OK) {
        (void)rts_walk_roi_contours(&table, &sequence, around.implicit);
        need(sequence.pos <= n);
    }
    check_table(&table, n);
    check_columns(&table, base, n);
    rts_index_free(&table);
    free(base);
    return 0;
}
