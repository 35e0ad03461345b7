// SPDX-License-Identifier: Apache-2.0
//
// What the files of this target share.
#ifndef CCONNECTION_PRIVATE_H
#define CCONNECTION_PRIVATE_H

#include <openssl/ssl.h>

#include "cconnection.h"

struct cconn {
    int descriptor;
    bool is_datagram;
    SSL *tls;           ///< NULL without TLS
    SSL_CTX *context;
    BIO_METHOD *method;
    char verdict[CCONN_REASON];  ///< why the peer's certificate was refused
};

/// Milliseconds of a clock that only goes forward.
int64_t cconn_now(void);

/// What is left until `deadline`, never negative.
int cconn_left(int64_t deadline);

/// Waits until `events` (POLLIN, POLLOUT) or an error; false at the deadline.
bool cconn_wait(int descriptor, short events, int64_t deadline);

void cconn_say(char reason[CCONN_REASON], const char *format, ...) __attribute__((format(printf, 2, 3)));

/// Reads the files of `target`; NULL and a reason when they cannot be used.
SSL_CTX *cconn_context(const cconn_target *target, char reason[CCONN_REASON]);

/// The handshake over a connected descriptor, and what the peer says right after it.
bool cconn_handshake(cconn *connection, const cconn_target *target, int64_t deadline, char reason[CCONN_REASON]);

/// Why the last call of libssl failed, in words; empties its list of errors.
void cconn_explain(cconn *connection, int result, char reason[CCONN_REASON]);

/// Takes what the peer sent, for what it means: see cconn_look.
bool cconn_look_tls(cconn *connection, char reason[CCONN_REASON]);

#endif
