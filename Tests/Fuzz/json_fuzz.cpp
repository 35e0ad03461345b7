// SPDX-License-Identifier: Apache-2.0
//
// Whatever the bytes: no crash, no half of an alert, the same units however they are read, the same record from the same
// raw bytes. The first byte chooses the limits.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "cjson_scan.h"

#define DEMAND(condition) \
    do {                  \
        if (!(condition)) abort(); \
    } while (0)

namespace {

constexpr int64_t arrival = 1780000000000000000;

void check_slice(const calert_batch *batch, calert_slice slice) {
    uint32_t offset = slice.offset & ~CALERT_DERIVED;
    uint32_t count = (slice.offset & CALERT_DERIVED) ? batch->derived_count : batch->byte_count;
    DEMAND(uint64_t(offset) + slice.length <= count);
}

bool same_text(const calert_batch *a, calert_slice one, const calert_batch *b, calert_slice two) {
    return one.length == two.length &&
           (one.length == 0 || memcmp(calert_slice_bytes(a, one), calert_slice_bytes(b, two), one.length) == 0);
}

void check_same(const calert_batch *a, const calert_record &one, const calert_batch *b, const calert_record &two) {
    DEMAND(one.event_time == two.event_time && one.priority == two.priority && one.flags == two.flags);
    DEMAND(same_text(a, one.raw, b, two.raw) && same_text(a, one.rule, b, two.rule));
    DEMAND(same_text(a, one.source, b, two.source) && same_text(a, one.hostname, b, two.hostname));
    DEMAND(same_text(a, one.output, b, two.output) && same_text(a, one.message, b, two.message));
    DEMAND(one.field_count == two.field_count && one.tag_count == two.tag_count);
    for (uint32_t i = 0; i < one.tag_count; i++) DEMAND(same_text(a, a->tags[one.first_tag + i], b, b->tags[two.first_tag + i]));
    for (uint32_t i = 0; i < one.field_count; i++) {
        const calert_field &left = a->fields[one.first_field + i], &right = b->fields[two.first_field + i];
        DEMAND(same_text(a, left.key, b, right.key) && same_text(a, left.text, b, right.text));
        DEMAND(left.kind == right.kind && left.type == right.type && left.key_id == right.key_id);
        DEMAND(memcmp(&left.number, &right.number, sizeof left.number) == 0);
    }
}

/// Everything points inside; every record reads the same again from its raw bytes; every field name stands once.
void check_batch(cjson_parser *parser, const calert_batch *batch, calert_batch *again) {
    for (uint32_t i = 0; i < batch->record_count; i++) {
        const calert_record &record = batch->records[i];
        for (calert_slice slice : {record.raw, record.rule, record.source, record.hostname, record.output, record.message}) {
            check_slice(batch, slice);
        }
        DEMAND(record.rule.length != 0 && record.priority < 8 && record.encoding == CALERT_FROM_JSON);
        for (uint32_t j = 0; j < record.field_count; j++) {
            check_slice(batch, batch->fields[record.first_field + j].key);
            check_slice(batch, batch->fields[record.first_field + j].text);
        }
        calert_batch_clear(again, 4096);
        DEMAND(cjson_scan_alert(parser, again, calert_slice_bytes(batch, record.raw), record.raw.length, arrival) ==
               CALERT_ACCEPTED);
        check_same(batch, record, again, again->records[0]);
        // What is accepted is JSON: on one line it is the same alert.
        std::vector<uint8_t> line(record.raw.length);
        size_t length = cjson_minify(calert_slice_bytes(batch, record.raw), record.raw.length, line.data());
        DEMAND(length != 0 && memchr(line.data(), '\n', length) == nullptr);
        calert_batch_clear(again, 4096);
        DEMAND(cjson_scan_alert(parser, again, line.data(), length, arrival) == CALERT_ACCEPTED);
    }
    for (uint32_t i = 0; i < batch->reject_count; i++) check_slice(batch, batch->rejects[i].raw);
}

uint64_t read_lines(cjson_parser *parser, const uint8_t *data, size_t size, cjson_limits limits, size_t step,
                    calert_batch *batch, calert_batch *again, uint64_t &rejects) {
    size_t done = 0, offered = 0, consumed;
    uint64_t records = 0;
    do {
        offered = size - offered < step ? size : offered + step;
        cjson_lines_state state;
        do {
            calert_batch_clear(batch, 4096);
            state = cjson_scan_lines(parser, batch, data + done, offered - done, &limits, arrival, &consumed);
            done += consumed;
            DEMAND(done <= offered);
            check_batch(parser, batch, again);
            records += batch->record_count;
            rejects += batch->reject_count;
        } while (state == CJSON_BATCH_FULL);
    } while (offered < size);
    return records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
    static cjson_parser *parser = cjson_parser_create();
    static calert_batch *batch = calert_batch_create(4096, 16), *again = calert_batch_create(4096, 16);
    if (size == 0) return 0;
    uint8_t choice = input[0];
    // Its own memory, so that a read past the end is seen.
    std::vector<uint8_t> data(input + 1, input + size);
    size--;
    cjson_limits limits = {1u + (choice & 3), 4096, (choice & 4) ? 64u : 1u << 20};

    calert_batch_clear(batch, 4096);
    calert_reject_reason reason = cjson_scan_alert(parser, batch, data.data(), size, arrival);
    DEMAND(batch->record_count == (reason == CALERT_ACCEPTED) && batch->reject_count == (reason != CALERT_ACCEPTED));
    check_batch(parser, batch, again);

    uint64_t rejects = 0, rejects_in_steps = 0;
    uint64_t records = read_lines(parser, data.data(), size, limits, size + 1, batch, again, rejects);
    DEMAND(read_lines(parser, data.data(), size, limits, 1 + choice / 8, batch, again, rejects_in_steps) == records);
    DEMAND(rejects == rejects_in_steps);

    cjson_body_place place = {};
    bool finished;
    do {
        calert_batch_clear(batch, 4096);
        finished = cjson_scan_body(parser, batch, data.data(), size, &limits, arrival, &place);
        DEMAND(finished || batch->record_count + batch->reject_count > 0);
        DEMAND(batch->record_count + batch->reject_count <= limits.unit_limit);
        check_batch(parser, batch, again);
    } while (!finished);

    // A record whose output is the input.
    calert_batch_clear(batch, 4096);
    uint8_t *room = calert_batch_reserve_bytes(batch, uint32_t(size) + 1);
    *room = 'r';
    if (size != 0) memcpy(room + 1, data.data(), size);
    batch->byte_count = uint32_t(size) + 1;
    calert_record *record = calert_batch_append_record(batch);
    record->rule = {0, 1};
    record->output = {1, uint32_t(size)};
    bool unwrapped = cjson_unwrap(parser, batch, 0);
    DEMAND(unwrapped == ((batch->records[0].flags & CALERT_WRAPPED_JSON) != 0));
    if (!unwrapped) DEMAND(batch->field_count == 0 && batch->tag_count == 0 && batch->derived_count == 0);
    return 0;
}
