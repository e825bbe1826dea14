/* The n-th allocation of a process fails, from when it is asked for:
 *
 *     cc -shared -fPIC tests/native/c/failing_malloc.c -o failing_malloc.so
 *     LD_PRELOAD=./failing_malloc.so python -m tests.support.failing_allocations read
 *
 * For glibc, whose own names of the functions leave those of the standard to others. */
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);
void failing_malloc_begin(long first, long n);
long failing_malloc_end(void);

static atomic_long calls, first_failure = -1, last_failure = -1;

/* From now on the allocations number `first` to `first + n - 1` fail; 0 is the next one. */
void failing_malloc_begin(long first, long n) {
    atomic_store(&calls, 0);
    atomic_store(&last_failure, first + n - 1);
    atomic_store(&first_failure, first);
}

/* None fails any more. Returns how many there were. */
long failing_malloc_end(void) {
    atomic_store(&first_failure, -1);
    return atomic_load(&calls);
}

static int fails(void) {
    long first = atomic_load(&first_failure), call;
    if (first < 0) return 0;
    call = atomic_fetch_add(&calls, 1);
    if (call < first || call > atomic_load(&last_failure)) return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size) {
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size) {
    return fails() ? NULL : __libc_realloc(p, size);
}
