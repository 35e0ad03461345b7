// SPDX-License-Identifier: Apache-2.0
//
// HTTP bodies: which units they hold, and where reading goes on after a broken one.
#include "json_check.h"

#define A "{\"rule\":\"a\",\"priority\":\"Error\"}"
#define B "{\"rule\":\"b\",\"priority\":\"Error\"}"

/// Reads a body with room for `room` units a batch. The rules of its alerts and the reasons of its rejects, in order of
/// batches, as one text.
static const char *units(const char *body, size_t length, uint32_t room) {
    static char text[65536];
    char *end = text;
    *end = 0;
    cjson_parser *parser = cjson_parser_create();
    calert_batch *batch = calert_batch_create(1024, 4);
    cjson_limits limits = {.unit_limit = room, .byte_limit = 1u << 20, .text_limit = 1000};
    cjson_body_place place = {0};
    bool done;
    do {
        done = cjson_scan_body(parser, batch, (const uint8_t *)body, length, &limits, 5, &place);
        CHECK(batch->record_count + batch->reject_count <= room);
        for (uint32_t i = 0; i < batch->record_count; i++) {
            end += sprintf(end, "%.*s ", (int)batch->records[i].rule.length, calert_slice_bytes(batch, batch->records[i].rule));
        }
        for (uint32_t i = 0; i < batch->reject_count; i++) {
            end += sprintf(end, "%s:%u ", calert_reject_name(batch->rejects[i].reason), (unsigned)batch->rejects[i].received_bytes);
        }
        CHECK(done || batch->record_count + batch->reject_count > 0);
        calert_batch_clear(batch, 1024);
    } while (!done);
    calert_batch_destroy(batch);
    cjson_parser_destroy(parser);
    return text;
}

static void check(const char *body, const char *expected, int line) {
    // One unit a batch keeps them in the order of the body.
    const char *found = units(body, strlen(body), 1);
    bool same = strcmp(found, expected) == 0;
    if (!same) fprintf(stderr, "line %d: %s\n  found    %s\n  expected %s\n", line, body, found, expected);
    CHECK(same);
}
#define UNITS(body, expected) check(body, expected, __LINE__)

void test_bodies(void) {
    UNITS(A, "a ");
    UNITS(" \n" A "\r\n", "a ");
    UNITS("[" A "," B "]", "a b ");
    UNITS(" [ " A " ,\n" B " ] \n", "a b ");
    UNITS("[]", "");
    UNITS(A "\n" B "\n", "a b ");
    UNITS(A B, "a b ");
    UNITS("[" A "]\n[" B "]" A, "a b a ");
    UNITS("", "malformed_json:0 ");
    UNITS("  ", "malformed_json:0 ");
    UNITS("12:00:00: Notice one\ntwo", "plain_text:24 ");
    UNITS("12", "not_an_object:2 ");
    UNITS("{\"x\":1}", "not_an_alert:7 ");
    UNITS("{\n\"rule\": \"a\",\n\"priority\": \"Error\"\n}\n{\n\"rule\": \"b\",\n\"priority\": \"Error\"\n}", "a b ");
    // Each element by itself.
    UNITS("[" A ",{},5,\"x\",[" A "]," B "]", "a not_an_alert:2 not_an_object:1 not_an_object:3 not_an_object:33 b ");
    UNITS("[" A ",{\"rule\":\"\xff\"}," B "]", "a invalid_utf8:12 b ");
    UNITS("[" A ",{\"rule\":\"line\nfeed\"}," B "]", "a malformed_json:20 b ");
    UNITS("[" A ",{\"rule\":nan}," B "]", "a malformed_json:12 b ");
    UNITS("[" A ",nan," B "]", "a malformed_json:3 b ");
    UNITS("[" A "," B ",]", "a b ");
    // An array that breaks off or goes wrong.
    UNITS("[" A "," B, "a b truncated:0 ");
    UNITS("[" A ",", "a truncated:0 ");
    UNITS("[" A ",{\"rule\":\"b", "a truncated:10 ");
    UNITS("[" A " " B "]", "a malformed_json:32 ");
    UNITS("[" A "}" B "]", "a malformed_json:33 ");
    UNITS("[,]", "malformed_json:2 ");
    // JSON lines with a broken one: the next line is read again.
    UNITS(A "\n{\"rule\":\"unclosed\n" B "\n", "a malformed_json:17 b ");
    UNITS(A "\n{\"rule\":\n" B "\n" A, "a malformed_json:8 b a ");
    UNITS(A "\n{\"rule\":}\n" B "\n", "a malformed_json:9 b ");
    UNITS(A "\ntext " A "\n" B, "a plain_text:36 b ");
    UNITS(A "\n{\"rule\":\"\xff\",\"priority\":\"Error\"}\n" B, "a invalid_utf8:31 b ");
    UNITS("{\"rule\":\"a\",\"priority\":\"Err", "malformed_json:27 ");
    UNITS("{\"rule\":\"a\",\n\"priority\":\"Err\n\n", "malformed_json:28 ");
    UNITS("{\n\"rule\": \"a\",\n\"priority\": \"Error\",\n}", "malformed_json:37 ");
    char body[4096];
    memset(body, 'x', sizeof body);
    memcpy(body, "{\"rule\":\"", 9);
    const char tail[] = "\",\"priority\":\"Error\"}" B;
    memcpy(body + 2000, tail, sizeof tail);
    UNITS(body, "too_large:2021 b ");
    // However many units a batch takes, they are the same.
    const char *many = "[" A "," B "," A "," B "," A "]";
    CHECK(strcmp(units(many, strlen(many), 2), "a b a b a ") == 0);
    CHECK(strcmp(units(many, strlen(many), 100), "a b a b a ") == 0);
    // Many openings are read in linear time, and none is lost.
    size_t count = 200000, length = 2 * count;
    char *openings = malloc(length);
    for (size_t i = 0; i < count; i++) memcpy(openings + 2 * i, "{\n", 2);
    cjson_parser *parser = cjson_parser_create();
    calert_batch *batch = calert_batch_create(1024, 4);
    cjson_limits limits = {.unit_limit = 1u << 30, .byte_limit = 1u << 30, .text_limit = 1u << 20};
    cjson_body_place place = {0};
    CHECK(cjson_scan_body(parser, batch, (const uint8_t *)openings, length, &limits, 5, &place));
    CHECK(batch->reject_count == count);
    calert_batch_destroy(batch);
    cjson_parser_destroy(parser);
    free(openings);
}
