// SPDX-License-Identifier: Apache-2.0
//
// The protobuf scanner: what it makes of messages no Falco would send, and that it agrees with protobuf-c on those that
// a real one did, whole and damaged.
//
// usage: protobuf_tests SAMPLES_DIRECTORY
#include "cfalco_messages.h"
#include "cfalco_scan.h"
#include "check.h"
#include "compare.h"
#include "falco_fields.h"
#include "reference.h"
#include "wire.h"

#define ARRIVAL 1795295741000000000

static calert_batch *batch, *twin;

/// Scans `w` and lets the reference decode it; they must agree. Takes the memory of `w`.
static calert_reject_reason decode(wire *w) {
    calert_batch_destroy(batch);
    calert_batch_destroy(twin);
    batch = calert_batch_create((uint32_t)w->count, 1);  // exact, so that the address sanitizer sees every step too far
    twin = calert_batch_create(0, 1);
    calert_reject_reason reason = cfalco_append_response(batch, w->bytes, w->count, ARRIVAL);
    calert_reject_reason expected = cfalco_reference_response(twin, w->bytes, w->count, ARRIVAL);
    CHECK(reason == expected, "scanner %s, reference %s", calert_reject_name(reason), calert_reject_name(expected));
    const char *what = difference(batch, twin);
    CHECK(what == NULL, "they differ in %s", what);
    CHECK((reason == CALERT_ACCEPTED) == (batch->record_count == 1 && batch->reject_count == 0), "one record or one reject");
    free(w->bytes);
    *w = (wire){0};
    return reason;
}

static bool is_text(calert_slice slice, const char *text) {
    return slice.length == strlen(text) && memcmp(calert_slice_bytes(batch, slice), text, slice.length) == 0;
}

static const calert_record *record(void) { return &batch->records[0]; }
static const calert_field *field(unsigned index) { return &batch->fields[record()->first_field + index]; }

static wire start(void) {
    wire w = {0};
    put_time(&w, 1795295740, 762636430);
    put_varint_field(&w, 2, 5);
    put_text(&w, 4, "a rule");
    return w;
}

static void test_plain(void) {
    wire w = start();
    put_text(&w, 5, "an output");
    put_entry(&w, "proc.pid", "4711");
    put_entry(&w, "proc.name", "bash");
    put_text(&w, 7, "node-1");
    put_text(&w, 8, "container");
    put_text(&w, 8, "shell");
    put_text(&w, 9, "syscall");
    CHECK(decode(&w) == CALERT_ACCEPTED, "a plain alert");
    CHECK(record()->event_time == 1795295740762636430, "time %lld", (long long)record()->event_time);
    CHECK(record()->arrival_time == ARRIVAL && record()->priority == 5 && record()->flags == 0, "scalars");
    CHECK(is_text(record()->rule, "a rule") && is_text(record()->output, "an output"), "texts");
    CHECK(is_text(record()->hostname, "node-1") && is_text(record()->source, "syscall"), "texts");
    CHECK(record()->tag_count == 2 && is_text(batch->tags[0], "container") && is_text(batch->tags[1], "shell"), "tags");
    CHECK(record()->field_count == 3, "two fields and the time, not %u", record()->field_count);
    CHECK(field(0)->kind == CALERT_INT64 && field(0)->number.i == 4711 && field(0)->key_id == CALERT_FIELD_PROC_PID, "pid");
    CHECK(field(1)->kind == CALERT_STRING && is_text(field(1)->text, "bash"), "name");
    CHECK(field(2)->flags == CALERT_FIELD_SYNTHETIC && is_text(field(2)->key, "evt.time") &&
          is_text(field(2)->text, "1795295740762636430") && field(2)->number.i == record()->event_time, "the time");
}

