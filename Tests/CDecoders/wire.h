// SPDX-License-Identifier: Apache-2.0
//
// Messages written by hand, for what no encoder writes.
#ifndef WIRE_H
#define WIRE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint8_t *bytes;
    size_t count, capacity;
} wire;

static void put(wire *w, const void *bytes, size_t length) {
    if (w->count + length > w->capacity) {
        w->capacity = 2 * (w->count + length);
        w->bytes = realloc(w->bytes, w->capacity);
        if (w->bytes == NULL) abort();
    }
    if (length != 0) memcpy(w->bytes + w->count, bytes, length);
    w->count += length;
}

static void put_byte(wire *w, unsigned byte) { put(w, &(uint8_t){(uint8_t)byte}, 1); }

static void put_number(wire *w, uint64_t value) {
    for (; value >= 0x80; value >>= 7) put_byte(w, (unsigned)(value & 0x7f) | 0x80);
    put_byte(w, (unsigned)value);
}

static void put_tag(wire *w, unsigned field, unsigned type) { put_number(w, (uint64_t)field << 3 | type); }

static void put_varint_field(wire *w, unsigned field, uint64_t value) {
    put_tag(w, field, 0);
    put_number(w, value);
}

static void put_bytes(wire *w, unsigned field, const void *bytes, size_t length) {
    put_tag(w, field, 2);
    put_number(w, length);
    put(w, bytes, length);
}

static void put_text(wire *w, unsigned field, const char *text) { put_bytes(w, field, text, strlen(text)); }

static void put_message(wire *w, unsigned field, wire *inner) {
    put_bytes(w, field, inner->bytes, inner->count);
    free(inner->bytes);
    *inner = (wire){0};
}

static void put_time(wire *w, int64_t seconds, int32_t nanos) {
    wire time = {0};
    put_varint_field(&time, 1, (uint64_t)seconds);
    put_varint_field(&time, 2, (uint64_t)(int64_t)nanos);
    put_message(w, 1, &time);
}

static void put_entry(wire *w, const char *key, const char *value) {
    wire entry = {0};
    put_text(&entry, 1, key);
    put_text(&entry, 2, value);
    put_message(w, 6, &entry);
}

#endif
