// SPDX-License-Identifier: Apache-2.0
//
// A `.pb` file: frames stay inside it, follow each other, and are the same however much of the file has come so far.
// Beside it the small messages, which protobuf-c reads.
#include <stdlib.h>

#include "cfalco_messages.h"
#include "cfalco_scan.h"

#define LIMIT 1000
#define REQUIRE(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    size_t place = 0;
    for (;;) {
        cfalco_frame frame, part;
        cfalco_frame_state state = cfalco_next_frame(bytes, length, place, LIMIT, &frame);
        if (state == CFALCO_FRAME_NEED_MORE) {
            REQUIRE(frame.needed > length - place);
            break;
        }
        if (state == CFALCO_FRAME_MALFORMED) break;
        REQUIRE(frame.message > place && frame.message <= place + 5 && frame.next == frame.message + frame.length);
        REQUIRE((state == CFALCO_FRAME_TOO_LARGE) == (frame.length > LIMIT));
        if (state == CFALCO_FRAME_TOO_LARGE && frame.next > length) break;
        REQUIRE(frame.next <= length);
        size_t known = place + (frame.next - place) / 2;  // half of it has come: never another answer than "more"
        cfalco_frame_state early = cfalco_next_frame(bytes, known, place, LIMIT, &part);
        REQUIRE(early == CFALCO_FRAME_NEED_MORE || (early == state && part.next == frame.next));
        REQUIRE(early != CFALCO_FRAME_NEED_MORE || place + part.needed <= frame.next);
        place = (size_t)frame.next;
    }
    cfalco_version version, again;
    if (cfalco_decode_version_response(bytes, length, &version)) {
        cfalco_buffer buffer = {0};
        cfalco_encode_version_response(&buffer, &version);
        REQUIRE(cfalco_decode_version_response(buffer.bytes, buffer.count, &again));
        REQUIRE(again.major == version.major && again.engine_patch == version.engine_patch);
        cfalco_buffer_free(&buffer);
    }
    cfalco_decode_request(bytes, length);
    return 0;
}
