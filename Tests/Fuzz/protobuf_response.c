// SPDX-License-Identifier: Apache-2.0
//
// One response: the scanner and protobuf-c make the same alert, or the same dead letter, of any bytes.
#include <stdio.h>
#include <stdlib.h>

#include "../CDecoders/compare.h"
#include "cfalco_scan.h"
#include "reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    // Exact capacity, so that a read past the padding is seen. Twice into one batch: the second time nothing starts at 0.
    calert_batch *scanned = calert_batch_create((uint32_t)length, 1);
    calert_batch *expected = calert_batch_create((uint32_t)length, 1);
    for (int64_t arrival = 1; arrival < 3; arrival++) {
        calert_reject_reason reason = cfalco_append_response(scanned, bytes, length, arrival);
        calert_reject_reason other = cfalco_reference_response(expected, bytes, length, arrival);
        const char *what = difference(scanned, expected);
        if (reason != other || what != NULL) {
            fprintf(stderr, "scanner %s, reference %s, they differ in %s\n", calert_reject_name(reason),
                    calert_reject_name(other), what ? what : "the answer");
            abort();
        }
    }
    calert_batch_destroy(scanned);
    calert_batch_destroy(expected);
    return 0;
}
