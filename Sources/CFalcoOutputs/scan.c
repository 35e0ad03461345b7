// SPDX-License-Identifier: Apache-2.0
//
// One pass over the wire. Every read past the message's end falls into the batch's padding and is then refused, so
// the common case checks its bounds once per field.
#include "cfalco_scan.h"

#include <string.h>

#include "falco_fields.h"
#include "wire.h"

/// Keys outside Falco's list that are compared one by one; with more, equal ones are found by sorting at the end.
#define COMPARED_KEYS 32
/// Words for one bit per field id.
#define ID_WORDS ((CALERT_FIELD_ID_COUNT + 63) / 64)

typedef struct {
    calert_batch *batch;
    const uint8_t *base;       ///< batch->bytes, which stays where it is during a scan
    uint32_t first_field;
    uint32_t last_field;       ///< where the fields of this alert end at the limit, equal keys counted
    uint32_t room;             ///< where the table has to grow, or `last_field`
    bool too_many;             ///< more entries or tags than an alert may have
    uint32_t unlisted;         ///< keys outside Falco's list
    uint64_t unlisted_bits;    ///< one of 64 bits per such key: clear means never seen
    uint64_t ids[ID_WORDS];    ///< one bit per field id that was seen
    calert_reject_reason wire; ///< why the walk over the wire ended early
} scan;

// ---- Unknown fields ----

/// Steps over the value of an unknown field. NULL when it is malformed, with the reason in `wire`.
static const uint8_t *skip(scan *scan, const uint8_t *at, const uint8_t *end, uint32_t tag) {
    uint32_t open[CFALCO_GROUP_DEPTH];
    unsigned depth = 0;
    for (;;) {
        uint64_t number;
        uint32_t length;
        if (tag >> 3 == 0) return NULL;
        switch (tag & 7) {
            case VARINT: at = read_varint(at, end, &number); break;
            case FIXED64: at = end - at >= 8 ? at + 8 : NULL; break;
            case FIXED32: at = end - at >= 4 ? at + 4 : NULL; break;
            case BYTES:
                at = read_bytes(at, end, &length);
                if (at != NULL) at += length;
                break;
            case GROUP:
                if (depth == CFALCO_GROUP_DEPTH) {
                    scan->wire = CALERT_REJECT_TOO_DEEP;
                    return NULL;
                }
                open[depth++] = tag >> 3;
                break;
            case GROUP_END:
                if (depth == 0 || open[--depth] != tag >> 3) return NULL;
                break;
            default: return NULL;
        }
        if (at == NULL || depth == 0) return at;
        at = read_short_varint(at, end, &tag);
        if (at == NULL) return NULL;
    }
}

// ---- Timestamp ----

static const uint8_t *scan_time(scan *scan, const uint8_t *at, const uint8_t *end, int64_t *seconds, int32_t *nanos) {
    while (at < end) {
        uint32_t tag;
        uint64_t value;
        at = read_tag(at, end, &tag);
        if (UNLIKELY(at == NULL)) return NULL;
        if (LIKELY(tag == (1 << 3 | VARINT))) {
            at = read_varint(at, end, &value);
            if (at != NULL) *seconds = (int64_t)value;
        } else if (LIKELY(tag == (2 << 3 | VARINT))) {
            at = read_varint(at, end, &value);
            if (at != NULL) *nanos = (int32_t)(uint32_t)value;
        } else {
            at = tag >> 3 == 1 || tag >> 3 == 2 ? NULL : skip(scan, at, end, tag);
        }
        if (UNLIKELY(at == NULL)) return NULL;
    }
    return at;
}

// ---- Output fields ----

static inline calert_slice slice(const scan *scan, const uint8_t *at, uint32_t length) {
    return (calert_slice){(uint32_t)(at - scan->base), length};
}

static bool same_key(const scan *scan, const calert_field *one, const calert_field *other) {
    return one->key.length == other->key.length &&
           memcmp(scan->base + one->key.offset, scan->base + other->key.offset, one->key.length) == 0;
}

static void take_value(calert_field *field, const calert_field *later) {
    field->text = later->text;
    field->number = later->number;
    field->kind = later->kind;
}

/// The newest field may repeat the key of an earlier one: then its value moves there and it goes.
static void merge_newest(scan *scan) {
    calert_batch *batch = scan->batch;
    calert_field *newest = &batch->fields[batch->field_count - 1];
    for (calert_field *field = &batch->fields[scan->first_field]; field < newest; field++) {
        if (field->key_id == newest->key_id && same_key(scan, field, newest)) {
            take_value(field, newest);
            batch->field_count--;
            scan->last_field--;
            scan->room = scan->room < scan->last_field ? scan->room : scan->last_field;
            return;
        }
    }
}

