// SPDX-License-Identifier: Apache-2.0
//
// TLS over a connected socket, and what went wrong in words.
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "connection.h"

// MARK: Files

/// An encrypted key cannot be used: nobody is there to type a password.
static int no_password(char *buffer, int size, int writing, void *user) {
    (void)buffer, (void)size, (void)writing, (void)user;
    return -1;
}

static const char *last_error(void) {
    unsigned long code = ERR_peek_last_error();
    const char *text = ERR_reason_error_string(code);
    if (ERR_SYSTEM_ERROR(code)) text = strerror(ERR_GET_REASON(code));
    return text != NULL ? text : "unknown reason";
}

/// A missing file, or one that holds nothing of the kind.
static void say_file(char reason[CCONN_REASON], const char *what, const char *path, const char *kind) {
    unsigned long first = ERR_peek_error();
    if (ERR_SYSTEM_ERROR(first)) {
        cconn_say(reason, "the %s %s: %s", what, path, strerror(ERR_GET_REASON(first)));
    } else if (ERR_GET_LIB(first) == ERR_LIB_PEM || ERR_GET_LIB(first) == ERR_LIB_X509) {
        cconn_say(reason, "the %s %s holds no usable %s (%s)", what, path, kind, last_error());
    } else {
        cconn_say(reason, "the %s %s cannot be used: %s", what, path, last_error());
    }
}

static bool own_certificate(SSL_CTX *context, const cconn_target *target, char reason[CCONN_REASON]) {
    if (SSL_CTX_use_certificate_chain_file(context, target->certificate) != 1) {
        say_file(reason, "certificate", target->certificate, "PEM certificate");
        return false;
    }
    ERR_clear_error();
    if (SSL_CTX_use_PrivateKey_file(context, target->key, SSL_FILETYPE_PEM) != 1) {
        if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH) {
            cconn_say(reason, "the key %s does not belong to the certificate %s", target->key, target->certificate);
        } else {
            say_file(reason, "key", target->key, "PEM private key without a password");
        }
        return false;
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        cconn_say(reason, "the key %s does not belong to the certificate %s", target->key, target->certificate);
        return false;
    }
    // Receivers only say "bad certificate", if anything.
    const ASN1_TIME *ends = X509_get0_notAfter(SSL_CTX_get0_certificate(context));
    if (X509_cmp_current_time(ends) < 0) {
        cconn_say(reason, "the certificate %s has expired", target->certificate);
        return false;
    }
    return true;
}

SSL_CTX *cconn_context(const cconn_target *target, char reason[CCONN_REASON]) {
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) {
        cconn_say(reason, "libssl: %s", last_error());
        return NULL;
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_default_passwd_cb(context, no_password);
    bool usable = true;
    if (target->ca == NULL) {
        usable = SSL_CTX_set_default_verify_paths(context) == 1;
        if (!usable) cconn_say(reason, "the system's certificate authorities cannot be read");
    } else if (SSL_CTX_load_verify_file(context, target->ca) != 1) {
        say_file(reason, "ca", target->ca, "PEM certificate");
        usable = false;
    }
    ERR_clear_error();
    if (usable && target->certificate != NULL && target->key != NULL) usable = own_certificate(context, target, reason);
    ERR_clear_error();
    if (usable) return context;
    SSL_CTX_free(context);
    return NULL;
}

bool cconn_check_files(const cconn_target *target, char reason[CCONN_REASON]) {
    reason[0] = 0;
    if (target->kind != CCONN_TLS) return true;
    SSL_CTX *context = cconn_context(target, reason);
    SSL_CTX_free(context);
    return context != NULL;
}

// MARK: The socket under libssl, without SIGPIPE

