// SPDX-License-Identifier: Apache-2.0
//
// The hot path: from the completion queue into the batch.
#include <string.h>

#include "cfalco_scan.h"
#include "client_state.h"

/// Messages after which the arrival clock is read again while more of them are ready at once.
#define CLOCK_EVERY 64

typedef struct {
    calert_batch *batch;
    cfalco_limits limits;
    uint32_t records_before, rejects_before;
    uint64_t deadline;
    int64_t first_arrival, last_arrival;
    bool got;               ///< this call has appended something
} reception;

static uint64_t message_cost(const grpc_byte_buffer *message) {
    return message->data.raw.slice_buffer.length + CFALCO_MESSAGE_OVERHEAD;
}

/// Copies a message into the batch, once, and decodes it there.
static void append(calert_batch *batch, grpc_byte_buffer *message, int64_t arrival) {
    const grpc_slice_buffer *slices = &message->data.raw.slice_buffer;
    bool compressed = message->data.raw.compression != GRPC_COMPRESS_NONE;
    uint8_t *room = compressed || slices->length > CALERT_BYTES_LIMIT
                        ? NULL
                        : calert_batch_reserve_bytes(batch, (uint32_t)slices->length);
    if (room == NULL) {
        const grpc_slice first = slices->count > 0 ? slices->slices[0] : grpc_empty_slice();
        calert_batch_reject(batch, compressed ? CALERT_REJECT_MALFORMED_PROTOBUF : CALERT_REJECT_TOO_LARGE,
                            CALERT_FROM_PROTOBUF, GRPC_SLICE_START_PTR(first), GRPC_SLICE_LENGTH(first), arrival);
        return;
    }
    for (size_t index = 0; index < slices->count; index++) {
        size_t length = GRPC_SLICE_LENGTH(slices->slices[index]);
        memcpy(room, GRPC_SLICE_START_PTR(slices->slices[index]), length);
        room += length;
    }
    cfalco_scan_response(batch, (uint32_t)slices->length, arrival);
}

static bool is_full(const reception *now) {
    const calert_batch *batch = now->batch;
    return batch->record_count + batch->reject_count >= now->limits.max_records ||
           batch->byte_count >= now->limits.max_bytes;
}

static bool fits(const reception *now, const grpc_byte_buffer *message) {
    const calert_batch *batch = now->batch;
    if (batch->record_count + batch->reject_count == 0) return true;
    return batch->byte_count + message->data.raw.slice_buffer.length <= now->limits.max_bytes;
}

static void take(const cfalco_client *client, reception *now, grpc_byte_buffer *message) {
    append(now->batch, message, client->last_arrival);
    grpc_byte_buffer_destroy(message);
    if (!now->got) now->first_arrival = client->last_arrival;
    now->last_arrival = client->last_arrival;
    now->got = true;
}

/// Moves the held message into the batch. False when it must wait for the next one.
static bool take_held(cfalco_client *client, reception *now) {
    if (!fits(now, client->held)) return false;
    take(client, now, client->held);
    client->held = NULL;
    return true;
}

/// Whether the next message may be read: fewer than `in_flight` bytes are received and uncommitted. After a cancel the
/// rest is bounded by the flow window, and nothing is to be left behind.
static bool window_open(cfalco_client *client) {
    if (client->leave_cancelled || client->read_all) return true;
    // See `committed` for the order.
    uint64_t stored = cfalco_saturating_add(atomic_load(&client->committed), client->in_flight);
    if (client->total_bytes < stored) return true;
    atomic_store(&client->window_closed, true);
    stored = cfalco_saturating_add(atomic_load(&client->committed), client->in_flight);
    if (client->total_bytes >= stored) return false;
    atomic_store(&client->window_closed, false);
    return true;
}

/// Starts the next read unless one is under way or may not be. True if the client now waits for the peer.
static bool keep_reading(cfalco_client *client) {
    if (client->ended || client->reading || client->finishing) return true;
    bool was_closed = atomic_load_explicit(&client->window_closed, memory_order_relaxed);
    if (!window_open(client)) return false;
    if (was_closed) {
        atomic_store(&client->window_closed, false);
        cfalco_poll_resumed(&client->poll, cfalco_monotonic_ns());
    }
    cfalco_client_read(client);
    return true;
}

static void on_message(cfalco_client *client, reception *now) {
    grpc_byte_buffer *message = client->incoming;
    client->incoming = NULL;
    client->total_messages++;
    client->total_bytes += message_cost(message);
    client->answered = client->heard = true;
    if (!fits(now, message)) {
        client->held = message;
        return;
    }
    take(client, now, message);
}

/// Ends the clean leave when its time has come: at the quiet, or at the limit.
static void consider_leaving(cfalco_client *client, bool reading, uint64_t time) {
    if (!client->leaving || client->leave_cancelled || client->read_all) return;
    bool quiet = reading && time >= cfalco_saturating_add(client->poll.quiet_since, client->leave_quiet);
    if (!quiet && time < client->leave_deadline) return;
    client->leave_clean = quiet;
    client->leave_cancelled = true;
    grpc_call_cancel(client->call, NULL);
}

/// How long to sleep at most.
static uint64_t next_duty(const cfalco_client *client, const reception *now, bool reading) {
    uint64_t until = now->deadline;
    if (client->read_all || client->leave_cancelled) return until;
    if (client->leaving) {
        uint64_t quiet = cfalco_saturating_add(client->poll.quiet_since, client->leave_quiet);
        if (client->leave_deadline < until) until = client->leave_deadline;
        if (reading && quiet < until) until = quiet;
    } else if (reading && !client->sending && cfalco_poll_due(&client->poll) < until) {
        until = cfalco_poll_due(&client->poll);
    }
    return until;
}

