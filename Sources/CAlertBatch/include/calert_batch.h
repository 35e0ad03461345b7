// SPDX-License-Identifier: Apache-2.0
//
// The memory of one alert batch, shared by every decoder and by Swift.
//
//   bytes    [ raw message | raw message | … ]          what the sender sent, back to back: what the journal stores
//   derived  [ unescaped text | … ]                     text that differs from its raw form (JSON escapes)
//   records  [ one calert_record per alert ]            slices into bytes/derived, a run of fields, a run of tags
//   fields   [ one calert_field per output field ]
//   tags     [ one calert_slice per tag ]
//   rejects  [ one calert_reject per unreadable unit ]  becomes a dead letter
//
// A batch has one owner at a time and no locks. All growth is by doubling up to a limit; a refused growth leaves the
// batch as it was. Slices are offsets, so they survive growth.
#ifndef CALERT_BATCH_H
#define CALERT_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes that may be read (not written) past the end of `bytes`, as simdjson wants.
#define CALERT_PADDING 64
/// Set in `calert_slice.offset` when the slice points into `derived` instead of `bytes`.
#define CALERT_DERIVED 0x80000000u
/// The most `bytes` (or `derived`) may grow to: the largest single alert plus what a batch already holds.
#define CALERT_BYTES_LIMIT (256u << 20)
/// The most output fields one alert may have. More is a reject (`CALERT_REJECT_TOO_MANY_FIELDS`).
#define CALERT_FIELD_LIMIT 4096
/// The most tags one alert may have.
#define CALERT_TAG_LIMIT 1024

typedef struct {
    uint32_t offset;
    uint32_t length;
} calert_slice;

/// The form of an output field's value. The first three are one value to conditions and grouping ("null" in
/// falco-outputs terms), but each keeps its own form on output.
typedef enum {
    CALERT_NULL = 0,       ///< JSON null
    CALERT_NOT_AVAILABLE,  ///< the string "<NA>"
    CALERT_EMPTY,          ///< the string ""
    CALERT_STRING,         ///< `text`
    CALERT_INT64,          ///< `number.i`
    CALERT_UINT64,         ///< `number.u`, only for values above INT64_MAX
    CALERT_DOUBLE,         ///< `number.d`
    CALERT_BOOL,           ///< `number.i` is 0 or 1
    CALERT_JSON,           ///< `text` is a JSON array or object, verbatim
} calert_kind;

/// What Falco's own field list says a field holds.
typedef enum {
    CALERT_TYPE_UNKNOWN = 0,   ///< no field of Falco's: the value stays what the sender sent
    CALERT_TYPE_STRING,
    CALERT_TYPE_INTEGER,
    CALERT_TYPE_DOUBLE,
    CALERT_TYPE_BOOL,
    CALERT_TYPE_JSON_NUMBER,   ///< falco.* and scap.* of internal messages: a number when it reads as one
} calert_type;

typedef struct {
    calert_slice key;
    calert_slice text;   ///< the value's text as received, without JSON quotes; for numbers their digits
    union {
        int64_t i;
        uint64_t u;
        double d;
    } number;
    uint16_t key_id;     ///< calert_field_id of an exact name, 0 for others and for names with an argument
    uint8_t kind;        ///< calert_kind
    uint8_t type;        ///< calert_type
    uint32_t flags;      ///< CALERT_FIELD_*
} calert_field;

/// The field was not sent: it is `evt.time`, which Falco's gRPC leaves out and its JSON has.
#define CALERT_FIELD_SYNTHETIC 1u

typedef enum {
    CALERT_FROM_PROTOBUF = 0,  ///< `raw` is one falco.outputs.response
    CALERT_FROM_JSON = 1,      ///< `raw` is one JSON object without surrounding white space
} calert_encoding;

