// SPDX-License-Identifier: Apache-2.0
//
// The server's one thread: events of gRPC, and what was published meanwhile.
#include "server_state.h"

/// After the grace, streams get this long to take their status before they are cut off.
#define LAST_MOMENT_NS 500000000u
#define LINGER_NS 50000000u

static uint64_t push(cfalco_server *server, cfalco_backlog *queue, grpc_slice alert) {
    uint64_t before = queue->bytes;
    uint64_t dropped = cfalco_backlog_push(queue, grpc_slice_ref(alert));
    atomic_fetch_add(&server->queued_bytes, queue->bytes - before);
    return dropped;
}

static void deliver(cfalco_server *server, grpc_slice alert) {
    uint64_t dropped = 0;
    bool one_queue = server->mode == CFALCO_ONE_QUEUE;
    if (one_queue || server->shared_wanted) dropped += push(server, &server->shared, alert);
    for (cfalco_call *call = server->calls; call != NULL && !one_queue; call = call->next) {
        if (call->counted && !call->closed && !call->finishing) dropped += push(server, &call->backlog, alert);
    }
    if (dropped > 0) atomic_fetch_add(&server->dropped, dropped);
}

/// Takes what was published and hands it out. Returns what else the outside wants.
static void empty_inbox(cfalco_server *server, bool *stop, bool *abandon) {
    pthread_mutex_lock(&server->lock);
    cfalco_backlog inbox = server->inbox;
    server->inbox = (cfalco_backlog){.limit_bytes = inbox.limit_bytes};
    *stop = server->stop_wanted;
    *abandon = server->abort_wanted;
    pthread_mutex_unlock(&server->lock);
    while (inbox.count > 0) {
        grpc_slice alert = cfalco_backlog_pop(&inbox);
        deliver(server, alert);
        grpc_slice_unref(alert);
    }
    cfalco_backlog_clear(&inbox);
}

static void pump_all(cfalco_server *server) {
    for (cfalco_call *call = server->calls, *next; call != NULL; call = next) {
        next = call->next;
        cfalco_call_pump(call);
    }
}

/// Ends the streams that wait for a request.
static void finish_waiting(cfalco_server *server) {
    for (cfalco_call *call = server->calls; call != NULL; call = call->next) {
        if (!call->sending) cfalco_call_finish(call, GRPC_STATUS_OK, "");
    }
}

/// How a server ends, in this order. CUT_OFF is reached early when somebody aborts it.
typedef enum {
    RUNNING,
    GRACE,        ///< streams get what they asked for, and OK at their next request
    LAST_MOMENT,  ///< all others have been sent OK and may take it
    LINGER,       ///< no stream is left; connections stay, or a request on its way would turn the OK into a broken pipe
    CUT_OFF,      ///< connections are closed
} phase;

typedef struct {
    phase phase;
    uint64_t deadline;
} ending;

static void enter(cfalco_server *server, ending *end, phase phase, uint64_t wait_ns) {
    end->phase = phase;
    end->deadline = cfalco_saturating_add(cfalco_monotonic_ns(), wait_ns);
    if (phase != CUT_OFF) return;
    end->deadline = UINT64_MAX;
    server->closing = true;
    grpc_server_shutdown_and_notify(server->core, server->queue, (void *)(uintptr_t)CFALCO_SERVER_SHUT_DOWN);
    grpc_server_cancel_all_calls(server->core);
}

static void heed_deadline(cfalco_server *server, ending *end) {
    if (end->phase == GRACE) {
        finish_waiting(server);
        enter(server, end, LAST_MOMENT, LAST_MOMENT_NS);
    } else if (end->phase == LAST_MOMENT || end->phase == LINGER) {
        enter(server, end, CUT_OFF, 0);
    }
}

static void heed_wake(cfalco_server *server, ending *end) {
    bool stop = false, abandon = false;
    cfalco_waker_seen(&server->waker);
    empty_inbox(server, &stop, &abandon);
    if (stop && end->phase == RUNNING) {
        server->stopping = true;
        enter(server, end, abandon ? CUT_OFF : GRACE, server->grace_ns);
    }
    pump_all(server);
}

static void heed_event(cfalco_server *server, ending *end, uintptr_t tag, bool success) {
    if (tag == CFALCO_SERVER_WAKE) {
        heed_wake(server, end);
    } else if (tag == CFALCO_SERVER_SHUT_DOWN) {
        server->shut_down = true;
    } else {
        cfalco_call *call = (cfalco_call *)(tag & ~(uintptr_t)CFALCO_EVENT_MASK);
        cfalco_call_happened(call, (cfalco_call_event)(tag & CFALCO_EVENT_MASK), success);
    }
}

void *cfalco_server_loop(void *argument) {
    cfalco_server *server = argument;
    ending end = {.deadline = UINT64_MAX, .phase = RUNNING};
    while (!server->shut_down || server->calls != NULL || server->awaited > 0) {
        gpr_timespec deadline =
            end.deadline == UINT64_MAX ? gpr_inf_future(GPR_CLOCK_MONOTONIC) : cfalco_deadline(end.deadline);
        grpc_event event = grpc_completion_queue_next(server->queue, deadline, NULL);
        if (event.type == GRPC_QUEUE_TIMEOUT) heed_deadline(server, &end);
        if (event.type == GRPC_OP_COMPLETE) heed_event(server, &end, (uintptr_t)event.tag, event.success != 0);
        bool finishing = end.phase == GRACE || end.phase == LAST_MOMENT;
        if (finishing && server->calls == NULL) enter(server, &end, LINGER, server->streamed ? LINGER_NS : 0);
    }
    return NULL;
}
