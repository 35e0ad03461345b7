// SPDX-License-Identifier: Apache-2.0
//
// Reads falco.outputs.response from the wire straight into an alert batch, and finds responses in a `.pb` file.
//
// Pure functions over memory: no lock, no clock, no I/O, any thread. Memory grows only with the batch's own tables.
#ifndef CFALCO_SCAN_H
#define CFALCO_SCAN_H

#include "calert_batch.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How deep unknown groups may nest before the message is refused (`CALERT_REJECT_TOO_DEEP`).
#define CFALCO_GROUP_DEPTH 64

/// Decodes the response whose `length` bytes the caller has written at `batch->bytes + batch->byte_count`, into room it
/// got from `calert_batch_reserve_bytes(batch, length)`; `byte_count` must not include them yet.
///
/// Accepted: one record is appended and the bytes are counted. Refused: the batch is as before but for a reject with
/// the reason that is returned. A pure function of the bytes and `arrival_time` (ns since 1970).
///
/// proto3 with these fixed: the last scalar wins; two Timestamps are merged; a known field with another wire type is
/// malformed; unknown fields and groups are skipped; of equal map keys the last value stands in the first one's place;
/// bytes of strings are kept as they are. What is wrong with the wire is told before what is wrong with the alert.
calert_reject_reason cfalco_scan_response(calert_batch *batch, uint32_t length, int64_t arrival_time);

/// The same for a message that lies elsewhere: copies it into the batch first. `message` must not point into `batch`.
calert_reject_reason cfalco_append_response(calert_batch *batch, const uint8_t *message, size_t length,
                                            int64_t arrival_time);

/// What stands at a place in a `.pb` file: responses one after the other, each behind its length as a varint.
typedef enum {
    CFALCO_FRAME_MESSAGE = 0,  ///< `message`, `length` and `next` are set
    CFALCO_FRAME_NEED_MORE,    ///< nothing, or a part: at least `needed` bytes must follow the place. At the end of a
                               ///< file: clean if nothing is left, else truncated
    CFALCO_FRAME_TOO_LARGE,    ///< `length` is above the limit; `message` and `next` are set, so that it can be skipped
    CFALCO_FRAME_MALFORMED,    ///< no length stands here: the rest of the file cannot be read
} cfalco_frame_state;

typedef struct {
    uint64_t message;  ///< where the message starts in the buffer
    uint64_t length;   ///< how long it is, as declared
    uint64_t next;     ///< where the next length starts; for CFALCO_FRAME_TOO_LARGE maybe past the buffer
    uint64_t needed;   ///< for CFALCO_FRAME_NEED_MORE: bytes that must be there from `place` on
} cfalco_frame;

/// Looks at `place` in `buffer`. Keeps no state: call again with the same place when more bytes have come.
/// `limit` is the longest message wanted; a length needs at most five bytes.
cfalco_frame_state cfalco_next_frame(const uint8_t *buffer, size_t length, size_t place, uint32_t limit,
                                     cfalco_frame *frame);

#ifdef __cplusplus
}
#endif
#endif