static void test_defaults(void) {
    wire w = {0};
    put_text(&w, 4, "r");
    CHECK(decode(&w) == CALERT_ACCEPTED, "a rule is enough");
    CHECK(record()->priority == 0, "an absent priority is Emergency");
    CHECK(is_text(record()->source, "syscall"), "an absent source is the old field's zero");
    CHECK(record()->flags == CALERT_TIME_FROM_ARRIVAL && record()->event_time == ARRIVAL, "an absent time is arrival");
    CHECK(record()->field_count == 0, "no time field from arrival");
    CHECK(decode(&w) == CALERT_REJECT_NOT_AN_ALERT, "nothing at all");
    w = start();
    put_text(&w, 4, "");
    CHECK(decode(&w) == CALERT_REJECT_NOT_AN_ALERT, "the last rule is empty");
    w = start();
    put_text(&w, 4, "another");
    put_varint_field(&w, 2, 3);
    CHECK(decode(&w) == CALERT_ACCEPTED && is_text(record()->rule, "another") && record()->priority == 3, "the last one wins");
}

static void test_priority_and_source(void) {
    for (uint64_t priority = 0; priority < 12; priority++) {
        wire w = start();
        put_varint_field(&w, 2, priority);
        CHECK(decode(&w) == (priority < 8 ? CALERT_ACCEPTED : CALERT_REJECT_UNKNOWN_PRIORITY), "priority %d", (int)priority);
    }
    wire w = start();
    put_varint_field(&w, 2, UINT64_MAX);
    CHECK(decode(&w) == CALERT_REJECT_UNKNOWN_PRIORITY, "minus one");
    static const char *const names[] = {"syscall", "k8s_audit", "internal", "plugin", ""};
    for (unsigned number = 0; number < 5; number++) {
        w = start();
        put_varint_field(&w, 3, number);
        CHECK(decode(&w) == CALERT_ACCEPTED && is_text(record()->source, names[number]), "old source %u", number);
        CHECK(record()->field_count == (number == 2 ? 0 : 1), "internal messages get no time field");
        w = start();
        put_varint_field(&w, 3, number);
        put_text(&w, 9, "okta");
        CHECK(decode(&w) == CALERT_ACCEPTED && is_text(record()->source, "okta"), "the new source wins");
    }
}

static void test_time(void) {
    static const struct { int64_t seconds; int32_t nanos; int64_t expected; } cases[] = {
        {1795295740, 0, 1795295740000000000}, {0, 1, 1}, {1, 0, 1000000000}, {9, 87, 9000000087},
        {9223372036, 854775807, INT64_MAX},   {9223372036, 854775808, 0}, {9223372037, 0, 0}, {INT64_MAX, 0, 0},
        {-1, 0, 0}, {INT64_MIN, 0, 0}, {0, 0, 0}, {5, -1, 0}, {5, 1000000000, 0}, {5, 999999999, 5999999999},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wire w = {0};
        put_time(&w, cases[i].seconds, cases[i].nanos);
        put_text(&w, 4, "r");
        CHECK(decode(&w) == CALERT_ACCEPTED, "time %zu", i);
        int64_t expected = cases[i].expected;
        CHECK(record()->event_time == (expected ? expected : ARRIVAL), "time %zu is %lld", i, (long long)record()->event_time);
        CHECK((record()->flags == CALERT_TIME_FROM_ARRIVAL) == (expected == 0), "flags of time %zu", i);
        if (expected != 0) {
            char digits[24];
            snprintf(digits, sizeof digits, "%lld", (long long)expected);
            CHECK(record()->field_count == 1 && is_text(field(0)->text, digits), "digits of %s", digits);
        }
    }
    wire w = start(), second = {0};
    put_varint_field(&second, 1, 7);
    put_message(&w, 1, &second);
    CHECK(decode(&w) == CALERT_ACCEPTED && record()->event_time == 7762636430, "two times are merged");
    w = start();
    put_entry(&w, "evt.time", "12");
    CHECK(decode(&w) == CALERT_ACCEPTED && record()->field_count == 1 && field(0)->kind == CALERT_INT64, "its own time field");
}

