/* Fresh memory costs a page fault for every 4 KiB of it, and these cost as much as parsing what
 * comes to lie there. Linux gives pages of 2 MiB where it is asked for them. Elsewhere nothing of
 * this does anything. */
#ifndef RTSTRUCT_HUGE_PAGES_H
#define RTSTRUCT_HUGE_PAGES_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#define RTS_HUGE_PAGE ((size_t)1 << 21)
/* So many bytes are worth one: to clear it costs less than 128 page faults. */
#define RTS_WORTH_A_HUGE_PAGE ((size_t)1 << 19)
/* What glibc may keep in its heap: a larger block is always one of its own. */
#define RTS_MOST_IN_HEAP ((size_t)31 << 20)

/* Asks for them where these bytes lie. What lies around them in the same pages may have them too,
 * since only whole ones can be given. */
static inline void rts_ask_for_huge_pages(void *start, size_t size) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const uintptr_t mask = RTS_HUGE_PAGE - 1, from = (uintptr_t)start & ~mask;
    const uintptr_t to = ((uintptr_t)start + size + mask) & ~mask;
    if (size >= RTS_WORTH_A_HUGE_PAGE) (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
#else
    (void)start;
    (void)size;
#endif
}

/* Makes that hold for many arrays of that size together, each too small for a huge page: what
 * malloc gives them next is the memory that it is asked for, and gets back, here. The second time
 * because glibc maps a block of a size that it has not met on its own, and keeps it in its heap
 * from then on. A page more than is needed, so that it keeps that of them, too, when they are
 * freed: the next arrays of that size then have no page faults at all. */
static inline void rts_prepare_memory(size_t size) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    int i;
    if (size < RTS_WORTH_A_HUGE_PAGE) return;
    size += RTS_HUGE_PAGE;
    if (size > RTS_MOST_IN_HEAP) size = RTS_MOST_IN_HEAP;
    for (i = 0; i < 2; i++) {
        void *block = malloc(size);
        if (block == NULL) return;
        rts_ask_for_huge_pages(block, size);
        free(block);
    }
#else
    (void)size;
#endif
}

#endif
