// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calert_batch.h"
#include "falco_fields.h"
#include "falco_fields.inc"

// ---- Field names ----

static inline uint64_t load_word(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    return word;
}

/// Up to seven bytes as a word with zeroes behind, without reading past them.
static inline uint64_t load_short_word(const uint8_t *bytes, size_t length) {
    if (length >= 4) {
        uint32_t head, tail;
        memcpy(&head, bytes, 4);
        memcpy(&tail, bytes + length - 4, 4);
        return head | (uint64_t)tail << (8 * (length - 4));
    }
    return bytes[0] | (uint64_t)bytes[length / 2] << (8 * (length / 2)) | (uint64_t)bytes[length - 1] << (8 * (length - 1));
}

/// What a name is looked up by: its first and last eight bytes, or all of it twice when it is shorter.
typedef struct {
    uint64_t head, tail;
    size_t last;  ///< where `tail` starts
} name_ends;

static inline name_ends read_ends(const uint8_t *name, size_t length) {
    if (length >= 8) return (name_ends){load_word(name), load_word(name + length - 8), length - 8};
    uint64_t word = load_short_word(name, length);
    return (name_ends){word, word, 0};
}

static inline size_t first_slot(name_ends ends, size_t length) {
    uint64_t mixed = ends.head * 0xC2B2AE3D27D4EB4Full + (ends.tail ^ length) * 0x9E3779B97F4A7C15ull;
    mixed ^= mixed >> 29;
    return (size_t)((mixed * 0xBF58476D1CE4E5B9ull) >> 53);
}

/// Rows are longer than names and zero behind them, so the word of a short name matches that name only.
static inline bool same_ends(uint16_t id, name_ends ends, size_t length) {
    const uint8_t *row = field_table[id].name;
    return load_word(row) == ends.head && load_word(row + ends.last) == ends.tail && field_table[id].length == length;
}

static uint16_t find_field(const uint8_t *name, size_t length) {
    if (length == 0 || length >= FIELD_NAME_BYTES) return CALERT_FIELD_OTHER;
    name_ends ends = read_ends(name, length);
    for (size_t slot = first_slot(ends, length);; slot = (slot + 1) % FIELD_SLOTS) {
        uint16_t id = field_slots[slot];
        if (id == CALERT_FIELD_OTHER) return CALERT_FIELD_OTHER;
        if (same_ends(id, ends, length) && memcmp(field_table[id].name, name, length) == 0) return id;
    }
}

/// The type of a key that the list does not hold as it stands.
static __attribute__((noinline)) uint8_t unlisted_type(const uint8_t *key, size_t length) {
    if (length != 0 && key[length - 1] == ']') {
        const uint8_t *bracket = memchr(key, '[', length);
        return bracket ? field_table[find_field(key, (size_t)(bracket - key))].type : CALERT_TYPE_UNKNOWN;
    }
    bool metric = (length > 6 && memcmp(key, "falco.", 6) == 0) || (length > 5 && memcmp(key, "scap.", 5) == 0);
    return metric ? CALERT_TYPE_JSON_NUMBER : CALERT_TYPE_UNKNOWN;
}

void calert_classify_key(const uint8_t *key, size_t length, uint16_t *key_id, uint8_t *type) {
    uint16_t id = find_field(key, length);
    *key_id = id;
    *type = id != CALERT_FIELD_OTHER ? field_table[id].type : unlisted_type(key, length);
}

// ---- Values ----