static int compare_keys(const scan *scan, const calert_field *one, const calert_field *other) {
    if (one->key.length != other->key.length) return one->key.length < other->key.length ? -1 : 1;
    return memcmp(scan->base + one->key.offset, scan->base + other->key.offset, one->key.length);
}

/// The same for all fields at once, in n log n comparisons whatever the keys: a stable merge sort of their indices.
__attribute__((noinline)) static void merge_all(scan *scan) {
    calert_field *fields = &scan->batch->fields[scan->first_field];
    uint32_t count = scan->batch->field_count - scan->first_field;
    uint16_t order[CALERT_FIELD_LIMIT], spare[CALERT_FIELD_LIMIT];
    uint16_t *from = order, *to = spare;
    for (uint32_t i = 0; i < count; i++) from[i] = (uint16_t)i;
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t start = 0; start < count; start += 2 * width) {
            uint32_t middle = start + width < count ? start + width : count;
            uint32_t stop = start + 2 * width < count ? start + 2 * width : count;
            for (uint32_t left = start, right = middle, out = start; out < stop; out++) {
                bool take_left = left < middle &&
                    (right == stop || compare_keys(scan, &fields[from[left]], &fields[from[right]]) <= 0);
                to[out] = take_left ? from[left++] : from[right++];
            }
        }
        uint16_t *swap = from;
        from = to;
        to = swap;
    }
    // `to` is free now: it marks the fields that go.
    memset(to, 0, count * sizeof *to);
    for (uint32_t i = 0; i < count;) {
        uint32_t last = i;
        while (last + 1 < count && same_key(scan, &fields[from[i]], &fields[from[last + 1]])) to[from[++last]] = 1;
        if (last > i) take_value(&fields[from[i]], &fields[from[last]]);
        i = last + 1;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!to[i]) fields[kept++] = fields[i];
    }
    scan->batch->field_count = scan->first_field + kept;
}

/// One of 64 bits for a key, from its length and its ends. Reads eight bytes from `key`, into the padding at worst.
static inline uint64_t key_bit(const uint8_t *key, uint32_t length) {
    uint64_t head, tail;
    memcpy(&head, key, 8);
    if (length >= 8) {
        memcpy(&tail, key + length - 8, 8);
    } else {
        tail = head = length == 0 ? 0 : head << (64 - 8 * length);
    }
    return 1ull << (((head ^ tail * 0x9E3779B97F4A7C15ull ^ length) * 0xBF58476D1CE4E5B9ull) >> 58);
}

__attribute__((noinline)) static bool grow_fields(scan *scan) {
    calert_batch *batch = scan->batch;
    if (batch->field_count >= scan->last_field) {
        scan->too_many = true;
        return false;
    }
    calert_batch_append_field(batch);
    batch->field_count--;
    scan->room = batch->field_capacity < scan->last_field ? batch->field_capacity : scan->last_field;
    return true;
}

static inline __attribute__((always_inline)) void add_entry(scan *scan, const uint8_t *key, uint32_t key_length,
                                                            const uint8_t *text, uint32_t text_length) {
    calert_batch *batch = scan->batch;
    if (UNLIKELY(batch->field_count >= scan->room) && !grow_fields(scan)) return;
    calert_field *field = &batch->fields[batch->field_count++];
    field->key = slice(scan, key, key_length);
    field->text = slice(scan, text, text_length);
    field->number.i = 0;
    field->flags = 0;
    calert_set_text(field, key, key_length, text, text_length);
    uint64_t bit, *seen;
    if (LIKELY(field->key_id != 0)) {
        bit = 1ull << (field->key_id & 63);
        seen = &scan->ids[field->key_id / 64];
    } else {
        scan->unlisted++;
        bit = key_bit(key, key_length);
        seen = &scan->unlisted_bits;
    }
    bool maybe = (*seen & bit) != 0;
    *seen |= bit;
    if (UNLIKELY(maybe) && (field->key_id != 0 || scan->unlisted <= COMPARED_KEYS)) merge_newest(scan);
}

