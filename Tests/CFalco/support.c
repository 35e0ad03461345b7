// SPDX-License-Identifier: Apache-2.0
#include "support.h"

#include <time.h>

const char *directory = ".";

uint64_t monotonic(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECONDS + (uint64_t)time.tv_nsec;
}

static cfalco_text text(const char *string) { return (cfalco_text){(const uint8_t *)string, strlen(string)}; }

void make_alert(cfalco_buffer *buffer, uint64_t number, size_t size) {
    char digits[32];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    char *padding = malloc(size + 1);
    memset(padding, 'x', size);
    padding[size] = 0;
    const cfalco_text keys[] = {text("test.number"), text("proc.name"), text("test.padding")};
    const cfalco_text values[] = {text(digits), text("cat"), text(padding)};
    const cfalco_text tags[] = {text("container"), text("test")};
    cfalco_parts parts = {.time = 1700000000000000000 + (int64_t)number, .priority = 4,
                          .rule = text("A test rule"), .output = text("something happened"), .source = text("syscall"),
                          .hostname = text("here"), .tags = tags, .tag_count = 2, .keys = keys, .values = values,
                          .field_count = 3};
    CHECK(cfalco_encode_response(buffer, &parts), "encoding");
    free(padding);
}

void publish(cfalco_server *server, uint64_t first, uint64_t count, size_t size) {
    for (uint64_t number = first; number < first + count; number++) {
        cfalco_buffer buffer = {0};
        make_alert(&buffer, number, size);
        cfalco_server_publish(server, buffer.bytes, buffer.count);
        cfalco_buffer_free(&buffer);
    }
}

static const char *address_of(const char *name) {
    static _Thread_local char address[512];
    snprintf(address, sizeof address, "unix://%s/%s.sock", directory, name);
    return address;
}

cfalco_server *serve(const char *name, cfalco_queue_mode mode, uint64_t backlog_bytes) {
    static const cfalco_version version = {.version = "0.43.1", .minor = 43, .patch = 1, .engine_version = "56"};
    cfalco_server_settings settings = {
        .address = address_of(name), .mode = mode, .backlog_bytes = backlog_bytes, .version = &version};
    char message[512];
    cfalco_server *server = cfalco_server_start(&settings, message, sizeof message);
    CHECK(server != NULL, "%s", message);
    return server;
}

cfalco_client *subscribe(const char *name, uint64_t in_flight) {
    cfalco_client_settings settings = {.address = address_of(name), .in_flight_bytes = in_flight};
    char message[512];
    cfalco_client *client = cfalco_client_create(&settings, message, sizeof message);
    CHECK(client != NULL, "%s", message);
    return client;
}

void connect_client(cfalco_client *client) {
    char message[CFALCO_MESSAGE_BYTES];
    cfalco_connect_status status = cfalco_client_connect(client, PATIENCE, message, sizeof message);
    CHECK(status == CFALCO_CONNECTED, "%d %s", status, message);
}

tally tally_create(uint64_t capacity) {
    tally made = {.batch = calert_batch_create(1 << 16, 64), .seen = calloc(capacity, 1), .capacity = capacity,
                  .commit = true};
    return made;
}

void tally_free(tally *tally) {
    calert_batch_destroy(tally->batch);
    free(tally->seen);
}

static void count_numbers(tally *tally) {
    const calert_batch *batch = tally->batch;
    for (uint32_t index = 0; index < batch->record_count; index++) {
        const calert_record *record = &batch->records[index];
        for (uint32_t field = record->first_field; field < record->first_field + record->field_count; field++) {
            const calert_slice key = batch->fields[field].key, value = batch->fields[field].text;
            if (key.length != 11 || memcmp(calert_slice_bytes(batch, key), "test.number", 11) != 0) continue;
            char digits[32] = "";
            memcpy(digits, calert_slice_bytes(batch, value), value.length < 31 ? value.length : 31);
            uint64_t number = strtoull(digits, NULL, 10);
            CHECK(number < tally->capacity, "%s", digits);
            tally->seen[number]++;
        }
    }
    tally->alerts += batch->record_count;
    tally->rejects += batch->reject_count;
}

cfalco_status tally_receive(tally *tally, cfalco_client *client, uint64_t timeout, cfalco_receipt *receipt) {
    cfalco_limits limits = {.max_records = 1024, .max_bytes = 1 << 20};
    cfalco_status status = cfalco_client_receive(client, tally->batch, &limits, timeout, receipt);
    CHECK(receipt->alerts == tally->batch->record_count, "%u", receipt->alerts);
    count_numbers(tally);
    calert_batch_clear(tally->batch, 1 << 20);
    tally->last_total = receipt->total_bytes;
    if (tally->commit) cfalco_client_committed(client, receipt->total_bytes);
    return status;
}

void tally_until(tally *tally, cfalco_client *client, uint64_t alerts) {
    cfalco_receipt receipt;
    uint64_t give_up = monotonic() + PATIENCE;
    while (tally->alerts < alerts) {
        cfalco_status status = tally_receive(tally, client, SECONDS, &receipt);
        CHECK(status != CFALCO_ENDED && status != CFALCO_LEFT, "%s", receipt.message);
        CHECK(monotonic() < give_up, "only %llu of %llu came", (unsigned long long)tally->alerts,
              (unsigned long long)alerts);
    }
}

void tally_is_exactly(const tally *tally, uint64_t first, uint64_t count) {
    for (uint64_t number = first; number < first + count; number++) {
        CHECK(tally->seen[number] == 1, "alert %llu came %d times", (unsigned long long)number, tally->seen[number]);
    }
    CHECK(tally->alerts == count, "%llu alerts instead of %llu", (unsigned long long)tally->alerts,
          (unsigned long long)count);
}
