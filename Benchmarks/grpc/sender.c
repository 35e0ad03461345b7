// SPDX-License-Identifier: Apache-2.0
//
// Sends alerts flat out at next to no cost, so that a benchmark measures the receiver: HTTP/2 by hand, frames made
// beforehand, one write call for as many as the receiver's windows allow. Serves one connection after the other.
//
//   sender SOCKET MESSAGES FILE.pb [MESSAGES_PER_FRAME [stay]]
//
// The messages of FILE.pb (length-delimited responses) go round and round. As in Falco, a frame carries one message.
// `stay`: as Falco, which never ends a stream, it then falls silent; says when the first and the last message were sent
// (seconds since 1970), and ends when the peer has left.
#include "peer.h"

/// True when the peer left after it had everything.
static bool serve(int socket, frames *set, uint64_t messages, bool stays) {
    peer *with = calloc(1, sizeof *with);
    with->socket = socket;
    with->connection_window = with->initial_window = 65535;
    bool alive = send_frame(socket, SETTINGS, 0, 0, NULL, 0);
    while (alive && !with->asked) alive = listen_to(with, true);
    aim(set, with->stream);
    alive = alive && send_frame(socket, HEADERS, 4, with->stream, response_headers, sizeof response_headers - 1);
    size_t frame = 0;
    double began = real_time();
    uint64_t left = messages / set->per_frame;
    while (alive && left > 0) {
        int64_t window = with->stream_window < with->connection_window ? with->stream_window : with->connection_window;
        int64_t used = 0;
        size_t first = frame;
        while (frame < set->count && left > 0 && used + set->payloads[frame] <= window) {
            used += set->payloads[frame++];
            left--;
        }
        if (frame > first) {
            size_t start = first == 0 ? 0 : set->ends[first - 1];
            alive = send_all(socket, set->bytes + start, set->ends[frame - 1] - start);
            with->stream_window -= used;
            with->connection_window -= used;
        }
        if (frame == set->count) frame = 0;
        alive = alive && listen_to(with, used == 0);
    }
    const uint8_t trailers[] = "\x00\x0bgrpc-status\x01" "0";
    bool complete = alive;
    if (stays && complete) {
        printf("first %.6f last %.6f\n", began, real_time());
        fflush(stdout);
    }
    if (!stays) alive = alive && send_frame(socket, HEADERS, 5, with->stream, trailers, sizeof trailers - 1);
    while (alive) alive = listen_to(with, true);
    close(socket);
    free(with);
    return complete;
}

int main(int count, char **arguments) {
    if (count < 4) {
        fprintf(stderr, "usage: %s SOCKET MESSAGES FILE.pb [MESSAGES_PER_FRAME [stay]]\n", arguments[0]);
        return 2;
    }
    frames set = prepare(arguments[3], count > 4 ? (uint32_t)atoi(arguments[4]) : 1);
    int listener = listen_at(arguments[1]);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0) fail("accept");
        bool stays = count > 5;
        if (serve(connection, &set, strtoull(arguments[2], NULL, 10), stays) && stays) return 0;
    }
}
