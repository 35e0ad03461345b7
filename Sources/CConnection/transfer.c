// SPDX-License-Identifier: Apache-2.0
//
// Bytes through a connected socket.
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "connection.h"

bool cconn_look(cconn *connection, char reason[CCONN_REASON]) {
    if (connection->tls != NULL) return cconn_look_tls(connection, reason);
    if (connection->is_datagram) return true;
    // Receivers of syslog say nothing; what one says all the same is thrown away, a little of it at a time.
    for (int turn = 0; turn < 16; turn++) {
        char waste[4096];
        ssize_t got = recv(connection->descriptor, waste, sizeof waste, MSG_DONTWAIT);
        if (got > 0) continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return true;
        cconn_say(reason, "the receiver closed the connection%s%s", got < 0 ? ": " : "", got < 0 ? strerror(errno) : "");
        return false;
    }
    return true;
}

static cconn_result send_datagram(cconn *connection, const uint8_t *bytes, size_t length, int limit_ms,
                                  char reason[CCONN_REASON]) {
    int64_t deadline = cconn_now() + limit_ms;
    for (;;) {
        if (send(connection->descriptor, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return CCONN_SENT;
        int error = errno;
        switch (error) {
            case EINTR: continue;
            case EAGAIN:
                if (cconn_wait(connection->descriptor, POLLOUT, deadline) && cconn_left(deadline) > 0) continue;
                cconn_say(reason, "the receiver takes nothing");
                return CCONN_SLOW;
            case ENOBUFS:  // the card's queue: POLLOUT does not tell
                if (cconn_left(deadline) > 0) {
                    poll(NULL, 0, 1);
                    continue;
                }
                cconn_say(reason, "the network takes nothing");
                return CCONN_SLOW;
            case EMSGSIZE:
                cconn_say(reason, "a datagram of %zu bytes is too long", length);
                return CCONN_TOO_LONG;
            case ECONNREFUSED:
                cconn_say(reason, "nobody listens there");
                return CCONN_NOBODY;
            default:
                cconn_say(reason, "%s", strerror(error));
                return CCONN_BROKEN;
        }
    }
}

/// One step: how many bytes went, 0 to wait for `events`, below zero for broken.
static ssize_t step(cconn *connection, const uint8_t *bytes, size_t length, short *events, char reason[CCONN_REASON]) {
    if (connection->tls == NULL) {
        ssize_t sent = send(connection->descriptor, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) return sent;
        *events = POLLOUT;
        if (errno == EAGAIN || errno == EINTR) return 0;
        cconn_say(reason, "the connection broke: %s", strerror(errno));
        return -1;
    }
    size_t written = 0;
    int done = SSL_write_ex(connection->tls, bytes, length, &written);
    if (done == 1) return (ssize_t)written;
    switch (SSL_get_error(connection->tls, done)) {
        case SSL_ERROR_WANT_WRITE: *events = POLLOUT; return 0;
        case SSL_ERROR_WANT_READ: *events = POLLIN; return 0;
        default: cconn_explain(connection, done, reason); return -1;
    }
}

cconn_result cconn_send(cconn *connection, const uint8_t *bytes, size_t length, int limit_ms, size_t *written,
                        char reason[CCONN_REASON]) {
    *written = 0;
    reason[0] = 0;
    if (connection->is_datagram) {
        cconn_result result = send_datagram(connection, bytes, length, limit_ms, reason);
        if (result == CCONN_SENT) *written = length;
        return result;
    }
    // A receiver that takes a few bytes now and then holds us up six times as long as one that takes none.
    int64_t deadline = cconn_now() + limit_ms, last = cconn_now() + 6 * (int64_t)limit_ms;
    while (*written < length) {
        short events = 0;
        ssize_t sent = step(connection, bytes + *written, length - *written, &events, reason);
        if (sent < 0) return CCONN_BROKEN;
        if (sent > 0) {
            *written += (size_t)sent;
            deadline = cconn_now() + limit_ms;
            if (deadline > last) deadline = last;
            continue;
        }
        if (!cconn_wait(connection->descriptor, events, deadline)) {
            cconn_say(reason, "the receiver takes nothing");
            return CCONN_SLOW;
        }
    }
    return CCONN_SENT;
}

bool cconn_finish(cconn *connection, int limit_ms) {
    if (connection->is_datagram) return true;
    int64_t deadline = cconn_now() + limit_ms;
    if (connection->tls != NULL) SSL_shutdown(connection->tls);
    if (shutdown(connection->descriptor, SHUT_WR) != 0) return false;
    for (;;) {
        char waste[4096];
        ssize_t got = recv(connection->descriptor, waste, sizeof waste, MSG_DONTWAIT);
        if (got == 0) return true;
        if (got < 0 && errno != EAGAIN && errno != EINTR) return false;
        if (got < 0 && !cconn_wait(connection->descriptor, POLLIN, deadline)) return false;
        if (cconn_left(deadline) == 0) return false;
    }
}
