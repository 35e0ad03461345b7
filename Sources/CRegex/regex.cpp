// SPDX-License-Identifier: Apache-2.0
#include "cregex.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

struct cregex {
    re2::RE2 expression;
    cregex(const re2::StringPiece &pattern, const re2::RE2::Options &options) : expression(pattern, options) {}
};

static cregex *refuse(const std::string &reason, char *error, size_t capacity) {
    if (capacity > 0) {
        size_t length = std::min(reason.size(), capacity - 1);
        memcpy(error, reason.data(), length);
        error[length] = 0;
    }
    return nullptr;
}

cregex *cregex_create(const uint8_t *pattern, size_t length, uint32_t flags, int64_t memory_limit, char *error,
                      size_t error_capacity) {
    if (length > CREGEX_PATTERN_LIMIT) return refuse("pattern too long", error, error_capacity);
    bool ascii = std::all_of(pattern, pattern + length, [](uint8_t byte) { return byte < 128; });
    re2::RE2::Options options;
    options.set_encoding(ascii ? re2::RE2::Options::EncodingLatin1 : re2::RE2::Options::EncodingUTF8);
    options.set_max_mem(memory_limit);
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_case_sensitive(!(flags & CREGEX_IGNORE_CASE));
    options.set_dot_nl(flags & CREGEX_DOT_NEWLINE);
    std::string whole;
    // RE2's own option for lines exists in its POSIX syntax only; the flag group exists everywhere.
    if (flags & CREGEX_MULTILINE) whole = "(?m)";
    whole.append(reinterpret_cast<const char *>(pattern), length);
    auto made = std::make_unique<cregex>(whole, options);
    if (!made->expression.ok()) return refuse(made->expression.error(), error, error_capacity);
    return made.release();
}

void cregex_destroy(cregex *expression) { delete expression; }

static bool matches(const cregex *expression, const uint8_t *text, size_t length, re2::RE2::Anchor anchor) {
    re2::StringPiece piece(reinterpret_cast<const char *>(text), length);
    return expression->expression.Match(piece, 0, length, anchor, nullptr, 0);
}

bool cregex_matches_whole(const cregex *expression, const uint8_t *text, size_t length) {
    return matches(expression, text, length, re2::RE2::ANCHOR_BOTH);
}

bool cregex_matches_part(const cregex *expression, const uint8_t *text, size_t length) {
    return matches(expression, text, length, re2::RE2::UNANCHORED);
}
