// SPDX-License-Identifier: Apache-2.0
//
// The operations of one stream: what gRPC is asked to do, and the books about it.
//
// The status is asked for only after a read came back empty. gRPC throws away what it has buffered as soon as a call
// has failed and its status is wanted; asked in this order, everything that arrived before a cancel or a broken
// connection is still delivered.
#include <string.h>

#include "client_state.h"

bool cfalco_client_start(cfalco_client *client, grpc_call *call, const grpc_op *operations, size_t count,
                         cfalco_tag tag) {
    if (grpc_call_start_batch(call, operations, count, (void *)(intptr_t)tag, NULL) != GRPC_CALL_OK) return false;
    client->under_way++;
    return true;
}

cfalco_tag cfalco_client_next(cfalco_client *client, gpr_timespec deadline, bool *success) {
    grpc_event event = grpc_completion_queue_next(client->queue, deadline, NULL);
    if (event.type != GRPC_OP_COMPLETE) return 0;
    *success = event.success != 0;
    cfalco_tag tag = (cfalco_tag)(intptr_t)event.tag;
    if (tag == CFALCO_TAG_WAKE) {
        cfalco_waker_seen(&client->waker);
    } else {
        client->under_way--;
    }
    return tag;
}

static grpc_byte_buffer *empty_message(void) { return grpc_raw_byte_buffer_create(NULL, 0); }

static void free_request(cfalco_client *client) {
    if (client->request != NULL) grpc_byte_buffer_destroy(client->request);
    client->request = NULL;
}

void cfalco_client_note(cfalco_client *client, cfalco_tag tag, bool success) {
    switch (tag) {
    case CFALCO_TAG_OPEN:
    case CFALCO_TAG_REQUEST:
        client->sending = false;
        free_request(client);
        break;
    case CFALCO_TAG_MESSAGE:
        client->reading = false;
        if (!success || client->incoming == NULL) client->read_all = true;
        break;
    case CFALCO_TAG_STATUS:
        client->ended = true;
        break;
    case CFALCO_TAG_METADATA:
    case CFALCO_TAG_VERSION:
    case CFALCO_TAG_WAKE:
        break;
    }
}

bool cfalco_client_open_stream(cfalco_client *client) {
    client->call = grpc_channel_create_call(client->channel, NULL, GRPC_PROPAGATE_DEFAULTS, client->queue,
                                            grpc_slice_from_static_string(CFALCO_METHOD_SUB), NULL,
                                            gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    grpc_metadata_array_init(&client->initial);
    grpc_metadata_array_init(&client->trailing);
    client->status_text = grpc_empty_slice();
    client->status = GRPC_STATUS_UNKNOWN;
    client->sending = client->reading = client->read_all = client->finishing = false;
    client->ended = client->told = client->answered = client->heard = client->away = false;
    client->opened_at = cfalco_monotonic_ns();
    cfalco_poll_start(&client->poll, client->poll_busy, client->poll_idle, client->opened_at);

    client->request = empty_message();
    grpc_op open[2] = {{.op = GRPC_OP_SEND_INITIAL_METADATA}, {.op = GRPC_OP_SEND_MESSAGE}};
    open[1].data.send_message.send_message = client->request;
    grpc_op metadata = {.op = GRPC_OP_RECV_INITIAL_METADATA};
    metadata.data.recv_initial_metadata.recv_initial_metadata = &client->initial;
    client->sending = true;
    client->total_requests++;
    return cfalco_client_start(client, client->call, open, 2, CFALCO_TAG_OPEN) &&
           cfalco_client_start(client, client->call, &metadata, 1, CFALCO_TAG_METADATA);
}

void cfalco_client_read(cfalco_client *client) {
    if (!client->read_all) {
        if (client->reading) return;
        grpc_op receive = {.op = GRPC_OP_RECV_MESSAGE};
        receive.data.recv_message.recv_message = &client->incoming;
        client->incoming = NULL;
        client->reading = cfalco_client_start(client, client->call, &receive, 1, CFALCO_TAG_MESSAGE);
        client->read_all = !client->reading;
    } else if (!client->finishing) {
        grpc_op status = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};
        status.data.recv_status_on_client.trailing_metadata = &client->trailing;
        status.data.recv_status_on_client.status = &client->status;
        status.data.recv_status_on_client.status_details = &client->status_text;
        client->finishing = cfalco_client_start(client, client->call, &status, 1, CFALCO_TAG_STATUS);
    }
}

void cfalco_client_ask(cfalco_client *client, uint64_t now) {
    client->request = empty_message();
    grpc_op request = {.op = GRPC_OP_SEND_MESSAGE};
    request.data.send_message.send_message = client->request;
    if (cfalco_client_start(client, client->call, &request, 1, CFALCO_TAG_REQUEST)) {
        client->sending = true;
        client->total_requests++;
    } else {
        free_request(client);
    }
    cfalco_poll_asked(&client->poll, now);
}

void cfalco_client_hang_up(cfalco_client *client) {
    cfalco_client_end_greeting(client);
    if (client->call != NULL) {
        grpc_call_cancel(client->call, NULL);
        if (!client->reading) client->read_all = true;
        if (client->read_all) cfalco_client_read(client);
        while (client->under_way > 0) {
            bool success = false;
            cfalco_tag tag = cfalco_client_next(client, gpr_inf_future(GPR_CLOCK_MONOTONIC), &success);
            cfalco_client_note(client, tag, success);
            if (tag != CFALCO_TAG_MESSAGE) continue;
            if (client->incoming != NULL) grpc_byte_buffer_destroy(client->incoming);
            client->incoming = NULL;
            client->read_all = true;
            cfalco_client_read(client);
        }
        grpc_call_unref(client->call);
        grpc_metadata_array_destroy(&client->initial);
        grpc_metadata_array_destroy(&client->trailing);
        grpc_slice_unref(client->status_text);
        client->call = NULL;
    }
    if (client->held != NULL) grpc_byte_buffer_destroy(client->held);
    client->held = NULL;
    if (client->channel != NULL) grpc_channel_destroy(client->channel);
    client->channel = NULL;
}