/// A map entry in any form.
__attribute__((noinline)) static bool scan_entry(scan *scan, const uint8_t *at, const uint8_t *end) {
    const uint8_t *key = at, *text = at;
    uint32_t key_length = 0, text_length = 0;
    while (at < end) {
        uint32_t tag;
        at = read_tag(at, end, &tag);
        if (at == NULL) return false;
        if (tag == (1 << 3 | BYTES)) {
            at = key = read_bytes(at, end, &key_length);
            if (at == NULL) return false;
            at += key_length;
        } else if (tag == (2 << 3 | BYTES)) {
            at = text = read_bytes(at, end, &text_length);
            if (at == NULL) return false;
            at += text_length;
        } else {
            at = tag >> 3 == 1 || tag >> 3 == 2 ? NULL : skip(scan, at, end, tag);
            if (at == NULL) return false;
        }
    }
    if (at != end) return false;
    add_entry(scan, key, key_length, text, text_length);
    return true;
}

/// The bulk of an alert: entries below 128 bytes of the form 32 length 0A key-length key 12 value-length value, one
/// behind the other. Stops in front of the first that is anything else, which `walk` then reads with care.
static inline const uint8_t *scan_plain_entries(scan *scan, const uint8_t *at, const uint8_t *end) {
    while (at[0] == (6 << 3 | BYTES)) {
        uint32_t length = at[1], key_length = at[3];
        const uint8_t *key = at + 4, *next = at + 2 + length;
        if (UNLIKELY(length >= 0x80 || next > end || at[2] != (1 << 3 | BYTES) || key_length + 4 > length)) break;
        uint32_t text_length = length - key_length - 4;
        if (UNLIKELY(key[key_length] != (2 << 3 | BYTES) || key[key_length + 1] != text_length)) break;
        add_entry(scan, key, key_length, key + key_length + 2, text_length);
        at = next;
    }
    return at;
}

// ---- The response ----

