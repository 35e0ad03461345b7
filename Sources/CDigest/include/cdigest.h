// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 (FIPS 180-4) of one run of bytes, by libcrypto. No memory is taken: ids are made on the hot path.
#ifndef CDIGEST_H
#define CDIGEST_H

#include <stddef.h>
#include <stdint.h>

/// Writes the 32 bytes of the digest of `bytes` to `digest`. `bytes` may be NULL when `length` is 0.
void cdigest_sha256(const uint8_t *bytes, size_t length, uint8_t *digest);

#endif