static void test_entries(void) {
    wire w = start(), entry = {0};
    put_message(&w, 6, &entry);                     // neither key nor value
    put_text(&entry, 2, "only a value");
    put_message(&w, 6, &entry);                     // the same key, ""
    put_text(&entry, 1, "only.a.key");
    put_message(&w, 6, &entry);
    put_text(&entry, 2, "first");
    put_varint_field(&entry, 77, 1);
    put_text(&entry, 2, "second");
    put_text(&entry, 1, "wrong");
    put_text(&entry, 1, "proc.name");
    put_message(&w, 6, &entry);                     // value before key, unknown field, the last ones count
    put_entry(&w, "proc.pid", "1");
    put_entry(&w, "proc.name", "third");
    put_entry(&w, "proc.pid", "<NA>");
    CHECK(decode(&w) == CALERT_ACCEPTED && record()->field_count == 5, "%u fields", record()->field_count);
    CHECK(is_text(field(0)->key, "") && is_text(field(0)->text, "only a value"), "the empty key");
    CHECK(is_text(field(1)->key, "only.a.key") && field(1)->kind == CALERT_EMPTY, "the empty value");
    CHECK(is_text(field(2)->key, "proc.name") && is_text(field(2)->text, "third"), "the last value in the first place");
    CHECK(is_text(field(3)->key, "proc.pid") && field(3)->kind == CALERT_NOT_AVAILABLE && field(3)->number.i == 0, "pid");

    static const char nul[] = "a\0b", wild[] = "\xff\xc3(\xe2(\xa1";
    w = start();
    put_bytes(&entry, 1, nul, 3);
    put_bytes(&entry, 2, wild, 6);
    put_message(&w, 6, &entry);
    put_bytes(&w, 5, wild, 6);
    put_bytes(&w, 8, nul, 3);
    CHECK(decode(&w) == CALERT_ACCEPTED && field(0)->key.length == 3 && field(0)->text.length == 6 &&
          record()->output.length == 6 && batch->tags[0].length == 3, "NUL and invalid UTF-8 are kept");
}

/// Keys that repeat, few and many, in and outside Falco's list.
static void test_equal_keys(void) {
    for (unsigned distinct = 1; distinct <= 3000; distinct = distinct * 3 + 1) {
        wire w = start();
        for (unsigned i = 0; i < 4000; i++) {
            char key[32], value[32];
            snprintf(key, sizeof key, i % 5 ? "custom.%u" : "k%u", i * 7919 % distinct);
            snprintf(value, sizeof value, "%u", i);
            put_entry(&w, key, value);
            put_entry(&w, "proc.pid", value);
            if (w.count > 60000) break;
        }
        CHECK(decode(&w) == CALERT_ACCEPTED || batch->rejects[0].reason == CALERT_REJECT_TOO_MANY_FIELDS, "%u keys", distinct);
    }
}

static void test_limits(void) {
    for (unsigned count = CALERT_FIELD_LIMIT - 1; count <= CALERT_FIELD_LIMIT + 1; count++) {
        wire w = start(), same = start(), named = start();
        for (unsigned i = 0; i < count; i++) {
            char key[16];
            snprintf(key, sizeof key, "f%u", i);
            put_entry(&w, key, "");
            put_entry(&same, "a", "b");
            put_entry(&named, "fd.name", "b");
        }
        calert_reject_reason expected = count <= CALERT_FIELD_LIMIT ? CALERT_ACCEPTED : CALERT_REJECT_TOO_MANY_FIELDS;
        CHECK(decode(&w) == expected, "%u fields", count);
        CHECK(decode(&same) == expected && (expected || record()->field_count == 2), "%u times the same", count);
        CHECK(decode(&named) == expected && (expected || record()->field_count == 2), "%u times the same", count);
    }
    for (unsigned count = CALERT_TAG_LIMIT - 1; count <= CALERT_TAG_LIMIT + 1; count++) {
        wire w = start();
        for (unsigned i = 0; i < count; i++) put_text(&w, 8, "t");
        CHECK(decode(&w) == (count <= CALERT_TAG_LIMIT ? CALERT_ACCEPTED : CALERT_REJECT_TOO_MANY_FIELDS), "%u tags", count);
    }
    wire w = start();
    for (unsigned i = 0; i < CALERT_FIELD_LIMIT + 1; i++) put_entry(&w, "a", "b");
    put_byte(&w, 0x07);
    CHECK(decode(&w) == CALERT_REJECT_MALFORMED_PROTOBUF, "what is wrong with the wire is told first");
    for (unsigned depth = CFALCO_GROUP_DEPTH - 1; depth <= CFALCO_GROUP_DEPTH + 1; depth++) {
        w = start();
        for (unsigned i = 0; i < depth; i++) put_tag(&w, 100 + i, 3);
        put_varint_field(&w, 2, 1);
        for (unsigned i = depth; i-- > 0;) put_tag(&w, 100 + i, 4);
        CHECK(decode(&w) == (depth <= CFALCO_GROUP_DEPTH ? CALERT_ACCEPTED : CALERT_REJECT_TOO_DEEP), "%u groups", depth);
        CHECK(depth > CFALCO_GROUP_DEPTH || record()->priority == 5, "what is inside a group is not the alert's");
    }
    // A string of 3 MiB: its length takes four bytes.
    w = start();
    char *large = malloc(3u << 20);
    memset(large, 'x', 3u << 20);
    put_bytes(&w, 5, large, 3u << 20);
    free(large);
    CHECK(decode(&w) == CALERT_ACCEPTED && record()->output.length == 3u << 20, "3 MiB");
}

