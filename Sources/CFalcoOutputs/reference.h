// SPDX-License-Identifier: Apache-2.0
//
// The reference decoder: protobuf-c, slower and independent of the scanner. Only tests, fuzzing and benchmarks use it.
#ifndef CFALCO_REFERENCE_H
#define CFALCO_REFERENCE_H

#include "calert_batch.h"

/// A bump arena for protobuf-c: allocations are given back together. Start with all zero.
typedef struct {
    void *blocks;   ///< the newest block, linked to the older ones
    size_t used;    ///< of the newest block
} cfalco_arena;
void cfalco_arena_reset(cfalco_arena *arena);
void cfalco_arena_free(cfalco_arena *arena);

/// The same contract as `cfalco_append_response`.
calert_reject_reason cfalco_reference_response(calert_batch *batch, const uint8_t *message, size_t length,
                                               int64_t arrival_time);
/// protobuf-c alone, for comparison of speed: decodes and lets go. `arena` may be NULL: malloc. False if malformed.
bool cfalco_reference_unpack(cfalco_arena *arena, const uint8_t *message, size_t length);

#endif
