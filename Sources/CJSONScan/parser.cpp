// SPDX-License-Identifier: Apache-2.0
#include "parser.hpp"

#include <cstdio>
#include <cstdlib>
#include <new>
#include <unistd.h>

namespace {

/// Capacity that a parser keeps; what a larger text needed is given back at the next small one.
constexpr size_t kept_capacity = 256u << 10;

[[noreturn]] void out_of_memory() {
    fputs("creance: out of memory for a JSON parser\n", stderr);
    abort();
}

uint64_t mix(uint64_t a, uint64_t b) {
    auto product = static_cast<unsigned __int128>(a) * b;
    return uint64_t(product) ^ uint64_t(product >> 64);
}

uint64_t keyed_hash(const uint8_t *bytes, size_t length, uint64_t seed) {
    uint64_t hash = seed ^ length;
    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = mix(hash ^ word, 0x9E3779B97F4A7C15u ^ seed);
    }
    uint64_t word = 0;
    memcpy(&word, bytes, length);
    return mix(hash ^ word, 0xC2B2AE3D27D4EB4Fu ^ seed);
}

}  // namespace

namespace creance {

FieldPlaces::FieldPlaces() {
    if (getentropy(&seed, sizeof seed) != 0) seed = reinterpret_cast<uintptr_t>(this);
}

void FieldPlaces::clear() {
    if (++generation != 0) return;
    memset(by_id, 0, sizeof by_id);
    memset(by_name, 0, sizeof by_name);
    generation = 1;
}

uint32_t FieldPlaces::find_name(const calert_batch *batch, const uint8_t *key, size_t length, uint32_t fresh) {
    // Never full: an alert has at most CALERT_FIELD_LIMIT names, half the slots.
    for (uint32_t slot = uint32_t(keyed_hash(key, length, seed)) % slots;; slot = (slot + 1) % slots) {
        Place &place = by_name[slot];
        if (place.generation != generation) {
            place = {generation, fresh};
            return fresh;
        }
        calert_slice other = batch->fields[place.index].key;
        if (other.length == length && memcmp(calert_slice_bytes(batch, other), key, length) == 0) return place.index;
    }
}

calert_reject_reason reason_of(simdjson::error_code error) {
    switch (error) {
        case simdjson::UTF8_ERROR: return CALERT_REJECT_INVALID_UTF8;
        case simdjson::CAPACITY: return CALERT_REJECT_TOO_LARGE;
        default: return CALERT_REJECT_MALFORMED_JSON;
    }
}

}  // namespace creance

simdjson::error_code cjson_parser::stage1(const uint8_t *text, size_t length) {
    size_t capacity = structure->capacity();
    if (length > capacity || (capacity > kept_capacity && length <= kept_capacity / 4)) {
        if (length > CALERT_BYTES_LIMIT) return simdjson::CAPACITY;
        size_t wanted = kept_capacity;
        while (wanted < length) wanted *= 2;
        if (structure->set_capacity(wanted) != simdjson::SUCCESS) out_of_memory();
    }
    return structure->stage1(text, length, simdjson::stage1_mode::regular);
}

cjson_parser *cjson_parser_create(void) {
    auto *parser = new (std::nothrow) cjson_parser;
    if (parser == nullptr || simdjson::get_active_implementation()->create_dom_parser_implementation(
                                 kept_capacity, 1, parser->structure) != simdjson::SUCCESS) {
        out_of_memory();
    }
    return parser;
}

void cjson_parser_destroy(cjson_parser *parser) { delete parser; }

size_t cjson_minify(const uint8_t *text, size_t length, uint8_t *destination) {
    size_t written = 0;
    auto error = simdjson::minify(reinterpret_cast<const char *>(text), length, reinterpret_cast<char *>(destination), written);
    return error == simdjson::SUCCESS ? written : 0;
}

const char *cjson_implementation(void) {
    static const std::string name = simdjson::get_active_implementation()->name();
    return name.c_str();
}
