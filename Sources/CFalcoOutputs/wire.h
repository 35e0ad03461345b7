// SPDX-License-Identifier: Apache-2.0
//
// The protobuf wire, for the scanner only. `at` may be `end`: up to eight bytes from there on are read, so they must be
// readable (CALERT_PADDING), and what was read of them is then refused.
#ifndef CFALCO_WIRE_H
#define CFALCO_WIRE_H

#include <stdint.h>
#include <string.h>

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, GROUP = 3, GROUP_END = 4, FIXED32 = 5 };

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are loaded as they stand");

/// Up to ten bytes, bits above 64 are lost as everywhere. NULL when there are more or they pass `end`.
__attribute__((noinline)) static const uint8_t *read_long_varint(const uint8_t *at, const uint8_t *end, uint64_t *value) {
    uint64_t sum = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (UNLIKELY(at >= end)) return NULL;
        uint8_t byte = *at++;
        sum |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = sum;
            return at;
        }
    }
    return NULL;
}

/// The same; up to eight bytes are taken as one word, whose groups of seven bits then move together.
static inline const uint8_t *read_varint(const uint8_t *at, const uint8_t *end, uint64_t *value) {
    uint64_t word;
    memcpy(&word, at, 8);
    uint64_t stops = ~word & 0x8080808080808080ull;
    if (UNLIKELY(stops == 0)) return read_long_varint(at, end, value);
    word &= (stops ^ (stops - 1)) & 0x7f7f7f7f7f7f7f7full;
    word = (word & 0x007f007f007f007full) | (word & 0x7f007f007f007f00ull) >> 1;
    word = (word & 0x00003fff00003fffull) | (word & 0x3fff00003fff0000ull) >> 2;
    *value = (word & 0x0fffffff) | (word & 0x0fffffff00000000ull) >> 4;
    at += __builtin_ctzll(stops) / 8 + 1;
    return LIKELY(at <= end) ? at : NULL;
}

/// Up to five bytes that fit 32 bits: what tags and lengths may be.
static const uint8_t *read_short_varint(const uint8_t *at, const uint8_t *end, uint32_t *value) {
    uint64_t wide;
    const uint8_t *next = read_varint(at, end, &wide);
    if (next == NULL || next - at > 5 || wide > UINT32_MAX) return NULL;
    *value = (uint32_t)wide;
    return next;
}

/// A length and that many bytes. Returns where the bytes start, or NULL.
static inline const uint8_t *read_bytes(const uint8_t *at, const uint8_t *end, uint32_t *length) {
    if (LIKELY(at[0] < 0x80)) {
        *length = at[0];
        at += 1;
    } else if (LIKELY(at[1] < 0x80)) {
        *length = (at[0] & 0x7fu) | (uint32_t)at[1] << 7;
        at += 2;
    } else {
        at = read_short_varint(at, end, length);
        if (at == NULL) return NULL;
    }
    return LIKELY(at <= end && *length <= (size_t)(end - at)) ? at : NULL;
}

/// A field's number and wire type.
static inline const uint8_t *read_tag(const uint8_t *at, const uint8_t *end, uint32_t *tag) {
    if (LIKELY(at[0] < 0x80)) {
        *tag = at[0];
        return at + 1;
    }
    return read_short_varint(at, end, tag);
}

#endif