static void test_unknown_fields(void) {
    wire w = start();
    put_varint_field(&w, 10, UINT64_MAX);
    put_bytes(&w, 11, "xyz", 3);
    put_tag(&w, 12, 1);
    put(&w, "12345678", 8);
    put_tag(&w, 536870911, 5);
    put(&w, "1234", 4);
    put_tag(&w, 13, 3);
    put_tag(&w, 13, 4);
    put_text(&w, 7, "host");
    CHECK(decode(&w) == CALERT_ACCEPTED && is_text(record()->hostname, "host"), "unknown fields are passed over");
    w = start();
    put(&w, "\xa2\x80\x80\x80\x00\x03new", 9);  // field 4 with a tag of five bytes, where one would do
    CHECK(decode(&w) == CALERT_ACCEPTED && is_text(record()->rule, "new"), "long tags");
    w = start();
    put(&w, "\x22\x83\x80\x80\x80\x00new", 9);
    CHECK(decode(&w) == CALERT_ACCEPTED && is_text(record()->rule, "new"), "long lengths");
    w = start();
    put(&w, "\x32\x8b\x80\x00\x0a\x81\x00k\x12\x80\x80\x00\x12\x01v", 15);
    CHECK(decode(&w) == CALERT_ACCEPTED && is_text(field(0)->key, "k") && is_text(field(0)->text, "v"), "long lengths inside");
}

