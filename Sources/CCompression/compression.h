// SPDX-License-Identifier: Apache-2.0
//
// zlib and libzstd, as they are. What zlib spells as macros, which Swift does not see, has functions here.
#ifndef CCOMPRESSION_H
#define CCOMPRESSION_H

#include <stdint.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/// inflateInit2 for gzip streams only (window bits 15 + 16).
static inline int ccompression_gzip_begin(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

#endif