/// Decimal digits as Falco prints them: no sign but '-', no leading zero, no "-0". Sets kind and number.
static inline bool read_integer(calert_field *field, const uint8_t *text, size_t length) {
    bool negative = length != 0 && text[0] == '-';
    const uint8_t *digits = text + negative;
    size_t count = length - negative;
    if (count == 0 || count > 20 || (digits[0] == '0' && (count > 1 || negative))) return false;
    uint64_t value = 0;
    size_t safe = count < 19 ? count : 19;  // nineteen digits cannot overflow 64 bits
    for (size_t i = 0; i < safe; i++) {
        unsigned digit = (unsigned)digits[i] - '0';
        if (digit > 9) return false;
        value = value * 10 + digit;
    }
    if (count == 20) {
        unsigned digit = (unsigned)digits[19] - '0';
        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value)) {
            return false;
        }
    }
    if (negative) {
        if (value > (uint64_t)INT64_MAX + 1) return false;
        field->kind = CALERT_INT64;
        field->number.i = (int64_t)(0 - value);
    } else if (value > INT64_MAX) {
        field->kind = CALERT_UINT64;
        field->number.u = value;
    } else {
        field->kind = CALERT_INT64;
        field->number.i = (int64_t)value;
    }
    return true;
}

/// JSON's grammar for numbers, which is narrower than strtod's.
static bool is_json_number(const uint8_t *text, size_t length) {
    size_t i = 0;
    if (i < length && text[i] == '-') i++;
    size_t start = i;
    while (i < length && text[i] >= '0' && text[i] <= '9') i++;
    if (i == start || (text[start] == '0' && i > start + 1)) return false;
    if (i < length && text[i] == '.') {
        size_t fraction = ++i;
        while (i < length && text[i] >= '0' && text[i] <= '9') i++;
        if (i == fraction) return false;
    }
    if (i < length && (text[i] == 'e' || text[i] == 'E')) {
        i++;
        if (i < length && (text[i] == '+' || text[i] == '-')) i++;
        size_t exponent = i;
        while (i < length && text[i] >= '0' && text[i] <= '9') i++;
        if (i == exponent) return false;
    }
    return i == length;
}

static bool read_double(calert_field *field, const uint8_t *text, size_t length) {
    char copy[64];
    if (length >= sizeof copy || !is_json_number(text, length)) return false;
    memcpy(copy, text, length);
    copy[length] = 0;
    double value = strtod(copy, NULL);  // The process never leaves the "C" locale.
    if (value - value != 0) return false;  // infinite: more than a double holds
    field->kind = CALERT_DOUBLE;
    field->number.d = value;
    return true;
}

static bool is_word(const uint8_t *text, size_t length, const char *word, size_t word_length) {
    return length == word_length && memcmp(text, word, word_length) == 0;
}

/// Text of a field that Falco's list gives another type than text.
static __attribute__((noinline)) void read_typed(calert_field *field, const uint8_t *text, size_t length) {
    bool yes = false;
    switch (field->type) {
        case CALERT_TYPE_INTEGER:
            if (read_integer(field, text, length)) return;
            break;
        case CALERT_TYPE_DOUBLE:
            if (read_double(field, text, length)) return;
            break;
        case CALERT_TYPE_JSON_NUMBER:
            if (read_integer(field, text, length) || read_double(field, text, length)) return;
            break;
        case CALERT_TYPE_BOOL:
            yes = is_word(text, length, "true", 4);
            if (yes || is_word(text, length, "false", 5)) {
                field->kind = CALERT_BOOL;
                field->number.i = yes;
                return;
            }
            break;
        default:
            // Falco's list calls evt.time CHARBUF, its JSON writes nanoseconds.
            if (field->key_id == CALERT_FIELD_EVT_TIME && read_integer(field, text, length)) return;
            break;
    }
    field->kind = CALERT_STRING;
}

static inline __attribute__((always_inline)) void canonicalise(calert_field *field, const uint8_t *text, size_t length) {
    if (length == 0) {
        field->kind = CALERT_EMPTY;
    } else if (is_word(text, length, "<NA>", 4)) {
        field->kind = CALERT_NOT_AVAILABLE;
    } else if (field->type <= CALERT_TYPE_STRING && field->key_id != CALERT_FIELD_EVT_TIME) {
        field->kind = CALERT_STRING;
    } else {
        read_typed(field, text, length);
    }
}

void calert_canonicalise_string(calert_field *field, const uint8_t *text, size_t length) {
    canonicalise(field, text, length);
}

static __attribute__((noinline)) void set_any_text(calert_field *field, const uint8_t *key, size_t key_length,
                                                  const uint8_t *text, size_t length) {
    calert_classify_key(key, key_length, &field->key_id, &field->type);
    canonicalise(field, text, length);
}

