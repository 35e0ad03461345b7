// SPDX-License-Identifier: Apache-2.0
//
// JSON lines: the same units and the same alerts however the bytes are cut, and nothing lost between them.
#include "json_check.h"
#include "json_dump.h"

static const cjson_limits wide = {.unit_limit = 100000, .byte_limit = 1u << 28, .text_limit = 1u << 20};

/// Reads `text` line by line through `limits`, cutting what is offered at every `step` bytes, and writes out each unit.
static char *read_lines(const uint8_t *text, size_t length, cjson_limits limits, size_t step) {
    cjson_parser *parser = cjson_parser_create();
    calert_batch *batch = calert_batch_create(1024, 4);
    char *all = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&all, &size);
    size_t done = 0, offered = 0;
    while (done < length || offered < length) {
        size_t consumed = 0;
        if (offered < length) offered = length - offered < step ? length : offered + step;
        cjson_lines_state state;
        do {
            state = cjson_scan_lines(parser, batch, text + done, offered - done, &limits, 5, &consumed);
            done += consumed;
            CHECK(batch->record_count + batch->reject_count <= limits.unit_limit || limits.unit_limit == 0);
            uint32_t bytes = 0;
            for (uint32_t i = 0; i < batch->record_count; i++) {
                char *alert = dump_alert(batch, i);
                fprintf(out, "%s\n", alert);
                free(alert);
                bytes += batch->records[i].raw.length;
            }
            for (uint32_t i = 0; i < batch->reject_count; i++) {
                fprintf(out, "%s %u\n", calert_reject_name(batch->rejects[i].reason), (unsigned)batch->rejects[i].received_bytes);
                bytes += batch->rejects[i].raw.length;
            }
            // Raw messages lie back to back.
            CHECK(bytes == batch->byte_count);
            calert_batch_clear(batch, 4096);
        } while (state == CJSON_BATCH_FULL);
        if (offered == length && consumed == 0) break;
    }
    fprintf(out, "left %zu\n", length - done);
    fclose(out);
    calert_batch_destroy(batch);
    cjson_parser_destroy(parser);
    return all;
}

static void cuts_do_not_matter(void) {
    const char *text =
        "{\"rule\":\"a\",\"priority\":\"Error\",\"output_fields\":{\"x\":\"\\\\\"}}\n\n   \r\n"
        "12:00:00.000: plain \"text\n{\"rule\":\"b\",\"priority\":\"Error\"} \r\n{\"rule\":\"unclosed\n"
        "{\"rule\":\"c\",\"priority\":\"Error\",\"x\":\"\\\"\"}\n{}\n[{\"rule\":\"in array\"}]\n{\"rule\":\"\xff\"}\n\\\n"
        "{\"rule\":\"d\",\"priority\":\"Error\"}\n{\"rule\":\"e\",\"prio";
    char *whole = read_lines((const uint8_t *)text, strlen(text), wide, SIZE_MAX / 2);
    for (const char *rule = "abcd"; *rule; rule++) {
        char name[] = {'r', 'u', 'l', 'e', '=', *rule, '\n', 0};
        CHECK(strstr(whole, name) != NULL);
    }
    CHECK(strstr(whole, "plain_text 25\n") && strstr(whole, "malformed_json 17\n") && strstr(whole, "not_an_alert 2\n"));
    CHECK(strstr(whole, "plain_text 21\n") && strstr(whole, "invalid_utf8 12\n") && strstr(whole, "plain_text 1\n"));
    CHECK(strstr(whole, "left 17\n"));
    cjson_limits one = wide;
    one.unit_limit = 1;
    char *single = read_lines((const uint8_t *)text, strlen(text), one, SIZE_MAX / 2);
    for (size_t step = 1; step < strlen(text); step++) {
        char *cut = read_lines((const uint8_t *)text, strlen(text), one, step);
        CHECK(strcmp(cut, single) == 0);
        free(cut);
    }
    free(single);
    free(whole);
}

/// A line by itself, as the journal decodes it again, says the same as in its window.
static void same_alone(const char *samples, const char *name, unsigned expected) {
    size_t length, consumed, count = 0;
    uint8_t *text = read_sample(samples, name, &length);
    cjson_parser *parser = cjson_parser_create();
    calert_batch *batch = calert_batch_create(1u << 20, 1024), *alone = calert_batch_create(1024, 1);
    cjson_limits limits = wide;
    limits.unit_limit = 1000;
    size_t done = 0;
    cjson_lines_state state;
    do {
        state = cjson_scan_lines(parser, batch, text + done, length - done, &limits, 5, &consumed);
        done += consumed;
        CHECK(batch->reject_count == 0);
        unsigned different = 0;
        for (uint32_t i = 0; i < batch->record_count; i++, count++) {
            calert_record *record = &batch->records[i];
            calert_batch_clear(alone, 4096);
            cjson_scan_alert(parser, alone, calert_slice_bytes(batch, record->raw), record->raw.length, 5);
            char *one = dump_alert(batch, i), *two = alone->record_count == 1 ? dump_alert(alone, 0) : strdup("");
            different += strcmp(one, two) != 0 || record->flags != alone->records[0].flags;
            free(one), free(two);
        }
        CHECK(different == 0);
        calert_batch_clear(batch, 1u << 20);
    } while (state == CJSON_BATCH_FULL);
    CHECK(state == CJSON_ALL_READ && done == length && count == expected);
    calert_batch_destroy(batch);
    calert_batch_destroy(alone);
    cjson_parser_destroy(parser);
    free(text);
}

