// SPDX-License-Identifier: Apache-2.0
#ifndef CFALCO_SERVER_BACKLOG_H
#define CFALCO_SERVER_BACKLOG_H

#include "core.h"

/// A queue of alerts, bounded in bytes: the oldest give way to the newest. One owner, no lock. The alerts' bytes are
/// shared between queues by reference count.
typedef struct {
    grpc_slice *slots;
    size_t capacity;      ///< a power of two, or 0
    size_t first, count;
    uint64_t bytes;
    uint64_t limit_bytes; ///< 0 is none
} cfalco_backlog;

/// Takes over one reference. Returns how many alerts had to go for it; one that is alone above the limit stays.
uint64_t cfalco_backlog_push(cfalco_backlog *backlog, grpc_slice alert);
/// Hands over one reference. The backlog must not be empty.
grpc_slice cfalco_backlog_pop(cfalco_backlog *backlog);
void cfalco_backlog_clear(cfalco_backlog *backlog);

#endif
