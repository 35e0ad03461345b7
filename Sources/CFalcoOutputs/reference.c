// SPDX-License-Identifier: Apache-2.0
//
// protobuf-c decides what a message means; two naive steps around it say what it cannot. Before: `clean` rewrites the
// message without its unknown fields, since protobuf-c knows no groups, takes field number 0, and does not merge
// messages without presence. After: equal map keys, which protobuf-c keeps apart.
#include "reference.h"

#include <stdlib.h>
#include <string.h>

#include "cfalco_scan.h"
#include "outputs.pb-c.h"

// ---- Arena ----

#define BLOCK_BYTES (256u << 10)

typedef struct block {
    struct block *older;
    size_t capacity;
    _Alignas(16) uint8_t bytes[];
} block;

static void *arena_allocate(void *context, size_t size) {
    cfalco_arena *arena = context;
    block *newest = arena->blocks;
    size = (size + 15) & ~(size_t)15;
    if (newest == NULL || newest->capacity - arena->used < size) {
        size_t capacity = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        block *fresh = malloc(sizeof *fresh + capacity);
        if (fresh == NULL) return NULL;
        fresh->older = newest;
        fresh->capacity = capacity;
        arena->blocks = newest = fresh;
        arena->used = 0;
    }
    void *place = newest->bytes + arena->used;
    arena->used += size;
    return place;
}

static void arena_release(void *context, void *place) { (void)context, (void)place; }

void cfalco_arena_free(cfalco_arena *arena) {
    for (block *at = arena->blocks, *older; at != NULL; at = older) {
        older = at->older;
        free(at);
    }
    *arena = (cfalco_arena){0};
}

void cfalco_arena_reset(cfalco_arena *arena) {
    block *newest = arena->blocks;
    if (newest == NULL) return;
    cfalco_arena others = {.blocks = newest->older};
    cfalco_arena_free(&others);
    newest->older = NULL;
    arena->used = 0;
}

static Falco__Outputs__Response *unpack(cfalco_arena *arena, const uint8_t *message, size_t length) {
    ProtobufCAllocator allocator = {arena_allocate, arena_release, arena};
    return falco__outputs__response__unpack(arena ? &allocator : NULL, length, message);
}

bool cfalco_reference_unpack(cfalco_arena *arena, const uint8_t *message, size_t length) {
    Falco__Outputs__Response *response = unpack(arena, message, length);
    if (response == NULL) return false;
    if (arena) cfalco_arena_reset(arena);
    else falco__outputs__response__free_unpacked(response, NULL);
    return true;
}

// ---- Cleaning ----

typedef struct {
    const uint8_t *bytes;
    size_t length, place;
    calert_reject_reason problem;
} reader;

static bool fail(reader *in, calert_reject_reason reason) {
    if (in->problem == CALERT_ACCEPTED) in->problem = reason;
    return false;
}

static bool next_varint(reader *in, size_t most, uint64_t *value) {
    *value = 0;
    for (size_t i = 0; i < most && in->place < in->length; i++) {
        uint8_t byte = in->bytes[in->place++];
        *value += (uint64_t)(byte % 128) << (7 * i);
        if (byte < 128) return true;
    }
    return fail(in, CALERT_REJECT_MALFORMED_PROTOBUF);
}

static bool next_tag(reader *in, uint32_t *field, unsigned *type) {
    uint64_t tag;
    if (!next_varint(in, 5, &tag)) return false;
    if (tag > UINT32_MAX || tag < 8) return fail(in, CALERT_REJECT_MALFORMED_PROTOBUF);
    *field = (uint32_t)(tag / 8);
    *type = tag % 8;
    return true;
}

static bool pass_bytes(reader *in, uint64_t count) {
    if (count > in->length - in->place) return fail(in, CALERT_REJECT_MALFORMED_PROTOBUF);
    in->place += count;
    return true;
}

static bool pass_value(reader *in, uint32_t field, unsigned type, unsigned depth) {
    uint64_t value;
    switch (type) {
        case 0: return next_varint(in, 10, &value);
        case 1: return pass_bytes(in, 8);
        case 2:
            if (!next_varint(in, 5, &value)) return false;
            return value <= UINT32_MAX ? pass_bytes(in, value) : fail(in, CALERT_REJECT_MALFORMED_PROTOBUF);
        case 5: return pass_bytes(in, 4);
        case 3:
            if (depth == CFALCO_GROUP_DEPTH) return fail(in, CALERT_REJECT_TOO_DEEP);
            for (;;) {
                uint32_t inner;
                unsigned inner_type;
                if (!next_tag(in, &inner, &inner_type)) return false;
                if (inner_type == 4) return inner == field ? true : fail(in, CALERT_REJECT_MALFORMED_PROTOBUF);
                if (!pass_value(in, inner, inner_type, depth + 1)) return false;
            }
        default: return fail(in, CALERT_REJECT_MALFORMED_PROTOBUF);
    }
}

