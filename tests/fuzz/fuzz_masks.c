/* libFuzzer target: any doubles as contours on a grid of any size.

       clang -std=c11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
           -Isrc/rtstruct/_native/include tests/fuzz/fuzz_masks.c -o fuzz_masks -lm
       ./fuzz_masks -max_len=2000

   Bytes: slices, rows, columns, contours and how to read a coordinate; then coordinates, as they
   are or as small numbers on and beside pixel centres, which meet the exact arithmetic more often
   than any double. The sanitizers see each read and write outside of what it may touch; checked
   here: the runs are in order and on the grid, the same contours backwards give the same runs,
   bytes and bits agree with them. */
#include "masks/library_rules.h"
#include "masks/polygon_mask.h"
#include "masks/sinks.h"

static void need(bool truth) {
    if (!truth) abort();
}

static void *room(size_t n) {
    void *p = calloc(n + 1, 1);
    need(p != NULL);
    return p;
}

static double coordinate(const uint8_t *p, int how) {
    double value;
    if (how == 0) {
        memcpy(&value, p, sizeof value);
        return value;
    }
    value = (int8_t)p[0];
    if (how == 2) value /= 3;
    if (p[1] & 1) value += (p[1] & 2 ? 1 : -1) * ldexp(1.0, -(p[2] % 70));
    return value;
}

static void check_runs(const rts_mask_runs *found, const int32_t *shape) {
    size_t i;
    for (i = 0; i < found->n; i++) {
        const rts_mask_run *run = &found->runs[i], *before = run - 1;
        need(rts_mask_is_within(run, shape) && run->first < run->stop);
        if (i == 0 || run->slice > before->slice) continue;
        need(run->slice == before->slice && run->row >= before->row);
        need(run->row > before->row || run->first > before->stop);
    }
}

static void check_sinks(const rts_mask_runs *found, const int32_t *shape) {
    const size_t columns = (size_t)shape[2], bytes = (columns + 7) / 8;
    const size_t rows = (size_t)shape[0] * (size_t)shape[1];
    char *pixels = room(rows * columns);
    uint8_t *bits = room(rows * bytes);
    rts_mask_volume v = {NULL, {0}, {0}};
    size_t i, j;
    memset(pixels, 7, rows * columns);
    v.base = pixels;
    memcpy(v.shape, shape, sizeof v.shape);
    v.strides[0] = (ptrdiff_t)(columns * (size_t)shape[1]);
    v.strides[1] = (ptrdiff_t)columns;
    v.strides[2] = 1;
    need(rts_mask_fill(found->runs, found->n, &v, "\1", "\0", 1) == RTS_MASK_OK);
    need(rts_mask_set_bits(found->runs, found->n, shape, bits) == RTS_MASK_OK);
    for (i = 0; i < rows; i++) {
        for (j = 0; j < columns; j++) {
            need(pixels[i * columns + j] == (bits[i * bytes + j / 8] >> j % 8 & 1));
        }
    }
    free(pixels);
    free(bits);
}

/* The rules of other libraries: only that they stay within the memory of what they are given. */
static void check_library_rules(const double *numbers, size_t n, const int32_t *shape) {
    const int32_t n_rows = shape[1] < 8 ? shape[1] : 8, n_columns = shape[2] < 9 ? shape[2] : 9;
    uint8_t *out = room((size_t)shape[1] * (size_t)shape[2]);
    (void)rts_mask_fill_like_skimage(numbers, n / 2, shape[1], shape[2], out);
    if (n > 20) {
        (void)rts_mask_fill_like_matplotlib(numbers, n / 2, numbers, n_columns, numbers + 9, n_rows,
                                            out);
    }
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    const double positions[4] = {-1, 0, 0.7, 3};
    rts_mask_grid grid = {{0, 0, 0}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {1, 1}, NULL, 1, 1, 1, 0.5};
    rts_mask_runs found = {NULL, 0, 0}, again = {NULL, 0, 0};
    double *points, *backwards;
    rts_mask_placed *placed;
    int64_t *offsets;
    uint8_t *closed;
    size_t i, k, size, n_points, n_contours;
    int32_t shape[3];
    int how;
    if (n < 6) return 0;
    grid.positions = positions;
    grid.n_slices = shape[0] = 1 + data[0] % 4;
    grid.n_rows = shape[1] = 1 + data[1] % 70;
    grid.n_columns = shape[2] = 1 + data[2] % 130;
    n_contours = data[3] % 5;
    how = data[4] % 3;
    size = how ? 3 : sizeof(double);
    n_points = (n - 6) / (3 * size);
    points = room(3 * n_points * sizeof *points);
    backwards = room(3 * n_points * sizeof *points);
    offsets = room((n_contours + 1) * sizeof *offsets);
    closed = room(n_contours);
    placed = room(n_contours * sizeof *placed);
    for (i = 0; i < 3 * n_points; i++) {
        points[i] = coordinate(data + 6 + i * size, how);
        if (how && i % 3 == 2) points[i] = positions[data[6 + i * size] % 4];
    }
    for (i = 1; i <= n_contours; i++) offsets[i] = (int64_t)(n_points * i / n_contours);
    for (i = 0; i < n_contours; i++) {
        const size_t start = (size_t)offsets[i], stop = (size_t)offsets[i + 1];
        closed[i] = !(data[5] >> i & 1);
        for (k = start; k < stop; k++) {
            if (how) points[3 * k + 2] = points[3 * start + 2]; /* else hardly one is level */
            memcpy(backwards + 3 * (start + stop - 1 - k), points + 3 * k, 3 * sizeof *points);
        }
    }
    need(rts_mask_draw(&grid, points, n_points, offsets, n_contours, closed, placed, &found) ==
         RTS_MASK_OK);
    check_runs(&found, shape);
    check_sinks(&found, shape);
    need(rts_mask_draw(&grid, backwards, n_points, offsets, n_contours, closed, placed, &again) ==
         RTS_MASK_OK);
    need(found.n == again.n);
    need(found.n == 0 || memcmp(found.runs, again.runs, found.n * sizeof *found.runs) == 0);
    check_library_rules(points, 3 * n_points, shape);
    free(points);
    free(backwards);
    free(offsets);
    free(closed);
    free(placed);
    free(found.runs);
    free(again.runs);
    return 0;
}
