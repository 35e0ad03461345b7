// SPDX-License-Identifier: Apache-2.0
//
// One JSON object at a time: what is accepted, as what, and what is refused and why.
#include <math.h>

#include "falco_fields.h"
#include "json_check.h"

static cjson_parser *parser;
static calert_batch *batch;

static calert_reject_reason scan(const char *text, size_t length) {
    calert_batch_clear(batch, 1u << 20);
    calert_reject_reason reason = cjson_scan_alert(parser, batch, (const uint8_t *)text, length, 77);
    // Either one record or one reject, never both, and nothing half-way.
    CHECK(batch->record_count == (reason == CALERT_ACCEPTED));
    CHECK(batch->reject_count == (reason != CALERT_ACCEPTED));
    if (reason != CALERT_ACCEPTED) {
        CHECK(batch->rejects[0].reason == reason && batch->rejects[0].encoding == CALERT_FROM_JSON);
        CHECK(batch->field_count == 0 && batch->tag_count == 0 && batch->derived_count == 0);
        CHECK(batch->byte_count == batch->rejects[0].raw.length);
    }
    return reason;
}
#define SCAN(literal) scan(literal, sizeof literal - 1)
#define FIELD(json) SCAN("{\"rule\":\"r\",\"priority\":\"Error\",\"output_fields\":{" json "}}")
#define FIRST (batch->fields[0])

static void minimal_and_complete(void) {
    CHECK(SCAN("{\"priority\":\"Error\",\"rule\":\"r\"}") == CALERT_ACCEPTED);
    calert_record *record = &batch->records[0];
    CHECK(record->event_time == 77 && record->arrival_time == 77);
    CHECK(record->flags == (CALERT_TIME_FROM_ARRIVAL | CALERT_NO_FIELDS));
    CHECK(record->priority == 3 && record->encoding == CALERT_FROM_JSON);
    CHECK(SLICE_IS(batch, record->raw, "{\"priority\":\"Error\",\"rule\":\"r\"}"));

    CHECK(SCAN(" \r\n\t{\"output\":\"o\",\"priority\":\"info\",\"rule\":\"r\",\"time\":\"2026-05-28T20:26:40.000484839Z\",\"source\":\"s\","
               "\"tags\":[\"a\",\"b\"],\"hostname\":\"h\",\"message\":\"m\",\"uuid\":\"u\",\"else\":{\"x\":[1,{}]},"
               "\"output_fields\":{\"proc.pid\":1}} \n") == CALERT_ACCEPTED);
    record = &batch->records[0];
    CHECK(record->event_time == 1780000000000484839 && record->flags == 0 && record->priority == 6);
    CHECK(SLICE_IS(batch, record->output, "o") && SLICE_IS(batch, record->source, "s"));
    CHECK(SLICE_IS(batch, record->hostname, "h") && SLICE_IS(batch, record->message, "m"));
    CHECK(record->tag_count == 2 && SLICE_IS(batch, batch->tags[1], "b"));
    CHECK(record->raw.offset == 0 && batch->bytes[0] == '{' && batch->bytes[record->raw.length - 1] == '}');
    // evt.time, which Falco always has in its JSON, is added from `time`.
    CHECK(record->field_count == 2 && batch->fields[1].key_id == CALERT_FIELD_EVT_TIME);
    CHECK(batch->fields[1].flags == CALERT_FIELD_SYNTHETIC && batch->fields[1].number.i == record->event_time);

    // Null is absence for Falco's own keys.
    CHECK(SCAN("{\"rule\":\"r\",\"priority\":\"Debug\",\"output\":null,\"source\":null,\"tags\":null,\"hostname\":null,"
               "\"message\":null,\"time\":null,\"output_fields\":null}") == CALERT_ACCEPTED);
    CHECK(batch->records[0].flags == (CALERT_TIME_FROM_ARRIVAL | CALERT_NO_FIELDS) && batch->records[0].source.length == 0);
    CHECK(SCAN("{\"rule\":\"r\",\"priority\":\"Debug\",\"time\":\"yesterday\",\"output_fields\":{}}") == CALERT_ACCEPTED);
    CHECK(batch->records[0].flags == CALERT_TIME_FROM_ARRIVAL && batch->field_count == 0);
    CHECK(SCAN("{\n\"rule\": \"r\",\n\"priority\" : \"Debug\" }") == CALERT_ACCEPTED);
    CHECK(batch->records[0].flags & CALERT_MULTILINE);
}