static void plain_text_sample(const char *samples) {
    size_t length, consumed;
    uint8_t *text = read_sample(samples, "alerts-text.txt", &length);
    cjson_parser *parser = cjson_parser_create();
    calert_batch *batch = calert_batch_create(1u << 20, 1024);
    CHECK(cjson_scan_lines(parser, batch, text, length, &wide, 5, &consumed) == CJSON_ALL_READ && consumed == length);
    CHECK(batch->record_count == 0 && batch->reject_count == 3041);
    CHECK(batch->rejects[0].reason == CALERT_REJECT_PLAIN_TEXT);
    calert_batch_destroy(batch);
    cjson_parser_destroy(parser);
    free(text);
}

static void long_lines(void) {
    cjson_parser *parser = cjson_parser_create();
    calert_batch *batch = calert_batch_create(1024, 4);
    cjson_limits limits = {.unit_limit = 10, .byte_limit = 1u << 20, .text_limit = 40};
    size_t consumed;
    const char *fits = "{\"rule\":\"12345678\",\"priority\":\"Warning\"}\n";
    CHECK(strlen(fits) == 41);
    CHECK(cjson_scan_lines(parser, batch, (const uint8_t *)fits, 41, &limits, 5, &consumed) == CJSON_ALL_READ && consumed == 41);
    CHECK(batch->record_count == 1 && batch->reject_count == 0);
    const char *text = "{\"rule\":\"123\",\"priority\":\"Error\"}\n{\"rule\":\"123456789\",\"priority\":\"Warning\"}\n"
                       "{\"rule\":\"123\",\"priority\":\"Error\"}\n{\"rule\":\"123456789\",\"priority\":\"Warning\"   ";
    calert_batch_clear(batch, 1024);
    CHECK(cjson_scan_lines(parser, batch, (const uint8_t *)text, strlen(text), &limits, 5, &consumed) == CJSON_LINE_TOO_LONG);
    CHECK(consumed == 34 + 42 + 34 && batch->record_count == 2 && batch->reject_count == 1);
    CHECK(batch->rejects[0].reason == CALERT_REJECT_TOO_LARGE && batch->rejects[0].received_bytes == 41);
    cjson_reject_line(batch, (const uint8_t *)text, 4, 1ull << 40, 5);
    CHECK(batch->rejects[1].received_bytes == 1ull << 40 && batch->rejects[1].raw.length == 4);

    // Byte limit: a line that does not fit waits for the next batch, unless the batch is empty.
    limits = (cjson_limits){.unit_limit = 10, .byte_limit = 50, .text_limit = 1000};
    const char *two = "{\"rule\":\"123\",\"priority\":\"Error\"}\n{\"rule\":\"456\",\"priority\":\"Error\"}\n";
    calert_batch_clear(batch, 1024);
    CHECK(cjson_scan_lines(parser, batch, (const uint8_t *)two, 68, &limits, 5, &consumed) == CJSON_BATCH_FULL);
    CHECK(consumed == 34 && batch->record_count == 1);
    limits.byte_limit = 1;
    calert_batch_clear(batch, 1024);
    CHECK(cjson_scan_lines(parser, batch, (const uint8_t *)two + 34, 34, &limits, 5, &consumed) == CJSON_ALL_READ);
    CHECK(consumed == 34 && batch->record_count == 1);

    // The end of something.
    limits = wide;
    calert_batch_clear(batch, 1024);
    CHECK(cjson_scan_last_line(parser, batch, (const uint8_t *)two, 33, &limits, 5) == CALERT_ACCEPTED && batch->record_count == 1);
    CHECK(cjson_scan_last_line(parser, batch, (const uint8_t *)two, 30, &limits, 5) == CALERT_REJECT_TRUNCATED);
    CHECK(cjson_scan_last_line(parser, batch, (const uint8_t *)" \r", 2, &limits, 5) == CALERT_ACCEPTED && batch->record_count == 1);
    CHECK(cjson_scan_last_line(parser, batch, (const uint8_t *)"text", 4, &limits, 5) == CALERT_REJECT_PLAIN_TEXT);
    CHECK(batch->reject_count == 2);
    calert_batch_destroy(batch);
    cjson_parser_destroy(parser);
}

void test_lines(const char *samples) {
    cuts_do_not_matter();
    same_alone(samples, "alerts.jsonl", 3041);
    same_alone(samples, "both.jsonl", 3032);
    plain_text_sample(samples);
    long_lines();
}
