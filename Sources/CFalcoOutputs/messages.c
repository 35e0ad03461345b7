// SPDX-License-Identifier: Apache-2.0
#include "cfalco_messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outputs.pb-c.h"
#include "version.pb-c.h"

#define PART_LIMIT (1u << 30)

// ---- Buffer ----

void cfalco_buffer_free(cfalco_buffer *buffer) {
    free(buffer->bytes);
    *buffer = (cfalco_buffer){0};
}

/// Room for `length` more bytes at the end. Running out of memory ends the process, as everywhere in Swift.
static uint8_t *reserve(cfalco_buffer *buffer, size_t length) {
    size_t needed = buffer->count + length;
    if (needed > buffer->capacity) {
        size_t grown = buffer->capacity < 4096 ? 4096 : buffer->capacity;
        while (grown < needed) grown *= 2;
        uint8_t *bytes = realloc(buffer->bytes, grown);
        if (bytes == NULL) {
            fputs("creance: out of memory for a message\n", stderr);
            abort();
        }
        buffer->bytes = bytes;
        buffer->capacity = grown;
    }
    return buffer->bytes + buffer->count;
}

// ---- Version and request ----

static ProtobufCBinaryData binary(const char *text) {
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
}

void cfalco_encode_version_response(cfalco_buffer *buffer, const cfalco_version *version) {
    Falco__Version__Response response = FALCO__VERSION__RESPONSE__INIT;
    response.version = binary(version->version);
    response.prerelease = binary(version->prerelease);
    response.build = binary(version->build);
    response.engine_version = binary(version->engine_version);
    response.engine_fields_checksum = binary(version->engine_fields_checksum);
    response.major = version->major;
    response.minor = version->minor;
    response.patch = version->patch;
    response.engine_major = version->engine_major;
    response.engine_minor = version->engine_minor;
    response.engine_patch = version->engine_patch;
    size_t length = falco__version__response__get_packed_size(&response);
    buffer->count += falco__version__response__pack(&response, reserve(buffer, length));
}

static void copy_printable(char *to, size_t capacity, ProtobufCBinaryData from) {
    size_t length = from.len < capacity - 1 ? from.len : capacity - 1;
    for (size_t i = 0; i < length; i++) to[i] = from.data[i] >= 0x20 && from.data[i] < 0x7f ? (char)from.data[i] : '?';
    to[length] = 0;
}

bool cfalco_decode_version_response(const uint8_t *message, size_t length, cfalco_version *version) {
    *version = (cfalco_version){0};
    Falco__Version__Response *response = falco__version__response__unpack(NULL, length, message);
    if (response == NULL) return false;
    copy_printable(version->version, sizeof version->version, response->version);
    copy_printable(version->prerelease, sizeof version->prerelease, response->prerelease);
    copy_printable(version->build, sizeof version->build, response->build);
    copy_printable(version->engine_version, sizeof version->engine_version, response->engine_version);
    copy_printable(version->engine_fields_checksum, sizeof version->engine_fields_checksum, response->engine_fields_checksum);
    version->major = response->major;
    version->minor = response->minor;
    version->patch = response->patch;
    version->engine_major = response->engine_major;
    version->engine_minor = response->engine_minor;
    version->engine_patch = response->engine_patch;
    falco__version__response__free_unpacked(response, NULL);
    return true;
}

bool cfalco_decode_request(const uint8_t *message, size_t length) {
    if (length == 0) return true;
    Falco__Outputs__Request *request = falco__outputs__request__unpack(NULL, length, message);
    if (request == NULL) return false;
    falco__outputs__request__free_unpacked(request, NULL);
    return true;
}

// ---- Response ----

static size_t varint_size(uint64_t value) {
    size_t size = 1;
    while (value >= 0x80) value >>= 7, size++;
    return size;
}