static void values(void) {
    CHECK(FIELD("\"evt.time\":9223372036854775807") == CALERT_ACCEPTED);
    CHECK(FIRST.kind == CALERT_INT64 && FIRST.number.i == INT64_MAX && FIRST.key_id == CALERT_FIELD_EVT_TIME);
    CHECK(FIELD("\"x\":-9223372036854775808") == CALERT_ACCEPTED && FIRST.kind == CALERT_INT64 && FIRST.number.i == INT64_MIN);
    CHECK(FIELD("\"x\":18446744073709551615") == CALERT_ACCEPTED && FIRST.kind == CALERT_UINT64 && FIRST.number.u == UINT64_MAX);
    CHECK(FIELD("\"x\":9007199254740993") == CALERT_ACCEPTED && FIRST.number.i == 9007199254740993);
    CHECK(FIELD("\"x\":1.5e3 ") == CALERT_ACCEPTED && FIRST.kind == CALERT_DOUBLE && FIRST.number.d == 1500);
    CHECK(SLICE_IS(batch, FIRST.text, "1.5e3"));
    CHECK(FIELD("\"x\":1e999") == CALERT_ACCEPTED && FIRST.kind == CALERT_JSON && SLICE_IS(batch, FIRST.text, "1e999"));
    CHECK(FIELD("\"proc.fdusage\":1e999") == CALERT_ACCEPTED && FIRST.kind == CALERT_JSON);
    CHECK(FIELD("\"x\":null") == CALERT_ACCEPTED && FIRST.kind == CALERT_NULL);
    CHECK(FIELD("\"x\":\"<NA>\"") == CALERT_ACCEPTED && FIRST.kind == CALERT_NOT_AVAILABLE);
    CHECK(FIELD("\"x\":\"\"") == CALERT_ACCEPTED && FIRST.kind == CALERT_EMPTY);
    CHECK(FIELD("\"x\":true,\"y\":false") == CALERT_ACCEPTED && FIRST.kind == CALERT_BOOL && FIRST.number.i == 1);
    CHECK(batch->fields[1].kind == CALERT_BOOL && batch->fields[1].number.i == 0);
    CHECK(FIELD("\"proc.pid\":\"17\"") == CALERT_ACCEPTED && FIRST.kind == CALERT_INT64 && FIRST.number.i == 17);
    CHECK(FIELD("\"x\":[1, {\"a\":\"\\u00e9]\"} ,[]]") == CALERT_ACCEPTED && FIRST.kind == CALERT_JSON);
    CHECK(SLICE_IS(batch, FIRST.text, "[1, {\"a\":\"\\u00e9]\"} ,[]]"));
    CHECK(FIELD("\"x\":{ }") == CALERT_ACCEPTED && FIRST.kind == CALERT_JSON && SLICE_IS(batch, FIRST.text, "{ }"));
    CHECK(FIELD("\"proc.aname[2]\":\"a\"") == CALERT_ACCEPTED && FIRST.type == CALERT_TYPE_STRING && FIRST.key_id == 0);
}

