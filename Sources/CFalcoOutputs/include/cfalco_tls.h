// SPDX-License-Identifier: Apache-2.0
//
// Certificates, looked at with libssl before anybody dials: gRPC itself only says "Socket closed".
#ifndef CFALCO_TLS_H
#define CFALCO_TLS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Paths of PEM files. All three are needed for mutual TLS; all NULL means none.
typedef struct {
    const char *ca;           ///< who signed the peer's certificate
    const char *certificate;  ///< ours, then its intermediates
    const char *key;          ///< of the first certificate; not encrypted
} cfalco_tls_files;

typedef enum {
    CFALCO_TLS_CLIENT = 0,
    CFALCO_TLS_SERVER = 1,
} cfalco_tls_role;

typedef enum {
    CFALCO_TLS_GOOD = 0,
    /// Usable, and perhaps right: our certificate does not chain to `ca` (the peer may trust another authority), or it
    /// ends within a week.
    CFALCO_TLS_DOUBTFUL = 1,
    /// Not worth dialling with.
    CFALCO_TLS_BAD = 2,
} cfalco_tls_verdict;

/// Reads the three files and says in one sentence what is wrong with them. No network.
///
/// `now_seconds` is Unix time. `server_name`, with the role SERVER, must be among the certificate's names; NULL skips
/// that. `message` is empty when GOOD and always terminated. `expires_seconds` (may be NULL) is when the first of our
/// certificate and its intermediates ends, 0 when unreadable.
cfalco_tls_verdict cfalco_tls_check(const cfalco_tls_files *files, cfalco_tls_role role, const char *server_name,
                                    int64_t now_seconds, char *message, size_t message_size,
                                    int64_t *expires_seconds);

#ifdef __cplusplus
}
#endif
#endif
