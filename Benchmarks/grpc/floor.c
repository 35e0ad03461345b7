// SPDX-License-Identifier: Apache-2.0
//
// The floor: receives a stream through gRPC's core API with the client's own channel arguments, and drops every message.
#include "core.h"
#include "report.h"

int main(int count, char **arguments) {
    if (count < 2) return 2;
    cfalco_core_hold();
    grpc_completion_queue *queue = grpc_completion_queue_create_for_next(NULL);
    char target[256];
    snprintf(target, sizeof target, "unix:%s", arguments[1]);
    cfalco_args args;
    cfalco_args_client(&args, 64 << 20, NULL);
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel *channel = grpc_channel_create(target, credentials, &args.args);
    gpr_timespec never = gpr_inf_future(GPR_CLOCK_MONOTONIC);
    grpc_call *call = grpc_channel_create_call(channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                               grpc_slice_from_static_string(CFALCO_METHOD_SUB), NULL, never, NULL);
    grpc_metadata_array initial;
    grpc_metadata_array_init(&initial);
    grpc_byte_buffer *request = grpc_raw_byte_buffer_create(NULL, 0), *message = NULL;
    grpc_op open[3] = {{.op = GRPC_OP_SEND_INITIAL_METADATA}, {.op = GRPC_OP_SEND_MESSAGE},
                       {.op = GRPC_OP_RECV_INITIAL_METADATA}};
    open[1].data.send_message.send_message = request;
    open[2].data.recv_initial_metadata.recv_initial_metadata = &initial;
    grpc_call_start_batch(call, open, 3, (void *)1, NULL);
    grpc_op receive = {.op = GRPC_OP_RECV_MESSAGE};
    receive.data.recv_message.recv_message = &message;
    grpc_call_start_batch(call, &receive, 1, (void *)2, NULL);
    uint64_t messages = 0, bytes = 0;
    double began = seconds_now();
    for (;;) {
        grpc_event event = grpc_completion_queue_next(queue, never, NULL);
        if (event.tag != (void *)2) continue;
        if (message == NULL) break;
        messages++;
        bytes += grpc_byte_buffer_length(message);
        grpc_byte_buffer_destroy(message);
        grpc_call_start_batch(call, &receive, 1, (void *)2, NULL);
    }
    report("floor", messages, bytes, seconds_now() - began);
    return 0;
}
