// SPDX-License-Identifier: Apache-2.0
#include "cfalco_scan.h"

cfalco_frame_state cfalco_next_frame(const uint8_t *buffer, size_t length, size_t place, uint32_t limit,
                                     cfalco_frame *frame) {
    *frame = (cfalco_frame){0};
    if (place > length) place = length;
    uint64_t declared = 0;
    for (size_t i = 0; i < 5; i++) {
        if (place + i == length) {
            frame->needed = i + 1;
            return CFALCO_FRAME_NEED_MORE;
        }
        uint8_t byte = buffer[place + i];
        declared |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte >= 0x80) continue;
        frame->message = place + i + 1;
        frame->length = declared;
        frame->next = frame->message + declared;
        if (declared > limit) return CFALCO_FRAME_TOO_LARGE;
        if (frame->next <= length) return CFALCO_FRAME_MESSAGE;
        frame->needed = frame->next - place;
        return CFALCO_FRAME_NEED_MORE;
    }
    return CFALCO_FRAME_MALFORMED;
}
