// SPDX-License-Identifier: Apache-2.0
#include "calert_batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *resize(void *memory, size_t size) {
    void *grown = realloc(memory, size);
    if (grown == NULL && size != 0) {
        fputs("creance: out of memory for an alert batch\n", stderr);
        abort();
    }
    return grown;
}

calert_batch *calert_batch_create(uint32_t byte_capacity, uint32_t record_capacity) {
    calert_batch *batch = resize(NULL, sizeof *batch);
    memset(batch, 0, sizeof *batch);
    if (byte_capacity > CALERT_BYTES_LIMIT) byte_capacity = CALERT_BYTES_LIMIT;
    batch->bytes = resize(NULL, (size_t)byte_capacity + CALERT_PADDING);
    batch->byte_capacity = byte_capacity;
    batch->records = resize(NULL, (size_t)record_capacity * sizeof *batch->records);
    batch->record_capacity = record_capacity;
    return batch;
}

void calert_batch_destroy(calert_batch *batch) {
    if (batch == NULL) return;
    free(batch->bytes);
    free(batch->derived);
    free(batch->records);
    free(batch->fields);
    free(batch->tags);
    free(batch->rejects);
    free(batch);
}

void calert_batch_clear(calert_batch *batch, uint32_t keep_bytes) {
    batch->byte_count = batch->derived_count = batch->record_count = 0;
    batch->field_count = batch->tag_count = batch->reject_count = 0;
    if (batch->byte_capacity > keep_bytes) {
        batch->bytes = resize(batch->bytes, (size_t)keep_bytes + CALERT_PADDING);
        batch->byte_capacity = keep_bytes;
    }
    if (batch->derived_capacity > keep_bytes) {
        batch->derived = resize(batch->derived, (size_t)keep_bytes + CALERT_PADDING);
        batch->derived_capacity = keep_bytes;
    }
}

static uint8_t *reserve(uint8_t **memory, uint32_t count, uint32_t *capacity, uint32_t length) {
    if (length > CALERT_BYTES_LIMIT || count > CALERT_BYTES_LIMIT - length) return NULL;
    uint32_t needed = count + length;
    if (needed > *capacity || *memory == NULL) {
        uint32_t grown = *capacity < 4096 ? 4096 : *capacity;
        while (grown < needed) grown = grown > CALERT_BYTES_LIMIT / 2 ? CALERT_BYTES_LIMIT : grown * 2;
        *memory = resize(*memory, (size_t)grown + CALERT_PADDING);
        *capacity = grown;
    }
    // Padding is read by simdjson past the end: zeroed, so that what it reads is always the same.
    memset(*memory + needed, 0, CALERT_PADDING);
    return *memory + count;
}

uint8_t *calert_batch_reserve_bytes(calert_batch *batch, uint32_t length) {
    return reserve(&batch->bytes, batch->byte_count, &batch->byte_capacity, length);
}

uint8_t *calert_batch_reserve_derived(calert_batch *batch, uint32_t length) {
    return reserve(&batch->derived, batch->derived_count, &batch->derived_capacity, length);
}

#define APPEND(batch, table, counter, initial)                                                             \
    if ((batch)->counter##_count == (batch)->counter##_capacity) {                                         \
        uint32_t grown = (batch)->counter##_capacity ? (batch)->counter##_capacity * 2 : (initial);        \
        (batch)->table = resize((batch)->table, (size_t)grown * sizeof *(batch)->table);                   \
        (batch)->counter##_capacity = grown;                                                               \
    }                                                                                                      \
    void *slot = &(batch)->table[(batch)->counter##_count++];                                              \
    memset(slot, 0, sizeof *(batch)->table);                                                               \
    return slot

calert_record *calert_batch_append_record(calert_batch *batch) { APPEND(batch, records, record, 64); }
calert_field *calert_batch_append_field(calert_batch *batch) { APPEND(batch, fields, field, 1024); }
calert_slice *calert_batch_append_tag(calert_batch *batch) { APPEND(batch, tags, tag, 256); }
static calert_reject *append_reject(calert_batch *batch) { APPEND(batch, rejects, reject, 16); }

calert_mark calert_batch_mark(const calert_batch *batch) {
    return (calert_mark){batch->byte_count, batch->derived_count, batch->record_count, batch->field_count,
                         batch->tag_count};
}

void calert_batch_rewind(calert_batch *batch, calert_mark mark) {
    batch->byte_count = mark.byte_count;
    batch->derived_count = mark.derived_count;
    batch->record_count = mark.record_count;
    batch->field_count = mark.field_count;
    batch->tag_count = mark.tag_count;
}

void calert_batch_reject(calert_batch *batch, calert_reject_reason reason, calert_encoding encoding,
                         const uint8_t *raw, uint64_t length, int64_t arrival_time) {
    uint32_t kept = length > CALERT_REJECT_BYTES ? CALERT_REJECT_BYTES : (uint32_t)length;
    // `raw` may be the tail that was just rewound over: reserving can move it, so remember where it was.
    bool inside = raw >= batch->bytes && raw < batch->bytes + batch->byte_capacity;
    size_t place = inside ? (size_t)(raw - batch->bytes) : 0;
    // When the batch is at its limit the dead letter keeps its reason and length, without bytes.
    uint8_t *copy = calert_batch_reserve_bytes(batch, kept);
    if (copy == NULL) kept = 0;
    if (kept != 0) memmove(copy, inside ? batch->bytes + place : raw, kept);
    calert_reject *reject = append_reject(batch);
    reject->arrival_time = arrival_time;
    reject->raw = (calert_slice){batch->byte_count, kept};
    reject->received_bytes = length;
    reject->reason = (uint8_t)reason;
    reject->encoding = (uint8_t)encoding;
    batch->byte_count += kept;
}

const char *calert_reject_name(calert_reject_reason reason) {
    static const char *const names[] = {
        "accepted",         "malformed_protobuf", "malformed_json", "not_an_object", "not_an_alert", "wrong_type",
        "unknown_priority", "invalid_utf8",       "too_large",      "too_deep",      "too_many_fields", "truncated",
        "plain_text",       "unreadable_body",
    };
    return (unsigned)reason < CALERT_REJECT_COUNT ? names[reason] : "unknown";
}
