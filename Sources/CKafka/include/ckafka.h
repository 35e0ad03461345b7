// SPDX-License-Identifier: Apache-2.0
//
// A producer of librdkafka (BSD 2-clause): messages in, what became of each out. One thread at a time.
#ifndef CKAFKA_H
#define CKAFKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ckafka ckafka;

/// What became of one message. `code` is 0 when the cluster has it, else librdkafka's number of the error.
typedef struct {
    uint64_t token;
    int32_t code;
} ckafka_report;

/// What a code asks for.
typedef enum {
    /// The cluster has it.
    CKAFKA_DELIVERED = 0,
    /// It will never be taken: too large, or not a record.
    CKAFKA_REFUSED,
    /// It may be taken later, or once somebody changes a configuration.
    CKAFKA_FAILED,
} ckafka_fate;

/// Room for what `ckafka_open` and `ckafka_trouble` have to say.
#define CKAFKA_TEXT 512

/// Makes a producer of `count` settings: `pairs` holds name, value, name, value … Connects in the background. NULL with the
/// reason in `reason`, which never holds a value.
ckafka *ckafka_open(const char *const *pairs, size_t count, const char *topic, char reason[CKAFKA_TEXT]);

/// Gives up what is under way, ends the library's threads.
void ckafka_close(ckafka *producer);

/// Queues a copy of a message. `key` may be NULL. 0, or a code; then no report will come.
int32_t ckafka_produce(
    ckafka *producer, const void *value, size_t value_length, const void *key, size_t key_length, const void *id,
    size_t id_length, uint64_t token);

/// Lets reports and troubles arrive, for so long at most.
void ckafka_poll(ckafka *producer, int timeout_ms);

/// The oldest report not yet taken; false when there is none.
bool ckafka_next(ckafka *producer, ckafka_report *report);

/// Messages without a report that was taken.
size_t ckafka_outstanding(const ckafka *producer);

/// Has every message that is under way reported as failed.
void ckafka_purge(ckafka *producer);

/// The producer is at its end (a fatal error of idempotence): close it and open another.
bool ckafka_is_fatal(ckafka *producer);

/// The last trouble with brokers since the last call, without what changes from one time to the next; false when there was
/// none.
bool ckafka_trouble(ckafka *producer, char text[CKAFKA_TEXT]);

ckafka_fate ckafka_fate_of(int32_t code);
/// The queue is full: poll, then produce again.
bool ckafka_is_full(int32_t code);
/// In words; static.
const char *ckafka_error_text(int32_t code);

#endif
