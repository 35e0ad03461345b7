// SPDX-License-Identifier: Apache-2.0
//
// JSON alerts into an alert batch.
//
//   text ──simdjson stage 1──► positions of { } [ ] : , " and of scalars ──one walk──► record, fields, tags
//
// Stage 1 (vectorised, chosen for the CPU at run time) finds the structure, checks UTF-8 and control characters; the walk
// checks the whole grammar, so that what is accepted is JSON (RFC 8259) to the last byte, and writes the canonical form.
// What a record says is a function of its raw bytes and arrival time only, whichever way in it came.
//
// Decisions where JSON leaves room:
//   - a key that comes twice: the last one wins, at the place of the first; every one of them must have the right type
//   - null for one of Falco's own keys is its absence
//   - a lone surrogate (\ud800) becomes U+FFFD, and \u0000 a zero byte; neither is an error
//   - an object without `rule` and `priority` is no alert, whatever else it holds; an empty rule is none
//   - a number that neither 64 bits nor a double hold is kept verbatim (CALERT_JSON)
//
// A parser belongs to one thread at a time. It keeps four bytes of memory per byte of the longest text seen lately.
#ifndef CJSON_SCAN_H
#define CJSON_SCAN_H

#include "calert_batch.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Objects and arrays inside one another, the alert itself included. Deeper is CALERT_REJECT_TOO_DEEP.
#define CJSON_DEPTH_LIMIT 64

typedef struct cjson_parser cjson_parser;

/// Never NULL.
cjson_parser *cjson_parser_create(void);
void cjson_parser_destroy(cjson_parser *parser);

typedef struct {
    uint32_t unit_limit;  ///< a batch with that many records and rejects is full
    uint32_t byte_limit;  ///< so is one that the next alert would bring above this many raw bytes, unless it is empty
    uint32_t text_limit;  ///< a longer line or element is CALERT_REJECT_TOO_LARGE
} cjson_limits;

/// One JSON object. Appends a record, or a reject, whose reason is returned. `raw` is copied, white space around it left
/// out; it must not lie in the batch.
calert_reject_reason cjson_scan_alert(cjson_parser *parser, calert_batch *batch, const uint8_t *raw, size_t length,
                                      int64_t arrival_time);

typedef enum {
    CJSON_ALL_READ = 0,    ///< every complete line is read; what is left is the start of a line
    CJSON_BATCH_FULL,      ///< call again with an empty batch
    CJSON_LINE_TOO_LONG,   ///< what is left is the start of a line already longer than `text_limit`: read it away, then
                           ///< tell the batch with cjson_reject_line
} cjson_lines_state;

/// JSON lines: as many complete lines as the batch takes. Blank lines are no unit. `consumed` bytes are done with.
/// A line that does not start with `{` is CALERT_REJECT_PLAIN_TEXT.
cjson_lines_state cjson_scan_lines(cjson_parser *parser, calert_batch *batch, const uint8_t *buffer, size_t length,
                                   const cjson_limits *limits, int64_t arrival_time, size_t *consumed);
/// The last line of something that ended without a line feed: like a line, but when it is broken JSON the reason is
/// CALERT_REJECT_TRUNCATED.
calert_reject_reason cjson_scan_last_line(cjson_parser *parser, calert_batch *batch, const uint8_t *line, size_t length,
                                          const cjson_limits *limits, int64_t arrival_time);
/// The reject of a line too long to be held: its first bytes, as many as the caller kept, and its true length.
void cjson_reject_line(calert_batch *batch, const uint8_t *prefix, size_t prefix_length, uint64_t length,
                       int64_t arrival_time);

/// How far a body is read. Zeroed before the first call.
typedef struct {
    uint64_t offset;
    uint32_t form;
} cjson_body_place;

/// An HTTP body: one object, an array of objects, or objects one after another (JSON lines or not). Each element is
/// accepted or rejected by itself; a body that is nothing of the kind is one reject. Where a broken element makes the
/// next one's start uncertain, reading goes on at the next line; in an array the rest is one reject.
/// True when the whole body is read; otherwise the batch is full: call again with an empty one and the same place.
bool cjson_scan_body(cjson_parser *parser, calert_batch *batch, const uint8_t *body, size_t length,
                     const cjson_limits *limits, int64_t arrival_time, cjson_body_place *place);

/// For a protobuf record whose `output` may be a whole Falco JSON document (`json_output: true`): when it is one, with
/// the same rule, its output, fields, tags, hostname, source, message and time take the place of the record's own
/// (what it leaves out stays), CALERT_WRAPPED_JSON and `wrapped` are set. Otherwise the record stays as it is.
/// True when it was one.
bool cjson_unwrap(cjson_parser *parser, calert_batch *batch, uint32_t record_index);

/// Writes valid JSON text without the white space between its tokens, which makes one line of it. `destination` has room
/// for `length` bytes. The length written, or 0 when a string is not closed.
size_t cjson_minify(const uint8_t *text, size_t length, uint8_t *destination);

/// "haswell", "westmere", … : what simdjson chose for this CPU. Static storage.
const char *cjson_implementation(void);

#ifdef __cplusplus
}
#endif
#endif
