/* Self-check of the decimal kernel, every kernel that this processor can run:
 *
 *     cc -std=c11 -O2 -I src/rtstruct/_native/include tests/native/c/check_decimal.c -lm
 *     ./a.out [number of random tokens] [seed]
 *
 * Each text is parsed between guard pages, where one byte read outside of what may be read is a
 * fault, and again among digits and backslashes that must not matter. */
#include "guarded.h"

#include "ds/kernel.h"
#include "random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 1 << 18, MARGIN = 96 };

static uint8_t *arena;     /* ROOM bytes; on both sides a page that faults */
static uint8_t *out_arena; /* the same, for results */
static unsigned long n_checks;

static void quit(const char *kernel, const char *where, const uint8_t *text, size_t n,
                 const char *what) {
    printf("FAILED: %s, %s: %s, in \"", kernel, where, what);
    for (size_t i = 0; i < n && i < 400; i++) {
        if (text[i] >= ' ' && text[i] < 127) {
            putchar(text[i]);
        } else {
            printf("\\x%02x", text[i]);
        }
    }
    printf("\"%s\n", n > 400 ? "..." : "");
    exit(1);
}

typedef struct {
    rts_ds_status status;
    rts_ds_report report;
} outcome;

/* Parse with one kernel into `values`, and see that nothing else was written. */
static outcome parse(const rts_ds_kernel *kernel, const char *where, const uint8_t *p, size_t n,
                     const uint8_t *lo, const uint8_t *hi, double *values, size_t capacity,
                     int ends_at_guard) {
    outcome o;
    uint8_t *end = out_arena + ROOM;
    if (!ends_at_guard) end -= 256;
    double *out = (double *)(void *)(end - capacity * sizeof(double));
    uint8_t *before = (uint8_t *)out - 256;
    memset(before, 0xa5, 256 + capacity * sizeof(double) + (ends_at_guard ? 0 : 256));
    memset(&o.report, 0x5a, sizeof o.report);
    o.status = kernel->parse(p, n, lo, hi, out, capacity, &o.report);
    for (size_t i = 0; i < 256; i++) {
        if (before[i] != 0xa5 || (!ends_at_guard && end[i] != 0xa5)) {
            quit(kernel->name, where, p, n, "wrote outside its output");
        }
    }
    if (o.report.n_values > capacity) {
        quit(kernel->name, where, p, n, "claims more values than there is room for");
    }
    if (o.status == RTS_DS_OK) {
        const uint8_t *rest = (const uint8_t *)(out + o.report.n_values);
        for (; rest < (const uint8_t *)(out + capacity); rest++) {
            if (*rest != 0xa5) quit(kernel->name, where, p, n, "wrote behind its last value");
        }
    }
    if (o.report.n_values) memcpy(values, out, o.report.n_values * sizeof(double));
    return o;
}

static double wanted[ROOM / 8], got[ROOM / 8];

