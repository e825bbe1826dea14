/* The kernel in plain C: one component at a time. The vector kernels leave to it each component
 * that they are in doubt of, so errors and reports are made in one place only. */
#ifndef RTS_DS_PORTABLE_H
#define RTS_DS_PORTABLE_H

#include "interface.h"
#include "rounding.h"

static const double rts_ds_exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                             1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                             1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* One rounding must be the only one: not so where doubles are computed wider. */
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 1
#define RTS_DS_ONE_ROUNDING 0
#else
#define RTS_DS_ONE_ROUNDING 1
#endif

static inline int rts_ds_is_space(uint8_t c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A value without its padding and the one trailing separator that is allowed. */
typedef struct {
    size_t n;
    unsigned flags;
    int empty; /* nothing but padding: no values */
} rts_ds_trimmed;

static inline rts_ds_trimmed rts_ds_trim(const uint8_t *p, size_t n) {
    rts_ds_trimmed t = {n, 0, 0};
    while (t.n && (p[t.n - 1] == '\0' || rts_ds_is_space(p[t.n - 1]))) {
        t.n--;
        t.flags |= p[t.n] == ' ' ? 0 : RTS_DS_CONTROL_SPACE;
    }
    if (t.n == 0) {
        t.empty = 1;
    } else if (p[t.n - 1] == '\\') {
        t.n--;
        t.flags |= RTS_DS_TRAILING_SEPARATOR;
    }
    return t;
}

/* How far parsing has come. Components are [at, next separator), the last one [at, end). */
typedef struct {
    const uint8_t *begin; /* of the whole value: offsets are counted from here */
    const uint8_t *at;
    const uint8_t *end;
    double *out;
    size_t capacity;
    rts_ds_report *report;
} rts_ds_cursor;

/* Report the component at the cursor as the fault. */
static RTS_DS_NOINLINE rts_ds_status rts_ds_fault(rts_ds_cursor *c, rts_ds_status status) {
    const uint8_t *first = c->at;
    const uint8_t *last =
        first < c->end ? (const uint8_t *)memchr(first, '\\', (size_t)(c->end - first)) : NULL;
    if (!last) last = c->end;
    while (first < last && rts_ds_is_space(*first)) first++;
    while (first < last && rts_ds_is_space(last[-1])) last--;
    if (first == last) {
        first = c->at;
        last = first;
        if (status == RTS_DS_BAD_NUMBER) status = RTS_DS_EMPTY_VALUE;
    }
    c->report->offset = (size_t)(first - c->begin);
    c->report->length = (size_t)(last - first);
    return status;
}

/* Skip white space, noting what the standard forbids. */
static RTS_DS_NOINLINE const uint8_t *rts_ds_skip_space(const uint8_t *q, const uint8_t *end,
                                                        unsigned *flags) {
    for (; q < end && rts_ds_is_space(*q); q++) *flags |= *q == ' ' ? 0 : RTS_DS_CONTROL_SPACE;
    return q;
}

/* The general case of a component whose form has been checked. */
static RTS_DS_NOINLINE double rts_ds_rounded(const uint8_t *digits, const uint8_t *digits_end,
                                             size_t n_digits, uint64_t w, int64_t fraction,
                                             int64_t exponent) {
    uint64_t bits = n_digits <= 19 ? rts_ds_nearest_bits(w, exponent - fraction)
                                   : rts_ds_text_bits(digits, digits_end, exponent);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Parse the component at the cursor and move behind its separator. Unless `bounded`, a separator is
 * known to follow, and stops every loop. */
static RTS_DS_ALWAYS_INLINE rts_ds_status rts_ds_one_component(rts_ds_cursor *c, int bounded) {
    const uint8_t *const end = c->end;
    const uint8_t *q = c->at;
#define RTS_DS_CHARACTER (bounded && q == end ? (uint8_t)'\\' : *q)
    if (RTS_DS_UNLIKELY(c->report->n_values == c->capacity)) {
        return rts_ds_fault(c, RTS_DS_CAPACITY);
    }
    if (RTS_DS_UNLIKELY(RTS_DS_CHARACTER <= ' ')) q = rts_ds_skip_space(q, end, &c->report->flags);
    const uint8_t *const first = q;
    uint8_t ch = RTS_DS_CHARACTER;
    const int negative = ch == '-';
    if (ch == '-' || ch == '+') q++;
    const uint8_t *const digits = q;
    uint64_t w = 0; /* wraps beyond 19 digits: not used then */
    unsigned digit;
    while ((digit = (unsigned)RTS_DS_CHARACTER - '0') < 10) {
        w = w * 10 + digit;
        q++;
    }
    size_t n_digits = (size_t)(q - digits);
    size_t fraction = 0;
    if (digit == (unsigned)'.' - '0') {
        q++;
        const uint8_t *const after = q;
        while ((digit = (unsigned)RTS_DS_CHARACTER - '0') < 10) {
            w = w * 10 + digit;
            q++;
        }
        fraction = (size_t)(q - after);
        n_digits += fraction;
    }
    if (RTS_DS_UNLIKELY(n_digits == 0)) return rts_ds_fault(c, RTS_DS_BAD_NUMBER);
    const uint8_t *const digits_end = q;
    int64_t exponent = 0;
    ch = (uint8_t)(digit + '0');
    if (ch == 'e' || ch == 'E') {
        q++;
        ch = RTS_DS_CHARACTER;
        const int down = ch == '-';
        if (ch == '-' || ch == '+') q++;
        const uint8_t *const after = q;
        while ((digit = (unsigned)RTS_DS_CHARACTER - '0') < 10) {
            /* Clamped far beyond any number of digits that memory can hold. */
            if (exponent < INT64_C(100000000000000000)) exponent = exponent * 10 + (int64_t)digit;
            q++;
        }
        if (RTS_DS_UNLIKELY(q == after)) return rts_ds_fault(c, RTS_DS_BAD_NUMBER);
        exponent = down ? -exponent : exponent;
        ch = RTS_DS_CHARACTER;
    }
    const size_t length = (size_t)(q - first);
    if (RTS_DS_UNLIKELY(ch != '\\')) {
        q = rts_ds_skip_space(q, end, &c->report->flags);
        if (RTS_DS_CHARACTER != '\\') return rts_ds_fault(c, RTS_DS_BAD_NUMBER);
    }
    double value;
    const int64_t power = exponent - (int64_t)fraction;
    if (RTS_DS_ONE_ROUNDING && n_digits <= 19 && w <= UINT64_C(1) << 53 && power >= -22 &&
        power <= 22) {
        value = (double)(int64_t)w;
        if (power <= 0) {
            value /= rts_ds_exact_powers[-power];
        } else {
            value *= rts_ds_exact_powers[power];
        }
    } else {
        value = rts_ds_rounded(digits, digits_end, n_digits, w, (int64_t)fraction, exponent);
        if (RTS_DS_UNLIKELY(value > DBL_MAX)) return rts_ds_fault(c, RTS_DS_BAD_NUMBER);
    }
    c->out[c->report->n_values++] = negative ? -value : value;
    c->report->n_long += length > 16;
    c->at = q + 1;
    return RTS_DS_OK;
#undef RTS_DS_CHARACTER
}

/* ---- the fast path: numbers as most of them are ---- */

/* 10**(15 - column), and the same negative: a signed divisor keeps the sign of -0.0. */
static const double rts_ds_divisors[2][16] = {
    {1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1e0},
    {-1e15, -1e14, -1e13, -1e12, -1e11, -1e10, -1e9, -1e8, -1e7, -1e6, -1e5, -1e4, -1e3, -1e2, -1e1,
     -1e0}};

#define RTS_DS_EACH_BYTE(x) (UINT64_C(0x0101010101010101) * (x))

/* Eight characters, the first of them in the lowest byte. */
static inline uint64_t rts_ds_load_word(const uint8_t *p) {
#if RTS_DS_LITTLE_ENDIAN
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
#else
    uint64_t word = 0;
    for (int i = 0; i < 8; i++) word |= (uint64_t)p[i] << (8 * i);
    return word;
#endif
}

/* The number that eight digits make. */
static inline uint64_t rts_ds_word_value(uint64_t x) {
    x = (x * (10 << 8 | 1) >> 8) & UINT64_C(0x00ff00ff00ff00ff);
    x = (x * (100 << 16 | 1) >> 16) & UINT64_C(0x0000ffff0000ffff);
    return x * (UINT64_C(10000) << 32 | 1) >> 32;
}

/* Not 0 if a byte is more than 9. */
static inline uint64_t rts_ds_word_no_digits(uint64_t x) {
    return (x | (x + RTS_DS_EACH_BYTE(0x80 - 10))) & RTS_DS_EACH_BYTE(0x80);
}

/* Takes the point out: what is before it moves up. `bit` is bit 4 of its byte, which signs, points
 * and spaces have; other than a point leaves something in `bad`. All of the byte is looked at here:
 * the sum hides what is wrong in two bytes if they make 256 and a digit. */
static inline uint64_t rts_ds_word_squeeze(uint64_t x, uint64_t bit, uint64_t *bad) {
    const uint64_t place = bit >> 4;
    const uint64_t before = x & (place - 1);
    const uint64_t behind = x ^ before ^ place * ('.' ^ '0');
    *bad |= behind & ((bit << 4) - place);
    return (before << 8) + behind;
}

/* A mantissa, and the column of its divisor. */
typedef struct {
    uint64_t w;
    size_t column;
} rts_ds_fast_number;

/* At most seven characters, without the sign, and a separator behind them. Returns where that is;
 * NULL if they are of another kind. Character by character: the processor mostly predicts how many
 * digits there are before and behind the point. */
static RTS_DS_ALWAYS_INLINE const uint8_t *rts_ds_fast_short(const uint8_t *first,
                                                             rts_ds_fast_number *x) {
    const uint8_t *q = first;
    uint64_t w = 0;
    unsigned digit;
    while ((digit = (unsigned)*q - '0') < 10) {
        w = w * 10 + digit;
        q++;
    }
    x->column = 15;
    if (digit == (unsigned)'.' - '0') {
        const uint8_t *const after = ++q;
        while ((digit = (unsigned)*q - '0') < 10) {
            w = w * 10 + digit;
            q++;
        }
        x->column -= (size_t)(q - after);
        if (q == first + 1) return NULL;
    } else if (q == first) {
        return NULL;
    }
    x->w = w;
    return digit == (unsigned)'\\' - '0' ? q : NULL;
}

/* 8 to 16 characters, a point among them, and a separator behind them. `head` is the first eight,
 * minus '0' each and without the sign; `sign` is '-' ^ '0' where there is one, else 0. All as two
 * words: here the number of digits is often not to be predicted. */
static RTS_DS_ALWAYS_INLINE const uint8_t *rts_ds_fast_long(const uint8_t *p, uint64_t head,
                                                            uint64_t sign, rts_ds_fast_number *x) {
    const uint64_t points = RTS_DS_EACH_BYTE(0x10); /* digits less '0' do not have it */
    const uint64_t ends = rts_ds_load_word(p + 8) & RTS_DS_EACH_BYTE(0x40);
    const unsigned more = (rts_ds_trailing_zeros(ends | UINT64_C(1) << 63) + 1) >> 3;
    /* If eight are all, both words are the same at first. */
    uint64_t tail = rts_ds_load_word(p + more) ^ RTS_DS_EACH_BYTE('0') ^ sign >> 5 * more;
    head = head << 4 * (8 - more) << 4 * (8 - more);
    uint64_t bad = 0, scale, bit = head & points;
    if (bit) {
        bit &= 0 - bit;
        head = rts_ds_word_squeeze(head, bit, &bad);
        x->column = rts_ds_trailing_zeros(bit) >> 3;
        scale = 100000000;
    } else {
        bit = (tail & points) | (UINT64_C(1) << 63); /* bad without a point */
        bit &= 0 - bit;
        tail = rts_ds_word_squeeze(tail, bit, &bad);
        x->column = 8 + (rts_ds_trailing_zeros(bit) >> 3);
        scale = 10000000;
    }
    bad |= rts_ds_word_no_digits(head) | rts_ds_word_no_digits(tail);
    x->w = rts_ds_word_value(head) * scale + rts_ds_word_value(tail);
    return bad == 0 && p[8 + more] == '\\' ? p + 8 + more : NULL;
}

/* Up to n numbers of these two kinds, of those that lie in [*at, end) with a separator. All have at
 * most 15 digits, so that the division is the one rounding. */
static RTS_DS_NOINLINE size_t rts_ds_fast_run(const uint8_t **at, const uint8_t *end, double *out,
                                              size_t n) {
    const uint8_t *p = *at;
    size_t i = 0;
    for (; i < n && end - p > 16; i++) {
        const uint64_t text = rts_ds_load_word(p);
        const size_t negative = (uint8_t)text == '-';
        const uint8_t *separator;
        rts_ds_fast_number x;
        /* Of what a number is made of, only 'e' has this bit as a separator has it. */
        if (text & RTS_DS_EACH_BYTE(0x40)) {
            /* A branch, because with it the next number need not wait for the sign. */
            separator = negative ? rts_ds_fast_short(p + 1, &x) : rts_ds_fast_short(p, &x);
        } else {
            const uint64_t sign = (0 - (uint64_t)negative) & ('-' ^ '0');
            separator = rts_ds_fast_long(p, text ^ RTS_DS_EACH_BYTE('0') ^ sign, sign, &x);
        }
        if (RTS_DS_UNLIKELY(separator == NULL)) break;
        out[i] = (double)(int64_t)x.w / rts_ds_divisors[negative][x.column];
        p = separator + 1;
    }
    *at = p;
    return i;
}

/* Parse what is left. */
static RTS_DS_NOINLINE rts_ds_status rts_ds_parse_rest(rts_ds_cursor *c) {
    rts_ds_report *const report = c->report;
    const uint8_t *last = c->end; /* where the last component begins */
    while (last > c->at && last[-1] != '\\') last--;
    while (c->at < last) {
        size_t fast = 0;
        if (RTS_DS_ONE_ROUNDING) {
            fast = rts_ds_fast_run(&c->at, last, c->out + report->n_values,
                                   c->capacity - report->n_values);
            report->n_values += fast;
        }
        /* One that the fast path cannot take; if it took none, they may be rare. */
        for (int slow = fast ? 1 : 64; slow > 0 && c->at < last; slow--) {
            const rts_ds_status status = rts_ds_one_component(c, 0);
            if (RTS_DS_UNLIKELY(status)) return status;
        }
    }
    return rts_ds_one_component(c, 1);
}

static RTS_DS_NOINLINE rts_ds_status rts_ds_portable_parse(const uint8_t *p, size_t n,
                                                           const uint8_t *lo, const uint8_t *hi,
                                                           double *out, size_t capacity,
                                                           rts_ds_report *report) {
    (void)lo;
    (void)hi;
    const rts_ds_trimmed t = rts_ds_trim(p, n);
    memset(report, 0, sizeof *report);
    report->flags = t.flags;
    if (t.empty) return RTS_DS_OK;
    rts_ds_cursor c = {p, p, p + t.n, out, capacity, report};
    return rts_ds_parse_rest(&c);
}

static RTS_DS_NOINLINE size_t rts_ds_portable_count(const uint8_t *p, size_t n) {
    const rts_ds_trimmed t = rts_ds_trim(p, n);
    if (t.empty) return 0;
    size_t separators = 0, i = 0;
    /* Counters of a byte each, emptied before they can overflow: compilers turn the inner loop into
     * vector code. */
    while (t.n - i >= 32) {
        uint8_t sums[32] = {0};
        for (int round = 0; round < 255 && t.n - i >= 32; round++, i += 32) {
            for (size_t j = 0; j < 32; j++) sums[j] = (uint8_t)(sums[j] + (p[i + j] == '\\'));
        }
        for (size_t j = 0; j < 32; j++) separators += sums[j];
    }
    for (; i < t.n; i++) separators += p[i] == '\\';
    return separators + 1;
}

static inline int rts_ds_portable_runs_here(void) {
    return 1;
}

static const rts_ds_kernel rts_ds_portable_kernel = {
    .name = "portable",
    .runs_here = rts_ds_portable_runs_here,
    .parse = rts_ds_portable_parse,
    .count = rts_ds_portable_count,
};

#endif
