// SPDX-License-Identifier: Apache-2.0
//
// RE2 behind C: regular expressions that match in time linear in the text, whatever the expression, in bounded memory.
//
// An expression is immutable once made; any number of threads may match with it at the same time.
#ifndef CREGEX_H
#define CREGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cregex cregex;

#define CREGEX_IGNORE_CASE 1u     ///< (?i)
#define CREGEX_MULTILINE 2u       ///< (?m): ^ and $ also at line ends
#define CREGEX_DOT_NEWLINE 4u     ///< (?s): . matches a newline too

/// The most bytes a pattern may have.
#define CREGEX_PATTERN_LIMIT (64u << 10)

/// A compiled pattern; NULL when it is none, with a message of at most `error_capacity` - 1 bytes and a NUL in `error`.
/// `memory_limit` bounds program and caches, in bytes. A pattern of ASCII only matches bytes, so that no invalid UTF-8 in
/// a text can hide what stands beside it; another one matches UTF-8.
cregex *cregex_create(const uint8_t *pattern, size_t length, uint32_t flags, int64_t memory_limit, char *error,
                      size_t error_capacity);
void cregex_destroy(cregex *expression);

/// The whole text matches.
bool cregex_matches_whole(const cregex *expression, const uint8_t *text, size_t length);
/// Some part of the text matches.
bool cregex_matches_part(const cregex *expression, const uint8_t *text, size_t length);

#ifdef __cplusplus
}
#endif
#endif