// Runs for every field of every alert. Names of 4 to 24 bytes that stand in their first slot, which are nearly all, are
// compared word by word; the calls are the last thing it does, so that this way saves no register.
void calert_set_text(calert_field *field, const uint8_t *key, size_t key_length, const uint8_t *text, size_t length) {
    if (key_length - 4 > 20) {
        set_any_text(field, key, key_length, text, length);
        return;
    }
    name_ends ends = read_ends(key, key_length);
    uint16_t id = field_slots[first_slot(ends, key_length)];
    bool same = same_ends(id, ends, key_length) &&
                (key_length <= 16 || load_word(field_table[id].name + 8) == load_word(key + 8));
    if (id == CALERT_FIELD_OTHER || !same) {
        set_any_text(field, key, key_length, text, length);
        return;
    }
    field->key_id = id;
    field->type = field_table[id].type;
    canonicalise(field, text, length);
}

bool calert_canonicalise_number(calert_field *field, const uint8_t *digits, size_t length) {
    if (field->type != CALERT_TYPE_DOUBLE && read_integer(field, digits, length)) return true;
    if (read_double(field, digits, length)) return true;
    // Longer than a double's buffer or beyond its range: legal JSON, kept as it was written.
    if (!is_json_number(digits, length)) return false;
    field->kind = CALERT_JSON;
    return true;
}

// ---- Time ----

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar (Howard Hinnant's civil-from-days, public domain).
static int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned year_of_era = (unsigned)(year - era * 400);
    unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + (int64_t)day_of_era - 719468;
}

/// `count` digits at `text`, or -1.
static int read_digits(const uint8_t *text, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned)text[i] - '0';
        if (digit > 9) return -1;
        value = value * 10 + (int)digit;
    }
    return value;
}

bool calert_parse_time(const uint8_t *text, size_t length, int64_t *nanoseconds) {
    if (length < 20 || text[4] != '-' || text[7] != '-' || (text[10] | 32) != 't' || text[13] != ':' || text[16] != ':') {
        return false;
    }
    static const uint8_t month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = read_digits(text, 4), month = read_digits(text + 5, 2), day = read_digits(text + 8, 2);
    int hour = read_digits(text + 11, 2), minute = read_digits(text + 14, 2), second = read_digits(text + 17, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > month_days[month - 1] || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 60) {
        return false;
    }
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month == 2 && day == 29 && !leap) return false;
    size_t i = 19;
    int64_t fraction = 0;
    if (text[i] == '.') {
        int64_t unit = 100000000;
        size_t start = ++i;
        for (; i < length && text[i] >= '0' && text[i] <= '9'; i++, unit /= 10) {
            if (i - start == 9) return false;
            fraction += (text[i] - '0') * unit;
        }
        if (i == start) return false;
    }
    int64_t offset = 0;
    if (length - i == 1 && (text[i] | 32) == 'z') {
        offset = 0;
    } else if (length - i == 6 && (text[i] == '+' || text[i] == '-') && text[i + 3] == ':') {
        int hours = read_digits(text + i + 1, 2), minutes = read_digits(text + i + 4, 2);
        if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
        offset = (text[i] == '-' ? -1 : 1) * (int64_t)(hours * 3600 + minutes * 60);
    } else {
        return false;
    }
    int64_t seconds = days_from_civil(year, (unsigned)month, (unsigned)day) * 86400 + hour * 3600 + minute * 60 + second - offset;
    return !__builtin_mul_overflow(seconds, 1000000000, nanoseconds) &&
           !__builtin_add_overflow(*nanoseconds, fraction, nanoseconds);
}

bool calert_timestamp_nanoseconds(int64_t seconds, int32_t nanos, int64_t *nanoseconds) {
    if (nanos < 0 || nanos > 999999999) return false;
    return !__builtin_mul_overflow(seconds, 1000000000, nanoseconds) &&
           !__builtin_add_overflow(*nanoseconds, nanos, nanoseconds);
}

