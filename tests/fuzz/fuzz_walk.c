/* libFuzzer target: any bytes as the value of ROIContourSequence, walked, laid out and parsed.
 *
 *     clang -std=c11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
 *         -Isrc/rtstruct/_native/include tests/fuzz/fuzz_walk.c -o fuzz_walk -lm
 *     ./fuzz_walk -dict=tests/fuzz/walk.dict -max_len=16000
 *
 * The first byte says how the rest is encoded. The sanitizers see each read and write outside of
 * what it may touch; what the walk claims is checked here: every span lies in the buffer, the
 * counts agree, and no byte of the file is counted twice (so that memory stays within a small
 * multiple of it). */
#include "dicom/roi_columns.h"
#include "ds/kernel.h"
#include "walk_mutator.h"

#include <stdlib.h>

static void need(bool truth) {
    if (!truth) abort();
}

static void check_span(rts_span span, size_t size) {
    need(span.start <= size && span.length <= size - span.start);
}

/* `n_given` items are not of the buffer. */
static void check_table(const rts_contour_index *t, size_t size, size_t n_given) {
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
    need(8 * (t->n_items - n_given + t->n_contours + t->n_uids + t->n_details) <= size);
}

static void *room(size_t n) {
    void *p = calloc(n + 1, 1);
    need(p != NULL);
    return p;
}

/* What Python asks of short values. */
static void check_integers(const uint8_t *base, rts_span text) {
    const size_t n = rts_integers(base, text, NULL);
    int64_t *values;
    if (n == SIZE_MAX) return;
    need(n <= text.length);
    values = room(n * sizeof *values);
    need(rts_integers(base, text, values) == n);
    if (rts_is_integer_string(base, text)) need(n == 1 && rts_is_plain(base, text));
    free(values);
}

static void check_texts(const rts_contour_index *t, const uint8_t *base) {
    size_t i;
    for (i = 0; i < t->n_items; i++) {
        check_integers(base, t->items[i].number);
        check_integers(base, t->items[i].color);
        (void)rts_is_plain(base, t->items[i].number);
        need((rts_walk_code(t->items[i].status) == NULL) ==
             (t->items[i].status == RTS_WALK_OK || t->items[i].status == RTS_WALK_END));
    }
    for (i = 0; i < t->n_details; i++) check_integers(base, t->details[i].value);
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
        need(rts_damage_code(fault->damage) != NULL);
    }
    for (i = 0; i < RTS_N_NOTES; i++) {
        need(r.notes[i].count == 0 || r.notes[i].first < r.n_contours);
        need(rts_note_code((rts_note)i) != NULL);
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

/* How the rest is encoded. */
enum {
    IMPLICIT = 1,
    BIG = 2,
    DELIMITED = 4,
    CUT = 8,
    WRAPPED = 16,
    BINARY = 32,
    CONTOURS = 64,
    KNOWN = 127
};

static rts_walk_status enter(uint8_t how, const uint8_t *base, size_t n, rts_cursor *sequence) {
    rts_cursor around;
    memset(&around, 0, sizeof around);
    around.base = base;
    around.size = around.end = n;
    around.implicit = how & IMPLICIT;
    around.big = how & BIG;
    return rts_enter(&around, how & CUT ? n + 1 : n, how & DELIMITED, sequence);
}

/* As large as the buffer, so that AddressSanitizer sees a read beside it. Inputs are small: of
 * Contour Data whose length of 16 bits has wrapped they have the place of the 64 KiB. */
static uint8_t *buffer(uint8_t how, const uint8_t *data, size_t *n) {
    static const char place[] = "\\\\";
    const size_t more = 65536;
    size_t at = 0;
    uint8_t *base;
    while (at + 2 <= *n && memcmp(data + at, place, 2) != 0) at++;
    if (!(how & WRAPPED) || at + 2 > *n) at = *n;
    base = malloc(*n + more + 1);
    need(base != NULL);
    if (at) memcpy(base, data, at);
    if (at < *n) {
        size_t i;
        for (i = 0; i < more; i++) base[at + i] = (uint8_t)"\\1.25\\-3"[i % 8];
        memcpy(base + at + more, data + at, *n - at);
        base[at + more] = '4'; /* or the value would be empty there */
        *n += more;
    }
    base = realloc(base, *n + !*n);
    need(base != NULL);
    return base;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed) {
    uint64_t state = seed;
    unsigned changes = 1 + below(&state, 4);
    rts_cursor sequence;
    if (size < 9 || below(&state, 4) == 0) return LLVMFuzzerMutate(data, size, room);
    if (below(&state, 20) == 0) data[0] ^= (uint8_t)(1 << below(&state, 7));
    while (changes-- > 0) {
        if (enter(data[0], data + 1, size - 1, &sequence) != RTS_WALK_OK) break;
        size = 1 + change_node(data + 1, size - 1, room - 1, &sequence, &state);
        if (size < 9) break;
    }
    return below(&state, 4) == 0 ? LLVMFuzzerMutate(data, size, room) : size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    rts_contour_index table;
    rts_cursor sequence;
    uint8_t *base, how;
    if (n < 1) return 0;
    how = *data++ & KNOWN;
    n--;
    base = buffer(how, data, &n);
    memset(&table, 0, sizeof table);
    if (enter(how, base, n, &sequence) == RTS_WALK_OK) {
        if (how & CONTOURS) { /* the value of one Contour Sequence, as a Dataset has it */
            need(rts_new_item(&table) != NULL);
            rts_walk_last_item(&table, &sequence, how & IMPLICIT);
        } else {
            (void)rts_walk_roi_contours(&table, &sequence, how & IMPLICIT);
        }
        need(sequence.pos <= n);
    }
    check_table(&table, n, how & CONTOURS ? table.n_items : 0);
    check_texts(&table, base);
    if (how & BINARY) { /* as where pydicom has made numbers of the text */
        size_t i;
        for (i = 0; i < table.n_contours; i++) table.contours[i].flags |= RTS_DATA_IS_BINARY;
    }
    check_columns(&table, base, n);
    rts_index_free(&table);
    free(base);
    return 0;
}