static void fill(const cfalco_client *client, const reception *now, cfalco_receipt *receipt) {
    receipt->alerts = now->batch->record_count - now->records_before;
    receipt->rejects = now->batch->reject_count - now->rejects_before;
    // A held message is not in any batch yet, so storing this one does not commit it.
    receipt->total_bytes = client->total_bytes - (client->held == NULL ? 0 : message_cost(client->held));
    receipt->total_messages = client->total_messages;
    receipt->total_requests = client->total_requests;
    receipt->total_oversize = client->total_oversize;
    receipt->first_arrival = now->first_arrival;
    receipt->appended_arrival = now->last_arrival;
    receipt->window_closed = atomic_load_explicit(&client->window_closed, memory_order_relaxed);
    if (!client->answered && !client->ended) receipt->unanswered_ns = cfalco_monotonic_ns() - client->opened_at;
}

static cfalco_status report_end(cfalco_client *client, cfalco_receipt *receipt) {
    receipt->grpc_status = (int32_t)client->status;
    cfalco_client_explain(client, client->status, client->status_text, receipt->message, sizeof receipt->message);
    // A server that refuses us has the same status, but not the words of our own library.
    receipt->is_oversize = client->status == GRPC_STATUS_RESOURCE_EXHAUSTED &&
                           strstr(receipt->message, "larger than max") != NULL;
    if (!client->told && receipt->is_oversize) client->total_oversize++;
    client->told = true;
    if (!client->leaving) return CFALCO_ENDED;
    receipt->clean = client->leave_clean || (!client->leave_cancelled && client->status == GRPC_STATUS_OK);
    if (client->leave_cancelled) {
        cfalco_say(receipt->message, sizeof receipt->message,
                   client->leave_clean ? "left after %.0f ms of silence"
                                       : "left at the limit: alerts were still coming, %.0f ms of silence were not to be had",
                   (double)client->leave_quiet / 1e6);
    }
    return CFALCO_LEFT;
}

/// Runs until there is a reason to return.
static cfalco_status run(cfalco_client *client, reception *now, cfalco_receipt *receipt) {
    unsigned since_clock = CLOCK_EVERY;
    for (;;) {
        if (client->held != NULL && !take_held(client, now)) return CFALCO_FULL;
        if (is_full(now)) return CFALCO_FULL;
        if (client->ended) return now->got ? CFALCO_RECEIVED : report_end(client, receipt);
        bool reading = keep_reading(client);

        bool success = false;
        cfalco_tag tag = cfalco_client_next(client, gpr_inf_past(GPR_CLOCK_MONOTONIC), &success);
        if (tag == 0) {
            uint64_t time = cfalco_monotonic_ns();
            if (client->heard) cfalco_poll_heard(&client->poll, time);
            client->heard = false;
            if (now->got) return CFALCO_RECEIVED;
            // Pair with the stores in `wake` and `stop`.
            if (atomic_exchange(&client->wake_wanted, false)) return CFALCO_WOKEN;
            if (!client->leaving && atomic_load(&client->stop_wanted)) return CFALCO_STOPPED;
            consider_leaving(client, reading, time);
            bool may_ask = reading && !client->leaving && !client->sending && !client->read_all;
            if (may_ask && time >= cfalco_poll_due(&client->poll)) cfalco_client_ask(client, time);
            if (time >= now->deadline) return CFALCO_TIMED_OUT;
            tag = cfalco_client_next(client, cfalco_deadline(next_duty(client, now, reading)), &success);
            since_clock = CLOCK_EVERY;
            if (tag == 0) continue;
        }
        cfalco_client_note(client, tag, success);
        if (tag != CFALCO_TAG_MESSAGE || client->incoming == NULL) continue;
        if (since_clock++ >= CLOCK_EVERY) {
            client->last_arrival = cfalco_realtime_ns();
            since_clock = 0;
        }
        on_message(client, now);
    }
}

cfalco_status cfalco_client_receive(cfalco_client *client, calert_batch *batch, const cfalco_limits *limits,
                                    uint64_t timeout_ns, cfalco_receipt *receipt) {
    memset(receipt, 0, offsetof(cfalco_receipt, message) + 1);
    reception now = {.batch = batch, .limits = *limits, .records_before = batch->record_count,
                     .rejects_before = batch->reject_count,
                     .deadline = cfalco_saturating_add(cfalco_monotonic_ns(), timeout_ns)};
    cfalco_status status;
    if (client->call == NULL) {
        cfalco_say(receipt->message, sizeof receipt->message, "not connected");
        status = client->leaving ? CFALCO_LEFT : CFALCO_ENDED;
        receipt->grpc_status = GRPC_STATUS_UNAVAILABLE;
    } else if (!client->leaving && atomic_load(&client->stop_wanted)) {
        status = CFALCO_STOPPED;
    } else {
        // Nobody looked since the last call returned alerts, so the quiet in between means nothing.
        if (client->away) cfalco_poll_resumed(&client->poll, cfalco_monotonic_ns());
        status = run(client, &now, receipt);
        client->away = status == CFALCO_FULL || status == CFALCO_RECEIVED;
    }
    fill(client, &now, receipt);
    return status;
}
