/* Every text of up to N characters over an alphabet that has all that the grammar knows, each
 * kernel of this processor, against strtod():
 *
 *     cc -std=c11 -O2 -Isrc/rtstruct/_native/include tests/native/c/check_short_texts.c -lm
 *     ./a.out [N, 6 if not given]
 *
 * Alone, with nothing that may be read around it; and as each of eight components, so that it comes
 * into each lane, beside numbers of each of the three tiers of ds/batched.h. */
#include "guarded.h"

#include "decimal_reference.h"

enum { MARGIN = 160, LANES = 8, LONGEST = 8, ROOM = 64 };

static const char alphabet[] = {'0', '1', '5', '9', '.', '-', '+', 'e', 'E', '\\', ' ', 0};

/* They stay in the short, the medium and the wide tier. */
static const char *const neighbours[] = {"-1.5", "123456.789", "-12.345678901234567"};
enum { TIERS = 3 };

static uint8_t *page_end; /* behind it a page that faults */
static unsigned long n_texts, n_parses;

static void compare_kernels(const outcome *wanted, const uint8_t *p, size_t n, const uint8_t *lo,
                            const uint8_t *hi) {
    const rts_ds_kernel *kernel;
    size_t k;
    for (k = 0; (kernel = rts_ds_kernel_at(k)) != NULL; k++) {
        double values[ROOM];
        outcome actual = {RTS_DS_OK, {0, 0, 0, 0, 0}, values};
        const size_t room = kernel->count(p, n);
        if (room > ROOM) abort();
        if (wanted->status == RTS_DS_OK && room != wanted->report.n_values) abort();
        actual.status = kernel->parse(p, n, lo, hi, values, room, &actual.report);
        compare(kernel->name, wanted, &actual);
        n_parses++;
    }
}

static void check_alone(const char *text, size_t n) {
    double values[ROOM];
    outcome wanted = {RTS_DS_OK, {0, 0, 0, 0, 0}, values};
    uint8_t *p = page_end - n;
    size_t stop;
    if (n) memcpy(p, text, n);
    stop = without_padding(&wanted, p, n);
    if (stop > 0 || wanted.report.flags & RTS_DS_TRAILING_SEPARATOR) take_all(&wanted, p, 0, stop);
    compare_kernels(&wanted, p, n, p, p + n);
}

/* As component number `lane`: what stands there and the values are made once for all texts. */
static void check_among(const char *text, size_t n, const char *neighbour, double value,
                        size_t lane) {
    const size_t width = strlen(neighbour) + 1, is_long = width - 1 > 16;
    static uint8_t memory[MARGIN + LANES * 32 + LONGEST + MARGIN];
    uint8_t *const p = memory + MARGIN;
    double values[ROOM];
    outcome wanted = {RTS_DS_OK, {0, 0, 0, 0, 0}, values};
    size_t at = 0, i, start = 0, stop = 0;
    memset(memory, '7', sizeof memory); /* a digit more would be seen */
    for (i = 0; i < LANES; i++) {
        if (i) p[at++] = '\\';
        if (i == lane) {
            start = at;
            memcpy(p + at, text, n);
            at += n;
            stop = at;
        } else {
            memcpy(p + at, neighbour, width - 1);
            at += width - 1;
        }
    }
    for (i = 0; i < lane; i++) values[i] = value;
    wanted.report.n_values = lane;
    wanted.report.n_long = lane * is_long;
    if (lane == LANES - 1) stop = without_padding(&wanted, p, at);
    /* an empty text that is last: the separator before it is the one that may stand there */
    if ((lane == LANES - 1 && stop < start) || take_all(&wanted, p, start, stop)) {
        for (i = lane + 1; i < LANES; i++) values[wanted.report.n_values++] = value;
        wanted.report.n_long += (LANES - 1 - lane) * is_long;
    }
    compare_kernels(&wanted, p, at, memory, memory + sizeof memory);
}

int main(int argc, char **argv) {
    const size_t longest = argc > 1 ? strtoul(argv[1], NULL, 10) : 6;
    double beside[TIERS];
    size_t n, i, tier, lane;
    if (longest > LONGEST) return 2;
    page_end = guarded(PAGE) + PAGE;
    for (tier = 0; tier < TIERS; tier++) beside[tier] = strtod(neighbours[tier], NULL);
    for (n = 0; n <= longest; n++) {
        size_t letters[LONGEST] = {0};
        char text[LONGEST] = {0};
        for (i = 0; i < n; i++) text[i] = alphabet[0];
        do {
            n_texts++;
            check_alone(text, n);
            for (lane = 0; lane < LANES; lane++) {
                for (tier = 0; tier < TIERS; tier++) {
                    check_among(text, n, neighbours[tier], beside[tier], lane);
                }
            }
            for (i = 0; i < n; i++) { /* the next one */
                letters[i] = (letters[i] + 1) % sizeof alphabet;
                text[i] = alphabet[letters[i]];
                if (letters[i]) break;
            }
        } while (i < n);
    }
    printf("ok: %lu texts, %lu parses agree with strtod\n", n_texts, n_parses);
    return 0;
}