static void escapes(void) {
    CHECK(FIELD("\"x\":\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"") == CALERT_ACCEPTED);
    CHECK(SLICE_IS(batch, FIRST.text, "a\"\\/\b\f\n\r\tz"));
    CHECK(FIELD("\"x\":\"\\u0000\"") == CALERT_ACCEPTED && slice_is(batch, FIRST.text, "\0", 1));
    CHECK(FIELD("\"x\":\"\\u00e9\\u20AC\\ud83d\\ude00\"") == CALERT_ACCEPTED);
    CHECK(SLICE_IS(batch, FIRST.text, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
    // Lone surrogates: alone, first without second, second first, cut short.
    CHECK(FIELD("\"x\":\"\\ud800\"") == CALERT_ACCEPTED && SLICE_IS(batch, FIRST.text, "\xEF\xBF\xBD"));
    CHECK(FIELD("\"x\":\"\\ud800\\u0041\"") == CALERT_ACCEPTED && SLICE_IS(batch, FIRST.text, "\xEF\xBF\xBD" "A"));
    CHECK(FIELD("\"x\":\"\\udc00\\ud800\"") == CALERT_ACCEPTED && SLICE_IS(batch, FIRST.text, "\xEF\xBF\xBD\xEF\xBF\xBD"));
    CHECK(FIELD("\"x\":\"\\ud800\\ud83d\\ude00\"") == CALERT_ACCEPTED);
    CHECK(SLICE_IS(batch, FIRST.text, "\xEF\xBF\xBD\xF0\x9F\x98\x80"));
    CHECK(FIELD("\"x\":\"\\ud800\\u12\"") == CALERT_REJECT_MALFORMED_JSON);
    CHECK(FIELD("\"x\":\"\\q\"") == CALERT_REJECT_MALFORMED_JSON);
    CHECK(FIELD("\"x\":\"\\u00g0\"") == CALERT_REJECT_MALFORMED_JSON);
    CHECK(FIELD("\"x\\q\":1") == CALERT_REJECT_MALFORMED_JSON);
    CHECK(FIELD("\"x\":[\"\\q\"]") == CALERT_REJECT_MALFORMED_JSON);
    CHECK(SCAN("{\"r\\u0075le\":\"r\",\"priority\":\"\\u0045rror\",\"tags\":[\"\\t\"]}") == CALERT_ACCEPTED);
    CHECK(batch->records[0].priority == 3 && SLICE_IS(batch, batch->tags[0], "\t"));
    CHECK(FIELD("\"a\\tb\":\"1\",\"a\tb\":1") == CALERT_REJECT_MALFORMED_JSON);
    CHECK(FIELD("\"p\\u0072oc.pid\":\"5\"") == CALERT_ACCEPTED && FIRST.key_id == CALERT_FIELD_PROC_PID && FIRST.number.i == 5);
}

static void duplicates(void) {
    CHECK(FIELD("\"x\":1,\"y\":2,\"x\":\"last\"") == CALERT_ACCEPTED && batch->records[0].field_count == 2);
    CHECK(FIRST.kind == CALERT_STRING && SLICE_IS(batch, FIRST.text, "last"));
    CHECK(FIELD("\"proc.pid\":1,\"y\":2,\"proc.pid\":3") == CALERT_ACCEPTED && batch->records[0].field_count == 2);
    CHECK(FIRST.number.i == 3);
    CHECK(FIELD("\"x\":1,\"\\u0078\":2") == CALERT_ACCEPTED && batch->records[0].field_count == 1 && FIRST.number.i == 2);
    CHECK(SCAN("{\"rule\":\"a\",\"priority\":\"Error\",\"rule\":\"b\",\"priority\":\"Debug\",\"tags\":[\"1\",\"2\"],\"tags\":[\"3\"],"
               "\"output_fields\":{\"x\":1,\"y\":1},\"output_fields\":{\"x\":2}}") == CALERT_ACCEPTED);
    CHECK(SLICE_IS(batch, batch->records[0].rule, "b") && batch->records[0].priority == 7);
    CHECK(batch->records[0].tag_count == 1 && batch->records[0].field_count == 1 && FIRST.number.i == 2);
    CHECK(SCAN("{\"rule\":\"a\",\"priority\":\"Error\",\"output_fields\":{\"x\":1},\"output_fields\":null}") == CALERT_ACCEPTED);
    CHECK(batch->records[0].field_count == 0 && (batch->records[0].flags & CALERT_NO_FIELDS));
    CHECK(SCAN("{\"rule\":\"a\",\"priority\":\"Error\",\"rule\":null}") == CALERT_REJECT_NOT_AN_ALERT);
}

static void refused(void) {
    static const char *const malformed[] = {
        "", "  ", "{", "{}}", "{\"rule\"}", "{\"rule\":}", "{\"rule\":\"r\",}", "{\"rule\":\"r\"\"priority\":\"Error\"}",
        "{\"rule\":\"r\" \"x\"}", "{rule:1}", "{\"rule\":\"r\",\"priority\":\"Error\"", "{\"rule\":\"r\",\"priority\":\"Error\"} x",
        "{\"rule\":\"r\",\"priority\":\"Error\"}{}", "{\"x\":NaN}", "{\"x\":nan}", "{\"x\":Infinity}", "{\"x\":-}", "{\"x\":01}",
        "{\"x\":1.}", "{\"x\":.5}", "{\"x\":+1}", "{\"x\":0x1}", "{\"x\":1e}", "{\"x\":tru}", "{\"x\":truee}", "{\"x\":[1,]}",
        "{\"x\":[1 2]}", "{\"x\":[}", "{\"x\":]}", "{\"x\":{]}", "{\"x\":{\"a\"}}", "{\"x\":{1:2}}", "{\"x\":{\"a\":1,}}", "{,}",
        "{\"x\":\"unclosed}", "{\"x\":'single'}", "{\"x\":\"line\nfeed\"}", "{\"x\":\"\x01\"}", "{\"x\":1 /* comment */}",
        "{\"x\":123\"y\"}", "{\"x\":\"y\"z}", "{\"x\":\\}", "{\"x\":1}\v", "\\{}",
        "{\"rule\":\"r\",\"priority\":\"Error\",\"output_fields\":{\"a\":1,}}", "{\"rule\":\"r\",\"priority\":\"Error\",\"tags\":[\"a\",]}",
        "{\"rule\":\"r\",\"priority\":\"Error\",\"output_fields\":{\"a\":}}", "{\"rule\":\"r\",\"priority\":\"Error\",\"output_fields\":{\"a\"",
        "{\"rule\":5,\"x\":NaN}",
    };
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        bool object = strchr(malformed[i], '{') == malformed[i] || strspn(malformed[i], " ") == strlen(malformed[i]);
        calert_reject_reason expected = object ? CALERT_REJECT_MALFORMED_JSON : CALERT_REJECT_PLAIN_TEXT;
        calert_reject_reason reason = scan(malformed[i], strlen(malformed[i]));
        if (reason != expected) fprintf(stderr, "%s: %s\n", malformed[i], calert_reject_name(reason));
        CHECK(reason == expected);
    }
    CHECK(SCAN("{\"rule\":\"r\",\"priority\":\"Error\"}\0") == CALERT_REJECT_MALFORMED_JSON);
    CHECK(SCAN("[]") == CALERT_REJECT_NOT_AN_OBJECT && SCAN("\"x\"") == CALERT_REJECT_NOT_AN_OBJECT);
    CHECK(SCAN("12") == CALERT_REJECT_NOT_AN_OBJECT && SCAN("null") == CALERT_REJECT_NOT_AN_OBJECT);
    CHECK(SCAN("12:00:00.000000000: Notice text") == CALERT_REJECT_PLAIN_TEXT);
    CHECK(SCAN("{}") == CALERT_REJECT_NOT_AN_ALERT);
    CHECK(SCAN("{\"falco_load_results\":[{\"errors\":[],\"name\":\"x\"}]}") == CALERT_REJECT_NOT_AN_ALERT);
    CHECK(SCAN("{\"time\":1531171074631,\"source\":{\"file\":1},\"tags\":\"x\"}") == CALERT_REJECT_NOT_AN_ALERT);
    CHECK(SCAN("{\"rule\":\"r\"}") == CALERT_REJECT_NOT_AN_ALERT && SCAN("{\"priority\":\"Error\"}") == CALERT_REJECT_NOT_AN_ALERT);
    CHECK(SCAN("{\"rule\":\"\",\"priority\":\"Error\"}") == CALERT_REJECT_NOT_AN_ALERT);
    CHECK(SCAN("{\"rule\":\"r\",\"priority\":\"Loud\"}") == CALERT_REJECT_UNKNOWN_PRIORITY);
    CHECK(SCAN("{\"rule\":\"r\",\"priority\":\"\"}") == CALERT_REJECT_UNKNOWN_PRIORITY);
    static const char *const wrong[] = {"\"output\":1",        "\"time\":1780000000", "\"output_fields\":[]", "\"output_fields\":\"x\"",
                                        "\"source\":[]",       "\"tags\":\"a\"",      "\"tags\":[1]",         "\"tags\":[\"a\",null]",
                                        "\"tags\":{\"a\":1}",  "\"hostname\":true",   "\"message\":{}",       "\"rule\":1",
                                        "\"priority\":5",      "\"output\":1,\"output\":\"x\""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[256];
        int length = snprintf(text, sizeof text, "{\"rule\":\"r\",\"priority\":\"Error\",%s}", wrong[i]);
        calert_reject_reason reason = scan(text, (size_t)length);
        if (reason != CALERT_REJECT_WRONG_TYPE) fprintf(stderr, "%s: %s\n", wrong[i], calert_reject_name(reason));
        CHECK(reason == CALERT_REJECT_WRONG_TYPE);
    }
    static const char *const not_utf8[] = {"\xff", "\xC0\x80", "\xED\xA0\x80", "\xE2\x82", "\xF5\x80\x80\x80"};
    for (size_t i = 0; i < sizeof not_utf8 / sizeof *not_utf8; i++) {
        char text[128];
        int length = snprintf(text, sizeof text, "{\"rule\":\"%s\",\"priority\":\"Error\"}", not_utf8[i]);
        CHECK(scan(text, (size_t)length) == CALERT_REJECT_INVALID_UTF8);
    }
}

/// `before` + `repeated` × count + `middle` + `closing` × count + `after`.
static char *nest(const char *before, const char *repeated, size_t count, const char *middle, const char *closing, const char *after) {
    char *text = malloc(strlen(before) + (strlen(repeated) + strlen(closing)) * count + strlen(middle) + strlen(after) + 1);
    char *end = stpcpy(text, before);
    for (size_t i = 0; i < count; i++) end = stpcpy(end, repeated);
    end = stpcpy(end, middle);
    for (size_t i = 0; i < count; i++) end = stpcpy(end, closing);
    stpcpy(end, after);
    return text;
}

static void limits(void) {
    const char *fields = "{\"rule\":\"r\",\"priority\":\"Error\",\"output_fields\":{\"x\":", *end = "}}";
    const char *other = "{\"rule\":\"r\",\"priority\":\"Error\",\"x\":", *shapes[][2] = {{"[", "]"}, {"{\"a\":", "}"}};
    for (size_t i = 0; i < 2; i++) {
        char *fits = nest(fields, shapes[i][0], CJSON_DEPTH_LIMIT - 2, "1", shapes[i][1], end);
        char *deep = nest(fields, shapes[i][0], CJSON_DEPTH_LIMIT - 1, "1", shapes[i][1], end);
        char *deepest = nest(other, shapes[i][0], 1000000, "1", shapes[i][1], "}");
        char *unclosed = nest(other, shapes[i][0], 1000000, "", "", "");
        CHECK(scan(fits, strlen(fits)) == CALERT_ACCEPTED && FIRST.kind == CALERT_JSON);
        CHECK(scan(deep, strlen(deep)) == CALERT_REJECT_TOO_DEEP);
        CHECK(scan(deepest, strlen(deepest)) == CALERT_REJECT_TOO_DEEP);
        CHECK(batch->rejects[0].raw.length == CALERT_REJECT_BYTES && batch->rejects[0].received_bytes == strlen(deepest));
        CHECK(scan(unclosed, strlen(unclosed)) == CALERT_REJECT_TOO_DEEP);
        free(fits), free(deep), free(deepest), free(unclosed);
    }
    char *text = malloc(1 << 20);
    for (int many = 0; many < 2; many++) {
        char *at = stpcpy(text, "{\"rule\":\"r\",\"priority\":\"Error\",\"output_fields\":{\"k0\":0");
        for (int i = 1; i < CALERT_FIELD_LIMIT + many; i++) at += sprintf(at, ",\"k%d\":%d", i, i);
        at = stpcpy(at, ",\"k7\":\"again\"}}");
        CHECK(scan(text, (size_t)(at - text)) == (many ? CALERT_REJECT_TOO_MANY_FIELDS : CALERT_ACCEPTED));
        if (!many) CHECK(batch->records[0].field_count == CALERT_FIELD_LIMIT && SLICE_IS(batch, batch->fields[7].text, "again"));
        at = stpcpy(text, "{\"rule\":\"r\",\"priority\":\"Error\",\"tags\":[\"t\"");
        for (int i = 1; i < CALERT_TAG_LIMIT + many; i++) at = stpcpy(at, ",\"t\"");
        at = stpcpy(at, "]}");
        CHECK(scan(text, (size_t)(at - text)) == (many ? CALERT_REJECT_TOO_MANY_FIELDS : CALERT_ACCEPTED));
    }
    free(text);
    // A text of 40 MB is just an alert; what it made the parser take is given back.
    char *large = nest("{\"rule\":\"r\",\"priority\":\"Error\",\"output\":\"", "x", 40 << 20, "", "", "\"}");
    CHECK(scan(large, strlen(large)) == CALERT_ACCEPTED && batch->records[0].output.length == 40 << 20);
    free(large);
    CHECK(SCAN("{\"priority\":\"Error\",\"rule\":\"r\"}") == CALERT_ACCEPTED);
}

static void minified(void) {
    const char *text = "{ \"a b\" : [ 1 ,\n 2 ] ,\t\"c\\\" \" : { } }\n";
    uint8_t out[64];
    size_t length = cjson_minify((const uint8_t *)text, strlen(text), out);
    const char *expected = "{\"a b\":[1,2],\"c\\\" \":{}}";
    CHECK(length == strlen(expected) && memcmp(out, expected, length) == 0);
    CHECK(cjson_minify((const uint8_t *)"{\"a", 3, out) == 0);
}

void test_alerts(void) {
    parser = cjson_parser_create();
    batch = calert_batch_create(4096, 4);
    minimal_and_complete();
    values();
    escapes();
    duplicates();
    refused();
    limits();
    minified();
    calert_batch_destroy(batch);
    cjson_parser_destroy(parser);
}