/* Parse the text with every kernel, in every placement; all must agree. Values stay in `wanted`. */
static outcome parse_everywhere(const char *text, size_t n, size_t capacity) {
    static const struct {
        const char *name;
        size_t low, high;
    } margins[] = {{"no margins", 0, 0},
                   {"margin before", 1, 0},
                   {"margin after", 0, 1},
                   {"both margins", 1, 1},
                   {"small margins", 2, 2}};
    static const char *const junk[] = {"1234567890", "\\", "1\\", "-.e+\\"};
    outcome first = {RTS_DS_OK, {0, 0, 0, 0, 0}};
    const rts_ds_kernel *kernel;
    int have_first = 0;
    for (size_t k = 0; (kernel = rts_ds_kernel_at(k)) != NULL; k++) {
        for (size_t m = 0; m < sizeof margins / sizeof margins[0]; m++) {
            const size_t low = margins[m].low == 1 ? MARGIN : margins[m].low == 2 ? below(40) : 0;
            const size_t high = margins[m].high == 1   ? MARGIN
                                : margins[m].high == 2 ? below(40)
                                                       : 0;
            /* Against the upper guard page, then against the lower one. */
            for (int side = 0; side < 2; side++) {
                uint8_t *lo = side ? arena : arena + ROOM - high - n - low;
                uint8_t *p = lo + low;
                uint8_t *hi = p + n + high;
                const char *filler = junk[(m + (size_t)side + n) % 4];
                const size_t filler_length = strlen(filler);
                for (size_t i = 0; i < low; i++) lo[i] = (uint8_t)filler[i % filler_length];
                if (n) memcpy(p, text, n);
                for (size_t i = 0; i < high; i++) p[n + i] = (uint8_t)filler[i % filler_length];
                outcome o = parse(kernel, margins[m].name, p, n, lo, hi, have_first ? got : wanted,
                                  capacity, side);
                const size_t count = kernel->count(p, n);
                if (count != rts_ds_portable_count(p, n) ||
                    (o.status == RTS_DS_OK && count != o.report.n_values)) {
                    quit(kernel->name, margins[m].name, p, n, "counts wrong");
                }
                n_checks++;
                if (!have_first) {
                    first = o;
                    have_first = 1;
                    continue;
                }
                if (o.status != first.status || o.report.n_values != first.report.n_values ||
                    o.report.n_long != first.report.n_long ||
                    o.report.flags != first.report.flags ||
                    o.report.offset != first.report.offset ||
                    o.report.length != first.report.length) {
                    quit(kernel->name, margins[m].name, p, n, "another report");
                }
                if (memcmp(got, wanted, o.report.n_values * sizeof(double)) != 0) {
                    quit(kernel->name, margins[m].name, p, n, "other bits");
                }
            }
        }
    }
    return first;
}

/* ---- texts with a known outcome ---- */

typedef struct {
    const char *text;
    size_t n; /* 0: strlen */
    rts_ds_status status;
    unsigned flags;
    size_t n_values, n_long, offset, length;
} known;

#define OK(text, n_values) {text, sizeof text - 1, RTS_DS_OK, 0, n_values, 0, 0, 0}
#define OK_FLAGS(text, n_values, flags) {text, sizeof text - 1, RTS_DS_OK, flags, n_values, 0, 0, 0}
#define OK_LONG(text, n_values, n_long)                                                            \
    {text, sizeof text - 1, RTS_DS_OK, 0, n_values, n_long, 0, 0}
#define EMPTY(text, flags, n_values, offset)                                                       \
    {text, sizeof text - 1, RTS_DS_EMPTY_VALUE, flags, n_values, 0, offset, 0}
#define BAD(text, flags, n_values, offset, length)                                                 \
    {text, sizeof text - 1, RTS_DS_BAD_NUMBER, flags, n_values, 0, offset, length}

