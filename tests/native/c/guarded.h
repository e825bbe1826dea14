/* Memory between two pages that fault, so that one byte read or written outside of it is a fault.
 * Comes before any header of the system. */
#ifndef TESTS_GUARDED_H
#define TESTS_GUARDED_H

#if defined(__unix__) || defined(__APPLE__)
#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#define HAVE_GUARD_PAGES 1
#endif

enum { PAGE = 1 << 16 };

/* `size` is a multiple of PAGE. */
static uint8_t *guarded(size_t size) {
#if defined(HAVE_GUARD_PAGES)
    uint8_t *p = mmap(NULL, size + 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (p == MAP_FAILED || mprotect(p, PAGE, PROT_NONE) ||
        mprotect(p + PAGE + size, PAGE, PROT_NONE)) {
        perror("guard pages");
        exit(2);
    }
    return p + PAGE;
#else
    uint8_t *p = malloc(size);
    if (!p) exit(2);
    return p;
#endif
}

#endif
