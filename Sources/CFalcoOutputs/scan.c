// SPDX-License-Identifier: Apache-2.0
//
// One pass over the wire. Every read past the message's end falls into the batch's padding and is then refused, so
// the common case checks its bounds once per field.
#include "cfalco_scan.h"

#include <string.h>

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/// Keys outside Falco's list that are compared one by one; with more, equal ones are found by sorting at the end.
#define COMPARED_KEYS 32
/// Enough words for one bit per field id.
#define ID_WORDS 8

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, GROUP = 3, GROUP_END = 4, FIXED32 = 5 };

typedef struct {
    calert_batch *batch;
    const uint8_t *base;       ///< batch->bytes, which stays where it is during a scan
    uint32_t first_field;
    uint32_t entries;          ///< map entries on the wire, equal keys included
    uint32_t tags;
    uint32_t unlisted;         ///< keys outside Falco's list
    uint64_t unlisted_bits;    ///< one of 64 bits per such key: clear means never seen
    uint64_t ids[ID_WORDS];    ///< one bit per field id that was seen
    calert_reject_reason wire; ///< why the walk over the wire ended early
} scan;

// ---- The wire ----

/// Up to ten bytes, bits above 64 are lost as everywhere. NULL when there are more or they pass `end`.
static const uint8_t *read_varint(const uint8_t *at, const uint8_t *end, uint64_t *value) {
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

static inline const uint8_t *read_tag(const uint8_t *at, const uint8_t *end, uint32_t *tag) {
    if (LIKELY(at[0] < 0x80)) {
        *tag = at[0];
        return at + 1;
    }
    return read_short_varint(at, end, tag);
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

static inline void add_entry(scan *scan, const uint8_t *key, uint32_t key_length, const uint8_t *text,
                             uint32_t text_length) {
    if (UNLIKELY(scan->entries++ >= CALERT_FIELD_LIMIT)) return;
    calert_batch *batch = scan->batch;
    calert_field *field = LIKELY(batch->field_count < batch->field_capacity) ? &batch->fields[batch->field_count++]
                                                                             : calert_batch_append_field(batch);
    field->key = slice(scan, key, key_length);
    field->text = slice(scan, text, text_length);
    field->number.i = 0;
    field->flags = 0;
    calert_classify_key(key, key_length, &field->key_id, &field->type);
    calert_canonicalise_string(field, text, text_length);
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

/// A map entry that is not simply key and value in this order with short lengths.
static bool scan_entry_slowly(scan *scan, const uint8_t *at, const uint8_t *end) {
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

static inline bool scan_entry(scan *scan, const uint8_t *at, uint32_t length) {
    const uint8_t *end = at + length;
    // The common form: 0A key-length key 12 value-length value, nothing else.
    if (LIKELY(at[0] == (1 << 3 | BYTES) && at[1] < 0x80 && at[1] + 4u <= length)) {
        const uint8_t *key = at + 2, *value = key + at[1];
        if (LIKELY(value[0] == (2 << 3 | BYTES))) {
            uint32_t value_length;
            const uint8_t *text = read_bytes(value + 1, end, &value_length);
            if (LIKELY(text != NULL && text + value_length == end)) {
                add_entry(scan, key, at[1], text, value_length);
                return true;
            }
        }
    }
    return scan_entry_slowly(scan, at, end);
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

/// Walks over the message; false when it is malformed.
static bool walk(scan *scan, const uint8_t *at, const uint8_t *end, calert_record *record, scalars *scalars) {
    calert_batch *batch = scan->batch;
    while (at < end) {
        uint32_t tag, length;
        uint64_t number;
        at = read_tag(at, end, &tag);
        if (UNLIKELY(at == NULL)) return false;
        if (LIKELY((tag & 7) == BYTES)) {
            const uint8_t *bytes = read_bytes(at, end, &length);
            if (UNLIKELY(bytes == NULL)) return false;
            at = bytes + length;
            switch (tag >> 3) {
                case 6:
                    if (UNLIKELY(!scan_entry(scan, bytes, length))) return false;
                    continue;
                case 8: {
                    if (UNLIKELY(scan->tags++ >= CALERT_TAG_LIMIT)) continue;
                    calert_slice *slot = LIKELY(batch->tag_count < batch->tag_capacity)
                        ? &batch->tags[batch->tag_count++] : calert_batch_append_tag(batch);
                    *slot = slice(scan, bytes, length);
                    continue;
                }
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
    return at == end;
}

static calert_reject_reason decode(calert_batch *batch, uint32_t length, int64_t arrival_time) {
    const uint8_t *message = batch->bytes + batch->byte_count;
    scan scan = {.batch = batch, .base = batch->bytes, .first_field = batch->field_count,
                 .wire = CALERT_REJECT_MALFORMED_PROTOBUF};
    scalars scalars = {0};
    calert_record record = {.raw = {batch->byte_count, length}, .first_field = batch->field_count,
                            .first_tag = batch->tag_count, .encoding = CALERT_FROM_PROTOBUF};
    if (UNLIKELY(!walk(&scan, message, message + length, &record, &scalars))) return scan.wire;
    if (UNLIKELY(scan.entries > CALERT_FIELD_LIMIT || scan.tags > CALERT_TAG_LIMIT)) return CALERT_REJECT_TOO_MANY_FIELDS;
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
    if (UNLIKELY(!calert_record_complete(batch, &record))) return CALERT_REJECT_TOO_LARGE;
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

// ---- Files ----

cfalco_frame_state cfalco_next_frame(const uint8_t *buffer, size_t length, size_t place, uint32_t limit,
                                     cfalco_frame *frame) {
    *frame = (cfalco_frame){0};
    if (place > length) place = length;
    uint64_t declared = 0;
    for (size_t i = 0; i < 5; i++) {
        if (place + i == length) {
            frame->needed = i + 1;
            return CFALCO_FRAME_NEED_MORE;
        }
        uint8_t byte = buffer[place + i];
        declared |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte >= 0x80) continue;
        frame->message = place + i + 1;
        frame->length = declared;
        frame->next = frame->message + declared;
        if (declared > limit) return CFALCO_FRAME_TOO_LARGE;
        if (frame->next <= length) return CFALCO_FRAME_MESSAGE;
        frame->needed = frame->next - place;
        return CFALCO_FRAME_NEED_MORE;
    }
    return CFALCO_FRAME_MALFORMED;
}
