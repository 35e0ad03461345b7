// SPDX-License-Identifier: Apache-2.0
#include "parser.hpp"

namespace creance {
namespace {

/// The keys of Falco's JSON. `uuid` is falcosidekick's and, like every other key, of no meaning here.
enum class Key { other, rule, time, tags, output, source, message, priority, hostname, output_fields };

Key known_key(const uint8_t *text, size_t length) {
    // The length of the literal, so that the comparison is a few instructions and no call.
    auto is = [&](const auto &name) { return memcmp(text, name, sizeof name - 1) == 0; };
    switch (length) {
        case 4:
            if (is("rule")) return Key::rule;
            if (is("time")) return Key::time;
            if (is("tags")) return Key::tags;
            break;
        case 6:
            if (is("output")) return Key::output;
            if (is("source")) return Key::source;
            break;
        case 7:
            if (is("message")) return Key::message;
            break;
        case 8:
            if (is("priority")) return Key::priority;
            if (is("hostname")) return Key::hostname;
            break;
        case 13:
            if (is("output_fields")) return Key::output_fields;
            break;
    }
    return Key::other;
}

/// One alert, from its opening brace to its end.
struct AlertReader {
    cjson_parser *parser;
    calert_batch *batch;
    Cursor &cursor;
    uint32_t shift;
    calert_record *record;
    /// The first thing wrong with it that is not its grammar, which goes before.
    calert_reject_reason complaint = CALERT_ACCEPTED;
    bool names_rule = false;
    bool names_priority = false;
    bool has_priority = false;
    bool has_fields = false;
    bool has_time = false;
    int64_t time = 0;

    void complain(calert_reject_reason reason) {
        if (complaint == CALERT_ACCEPTED) complaint = reason;
    }

    /// The slice of a string's text: in place, or unescaped into `derived`.
    bool slice(const StringToken &token, calert_slice &out) {
        if (!token.escaped) {
            out = {shift + token.from, token.to - token.from};
            return true;
        }
        uint8_t *room = calert_batch_reserve_derived(batch, token.to - token.from);
        if (room == nullptr) return cursor.fail(CALERT_REJECT_TOO_LARGE);
        int64_t length = unescape(cursor.text + token.from, cursor.text + token.to, room);
        if (length < 0) return cursor.malformed();
        out = {batch->derived_count | CALERT_DERIVED, uint32_t(length)};
        batch->derived_count += uint32_t(length);
        return true;
    }

    /// `text` is only looked at before the batch grows again.
    bool string(calert_slice &out, const uint8_t *&text) {
        StringToken token;
        if (!cursor.take_string(token) || !slice(token, out)) return false;
        text = token.escaped ? calert_slice_bytes(batch, out) : cursor.text + token.from;
        return true;
    }

    bool read() {
        if (!cursor.take('{')) return false;
        if (cursor.next() == '}') {
            cursor.at++;
        } else {
            do {
                calert_slice key;
                const uint8_t *text;
                if (!string(key, text)) return false;
                Key known = known_key(text, key.length);
                if (!cursor.take(':') || !member(known)) return false;
            } while (cursor.next() == ',' && cursor.take(','));
            if (!cursor.take('}')) return false;
        }
        return cursor.ended() || cursor.malformed();
    }

    bool member(Key key) {
        uint8_t first = cursor.next();
        names_rule |= key == Key::rule;
        names_priority |= key == Key::priority;
        if (key == Key::other) return cursor.skip_value(1);
        if (first == 'n') {
            forget(key);
            return cursor.take_literal("null", 4);
        }
        uint8_t expected = key == Key::tags ? '[' : key == Key::output_fields ? '{' : '"';
        if (first != expected) {
            complain(CALERT_REJECT_WRONG_TYPE);
            return cursor.skip_value(1);
        }
        if (key == Key::tags) return tags();
        if (key == Key::output_fields) return fields();
        calert_slice value;
        const uint8_t *text;
        if (!string(value, text)) return false;
        switch (key) {
            case Key::rule: record->rule = value; break;
            case Key::output: record->output = value; break;
            case Key::source: record->source = value; break;
            case Key::message: record->message = value; break;
            case Key::hostname: record->hostname = value; break;
            case Key::time: has_time = calert_parse_time(text, value.length, &time); break;
            case Key::priority: {
                int priority = calert_parse_priority(text, value.length);
                has_priority = true;
                if (priority < 0) complain(CALERT_REJECT_UNKNOWN_PRIORITY);
                record->priority = uint8_t(priority);
                break;
            }
            default: break;
        }
        return true;
    }

