// SPDX-License-Identifier: Apache-2.0
//
// The channel arguments, in one place, each with its reason.
//
// What a crash can lose of a stream, beside what was read and is not committed (`in_flight_bytes` plus the message that
// reached it): what HTTP/2's windows have let out of the peer. That is the stream's window, LOOKAHEAD_BYTES, and
// measured up to one window of the connection (65,535 bytes) more, because gRPC renews the stream's before all of what
// it has just parsed is read; together CFALCO_FLOW_WINDOW_BYTES. A message larger than the window is let out whole.
// BDP probing would widen the windows by itself (and send pings, which Falco punishes): it is off. Without it the
// connection's window caps what is under way at 64 KiB in any case, and a larger look-ahead gains nothing.
#include <limits.h>
#include <string.h>

#include "cfalco_client.h"
#include "core.h"

#define LOOKAHEAD_BYTES 65536
_Static_assert(LOOKAHEAD_BYTES + 65535 <= CFALCO_FLOW_WINDOW_BYTES, "the promise covers both windows");

static void add_integer(cfalco_args *args, const char *key, int value) {
    grpc_arg *arg = &args->list[args->args.num_args++];
    arg->type = GRPC_ARG_INTEGER;
    arg->key = (char *)(uintptr_t)key;
    arg->value.integer = value;
}

static void add_string(cfalco_args *args, const char *key, const char *value) {
    grpc_arg *arg = &args->list[args->args.num_args++];
    arg->type = GRPC_ARG_STRING;
    arg->key = (char *)(uintptr_t)key;
    arg->value.string = (char *)(uintptr_t)value;
}

static void add_shared(cfalco_args *args) {
    memset(args, 0, sizeof *args);
    args->args.args = args->list;
    add_integer(args, GRPC_ARG_HTTP2_BDP_PROBE, 0);
    add_integer(args, GRPC_ARG_ENABLE_CHANNELZ, 0);
    add_integer(args, GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0);
    add_integer(args, GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
    add_integer(args, GRPC_ARG_KEEPALIVE_TIME_MS, INT_MAX);
}

void cfalco_args_client(cfalco_args *args, uint64_t receive_limit, const char *server_name) {
    add_shared(args);
    add_integer(args, GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, (int)receive_limit);
    add_integer(args, GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, LOOKAHEAD_BYTES);
    add_integer(args, GRPC_ARG_HTTP2_MAX_FRAME_SIZE, (1 << 24) - 1);
    // We announce no compression and so get none; a message that comes compressed all the same is refused, not expanded.
    add_integer(args, GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    // One read call takes the whole window. Between 8 KiB and 256 KiB the cost per message does not change measurably.
    add_integer(args, GRPC_ARG_TCP_READ_CHUNK_SIZE, 64 << 10);
    add_integer(args, GRPC_ARG_TCP_MIN_READ_CHUNK_SIZE, 16 << 10);
    add_integer(args, GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, 256 << 10);
    // A connection of our own, dialled at once: who dials again, and when, is decided by the caller.
    add_integer(args, GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    add_integer(args, GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    add_integer(args, GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
    // In spite of its name this is also how long one attempt may take.
    add_integer(args, GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 20000);
    add_integer(args, GRPC_ARG_ENABLE_RETRIES, 0);
    // The address is meant as it is written: no proxy of the environment, no service configuration from DNS.
    add_integer(args, GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    add_integer(args, GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
    add_integer(args, GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, INT_MAX);
    if (server_name != NULL) add_string(args, GRPC_SSL_TARGET_NAME_OVERRIDE_ARG, server_name);
}

void cfalco_args_server(cfalco_args *args, uint32_t streams_per_connection) {
    add_shared(args);
    // Requests are empty; there is nothing to receive.
    add_integer(args, GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, 64 << 10);
    add_integer(args, GRPC_ARG_MAX_CONCURRENT_STREAMS, (int)streams_per_connection);
    add_integer(args, GRPC_ARG_ALLOW_REUSEPORT, 0);
    add_integer(args, GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10000);
}
