/* For bounded model checking with CBMC: each PROOF below is one that, for any buffer of up to
 * PROVE_BYTES bytes, any place in it and any way of reading it, a function of dicom/cursor.h or
 * dicom/values.h reads nothing behind it, has no undefined behaviour and ends; and what it promises
 * is asserted. `.ci/run prove` runs them all; one:
 *
 *     cbmc -Isrc/rtstruct/_native/include tests/native/c/prove.c --function prove_header --unwind 5
 */
#include "dicom/values.h"

#ifndef PROVE_BYTES
#define PROVE_BYTES 64
#endif

typedef struct {
    uint8_t bytes[PROVE_BYTES];
} bytes;

size_t nondet_size(void);
uint32_t nondet_u32(void);
uint16_t nondet_u16(void);
bool nondet_bool(void);
bytes nondet_bytes(void);

#define ASSUME(x) __CPROVER_assume(x)
#define ASSERT(x) __CPROVER_assert(x, #x)

/* For any so many bytes, in loops of at most so many turns: for `.ci/run prove`. */
#define PROOF(name, n_bytes, n_turns)                                                              \
    void prove_##name(void);                                                                       \
    void prove_##name(void)

static rts_occurrence occurrence;

/* Any bytes, behind which there are no others: an array of one size, since one of any size makes
 * the proof a hundred times as hard. */
static uint8_t *any_buffer(size_t size) {
    static bytes memory;
    memory = nondet_bytes();
    return memory.bytes + PROVE_BYTES - size;
}

/* Any that is allowed: pos <= end <= size. */
static rts_cursor any_cursor(void) {
    rts_cursor c;
    c.size = nondet_size();
    c.end = nondet_size();
    c.pos = nondet_size();
    ASSUME(c.size <= PROVE_BYTES && c.end <= c.size && c.pos <= c.end);
    c.base = any_buffer(c.size);
    c.implicit = nondet_bool();
    c.big = nondet_bool();
    c.delimited = nondet_bool();
    c.cut = nondet_bool();
    c.extra = nondet_bool() ? &occurrence : NULL;
    return c;
}

/* The element of a header that was read, or none yet. */
static rts_element any_element(void) {
    rts_element e;
    e.tag = nondet_u32();
    e.vr = nondet_u16();
    e.short_length = nondet_bool();
    e.undefined = nondet_bool();
    e.start = nondet_size();
    e.length = nondet_u32();
    ASSUME(e.start <= PROVE_BYTES && (!e.undefined || e.length == 0));
    return e;
}

static void check_cursor(const rts_cursor *c, const rts_cursor *before) {
    ASSERT(c->base == before->base && c->size == before->size);
    ASSERT(before->pos <= c->pos && c->pos <= c->end && c->end <= c->size);
}

PROOF(header, 64, 5) {
    const rts_cursor before = any_cursor();
    rts_cursor c = before;
    rts_element e = RTS_NO_ELEMENT;
    const rts_walk_status status = rts_header(&c, &e);
    check_cursor(&c, &before);
    ASSERT(c.end == before.end);
    if (status == RTS_WALK_OK) {
        ASSERT(e.start == c.pos && (c.pos == before.pos + 8 || c.pos == before.pos + 12));
    } else {
        ASSERT(c.pos == before.pos);
    }
}

PROOF(starts_sequence, 64, 5) {
    const rts_cursor c = any_cursor();
    (void)rts_starts_sequence(&c, c.pos);
    (void)rts_turns_little(&c);
}

PROOF(enter, 64, 5) {
    const rts_cursor c = any_cursor();
    rts_cursor inner;
    const rts_element e = any_element();
    const rts_walk_status status = rts_enter_sequence(&c, &e, &inner);
    check_cursor(&inner, &c);
    ASSERT(inner.pos == c.pos && inner.end <= c.end);
    if (status == RTS_WALK_OK && !e.undefined && !inner.cut) {
        ASSERT(inner.end - inner.pos == e.length);
    }
}

PROOF(next_element, 64, 10) {
    const rts_cursor before = any_cursor();
    rts_cursor c = before;
    rts_element e = any_element();
    ASSUME(e.start <= c.pos);
    const rts_walk_status status = rts_next_element(&c, &e);
    check_cursor(&c, &before);
    ASSERT(c.end == before.end);
    if (status == RTS_WALK_OK) ASSERT(e.start == c.pos && c.pos >= before.pos + 8);
}

PROOF(count_readable, 32, 6) {
    const rts_cursor c = any_cursor();
    bool fits;
    ASSERT(rts_count_readable(c, nondet_bool(), &fits) <= RTS_EVIDENCE);
}

PROOF(item_is_implicit, 24, 5) {
    const rts_cursor c = any_cursor();
    (void)rts_item_is_implicit(&c);
}

PROOF(next_item, 24, 5) {
    const rts_cursor before = any_cursor();
    rts_cursor sequence = before, item = RTS_NO_ITEM;
    item.delimited = nondet_bool();
    item.end = nondet_size(); /* of the item before */
    const rts_walk_status status = rts_next_item(&sequence, &item);
    check_cursor(&sequence, &before);
    if (status == RTS_WALK_OK) {
        ASSERT(item.base == sequence.base && item.pos == sequence.pos && item.pos <= item.end);
        ASSERT(item.end <= sequence.end && sequence.pos >= before.pos + 8);
    }
}

PROOF(skip, 16, 5) {
    const rts_cursor before = any_cursor();
    rts_cursor c = before;
    rts_element e = any_element();
    ASSUME(e.start == c.pos);
    const rts_walk_status status = rts_skip(&c, &e);
    check_cursor(&c, &before);
    if (status == RTS_WALK_OK) {
        ASSERT(e.length <= c.pos - e.start);
        ASSERT(c.pos == e.start + e.length + (e.undefined ? 8 : 0));
    }
}

/* Any text that ends where the buffer does. */
static rts_span any_text(const uint8_t **base) {
    rts_span span;
    span.length = nondet_size();
    ASSUME(span.length <= PROVE_BYTES);
    span.start = PROVE_BYTES - span.length;
    *base = any_buffer(PROVE_BYTES);
    return span;
}

PROOF(trim, 24, 25) {
    const uint8_t *base;
    const rts_span given = any_text(&base), span = rts_trim(base, given.start, given.length);
    ASSERT(span.start >= given.start && span.length <= given.length);
    ASSERT(span.start + span.length <= given.start + given.length);
    if (span.length) {
        const uint8_t last = base[span.start + span.length - 1];
        ASSERT(base[span.start] != ' ' && last != ' ' && last != 0);
    }
}

PROOF(integer, 24, 25) {
    const uint8_t *base;
    const rts_span given = any_text(&base);
    const int64_t value = rts_integer(base, given.start, given.length);
    const int64_t limit = INT64_C(1000000000000000000);
    ASSERT(value == RTS_NO_INTEGER || (-limit < value && value < limit));
    if (given.length == 0) ASSERT(value == RTS_NO_INTEGER);
}

PROOF(is_integer_string, 64, 65) {
    const uint8_t *base;
    const rts_span given = any_text(&base);
    if (rts_is_integer_string(base, given)) ASSERT(given.length > 0);
}

PROOF(is_plain, 64, 65) {
    const uint8_t *base;
    const rts_span given = any_text(&base);
    if (rts_is_plain(base, given) && given.length) ASSERT(base[given.start] < 0x80);
}
