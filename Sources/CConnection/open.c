// SPDX-License-Identifier: Apache-2.0
//
// From a target to a connected socket.
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "connection.h"

int64_t cconn_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int cconn_left(int64_t deadline) {
    int64_t left = deadline - cconn_now();
    return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

bool cconn_wait(int descriptor, short events, int64_t deadline) {
    for (;;) {
        struct pollfd entry = {.fd = descriptor, .events = events};
        int ready = poll(&entry, 1, cconn_left(deadline));
        if (ready > 0) return true;
        if (ready == 0 || errno != EINTR) return false;
    }
}

void cconn_say(char reason[CCONN_REASON], const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, CCONN_REASON, format, arguments);
    va_end(arguments);
    // Certificates are from outside.
    for (char *place = reason; *place != 0; place++) {
        if ((unsigned char)*place < 0x20 || (unsigned char)*place > 0x7E) *place = '?';
    }
}

static bool connected(int descriptor, const struct sockaddr *address, socklen_t length, int64_t deadline) {
    if (connect(descriptor, address, length) == 0) return true;
    if (errno != EINPROGRESS) return false;
    if (!cconn_wait(descriptor, POLLOUT, deadline)) {
        errno = ETIMEDOUT;
        return false;
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return false;
    errno = error;
    return error == 0;
}

static int connect_unix(const char *path, bool *is_datagram, int64_t deadline, char reason[CCONN_REASON]) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        cconn_say(reason, "%s is too long for a socket's path", path);
        return -1;
    }
    strcpy(address.sun_path, path);
    for (int stream = 0; stream < 2; stream++) {
        int descriptor = socket(AF_UNIX, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (descriptor < 0) break;
        if (connected(descriptor, (struct sockaddr *)&address, sizeof address, deadline)) {
            *is_datagram = !stream;
            return descriptor;
        }
        int error = errno;
        close(descriptor);
        errno = error;
        if (error != EPROTOTYPE) break;
    }
    cconn_say(reason, "%s: %s", path, strerror(errno));
    return -1;
}

/// A dead peer is noticed within a minute or two, also when nothing is sent.
static void keep_alive(int descriptor) {
    int on = 1, idle = 30, pause = 10, probes = 3;
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(descriptor, IPPROTO_TCP, 4 /* TCP_KEEPIDLE */, &idle, sizeof idle);
    setsockopt(descriptor, IPPROTO_TCP, 5 /* TCP_KEEPINTVL */, &pause, sizeof pause);
    setsockopt(descriptor, IPPROTO_TCP, 6 /* TCP_KEEPCNT */, &probes, sizeof probes);
}

static int connect_network(const cconn_target *target, int64_t deadline, char reason[CCONN_REASON]) {
    bool datagrams = target->kind == CCONN_UDP;
    struct addrinfo hints = {.ai_socktype = datagrams ? SOCK_DGRAM : SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    int failure = getaddrinfo(target->host, target->port, &hints, &list);
    if (failure != 0) {
        cconn_say(reason, "the address of %s: %s", target->host,
                  failure == EAI_SYSTEM ? strerror(errno) : gai_strerror(failure));
        return -1;
    }
    int remaining = 0;
    for (struct addrinfo *one = list; one != NULL; one = one->ai_next) remaining++;
    int descriptor = -1;
    for (struct addrinfo *one = list; one != NULL; one = one->ai_next, remaining--) {
        descriptor = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, one->ai_protocol);
        if (descriptor < 0) continue;
        if (target->send_buffer > 0 && !datagrams) {
            setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &target->send_buffer, sizeof target->send_buffer);
        }
        // Each address gets its share of the time that is left.
        int64_t until = cconn_now() + cconn_left(deadline) / remaining;
        if (connected(descriptor, one->ai_addr, one->ai_addrlen, until)) break;
        int error = errno;
        close(descriptor);
        errno = error;
        descriptor = -1;
    }
    int error = errno;
    freeaddrinfo(list);
    if (descriptor < 0) {
        cconn_say(reason, "%s port %s: %s", target->host, target->port, strerror(error));
    } else if (!datagrams) {
        keep_alive(descriptor);
    }
    return descriptor;
}

cconn *cconn_open(const cconn_target *target, int limit_ms, char reason[CCONN_REASON]) {
    reason[0] = 0;
    int64_t deadline = cconn_now() + limit_ms;
    cconn *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        cconn_say(reason, "no memory");
        return NULL;
    }
    connection->descriptor = -1;
    // Bad files are found before anybody is bothered.
    if (target->kind == CCONN_TLS) {
        connection->context = cconn_context(target, reason);
        if (connection->context == NULL) {
            cconn_close(connection);
            return NULL;
        }
    }
    connection->is_datagram = target->kind == CCONN_UDP;
    connection->descriptor = target->kind == CCONN_UNIX
        ? connect_unix(target->host, &connection->is_datagram, deadline, reason)
        : connect_network(target, deadline, reason);
    if (connection->descriptor < 0 ||
        (target->kind == CCONN_TLS && !cconn_handshake(connection, target, deadline, reason))) {
        cconn_close(connection);
        return NULL;
    }
    return connection;
}

bool cconn_is_datagram(const cconn *connection) { return connection->is_datagram; }

void cconn_close(cconn *connection) {
    if (connection == NULL) return;
    SSL_free(connection->tls);
    BIO_meth_free(connection->method);
    SSL_CTX_free(connection->context);
    if (connection->descriptor >= 0) close(connection->descriptor);
    free(connection);
}

uint64_t cconn_file_stamp(const cconn_target *target) {
    const char *const paths[] = {target->ca, target->certificate, target->key};
    uint64_t stamp = 1469598103934665603u;  // FNV-1a over words
    for (size_t index = 0; index < sizeof paths / sizeof *paths; index++) {
        struct stat about;
        uint64_t words[4] = {0};
        if (paths[index] != NULL && stat(paths[index], &about) == 0) {
            words[0] = (uint64_t)about.st_ino;
            words[1] = (uint64_t)about.st_size;
            words[2] = (uint64_t)about.st_mtim.tv_sec;
            words[3] = (uint64_t)about.st_mtim.tv_nsec;
        }
        for (size_t word = 0; word < 4; word++) stamp = (stamp ^ words[word]) * 1099511628211u;
    }
    return stamp;
}
