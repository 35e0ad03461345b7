// SPDX-License-Identifier: Apache-2.0
//
// Reading PEM files whole, for gRPC.
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core.h"

/// No certificate file is this large.
#define FILE_LIMIT_BYTES (1u << 20)

static char *read_file(const char *path, const char *what, char *message, size_t size) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat about;
    if (file < 0 || fstat(file, &about) != 0) {
        cfalco_say(message, size, "the %s %s cannot be read: %s", what, path, strerror(errno));
        if (file >= 0) close(file);
        return NULL;
    }
    if (!S_ISREG(about.st_mode) || about.st_size <= 0 || about.st_size > (off_t)FILE_LIMIT_BYTES) {
        const char *why = !S_ISREG(about.st_mode) ? "no file" : about.st_size <= 0 ? "empty" : "larger than 1 MiB";
        cfalco_say(message, size, "the %s %s is %s", what, path, why);
        close(file);
        return NULL;
    }
    size_t length = 0, expected = (size_t)about.st_size;
    char *text = calloc(1, expected + 1);
    while (text != NULL && length < expected) {
        ssize_t count = read(file, text + length, expected - length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        length += (size_t)count;
    }
    close(file);
    if (text != NULL && length < expected) {
        cfalco_say(message, size, "the %s %s cannot be read to its end", what, path);
        OPENSSL_cleanse(text, length);
        free(text);
        return NULL;
    }
    return text;
}

bool cfalco_tls_read(const cfalco_tls_files *files, cfalco_tls_texts *texts, char *message, size_t size) {
    memset(texts, 0, sizeof *texts);
    if (files->ca == NULL || files->certificate == NULL || files->key == NULL) {
        cfalco_say(message, size, "mutual TLS needs a ca, a certificate and a key");
        return false;
    }
    texts->ca = read_file(files->ca, "ca", message, size);
    if (texts->ca != NULL) texts->certificate = read_file(files->certificate, "certificate", message, size);
    if (texts->certificate != NULL) texts->key = read_file(files->key, "key", message, size);
    if (texts->key != NULL) return true;
    cfalco_tls_texts_free(texts);
    return false;
}

void cfalco_tls_texts_free(cfalco_tls_texts *texts) {
    if (texts->key != NULL) OPENSSL_cleanse(texts->key, strlen(texts->key));
    free(texts->ca);
    free(texts->certificate);
    free(texts->key);
    memset(texts, 0, sizeof *texts);
}