typedef enum { RESPONSE, TIMESTAMP, ENTRY } shape;

/// The wire type that a field of the shape has, or -1 when it is unknown.
static int known_type(shape shape, uint32_t field) {
    switch (shape) {
        case RESPONSE: return field > 9 ? -1 : field == 2 || field == 3 ? 0 : 2;
        case TIMESTAMP: return field > 2 ? -1 : 0;
        default: return field > 2 ? -1 : 2;
    }
}

static void put_varint(uint8_t **out, uint64_t value) {
    do {
        *(*out)++ = (uint8_t)(value % 128 + (value > 127 ? 128 : 0));
    } while (value /= 128);
}

/// Writes the known fields of `in` to `out`, in order, in the shortest form; never more bytes than were read. What the
/// message holds of times goes to `time` instead, one behind the other: that is what merging means on the wire.
static bool clean(shape shape, reader *in, uint8_t **out, uint8_t **time) {
    while (in->place < in->length) {
        uint32_t field;
        unsigned type;
        if (!next_tag(in, &field, &type)) return false;
        int known = known_type(shape, field);
        size_t start = in->place;
        if (known >= 0 && (unsigned)known != type) return fail(in, CALERT_REJECT_MALFORMED_PROTOBUF);
        if (!pass_value(in, field, type, 0)) return false;
        if (known < 0) continue;
        reader value = {in->bytes, in->place, start, CALERT_ACCEPTED};
        uint64_t number;
        next_varint(&value, 10, &number);
        if (type == 0) {
            put_varint(out, field * 8);
            put_varint(out, number);
        } else if (shape == RESPONSE && field == 1) {
            if (!clean(TIMESTAMP, &value, time, NULL)) return fail(in, value.problem);
        } else {
            put_varint(out, field * 8 + 2);
            if (shape == RESPONSE && field == 6) {
                // The length is known afterwards: clean into the message's own place, then move it up.
                uint8_t *inner = *out + 5, *end = inner;
                if (!clean(ENTRY, &value, &end, NULL)) return fail(in, value.problem);
                put_varint(out, (uint64_t)(end - inner));
                memmove(*out, inner, (size_t)(end - inner));
                *out += end - inner;
            } else {
                put_varint(out, number);
                memcpy(*out, value.bytes + value.place, number);
                *out += number;
            }
        }
    }
    return true;
}

// ---- Into the batch ----

static calert_slice copy_text(calert_batch *batch, ProtobufCBinaryData text) {
    uint8_t *room = calert_batch_reserve_derived(batch, (uint32_t)text.len);
    if (room == NULL) abort();  // only tests come here
    if (text.len != 0) memcpy(room, text.data, text.len);
    calert_slice slice = {batch->derived_count | CALERT_DERIVED, (uint32_t)text.len};
    batch->derived_count += (uint32_t)text.len;
    return slice;
}

static bool equal(ProtobufCBinaryData one, ProtobufCBinaryData other) {
    return one.len == other.len && (one.len == 0 || memcmp(one.data, other.data, one.len) == 0);
}

static void fill_fields(calert_batch *batch, calert_record *record, const Falco__Outputs__Response *response) {
    for (size_t i = 0; i < response->n_output_fields; i++) {
        ProtobufCBinaryData key = response->output_fields[i]->key, value = response->output_fields[i]->value;
        bool repeated = false;
        for (size_t j = 0; j < i && !repeated; j++) repeated = equal(response->output_fields[j]->key, key);
        if (repeated) continue;
        for (size_t j = i + 1; j < response->n_output_fields; j++) {
            if (equal(response->output_fields[j]->key, key)) value = response->output_fields[j]->value;
        }
        calert_slice key_slice = copy_text(batch, key), value_slice = copy_text(batch, value);
        calert_field *field = calert_batch_append_field(batch);
        field->key = key_slice;
        field->text = value_slice;
        calert_classify_key(calert_slice_bytes(batch, key_slice), key.len, &field->key_id, &field->type);
        calert_canonicalise_string(field, calert_slice_bytes(batch, value_slice), value.len);
        record->field_count++;
    }
}

