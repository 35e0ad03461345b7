// SPDX-License-Identifier: Apache-2.0
#include "server_backlog.h"

#include <stdlib.h>
#include <string.h>

/// Beside its bytes an alert costs a slot and a reference count.
static uint64_t cost(grpc_slice alert) { return GRPC_SLICE_LENGTH(alert) + 64; }

static void grow(cfalco_backlog *backlog) {
    size_t capacity = backlog->capacity == 0 ? 64 : backlog->capacity * 2;
    grpc_slice *slots = calloc(capacity, sizeof *slots);
    if (slots == NULL) abort();
    for (size_t index = 0; index < backlog->count; index++) {
        slots[index] = backlog->slots[(backlog->first + index) & (backlog->capacity - 1)];
    }
    free(backlog->slots);
    backlog->slots = slots;
    backlog->capacity = capacity;
    backlog->first = 0;
}

uint64_t cfalco_backlog_push(cfalco_backlog *backlog, grpc_slice alert) {
    uint64_t dropped = 0;
    while (backlog->limit_bytes != 0 && backlog->count > 0 && backlog->bytes + cost(alert) > backlog->limit_bytes) {
        grpc_slice_unref(cfalco_backlog_pop(backlog));
        dropped++;
    }
    if (backlog->count == backlog->capacity) grow(backlog);
    backlog->slots[(backlog->first + backlog->count++) & (backlog->capacity - 1)] = alert;
    backlog->bytes += cost(alert);
    return dropped;
}

grpc_slice cfalco_backlog_pop(cfalco_backlog *backlog) {
    grpc_slice alert = backlog->slots[backlog->first];
    backlog->first = (backlog->first + 1) & (backlog->capacity - 1);
    backlog->count--;
    backlog->bytes -= cost(alert);
    return alert;
}

void cfalco_backlog_clear(cfalco_backlog *backlog) {
    while (backlog->count > 0) grpc_slice_unref(cfalco_backlog_pop(backlog));
    free(backlog->slots);
    backlog->slots = NULL;
    backlog->capacity = backlog->first = 0;
}
