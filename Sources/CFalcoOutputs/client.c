// SPDX-License-Identifier: Apache-2.0
//
// Creating and destroying a client, and what other threads may do to it.
#include <stdlib.h>
#include <string.h>

#include "client_state.h"

static uint64_t or_default(uint64_t value, uint64_t otherwise) { return value == 0 ? otherwise : value; }

static char *copied(const char *text) { return text == NULL ? NULL : strdup(text); }

static bool settings_fit(const cfalco_client *client, const cfalco_client_settings *settings, char *message,
                         size_t size) {
    bool has_tls = settings->tls.ca != NULL && settings->tls.certificate != NULL && settings->tls.key != NULL;
    bool any_tls = settings->tls.ca != NULL || settings->tls.certificate != NULL || settings->tls.key != NULL;
    if (client->address.is_unix && any_tls) {
        cfalco_say(message, size, "a unix socket takes no tls: Falco serves it in plain text, guarded by its file mode");
        return false;
    }
    if (!client->address.is_unix && !has_tls) {
        cfalco_say(message, size, "%s needs tls with ca, certificate and key: Falco serves TCP with mutual TLS only",
                   settings->address);
        return false;
    }
    if (client->receive_limit > CALERT_BYTES_LIMIT) {
        cfalco_say(message, size, "the receive limit is above %u MiB", CALERT_BYTES_LIMIT >> 20);
        return false;
    }
    return true;
}

static void free_settings(cfalco_client *client) {
    cfalco_address_free(&client->address);
    free(client->ca);
    free(client->certificate);
    free(client->key);
    free(client->server_name);
    free(client);
}

cfalco_client *cfalco_client_create(const cfalco_client_settings *settings, char *message, size_t message_size) {
    cfalco_say(message, message_size, "%s", "");
    cfalco_client *client = calloc(1, sizeof *client);
    if (client == NULL) return NULL;
    client->receive_limit = or_default(settings->receive_limit_bytes, 64u << 20);
    client->in_flight = or_default(settings->in_flight_bytes, 1u << 20);
    client->poll_busy = or_default(settings->poll_busy_ns, 2000000);
    client->poll_idle = or_default(settings->poll_idle_ns, 50000000);
    client->leave_quiet = or_default(settings->leave_quiet_ns, 300000000);
    if (!cfalco_address_parse(settings->address, &client->address, message, message_size) ||
        !settings_fit(client, settings, message, message_size)) {
        free_settings(client);
        return NULL;
    }
    client->ca = copied(settings->tls.ca);
    client->certificate = copied(settings->tls.certificate);
    client->key = copied(settings->tls.key);
    client->server_name = copied(settings->server_name);
    cfalco_core_hold();
    client->queue = grpc_completion_queue_create_for_next(NULL);
    cfalco_waker_open(&client->waker, client->queue, (void *)(intptr_t)CFALCO_TAG_WAKE);
    return client;
}

void cfalco_client_destroy(cfalco_client *client) {
    if (client == NULL) return;
    cfalco_client_hang_up(client);
    cfalco_waker_close(&client->waker);
    cfalco_queue_destroy(client->queue);
    cfalco_core_release();
    free_settings(client);
}

bool cfalco_client_version(const cfalco_client *client, cfalco_version *version) {
    *version = client->version;
    return client->has_version;
}

void cfalco_client_leave(cfalco_client *client, uint64_t limit_ns) {
    uint64_t now = cfalco_monotonic_ns();
    client->leaving = true;
    client->leave_deadline = cfalco_saturating_add(now, limit_ns);
    cfalco_poll_resumed(&client->poll, now);
}

void cfalco_client_committed(cfalco_client *client, uint64_t total_bytes) {
    // Sequentially consistent with the reader, which closes the window and then looks at this again: either it sees
    // the new total, or we see the closed window.
    atomic_store(&client->committed, total_bytes);
    if (atomic_load(&client->window_closed)) cfalco_waker_wake(&client->waker);
}

void cfalco_client_wake(cfalco_client *client) {
    // Pairs with the exchange in `receive`.
    atomic_store(&client->wake_wanted, true);
    cfalco_waker_wake(&client->waker);
}

void cfalco_client_stop(cfalco_client *client) {
    // Pairs with the loads in `connect` and `receive`.
    atomic_store(&client->stop_wanted, true);
    cfalco_waker_wake(&client->waker);
}
