// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the gRPC shim share: a check that says where it failed, alerts with numbers, a client that notes
// which numbers it saw.
#ifndef CFALCO_TEST_SUPPORT_H
#define CFALCO_TEST_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calert_batch.h"
#include "cfalco_client.h"
#include "cfalco_server.h"

#define CHECK(condition, ...)                                                  \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "%s:%d: not so: %s: ", __FILE__, __LINE__, #condition); \
            fprintf(stderr, " " __VA_ARGS__);                                  \
            fprintf(stderr, "\n");                                             \
            exit(1);                                                           \
        }                                                                      \
    } while (0)

#define MILLISECONDS 1000000ull
#define SECONDS 1000000000ull
/// Long enough that it is only ever reached when something is broken.
#define PATIENCE (20 * SECONDS)

extern const char *directory;  ///< scratch, with certificates

/// The wire bytes of an alert that carries `number` in the field `test.number`, padded to about `size` bytes.
void make_alert(cfalco_buffer *buffer, uint64_t number, size_t size);
void publish(cfalco_server *server, uint64_t first, uint64_t count, size_t size);

cfalco_server *serve(const char *name, cfalco_queue_mode mode, uint64_t backlog_bytes);
cfalco_client *subscribe(const char *name, uint64_t in_flight);
void connect_client(cfalco_client *client);

/// What a subscriber has seen.
typedef struct {
    calert_batch *batch;
    uint8_t *seen;       ///< per number, how often
    uint64_t capacity;
    uint64_t alerts, rejects, last_total;
    bool commit;         ///< commits each batch at once
} tally;
tally tally_create(uint64_t capacity);
void tally_free(tally *tally);
/// Receives once into the tally's batch, counts, clears.
cfalco_status tally_receive(tally *tally, cfalco_client *client, uint64_t timeout, cfalco_receipt *receipt);
/// Receives until `alerts` are there. Fails the test when the stream ends before or nothing comes any more.
void tally_until(tally *tally, cfalco_client *client, uint64_t alerts);
/// All of `first` … `first + count - 1` were seen exactly once.
void tally_is_exactly(const tally *tally, uint64_t first, uint64_t count);

uint64_t monotonic(void);

#endif