// ---- Priority ----

static const char *const priority_names[] = {"Emergency", "Alert",  "Critical",      "Error",
                                             "Warning",   "Notice", "Informational", "Debug"};

static bool equals_ignoring_case(const uint8_t *text, size_t length, const char *name) {
    if (strlen(name) != length) return false;
    for (size_t i = 0; i < length; i++) {
        if ((text[i] | 32) != (name[i] | 32)) return false;
    }
    return true;
}

int calert_parse_priority(const uint8_t *text, size_t length) {
    for (int i = 0; i < 8; i++) {
        if (equals_ignoring_case(text, length, priority_names[i])) return i;
    }
    return equals_ignoring_case(text, length, "info") ? 6 : -1;
}

const char *calert_priority_name(uint8_t priority) { return priority_names[priority & 7]; }

// ---- Records ----

void calert_record_set_time(calert_record *record, bool valid, int64_t time, int64_t arrival_time) {
    record->arrival_time = arrival_time;
    if (valid && time > 0) {
        record->event_time = time;
    } else {
        record->event_time = arrival_time;
        record->flags |= CALERT_TIME_FROM_ARRIVAL;
    }
}

/// Eight decimal digits of a number below 100,000,000: halves, then pairs, then digits, each step in all places at once.
static uint64_t eight_digits(uint32_t number) {
    uint64_t halves = number / 10000 | (uint64_t)(number % 10000) << 32;
    uint64_t hundreds = halves * 10486 >> 20 & 0x0000007f0000007full;
    uint64_t pairs = hundreds | (halves - 100 * hundreds) << 16;
    uint64_t tens = pairs * 103 >> 10 & 0x000f000f000f000full;
    return (tens | (pairs - 10 * tens) << 8) + 0x3030303030303030ull;
}

/// Writes `number`, which has nineteen digits at most, into 24 bytes with zeroes in front; returns where its first digit is.
static size_t write_digits(uint8_t *text, uint64_t number) {
    uint64_t groups[3] = {eight_digits((uint32_t)(number / 10000000000000000ull)),
                          eight_digits((uint32_t)(number / 100000000 % 100000000)),
                          eight_digits((uint32_t)(number % 100000000))};
    memcpy(text, groups, sizeof groups);
    size_t first = 5;
    while (first < 23 && text[first] == '0') first++;
    return first;
}

bool calert_record_add_time(calert_batch *batch, calert_record *record) {
    if (record->source.length == 8 && memcmp(calert_slice_bytes(batch, record->source), "internal", 8) == 0) return true;
    if (record->flags & (CALERT_NO_FIELDS | CALERT_TIME_FROM_ARRIVAL)) return true;
    static const char key[] = "evt.time";
    enum { KEY = sizeof key - 1, DIGITS = 24 };
    uint8_t *text = calert_batch_reserve_derived(batch, KEY + DIGITS);
    if (text == NULL) return false;
    memcpy(text, key, KEY);
    // Event time is above zero here: record times from arrival were left out above.
    uint32_t first = (uint32_t)write_digits(text + KEY, (uint64_t)record->event_time);
    uint32_t offset = batch->derived_count | CALERT_DERIVED;
    calert_field *field = calert_batch_append_field(batch);
    field->key = (calert_slice){offset, KEY};
    field->text = (calert_slice){offset + KEY + first, DIGITS - first};
    field->key_id = CALERT_FIELD_EVT_TIME;
    field->kind = CALERT_INT64;
    field->type = CALERT_TYPE_STRING;
    field->flags = CALERT_FIELD_SYNTHETIC;
    field->number.i = record->event_time;
    batch->derived_count += KEY + DIGITS;
    record->field_count++;
    return true;
}

bool calert_record_complete(calert_batch *batch, calert_record *record) {
    for (uint32_t i = record->first_field; i < record->first_field + record->field_count; i++) {
        if (batch->fields[i].key_id == CALERT_FIELD_EVT_TIME) return true;
    }
    return calert_record_add_time(batch, record);
}
