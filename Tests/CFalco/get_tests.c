// SPDX-License-Identifier: Apache-2.0
//
// Calls that the client itself never makes, through gRPC's own API: `get`, a half-closed `sub`, an unknown method.
#include "core.h"
#include "support.h"

typedef struct {
    uint64_t messages;
    grpc_status_code status;
} answer;

/// Sends one request and the half-close, and reads to the end.
static answer call_method(const char *name, const char *method) {
    char target[600];
    snprintf(target, sizeof target, "unix:%s/%s.sock", directory, name);
    gpr_timespec never = gpr_inf_future(GPR_CLOCK_MONOTONIC);
    cfalco_core_hold();
    grpc_completion_queue *queue = grpc_completion_queue_create_for_next(NULL);
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel *channel = grpc_channel_create(target, credentials, NULL);
    grpc_channel_credentials_release(credentials);
    grpc_call *call = grpc_channel_create_call(channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                               grpc_slice_from_static_string(method), NULL, never, NULL);
    grpc_metadata_array initial, trailing;
    grpc_metadata_array_init(&initial);
    grpc_metadata_array_init(&trailing);
    answer got = {0, GRPC_STATUS_OK};
    grpc_slice text = grpc_empty_slice();
    grpc_byte_buffer *request = grpc_raw_byte_buffer_create(NULL, 0), *message = NULL;
    grpc_op open[4] = {{.op = GRPC_OP_SEND_INITIAL_METADATA}, {.op = GRPC_OP_SEND_MESSAGE},
                       {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT}, {.op = GRPC_OP_RECV_INITIAL_METADATA}};
    open[1].data.send_message.send_message = request;
    open[3].data.recv_initial_metadata.recv_initial_metadata = &initial;
    CHECK(grpc_call_start_batch(call, open, 4, (void *)1, NULL) == GRPC_CALL_OK, "open");
    grpc_op receive = {.op = GRPC_OP_RECV_MESSAGE}, finish = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};
    receive.data.recv_message.recv_message = &message;
    finish.data.recv_status_on_client.trailing_metadata = &trailing;
    finish.data.recv_status_on_client.status = &got.status;
    finish.data.recv_status_on_client.status_details = &text;
    CHECK(grpc_call_start_batch(call, &receive, 1, (void *)2, NULL) == GRPC_CALL_OK, "receive");
    int under_way = 2;
    while (under_way > 0) {
        grpc_event event = grpc_completion_queue_next(queue, never, NULL);
        under_way--;
        if (event.tag != (void *)2) continue;
        bool over = message == NULL;
        if (!over) {
            got.messages++;
            grpc_byte_buffer_destroy(message);
            message = NULL;
        }
        CHECK(grpc_call_start_batch(call, over ? &finish : &receive, 1, (void *)(over ? 3l : 2l), NULL) == GRPC_CALL_OK,
              "next");
        under_way++;
    }
    grpc_byte_buffer_destroy(request);
    grpc_metadata_array_destroy(&initial);
    grpc_metadata_array_destroy(&trailing);
    grpc_slice_unref(text);
    grpc_call_unref(call);
    grpc_channel_destroy(channel);
    cfalco_queue_destroy(queue);
    cfalco_core_release();
    return got;
}

static void get_empties_the_queue_and_ends(void) {
    cfalco_server *server = serve("get", CFALCO_ONE_QUEUE, 0);
    answer got = call_method("get", CFALCO_METHOD_GET);
    CHECK(got.messages == 0 && got.status == GRPC_STATUS_OK, "%d", got.status);
    publish(server, 0, 25, 100);
    got = call_method("get", CFALCO_METHOD_GET);
    CHECK(got.messages == 25 && got.status == GRPC_STATUS_OK, "%llu %d", (unsigned long long)got.messages, got.status);
    cfalco_server_stop(server, 0);
}

/// With fan-out the first `get` begins a queue for all such callers; subscribers lose nothing to it.
static void get_beside_subscribers_takes_nothing_from_them(void) {
    cfalco_server *server = serve("getfan", CFALCO_FAN_OUT, 0);
    answer got = call_method("getfan", CFALCO_METHOD_GET);
    CHECK(got.messages == 0 && got.status == GRPC_STATUS_OK, "%d", got.status);
    cfalco_client *client = subscribe("getfan", 0);
    connect_client(client);
    tally seen = tally_create(30);
    for (cfalco_server_stats stats = {0}; stats.subscribers < 1;) cfalco_server_read_stats(server, &stats);
    publish(server, 0, 30, 100);
    tally_until(&seen, client, 30);
    got = call_method("getfan", CFALCO_METHOD_GET);
    CHECK(got.messages == 30 && got.status == GRPC_STATUS_OK, "%llu", (unsigned long long)got.messages);
    tally_is_exactly(&seen, 0, 30);
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

/// A fan-out subscriber that half-closed can ask for nothing more: its stream ends. (Falco's own would hang.)
static void a_half_closed_subscriber_is_let_go(void) {
    cfalco_server *server = serve("half", CFALCO_FAN_OUT, 0);
    answer got = call_method("half", CFALCO_METHOD_SUB);
    CHECK(got.status == GRPC_STATUS_OK, "%d", got.status);
    got = call_method("half", "/falco.outputs.service/other");
    CHECK(got.status == GRPC_STATUS_UNIMPLEMENTED, "%d", got.status);
    cfalco_server_stop(server, 0);
}

void run_get_tests(void) {
    get_empties_the_queue_and_ends();
    puts("ok get_empties_the_queue_and_ends");
    get_beside_subscribers_takes_nothing_from_them();
    puts("ok get_beside_subscribers_takes_nothing_from_them");
    a_half_closed_subscriber_is_let_go();
    puts("ok a_half_closed_subscriber_is_let_go");
    fflush(stdout);
}