/// Event time is the arrival time: the alert had none that could be used.
#define CALERT_TIME_FROM_ARRIVAL 1u
/// The protobuf's `output` was a whole JSON document; fields, tags and `output` come from it. `wrapped` is its text.
#define CALERT_WRAPPED_JSON 2u
/// The sender gave no `output_fields`.
#define CALERT_NO_FIELDS 4u
/// The JSON object spans lines: `raw` is not one line until minified.
#define CALERT_MULTILINE 8u
/// A hint of the protobuf scanner: `output` starts with `{` and ends with `}`, so it may be a whole JSON document.
#define CALERT_MAYBE_WRAPPED 16u

typedef struct {
    int64_t event_time;    ///< ns since 1970, UTC
    int64_t arrival_time;  ///< ns since 1970, UTC, when the source received it
    calert_slice raw;
    calert_slice wrapped;  ///< the JSON document inside `output`, when CALERT_WRAPPED_JSON
    calert_slice rule;
    calert_slice source;
    calert_slice hostname;
    calert_slice output;
    calert_slice message;  ///< Falco 0.39's `message`, length 0 when absent
    uint32_t first_field;
    uint32_t first_tag;
    uint16_t field_count;
    uint16_t tag_count;
    uint8_t priority;      ///< 0 Emergency … 7 Debug
    uint8_t encoding;      ///< calert_encoding
    uint16_t flags;        ///< CALERT_TIME_FROM_ARRIVAL …
} calert_record;

typedef enum {
    CALERT_ACCEPTED = 0,
    CALERT_REJECT_MALFORMED_PROTOBUF,
    CALERT_REJECT_MALFORMED_JSON,
    CALERT_REJECT_NOT_AN_OBJECT,
    CALERT_REJECT_NOT_AN_ALERT,      ///< no rule, or (JSON) no priority: empty objects, start-up banners, load reports
    CALERT_REJECT_WRONG_TYPE,        ///< a known key holds another type than Falco writes
    CALERT_REJECT_UNKNOWN_PRIORITY,
    CALERT_REJECT_INVALID_UTF8,      ///< JSON only; protobuf strings keep their bytes
    CALERT_REJECT_TOO_LARGE,
    CALERT_REJECT_TOO_DEEP,
    CALERT_REJECT_TOO_MANY_FIELDS,
    CALERT_REJECT_TRUNCATED,         ///< the stream ended in the middle of a unit
    CALERT_REJECT_PLAIN_TEXT,        ///< a line that is not JSON: Falco with json_output off, banners
    CALERT_REJECT_UNREADABLE_BODY,   ///< an HTTP body whose content coding is unknown or broken
    CALERT_REJECT_COUNT
} calert_reject_reason;

/// A metric label for the reason: lower case, underscores. Static storage.
const char *calert_reject_name(calert_reject_reason reason);

typedef struct {
    int64_t arrival_time;
    calert_slice raw;        ///< at most CALERT_REJECT_BYTES of what was received
    uint64_t received_bytes; ///< how long it really was
    uint8_t reason;          ///< calert_reject_reason
    uint8_t encoding;        ///< calert_encoding
} calert_reject;

#define CALERT_REJECT_BYTES (64u << 10)

typedef struct {
    uint8_t *bytes;
    uint8_t *derived;
    calert_record *records;
    calert_field *fields;
    calert_slice *tags;
    calert_reject *rejects;
    uint32_t byte_count, byte_capacity;
    uint32_t derived_count, derived_capacity;
    uint32_t record_count, record_capacity;
    uint32_t field_count, field_capacity;
    uint32_t tag_count, tag_capacity;
    uint32_t reject_count, reject_capacity;
} calert_batch;

/// An empty batch with room for `byte_capacity` raw bytes and `record_capacity` alerts before it grows. Never NULL:
/// running out of memory for a batch ends the process, as everywhere in Swift.
calert_batch *calert_batch_create(uint32_t byte_capacity, uint32_t record_capacity);
void calert_batch_destroy(calert_batch *batch);
/// Empties the batch. Memory above `keep_bytes` is given back, so that one huge alert does not stay resident.
void calert_batch_clear(calert_batch *batch, uint32_t keep_bytes);