static const known texts[] = {
    OK("", 0),
    OK("    ", 0),
    OK_FLAGS("  \0\0", 0, 2),
    OK_FLAGS("\r\n\t ", 0, 2),
    OK("1", 1),
    OK("1\\2", 2),
    OK("1\\2  ", 2),
    OK_FLAGS("1\\2\0", 2, 2),
    OK_FLAGS("1\\2\0 \0 ", 2, 2),
    OK_FLAGS("1\\2\\", 2, 1),
    OK_FLAGS("1\\2  \\  ", 2, 1),
    OK_FLAGS("1\\2\t\\ ", 2, 3),
    OK_FLAGS("1\\2\\\0", 2, 3),
    OK(" 1 \\ 2 \\ 3 ", 3),
    OK_FLAGS("\n1\\2", 2, 2),
    OK_FLAGS("1\\\r\n2", 2, 2),
    OK_FLAGS("1\\2\t\\3", 3, 2),
    OK("1.\\.5\\+.5e-3\\007\\-0\\+0.0\\0e99999999999\\-.0E+5", 8),
    OK_LONG("12345678901234567\\1234567890123456\\ 1234567890123456 \\-1234567890123456", 4, 2),
    OK_LONG("1e-999999999999\\2.4703282292062327e-324\\-1e-400\\2.4703282292062328e-324", 4, 2),
    EMPTY("\\", 1, 0, 0),
    EMPTY("  \\", 1, 0, 0),
    EMPTY("\\1", 0, 0, 0),
    EMPTY("1\\\\2", 0, 1, 2),
    EMPTY("1\\ \\2", 0, 1, 2),
    EMPTY("1\\2\\\\", 1, 2, 4),
    EMPTY("1\\2\\ \\  ", 1, 2, 4),
    EMPTY("\\\\", 1, 0, 0),
    EMPTY("1\\\t\\2", 2, 1, 2),
    EMPTY("1\\2\\3\\4\\5\\6\\7\\8\\\\10", 0, 8, 16),
    EMPTY("1\\2\\3\\4\\5\\6\\\\8\\9\\10\\11\\12\\13\\14\\15\\16", 0, 6, 12),
    BAD("x", 0, 0, 0, 1),
    BAD("1\\-\\3", 0, 1, 2, 1),
    BAD("1\\.\\3", 0, 1, 2, 1),
    BAD("1\\-.\\3", 0, 1, 2, 2),
    BAD("1\\+\\3", 0, 1, 2, 1),
    BAD("1\\1e\\3", 0, 1, 2, 2),
    BAD("1\\1e+\\3", 0, 1, 2, 3),
    BAD("1\\1e-\\3", 0, 1, 2, 3),
    BAD("1\\e5\\3", 0, 1, 2, 2),
    BAD("1\\-e5\\3", 0, 1, 2, 3),
    BAD("1\\.e5\\3", 0, 1, 2, 3),
    BAD("1\\1e5.\\3", 0, 1, 2, 4),
    BAD("1\\1e5e5\\3", 0, 1, 2, 5),
    BAD("1\\1ee5\\3", 0, 1, 2, 4),
    BAD("1.5\\2.0EE00\\3\\4\\5\\6\\7\\8", 0, 1, 4, 7),
    BAD("1.5\\2.0E0E0\\3\\4\\5\\6\\7\\8", 0, 1, 4, 7),
    BAD("1\\1e--5\\3", 0, 1, 2, 5),
    BAD("1\\1e5-\\3", 0, 1, 2, 4),
    BAD("1\\--1\\3", 0, 1, 2, 3),
    BAD("1\\+-1\\3", 0, 1, 2, 3),
    BAD("1\\1-\\3", 0, 1, 2, 2),
    BAD("1\\1.2.3\\3", 0, 1, 2, 5),
    BAD("1\\1..2\\3", 0, 1, 2, 4),
    BAD("1\\..\\3", 0, 1, 2, 2),
    BAD("1\\1,5\\3", 0, 1, 2, 3),
    BAD("1\\ 1 2 \\3", 0, 1, 3, 3),
    BAD("1\\- 1\\3", 0, 1, 2, 3),
    BAD("1\\nan\\3", 0, 1, 2, 3),
    BAD("1\\inf\\3", 0, 1, 2, 3),
    BAD("1\\-Infinity\\3", 0, 1, 2, 9),
    BAD("1\\1_0\\3", 0, 1, 2, 3),
    BAD("1\\0x1\\3", 0, 1, 2, 3),
    BAD("1\\1\0\\3", 0, 1, 2, 2),
    BAD("1\\\0001\\3", 0, 1, 2, 2),
    BAD("1\\2\0\\", 1, 1, 2, 2),
    BAD("1\\1\v\\3", 0, 1, 2, 2),
    BAD("1\\\f1\\3", 0, 1, 2, 2),
    BAD("1\\\xb2\\3", 0, 1, 2, 1),
    BAD("1\\1\xff\\3", 0, 1, 2, 2),
    BAD("1\\1/2\\3", 0, 1, 2, 3),
    BAD("1\\1:2\\3", 0, 1, 2, 3),
    BAD("1\\1e309\\3", 0, 1, 2, 5),
    BAD("1\\-1e999999999999\\3", 0, 1, 2, 15),
    BAD("1\\1.7976931348623159e308\\3", 0, 1, 2, 22),
    BAD("1\\2\\3\\4\\5\\6\\7\\8\\9\\10\\1.2.3\\12\\13\\14\\15\\16\\17", 0, 10, 21, 5),
    BAD("100000.00\\200000.00\\3\\4\\5\\1.2345.678.90\\7\\8", 0, 5, 26, 13),
    BAD("1.00000000000000000\\2\\3\\4\\5\\1.234567.8901234.5678\\7\\8", 0, 5, 28, 21),
};

