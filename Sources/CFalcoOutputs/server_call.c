// SPDX-License-Identifier: Apache-2.0
//
// One call, from its acceptance to its end.
//
//   sub:  accepted ─► wait for a request ─► send until the queue is empty ─┐
//                         ▲──────────────────────────────────────────────┘
//   get:  accepted ─► wait for the request ─► send until the queue is empty ─► OK
#include <stdlib.h>
#include <string.h>

#include "server_state.h"

static bool start(cfalco_call *call, const grpc_op *operations, size_t count, cfalco_call_event event) {
    void *tag = (void *)((uintptr_t)call | (uintptr_t)event);
    if (grpc_call_start_batch(call->call, operations, count, tag, NULL) != GRPC_CALL_OK) return false;
    call->under_way++;
    return true;
}

static cfalco_backlog *queue_of(cfalco_call *call) {
    bool own = call->server->mode == CFALCO_FAN_OUT && call->kind == CFALCO_KIND_SUB;
    return own ? &call->backlog : &call->server->shared;
}

void cfalco_call_await(cfalco_server *server) {
    cfalco_call *call = calloc(1, sizeof *call);
    if (call == NULL) abort();
    call->server = server;
    grpc_call_details_init(&call->details);
    grpc_metadata_array_init(&call->metadata);
    call->under_way = 1;
    server->awaited++;
    grpc_call_error error = grpc_server_request_call(server->core, &call->call, &call->details, &call->metadata,
                                                     server->queue, server->queue, call);
    // Refused only to a programmer's mistake: a queue that was not registered.
    if (error != GRPC_CALL_OK) abort();
}

static void forget(cfalco_call *call) {
    cfalco_server *server = call->server;
    if (call->counted) {
        bool last = atomic_fetch_sub(&server->subscribers, 1) == 1;
        if (last && server->mode == CFALCO_FAN_OUT && !server->shared_wanted) atomic_store(&server->wanted, false);
        atomic_fetch_add(&server->lost, call->backlog.count);
        atomic_fetch_sub(&server->queued_bytes, call->backlog.bytes);
    }
    if (call->call != NULL) {
        server->call_count--;
        if (call->previous != NULL) call->previous->next = call->next;
        if (call->previous == NULL) server->calls = call->next;
        if (call->next != NULL) call->next->previous = call->previous;
        grpc_call_unref(call->call);
    }
    if (call->incoming != NULL) grpc_byte_buffer_destroy(call->incoming);
    if (call->outgoing != NULL) grpc_byte_buffer_destroy(call->outgoing);
    cfalco_backlog_clear(&call->backlog);
    grpc_call_details_destroy(&call->details);
    grpc_metadata_array_destroy(&call->metadata);
    free(call);
}

static void read_request(cfalco_call *call) {
    if (call->reading || call->half_closed || call->silent || call->closed || call->finishing) return;
    grpc_op receive = {.op = GRPC_OP_RECV_MESSAGE};
    receive.data.recv_message.recv_message = &call->incoming;
    call->incoming = NULL;
    call->reading = start(call, &receive, 1, CFALCO_CALL_REQUEST);
}

void cfalco_call_finish(cfalco_call *call, grpc_status_code status, const char *text) {
    if (call->finishing || call->closed) return;
    grpc_slice details = grpc_slice_from_copied_string(text);
    grpc_op operations[2] = {{.op = GRPC_OP_SEND_STATUS_FROM_SERVER}, {.op = GRPC_OP_SEND_INITIAL_METADATA}};
    operations[0].data.send_status_from_server.status = status;
    operations[0].data.send_status_from_server.status_details = &details;
    call->finishing = start(call, operations, call->begun ? 1 : 2, CFALCO_CALL_FINISHED);
    call->begun = true;
    grpc_slice_unref(details);
}

static void send_next(cfalco_call *call, cfalco_backlog *queue) {
    uint64_t before = queue->bytes;
    grpc_slice alert = cfalco_backlog_pop(queue);
    atomic_fetch_sub(&call->server->queued_bytes, before - queue->bytes);
    call->outgoing = grpc_raw_byte_buffer_create(&alert, 1);
    grpc_op operations[2] = {{.op = GRPC_OP_SEND_MESSAGE}, {.op = GRPC_OP_SEND_INITIAL_METADATA}};
    operations[0].data.send_message.send_message = call->outgoing;
    // While more follows, small alerts may share a write to the socket. Not the first: gRPC would keep the initial
    // metadata back with it, and never complete the operation.
    if (queue->count > 0 && call->begun) operations[0].flags = GRPC_WRITE_BUFFER_HINT;
    call->sending = start(call, operations, call->begun ? 1 : 2, CFALCO_CALL_SENT);
    call->begun = true;
    if (call->sending) {
        atomic_fetch_add_explicit(&call->server->sent, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&call->server->sent_bytes, GRPC_SLICE_LENGTH(alert), memory_order_relaxed);
    }
    grpc_slice_unref(alert);
}

