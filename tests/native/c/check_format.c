/* Self-check of the formatting kernels, every kernel that this processor can run:
 *
 *     cc -std=c11 -O2 -I src/rtstruct/_native/include tests/native/c/check_format.c -lm
 *     ./a.out [number of random doubles] [seed]
 *
 * Each text is compared with what printf() makes of the double, and read back by the parser. Text
 * is written up against a guard page, where one byte outside of what may be written is a fault. */
#include "guarded.h"

#include "ds/kernel.h"
#include "format_oracle.h"
#include "random.h"

enum { BLOCK = 203 };

static uint8_t *room_end; /* behind it a page that faults */

/* ---- doubles of all kinds that rounding and layout may go wrong with ---- */

static double from_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double uniform(double limit) {
    return ((double)(random_bits() >> 11) / 4503599627370496.0 - 1) * limit;
}

static double stepped(double x, int steps) {
    return from_bits(bits_of(x) + (uint64_t)(int64_t)steps);
}

static double any_double(void) {
    char text[64];
    double x = uniform(pow(10, below(22) - 5.0));
    switch (below(10)) {
    case 0: /* any bits */
        x = from_bits(random_bits());
        return isfinite(x) ? x : 0;
    case 1: /* few decimals */
        snprintf(text, sizeof text, "%.*f", (int)below(8), x);
        return strtod(text, NULL);
    case 2: /* as coordinates are */
        return uniform(500);
    case 3: /* single precision */
        return (double)(float)x;
    case 4: /* ties of binary fractions */
        return ldexp((double)(int64_t)(random_bits() >> 11), -(int)below(66)) * (below(2) ? 1 : -1);
    case 5: /* next to a short decimal */
        snprintf(text, sizeof text, "%.*f", (int)below(8), x);
        x = strtod(text, NULL);
        return x == 0 ? x : stepped(x, (int)below(5) - 2);
    case 6: /* short, with an exponent */
        snprintf(text, sizeof text, "%ue%d", below(100000), (int)below(60) - 40);
        return strtod(text, NULL) * (below(2) ? 1 : -1);
    case 7: /* next to a power of ten */
        snprintf(text, sizeof text, "1e%d", (int)below(36) - 18);
        return stepped(strtod(text, NULL), (int)below(17) - 8) * (below(2) ? 1 : -1);
    case 8: /* half way between two numbers of few decimals, as near as doubles are */
        snprintf(text, sizeof text, "%.*f5", (int)below(6) + 1, uniform(1000));
        x = strtod(text, NULL);
        return stepped(x, (int)below(3) - 1);
    default:
        return x;
    }
}

/* Few decimals; now and then not quite. */
static double short_double(void) {
    char text[64];
    snprintf(text, sizeof text, "%.*f", (int)below(7), uniform(pow(10, below(7) - 2.0)));
    return below(2000) ? strtod(text, NULL) : stepped(strtod(text, NULL), 1);
}

/* ---- the check ---- */

static void quit(const char *kernel, const rts_format_options *o, double x, const char *wanted,
                 const uint8_t *got, size_t n) {
    printf("FAILED: %s, style %d, decimals %d, trim %d: %.17g is \"%.*s\", not \"%s\"\n", kernel,
           (int)o->style, o->decimals, o->trim, x, (int)n, (const char *)got, wanted);
    exit(1);
}

static void check_block(const double *values, size_t n, const rts_format_options *o) {
    static char wanted[BLOCK][ORACLE_ROOM];
    const rts_format_kernel *kernel;
    size_t i, fitting;
    for (fitting = 0; fitting < n; fitting++) {
        if (!isfinite(values[fitting]) || !oracle(wanted[fitting], values[fitting], o)) break;
    }
    for (size_t k = 0; (kernel = rts_format_kernel_at(k)) != NULL; k++) {
        uint8_t *const out = room_end - RTS_FORMAT_ROOM(n);
        uint8_t *end, *at = out;
        memset(out - 64, 0xa5, 64 + RTS_FORMAT_ROOM(n));
        const size_t done = kernel->format(values, n, o, out, &end);
        if (done != fitting)
            quit(kernel->name, o, values[done < n ? done : 0], "(other end)", out, 0);
        for (i = 0; i < done; i++) {
            const uint8_t *const separator = memchr(at, '\\', (size_t)(end - at));
            const size_t length = separator ? (size_t)(separator - at) : 0;
            if (strlen(wanted[i]) != length || memcmp(wanted[i], at, length) != 0) {
                quit(kernel->name, o, values[i], wanted[i], at,
                     (size_t)(end - at) < 20 ? (size_t)(end - at) : 20);
            }
            at += length + 1;
        }
        for (i = 1; i <= 64; i++) {
            if (out[-(ptrdiff_t)i] != 0xa5)
                quit(kernel->name, o, 0, "(wrote before its room)", out, 0);
        }
        if (at != end) quit(kernel->name, o, 0, "(text behind the last)", at, 0);
        if (o->style != RTS_FORMAT_DECIMALS && done) {
            static double read[BLOCK];
            rts_ds_report report;
            if (rts_ds_portable_parse(out, (size_t)(end - 1 - out), out, end, read, n, &report) !=
                    RTS_DS_OK ||
                report.n_values != done || report.n_long != 0) {
                quit(kernel->name, o, 0, "(not read back)", out, 0);
            }
            for (i = 0; i < done; i++) {
                /* 15 digits survive: a text with fewer is exact if there is such a text */
                char shortest[40];
                snprintf(shortest, sizeof shortest, "%.*g", 10, values[i]);
                if (strtod(shortest, NULL) == values[i] && bits_of(read[i]) != bits_of(values[i])) {
                    quit(kernel->name, o, values[i], "(read back otherwise)", out, 0);
                }
            }
        }
    }
}

int main(int argc, char **argv) {
    const unsigned long total = argc > 1 ? strtoul(argv[1], NULL, 10) : 300000;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    static double values[BLOCK];
    unsigned long n_checked = 0;
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    room_end = guarded(PAGE) + PAGE;
    while (n_checked < total) {
        rts_format_options o = {(rts_format_style)below(3), (int)below(17), (int)below(2)};
        const size_t n = below(BLOCK + 1);
        const unsigned kind = below(4); /* a whole block as coordinates are, or any */
        for (size_t i = 0; i < n; i++) {
            values[i] = kind == 0 ? uniform(1000) : kind == 1 ? short_double() : any_double();
            if (o.style == RTS_FORMAT_DECIMALS && below(8)) values[i] = fmod(values[i], 1e9);
        }
        if (below(20) == 0 && n)
            values[below((unsigned)n)] = below(2) ? (double)NAN : (double)-INFINITY;
        check_block(values, n, &o);
        n_checked += n;
    }
    const rts_format_kernel *kernel;
    printf("%lu doubles, all as they should be:", n_checked);
    for (size_t k = 0; (kernel = rts_format_kernel_at(k)) != NULL; k++) printf(" %s", kernel->name);
    printf("\n");
    return 0;
}
