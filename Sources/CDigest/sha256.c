// SPDX-License-Identifier: Apache-2.0
// OpenSSL 3 deprecates the low-level functions in favour of EVP, which takes memory for every digest.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "cdigest.h"

#include <openssl/sha.h>

void cdigest_sha256(const uint8_t *bytes, size_t length, uint8_t *digest) {
    SHA256_CTX context;
    SHA256_Init(&context);
    if (length > 0) SHA256_Update(&context, bytes, length);
    SHA256_Final(digest, &context);
}
