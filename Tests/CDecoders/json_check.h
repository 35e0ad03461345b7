// SPDX-License-Identifier: Apache-2.0
#ifndef JSON_CHECK_H
#define JSON_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cjson_scan.h"

extern unsigned passed, failed;

#define CHECK(condition)                                                               \
    do {                                                                               \
        if (condition) {                                                               \
            passed++;                                                                  \
        } else {                                                                       \
            failed++;                                                                  \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);    \
        }                                                                              \
    } while (0)

/// A whole file; the process ends when it cannot be read.
static inline uint8_t *read_sample(const char *folder, const char *name, size_t *length) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    uint8_t *bytes = NULL;
    size_t count = 0, capacity = 0;
    do {
        bytes = realloc(bytes, capacity = capacity ? capacity * 2 : 1 << 16);
        count += fread(bytes + count, 1, capacity - count, file);
    } while (count == capacity);
    fclose(file);
    *length = count;
    return bytes;
}

static inline bool slice_is(const calert_batch *batch, calert_slice slice, const char *text, size_t length) {
    return slice.length == length && memcmp(calert_slice_bytes(batch, slice), text, length) == 0;
}
#define SLICE_IS(batch, slice, literal) slice_is(batch, slice, literal, sizeof literal - 1)

void test_alerts(void);
void test_lines(const char *samples);
void test_bodies(void);
void test_wrapped(const char *samples);

#endif