void cfalco_call_pump(cfalco_call *call) {
    if (call->sending || call->finishing || call->closed || call->silent) return;
    if (call->kind != CFALCO_KIND_SUB && call->kind != CFALCO_KIND_GET) return;
    cfalco_server *server = call->server;
    cfalco_backlog *queue = queue_of(call);
    if (call->asked && queue->count > 0) {
        send_next(call, queue);
        return;
    }
    bool was_asked = call->asked;
    call->asked = false;
    if (call->kind == CFALCO_KIND_GET) {
        if (was_asked || call->half_closed) cfalco_call_finish(call, GRPC_STATUS_OK, "");
    } else if (server->mode == CFALCO_FAN_OUT) {
        // Nothing more can be asked for, or nothing more will come.
        bool over = call->half_closed || (server->stopping && queue->count == 0);
        if (over) cfalco_call_finish(call, GRPC_STATUS_OK, "");
    } else if (server->stopping && was_asked) {
        cfalco_call_finish(call, GRPC_STATUS_OK, "");
    }
    read_request(call);
}

static void join_server(cfalco_call *call) {
    cfalco_server *server = call->server;
    call->next = server->calls;
    if (call->next != NULL) call->next->previous = call;
    server->calls = call;
    server->call_count++;
}

static void answer_version(cfalco_call *call) {
    cfalco_server *server = call->server;
    if (!server->has_version) {
        cfalco_call_finish(call, GRPC_STATUS_UNIMPLEMENTED, "no version service here");
        return;
    }
    grpc_slice bytes = grpc_slice_from_copied_buffer((const char *)server->version.bytes, server->version.count);
    call->outgoing = grpc_raw_byte_buffer_create(&bytes, 1);
    grpc_slice_unref(bytes);
    grpc_op operations[3] = {{.op = GRPC_OP_SEND_INITIAL_METADATA},
                             {.op = GRPC_OP_SEND_MESSAGE},
                             {.op = GRPC_OP_SEND_STATUS_FROM_SERVER}};
    operations[1].data.send_message.send_message = call->outgoing;
    operations[2].data.send_status_from_server.status = GRPC_STATUS_OK;
    call->begun = true;
    call->finishing = start(call, operations, 3, CFALCO_CALL_FINISHED);
}

static void accept_call(cfalco_call *call) {
    cfalco_server *server = call->server;
    if (!server->closing) cfalco_call_await(server);
    join_server(call);
    grpc_op close = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};
    close.data.recv_close_on_server.cancelled = &call->cancelled;
    start(call, &close, 1, CFALCO_CALL_CLOSED);

    if (grpc_slice_str_cmp(call->details.method, CFALCO_METHOD_SUB) == 0) call->kind = CFALCO_KIND_SUB;
    else if (grpc_slice_str_cmp(call->details.method, CFALCO_METHOD_GET) == 0) call->kind = CFALCO_KIND_GET;
    else if (grpc_slice_str_cmp(call->details.method, CFALCO_METHOD_VERSION) == 0) call->kind = CFALCO_KIND_VERSION;
    else call->kind = CFALCO_KIND_OTHER;

    if (call->kind == CFALCO_KIND_OTHER) {
        cfalco_call_finish(call, GRPC_STATUS_UNIMPLEMENTED, "no such method here");
        return;
    }
    if (call->kind == CFALCO_KIND_VERSION) {
        answer_version(call);
        return;
    }
    if (server->stopping) {
        cfalco_call_finish(call, GRPC_STATUS_UNAVAILABLE, "the server is stopping");
        return;
    }
    if (server->call_count > server->stream_limit) {
        atomic_fetch_add(&server->streams_refused, 1);
        call->silent = server->mode == CFALCO_ONE_QUEUE;
        if (!call->silent) cfalco_call_finish(call, GRPC_STATUS_RESOURCE_EXHAUSTED, "too many subscribers");
        return;
    }
    if (call->kind == CFALCO_KIND_SUB) {
        call->counted = server->streamed = true;
        atomic_fetch_add(&server->subscribers, 1);
        atomic_fetch_add(&server->streams_opened, 1);
        call->backlog.limit_bytes = server->backlog_limit;
    } else {
        server->shared_wanted = true;
    }
    // Pairs with the load in `publish`: what is published after a subscriber was counted reaches it.
    atomic_store(&server->wanted, true);
    cfalco_call_pump(call);
}

static void heed_request(cfalco_call *call, bool success) {
    call->reading = false;
    if (success && call->incoming != NULL) {
        grpc_byte_buffer_destroy(call->incoming);
        call->incoming = NULL;
        call->asked = true;
        if (call->kind == CFALCO_KIND_SUB) atomic_fetch_add_explicit(&call->server->requests, 1, memory_order_relaxed);
    } else {
        call->half_closed = true;
    }
    cfalco_call_pump(call);
}

void cfalco_call_happened(cfalco_call *call, cfalco_call_event event, bool success) {
    call->under_way--;
    switch (event) {
    case CFALCO_CALL_ACCEPTED:
        call->server->awaited--;
        if (success) accept_call(call);
        break;
    case CFALCO_CALL_REQUEST:
        heed_request(call, success);
        break;
    case CFALCO_CALL_SENT:
        call->sending = false;
        grpc_byte_buffer_destroy(call->outgoing);
        call->outgoing = NULL;
        if (!success) {
            call->closed = true;
            atomic_fetch_add(&call->server->lost, 1);
        }
        cfalco_call_pump(call);
        break;
    case CFALCO_CALL_FINISHED:
        call->closed = true;
        break;
    case CFALCO_CALL_CLOSED:
        call->closed = true;
        break;
    }
    if (call->under_way == 0) forget(call);
}
