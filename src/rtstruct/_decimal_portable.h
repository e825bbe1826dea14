/* The kernel in plain C: one component at a time. Every other kernel hands the
   components that it doubts to the functions here, so errors and reports are made in
   one place only. */
#ifndef RTS_DS_DECIMAL_PORTABLE_H
#define RTS_DS_DECIMAL_PORTABLE_H

#include "_decimal_slow.h"
#include "_decimal_types.h"

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

/* A value without its padding and its one forgiven trailing separator. */
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

/* Where parsing stands. Components are [at, next separator), the last one [at, end). */
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
    if (!last) {
        last = c->end;
    }
    while (first < last && rts_ds_is_space(*first)) {
        first++;
    }
    while (first < last && rts_ds_is_space(last[-1])) {
        last--;
    }
    if (first == last) {
        first = c->at;
        last = first;
        if (status == RTS_DS_BAD_NUMBER) {
            status = RTS_DS_EMPTY_VALUE;
        }
    }
    c->report->offset = (size_t)(first - c->begin);
    c->report->length = (size_t)(last - first);
    return status;
}

/* Skip white space, noting what the standard forbids. */
static RTS_DS_NOINLINE const uint8_t *rts_ds_skip_space(const uint8_t *q, const uint8_t *end,
                                                        unsigned *flags) {
    for (; q < end && rts_ds_is_space(*q); q++) {
        *flags |= *q == ' ' ? 0 : RTS_DS_CONTROL_SPACE;
    }
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

/* Parse the component at the cursor and move behind its separator. Unless `bounded`,
   a separator is known to follow, and stops every loop. */
static RTS_DS_ALWAYS_INLINE rts_ds_status rts_ds_one_component(rts_ds_cursor *c, int bounded) {
    const uint8_t *const end = c->end;
    const uint8_t *q = c->at;
#define RTS_DS_CHARACTER (bounded && q == end ? (uint8_t)'\\' : *q)
    if (RTS_DS_UNLIKELY(c->report->n_values == c->capacity)) {
        return rts_ds_fault(c, RTS_DS_CAPACITY);
    }
    if (RTS_DS_UNLIKELY(RTS_DS_CHARACTER <= ' ')) {
        q = rts_ds_skip_space(q, end, &c->report->flags);
    }
    const uint8_t *const first = q;
    uint8_t ch = RTS_DS_CHARACTER;
    const int negative = ch == '-';
    if (ch == '-' || ch == '+') {
        q++;
    }
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
    if (RTS_DS_UNLIKELY(n_digits == 0)) {
        return rts_ds_fault(c, RTS_DS_BAD_NUMBER);
    }
    const uint8_t *const digits_end = q;
    int64_t exponent = 0;
    ch = (uint8_t)(digit + '0');
    if (ch == 'e' || ch == 'E') {
        q++;
        ch = RTS_DS_CHARACTER;
        const int down = ch == '-';
        if (ch == '-' || ch == '+') {
            q++;
        }
        const uint8_t *const after = q;
        while ((digit = (unsigned)RTS_DS_CHARACTER - '0') < 10) {
            /* Clamped far beyond any number of digits that memory can hold. */
            if (exponent < INT64_C(100000000000000000)) {
                exponent = exponent * 10 + (int64_t)digit;
            }
            q++;
        }
        if (RTS_DS_UNLIKELY(q == after)) {
            return rts_ds_fault(c, RTS_DS_BAD_NUMBER);
        }
        exponent = down ? -exponent : exponent;
        ch = RTS_DS_CHARACTER;
    }
    const size_t length = (size_t)(q - first);
    if (RTS_DS_UNLIKELY(ch != '\\')) {
        q = rts_ds_skip_space(q, end, &c->report->flags);
        if (RTS_DS_CHARACTER != '\\') {
            return rts_ds_fault(c, RTS_DS_BAD_NUMBER);
        }
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
        if (RTS_DS_UNLIKELY(value > DBL_MAX)) {
            return rts_ds_fault(c, RTS_DS_BAD_NUMBER);
        }
    }
    c->out[c->report->n_values++] = negative ? -value : value;
    c->report->n_long += length > 16;
    c->at = q + 1;
    return RTS_DS_OK;
#undef RTS_DS_CHARACTER
}

/* Parse what is left. */
static RTS_DS_NOINLINE rts_ds_status rts_ds_parse_rest(rts_ds_cursor *c) {
    const uint8_t *last = c->end; /* where the last component begins */
    while (last > c->at && last[-1] != '\\') {
        last--;
    }
    while (c->at < last) {
        rts_ds_status status = rts_ds_one_component(c, 0);
        if (RTS_DS_UNLIKELY(status)) {
            return status;
        }
    }
    return rts_ds_one_component(c, 1);
}

static RTS_DS_NOINLINE rts_ds_status rts_ds_portable_parse(const uint8_t *p, size_t n,
                                                           const uint8_t *lo,
                                                           const uint8_t *hi, double *out,
                                                           size_t capacity,
                                                           rts_ds_report *report) {
    (void)lo;
    (void)hi;
    const rts_ds_trimmed t = rts_ds_trim(p, n);
    memset(report, 0, sizeof *report);
    report->flags = t.flags;
    if (t.empty) {
        return RTS_DS_OK;
    }
    rts_ds_cursor c = {p, p, p + t.n, out, capacity, report};
    return rts_ds_parse_rest(&c);
}

static RTS_DS_NOINLINE size_t rts_ds_portable_count(const uint8_t *p, size_t n) {
    const rts_ds_trimmed t = rts_ds_trim(p, n);
    if (t.empty) {
        return 0;
    }
    size_t separators = 0, i = 0;
    /* Counters of a byte each, emptied before they can overflow: compilers turn the
       inner loop into vector code. */
    while (t.n - i >= 32) {
        uint8_t sums[32] = {0};
        for (int round = 0; round < 255 && t.n - i >= 32; round++, i += 32) {
            for (size_t j = 0; j < 32; j++) {
                sums[j] = (uint8_t)(sums[j] + (p[i + j] == '\\'));
            }
        }
        for (size_t j = 0; j < 32; j++) {
            separators += sums[j];
        }
    }
    for (; i < t.n; i++) {
        separators += p[i] == '\\';
    }
    return separators + 1;
}

#endif
