// SPDX-License-Identifier: Apache-2.0
//
// Are the newest record, or the newest reject, of two batches the same alert? Slices are compared by what they hold.
#ifndef COMPARE_H
#define COMPARE_H

#include <string.h>

#include "calert_batch.h"

static bool same_text(const calert_batch *a, calert_slice one, const calert_batch *b, calert_slice other) {
    return one.length == other.length &&
           (one.length == 0 || memcmp(calert_slice_bytes(a, one), calert_slice_bytes(b, other), one.length) == 0);
}

/// NULL when equal, else the name of what differs.
static const char *difference(const calert_batch *a, const calert_batch *b) {
    if (a->record_count != b->record_count) return "record count";
    if (a->reject_count != b->reject_count) return "reject count";
    if (a->reject_count != 0) {
        const calert_reject *one = &a->rejects[a->reject_count - 1], *other = &b->rejects[b->reject_count - 1];
        if (one->reason != other->reason) return "reason";
        if (one->received_bytes != other->received_bytes || one->arrival_time != other->arrival_time ||
            one->encoding != other->encoding || !same_text(a, one->raw, b, other->raw)) {
            return "reject";
        }
    }
    if (a->record_count == 0) return NULL;
    const calert_record *one = &a->records[a->record_count - 1], *other = &b->records[b->record_count - 1];
    if (one->event_time != other->event_time) return "event time";
    if (one->arrival_time != other->arrival_time) return "arrival time";
    if (one->priority != other->priority) return "priority";
    if (one->flags != other->flags) return "flags";
    if (one->encoding != other->encoding) return "encoding";
    if (!same_text(a, one->raw, b, other->raw)) return "raw";
    if (!same_text(a, one->rule, b, other->rule)) return "rule";
    if (!same_text(a, one->source, b, other->source)) return "source";
    if (!same_text(a, one->hostname, b, other->hostname)) return "hostname";
    if (!same_text(a, one->output, b, other->output)) return "output";
    if (one->message.length != other->message.length) return "message";
    if (one->tag_count != other->tag_count) return "tag count";
    for (uint32_t i = 0; i < one->tag_count; i++) {
        if (!same_text(a, a->tags[one->first_tag + i], b, b->tags[other->first_tag + i])) return "tag";
    }
    if (one->field_count != other->field_count) return "field count";
    for (uint32_t i = 0; i < one->field_count; i++) {
        const calert_field *field = &a->fields[one->first_field + i], *twin = &b->fields[other->first_field + i];
        if (!same_text(a, field->key, b, twin->key)) return "key";
        if (!same_text(a, field->text, b, twin->text)) return "text";
        if (field->kind != twin->kind) return "kind";
        if (field->type != twin->type || field->key_id != twin->key_id) return "type";
        if (field->flags != twin->flags) return "field flags";
        if (field->number.u != twin->number.u) return "number";
    }
    return NULL;
}

#endif
