/* Changes to the value of ROIContourSequence that know where its elements lie, and keep the lengths
 * of all that is around them right: what a change of bytes alone hardly ever does, for each item is
 * in some four others. Elements are found by the walk itself, as far as it comes. */
#ifndef TESTS_WALK_MUTATOR_H
#define TESTS_WALK_MUTATOR_H

#include "dicom/contour_index.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size); /* libFuzzer's own */

enum { MOST_NODES = 1000, MOST_DEPTH = 8, NO_NODE = -1 };

typedef struct {
    size_t start, value, end; /* the end lies behind the delimiter, if there is one */
    size_t length_width;
    bool is_item, big, undefined, has_children;
    int parent;
} node;

typedef struct {
    node nodes[MOST_NODES];
    int n;
} tree;

static node *new_node(tree *t, int parent) {
    node *added;
    if (t->n == MOST_NODES) return NULL;
    added = &t->nodes[t->n++];
    memset(added, 0, sizeof *added);
    added->parent = parent;
    return added;
}

static bool is_sequence(const rts_element *e) {
    return e->vr == RTS_VR('S', 'Q') || e->tag == RTS_CONTOUR_SEQUENCE ||
           e->tag == RTS_CONTOUR_IMAGE_SEQUENCE;
}

static void find_nodes(tree *t, rts_cursor *sequence, int parent, int depth) {
    rts_cursor item = RTS_NO_ITEM;
    while (depth < MOST_DEPTH && rts_next_item(sequence, &item) == RTS_WALK_OK) {
        rts_element e = RTS_NO_ELEMENT;
        const int item_number = t->n;
        node *added = new_node(t, parent);
        if (!added) return;
        added->start = item.pos - 8;
        added->value = added->end = item.pos;
        added->length_width = 4;
        added->is_item = added->has_children = true;
        added->big = sequence->big;
        added->undefined = item.delimited;
        while (rts_next_element(&item, &e) == RTS_WALK_OK) {
            rts_cursor inner;
            const int number = t->n;
            added = new_node(t, item_number);
            if (!added) return;
            added->value = added->end = e.start;
            added->length_width = e.short_length ? 2 : 4;
            added->start = e.start - (e.vr && !e.short_length ? 12 : 8);
            added->big = item.big;
            added->undefined = e.undefined;
            if (is_sequence(&e) && rts_enter_sequence(&item, &e, &inner) == RTS_WALK_OK) {
                added->has_children = true;
                find_nodes(t, &inner, number, depth + 1);
                item.pos = inner.pos;
            } else if (rts_skip(&item, &e) != RTS_WALK_OK) {
                t->n--;
                break;
            }
            t->nodes[number].end = item.pos;
        }
        t->nodes[item_number].end = sequence->pos = item.pos;
    }
}

static unsigned below(uint64_t *state, size_t n) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((*state >> 33) % n);
}

static void write_length(uint8_t *value, const node *of, uint32_t length) {
    size_t i;
    uint8_t *field = value - of->length_width;
    for (i = 0; i < of->length_width; i++) {
        field[of->big ? of->length_width - 1 - i : i] = (uint8_t)(length >> 8 * i);
    }
}

/* Of a node and all that it is in; of a short one what is left of it, as when it has wrapped. */
static void lengthen(uint8_t *data, const tree *t, int number, ptrdiff_t by) {
    for (; number != NO_NODE; number = t->nodes[number].parent) {
        const node *of = &t->nodes[number];
        const size_t length = of->end - of->value;
        if (!of->undefined) write_length(data + of->value, of, (uint32_t)((ptrdiff_t)length + by));
    }
}

/* Puts n bytes where `old` were, which lie in the value of `inside` (or in no node). Returns the
 * new size; what does not fit is not done. The bytes may be of the data. */
static size_t splice(uint8_t *data, size_t size, size_t room, const tree *t, int inside, size_t at,
                     size_t old, const uint8_t *bytes, size_t n) {
    uint8_t *copy;
    if (size - old + n > room) return size;
    copy = malloc(n + 1);
    if (!copy) abort();
    if (n) memcpy(copy, bytes, n);
    memmove(data + at + n, data + at + old, size - at - old);
    if (n) memcpy(data + at, copy, n);
    free(copy);
    lengthen(data, t, inside, (ptrdiff_t)n - (ptrdiff_t)old);
    return size - old + n;
}

/* Another value: a bit other than it was, or one of some. */
static size_t change_value(uint8_t *data, size_t size, size_t room, const tree *t, int number,
                           uint64_t *state) {
    static const char *const texts[] = {"1\\2\\3 ",
                                        "1\\2\\3\\4\\5\\6",
                                        "-0.5\\1e3\\123456789.123\\",
                                        "1\\2\\x",
                                        "1\\\\3",
                                        "",
                                        "7\\8\\9\\10 ",
                                        "CLOSED_PLANAR ",
                                        "POINT ",
                                        "1 ",
                                        "2.25.7"};
    const node *of = &t->nodes[number];
    const size_t old = of->end - of->value;
    uint8_t value[512];
    size_t n = old < sizeof value / 2 ? old : sizeof value / 2;
    if (old > n || below(state, 3) == 0) {
        const char *text = texts[below(state, sizeof texts / sizeof *texts)];
        return splice(data, size, room, t, number, of->value, old, (const uint8_t *)text,
                      strlen(text));
    }
    if (n) memcpy(value, data + of->value, n);
    n = LLVMFuzzerMutate(value, n, sizeof value);
    return splice(data, size, room, t, number, of->value, old, value, n);
}

/* An item or a sequence with a length gets a delimiter instead. */
static size_t leave_open(uint8_t *data, size_t size, size_t room, const tree *t, int number) {
    const node *of = &t->nodes[number];
    uint8_t delimiter[8] = {0xFE, 0xFF, 0x0D, 0xE0};
    if (of->undefined || !of->has_children || of->length_width != 4 || size + 8 > room) return size;
    if (!of->is_item) delimiter[2] = 0xDD;
    if (of->big) {
        const uint8_t low = delimiter[2];
        memcpy(delimiter, "\xFF\xFE\xE0", 3);
        delimiter[3] = low;
    }
    size = splice(data, size, room, t, of->parent, of->end, 0, delimiter, sizeof delimiter);
    write_length(data + of->value, of, RTS_UNDEFINED_LENGTH);
    return size;
}

/* One such change to the bytes behind the first, of which `sequence` is over the rest. */
static size_t change_node(uint8_t *data, size_t size, size_t room, rts_cursor *sequence,
                          uint64_t *state) {
    static tree t;
    const node *of, *to;
    int number, other, kind;
    t.n = 0;
    find_nodes(&t, sequence, NO_NODE, 0);
    if (t.n == 0) return size;
    number = (int)below(state, (size_t)t.n);
    of = &t.nodes[number];
    kind = (int)below(state, 8);
    if (kind == 0) {
        return splice(data, size, room, &t, of->parent, of->start, of->end - of->start, data, 0);
    }
    if (kind == 1) return leave_open(data, size, room, &t, number);
    if (kind <= 3) { /* once more, or into another item */
        do other = (int)below(state, (size_t)t.n);
        while (t.nodes[other].is_item != of->is_item);
        to = &t.nodes[other];
        return splice(data, size, room, &t, to->parent, to->start, 0, data + of->start,
                      of->end - of->start);
    }
    for (; t.nodes[number].has_children; number = (number + 1) % t.n) {
        if (t.n < 4) return size;
        if (below(state, 50) == 0) return size;
    }
    return change_value(data, size, room, &t, number, state);
}

#endif