static void check_known(void) {
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const known *k = &texts[i];
        const outcome o = parse_everywhere(k->text, k->n, 40);
        const rts_ds_report *r = &o.report;
        if (o.status != k->status || r->n_values != k->n_values || r->flags != k->flags ||
            (k->status == RTS_DS_OK && r->n_long != k->n_long) ||
            (k->status != RTS_DS_OK && (r->offset != k->offset || r->length != k->length))) {
            char actual[160];
            snprintf(actual, sizeof actual,
                     "status %d, %zu values, %zu long, flags %u, offset %zu, length %zu",
                     (int)o.status, r->n_values, r->n_long, r->flags, r->offset, r->length);
            quit("every kernel", "known text", (const uint8_t *)k->text, k->n, actual);
        }
    }
    /* Less room than values: the last good state is reported, nothing more written. */
    char text[200] = "";
    for (int i = 0; i < 30; i++) strcat(text, i ? "\\12.5" : "12.5");
    for (size_t capacity = 0; capacity <= 30; capacity++) {
        const outcome o = parse_everywhere(text, strlen(text), capacity);
        if (o.status != (capacity < 30 ? RTS_DS_CAPACITY : RTS_DS_OK) ||
            o.report.n_values != capacity) {
            quit("every kernel", "capacity", (const uint8_t *)text, strlen(text), "capacity");
        }
    }
    if (rts_ds_kernel_named("portable") == NULL || rts_ds_kernel_named("abacus") != NULL) {
        quit("none", "names", NULL, 0, "kernels by name");
    }
}

/* ---- random tokens ---- */

static double random_double(void) {
    uint64_t bits = random_bits();
    double value;
    memcpy(&value, &bits, sizeof value);
    return isfinite(value) ? value : 1.0;
}

static double coordinate(void) {
    return ((double)(random_bits() >> 11) * 0x1p-53 - 0.5) * 600.0;
}

static size_t digits(char *s, unsigned n) {
    for (unsigned i = 0; i < n; i++) s[i] = (char)('0' + below(10));
    s[n] = 0;
    return n;
}

/* A number half way between two doubles, or a hair off it. */
static void half_way(char *s, size_t room) {
    const double v = below(2) ? random_double() : coordinate();
    const double next = nextafter(v, INFINITY);
    if (!isfinite(next) || v == 0.0) {
        strcpy(s, "9007199254740993");
        return;
    }
#if LDBL_MANT_DIG >= 64
    const long double middle = ((long double)v + (long double)next) / 2;
    if (below(2)) {
        snprintf(s, room, "%.*Le", 20 + (int)below(15), middle);
    } else {
        snprintf(s, room, "%.*Le", (int)(15 + below(780)), middle);
    }
#else
    snprintf(s, room, "%.17e", v);
#endif
}

static void random_token(char *s, size_t room) {
    const char sign = "-+ "[below(3)];
    switch (below(18)) {
    case 0:
    case 1:
        snprintf(s, room, "%.*f", (int)below(3), coordinate());
        break;
    case 2:
        snprintf(s, room, "%.*f", 4 + (int)below(3), coordinate());
        break;
    case 3:
        snprintf(s, room, "%.*f", (int)below(15), coordinate());
        break;
    case 4:
        snprintf(s, room, "%.17g", coordinate());
        break;
    case 5:
        snprintf(s, room, "%.*g", 14 + (int)below(6), random_double());
        break;
    case 6:
        snprintf(s, room, "%.*e", (int)below(18), coordinate() * pow(10, -(double)below(25)));
        break;
    case 7:
        snprintf(s, room, "%.*E", (int)below(8), coordinate() * pow(10, (double)below(40) - 20));
        break;
    case 8:
        snprintf(s, room, "%d", (int)below(600) - 300);
        break;
    case 9:
        s[0] = sign == ' ' ? '0' : sign;
        digits(s + 1, 1 + below(24));
        break;
    case 10: {
        size_t n = digits(s, below(12));
        s[n++] = '.';
        n += digits(s + n, below(14) + (n == 1));
        break;
    }
    case 11: {
        size_t n = digits(s, 1 + below(3));
        s[n++] = '.';
        n += digits(s + n, below(22));
        snprintf(s + n, room - n, "%c%d", "eE"[below(2)], (int)below(60) - 30);
        break;
    }
    case 12: {
        size_t n = digits(s, 1 + below(25));
        snprintf(s + n, room - n, "e%+04d", (int)below(680) - 350);
        break;
    }
    case 13:
        half_way(s, room);
        break;
    case 14: /* integers about the end of the exact ones */
        snprintf(s, room, "%llu%s", (unsigned long long)(random_bits() >> (8 + below(4))),
                 below(2)   ? ""
                 : below(2) ? ".5"
                            : ".49999999999999999999");
        break;
    case 15: /* about the smallest doubles */
        snprintf(s, room, "%.*e", (int)below(25), random_double() * 0x1p-1060 * 0x1p-10);
        break;
    case 16:
        snprintf(s, room, "1.797693134862315%ue308", 60 + below(22));
        break;
    default: {
        static const char *const rare[] = {"-0",
                                           "0.0",
                                           "-0.0",
                                           ".5",
                                           "5.",
                                           "-.5",
                                           "-5.",
                                           "+1",
                                           "1e5",
                                           "1E-5",
                                           "00012.5",
                                           "0e0",
                                           "9007199254740993",
                                           "9007199254740992.5",
                                           "4.9e-324",
                                           "2.2250738585072011e-308",
                                           "2.2250738585072014e-308",
                                           "1e22",
                                           "1e23",
                                           "8.5e-1",
                                           "123456789012345678",
                                           "1234567.8901234567890123",
                                           "0.00000000000000000000001",
                                           "0e-400",
                                           "1e-400",
                                           "1.00000000000000000000000000000000000000",
                                           "99999999",
                                           "9999999999999999",
                                           "-9999999.",
                                           "7.0417191E-016",
                                           "1.776357E-14",
                                           "-6.8e-1",
                                           "1e0000000000000001"};
        strcpy(s, rare[below(sizeof rare / sizeof rare[0])]);
    }
    }
}

