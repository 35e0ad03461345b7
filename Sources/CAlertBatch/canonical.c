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

/// Both ends match already: is what lies between them the same?
static inline bool same_middle(const uint8_t *row, const uint8_t *name, size_t length) {
    if (length <= 16) return true;
    if (length <= 32) {
        return load_word(row + 8) == load_word(name + 8) && load_word(row + length - 16) == load_word(name + length - 16);
    }
    return memcmp(row, name, length) == 0;
}

static inline uint16_t find_field(const uint8_t *name, size_t length) {
    if (length == 0 || length >= FIELD_NAME_BYTES) return CALERT_FIELD_OTHER;
    uint64_t head, tail;
    size_t last = 0;
    if (length >= 8) {
        last = length - 8;
        head = load_word(name);
        tail = load_word(name + last);
    } else {
        head = tail = load_short_word(name, length);
    }
    uint64_t mixed = head * 0xC2B2AE3D27D4EB4Full + (tail ^ length) * 0x9E3779B97F4A7C15ull;
    mixed ^= mixed >> 29;
    size_t slot = (size_t)((mixed * 0xBF58476D1CE4E5B9ull) >> 53);
    for (;; slot = (slot + 1) % FIELD_SLOTS) {
        uint16_t id = field_slots[slot];
        if (id == 0) return CALERT_FIELD_OTHER;
        // Rows are longer than names and zero behind them, so the short word matches a short name only.
        const uint8_t *row = field_table[id].name;
        if (field_table[id].length == length && load_word(row) == head && load_word(row + last) == tail &&
            same_middle(row, name, length)) {
            return id;
        }
    }
}

void calert_classify_key(const uint8_t *key, size_t length, uint16_t *key_id, uint8_t *type) {
    uint16_t id = find_field(key, length);
    *key_id = id;
    if (id != CALERT_FIELD_OTHER) {
        *type = field_table[id].type;
    } else if (length != 0 && key[length - 1] == ']') {
        const uint8_t *bracket = memchr(key, '[', length);
        *type = bracket ? field_table[find_field(key, (size_t)(bracket - key))].type : CALERT_TYPE_UNKNOWN;
    } else if ((length > 6 && memcmp(key, "falco.", 6) == 0) || (length > 5 && memcmp(key, "scap.", 5) == 0)) {
        *type = CALERT_TYPE_JSON_NUMBER;
    } else {
        *type = CALERT_TYPE_UNKNOWN;
    }
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

void calert_canonicalise_string(calert_field *field, const uint8_t *text, size_t length) {
    if (length == 0) {
        field->kind = CALERT_EMPTY;
        return;
    }
    if (length == 4 && memcmp(text, "<NA>", 4) == 0) {
        field->kind = CALERT_NOT_AVAILABLE;
        return;
    }
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
        case CALERT_TYPE_BOOL: {
            bool yes = length == 4 && memcmp(text, "true", 4) == 0;
            if (yes || (length == 5 && memcmp(text, "false", 5) == 0)) {
                field->kind = CALERT_BOOL;
                field->number.i = yes;
                return;
            }
            break;
        }
        default:
            // Falco's list calls evt.time CHARBUF, its JSON writes nanoseconds.
            if (field->key_id == CALERT_FIELD_EVT_TIME && read_integer(field, text, length)) return;
            break;
    }
    field->kind = CALERT_STRING;
}

bool calert_canonicalise_number(calert_field *field, const uint8_t *digits, size_t length) {
    if (field->type == CALERT_TYPE_DOUBLE) return read_double(field, digits, length);
    if (read_integer(field, digits, length)) return true;
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

/// "00" … "99".
static const char digit_pairs[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

bool calert_record_complete(calert_batch *batch, calert_record *record) {
    const uint8_t *source = calert_slice_bytes(batch, record->source);
    if (record->source.length == 8 && memcmp(source, "internal", 8) == 0) return true;
    if (record->flags & (CALERT_NO_FIELDS | CALERT_TIME_FROM_ARRIVAL)) return true;
    for (uint32_t i = record->first_field; i < record->first_field + record->field_count; i++) {
        if (batch->fields[i].key_id == CALERT_FIELD_EVT_TIME) return true;
    }
    static const char key[] = "evt.time";
    uint8_t *text = calert_batch_reserve_derived(batch, sizeof key - 1 + 20);
    if (text == NULL) return false;
    memcpy(text, key, sizeof key - 1);
    // Event time is above zero here: record times from arrival were left out above.
    uint8_t digits[20];
    size_t start = sizeof digits;
    uint64_t rest = (uint64_t)record->event_time;
    for (; rest >= 100; rest /= 100) memcpy(digits + (start -= 2), digit_pairs + 2 * (rest % 100), 2);
    if (rest >= 10) memcpy(digits + (start -= 2), digit_pairs + 2 * rest, 2);
    else digits[--start] = (uint8_t)('0' + rest);
    size_t count = sizeof digits - start;
    memcpy(text + sizeof key - 1, digits + start, count);
    calert_field *field = calert_batch_append_field(batch);
    field->key = (calert_slice){batch->derived_count | CALERT_DERIVED, sizeof key - 1};
    field->text = (calert_slice){(batch->derived_count + (uint32_t)sizeof key - 1) | CALERT_DERIVED, (uint32_t)count};
    field->key_id = CALERT_FIELD_EVT_TIME;
    field->kind = CALERT_INT64;
    field->type = CALERT_TYPE_STRING;
    field->flags = CALERT_FIELD_SYNTHETIC;
    field->number.i = record->event_time;
    batch->derived_count += (uint32_t)(sizeof key - 1 + count);
    record->field_count++;
    return true;
}