static void test_malformed(void) {
    static const struct { const char *bytes; size_t length; } cases[] = {
#define CASE(text) {text, sizeof text - 1}
        CASE("\x00"), CASE("\x07"), CASE("\x06"), CASE("\x0c"), CASE("\x54"), CASE("\x53"), CASE("\x53\x5c"), CASE("\x22"),
        CASE("\x22\x05xyz"), CASE("\x22\xff\xff\xff\xff\x0f"), CASE("\x22\xff\xff\xff\xff\xff\x01"), CASE("\x80"),
        CASE("\xff\xff\xff\xff\xff\x01\x00"), CASE("\xff\xff\xff\xff\x1f\x00"), CASE("\x10"), CASE("\x10\x80"),
        CASE("\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), CASE("\x12\x01x"), CASE("\x20\x01"), CASE("\x25zzzz"),
        CASE("\x08\x01"), CASE("\x18"), CASE("\x1a\x00"), CASE("\x32\x01\x0a"), CASE("\x32\x03\x0a\x02k"), CASE("\x32\x02\x08\x01"),
        CASE("\x32\x04\x0a\x01k\x12"), CASE("\x32\x05\x0a\x01k\x12\x02"), CASE("\x32\x02\x00\x00"), CASE("\x0a\x02\x08\x80"),
        CASE("\x0a\x01\x08"), CASE("\x0a\x03\x0a\x01x"), CASE("\x51zzzzzzz"), CASE("\x55zzz"), CASE("\x02\x00"),
        CASE("\x42"), CASE("\x42\x01"), CASE("\x42\x00\x42\x7f"), CASE("\x32"), CASE("\x32\x7f\x0a\x01"), CASE("\x53\x22\x01r\x5c"),
        CASE("\x32\xff\x00\x0a\x01k\x12\xfb\x00"), CASE("\xa2\x80\x80\x80\x80\x00\x00"), CASE("\x22\x80\x80\x80\x80\x80\x00"),
#undef CASE
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wire w = start();
        put(&w, cases[i].bytes, cases[i].length);
        CHECK(decode(&w) == CALERT_REJECT_MALFORMED_PROTOBUF, "case %zu", i);
        CHECK(batch->byte_count == batch->rejects[0].raw.length && batch->field_count == 0 && batch->derived_count == 0,
              "case %zu leaves nothing but the dead letter", i);
    }
}

static void test_wrapped_hint(void) {
    static const struct { const char *output; bool wrapped; } cases[] = {
        {"{}", true}, {" \t\r\n{\"a\":1}\n ", true}, {"{", false}, {"}", false}, {"{} x", false}, {"x {}", false}, {"", false}, {"  ", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wire w = start();
        put_text(&w, 5, cases[i].output);
        CHECK(decode(&w) == CALERT_ACCEPTED && record()->flags == (cases[i].wrapped ? CALERT_MAYBE_WRAPPED : 0), "%s", cases[i].output);
    }
}

/// Lengths around the step from one byte of length to two, where the quick ways end.
static void test_long_texts(void) {
    char wide[400];
    memset(wide, 'w', sizeof wide);
    for (size_t length = 100; length < 300; length++) {
        wire w = start(), entry = {0};
        put_text(&w, 8, "short");
        put_bytes(&w, 8, wide, length);
        put_text(&w, 8, "short");
        for (unsigned i = 0; i < 2; i++) {
            put_bytes(&entry, 1 + i, wide, length);
            put_text(&entry, 2 - i, "short");
            put_message(&w, 6, &entry);
        }
        CHECK(decode(&w) == CALERT_ACCEPTED && record()->tag_count == 3 && batch->tags[1].length == length, "tag of %zu", length);
        CHECK(field(0)->key.length == length && field(1)->text.length == length, "key and value of %zu", length);
    }
}

static void test_canonical_forms(void) {
    static const struct { const char *key, *text; calert_kind kind; int64_t number; } cases[] = {
        {"proc.pid", "4711", CALERT_INT64, 4711}, {"proc.pid", "-1", CALERT_INT64, -1}, {"proc.pid", "0", CALERT_INT64, 0},
        {"proc.pid", "-0", CALERT_STRING, 0}, {"proc.pid", "007", CALERT_STRING, 0}, {"proc.pid", "+7", CALERT_STRING, 0},
        {"proc.pid", " 7", CALERT_STRING, 0}, {"proc.pid", "7x", CALERT_STRING, 0}, {"proc.pid", "", CALERT_EMPTY, 0},
        {"proc.pid", "-", CALERT_STRING, 0}, {"proc.pid", "<NA>", CALERT_NOT_AVAILABLE, 0}, {"proc.name", "<NA>", CALERT_NOT_AVAILABLE, 0},
        {"proc.pid", "<na>", CALERT_STRING, 0}, {"proc.pid", "<NA>x", CALERT_STRING, 0}, {"proc.pid", "1.5", CALERT_STRING, 0},
        {"proc.pid", "9223372036854775807", CALERT_INT64, INT64_MAX}, {"proc.pid", "-9223372036854775808", CALERT_INT64, INT64_MIN},
        {"proc.pid", "-9223372036854775809", CALERT_STRING, 0}, {"proc.pid", "9223372036854775808", CALERT_UINT64, INT64_MIN},
        {"proc.pid", "18446744073709551615", CALERT_UINT64, -1}, {"proc.pid", "18446744073709551616", CALERT_STRING, 0},
        {"proc.pid", "99999999999999999999", CALERT_STRING, 0}, {"proc.pid", "111111111111111111111", CALERT_STRING, 0},
        {"proc.name", "4711", CALERT_STRING, 0}, {"proc.apid[1]", "12", CALERT_INT64, 12}, {"proc.aname[2]", "12", CALERT_STRING, 0},
        {"custom", "12", CALERT_STRING, 0}, {"custom[1]", "12", CALERT_STRING, 0}, {"]", "12", CALERT_STRING, 0}, {"[]", "12", CALERT_STRING, 0},
        {"fd.is_server", "true", CALERT_BOOL, 1}, {"fd.is_server", "false", CALERT_BOOL, 0}, {"fd.is_server", "True", CALERT_STRING, 0},
        {"fd.is_server", "truex", CALERT_STRING, 0}, {"fd.num", "3", CALERT_INT64, 3}, {"evt.time", "12", CALERT_INT64, 12},
        {"evt.time", "12:30", CALERT_STRING, 0}, {"falco.n_evts", "12", CALERT_INT64, 12}, {"falco.", "12", CALERT_STRING, 0},
        {"scap.n", "x", CALERT_STRING, 0}, {"scap.", "1", CALERT_STRING, 0}, {"falco.version", "0.43.1", CALERT_STRING, 0},
        {"proc.exe_ino.ctime_duration_pidns_start", "5", CALERT_INT64, 5}, {"proc.exe_ino.ctime_duration_pidns_xtart", "5", CALERT_STRING, 0},
        {"proc.cmdnargz", "5", CALERT_STRING, 0}, {"proc.cmdnargs", "5", CALERT_INT64, 5}, {"user.uid", "4294967295", CALERT_INT64, 4294967295},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wire w = start();
        put_entry(&w, cases[i].key, cases[i].text);
        CHECK(decode(&w) == CALERT_ACCEPTED, "%s", cases[i].key);
        CHECK(field(0)->kind == cases[i].kind, "%s = %s is kind %d", cases[i].key, cases[i].text, field(0)->kind);
        CHECK(field(0)->number.i == cases[i].number, "%s = %s is %lld", cases[i].key, cases[i].text, (long long)field(0)->number.i);
    }
    wire w = start();
    put_entry(&w, "falco.host_cpu_usage_perc", "66.7");
    CHECK(decode(&w) == CALERT_ACCEPTED && field(0)->kind == CALERT_DOUBLE && field(0)->number.d == 66.7, "a metric");
}

/// The quick way through calert_set_text and the plain one agree, for every name of the list and near misses.
static void test_field_names(const char *samples) {
    char path[1024], line[256];
    snprintf(path, sizeof path, "%s/falco-fields.tsv", samples);
    FILE *list = fopen(path, "r");
    CHECK(list != NULL, "%s", path);
    unsigned known = 0;
    while (list != NULL && fgets(line, sizeof line, list) != NULL) {
        size_t length = strcspn(line, "\t");
        uint8_t *name = malloc(length);  // exact, for the address sanitizer
        memcpy(name, line, length);
        for (size_t i = 0; i <= length; i++) {
            calert_field quick = {0}, plain = {0};
            calert_classify_key(name, length, &plain.key_id, &plain.type);
            calert_canonicalise_string(&plain, (const uint8_t *)"12", 2);
            calert_set_text(&quick, name, length, (const uint8_t *)"12", 2);
            CHECK(quick.key_id == plain.key_id && quick.type == plain.type && quick.kind == plain.kind &&
                  quick.number.i == plain.number.i, "%.*s", (int)length, (char *)name);
            if (i == 0) known += plain.key_id != 0;
            if (i > 0) name[i - 1] ^= 1;
            if (i < length) name[i] ^= 1;
        }
        free(name);
    }
    if (list != NULL) fclose(list);
    CHECK(known > 190, "%u names have an id", known);
}

static void test_full_batch(void) {
    calert_batch *full = calert_batch_create(0, 1);
    wire w = start();
    CHECK(cfalco_append_response(full, w.bytes, w.count, ARRIVAL) == CALERT_ACCEPTED, "room");
    // Of what is too large only the first CALERT_REJECT_BYTES are read.
    uint8_t *large = calloc(1, CALERT_REJECT_BYTES);
    CHECK(cfalco_append_response(full, large, CALERT_BYTES_LIMIT + 1ull, ARRIVAL) == CALERT_REJECT_TOO_LARGE, "too large");
    free(large);
    CHECK(full->record_count == 1 && full->rejects[0].received_bytes == CALERT_BYTES_LIMIT + 1ull, "the dead letter says how large");
    calert_batch_destroy(full);
    free(w.bytes);
}

static void test_frames(void) {
    static const uint8_t file[] = {2, 'a', 'b', 0, 0x81, 0x00, 'c', 0xff, 0xff, 0xff, 0xff, 0xff, 1};
    cfalco_frame frame;
    CHECK(cfalco_next_frame(file, sizeof file, 0, 10, &frame) == CFALCO_FRAME_MESSAGE && frame.message == 1 && frame.length == 2 && frame.next == 3, "first");
    CHECK(cfalco_next_frame(file, sizeof file, 3, 10, &frame) == CFALCO_FRAME_MESSAGE && frame.length == 0 && frame.next == 4, "empty");
    CHECK(cfalco_next_frame(file, sizeof file, 4, 10, &frame) == CFALCO_FRAME_MESSAGE && frame.message == 6 && frame.next == 7, "long length");
    CHECK(cfalco_next_frame(file, sizeof file, 7, 10, &frame) == CFALCO_FRAME_MALFORMED, "six bytes of length");
    CHECK(cfalco_next_frame(file, 2, 0, 10, &frame) == CFALCO_FRAME_NEED_MORE && frame.needed == 3, "a part");
    CHECK(cfalco_next_frame(file, 5, 4, 10, &frame) == CFALCO_FRAME_NEED_MORE && frame.needed == 2, "half a length");
    CHECK(cfalco_next_frame(file, 7, 7, 10, &frame) == CFALCO_FRAME_NEED_MORE && frame.needed == 1, "the end");
    CHECK(cfalco_next_frame(file, 7, 99, 10, &frame) == CFALCO_FRAME_NEED_MORE, "past the end");
    CHECK(cfalco_next_frame(file, sizeof file, 0, 1, &frame) == CFALCO_FRAME_TOO_LARGE && frame.length == 2 && frame.next == 3, "too large");
}

static void test_encoder(void) {
    static const char *const sources[] = {"", "syscall", "k8s_audit", "internal", "aws_cloudtrail"};
    static const int64_t times[] = {0, 1, -1, 999999999, 1000000000, 1795295740762636430, INT64_MAX, INT64_MIN};
    char wide[300];
    memset(wide, 'w', sizeof wide);
    cfalco_text tags[] = {{(const uint8_t *)"t\0g", 3}, {NULL, 0}}, keys[] = {{(const uint8_t *)"proc.name", 9}, {NULL, 0}, {(const uint8_t *)"proc.pid", 8}};
    cfalco_text values[] = {{(const uint8_t *)wide, 300}, {NULL, 0}, {(const uint8_t *)"12", 2}};
    for (unsigned i = 0; i < 5 * 8 * 8; i++) {
        const char *source = sources[i % 5];
        int64_t when = times[i / 5 % 8];
        cfalco_parts parts = {.time = when, .priority = (uint8_t)(i / 40), .rule = {(const uint8_t *)wide, 1 + i % 200},
                              .source = {(const uint8_t *)source, strlen(source)}, .hostname = {(const uint8_t *)"h", i % 2},
                              .tags = tags, .tag_count = i % 3, .keys = keys, .values = values, .field_count = i % 4};
        cfalco_buffer buffer = {0};
        CHECK(cfalco_encode_response(&buffer, &parts), "encode");
        size_t single = buffer.count;
        CHECK(cfalco_encode_delimited_response(&buffer, &parts), "encode");
        cfalco_frame frame;
        CHECK(cfalco_next_frame(buffer.bytes, buffer.count, single, 1u << 20, &frame) == CFALCO_FRAME_MESSAGE && frame.length == single &&
              frame.next == buffer.count && memcmp(buffer.bytes, buffer.bytes + frame.message, single) == 0, "delimited");
        wire w = {0};
        put(&w, buffer.bytes, single);
        CHECK(decode(&w) == CALERT_ACCEPTED, "decodes");
        CHECK(record()->event_time == (when > 0 ? when : ARRIVAL) && record()->priority == i / 40 && record()->rule.length == 1 + i % 200, "the same");
        CHECK(is_text(record()->source, *source ? source : "syscall") && record()->tag_count == i % 3, "the same");
        bool synthetic = when > 0 && strcmp(source, "internal") != 0;
        CHECK(record()->field_count == i % 4 + synthetic && (i % 4 == 0 || field(0)->text.length == 300), "the same fields");
        cfalco_buffer_free(&buffer);
    }
}

static void test_small_messages(void) {
    cfalco_version version = {.version = "0.43.1", .engine_version = "0.59.0", .engine_fields_checksum = "abc", .minor = 43, .patch = 1, .engine_minor = 59};
    cfalco_version read;
    cfalco_buffer buffer = {0};
    cfalco_encode_version_response(&buffer, &version);
    CHECK(cfalco_decode_version_response(buffer.bytes, buffer.count, &read) && memcmp(&read, &version, sizeof read) == 0, "there and back");
    CHECK(!cfalco_decode_version_response(buffer.bytes, buffer.count - 1, &read) && read.minor == 0 && read.version[0] == 0, "cut");
    cfalco_buffer_free(&buffer);
    wire w = {0};
    char wide[200];
    memset(wide, 7, sizeof wide);
    put_bytes(&w, 1, wide, sizeof wide);
    CHECK(cfalco_decode_version_response(w.bytes, w.count, &read) && strlen(read.version) == 63 && read.version[0] == '?', "too long, not printable");
    free(w.bytes);
    CHECK(cfalco_decode_request(NULL, 0) && cfalco_decode_request((const uint8_t *)"\x08\x01", 2), "requests");
    CHECK(!cfalco_decode_request((const uint8_t *)"\x08", 1), "half a request");
}

static uint64_t random_state = 88172645463325252ull;

static uint32_t next_random(uint32_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % below;
}

static void mutate(wire *w) {
    for (uint32_t times = 1 + next_random(3); times > 0 && w->count > 1; times--) {
        size_t place = next_random((uint32_t)w->count), length = 1 + next_random(12);
        if (length > w->count - place) length = w->count - place;
        switch (next_random(6)) {
            case 0: w->bytes[place] ^= (uint8_t)(1u << next_random(8)); break;
            case 1: w->bytes[place] = (uint8_t)next_random(256); break;
            case 2: w->count = place; break;
            case 3:
                memmove(w->bytes + place, w->bytes + place + length, w->count - place - length);
                w->count -= length;
                break;
            case 4: put(w, "\x53\x22\x01r\x54\x32\x04\x0a\x00\x12\x00", next_random(12)); break;
            default: memmove(w->bytes + next_random((uint32_t)(w->count - length + 1)), w->bytes + place, length); break;
        }
    }
}

static void test_sample(const char *samples, const char *name, unsigned least, unsigned mutations) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", samples, name);
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL, "%s", path);
    if (file == NULL) return;
    wire all = {0};
    uint8_t block[65536];
    for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;) put(&all, block, got);
    fclose(file);
    unsigned messages = 0;
    size_t place = 0;
    cfalco_frame frame;
    cfalco_frame_state state;
    for (; (state = cfalco_next_frame(all.bytes, all.count, place, 1u << 24, &frame)) == CFALCO_FRAME_MESSAGE; place = frame.next) {
        wire w = {0};
        put(&w, all.bytes + frame.message, frame.length);
        CHECK(decode(&w) == CALERT_ACCEPTED, "%s, message %u", name, messages);
        for (unsigned i = 0; i < mutations; i++) {
            put(&w, all.bytes + frame.message, frame.length);
            mutate(&w);
            decode(&w);
        }
        messages++;
    }
    CHECK(state == CFALCO_FRAME_NEED_MORE && place == all.count, "%s ends cleanly", name);
    CHECK(messages >= least, "%s has %u messages", name, messages);
    free(all.bytes);
}

int main(int count, char **arguments) {
    if (count != 2) {
        fputs("usage: protobuf_tests SAMPLES_DIRECTORY\n", stderr);
        return 2;
    }
    test_plain();
    test_defaults();
    test_priority_and_source();
    test_time();
    test_entries();
    test_equal_keys();
    test_limits();
    test_unknown_fields();
    test_malformed();
    test_wrapped_hint();
    test_long_texts();
    test_canonical_forms();
    test_field_names(arguments[1]);
    test_full_batch();
    test_frames();
    test_encoder();
    test_small_messages();
    test_sample(arguments[1], "both.pb", 3000, 5);
    test_sample(arguments[1], "internal.pb", 10, 50);
    test_sample(arguments[1], "internal-json.pb", 10, 50);
    test_sample(arguments[1], "invalid-utf8.pb", 100, 20);
    calert_batch_destroy(batch);
    calert_batch_destroy(twin);
    return report();
}
