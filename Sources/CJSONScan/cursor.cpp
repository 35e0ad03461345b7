// SPDX-License-Identifier: Apache-2.0
#include "cursor.hpp"

namespace creance {

static int hex_digit(uint8_t byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    if ((byte | 32) >= 'a' && (byte | 32) <= 'f') return (byte | 32) - 'a' + 10;
    return -1;
}

/// Four hexadecimal digits, or −1.
static int32_t code_unit(const uint8_t *from, const uint8_t *to) {
    if (to - from < 4) return -1;
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(from[i]);
        if (digit < 0) return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/// UTF-8 of a scalar value: never longer than the escape it comes from.
static unsigned encode(uint32_t scalar, uint8_t out[4]) {
    if (scalar < 0x80) {
        out[0] = uint8_t(scalar);
        return 1;
    }
    if (scalar < 0x800) {
        out[0] = uint8_t(0xC0 | scalar >> 6);
        out[1] = uint8_t(0x80 | (scalar & 63));
        return 2;
    }
    if (scalar < 0x10000) {
        out[0] = uint8_t(0xE0 | scalar >> 12);
        out[1] = uint8_t(0x80 | (scalar >> 6 & 63));
        out[2] = uint8_t(0x80 | (scalar & 63));
        return 3;
    }
    out[0] = uint8_t(0xF0 | scalar >> 18);
    out[1] = uint8_t(0x80 | (scalar >> 12 & 63));
    out[2] = uint8_t(0x80 | (scalar >> 6 & 63));
    out[3] = uint8_t(0x80 | (scalar & 63));
    return 4;
}

int64_t unescape(const uint8_t *from, const uint8_t *to, uint8_t *destination) {
    int64_t length = 0;
    while (from < to) {
        const auto *slash = static_cast<const uint8_t *>(memchr(from, '\\', size_t(to - from)));
        if (slash == nullptr) slash = to;
        if (destination) memcpy(destination + length, from, size_t(slash - from));
        length += slash - from;
        if (slash == to) break;
        if (to - slash < 2) return -1;
        from = slash + 2;
        uint8_t out[4];
        unsigned count = 1;
        switch (slash[1]) {
            case '"': out[0] = '"'; break;
            case '\\': out[0] = '\\'; break;
            case '/': out[0] = '/'; break;
            case 'b': out[0] = '\b'; break;
            case 'f': out[0] = '\f'; break;
            case 'n': out[0] = '\n'; break;
            case 'r': out[0] = '\r'; break;
            case 't': out[0] = '\t'; break;
            case 'u': {
                int32_t unit = code_unit(from, to);
                if (unit < 0) return -1;
                from += 4;
                uint32_t scalar = uint32_t(unit);
                if (scalar >= 0xD800 && scalar < 0xE000) {
                    int32_t low = scalar < 0xDC00 && to - from >= 6 && from[0] == '\\' && from[1] == 'u'
                                      ? code_unit(from + 2, to)
                                      : -1;
                    if (low >= 0xDC00 && low < 0xE000) {
                        scalar = 0x10000 + ((scalar - 0xD800) << 10) + (uint32_t(low) - 0xDC00);
                        from += 6;
                    } else {
                        scalar = 0xFFFD;
                    }
                }
                count = encode(scalar, out);
                break;
            }
            default: return -1;
        }
        if (destination) memcpy(destination + length, out, count);
        length += count;
    }
    return length;
}

bool Cursor::skip_value(unsigned outside) {
    uint64_t objects = 0;  // one bit per container that is open here, the innermost lowest: set for an object
    unsigned depth = 0;
    static_assert(CJSON_DEPTH_LIMIT <= 64);
value:
    switch (next()) {
        case '{':
        case '[': {
            if (outside + depth >= CJSON_DEPTH_LIMIT) return fail(CALERT_REJECT_TOO_DEEP);
            bool object = text[*at] == '{';
            objects = objects << 1 | object;
            depth++;
            at++;
            if (next() == (object ? '}' : ']')) {
                at++;
                goto close;
            }
            if (object) goto key;
            goto value;
        }
        case '"':
            if (!skip_string()) return false;
            break;
        case 't':
            if (!take_literal("true", 4)) return false;
            break;
        case 'f':
            if (!take_literal("false", 5)) return false;
            break;
        case 'n':
            if (!take_literal("null", 4)) return false;
            break;
        default: {
            if (ended()) return malformed();
            calert_field number = {};
            if (!calert_canonicalise_number(&number, text + *at, token_end() - *at)) return malformed();
            at++;
        }
    }
after:
    if (depth == 0) return true;
    if (next() == ',') {
        at++;
        if (!(objects & 1)) goto value;
    key:
        if (!skip_string() || !take(':')) return false;
        goto value;
    }
    if (next() != ((objects & 1) ? '}' : ']')) return malformed();
    at++;
close:
    objects >>= 1;
    depth--;
    goto after;
}

}  // namespace creance
