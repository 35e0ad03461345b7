// SPDX-License-Identifier: Apache-2.0
//
// Dialling: a new channel each time, then the version call, which also tells whether anybody is there and, if not, why.
#include <string.h>
#include <time.h>

#include "client_state.h"

/// How long a peer that is connected may take over its version before it is taken for one without.
#define VERSION_PATIENCE_NS 2000000000u

static bool create_channel(cfalco_client *client, char *message, size_t size) {
    cfalco_args args;
    cfalco_args_client(&args, client->receive_limit, client->server_name);
    grpc_channel_credentials *credentials = NULL;
    if (client->address.is_unix) {
        credentials = grpc_insecure_credentials_create();
    } else {
        cfalco_tls_files files = {client->ca, client->certificate, client->key};
        cfalco_tls_texts texts;
        if (cfalco_tls_check(&files, CFALCO_TLS_CLIENT, NULL, (int64_t)time(NULL), message, size, NULL) ==
                CFALCO_TLS_BAD ||
            !cfalco_tls_read(&files, &texts, message, size)) {
            return false;
        }
        grpc_ssl_pem_key_cert_pair pair = {.private_key = texts.key, .cert_chain = texts.certificate};
        credentials = grpc_ssl_credentials_create_ex(texts.ca, &pair, NULL, NULL);
        cfalco_tls_texts_free(&texts);
        if (credentials == NULL) {
            cfalco_say(message, size, "gRPC does not take the certificates");
            return false;
        }
    }
    client->channel = grpc_channel_create(client->address.target, credentials, &args.args);
    grpc_channel_credentials_release(credentials);
    return true;
}

static void begin_greeting(cfalco_client *client) {
    cfalco_greeting *greeting = &client->greeting;
    memset(greeting, 0, sizeof *greeting);
    greeting->call = grpc_channel_create_call(client->channel, NULL, GRPC_PROPAGATE_DEFAULTS, client->queue,
                                              grpc_slice_from_static_string(CFALCO_METHOD_VERSION), NULL,
                                              gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    grpc_metadata_array_init(&greeting->initial);
    grpc_metadata_array_init(&greeting->trailing);
    greeting->text = grpc_empty_slice();
    greeting->request = grpc_raw_byte_buffer_create(NULL, 0);
    grpc_op operations[6] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA}, {.op = GRPC_OP_SEND_MESSAGE}, {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        {.op = GRPC_OP_RECV_INITIAL_METADATA}, {.op = GRPC_OP_RECV_MESSAGE}, {.op = GRPC_OP_RECV_STATUS_ON_CLIENT},
    };
    operations[1].data.send_message.send_message = greeting->request;
    operations[3].data.recv_initial_metadata.recv_initial_metadata = &greeting->initial;
    operations[4].data.recv_message.recv_message = &greeting->response;
    operations[5].data.recv_status_on_client.trailing_metadata = &greeting->trailing;
    operations[5].data.recv_status_on_client.status = &greeting->status;
    operations[5].data.recv_status_on_client.status_details = &greeting->text;
    greeting->done = !cfalco_client_start(client, greeting->call, operations, 6, CFALCO_TAG_VERSION);
    if (greeting->done) greeting->status = GRPC_STATUS_UNKNOWN;
}

/// Waits for the greeting until `deadline`, or until `stop` when that counts.
static void await_greeting(cfalco_client *client, gpr_timespec deadline, bool heed_stop) {
    while (!client->greeting.done) {
        bool success = false;
        // Pairs with the store in `stop`.
        if (heed_stop && atomic_load(&client->stop_wanted)) return;
        cfalco_tag tag = cfalco_client_next(client, deadline, &success);
        if (tag == CFALCO_TAG_VERSION) client->greeting.done = true;
        if (tag == 0) return;
    }
}

void cfalco_client_end_greeting(cfalco_client *client) {
    cfalco_greeting *greeting = &client->greeting;
    if (greeting->call == NULL) return;
    if (!greeting->done) {
        grpc_call_cancel(greeting->call, NULL);
        await_greeting(client, gpr_inf_future(GPR_CLOCK_MONOTONIC), false);
    }
    grpc_byte_buffer_destroy(greeting->request);
    if (greeting->response != NULL) grpc_byte_buffer_destroy(greeting->response);
    grpc_metadata_array_destroy(&greeting->initial);
    grpc_metadata_array_destroy(&greeting->trailing);
    grpc_slice_unref(greeting->text);
    grpc_call_unref(greeting->call);
    memset(greeting, 0, sizeof *greeting);
}

