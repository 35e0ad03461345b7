// SPDX-License-Identifier: Apache-2.0
//
// What client and server share of gRPC's core API. Internal: no type of it appears in a public header.
#ifndef CFALCO_CORE_H
#define CFALCO_CORE_H

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cfalco_tls.h"

#define CFALCO_METHOD_SUB "/falco.outputs.service/sub"
#define CFALCO_METHOD_GET "/falco.outputs.service/get"
#define CFALCO_METHOD_VERSION "/falco.version.service/version"

/// Counts a user of the gRPC library; the first one also silences its own log, whose news we report ourselves.
void cfalco_core_hold(void);
void cfalco_core_release(void);

uint64_t cfalco_monotonic_ns(void);
int64_t cfalco_realtime_ns(void);
/// Time for gRPC, of CLOCK_MONOTONIC. gRPC itself counts in milliseconds, rounded up.
gpr_timespec cfalco_deadline(uint64_t monotonic_ns);
uint64_t cfalco_saturating_add(uint64_t a, uint64_t b);
void cfalco_say(char *message, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/// A way to end another thread's wait on a completion queue. An empty batch on a call completes at once, from any
/// thread; the call belongs to a channel that leads nowhere.
typedef struct {
    grpc_channel *channel;
    grpc_call *call;
    void *tag;
    atomic_bool pending;
} cfalco_waker;
void cfalco_waker_open(cfalco_waker *waker, grpc_completion_queue *queue, void *tag);
void cfalco_waker_close(cfalco_waker *waker);
/// Any thread. At most one event is in the queue at a time.
void cfalco_waker_wake(cfalco_waker *waker);
/// The queue's thread, for each event with the waker's tag, before it looks at what it was woken for.
static inline void cfalco_waker_seen(cfalco_waker *waker) {
    // Pairs with the exchange in `wake`: whoever sees false afterwards posts anew.
    atomic_exchange(&waker->pending, false);
}

/// Shuts the queue down, empties it and frees it. Nothing may be under way.
void cfalco_queue_destroy(grpc_completion_queue *queue);

typedef struct {
    bool is_unix;
    char *path;    ///< of the socket file, when unix
    char *target;  ///< what gRPC wants to be told
} cfalco_address;
/// False with a sentence in `message` when `text` is neither `unix:PATH` nor `host:port`.
bool cfalco_address_parse(const char *text, cfalco_address *address, char *message, size_t size);
void cfalco_address_free(cfalco_address *address);

#define CFALCO_ARGS_MAX 24
typedef struct {
    grpc_arg list[CFALCO_ARGS_MAX];
    grpc_channel_args args;
} cfalco_args;
void cfalco_args_client(cfalco_args *args, uint64_t receive_limit, const char *server_name);
void cfalco_args_server(cfalco_args *args, uint32_t streams_per_connection);

/// The texts of the three PEM files, for gRPC. False with a sentence in `message`.
typedef struct {
    char *ca, *certificate, *key;
} cfalco_tls_texts;
bool cfalco_tls_read(const cfalco_tls_files *files, cfalco_tls_texts *texts, char *message, size_t size);
/// Overwrites the key before freeing.
void cfalco_tls_texts_free(cfalco_tls_texts *texts);

#endif