static bool looks_like_json(const uint8_t *text, uint32_t length) {
    const uint8_t *end = text + length;
    while (text < end && (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r')) text++;
    while (text < end && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\n' || end[-1] == '\r')) end--;
    return end - text >= 2 && *text == '{' && end[-1] == '}';
}

/// What Falco before 0.30 sent instead of a name.
static bool name_source(calert_batch *batch, uint32_t number, calert_slice *source) {
    static const char *const names[] = {"syscall", "k8s_audit", "internal", "plugin"};
    if (number > 3) return true;
    uint32_t length = (uint32_t)strlen(names[number]);
    uint8_t *text = calert_batch_reserve_derived(batch, length);
    if (text == NULL) return false;
    memcpy(text, names[number], length);
    *source = (calert_slice){batch->derived_count | CALERT_DERIVED, length};
    batch->derived_count += length;
    return true;
}

typedef struct {
    int64_t seconds;
    int32_t nanos;
    uint32_t priority;
    uint32_t source_number;
} scalars;

static inline __attribute__((always_inline)) void add_tag(scan *scan, const calert_record *record, const uint8_t *at,
                                                          uint32_t length) {
    calert_batch *batch = scan->batch;
    if (UNLIKELY(batch->tag_count - record->first_tag >= CALERT_TAG_LIMIT)) {
        scan->too_many = true;
        return;
    }
    calert_slice *slot = LIKELY(batch->tag_count < batch->tag_capacity) ? &batch->tags[batch->tag_count++]
                                                                        : calert_batch_append_tag(batch);
    *slot = slice(scan, at, length);
}

/// Tags below 128 bytes, one behind the other. Stops in front of anything else.
static inline const uint8_t *scan_plain_tags(scan *scan, const calert_record *record, const uint8_t *at,
                                             const uint8_t *end) {
    while (at[0] == (8 << 3 | BYTES)) {
        uint32_t length = at[1];
        const uint8_t *next = at + 2 + length;
        if (UNLIKELY(length >= 0x80 || next > end)) break;
        add_tag(scan, record, at + 2, length);
        at = next;
    }
    return at;
}

/// Walks over the message; false when it is malformed.
static bool walk(scan *scan, const uint8_t *at, const uint8_t *end, calert_record *record, scalars *scalars) {
    for (;;) {
        uint32_t tag, length;
        uint64_t number;
        at = scan_plain_entries(scan, at, end);
        if (at >= end) return at == end;
        at = read_tag(at, end, &tag);
        if (UNLIKELY(at == NULL)) return false;
        if (LIKELY((tag & 7) == BYTES)) {
            const uint8_t *bytes = read_bytes(at, end, &length);
            if (UNLIKELY(bytes == NULL)) return false;
            at = bytes + length;
            switch (tag >> 3) {
                case 6:
                    if (UNLIKELY(!scan_entry(scan, bytes, at))) return false;
                    continue;
                case 8:
                    add_tag(scan, record, bytes, length);
                    at = scan_plain_tags(scan, record, at, end);
                    continue;
                case 1:
                    if (UNLIKELY(scan_time(scan, bytes, at, &scalars->seconds, &scalars->nanos) == NULL)) return false;
                    continue;
                case 4: record->rule = slice(scan, bytes, length); continue;
                case 5: record->output = slice(scan, bytes, length); continue;
                case 7: record->hostname = slice(scan, bytes, length); continue;
                case 9: record->source = slice(scan, bytes, length); continue;
                case 0: case 2: case 3: return false;
                default: continue;
            }
        }
        switch (tag) {
            case 2 << 3 | VARINT:
                at = read_varint(at, end, &number);
                scalars->priority = (uint32_t)number;
                break;
            case 3 << 3 | VARINT:
                at = read_varint(at, end, &number);
                scalars->source_number = (uint32_t)number;
                break;
            default:
                at = tag >> 3 <= 9 ? NULL : skip(scan, at, end, tag);
                break;
        }
        if (UNLIKELY(at == NULL)) return false;
    }
}

static calert_reject_reason decode(calert_batch *batch, uint32_t length, int64_t arrival_time) {
    const uint8_t *message = batch->bytes + batch->byte_count;
    uint32_t last_field = batch->field_count + CALERT_FIELD_LIMIT;
    scan scan = {.batch = batch, .base = batch->bytes, .first_field = batch->field_count, .last_field = last_field,
                 .room = batch->field_capacity < last_field ? batch->field_capacity : last_field,
                 .wire = CALERT_REJECT_MALFORMED_PROTOBUF};
    scalars scalars = {0};
    calert_record record = {.raw = {batch->byte_count, length}, .first_field = batch->field_count,
                            .first_tag = batch->tag_count, .encoding = CALERT_FROM_PROTOBUF};
    if (UNLIKELY(!walk(&scan, message, message + length, &record, &scalars))) return scan.wire;
    if (UNLIKELY(scan.too_many)) return CALERT_REJECT_TOO_MANY_FIELDS;
    if (UNLIKELY(record.rule.length == 0)) return CALERT_REJECT_NOT_AN_ALERT;
    if (UNLIKELY(scalars.priority > 7)) return CALERT_REJECT_UNKNOWN_PRIORITY;
    if (UNLIKELY(scan.unlisted > COMPARED_KEYS)) merge_all(&scan);
    if (UNLIKELY(record.source.length == 0) && !name_source(batch, scalars.source_number, &record.source)) {
        return CALERT_REJECT_TOO_LARGE;
    }
    int64_t time = 0;
    bool valid = calert_timestamp_nanoseconds(scalars.seconds, scalars.nanos, &time);
    calert_record_set_time(&record, valid, time, arrival_time);
    record.priority = (uint8_t)scalars.priority;
    record.field_count = (uint16_t)(batch->field_count - record.first_field);
    record.tag_count = (uint16_t)(batch->tag_count - record.first_tag);
    if (looks_like_json(batch->bytes + record.output.offset, record.output.length)) record.flags |= CALERT_MAYBE_WRAPPED;
    bool has_time = (scan.ids[CALERT_FIELD_EVT_TIME / 64] & 1ull << CALERT_FIELD_EVT_TIME % 64) != 0;
    if (LIKELY(!has_time) && !calert_record_add_time(batch, &record)) return CALERT_REJECT_TOO_LARGE;
    *calert_batch_append_record(batch) = record;
    batch->byte_count += length;
    return CALERT_ACCEPTED;
}

calert_reject_reason cfalco_scan_response(calert_batch *batch, uint32_t length, int64_t arrival_time) {
    calert_mark mark = calert_batch_mark(batch);
    calert_reject_reason reason = decode(batch, length, arrival_time);
    if (UNLIKELY(reason != CALERT_ACCEPTED)) {
        calert_batch_rewind(batch, mark);
        calert_batch_reject(batch, reason, CALERT_FROM_PROTOBUF, batch->bytes + mark.byte_count, length, arrival_time);
    }
    return reason;
}

calert_reject_reason cfalco_append_response(calert_batch *batch, const uint8_t *message, size_t length,
                                            int64_t arrival_time) {
    uint8_t *room = length > CALERT_BYTES_LIMIT ? NULL : calert_batch_reserve_bytes(batch, (uint32_t)length);
    if (room == NULL) {
        calert_batch_reject(batch, CALERT_REJECT_TOO_LARGE, CALERT_FROM_PROTOBUF, message, length, arrival_time);
        return CALERT_REJECT_TOO_LARGE;
    }
    if (length != 0) memcpy(room, message, length);
    return cfalco_scan_response(batch, (uint32_t)length, arrival_time);
}
