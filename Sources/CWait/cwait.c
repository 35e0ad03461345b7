// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "cwait.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct cwait_word {
    _Alignas(128) _Atomic uint32_t value;
    _Atomic uint32_t sleepers;
};

cwait_word *cwait_create(void) {
    cwait_word *word = aligned_alloc(128, sizeof *word);
    if (word == NULL) {
        fputs("creance: out of memory\n", stderr);
        abort();
    }
    atomic_init(&word->value, 0);
    atomic_init(&word->sleepers, 0);
    return word;
}

void cwait_destroy(cwait_word *word) { free(word); }

// Sequentially consistent on purpose: the producer writes work, then `value`, then reads `sleepers`; the consumer writes
// `sleepers`, then reads `value` in the kernel. One total order means that one of the two sees the other.
uint32_t cwait_ticket(cwait_word *word) { return atomic_load(&word->value); }

void cwait_signal(cwait_word *word) {
    atomic_fetch_add(&word->value, 1);
    if (atomic_load(&word->sleepers) != 0) {
        syscall(SYS_futex, &word->value, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
    }
}

bool cwait_sleep(cwait_word *word, uint32_t ticket, int64_t timeout_ns) {
    struct timespec limit = {timeout_ns / 1000000000, timeout_ns % 1000000000};
    atomic_fetch_add(&word->sleepers, 1);
    long result = 0;
    if (atomic_load(&word->value) == ticket) {
        result = syscall(SYS_futex, &word->value, FUTEX_WAIT_PRIVATE, ticket, timeout_ns < 0 ? NULL : &limit, NULL, 0);
    }
    bool timed_out = result == -1 && errno == ETIMEDOUT;
    atomic_fetch_sub(&word->sleepers, 1);
    return !timed_out;
}