static uint8_t *write_varint(uint8_t *at, uint64_t value) {
    for (; value >= 0x80; value >>= 7) *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

static size_t text_size(size_t length) { return 1 + varint_size(length) + length; }

static uint8_t *write_text(uint8_t *at, unsigned field, cfalco_text text) {
    *at++ = (uint8_t)(field << 3 | 2);
    at = write_varint(at, text.length);
    if (text.length != 0) memcpy(at, text.bytes, text.length);
    return at + text.length;
}

/// proto3: an empty string is not written.
static uint8_t *write_some_text(uint8_t *at, unsigned field, cfalco_text text) {
    return text.length == 0 ? at : write_text(at, field, text);
}

static unsigned source_number(cfalco_text source) {
    static const char *const names[] = {"syscall", "k8s_audit", "internal"};
    if (source.length == 0) return 0;
    for (unsigned i = 0; i < 3; i++) {
        if (strlen(names[i]) == source.length && memcmp(names[i], source.bytes, source.length) == 0) return i;
    }
    return 3;
}

/// Seconds and the nanos of the second, which count forwards before 1970 too.
static void split_time(int64_t time, int64_t *seconds, uint32_t *nanos) {
    *seconds = time / 1000000000;
    int64_t rest = time % 1000000000;
    if (rest < 0) {
        rest += 1000000000;
        *seconds -= 1;
    }
    *nanos = (uint32_t)rest;
}

static bool add_size(size_t *sum, cfalco_text text, bool always) {
    if (text.length > PART_LIMIT) return false;
    if (always || text.length != 0) *sum += text_size(text.length);
    return *sum <= PART_LIMIT;
}

/// Sizes first, so that the bytes are written once.
static bool encode(cfalco_buffer *buffer, const cfalco_parts *alert, bool delimited) {
    int64_t seconds;
    uint32_t nanos;
    split_time(alert->time, &seconds, &nanos);
    size_t time_size = (seconds ? 1 + varint_size((uint64_t)seconds) : 0) + (nanos ? 1 + varint_size(nanos) : 0);
    unsigned source = source_number(alert->source);
    size_t size = 2 + time_size + (alert->priority ? 1 + varint_size(alert->priority) : 0) + (source ? 2 : 0);
    if (!add_size(&size, alert->rule, false) || !add_size(&size, alert->output, false) ||
        !add_size(&size, alert->hostname, false) || !add_size(&size, alert->source, false)) {
        return false;
    }
    for (size_t i = 0; i < alert->tag_count; i++) {
        if (!add_size(&size, alert->tags[i], true)) return false;
    }
    for (size_t i = 0; i < alert->field_count; i++) {
        size_t key = alert->keys[i].length, value = alert->values[i].length;
        if (key > PART_LIMIT || value > PART_LIMIT) return false;
        size += text_size(text_size(key) + text_size(value));
        if (size > PART_LIMIT) return false;
    }
    uint8_t *start = reserve(buffer, size + 5), *at = start;
    if (delimited) at = write_varint(at, size);
    *at++ = 1 << 3 | 2;
    *at++ = (uint8_t)time_size;  // two varints: below 128
    if (seconds) *at++ = 1 << 3, at = write_varint(at, (uint64_t)seconds);
    if (nanos) *at++ = 2 << 3, at = write_varint(at, nanos);
    if (alert->priority) *at++ = 2 << 3, at = write_varint(at, alert->priority);
    if (source) *at++ = 3 << 3, *at++ = (uint8_t)source;
    at = write_some_text(at, 4, alert->rule);
    at = write_some_text(at, 5, alert->output);
    for (size_t i = 0; i < alert->field_count; i++) {
        *at++ = 6 << 3 | 2;
        at = write_varint(at, text_size(alert->keys[i].length) + text_size(alert->values[i].length));
        at = write_text(at, 1, alert->keys[i]);
        at = write_text(at, 2, alert->values[i]);
    }
    at = write_some_text(at, 7, alert->hostname);
    for (size_t i = 0; i < alert->tag_count; i++) at = write_text(at, 8, alert->tags[i]);
    at = write_some_text(at, 9, alert->source);
    buffer->count += (size_t)(at - start);
    return true;
}

bool cfalco_encode_response(cfalco_buffer *buffer, const cfalco_parts *alert) { return encode(buffer, alert, false); }

bool cfalco_encode_delimited_response(cfalco_buffer *buffer, const cfalco_parts *alert) {
    return encode(buffer, alert, true);
}