    /// A null in the place of a known key, which may have had a value before.
    void forget(Key key) {
        switch (key) {
            case Key::rule: record->rule = {}; break;
            case Key::output: record->output = {}; break;
            case Key::source: record->source = {}; break;
            case Key::message: record->message = {}; break;
            case Key::hostname: record->hostname = {}; break;
            case Key::time: has_time = false; break;
            case Key::priority: has_priority = false; break;
            case Key::tags: batch->tag_count = record->first_tag; break;
            case Key::output_fields:
                batch->field_count = record->first_field;
                has_fields = false;
                break;
            case Key::other: break;
        }
    }

    bool tags() {
        forget(Key::tags);
        cursor.at++;
        if (cursor.next() == ']') {
            cursor.at++;
            return true;
        }
        do {
            if (cursor.next() != '"') {
                complain(CALERT_REJECT_WRONG_TYPE);
                if (!cursor.skip_value(2)) return false;
                continue;
            }
            calert_slice tag;
            const uint8_t *text;
            if (!string(tag, text)) return false;
            if (batch->tag_count - record->first_tag == CALERT_TAG_LIMIT) return cursor.fail(CALERT_REJECT_TOO_MANY_FIELDS);
            *calert_batch_append_tag(batch) = tag;
        } while (cursor.next() == ',' && cursor.take(','));
        return cursor.take(']');
    }

    bool fields() {
        forget(Key::output_fields);
        has_fields = true;
        parser->places.clear();
        cursor.at++;
        if (cursor.next() == '}') {
            cursor.at++;
            return true;
        }
        do {
            calert_field field = {};
            const uint8_t *text;
            if (!string(field.key, text)) return false;
            calert_classify_key(text, field.key.length, &field.key_id, &field.type);
            uint32_t fresh = batch->field_count;
            uint32_t index = parser->places.find(batch, field.key_id, text, field.key.length, fresh);
            if (!cursor.take(':') || !value(field)) return false;
            if (index != fresh) {
                batch->fields[index] = field;
                continue;
            }
            if (fresh - record->first_field == CALERT_FIELD_LIMIT) return cursor.fail(CALERT_REJECT_TOO_MANY_FIELDS);
            append(field);
        } while (cursor.next() == ',' && cursor.take(','));
        return cursor.take('}');
    }

    void append(const calert_field &field) {
        if (batch->field_count < batch->field_capacity) {
            batch->fields[batch->field_count++] = field;
        } else {
            *calert_batch_append_field(batch) = field;
        }
    }

    bool value(calert_field &field) {
        switch (cursor.next()) {
            case '"': {
                const uint8_t *text;
                if (!string(field.text, text)) return false;
                calert_canonicalise_string(&field, text, field.text.length);
                return true;
            }
            case '{':
            case '[': {
                uint32_t from = *cursor.at;
                if (!cursor.skip_value(2)) return false;
                field.text = {shift + from, cursor.at[-1] + 1 - from};
                field.kind = CALERT_JSON;
                return true;
            }
            case 't':
                field.text = {shift + *cursor.at, 4};
                field.kind = CALERT_BOOL;
                field.number.i = 1;
                return cursor.take_literal("true", 4);
            case 'f':
                field.text = {shift + *cursor.at, 5};
                field.kind = CALERT_BOOL;
                return cursor.take_literal("false", 5);
            case 'n':
                field.kind = CALERT_NULL;
                return cursor.take_literal("null", 4);
            default: {
                if (cursor.ended()) return cursor.malformed();
                uint32_t from = *cursor.at, length = cursor.token_end() - from;
                field.text = {shift + from, length};
                if (!calert_canonicalise_number(&field, cursor.text + from, length)) return cursor.malformed();
                cursor.at++;
                return true;
            }
        }
    }
};

}  // namespace

calert_reject_reason read_alert(cjson_parser *parser, calert_batch *batch, Cursor &cursor, uint32_t shift,
                                int64_t arrival_time, calert_record *record) {
    *record = {};
    record->encoding = CALERT_FROM_JSON;
    record->first_field = batch->field_count;
    record->first_tag = batch->tag_count;
    AlertReader reader = {parser, batch, cursor, shift, record};
    if (!reader.read()) return cursor.failure;
    if (!reader.names_rule && !reader.names_priority) return CALERT_REJECT_NOT_AN_ALERT;
    if (reader.complaint != CALERT_ACCEPTED) return reader.complaint;
    if (record->rule.length == 0 || !reader.has_priority) return CALERT_REJECT_NOT_AN_ALERT;
    record->field_count = uint16_t(batch->field_count - record->first_field);
    record->tag_count = uint16_t(batch->tag_count - record->first_tag);
    if (!reader.has_fields) record->flags |= CALERT_NO_FIELDS;
    calert_record_set_time(record, reader.has_time, reader.time, arrival_time);
    return calert_record_complete(batch, record) ? CALERT_ACCEPTED : CALERT_REJECT_TOO_LARGE;
}

}  // namespace creance
