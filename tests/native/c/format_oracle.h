/* What the formatting kernels must write, by printf(), which rounds the exact binary value (glibc,
 * macOS, the UCRT): all numbers of decimals from the most to the fewest, the first that fits. */
#ifndef FORMAT_ORACLE_H
#define FORMAT_ORACLE_H

#include "format/kernel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORACLE_ROOM = 400 };

/* Takes off zeros at the end of decimals, and a point that is then the end. */
static void oracle_trim(char *text) {
    char *last;
    if (!strchr(text, '.')) return;
    last = text + strlen(text) - 1;
    while (*last == '0') *last-- = 0;
    if (*last == '.') *last = 0;
}

/* Fixed notation of at most `most` decimals; 0 where it does not fit. */
static int oracle_fixed(char *text, double x, int most, int trim, int keep_zero_sign) {
    int k;
    for (k = most < 14 ? most : 14; k >= 0; k--) {
        snprintf(text, ORACLE_ROOM, "%.*f", k, x);
        if (text[0] == '-' && !keep_zero_sign && !strpbrk(text, "123456789")) {
            memmove(text, text + 1, strlen(text));
        }
        if (strlen(text) > 16) continue;
        if (trim) oracle_trim(text);
        return 1;
    }
    return 0;
}

/* Scientific notation with the most digits that fit. */
static void oracle_scientific(char *text, double x) {
    int digits;
    for (digits = 15; digits >= 0; digits--) {
        char *e;
        int exponent;
        snprintf(text, ORACLE_ROOM, "%.*e", digits, x);
        e = strchr(text, 'e');
        exponent = atoi(e + 1);
        *e = 0;
        if (exponent == 308 && isinf(strtod(strcat(text, "e308"), NULL))) {
            /* one unit less in the last place: it is no 0 */
            e[-1] = (char)(e[-1] - 1);
        }
        *e = 0;
        if (strlen(text) + (size_t)snprintf(NULL, 0, "e%d", exponent) > 16) {
            /* a carry may have made zeros of all that is too much */
            continue;
        }
        oracle_trim(text);
        snprintf(text + strlen(text), 8, "e%d", exponent);
        return;
    }
}

/* The digits of scientific notation in fixed notation, if they fit. */
static int oracle_moved(char *text, const char *scientific) {
    const int negative = scientific[0] == '-';
    const int exponent = atoi(strchr(scientific, 'e') + 1);
    char digits[32];
    size_t n = 0;
    const char *p;
    for (p = scientific + negative; *p != 'e'; p++) {
        if (*p != '.') digits[n++] = *p;
    }
    digits[n] = 0;
    if (exponent >= 0 || (size_t)(negative + 1 - exponent) + n > 16) return 0;
    snprintf(text, ORACLE_ROOM, "%s0.%.*s%s", negative ? "-" : "", -exponent - 1,
             "0000000000000000", digits);
    return 1;
}

/* The text of a finite x; 0 where there is none. */
static int oracle(char *text, double x, const rts_format_options *options) {
    const double size = fabs(x);
    if (options->style == RTS_FORMAT_DECIMALS) {
        return oracle_fixed(text, x, options->decimals, options->trim, 0);
    }
    if (options->style == RTS_FORMAT_PYTHON && !(size >= 1e-4 && size < 1e16) && x != 0) {
        int digits;
        for (digits = 0; digits < 17; digits++) {
            snprintf(text, ORACLE_ROOM, "%.*e", digits, x);
            if (strtod(text, NULL) == x) break;
        }
        if (strlen(text) <= 16) return 1;
    }
    if (x != 0 && (size < 1e-3 || !oracle_fixed(text, x, 14, 1, 1))) {
        char scientific[ORACLE_ROOM];
        oracle_scientific(scientific, x);
        if (!oracle_moved(text, scientific)) strcpy(text, scientific);
        return 1;
    }
    oracle_fixed(text, x, 14, 1, 1);
    if (options->style == RTS_FORMAT_PYTHON && x == floor(x) && strlen(text) <= 14) {
        strcat(text, ".0");
    }
    return 1;
}

#endif