static void keep_version(cfalco_client *client) {
    grpc_byte_buffer_reader reader;
    grpc_byte_buffer *response = client->greeting.response;
    if (client->greeting.status != GRPC_STATUS_OK || response == NULL) return;
    if (!grpc_byte_buffer_reader_init(&reader, response)) return;
    grpc_slice whole = grpc_byte_buffer_reader_readall(&reader);
    client->has_version =
        cfalco_decode_version_response(GRPC_SLICE_START_PTR(whole), GRPC_SLICE_LENGTH(whole), &client->version);
    grpc_slice_unref(whole);
    grpc_byte_buffer_reader_destroy(&reader);
}

/// What is known of the dial now. A peer that is connected and silent about its version is taken for one without.
static cfalco_connect_status judge(cfalco_client *client, char *message, size_t size) {
    const cfalco_greeting *greeting = &client->greeting;
    uint64_t now = cfalco_monotonic_ns();
    if (greeting->done && greeting->status == GRPC_STATUS_UNAVAILABLE) {
        cfalco_client_explain(client, greeting->status, greeting->text, message, size);
        return CFALCO_UNREACHABLE;
    }
    if (greeting->done) {
        keep_version(client);
        return CFALCO_CONNECTED;
    }
    bool connected = grpc_channel_check_connectivity_state(client->channel, 0) == GRPC_CHANNEL_READY;
    if (connected && now >= client->patience) return CFALCO_CONNECTED;
    if (now < client->dial_deadline) return CFALCO_CONNECTING;
    if (connected) return CFALCO_CONNECTED;
    cfalco_say(message, size, "no connection to %s within %.1f s", client->address.target,
               (double)client->dial_timeout / 1e9);
    return CFALCO_UNREACHABLE;
}

void cfalco_client_dial(cfalco_client *client, uint64_t timeout_ns) {
    cfalco_client_hang_up(client);
    client->has_version = false;
    memset(&client->version, 0, sizeof client->version);
    client->warning[0] = 0;
    if (!create_channel(client, client->warning, sizeof client->warning)) return;
    uint64_t now = cfalco_monotonic_ns();
    client->dial_timeout = timeout_ns;
    client->dial_deadline = cfalco_saturating_add(now, timeout_ns);
    client->patience = now + VERSION_PATIENCE_NS;
    begin_greeting(client);
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

cfalco_connect_status cfalco_client_dialled(cfalco_client *client, uint64_t wait_ns, char *message,
                                            size_t message_size) {
    cfalco_say(message, message_size, "%s", "");
    if (client->channel == NULL) {
        cfalco_say(message, message_size, "%s", client->warning);
        return CFALCO_BAD_CERTIFICATE;
    }
    uint64_t now = cfalco_monotonic_ns();
    uint64_t until = least(cfalco_saturating_add(now, wait_ns), client->dial_deadline);
    // Its end is looked at when it is due, not when the caller's patience ends.
    if (now < client->patience) until = least(until, client->patience);
    await_greeting(client, cfalco_deadline(until), true);
    if (atomic_load(&client->stop_wanted)) {
        cfalco_client_hang_up(client);
        cfalco_say(message, message_size, "stopped");
        return CFALCO_CONNECT_STOPPED;
    }
    char reason[CFALCO_MESSAGE_BYTES] = "";
    cfalco_connect_status status = judge(client, reason, sizeof reason);
    if (status == CFALCO_CONNECTING) return status;
    cfalco_client_end_greeting(client);
    if (status == CFALCO_CONNECTED && cfalco_client_open_stream(client)) return status;
    cfalco_client_hang_up(client);
    cfalco_say(message, message_size, "%s%s%s", reason, client->warning[0] == 0 ? "" : "; besides, ", client->warning);
    return CFALCO_UNREACHABLE;
}

cfalco_connect_status cfalco_client_connect(cfalco_client *client, uint64_t timeout_ns, char *message,
                                            size_t message_size) {
    cfalco_client_dial(client, timeout_ns);
    cfalco_connect_status status = CFALCO_CONNECTING;
    while (status == CFALCO_CONNECTING) status = cfalco_client_dialled(client, timeout_ns, message, message_size);
    return status;
}