/* Several tokens of few kinds to a text, so that each tier gets its share. */
static void check_random(unsigned long n_tokens) {
    static char text[ROOM / 4];
    static double expected[1024];
    char token[1200];
    for (unsigned long done = 0; done < n_tokens;) {
        const unsigned tokens = 1 + below(below(8) ? 40 : 400);
        const size_t longest = below(3) == 0 ? 8 : below(2) ? 16 : below(2) ? 24 : sizeof token;
        const unsigned spaces = below(12);
        size_t n = 0, n_values = 0, n_long = 0;
        while (n_values < tokens) {
            random_token(token, sizeof token);
            const double value = strtod(token, NULL);
            const size_t length = strlen(token);
            if (length > longest || !isfinite(value) || n + length + 8 > sizeof text) {
                if (n + 2000 > sizeof text) break;
                continue;
            }
            if (n_values) text[n++] = '\\';
            if (spaces == 0 && below(9) == 0) text[n++] = ' ';
            memcpy(text + n, token, length);
            n += length;
            n_long += length > 16;
            expected[n_values++] = value;
        }
        for (unsigned i = below(3); i > 0; i--) text[n++] = ' ';
        const outcome o = parse_everywhere(text, n, n_values + below(3));
        if (o.status != RTS_DS_OK || o.report.n_values != n_values || o.report.n_long != n_long ||
            o.report.flags) {
            quit("every kernel", "random text", (const uint8_t *)text, n, "not accepted as it is");
        }
        for (size_t i = 0; i < n_values; i++) {
            if (memcmp(&expected[i], &wanted[i], sizeof(double)) != 0) {
                char what[100];
                snprintf(what, sizeof what, "value %zu is %.17g, not %.17g", i, wanted[i],
                         expected[i]);
                quit("every kernel", "random text", (const uint8_t *)text, n, what);
            }
        }
        done += n_values;
        /* Damage: whatever comes of it must come from all kernels alike. */
        for (unsigned i = 0; i < 3 && n; i++) {
            static const char damage[] = "\\..eE+--+ 019x\t\r\n:/,\\\x80";
            text[below((unsigned)n)] = i == 2 ? (char)below(256) : damage[below(sizeof damage)];
            parse_everywhere(text, n, n_values + 8);
        }
    }
}

