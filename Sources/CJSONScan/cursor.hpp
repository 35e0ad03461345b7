// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>

#include "calert_batch.h"
#include "cjson_scan.h"

namespace creance {

inline bool is_white_space(uint8_t byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }

/// The bytes between a string's quotes.
struct StringToken {
    uint32_t from;
    uint32_t to;
    bool escaped;
};

/// Writes the text of a string with escapes to `destination` (room for to − from bytes), or only checks it when that is
/// null. The length, or −1 for an escape that JSON does not have.
int64_t unescape(const uint8_t *from, const uint8_t *to, uint8_t *destination);

/// A walk over the positions that simdjson's stage 1 found in `text`.
///
/// Stage 1 gives one position for each of { } [ ] : , for each opening quote and for each start of anything else, and
/// behind the last one the text's length twice. So a token ends, but for white space, where the next one starts.
/// Invariant: `at` moves on only when `*at < end`, hence never behind the first of those two.
struct Cursor {
    const uint8_t *text;
    const uint32_t *at;
    uint32_t end;
    /// A backslash at or behind the last place asked about, or `end`: most alerts have none and pay one search for it.
    uint32_t backslash;
    calert_reject_reason failure = CALERT_ACCEPTED;

    Cursor(const uint8_t *text, const uint32_t *at, uint32_t start, uint32_t end) : text(text), at(at), end(end) {
        find_backslash(start);
    }

    bool fail(calert_reject_reason reason) {
        failure = reason;
        return false;
    }
    bool malformed() { return fail(CALERT_REJECT_MALFORMED_JSON); }

    bool ended() const { return *at >= end; }
    /// The next token's first byte; 0, which starts none, at the end.
    uint8_t next() const { return ended() ? 0 : text[*at]; }

    bool take(uint8_t expected) {
        if (next() != expected) return malformed();
        at++;
        return true;
    }

    /// Where the token at `at`, not at the end, ends.
    uint32_t token_end() const {
        uint32_t stop = at[1] < end ? at[1] : end;
        while (is_white_space(text[stop - 1])) stop--;
        return stop;
    }

    /// Stage 1 has checked that strings are closed and hold no control characters.
    bool take_string(StringToken &token) {
        if (next() != '"') return malformed();
        token.from = *at + 1;
        token.to = token_end() - 1;
        if (token.to < token.from || text[token.to] != '"') return malformed();
        if (backslash < token.from) find_backslash(token.from);
        token.escaped = backslash < token.to;
        at++;
        return true;
    }

    bool skip_string() {
        StringToken token;
        if (!take_string(token)) return false;
        return !token.escaped || unescape(text + token.from, text + token.to, nullptr) >= 0 || malformed();
    }

    bool take_literal(const char *word, uint32_t length) {
        if (ended() || token_end() - *at != length || memcmp(text + *at, word, length) != 0) return malformed();
        at++;
        return true;
    }

    /// Any value, its grammar checked. `depth` is how many objects and arrays it stands in.
    bool skip_value(unsigned depth);

private:
    void find_backslash(uint32_t from) {
        const void *found = memchr(text + from, '\\', end - from);
        backslash = found ? uint32_t(static_cast<const uint8_t *>(found) - text) : end;
    }
};

}  // namespace creance
