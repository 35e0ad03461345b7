// SPDX-License-Identifier: Apache-2.0
//
// A subscriber to Falco's outputs service, decoding straight into an alert batch.
//
//   create ─► connect ─► receive, receive, … ─► ENDED ─► connect …
//                              │
//                            leave ─► receive, … ─► LEFT ─► destroy
//
// Falco answers one request with everything it has queued and then falls silent until it is asked again, so this is a
// poller: at most one request is under way, the next one follows a quiet gap after the last alert, and the gap grows
// from `poll_busy_ns` to `poll_idle_ns` while answers stay away.
//
// One object belongs to one thread. Only `wake`, `stop` and `committed` may be called from others, until `destroy`.
#ifndef CFALCO_CLIENT_H
#define CFALCO_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calert_batch.h"
#include "cfalco_messages.h"
#include "cfalco_tls.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cfalco_client cfalco_client;

/// Room for a sentence about an error, terminator included.
#define CFALCO_MESSAGE_BYTES 512
/// What the peer may have sent ahead of the reader, beside the message being read. See core_args.c.
#define CFALCO_FLOW_WINDOW_BYTES (128u << 10)
/// Counted for each message beside its length, so that empty messages are not free.
#define CFALCO_MESSAGE_OVERHEAD 5

typedef struct {
    const char *address;           ///< `unix:///run/falco/falco.sock`, or `host:port`, which needs `tls`
    cfalco_tls_files tls;
    const char *server_name;       ///< expected in the server's certificate; NULL: the host of `address`
    uint64_t receive_limit_bytes;  ///< the largest message; at most CALERT_BYTES_LIMIT. 0: 64 MiB
    uint64_t in_flight_bytes;      ///< reading pauses while this much is received and not committed. 0: 1 MiB
    uint64_t poll_busy_ns;         ///< 0: 2 ms
    uint64_t poll_idle_ns;         ///< 0: 50 ms
    uint64_t leave_quiet_ns;       ///< silence that ends a clean leave. 0: 300 ms
} cfalco_client_settings;

typedef enum {
    CFALCO_RECEIVED = 0,  ///< the batch has more than before, and nothing else is ready at once
    CFALCO_FULL,          ///< the batch has reached its limits, or the next message does not fit in
    CFALCO_TIMED_OUT,     ///< nothing came
    CFALCO_WOKEN,         ///< `cfalco_client_wake` was called
    CFALCO_STOPPED,       ///< `cfalco_client_stop` was called: `leave`, or `destroy`
    CFALCO_ENDED,         ///< the stream is over, see `grpc_status` and `message`; `connect` again
    CFALCO_LEFT,          ///< after `leave`: all that arrived has been delivered; see `clean`
} cfalco_status;

typedef struct {
    uint32_t max_records;  ///< alerts and rejects in the batch
    uint32_t max_bytes;    ///< raw bytes in the batch; one larger message goes into a batch of its own
} cfalco_limits;

/// What one `receive` did, and totals since `create`.
typedef struct {
    uint32_t alerts;              ///< appended by this call
    uint32_t rejects;             ///< appended by this call
    uint64_t total_bytes;         ///< received so far: hand to `committed` once this batch is stored
    uint64_t total_messages;
    uint64_t total_requests;
    uint64_t total_oversize;      ///< streams that ended because a message exceeded the receive limit
    uint64_t unanswered_ns;       ///< how long the stream's first request has waited for any answer; 0 once one came.
                                  ///< Normal when no alerts fire, but also what too many subscribers look like.
    int64_t first_arrival;        ///< real-time clock, ns, of the first message in this call; 0 when none came
    int64_t appended_arrival;     ///< of the last one in this call
    int32_t grpc_status;          ///< ENDED, LEFT: the stream's status; 0 is OK
    bool is_oversize;             ///< ENDED: because a message exceeded the receive limit
    bool clean;                   ///< LEFT: quiet (or ended OK) before the limit, so nothing was under way
    bool window_closed;           ///< reading is paused until more is committed
    char message[CFALCO_MESSAGE_BYTES];  ///< ENDED, LEFT: a sentence for the log
} cfalco_receipt;

typedef enum {
    CFALCO_CONNECTED = 0,
    CFALCO_CONNECTING,      ///< not yet: ask again
    CFALCO_UNREACHABLE,     ///< nobody there, refused, or no answer in time
    CFALCO_BAD_CERTIFICATE, ///< found wrong before dialling
    CFALCO_CONNECT_STOPPED, ///< `stop` was called
} cfalco_connect_status;

/// NULL when the settings are wrong, with a sentence in `message`. Strings are copied.
cfalco_client *cfalco_client_create(const cfalco_client_settings *settings, char *message, size_t message_size);
/// Cancels what is under way and frees everything. What had arrived and was not yet received is gone: `leave` first.
void cfalco_client_destroy(cfalco_client *client);

/// Begins to dial, at once (no back-off of gRPC's own; that is the caller's), after hanging up. `timeout_ns` is for the
/// whole of it.
void cfalco_client_dial(cfalco_client *client, uint64_t timeout_ns);
/// Waits at most `wait_ns` for what came of it: somebody answers (the version call, which a peer need not know), and the
/// stream is opened with its first request. Certificates are read anew for each dial.
cfalco_connect_status cfalco_client_dialled(cfalco_client *client, uint64_t wait_ns, char *message,
                                            size_t message_size);
/// Both in one, until it is decided.
cfalco_connect_status cfalco_client_connect(cfalco_client *client, uint64_t timeout_ns, char *message,
                                            size_t message_size);
/// What the peer of the last connect said about itself. False when it did not.
bool cfalco_client_version(const cfalco_client *client, cfalco_version *version);

/// Moves messages into `batch` until one of the reasons in `cfalco_status`. Waits at most `timeout_ns` for the first.
cfalco_status cfalco_client_receive(cfalco_client *client, calert_batch *batch, const cfalco_limits *limits,
                                    uint64_t timeout_ns, cfalco_receipt *receipt);

/// Begins the clean leave: no further requests; `receive` goes on until silence or, after `limit_ns`, cancels.
void cfalco_client_leave(cfalco_client *client, uint64_t limit_ns);

/// Any thread. All of the first `total_bytes` (`cfalco_receipt.total_bytes` of a stored batch) is stored.
void cfalco_client_committed(cfalco_client *client, uint64_t total_bytes);
/// Any thread. Makes the current or next `receive` return.
void cfalco_client_wake(cfalco_client *client);
/// Any thread, signal handlers excepted. Makes `connect` give up and `receive` return STOPPED until `leave`.
void cfalco_client_stop(cfalco_client *client);

#ifdef __cplusplus
}
#endif
#endif
