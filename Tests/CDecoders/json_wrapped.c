// SPDX-License-Identifier: Apache-2.0
//
// The same alerts over gRPC and as JSON are equal alerts: as recorded, where `output` wraps the JSON document, and with
// `output` replaced by the text inside, so that only the string map counts.
#include "cfalco_scan.h"
#include "json_check.h"
#include "json_dump.h"

static size_t put_varint(uint8_t *out, uint64_t value) {
    size_t count = 0;
    for (; value > 127; value >>= 7) out[count++] = (uint8_t)(value | 128);
    out[count++] = (uint8_t)value;
    return count;
}

static uint64_t take_varint(const uint8_t **at) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) break;
    }
    return value;
}

/// A recorded response with another `output` (field 5). All its fields are length-delimited or varints.
static size_t with_output(const uint8_t *message, size_t length, const uint8_t *output, size_t output_length, uint8_t *out) {
    const uint8_t *at = message, *end = message + length;
    size_t count = 0;
    while (at < end) {
        const uint8_t *start = at;
        uint64_t tag = take_varint(&at), value = take_varint(&at);
        if ((tag & 7) == 2) at += value;
        if (tag >> 3 == 5) continue;
        memcpy(out + count, start, (size_t)(at - start));
        count += (size_t)(at - start);
    }
    out[count++] = 5 << 3 | 2;
    count += put_varint(out + count, output_length);
    memcpy(out + count, output, output_length);
    return count + output_length;
}

static void equal_alerts(const char *samples) {
    size_t pb_length, json_length, consumed;
    uint8_t *pb = read_sample(samples, "both.pb", &pb_length), *json = read_sample(samples, "both.jsonl", &json_length);
    cjson_parser *parser = cjson_parser_create();
    calert_batch *lines = calert_batch_create(1u << 20, 1024), *batch = calert_batch_create(1u << 20, 1024);
    cjson_limits limits = {.unit_limit = 3000, .byte_limit = 1u << 28, .text_limit = 1u << 20};
    CHECK(cjson_scan_lines(parser, lines, json, json_length, &limits, 5, &consumed) == CJSON_BATCH_FULL);
    CHECK(lines->record_count == 3000);
    uint8_t *changed = malloc(1 << 20);
    unsigned count = 0, different = 0, wrapped = 0;
    cfalco_frame frame;
    for (size_t place = 0; cfalco_next_frame(pb, pb_length, place, 1u << 20, &frame) == CFALCO_FRAME_MESSAGE; place = frame.next) {
        if (count == lines->record_count) break;
        calert_batch_clear(batch, 1u << 20);
        cfalco_append_response(batch, pb + frame.message, frame.length, 5);
        if (batch->record_count == 1 && (batch->records[0].flags & CALERT_MAYBE_WRAPPED)) {
            wrapped += cjson_unwrap(parser, batch, 0);
        }
        calert_slice output = lines->records[count].output;
        size_t length = with_output(pb + frame.message, frame.length, calert_slice_bytes(lines, output), output.length, changed);
        cfalco_append_response(batch, changed, length, 5);
        if (batch->record_count != 2) {
            different++;
            continue;
        }
        char *expected = dump_alert(lines, count), *as_recorded = dump_alert(batch, 0), *map_only = dump_alert(batch, 1);
        if (strcmp(expected, as_recorded) != 0 || strcmp(expected, map_only) != 0) {
            if (different++ == 0) fprintf(stderr, "%s\n-- as recorded\n%s\n-- map only\n%s\n", expected, as_recorded, map_only);
        }
        free(expected), free(as_recorded), free(map_only);
        count++;
    }
    CHECK(count == 3000 && wrapped == 3000 && different == 0);
    free(changed);
    calert_batch_destroy(lines);
    calert_batch_destroy(batch);
    cjson_parser_destroy(parser);
    free(pb), free(json);
}

/// A record as the protobuf scanner leaves it, with this output.
static calert_batch *record_with_output(const char *output) {
    calert_batch *batch = calert_batch_create(1024, 4);
    size_t length = strlen(output);
    uint8_t message[2048] = {0x22, 1, 'r', 0x32, 6, 0x0A, 1, 'k', 0x12, 1, 'v', 0x3A, 1, 'h', 0x42, 1, 't', 0x2A};
    size_t count = 18 + put_varint(message + 18, length);
    memcpy(message + count, output, length);
    CHECK(cfalco_append_response(batch, message, count + length, 5) == CALERT_ACCEPTED);
    return batch;
}

static bool stays(const char *output) {
    cjson_parser *parser = cjson_parser_create();
    calert_batch *batch = record_with_output(output);
    calert_mark before = calert_batch_mark(batch);
    char *one = dump_alert(batch, 0);
    bool unwrapped = cjson_unwrap(parser, batch, 0);
    char *two = dump_alert(batch, 0);
    calert_mark after = calert_batch_mark(batch);
    bool same = !unwrapped && strcmp(one, two) == 0 && memcmp(&before, &after, sizeof before) == 0 && batch->reject_count == 0;
    free(one), free(two);
    calert_batch_destroy(batch);
    cjson_parser_destroy(parser);
    return same;
}

static void what_is_no_document(void) {
    CHECK(stays("text"));
    CHECK(stays(""));
    CHECK(stays("{"));
    CHECK(stays("{}"));
    CHECK(stays("{\"rule\":\"r\"}"));
    CHECK(stays("{\"rule\":\"other\",\"priority\":\"Error\",\"output_fields\":{\"k\":\"w\"}}"));
    CHECK(stays("{\"rule\":\"r\",\"priority\":\"Error\"} and more"));
    CHECK(stays("{\"rule\":\"r\",\"priority\":\"Error\",\"output_fields\":{\"\\u0041\":\"w\"}"));
    CHECK(stays("{\"rule\":\"r\",\"priority\":\"Error\",\"x\":\"\xff\"}"));

    cjson_parser *parser = cjson_parser_create();
    const char *document = "{\"rule\":\"r\",\"priority\":\"Error\",\"output\":\"in\\tside\"}";
    calert_batch *batch = record_with_output(document);
    CHECK(cjson_unwrap(parser, batch, 0));
    calert_record *record = &batch->records[0];
    // What the document leaves out stays.
    CHECK(SLICE_IS(batch, record->output, "in\tside") && (record->flags & CALERT_WRAPPED_JSON) && slice_is(batch, record->wrapped, document, strlen(document)));
    CHECK(record->field_count >= 1 && SLICE_IS(batch, batch->fields[record->first_field].text, "v"));
    CHECK(SLICE_IS(batch, record->hostname, "h") && record->tag_count == 1);
    CHECK(!cjson_unwrap(parser, batch, 1));
    calert_batch_destroy(batch);
    cjson_parser_destroy(parser);
}

void test_wrapped(const char *samples) {
    equal_alerts(samples);
    what_is_no_document();
}
