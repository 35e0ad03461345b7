// SPDX-License-Identifier: Apache-2.0
//
// zstd and zlib, as Debian ships them (libzstd-dev, zlib1g-dev).
#ifndef CCOMPRESSION_SHIM_H
#define CCOMPRESSION_SHIM_H

#include <zlib.h>
#include <zstd.h>

#endif
