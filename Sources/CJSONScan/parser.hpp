// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <simdjson.h>

#include "cursor.hpp"
#include "falco_fields.h"

namespace creance {

/// Where the output fields of the alert at hand are, by key, so that a key that comes twice finds its first place.
///
/// Emptied by counting up `generation`. Names without an id go to an open hash table twice as large as an alert may have
/// fields; its hash is keyed, so that no sender can choose keys that meet in one slot. Nothing else depends on the hash.
class FieldPlaces {
public:
    FieldPlaces();
    void clear();
    /// The index of the field with this key in `batch`, or `fresh`, now remembered, when it is the first of its name.
    uint32_t find(const calert_batch *batch, uint16_t id, const uint8_t *key, size_t length, uint32_t fresh) {
        if (id == CALERT_FIELD_OTHER) return find_name(batch, key, length, fresh);
        Place &place = by_id[id];
        if (place.generation == generation) return place.index;
        place = {generation, fresh};
        return fresh;
    }

private:
    uint32_t find_name(const calert_batch *batch, const uint8_t *key, size_t length, uint32_t fresh);

    struct Place {
        uint32_t generation;
        uint32_t index;
    };
    static constexpr uint32_t slots = 2 * CALERT_FIELD_LIMIT;
    uint32_t generation = 1;
    uint64_t seed;
    Place by_id[CALERT_FIELD_ID_COUNT] = {};
    Place by_name[slots] = {};
};

}  // namespace creance

struct cjson_parser {
    /// Positions from stage 1: `stage1(text, length)` fills `structure->structural_indexes`.
    std::unique_ptr<simdjson::internal::dom_parser_implementation> structure;
    creance::FieldPlaces places;

    /// simdjson's verdict on `text` as a whole. On success positions() are valid until the next call.
    simdjson::error_code stage1(const uint8_t *text, size_t length);
    const uint32_t *positions() const { return structure->structural_indexes.get(); }
};

namespace creance {

/// The reason for a text that stage 1 refuses.
calert_reject_reason reason_of(simdjson::error_code error);

/// Reads the alert under `cursor`, whose text lies in the batch's bytes `shift` further on (modulo 2³²), into `record`
/// and the ends of the batch's fields, tags and derived text. On a reject these are left for the caller to rewind.
calert_reject_reason read_alert(cjson_parser *parser, calert_batch *batch, Cursor &cursor, uint32_t shift,
                                int64_t arrival_time, calert_record *record);

/// Appends the alert in `text`, which is trimmed and under `cursor`, or rejects it. A record gets a copy of `text`.
calert_reject_reason append_alert(cjson_parser *parser, calert_batch *batch, Cursor &cursor, const uint8_t *text,
                                  uint32_t length, int64_t arrival_time);

/// One text by itself, white space around it allowed. `instead_of_malformed` is the reason given for broken JSON.
/// With `only_accept` nothing is appended for a reject.
calert_reject_reason scan_text(cjson_parser *parser, calert_batch *batch, const uint8_t *text, size_t length,
                               int64_t arrival_time, calert_reject_reason instead_of_malformed, bool only_accept);

inline void trim(const uint8_t *&text, size_t &length) {
    while (length != 0 && is_white_space(text[length - 1])) length--;
    while (length != 0 && is_white_space(*text)) text++, length--;
}

inline bool is_full(const calert_batch *batch, const cjson_limits *limits, size_t next_length) {
    if (batch->record_count == 0 && batch->reject_count == 0) return false;
    return uint64_t(batch->record_count) + batch->reject_count >= limits->unit_limit ||
           uint64_t(batch->byte_count) + next_length > limits->byte_limit;
}

}  // namespace creance
