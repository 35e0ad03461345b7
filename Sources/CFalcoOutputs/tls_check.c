// SPDX-License-Identifier: Apache-2.0
//
// Is this certificate any good? Asked of libssl, answered in a sentence.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "core.h"

#define DAY_SECONDS 86400

typedef struct {
    const cfalco_tls_files *files;
    time_t now;
    char *message;
    size_t size;
    STACK_OF(X509) *authorities;
    STACK_OF(X509) *chain;   ///< ours first, then its intermediates
    EVP_PKEY *key;
} inspection;

/// An encrypted key cannot be used: nobody is there to type a password.
static int no_password(char *buffer, int size, int writing, void *user) {
    (void)buffer, (void)size, (void)writing;
    *(bool *)user = true;
    return 0;
}

static STACK_OF(X509) *certificates(const char *text) {
    STACK_OF(X509) *list = sk_X509_new_null();
    BIO *memory = BIO_new_mem_buf(text, -1);
    if (list == NULL || memory == NULL) return list;
    for (X509 *one; (one = PEM_read_bio_X509(memory, NULL, NULL, NULL)) != NULL;) {
        if (sk_X509_push(list, one) == 0) X509_free(one);
    }
    BIO_free(memory);
    return list;
}

static bool parse(inspection *look, const cfalco_tls_texts *texts) {
    look->authorities = certificates(texts->ca);
    if (sk_X509_num(look->authorities) <= 0) {
        cfalco_say(look->message, look->size, "the ca %s holds no PEM certificate", look->files->ca);
        return false;
    }
    look->chain = certificates(texts->certificate);
    if (sk_X509_num(look->chain) <= 0) {
        cfalco_say(look->message, look->size, "the certificate %s holds no PEM certificate", look->files->certificate);
        return false;
    }
    bool encrypted = false;
    BIO *memory = BIO_new_mem_buf(texts->key, -1);
    if (memory != NULL) look->key = PEM_read_bio_PrivateKey(memory, NULL, no_password, &encrypted);
    BIO_free(memory);
    if (look->key == NULL) {
        cfalco_say(look->message, look->size, "the key %s %s", look->files->key,
                   encrypted ? "is encrypted: it has to be stored without a password" : "holds no PEM private key");
        return false;
    }
    return true;
}