static bool is_document(ProtobufCBinaryData text) {
    size_t first = 0, last = text.len;
    while (first < last && text.data[first] != 0 && strchr(" \t\r\n", text.data[first])) first++;
    while (last > first && text.data[last - 1] != 0 && strchr(" \t\r\n", text.data[last - 1])) last--;
    return last - first > 1 && text.data[first] == '{' && text.data[last - 1] == '}';
}

static calert_reject_reason fill(calert_batch *batch, const Falco__Outputs__Response *response, calert_slice raw,
                                 int64_t arrival_time) {
    if (response->n_output_fields > CALERT_FIELD_LIMIT || response->n_tags > CALERT_TAG_LIMIT) return CALERT_REJECT_TOO_MANY_FIELDS;
    if (response->rule.len == 0) return CALERT_REJECT_NOT_AN_ALERT;
    if ((int)response->priority < 0 || (int)response->priority > 7) return CALERT_REJECT_UNKNOWN_PRIORITY;
    calert_record record = {.raw = raw, .encoding = CALERT_FROM_PROTOBUF, .priority = (uint8_t)response->priority,
                            .first_field = batch->field_count, .first_tag = batch->tag_count};
    record.rule = copy_text(batch, response->rule);
    record.output = copy_text(batch, response->output);
    record.hostname = copy_text(batch, response->hostname);
    ProtobufCBinaryData source = response->source;
    if (source.len == 0) {
        static const char *const names[] = {"syscall", "k8s_audit", "internal", "plugin"};
        int number = (int)response->source_deprecated;
        if (number >= 0 && number < 4) source = (ProtobufCBinaryData){strlen(names[number]), (uint8_t *)(uintptr_t)names[number]};
    }
    record.source = copy_text(batch, source);
    for (size_t i = 0; i < response->n_tags; i++) {
        calert_slice tag = copy_text(batch, response->tags[i]);
        *calert_batch_append_tag(batch) = tag;
        record.tag_count++;
    }
    fill_fields(batch, &record, response);
    int64_t time = 0;
    bool valid = response->time != NULL &&
                 calert_timestamp_nanoseconds(response->time->seconds, response->time->nanos, &time);
    calert_record_set_time(&record, valid, time, arrival_time);
    if (is_document(response->output)) record.flags |= CALERT_MAYBE_WRAPPED;
    if (!calert_record_complete(batch, &record)) abort();
    *calert_batch_append_record(batch) = record;
    return CALERT_ACCEPTED;
}

static calert_reject_reason decode(calert_batch *batch, const uint8_t *message, size_t length, int64_t arrival_time) {
    // An entry is cleaned five bytes further on than it ends up, and the time stands behind its own tag and length.
    uint8_t *cleaned = malloc(2 * length + 32), *times = malloc(length + 16);
    if (cleaned == NULL || times == NULL) abort();
    uint8_t *end = cleaned, *time_end = times;
    reader in = {message, length, 0, CALERT_ACCEPTED};
    calert_reject_reason reason;
    if (!clean(RESPONSE, &in, &end, &time_end)) {
        reason = in.problem;
    } else {
        size_t time_length = (size_t)(time_end - times);
        put_varint(&end, 1 * 8 + 2);
        put_varint(&end, time_length);
        memcpy(end, times, time_length);
        end += time_length;
        cfalco_arena arena = {0};
        Falco__Outputs__Response *response = unpack(&arena, cleaned, (size_t)(end - cleaned));
        reason = CALERT_REJECT_MALFORMED_PROTOBUF;
        if (response != NULL) {
            uint8_t *room = calert_batch_reserve_bytes(batch, (uint32_t)length);
            if (room == NULL) abort();
            if (length != 0) memcpy(room, message, length);
            reason = fill(batch, response, (calert_slice){batch->byte_count, (uint32_t)length}, arrival_time);
            batch->byte_count += (uint32_t)length;
        }
        cfalco_arena_free(&arena);
    }
    free(cleaned);
    free(times);
    return reason;
}

calert_reject_reason cfalco_reference_response(calert_batch *batch, const uint8_t *message, size_t length,
                                               int64_t arrival_time) {
    calert_mark mark = calert_batch_mark(batch);
    calert_reject_reason reason = length > CALERT_BYTES_LIMIT ? CALERT_REJECT_TOO_LARGE
                                                              : decode(batch, message, length, arrival_time);
    if (reason != CALERT_ACCEPTED) {
        calert_batch_rewind(batch, mark);
        calert_batch_reject(batch, reason, CALERT_FROM_PROTOBUF, message, length, arrival_time);
    }
    return reason;
}
