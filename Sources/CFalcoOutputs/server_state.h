// SPDX-License-Identifier: Apache-2.0
//
// The server's insides, shared by its files. Everything but the inbox and the counters belongs to the inner thread.
#ifndef CFALCO_SERVER_STATE_H
#define CFALCO_SERVER_STATE_H

#include <pthread.h>
#include <sys/types.h>

#include "cfalco_server.h"
#include "core.h"
#include "server_backlog.h"

/// Events of no call. Events of a call carry its address plus a `cfalco_call_event`.
#define CFALCO_SERVER_WAKE 1u
#define CFALCO_SERVER_SHUT_DOWN 2u
#define CFALCO_EVENT_MASK 7u

typedef enum {
    CFALCO_CALL_ACCEPTED = 0,
    CFALCO_CALL_REQUEST,   ///< a request, or the end of them
    CFALCO_CALL_SENT,      ///< an alert went out
    CFALCO_CALL_FINISHED,  ///< the status went out
    CFALCO_CALL_CLOSED,    ///< the peer is gone, or has the status
} cfalco_call_event;

typedef enum { CFALCO_KIND_SUB, CFALCO_KIND_GET, CFALCO_KIND_VERSION, CFALCO_KIND_OTHER } cfalco_call_kind;

typedef struct cfalco_call {
    struct cfalco_call *next, *previous;
    cfalco_server *server;
    cfalco_call_kind kind;
    grpc_call *call;
    grpc_call_details details;
    grpc_metadata_array metadata;
    unsigned under_way;
    bool begun;             ///< initial metadata went out with the first alert, as Falco's does
    bool silent;            ///< beyond the stream limit: never answered
    bool counted;           ///< among the subscribers
    bool asked, reading, sending, half_closed, finishing, closed;
    int cancelled;          ///< written by gRPC
    grpc_byte_buffer *incoming, *outgoing;
    cfalco_backlog backlog; ///< FAN_OUT
} cfalco_call;

struct cfalco_server {
    cfalco_address address;
    cfalco_queue_mode mode;
    uint64_t backlog_limit;
    uint32_t stream_limit;
    cfalco_buffer version;
    bool has_version;
    uint16_t port;
    dev_t socket_device;
    ino_t socket_inode;

    grpc_server *core;
    grpc_completion_queue *queue;
    cfalco_waker waker;
    pthread_t thread;

    cfalco_call *calls;
    uint32_t call_count;
    uint32_t awaited;       ///< calls asked of gRPC that have not come
    cfalco_backlog shared;  ///< ONE_QUEUE: Falco's queue. FAN_OUT: for `get` callers
    bool shared_wanted;
    bool stopping;          ///< the inner thread has begun to stop
    bool closing;           ///< gRPC was told to shut down: no call can be awaited
    bool shut_down;         ///< and has
    bool streamed;          ///< somebody has ever subscribed

    pthread_mutex_t lock;   ///< guards the inbox and what follows it
    cfalco_backlog inbox;
    bool stop_wanted, abort_wanted;
    uint64_t grace_ns;

    _Atomic uint64_t published, sent, sent_bytes, dropped, lost, requests, streams_opened, streams_refused;
    _Atomic uint64_t queued_bytes;
    _Atomic uint32_t subscribers;
    atomic_bool wanted;     ///< somebody would get what is published
};

void *cfalco_server_loop(void *server);

/// Asks gRPC for the next call. Not after the shutdown has begun.
void cfalco_call_await(cfalco_server *server);
/// An event of the call. Frees it when it was the last one.
void cfalco_call_happened(cfalco_call *call, cfalco_call_event event, bool success);
/// Sends the next alert, or waits for a request, or ends: whatever is due.
void cfalco_call_pump(cfalco_call *call);
void cfalco_call_finish(cfalco_call *call, grpc_status_code status, const char *text);

#endif
