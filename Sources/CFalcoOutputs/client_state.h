// SPDX-License-Identifier: Apache-2.0
//
// The client's insides, shared by its files.
#ifndef CFALCO_CLIENT_STATE_H
#define CFALCO_CLIENT_STATE_H

#include "cfalco_client.h"
#include "client_poll.h"
#include "core.h"

/// What an event of the completion queue is about. Zero is none.
typedef enum {
    CFALCO_TAG_WAKE = 1,
    CFALCO_TAG_VERSION,   ///< the version call, all of it
    CFALCO_TAG_OPEN,      ///< initial metadata and first request went out
    CFALCO_TAG_METADATA,  ///< initial metadata came; Falco sends it with its first alert
    CFALCO_TAG_REQUEST,
    CFALCO_TAG_MESSAGE,
    CFALCO_TAG_STATUS,
} cfalco_tag;

/// The unary call that opens a session.
typedef struct {
    grpc_call *call;
    grpc_metadata_array initial, trailing;
    grpc_byte_buffer *request, *response;
    grpc_status_code status;
    grpc_slice text;
    bool done;
} cfalco_greeting;

struct cfalco_client {
    // Settings.
    cfalco_address address;
    char *ca, *certificate, *key, *server_name;
    uint64_t receive_limit, in_flight, poll_busy, poll_idle, leave_quiet;

    // gRPC.
    grpc_completion_queue *queue;
    cfalco_waker waker;
    grpc_channel *channel;
    grpc_call *call;
    unsigned under_way;             ///< operations whose events have not come yet
    bool sending, reading, read_all, finishing;
    grpc_byte_buffer *incoming;     ///< written by gRPC before CFALCO_TAG_MESSAGE
    grpc_byte_buffer *held;         ///< received, but did not fit into the batch
    grpc_byte_buffer *request;
    grpc_metadata_array initial, trailing;
    grpc_status_code status;
    grpc_slice status_text;

    // Dialling.
    cfalco_greeting greeting;       ///< `call` is NULL when none is under way
    uint64_t dial_timeout, dial_deadline, patience;
    char warning[CFALCO_MESSAGE_BYTES];  ///< what is doubtful about the certificates, or why they are not used

    // The session.
    bool ended;                     ///< the status is there
    bool told;                      ///< and was returned
    bool leaving, leave_cancelled, leave_clean;
    uint64_t leave_deadline;
    cfalco_poll poll;
    uint64_t opened_at;             ///< monotonic
    bool answered;                  ///< any message on this stream
    bool heard;                     ///< a message since the poll last knew of one
    bool away;                      ///< the last `receive` returned alerts, and nobody has looked since
    bool has_version;
    cfalco_version version;

    // Totals.
    uint64_t total_bytes, total_messages, total_requests, total_oversize;
    int64_t last_arrival;

    // Shared with other threads.
    _Atomic uint64_t committed;
    atomic_bool window_closed;
    atomic_bool wake_wanted, stop_wanted;
};

/// Starts operations that end in one event with `tag`. False, and nothing under way, when gRPC refuses.
bool cfalco_client_start(cfalco_client *client, grpc_call *call, const grpc_op *operations, size_t count,
                         cfalco_tag tag);
/// The next event, or 0 at the deadline. Keeps `under_way`, and the waker's books.
cfalco_tag cfalco_client_next(cfalco_client *client, gpr_timespec deadline, bool *success);
/// Books an event of the stream (not VERSION, not a message's contents).
void cfalco_client_note(cfalco_client *client, cfalco_tag tag, bool success);
/// Opens the stream on the channel, with its first request.
bool cfalco_client_open_stream(cfalco_client *client);
/// Reads the next message. Once `read_all` is noted, asks for the status instead.
void cfalco_client_read(cfalco_client *client);
void cfalco_client_ask(cfalco_client *client, uint64_t now);
/// Cancels a dial, waits for it, and frees it.
void cfalco_client_end_greeting(cfalco_client *client);
/// Cancels dial and stream, waits for what is under way, and frees them and the channel.
void cfalco_client_hang_up(cfalco_client *client);
/// A sentence about how a call ended.
void cfalco_client_explain(const cfalco_client *client, grpc_status_code status, grpc_slice text, char *message,
                           size_t size);

#endif
