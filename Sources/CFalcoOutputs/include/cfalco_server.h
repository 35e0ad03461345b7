// SPDX-License-Identifier: Apache-2.0
//
// Serves Falco's outputs service: the API that Falco 0.44 removed, with true fan-out; or, for the demo and tests, a
// stand-in for Falco itself.
//
// The state machine of each `sub` stream is Falco's: wait for one request, send until the queue is empty, wait for the
// next. What differs between the modes is whose queue that is.
//
// One thread inside does everything; `publish` may be called from any other.
#ifndef CFALCO_SERVER_H
#define CFALCO_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cfalco_messages.h"
#include "cfalco_tls.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cfalco_server cfalco_server;

typedef enum {
    /// Every subscriber has a backlog of its own and gets every alert published after it came. `get` callers share one,
    /// which begins with the first of them.
    CFALCO_FAN_OUT = 0,
    /// As Falco: one queue, taken from destructively; subscribers and `get` callers compete for it.
    CFALCO_ONE_QUEUE = 1,
} cfalco_queue_mode;

typedef struct {
    const char *address;           ///< `unix:///path`, or `host:port`, which needs `tls`; port 0 is any
    cfalco_tls_files tls;          ///< `ca` signs the clients' certificates, which are required
    uint32_t socket_mode;          ///< of a unix socket. 0: 0660
    cfalco_queue_mode mode;
    uint64_t backlog_bytes;        ///< per queue; the oldest alerts go. 0: 16 MiB for FAN_OUT, no limit for ONE_QUEUE
    uint32_t stream_limit;         ///< calls at a time. More are refused (FAN_OUT) or accepted and never answered, as
                                   ///< Falco does (ONE_QUEUE). 0: 64
    const cfalco_version *version; ///< NULL: the version service is not served
} cfalco_server_settings;

typedef struct {
    uint64_t published;            ///< alerts handed in
    uint64_t sent;                 ///< alerts given to a stream, counted per subscriber
    uint64_t sent_bytes;
    uint64_t dropped;              ///< alerts that fell out of a full backlog, counted per subscriber
    uint64_t lost;                 ///< alerts whose stream broke or was left while they stood in its backlog
    uint64_t requests;             ///< requests read from `sub` streams
    uint64_t streams_opened;       ///< `sub`, ever
    uint64_t streams_refused;
    uint32_t subscribers;          ///< `sub` streams now
    uint64_t backlog_bytes;        ///< over all queues, now
} cfalco_server_stats;

/// Binds, listens and serves. NULL with a sentence in `message` when that fails. A stale socket file is replaced; one
/// that a living server listens on is not. The umask is changed for the moment of binding: start before other threads
/// create files whose mode matters.
cfalco_server *cfalco_server_start(const cfalco_server_settings *settings, char *message, size_t message_size);
/// The bound TCP port; 0 for a unix socket.
uint16_t cfalco_server_port(const cfalco_server *server);

/// Any thread. Copies the bytes of one falco.outputs.response.
void cfalco_server_publish(cfalco_server *server, const uint8_t *response, size_t length);
/// Any thread. The same for several, with one lock and one wake-up.
void cfalco_server_publish_batch(cfalco_server *server, const cfalco_text *responses, size_t count);
/// Any thread.
void cfalco_server_read_stats(cfalco_server *server, cfalco_server_stats *stats);

/// Ends every stream with OK, after what it asked for was sent, as Falco does; then stops listening and frees all.
/// Streams that do not ask again within `grace_ns` are ended without what they have not asked for. Waits for the end.
void cfalco_server_stop(cfalco_server *server, uint64_t grace_ns);
/// The end of a killed server, for tests: every stream is cut off. The socket file is removed.
void cfalco_server_abort(cfalco_server *server);

#ifdef __cplusplus
}
#endif
#endif