static int64_t seconds_of(const ASN1_TIME *time) {
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

static void say_date(const ASN1_TIME *time, char *text, size_t size) {
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    if (ASN1_TIME_to_tm(time, &parts) != 1 || strftime(text, size, "%Y-%m-%d %H:%M UTC", &parts) == 0) text[0] = 0;
}

/// Whether `now` lies within the certificate's time.
static bool in_time(const inspection *look, const X509 *certificate, const char *what, const char *path) {
    const ASN1_TIME *begins = X509_get0_notBefore(certificate), *ends = X509_get0_notAfter(certificate);
    char date[40] = "";
    if (seconds_of(ends) < (int64_t)look->now) {
        say_date(ends, date, sizeof date);
        cfalco_say(look->message, look->size, "the %s %s has expired: it was valid until %s", what, path, date);
        return false;
    }
    if (seconds_of(begins) > (int64_t)look->now) {
        say_date(begins, date, sizeof date);
        cfalco_say(look->message, look->size, "the %s %s is not valid yet: it begins %s (is the clock right?)", what, path,
                   date);
        return false;
    }
    return true;
}

/// At least one authority must be usable; of our own chain, all.
static bool dates(inspection *look, int64_t *expires) {
    bool any = false;
    for (int index = 0; index < sk_X509_num(look->authorities) && !any; index++) {
        any = in_time(look, sk_X509_value(look->authorities, index), "ca", look->files->ca);
    }
    if (!any) return false;
    for (int index = 0; index < sk_X509_num(look->chain); index++) {
        const X509 *certificate = sk_X509_value(look->chain, index);
        int64_t ends = seconds_of(X509_get0_notAfter(certificate));
        if (index == 0 || ends < *expires) *expires = ends;
        const char *what = index == 0 ? "certificate" : "intermediate certificate in";
        if (!in_time(look, certificate, what, look->files->certificate)) return false;
    }
    cfalco_say(look->message, look->size, "%s", "");
    return true;
}

static bool purposes(inspection *look, cfalco_tls_role role, const char *server_name) {
    X509 *own = sk_X509_value(look->chain, 0);
    int purpose = role == CFALCO_TLS_CLIENT ? X509_PURPOSE_SSL_CLIENT : X509_PURPOSE_SSL_SERVER;
    if (X509_check_purpose(own, purpose, 0) != 1) {
        cfalco_say(look->message, look->size, "the certificate %s is not made for a TLS %s (its extended key usage)",
                   look->files->certificate, role == CFALCO_TLS_CLIENT ? "client" : "server");
        return false;
    }
    if (role == CFALCO_TLS_SERVER && server_name != NULL && X509_check_host(own, server_name, 0, 0, NULL) != 1 &&
        X509_check_ip_asc(own, server_name, 0) != 1) {
        cfalco_say(look->message, look->size, "the certificate %s is not for the name %s", look->files->certificate,
                   server_name);
        return false;
    }
    return true;
}

/// Whether our certificate leads to one of `authorities`: usually the same ones sign both sides.
static cfalco_tls_verdict chain(inspection *look) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    cfalco_tls_verdict verdict = CFALCO_TLS_DOUBTFUL;
    int error = X509_V_ERR_OUT_OF_MEM;
    if (store != NULL && context != NULL) {
        for (int index = 0; index < sk_X509_num(look->authorities); index++) {
            X509_STORE_add_cert(store, sk_X509_value(look->authorities, index));
        }
        if (X509_STORE_CTX_init(context, store, sk_X509_value(look->chain, 0), look->chain) == 1) {
            X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), look->now);
            X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
            if (X509_verify_cert(context) == 1) verdict = CFALCO_TLS_GOOD;
            error = X509_STORE_CTX_get_error(context);
        }
    }
    if (verdict != CFALCO_TLS_GOOD) {
        cfalco_say(look->message, look->size,
                   "the certificate %s is not signed by the ca %s (%s): the peer accepts it only if it trusts another one",
                   look->files->certificate, look->files->ca, X509_verify_cert_error_string(error));
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return verdict;
}

static cfalco_tls_verdict inspect(inspection *look, cfalco_tls_role role, const char *server_name, int64_t *expires) {
    cfalco_tls_texts texts;
    if (!cfalco_tls_read(look->files, &texts, look->message, look->size)) return CFALCO_TLS_BAD;
    bool parsed = parse(look, &texts);
    cfalco_tls_texts_free(&texts);
    if (!parsed) return CFALCO_TLS_BAD;
    if (X509_check_private_key(sk_X509_value(look->chain, 0), look->key) != 1) {
        cfalco_say(look->message, look->size, "the key %s does not belong to the certificate %s", look->files->key,
                   look->files->certificate);
        return CFALCO_TLS_BAD;
    }
    if (!dates(look, expires) || !purposes(look, role, server_name)) return CFALCO_TLS_BAD;
    cfalco_tls_verdict verdict = chain(look);
    if (verdict == CFALCO_TLS_GOOD && *expires - (int64_t)look->now < 7 * DAY_SECONDS) {
        cfalco_say(look->message, look->size, "the certificate %s expires in %lld hours", look->files->certificate,
                   (long long)(*expires - (int64_t)look->now) / 3600);
        verdict = CFALCO_TLS_DOUBTFUL;
    }
    return verdict;
}

cfalco_tls_verdict cfalco_tls_check(const cfalco_tls_files *files, cfalco_tls_role role, const char *server_name,
                                    int64_t now_seconds, char *message, size_t message_size,
                                    int64_t *expires_seconds) {
    int64_t expires = 0;
    inspection look = {.files = files, .now = (time_t)now_seconds, .message = message, .size = message_size};
    cfalco_say(message, message_size, "%s", "");
    cfalco_tls_verdict verdict = inspect(&look, role, server_name, &expires);
    if (expires_seconds != NULL) *expires_seconds = expires;
    sk_X509_pop_free(look.authorities, X509_free);
    sk_X509_pop_free(look.chain, X509_free);
    EVP_PKEY_free(look.key);
    // What failed here is told; it must not turn up in somebody else's error queue.
    ERR_clear_error();
    return verdict;
}