static int wire_write(BIO *bio, const char *bytes, int length) {
    const cconn *connection = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t sent = send(connection->descriptor, bytes, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
    return (int)sent;
}

static int wire_read(BIO *bio, char *bytes, int length) {
    const cconn *connection = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t got = recv(connection->descriptor, bytes, (size_t)length, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    return (int)got;
}

static long wire_control(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static bool set_wire(cconn *connection) {
    connection->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket");
    if (connection->method == NULL) return false;
    BIO_meth_set_write(connection->method, wire_write);
    BIO_meth_set_read(connection->method, wire_read);
    BIO_meth_set_ctrl(connection->method, wire_control);
    BIO *bio = BIO_new(connection->method);
    if (bio == NULL) return false;
    BIO_set_data(bio, connection);
    BIO_set_init(bio, 1);
    SSL_set_bio(connection->tls, bio, bio);
    return true;
}

// MARK: The peer's certificate

static void say_date(const ASN1_TIME *time, char *text, size_t size) {
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    if (ASN1_TIME_to_tm(time, &parts) != 1 || strftime(text, size, "%Y-%m-%d %H:%M UTC", &parts) == 0) text[0] = 0;
}

/// Keeps the first reason, while the certificate is at hand.
static int verify(int is_good, X509_STORE_CTX *store) {
    if (is_good) return 1;
    SSL *tls = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    cconn *connection = tls != NULL ? SSL_get_app_data(tls) : NULL;
    if (connection == NULL || connection->verdict[0] != 0) return 0;
    X509 *certificate = X509_STORE_CTX_get_current_cert(store);
    char subject[120] = "?", date[40] = "";
    if (certificate != NULL) X509_NAME_oneline(X509_get_subject_name(certificate), subject, sizeof subject);
    int error = X509_STORE_CTX_get_error(store);
    switch (error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            say_date(X509_get0_notAfter(certificate), date, sizeof date);
            cconn_say(connection->verdict, "the receiver's certificate %s has expired: it was valid until %s", subject, date);
            break;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            say_date(X509_get0_notBefore(certificate), date, sizeof date);
            cconn_say(connection->verdict, "the receiver's certificate %s is not valid yet: it begins %s (is the clock right?)",
                      subject, date);
            break;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            cconn_say(connection->verdict, "the receiver's certificate %s is not made for the name in address or server_name",
                      subject);
            break;
        default:
            cconn_say(connection->verdict, "the receiver's certificate %s is not trusted: %s", subject,
                      X509_verify_cert_error_string(error));
    }
    return 0;
}

static bool set_name(SSL *tls, const char *name) {
    struct in6_addr address;
    if (inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), name) == 1;
    }
    SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(tls, name) == 1 && SSL_set_tlsext_host_name(tls, name) == 1;
}

// MARK: Life

void cconn_explain(cconn *connection, int result, char reason[CCONN_REASON]) {
    int system = errno;
    int kind = SSL_get_error(connection->tls, result);
    unsigned long code = ERR_peek_error();
    if (connection->verdict[0] != 0) {
        cconn_say(reason, "%s", connection->verdict);
    } else if (kind == SSL_ERROR_ZERO_RETURN) {
        cconn_say(reason, "the receiver closed the connection");
    } else if (code == 0) {
        cconn_say(reason, "the receiver closed the connection%s%s", system != 0 ? ": " : "",
                  system != 0 ? strerror(system) : "");
    } else if (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER) {
        cconn_say(reason, "the receiver does not speak TLS there");
    } else if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        cconn_say(reason, "the receiver closed the connection without TLS's goodbye");
    } else if (ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET) {
        cconn_say(reason, "the receiver refused us: %s", ERR_reason_error_string(code));
    } else {
        const char *text = ERR_reason_error_string(code);
        cconn_say(reason, "TLS: %s", text != NULL ? text : "unknown reason");
    }
    ERR_clear_error();
}

/// Under TLS 1.3 a receiver looks at our certificate after the handshake has ended for us. Most then send a ticket, or an
/// alert: whichever comes within this time is seen before anything is sent. Milliseconds.
#define AFTER_HANDSHAKE 250

bool cconn_handshake(cconn *connection, const cconn_target *target, int64_t deadline, char reason[CCONN_REASON]) {
    const char *name = target->server_name != NULL ? target->server_name : target->host;
    ERR_clear_error();
    connection->tls = SSL_new(connection->context);
    if (connection->tls == NULL || !set_wire(connection) || !set_name(connection->tls, name)) {
        cconn_say(reason, "TLS with %s: %s", name, last_error());
        return false;
    }
    SSL_set_app_data(connection->tls, connection);
    SSL_set_verify(connection->tls, SSL_VERIFY_PEER, verify);
    for (;;) {
        errno = 0;
        int done = SSL_connect(connection->tls);
        if (done == 1) break;
        short events = 0;
        switch (SSL_get_error(connection->tls, done)) {
            case SSL_ERROR_WANT_READ: events = POLLIN; break;
            case SSL_ERROR_WANT_WRITE: events = POLLOUT; break;
            default: cconn_explain(connection, done, reason); return false;
        }
        if (!cconn_wait(connection->descriptor, events, deadline)) {
            cconn_say(reason, "the receiver does not finish the TLS handshake");
            return false;
        }
    }
    int64_t listen = cconn_now() + AFTER_HANDSHAKE;
    cconn_wait(connection->descriptor, POLLIN, listen < deadline ? listen : deadline);
    return cconn_look_tls(connection, reason);
}

bool cconn_look_tls(cconn *connection, char reason[CCONN_REASON]) {
    ERR_clear_error();
    for (int turn = 0; turn < 16; turn++) {
        char waste[4096];
        size_t got = 0;
        errno = 0;
        int done = SSL_read_ex(connection->tls, waste, sizeof waste, &got);
        if (done == 1) continue;
        int kind = SSL_get_error(connection->tls, done);
        if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) return true;
        cconn_explain(connection, done, reason);
        return false;
    }
    return true;
}
