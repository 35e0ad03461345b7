// SPDX-License-Identifier: Apache-2.0
#include "parser.hpp"

namespace creance {

/// The reason for a text that does not start like an object. Another JSON value is told from plain text.
static calert_reject_reason reason_of_other(Cursor &cursor) {
    bool json = cursor.skip_value(0) && cursor.ended();
    return json ? CALERT_REJECT_NOT_AN_OBJECT : CALERT_REJECT_PLAIN_TEXT;
}

static calert_reject_reason try_alert(cjson_parser *parser, calert_batch *batch, Cursor &cursor, const uint8_t *text,
                                      uint32_t length, int64_t arrival_time, calert_mark mark) {
    uint8_t *copy = calert_batch_reserve_bytes(batch, length);
    if (copy == nullptr) return CALERT_REJECT_TOO_LARGE;
    memcpy(copy, text, length);
    batch->byte_count += length;
    calert_record record;
    uint32_t shift = mark.byte_count - uint32_t(text - cursor.text);
    calert_reject_reason reason = read_alert(parser, batch, cursor, shift, arrival_time, &record);
    if (reason != CALERT_ACCEPTED) {
        calert_batch_rewind(batch, mark);
        return reason;
    }
    record.raw = {mark.byte_count, length};
    *calert_batch_append_record(batch) = record;
    return CALERT_ACCEPTED;
}

calert_reject_reason append_alert(cjson_parser *parser, calert_batch *batch, Cursor &cursor, const uint8_t *text,
                                  uint32_t length, int64_t arrival_time) {
    calert_reject_reason reason =
        *text == '{' ? try_alert(parser, batch, cursor, text, length, arrival_time, calert_batch_mark(batch))
                     : CALERT_REJECT_PLAIN_TEXT;
    if (reason != CALERT_ACCEPTED) calert_batch_reject(batch, reason, CALERT_FROM_JSON, text, length, arrival_time);
    return reason;
}

calert_reject_reason scan_text(cjson_parser *parser, calert_batch *batch, const uint8_t *text, size_t length,
                               int64_t arrival_time, calert_reject_reason instead_of_malformed, bool only_accept) {
    trim(text, length);
    calert_reject_reason reason = CALERT_REJECT_MALFORMED_JSON;
    if (length > CALERT_BYTES_LIMIT) {
        reason = CALERT_REJECT_TOO_LARGE;
    } else if (length != 0) {
        auto error = parser->stage1(text, length);
        if (error == simdjson::SUCCESS) {
            Cursor cursor(text, parser->positions(), 0, uint32_t(length));
            reason = *text == '{' ? try_alert(parser, batch, cursor, text, uint32_t(length), arrival_time, calert_batch_mark(batch))
                                  : reason_of_other(cursor);
        } else {
            reason = *text == '{' ? reason_of(error) : CALERT_REJECT_PLAIN_TEXT;
        }
    }
    if (reason == CALERT_ACCEPTED) {
        // A line feed can only stand between tokens here: inside a string it would be malformed.
        if (memchr(text, '\n', length) != nullptr) batch->records[batch->record_count - 1].flags |= CALERT_MULTILINE;
    } else {
        if (reason == CALERT_REJECT_MALFORMED_JSON) reason = instead_of_malformed;
        if (!only_accept) calert_batch_reject(batch, reason, CALERT_FROM_JSON, text, length, arrival_time);
    }
    return reason;
}

}  // namespace creance

using namespace creance;

calert_reject_reason cjson_scan_alert(cjson_parser *parser, calert_batch *batch, const uint8_t *raw, size_t length,
                                      int64_t arrival_time) {
    return scan_text(parser, batch, raw, length, arrival_time, CALERT_REJECT_MALFORMED_JSON, false);
}

bool cjson_unwrap(cjson_parser *parser, calert_batch *batch, uint32_t record_index) {
    if (record_index >= batch->record_count) return false;
    calert_record *outer = &batch->records[record_index];
    calert_slice wrapped = outer->output;
    // Only raw text is stable here: `derived` grows while the inner document is read.
    if (wrapped.length == 0 || (wrapped.offset & CALERT_DERIVED)) return false;
    const uint8_t *text = batch->bytes + wrapped.offset;
    if (*text != '{' || parser->stage1(text, wrapped.length) != simdjson::SUCCESS) return false;

    calert_mark mark = calert_batch_mark(batch);
    Cursor cursor(text, parser->positions(), 0, wrapped.length);
    calert_record inner;
    bool same = read_alert(parser, batch, cursor, wrapped.offset, outer->arrival_time, &inner) == CALERT_ACCEPTED &&
                inner.rule.length == outer->rule.length &&
                memcmp(calert_slice_bytes(batch, inner.rule), calert_slice_bytes(batch, outer->rule), inner.rule.length) == 0;
    if (!same) {
        calert_batch_rewind(batch, mark);
        return false;
    }
    bool has_time = !(inner.flags & CALERT_TIME_FROM_ARRIVAL);
    outer->output = inner.output;
    outer->message = inner.message;
    outer->wrapped = wrapped;
    outer->flags |= CALERT_WRAPPED_JSON;
    if (inner.hostname.length != 0) outer->hostname = inner.hostname;
    if (inner.source.length != 0) outer->source = inner.source;
    if (inner.tag_count != 0) {
        outer->first_tag = inner.first_tag;
        outer->tag_count = inner.tag_count;
    }
    if (has_time) {
        outer->event_time = inner.event_time;
        outer->flags &= uint16_t(~CALERT_TIME_FROM_ARRIVAL);
    }
    if (!(inner.flags & CALERT_NO_FIELDS)) {
        outer->first_field = inner.first_field;
        outer->field_count = inner.field_count;
        outer->flags &= uint16_t(~CALERT_NO_FIELDS);
    }
    return true;
}
