// SPDX-License-Identifier: Apache-2.0
//
// Counts what holds and what does not. A program of tests ends with `return report();`.
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

static unsigned passed, failed;

#define CHECK(condition, ...)                                                \
    do {                                                                     \
        if (condition) {                                                     \
            passed++;                                                        \
        } else if (++failed <= 20) {                                         \
            fprintf(stderr, "%s:%d: %s — ", __FILE__, __LINE__, #condition); \
            fprintf(stderr, __VA_ARGS__);                                    \
            fputc('\n', stderr);                                             \
        }                                                                    \
    } while (0)

static int report(void) {
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}

#endif
