// SPDX-License-Identifier: Apache-2.0
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stdint.h>

/// Calls of malloc, calloc, realloc and aligned_alloc that this thread made. A program that links this has its own allocator
/// functions in front of the C library's. Always 0 under a sanitizer, which has its own.
uint64_t allocations_of_this_thread(void);

#endif
