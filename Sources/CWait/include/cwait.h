// SPDX-License-Identifier: Apache-2.0
//
// One futex word: what an idle lane sleeps on. Linux only.
#ifndef CWAIT_H
#define CWAIT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct cwait_word cwait_word;

cwait_word *cwait_create(void);
void cwait_destroy(cwait_word *word);
/// The word's value now: take it before looking for work, hand it to `cwait_sleep`.
uint32_t cwait_ticket(cwait_word *word);
/// Says that there is work: any thread. A system call only when somebody sleeps.
void cwait_signal(cwait_word *word);
/// Sleeps until a signal newer than `ticket`, or the time is over (negative: for ever). May wake without a reason.
/// False when the time was over.
bool cwait_sleep(cwait_word *word, uint32_t ticket, int64_t timeout_ns);

/// Tells the processor that this is a spin loop.
static inline void cwait_relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
