// SPDX-License-Identifier: Apache-2.0
#include "parser.hpp"

namespace creance {
namespace {

/// Stage 1 runs over a window of lines at once: small enough for the first-level caches, large enough that its fixed
/// cost is shared.
constexpr size_t window_bytes = 24u << 10;
constexpr size_t window_lines = 64;

struct Line {
    uint32_t from;  // from the window's start, white space around it left out
    uint32_t to;
};

/// The lines of one window, found before any is read.
struct Window {
    Line lines[window_lines];
    size_t count = 0;
    size_t length = 0;  // of all of them, line feeds included
};

}  // namespace

/// Reads a window in which stage 1 found nothing wrong. Its string state is outside at every line feed (inside a string
/// that would have been an error), so each line's positions are those it would have by itself.
static void read_window(cjson_parser *parser, calert_batch *batch, const uint8_t *text, const Window &window,
                        int64_t arrival_time) {
    const uint32_t *at = parser->positions();
    const uint32_t *last = at + parser->structure->n_structural_indexes;
    for (size_t i = 0; i < window.count; i++) {
        Line line = window.lines[i];
        Cursor cursor(text, at, line.from, line.to);
        calert_reject_reason reason =
            append_alert(parser, batch, cursor, text + line.from, line.to - line.from, arrival_time);
        at = cursor.at;
        if (reason != CALERT_ACCEPTED) {
            while (at < last && *at < line.to) at++;
        }
    }
}

static void read_one_by_one(cjson_parser *parser, calert_batch *batch, const uint8_t *text, const Window &window,
                            int64_t arrival_time) {
    for (size_t i = 0; i < window.count; i++) {
        Line line = window.lines[i];
        const uint8_t *start = text + line.from;
        if (*start == '{') {
            scan_text(parser, batch, start, line.to - line.from, arrival_time, CALERT_REJECT_MALFORMED_JSON, false);
        } else {
            calert_batch_reject(batch, CALERT_REJECT_PLAIN_TEXT, CALERT_FROM_JSON, start, line.to - line.from, arrival_time);
        }
    }
}

}  // namespace creance

using namespace creance;

cjson_lines_state cjson_scan_lines(cjson_parser *parser, calert_batch *batch, const uint8_t *buffer, size_t length,
                                   const cjson_limits *limits, int64_t arrival_time, size_t *consumed) {
    size_t done = 0;
    cjson_lines_state state = CJSON_ALL_READ;
    for (bool more = true; more;) {
        const uint8_t *text = buffer + done;
        Window window;
        uint64_t units = uint64_t(batch->record_count) + batch->reject_count, bytes = batch->byte_count;
        // Blank lines are part of a window's length, so that also ends it.
        while (window.length <= window_bytes) {
            const uint8_t *start = text + window.length;
            size_t rest = length - done - window.length;
            const auto *feed = rest == 0 ? nullptr : static_cast<const uint8_t *>(memchr(start, '\n', rest));
            size_t line_length = feed ? size_t(feed - start) : rest;
            if (feed == nullptr) {
                more = false;
                if (line_length > limits->text_limit && window.count == 0) state = CJSON_LINE_TOO_LONG;
                break;
            }
            const uint8_t *trimmed = start;
            size_t trimmed_length = line_length;
            trim(trimmed, trimmed_length);
            bool too_long = trimmed_length > limits->text_limit;
            if (trimmed_length != 0) {
                size_t kept = too_long && trimmed_length > CALERT_REJECT_BYTES ? CALERT_REJECT_BYTES : trimmed_length;
                if (units != 0 && (units >= limits->unit_limit || bytes + kept > limits->byte_limit)) {
                    more = false;
                    state = CJSON_BATCH_FULL;
                    break;
                }
                if (too_long) {
                    if (window.count != 0) break;  // those before it come first
                    cjson_reject_line(batch, trimmed, kept, trimmed_length, arrival_time);
                } else {
                    if (window.count == window_lines || (window.count != 0 && window.length + line_length > window_bytes)) break;
                    auto from = uint32_t(trimmed - text);
                    window.lines[window.count++] = {from, from + uint32_t(trimmed_length)};
                }
                units++;
                bytes += kept;
            }
            window.length += line_length + 1;
            if (too_long) break;
        }
        if (window.count != 0) {
            if (parser->stage1(text, window.length) == simdjson::SUCCESS) {
                read_window(parser, batch, text, window, arrival_time);
            } else {
                read_one_by_one(parser, batch, text, window, arrival_time);
            }
        }
        done += window.length;
        // Once the lines before it are read, the rest of the buffer is looked at again.
        if (!more && state == CJSON_ALL_READ && window.count != 0 && length - done > limits->text_limit) {
            state = CJSON_LINE_TOO_LONG;
        }
    }
    *consumed = done;
    return state;
}

calert_reject_reason cjson_scan_last_line(cjson_parser *parser, calert_batch *batch, const uint8_t *line, size_t length,
                                          const cjson_limits *limits, int64_t arrival_time) {
    trim(line, length);
    if (length == 0) return CALERT_ACCEPTED;
    if (length > limits->text_limit) {
        cjson_reject_line(batch, line, length, length, arrival_time);
        return CALERT_REJECT_TOO_LARGE;
    }
    if (*line != '{') {
        calert_batch_reject(batch, CALERT_REJECT_PLAIN_TEXT, CALERT_FROM_JSON, line, length, arrival_time);
        return CALERT_REJECT_PLAIN_TEXT;
    }
    return scan_text(parser, batch, line, length, arrival_time, CALERT_REJECT_TRUNCATED, false);
}

void cjson_reject_line(calert_batch *batch, const uint8_t *prefix, size_t prefix_length, uint64_t length,
                       int64_t arrival_time) {
    calert_batch_reject(batch, CALERT_REJECT_TOO_LARGE, CALERT_FROM_JSON, prefix, prefix_length, arrival_time);
    batch->rejects[batch->reject_count - 1].received_bytes = length;
}
