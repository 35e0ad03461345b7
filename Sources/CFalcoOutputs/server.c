// SPDX-License-Identifier: Apache-2.0
//
// Starting and stopping the server, and what other threads may do to it.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "server_state.h"

/// Makes way for our socket file. False when something else stands there, or a living server listens on it.
static bool clear_path(const char *path, char *message, size_t size) {
    struct stat there;
    if (lstat(path, &there) != 0) {
        if (errno == ENOENT) return true;
        cfalco_say(message, size, "%s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISSOCK(there.st_mode)) {
        cfalco_say(message, size, "%s is there and is no socket", path);
        return false;
    }
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    bool alive = probe >= 0 && connect(probe, (const struct sockaddr *)&address, sizeof address) == 0;
    if (probe >= 0) close(probe);
    if (alive) {
        cfalco_say(message, size, "another server listens on %s", path);
        return false;
    }
    if (unlink(path) != 0 && errno != ENOENT) {
        cfalco_say(message, size, "%s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

static grpc_server_credentials *credentials(const cfalco_server_settings *settings, bool is_unix, char *message,
                                            size_t size) {
    if (is_unix) return grpc_insecure_server_credentials_create();
    cfalco_tls_texts texts;
    if (cfalco_tls_check(&settings->tls, CFALCO_TLS_SERVER, NULL, (int64_t)time(NULL), message, size, NULL) ==
            CFALCO_TLS_BAD ||
        !cfalco_tls_read(&settings->tls, &texts, message, size)) {
        return NULL;
    }
    grpc_ssl_pem_key_cert_pair pair = {.private_key = texts.key, .cert_chain = texts.certificate};
    grpc_server_credentials *made = grpc_ssl_server_credentials_create_ex(
        texts.ca, &pair, 1, GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY, NULL);
    cfalco_tls_texts_free(&texts);
    if (made == NULL) cfalco_say(message, size, "gRPC does not take the certificates");
    return made;
}

static bool bind_address(cfalco_server *server, const cfalco_server_settings *settings, char *message, size_t size) {
    const cfalco_address *address = &server->address;
    if (address->is_unix && !clear_path(address->path, message, size)) return false;
    grpc_server_credentials *creds = credentials(settings, address->is_unix, message, size);
    if (creds == NULL) return false;
    mode_t mode = settings->socket_mode == 0 ? 0660 : (mode_t)settings->socket_mode & 0777;
    // The file appears with no more than its mode: a chmod alone would leave a moment in which anybody may connect.
    mode_t umask_before = umask(0777 & ~mode);
    int port = grpc_server_add_http2_port(server->core, address->target, creds);
    umask(umask_before);
    grpc_server_credentials_release(creds);
    if (port == 0) {
        cfalco_say(message, size, "cannot listen on %s", settings->address);
        return false;
    }
    if (!address->is_unix) {
        server->port = (uint16_t)port;
        return true;
    }
    struct stat made;
    if (chmod(address->path, mode) != 0 || stat(address->path, &made) != 0) {
        cfalco_say(message, size, "%s: %s", address->path, strerror(errno));
        return false;
    }
    server->socket_device = made.st_dev;
    server->socket_inode = made.st_ino;
    return true;
}

static void free_server(cfalco_server *server) {
    // gRPC removes the socket file with the server; should it not, it is ours only while it is the same file.
    if (server->core != NULL) grpc_server_destroy(server->core);
    if (server->queue != NULL) {
        cfalco_waker_close(&server->waker);
        cfalco_queue_destroy(server->queue);
    }
    struct stat there;
    if (server->address.path != NULL && server->socket_inode != 0 && lstat(server->address.path, &there) == 0 &&
        there.st_dev == server->socket_device && there.st_ino == server->socket_inode) {
        unlink(server->address.path);
    }
    cfalco_backlog_clear(&server->shared);
    cfalco_backlog_clear(&server->inbox);
    cfalco_buffer_free(&server->version);
    cfalco_address_free(&server->address);
    pthread_mutex_destroy(&server->lock);
    free(server);
    cfalco_core_release();
}

/// Ends a server that was never started: gRPC wants to be told all the same.
static void discard(cfalco_server *server) {
    if (server->core != NULL) {
        grpc_server_shutdown_and_notify(server->core, server->queue, NULL);
        grpc_completion_queue_next(server->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    }
    free_server(server);
}

static void configure(cfalco_server *server, const cfalco_server_settings *settings) {
    server->mode = settings->mode;
    bool fan_out = settings->mode == CFALCO_FAN_OUT;
    server->backlog_limit = settings->backlog_bytes == 0 && fan_out ? 16u << 20 : settings->backlog_bytes;
    server->stream_limit = settings->stream_limit == 0 ? 64 : settings->stream_limit;
    server->shared.limit_bytes = server->inbox.limit_bytes = server->backlog_limit;
    atomic_store(&server->wanted, !fan_out);
    server->has_version = settings->version != NULL;
    if (server->has_version) cfalco_encode_version_response(&server->version, settings->version);
}

static bool start_thread(cfalco_server *server, char *message, size_t size) {
    // Signals are the main program's affair.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&server->thread, NULL, cfalco_server_loop, server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) cfalco_say(message, size, "no thread for the server: %s", strerror(failed));
    return failed == 0;
}

cfalco_server *cfalco_server_start(const cfalco_server_settings *settings, char *message, size_t message_size) {
    cfalco_say(message, message_size, "%s", "");
    cfalco_server *server = calloc(1, sizeof *server);
    if (server == NULL) return NULL;
    cfalco_core_hold();
    pthread_mutex_init(&server->lock, NULL);
    configure(server, settings);
    if (!cfalco_address_parse(settings->address, &server->address, message, message_size)) {
        free_server(server);
        return NULL;
    }
    server->queue = grpc_completion_queue_create_for_next(NULL);
    cfalco_waker_open(&server->waker, server->queue, (void *)(uintptr_t)CFALCO_SERVER_WAKE);
    cfalco_args args;
    cfalco_args_server(&args, server->stream_limit * 2 + 16);
    server->core = grpc_server_create(&args.args, NULL);
    grpc_server_register_completion_queue(server->core, server->queue, NULL);
    if (!bind_address(server, settings, message, message_size)) {
        discard(server);
        return NULL;
    }
    grpc_server_start(server->core);
    cfalco_call_await(server);
    if (!start_thread(server, message, message_size)) abort();
    return server;
}

uint16_t cfalco_server_port(const cfalco_server *server) { return server->port; }

void cfalco_server_publish(cfalco_server *server, const uint8_t *response, size_t length) {
    cfalco_text one = {response, length};
    cfalco_server_publish_batch(server, &one, 1);
}

void cfalco_server_publish_batch(cfalco_server *server, const cfalco_text *responses, size_t count) {
    atomic_fetch_add_explicit(&server->published, count, memory_order_relaxed);
    // Pairs with the store when a subscriber is accepted. Without anybody to send to, publishing costs nothing.
    if (!atomic_load(&server->wanted)) return;
    uint64_t dropped = 0;
    pthread_mutex_lock(&server->lock);
    for (size_t index = 0; index < count; index++) {
        grpc_slice alert = grpc_slice_from_copied_buffer((const char *)responses[index].bytes, responses[index].length);
        dropped += cfalco_backlog_push(&server->inbox, alert);
    }
    pthread_mutex_unlock(&server->lock);
    if (dropped > 0) atomic_fetch_add(&server->dropped, dropped);
    cfalco_waker_wake(&server->waker);
}

void cfalco_server_read_stats(cfalco_server *server, cfalco_server_stats *stats) {
    memset(stats, 0, sizeof *stats);
    stats->published = atomic_load(&server->published);
    stats->sent = atomic_load(&server->sent);
    stats->sent_bytes = atomic_load(&server->sent_bytes);
    stats->dropped = atomic_load(&server->dropped);
    stats->lost = atomic_load(&server->lost);
    stats->requests = atomic_load(&server->requests);
    stats->streams_opened = atomic_load(&server->streams_opened);
    stats->streams_refused = atomic_load(&server->streams_refused);
    stats->subscribers = atomic_load(&server->subscribers);
    pthread_mutex_lock(&server->lock);
    stats->backlog_bytes = atomic_load(&server->queued_bytes) + server->inbox.bytes;
    pthread_mutex_unlock(&server->lock);
}

static void end(cfalco_server *server, uint64_t grace_ns, bool abandon) {
    if (server == NULL) return;
    pthread_mutex_lock(&server->lock);
    server->grace_ns = grace_ns;
    server->stop_wanted = true;
    server->abort_wanted = abandon;
    pthread_mutex_unlock(&server->lock);
    cfalco_waker_wake(&server->waker);
    pthread_join(server->thread, NULL);
    free_server(server);
}

void cfalco_server_stop(cfalco_server *server, uint64_t grace_ns) { end(server, grace_ns, false); }

void cfalco_server_abort(cfalco_server *server) { end(server, 0, true); }
