// SPDX-License-Identifier: Apache-2.0
#include "parser.hpp"

namespace creance {
namespace {

/// `cjson_body_place.form`: what the text at `offset` is part of.
enum Form : uint32_t {
    unknown,
    array,        // elements of an array
    sequence,     // objects one after another
    line_starts,  // as `sequence`, but braces have proved unreliable: a line that starts with `{` starts a unit
    broken,       // an array in which nothing can be told apart any more: the rest is one reject
    finished,
};

const uint8_t *skip_white_space(const uint8_t *at, const uint8_t *end) {
    while (at < end && is_white_space(*at)) at++;
    return at;
}

const uint8_t *line_end(const uint8_t *at, const uint8_t *end) {
    const void *feed = memchr(at, '\n', size_t(end - at));
    return feed ? static_cast<const uint8_t *>(feed) : end;
}

/// Behind the value at `at`: its brackets counted, its strings stepped over, nothing else checked. Null when it does not
/// end. With `line_feeds_end` so is a string that a line feed breaks.
const uint8_t *value_end(const uint8_t *at, const uint8_t *end, bool line_feeds_end) {
    size_t depth = 0;
    while (at < end) {
        switch (*at++) {
            case '{':
            case '[': depth++; continue;
            case '}':
            case ']':
                if (depth == 0) return at - 1;
                if (--depth == 0) return at;
                continue;
            case '"':
                while (true) {
                    if (at == end) return nullptr;
                    uint8_t byte = *at++;
                    if (byte == '"') break;
                    if (byte == '\n' && line_feeds_end) return nullptr;
                    if (byte == '\\') {
                        if (at == end) return nullptr;
                        at++;
                    }
                }
                if (depth == 0) return at;
                continue;
            case ',':
            case ' ':
            case '\t':
            case '\r':
            case '\n':
                if (depth == 0) return at - 1;
                continue;
            default: continue;
        }
    }
    return depth == 0 ? at : nullptr;
}

struct BodyReader {
    cjson_parser *parser;
    calert_batch *batch;
    const uint8_t *body;
    const uint8_t *end;
    const cjson_limits *limits;
    int64_t arrival_time;
    cjson_body_place *place;

    const uint8_t *at() const { return body + place->offset; }
    void move(const uint8_t *to) { place->offset = uint64_t(to - body); }

    void reject(calert_reject_reason reason, const uint8_t *from, const uint8_t *to) {
        size_t length = size_t(to - from);
        trim(from, length);
        calert_batch_reject(batch, reason, CALERT_FROM_JSON, from, length, arrival_time);
    }

    /// Appends the alert, or nothing when the reason is another than accepted.
    calert_reject_reason accept(const uint8_t *from, const uint8_t *to) {
        size_t length = size_t(to - from);
        if (length > limits->text_limit) return CALERT_REJECT_TOO_LARGE;
        return scan_text(parser, batch, from, length, arrival_time, CALERT_REJECT_MALFORMED_JSON, true);
    }

    void accept_or_reject(const uint8_t *from, const uint8_t *to) {
        calert_reject_reason reason = accept(from, to);
        if (reason != CALERT_ACCEPTED) reject(reason, from, to);
    }

    bool full(const uint8_t *from, const uint8_t *to) const { return is_full(batch, limits, size_t(to - from)); }

    // Each step reads at most one unit, and is false when the batch has no room for it.

    bool start() {
        const uint8_t *first = skip_white_space(at(), end);
        if (full(first, end)) return false;
        move(first);
        place->form = finished;
        if (first == end) {
            reject(CALERT_REJECT_MALFORMED_JSON, body, end);
        } else if (*first == '[') {
            move(first + 1);
            place->form = array;
        } else if (*first == '{') {
            // Nearly every body is one object.
            if (accept(first, end) != CALERT_ACCEPTED) place->form = sequence;
        } else {
            accept_or_reject(first, end);
        }
        return true;
    }

    bool next_in_array() {
        const uint8_t *from = skip_white_space(at(), end);
        if (from < end && *from == ']') {
            move(from + 1);
            place->form = sequence;
            return true;
        }
        const uint8_t *to = value_end(from, end, false);
        const uint8_t *after = to ? skip_white_space(to, end) : end;
        bool whole = to != nullptr && to != from;
        if (full(from, whole ? to : end)) return false;
        if (!whole) {
            reject(from == end || to == nullptr ? CALERT_REJECT_TRUNCATED : CALERT_REJECT_MALFORMED_JSON, from, end);
            place->form = finished;
            return true;
        }
        calert_reject_reason reason = accept(from, to);
        if (reason == CALERT_REJECT_PLAIN_TEXT) reason = CALERT_REJECT_MALFORMED_JSON;
        bool goes_on = after < end && (*after == ',' || *after == ']');
        if (goes_on || after == end) {
            if (reason != CALERT_ACCEPTED) reject(reason, from, to);
            // At the end of the text the next step finds the array unclosed.
            move(goes_on && *after == ',' ? after + 1 : after);
        } else {
            move(reason == CALERT_ACCEPTED ? after : from);
            place->form = broken;
        }
        return true;
    }

    bool rest_of_broken() {
        if (full(at(), end)) return false;
        reject(CALERT_REJECT_MALFORMED_JSON, at(), end);
        place->form = finished;
        return true;
    }

    bool next_in_sequence() {
        const uint8_t *from = skip_white_space(at(), end);
        move(from);
        if (from == end) {
            place->form = finished;
        } else if (*from == '[') {
            move(from + 1);
            place->form = array;
        } else if (*from == '{') {
            const uint8_t *to = value_end(from, end, true);
            if (to == nullptr) {
                place->form = line_starts;
                return true;
            }
            if (full(from, to)) return false;
            calert_reject_reason reason = accept(from, to);
            // Of an object that is not even JSON nobody knows where it ends.
            if (reason == CALERT_REJECT_MALFORMED_JSON) to = line_end(to, end);
            if (reason != CALERT_ACCEPTED) reject(reason, from, to);
            move(to);
        } else {
            const uint8_t *to = line_end(from, end);
            if (full(from, to)) return false;
            reject(CALERT_REJECT_PLAIN_TEXT, from, to);
            move(to);
        }
        return true;
    }

    bool next_by_line_starts() {
        const uint8_t *from = skip_white_space(at(), end), *to = from;
        if (from == end) {
            place->form = finished;
            return true;
        }
        while (true) {
            to = line_end(to, end);
            if (to == end) break;
            const uint8_t *next = to + 1;
            while (next < end && (*next == ' ' || *next == '\t')) next++;
            if (next == end || *next == '{') break;
            to = next;
        }
        if (full(from, to)) return false;
        accept_or_reject(from, to);
        move(to);
        return true;
    }
};

}  // namespace
}  // namespace creance

bool cjson_scan_body(cjson_parser *parser, calert_batch *batch, const uint8_t *body, size_t length,
                     const cjson_limits *limits, int64_t arrival_time, cjson_body_place *place) {
    creance::BodyReader reader = {parser, batch, body, body + length, limits, arrival_time, place};
    while (true) {
        bool more = true;
        switch (place->form) {
            case creance::unknown: more = reader.start(); break;
            case creance::array: more = reader.next_in_array(); break;
            case creance::sequence: more = reader.next_in_sequence(); break;
            case creance::line_starts: more = reader.next_by_line_starts(); break;
            case creance::broken: more = reader.rest_of_broken(); break;
            default: return true;
        }
        if (!more) return false;
    }
}