/* Every prefix of texts of each kind. */
static void check_prefixes(void) {
    static const char *const whole[] = {
        "12.5\\-3.25\\100.75\\1.5\\-22.25\\0.5\\7\\-8.125\\9.5\\10\\11.5\\-12",
        "-123.456789\\234.567891\\3.4567891234\\-4.5678912\\5\\6.7891234567\\7\\8.912345",
        "-123.45678901234\\234.56789012345\\-3.4567890123456\\4.5\\5.6\\6.7\\7.8\\8.9\\9.0",
        "-123.45678901234567\\234.56789012345678\\0.0034567890123456789\\4\\5\\6\\7\\8\\9\\1",
        "-6.8e-1\\1.776357E-14\\7.0417191E-016\\1e5\\-1.2345678901234567e-05\\6\\7\\8\\9\\1",
    };
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        for (size_t n = 0; n <= strlen(whole[i]); n++) parse_everywhere(whole[i], n, 16);
    }
}

/* Two bytes that no number has, beside each other among digits: what is wrong in one must not make
 * up for what is wrong in the other, as it may where bytes are added up in a word. */
static void check_pairs(void) {
    static const char known[] = "0123456789.+-eE\\ \t\r\n"; /* and the NUL at its end */
    uint8_t *const p = arena;
    const rts_ds_kernel *kernel;
    for (size_t length = 8; length <= 16; length += 4) {
        const size_t n = length + 22;
        for (size_t at = 0; at + 1 < length; at++) {
            memcpy(p, "1234567812345678", length);
            memcpy(p + length, "\\234567891234567.5\\2.5", n - length);
            for (int pair = 0; pair < 1 << 16; pair++) {
                p[at] = (uint8_t)(pair >> 8);
                p[at + 1] = (uint8_t)pair;
                if (memchr(known, p[at], sizeof known) || memchr(known, p[at + 1], sizeof known)) {
                    continue;
                }
                for (size_t k = 0; (kernel = rts_ds_kernel_at(k)) != NULL; k++) {
                    rts_ds_report report;
                    n_checks++;
                    if (kernel->parse(p, n, p, p + n, wanted, 3, &report) != RTS_DS_BAD_NUMBER ||
                        report.n_values != 0 || report.offset != 0 || report.length != length) {
                        quit(kernel->name, "pairs", p, n, "this is no number");
                    }
                }
            }
        }
    }
}

/* Components of any length, in linear time; texts of more than one block. */
static void check_lengths(void) {
    static char text[ROOM / 2];
    const size_t n = 100000;
    memset(text, '7', n);
    outcome o = parse_everywhere(text, n, 2);
    if (o.status != RTS_DS_BAD_NUMBER || o.report.length != n) {
        quit("every kernel", "lengths", NULL, 0, "100,000 digits must overflow");
    }
    text[1] = '.';
    o = parse_everywhere(text, n, 2);
    if (o.status != RTS_DS_OK || wanted[0] != 7.7777777777777777777777) {
        quit("every kernel", "lengths", NULL, 0, "100,000 digits behind the point");
    }
    memset(text, '0', n);
    text[1] = '.';
    memcpy(text + n - 10, "125e+99998", 10);
    o = parse_everywhere(text, n, 2);
    const double scaled = strtod("125e7", NULL);
    if (o.status != RTS_DS_OK || wanted[0] != scaled) {
        quit("every kernel", "lengths", NULL, 0, "100,000 zeros and an exponent");
    }
    for (size_t length = 1; length < 60; length++) {
        size_t at = 0, values = 0;
        while (at + length + 1 < 9000) {
            memset(text + at, '1', length);
            at += length;
            text[at++] = '\\';
            values++;
        }
        o = parse_everywhere(text, at - 1, values);
        if (o.status != RTS_DS_OK || o.report.n_values != values) {
            quit("every kernel", "lengths", NULL, 0, "equal components");
        }
        text[at / 2] = 'x';
        parse_everywhere(text, at - 1, values);
    }
}

int main(int argc, char **argv) {
    const unsigned long n_tokens = argc > 1 ? strtoul(argv[1], NULL, 10) : 300000;
    random_state = (argc > 2 ? strtoul(argv[2], NULL, 10) : 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    arena = guarded(ROOM);
    out_arena = guarded(ROOM);
    check_known();
    check_prefixes();
    check_pairs();
    check_lengths();
    check_random(n_tokens);
    printf("ok:");
    for (size_t i = 0; rts_ds_kernel_at(i); i++) printf(" %s", rts_ds_kernel_at(i)->name);
    printf("; %lu parses agree\n", n_checks);
    return 0;
}
