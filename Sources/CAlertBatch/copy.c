// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "calert_batch.h"

/// Where a record's text lies in its own batch and in the copy.
typedef struct {
    const calert_batch *from;
    calert_batch *to;
    calert_slice old_raw;
    uint32_t new_raw;
    bool failed;
} relocation;

/// Inside the raw message: the same distance from its new start. Anywhere else: a copy in `derived`.
static calert_slice relocate(relocation *move, calert_slice slice) {
    if (slice.length == 0) return (calert_slice){0, 0};
    bool inside = !(slice.offset & CALERT_DERIVED) && slice.offset >= move->old_raw.offset &&
                  slice.offset - move->old_raw.offset <= move->old_raw.length - slice.length &&
                  slice.length <= move->old_raw.length;
    if (inside) return (calert_slice){slice.offset - move->old_raw.offset + move->new_raw, slice.length};
    uint8_t *place = calert_batch_reserve_derived(move->to, slice.length);
    if (place == NULL) {
        move->failed = true;
        return (calert_slice){0, 0};
    }
    memcpy(place, calert_slice_bytes(move->from, slice), slice.length);
    calert_slice copy = {move->to->derived_count | CALERT_DERIVED, slice.length};
    move->to->derived_count += slice.length;
    return copy;
}

bool calert_batch_copy_record(calert_batch *to, const calert_batch *from, uint32_t index) {
    const calert_record *old = &from->records[index];
    calert_mark mark = calert_batch_mark(to);
    uint8_t *raw = calert_batch_reserve_bytes(to, old->raw.length);
    if (raw == NULL) return false;
    memcpy(raw, calert_slice_bytes(from, old->raw), old->raw.length);
    relocation move = {from, to, old->raw, to->byte_count, false};
    to->byte_count += old->raw.length;

    uint32_t first_field = to->field_count, first_tag = to->tag_count;
    for (uint32_t i = 0; i < old->field_count; i++) {
        calert_field field = from->fields[old->first_field + i];
        field.key = relocate(&move, field.key);
        field.text = relocate(&move, field.text);
        *calert_batch_append_field(to) = field;
    }
    for (uint32_t i = 0; i < old->tag_count; i++) {
        calert_slice tag = relocate(&move, from->tags[old->first_tag + i]);
        *calert_batch_append_tag(to) = tag;
    }
    calert_record record = *old;
    record.raw.offset = move.new_raw;
    record.wrapped = relocate(&move, old->wrapped);
    record.rule = relocate(&move, old->rule);
    record.source = relocate(&move, old->source);
    record.hostname = relocate(&move, old->hostname);
    record.output = relocate(&move, old->output);
    record.message = relocate(&move, old->message);
    record.first_field = first_field;
    record.first_tag = first_tag;
    if (move.failed) {
        calert_batch_rewind(to, mark);
        return false;
    }
    *calert_batch_append_record(to) = record;
    return true;
}