/// Room for `length` more raw bytes, CALERT_PADDING zeroed bytes behind them. NULL above CALERT_BYTES_LIMIT. The caller
/// writes there and then adds to `byte_count`.
uint8_t *calert_batch_reserve_bytes(calert_batch *batch, uint32_t length);
/// The same for `derived`.
uint8_t *calert_batch_reserve_derived(calert_batch *batch, uint32_t length);
/// A zeroed record/field/tag at the end, already counted. Pointers live until the next append of the same table.
calert_record *calert_batch_append_record(calert_batch *batch);
calert_field *calert_batch_append_field(calert_batch *batch);
calert_slice *calert_batch_append_tag(calert_batch *batch);

/// Where a decoder stood before it began an alert, so that a reject leaves no half of one.
typedef struct {
    uint32_t byte_count, derived_count, record_count, field_count, tag_count;
} calert_mark;
calert_mark calert_batch_mark(const calert_batch *batch);
void calert_batch_rewind(calert_batch *batch, calert_mark mark);
/// Records a reject with a copy of (the first CALERT_REJECT_BYTES of) `raw`, which must not lie inside the batch's
/// reusable tail: call after `calert_batch_rewind`, or with bytes that were just rewound over (they are moved safely).
void calert_batch_reject(calert_batch *batch, calert_reject_reason reason, calert_encoding encoding,
                         const uint8_t *raw, uint64_t length, int64_t arrival_time);

/// Appends a copy of one record of another batch, with its raw bytes, fields and tags. False at a limit: `to` is as before.
bool calert_batch_copy_record(calert_batch *to, const calert_batch *from, uint32_t index);

/// The bytes of a slice. Valid until the batch grows or dies.
static inline const uint8_t *calert_slice_bytes(const calert_batch *batch, calert_slice slice) {
    return (slice.offset & CALERT_DERIVED) ? batch->derived + (slice.offset & ~CALERT_DERIVED)
                                           : batch->bytes + slice.offset;
}

// ---- The canonical form (one place for both transports) ----

/// Looks `key` up in Falco's field list (falco_fields.h). `proc.aname[2]` has the type of `proc.aname` and id 0.
void calert_classify_key(const uint8_t *key, size_t length, uint16_t *key_id, uint8_t *type);

/// Sets kind and number of `field` from text that arrived as a string; `field->type` must be set. Decides null forms,
/// and turns text into the number or boolean that the type says it holds when it reads exactly as one.
void calert_canonicalise_string(calert_field *field, const uint8_t *text, size_t length);
/// Both at once, for a field that arrived as two strings: sets key_id, type, kind and number.
void calert_set_text(calert_field *field, const uint8_t *key, size_t key_length, const uint8_t *text, size_t length);
/// Sets kind and number from a JSON number's digits. 64-bit integers never pass through a double. False if malformed.
bool calert_canonicalise_number(calert_field *field, const uint8_t *digits, size_t length);

/// Parses RFC 3339 with 0–9 fractional digits and `Z` or a numeric offset into ns since 1970. False if it is not one.
bool calert_parse_time(const uint8_t *text, size_t length, int64_t *nanoseconds);
/// Seconds and nanos of a protobuf Timestamp. False outside 0001…9999, outside Int64 ns, or with bad nanos.
bool calert_timestamp_nanoseconds(int64_t seconds, int32_t nanos, int64_t *nanoseconds);
/// Falco's eight names and `info`, in any case; -1 for anything else.
int calert_parse_priority(const uint8_t *text, size_t length);
/// "Emergency" … "Debug", as Falco writes them. Static storage.
const char *calert_priority_name(uint8_t priority);

/// Sets event time, or falls back to arrival with CALERT_TIME_FROM_ARRIVAL when `valid` is false or `time` ≤ 0.
void calert_record_set_time(calert_record *record, bool valid, int64_t time, int64_t arrival_time);
/// Appends the `evt.time` field Falco's JSON always has, when no field of that name came and `source` is not internal.
/// Call once the record's fields are complete and still the last in the batch. `digits` go to `derived`.
bool calert_record_complete(calert_batch *batch, calert_record *record);
/// The same for a decoder that knows that no `evt.time` came.
bool calert_record_add_time(calert_batch *batch, calert_record *record);

#ifdef __cplusplus
}
#endif
#endif
