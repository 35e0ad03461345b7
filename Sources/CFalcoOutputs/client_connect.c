// SPDX-License-Identifier: Apache-2.0
//
// Dialling: a new channel each time, then the version call, which also tells whether anybody is there and, if not, why.
#include <string.h>
#include <time.h>

#include "client_state.h"

/// How long a peer that is connected may take over its version before it is taken for one without.
#define VERSION_PATIENCE_NS 2000000000u

typedef struct {
    grpc_call *call;
    grpc_metadata_array initial, trailing;
    grpc_byte_buffer *request, *response;
    grpc_status_code status;
    grpc_slice text;
    bool done;
} version_call;

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

static void begin_version(cfalco_client *client, version_call *version) {
    memset(version, 0, sizeof *version);
    version->call = grpc_channel_create_call(client->channel, NULL, GRPC_PROPAGATE_DEFAULTS, client->queue,
                                             grpc_slice_from_static_string(CFALCO_METHOD_VERSION), NULL,
                                             gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    grpc_metadata_array_init(&version->initial);
    grpc_metadata_array_init(&version->trailing);
    version->text = grpc_empty_slice();
    version->request = grpc_raw_byte_buffer_create(NULL, 0);
    grpc_op operations[6] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA}, {.op = GRPC_OP_SEND_MESSAGE}, {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        {.op = GRPC_OP_RECV_INITIAL_METADATA}, {.op = GRPC_OP_RECV_MESSAGE}, {.op = GRPC_OP_RECV_STATUS_ON_CLIENT},
    };
    operations[1].data.send_message.send_message = version->request;
    operations[3].data.recv_initial_metadata.recv_initial_metadata = &version->initial;
    operations[4].data.recv_message.recv_message = &version->response;
    operations[5].data.recv_status_on_client.trailing_metadata = &version->trailing;
    operations[5].data.recv_status_on_client.status = &version->status;
    operations[5].data.recv_status_on_client.status_details = &version->text;
    version->done = !cfalco_client_start(client, version->call, operations, 6, CFALCO_TAG_VERSION);
    if (version->done) version->status = GRPC_STATUS_UNKNOWN;
}

static void wait_for_version(cfalco_client *client, version_call *version, uint64_t deadline, bool heed_stop) {
    while (!version->done) {
        bool success = false;
        // Acquire through sequential consistency: pairs with the store in `stop`.
        if (heed_stop && atomic_load(&client->stop_wanted)) return;
        gpr_timespec until =
            deadline == UINT64_MAX ? gpr_inf_future(GPR_CLOCK_MONOTONIC) : cfalco_deadline(deadline);
        cfalco_tag tag = cfalco_client_next(client, until, &success);
        if (tag == CFALCO_TAG_VERSION) version->done = true;
        if (tag == 0) return;
    }
}

static void keep_version(cfalco_client *client, grpc_byte_buffer *response) {
    grpc_byte_buffer_reader reader;
    if (!grpc_byte_buffer_reader_init(&reader, response)) return;
    grpc_slice whole = grpc_byte_buffer_reader_readall(&reader);
    client->has_version =
        cfalco_decode_version_response(GRPC_SLICE_START_PTR(whole), GRPC_SLICE_LENGTH(whole), &client->version);
    grpc_slice_unref(whole);
    grpc_byte_buffer_reader_destroy(&reader);
}

static void end_version(version_call *version) {
    grpc_byte_buffer_destroy(version->request);
    if (version->response != NULL) grpc_byte_buffer_destroy(version->response);
    grpc_metadata_array_destroy(&version->initial);
    grpc_metadata_array_destroy(&version->trailing);
    grpc_slice_unref(version->text);
    grpc_call_unref(version->call);
}

/// Asks for the version. True when somebody answered, if only with a refusal.
static bool greet(cfalco_client *client, uint64_t timeout_ns, char *message, size_t size) {
    uint64_t now = cfalco_monotonic_ns();
    uint64_t deadline = cfalco_saturating_add(now, timeout_ns);
    uint64_t patience = cfalco_saturating_add(now, VERSION_PATIENCE_NS);
    version_call version;
    begin_version(client, &version);
    wait_for_version(client, &version, deadline < patience ? deadline : patience, true);
    bool connected = grpc_channel_check_connectivity_state(client->channel, 0) == GRPC_CHANNEL_READY;
    if (!version.done && !connected) {
        wait_for_version(client, &version, deadline, true);
        connected = grpc_channel_check_connectivity_state(client->channel, 0) == GRPC_CHANNEL_READY;
    }
    bool answered = version.done && version.status != GRPC_STATUS_UNAVAILABLE;
    if (!version.done) {
        grpc_call_cancel(version.call, NULL);
        wait_for_version(client, &version, UINT64_MAX, false);
        cfalco_say(message, size, "no connection to %s within %.1f s", client->address.target, (double)timeout_ns / 1e9);
    } else if (!answered) {
        connected = false;
        cfalco_client_explain(client, version.status, version.text, message, size);
    } else if (version.status == GRPC_STATUS_OK && version.response != NULL) {
        keep_version(client, version.response);
    }
    end_version(&version);
    return answered || connected;
}

cfalco_connect_status cfalco_client_connect(cfalco_client *client, uint64_t timeout_ns, char *message,
                                            size_t message_size) {
    cfalco_client_hang_up(client);
    client->has_version = false;
    memset(&client->version, 0, sizeof client->version);
    cfalco_say(message, message_size, "%s", "");
    if (!create_channel(client, message, message_size)) return CFALCO_BAD_CERTIFICATE;
    char warning[CFALCO_MESSAGE_BYTES] = "";
    if (message != NULL && message_size > 0) cfalco_say(warning, sizeof warning, "%s", message);
    char reason[CFALCO_MESSAGE_BYTES] = "";
    bool greeted = greet(client, timeout_ns, reason, sizeof reason);
    if (atomic_load(&client->stop_wanted)) {
        cfalco_client_hang_up(client);
        cfalco_say(message, message_size, "stopped");
        return CFALCO_CONNECT_STOPPED;
    }
    if (!greeted || !cfalco_client_open_stream(client)) {
        cfalco_client_hang_up(client);
        cfalco_say(message, message_size, "%s%s%s", reason, warning[0] == 0 ? "" : "; besides, ", warning);
        return CFALCO_UNREACHABLE;
    }
    return CFALCO_CONNECTED;
}
