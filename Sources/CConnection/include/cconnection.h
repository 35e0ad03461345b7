// SPDX-License-Identifier: Apache-2.0
//
// One outgoing connection: UDP, TCP, TLS over TCP, or a unix socket; every call ends within its time limit.
//
//     open ──► send … send ──► finish ──► close
//       │        └ broken: the bytes behind `written` did not leave, those before may be lost
//       └ NULL and a reason
//
// One thread at a time. Sends never raise SIGPIPE. TLS is version 1.2 or later and always verified: chain, name, dates.
#ifndef CCONNECTION_H
#define CCONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes of a reason, its zero included: a sentence for people, without control characters.
#define CCONN_REASON 400

typedef enum {
    CCONN_UDP = 0,
    CCONN_TCP = 1,
    CCONN_TLS = 2,
    CCONN_UNIX = 3,   ///< of datagrams when somebody reads such at the path, else a stream
} cconn_kind;

typedef struct {
    cconn_kind kind;
    const char *host;         ///< a name, an address, or a path
    const char *port;         ///< digits; NULL for CCONN_UNIX
    const char *ca;           ///< PEM, who may have signed the peer's certificate; NULL: the system's
    const char *certificate;  ///< PEM, ours and its intermediates; NULL: none
    const char *key;          ///< PEM, of the first certificate, not encrypted
    const char *server_name;  ///< expected in the peer's certificate; NULL: `host`
    int send_buffer;          ///< bytes the kernel may hold for the peer; 0: as the kernel likes
} cconn_target;

typedef struct cconn cconn;

/// Connects within `limit_ms`, looking up of names apart, which the system's resolver limits. NULL and `reason` otherwise.
cconn *cconn_open(const cconn_target *target, int limit_ms, char reason[CCONN_REASON]);

/// Every send is one message.
bool cconn_is_datagram(const cconn *connection);

/// What the peer did since: false and a reason when it closed, reset or refused us. Does not wait.
bool cconn_look(cconn *connection, char reason[CCONN_REASON]);

typedef enum {
    CCONN_SENT = 0,      ///< everything
    CCONN_SLOW = 1,      ///< nothing moved for `limit_ms`
    CCONN_BROKEN = 2,
    CCONN_NOBODY = 3,    ///< datagrams: an earlier one found nobody; this one did not leave
    CCONN_TOO_LONG = 4,  ///< datagrams: the network takes none of this length
} cconn_result;

/// Hands bytes to the kernel; `written` says how many, also when it fails. A datagram leaves whole or not at all.
cconn_result cconn_send(cconn *connection, const uint8_t *bytes, size_t length, int limit_ms, size_t *written,
                        char reason[CCONN_REASON]);

/// Says that nothing more comes, and waits until the peer has closed, too: it has read everything then. False when that
/// did not happen within `limit_ms`. Nothing can be sent afterwards.
bool cconn_finish(cconn *connection, int limit_ms);

void cconn_close(cconn *connection);

/// Whether the files of `target` can be used for a connection; false and a reason otherwise. Looks at nothing for kinds
/// without certificates.
bool cconn_check_files(const cconn_target *target, char reason[CCONN_REASON]);

/// A number that changes when one of the target's files is replaced or written.
uint64_t cconn_file_stamp(const cconn_target *target);

#ifdef __cplusplus
}
#endif

#endif
