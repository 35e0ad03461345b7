// SPDX-License-Identifier: Apache-2.0
//
// The small messages of Falco's services, and the way out: an alert's parts as wire bytes. No protobuf type shows.
#ifndef CFALCO_MESSAGES_H
#define CFALCO_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes that grow as they are appended to. Start with all zero; one owner; `cfalco_buffer_free` gives the memory back.
typedef struct {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
} cfalco_buffer;

void cfalco_buffer_free(cfalco_buffer *buffer);

/// What falco.version.service/version answers. Texts end with NUL; longer ones are cut, what is not printable ASCII
/// becomes '?': they are for people and logs.
typedef struct {
    char version[64];
    char prerelease[64];
    char build[64];
    char engine_version[64];
    char engine_fields_checksum[128];
    uint32_t major, minor, patch;
    uint32_t engine_major, engine_minor, engine_patch;
} cfalco_version;

/// Appends the wire bytes of a version response.
void cfalco_encode_version_response(cfalco_buffer *buffer, const cfalco_version *version);
/// False if malformed; `version` is then all zero.
bool cfalco_decode_version_response(const uint8_t *message, size_t length, cfalco_version *version);

/// Both requests are empty: zero bytes on the wire. True if `message` is well formed; clients older than Falco 0.24
/// sent a field here, which is ignored, and a server may answer what is malformed just the same.
bool cfalco_decode_request(const uint8_t *message, size_t length);

typedef struct {
    const uint8_t *bytes;
    size_t length;
} cfalco_text;

/// An alert as the sender sees it. All memory belongs to the caller.
typedef struct {
    int64_t time;            ///< ns since 1970, UTC
    uint8_t priority;        ///< 0 Emergency … 7 Debug
    cfalco_text rule, output, source, hostname;
    const cfalco_text *tags;
    size_t tag_count;
    const cfalco_text *keys; ///< output fields, in the order in which they are to stand
    const cfalco_text *values;
    size_t field_count;
} cfalco_parts;

/// Appends the wire bytes of one falco.outputs.response, as Falco would write them (`source_deprecated` included).
/// False, and nothing appended, when a part or the whole passes 1 GiB.
bool cfalco_encode_response(cfalco_buffer *buffer, const cfalco_parts *alert);
/// The same behind its length, as in a `.pb` file.
bool cfalco_encode_delimited_response(cfalco_buffer *buffer, const cfalco_parts *alert);

#ifdef __cplusplus
}
#endif
#endif
