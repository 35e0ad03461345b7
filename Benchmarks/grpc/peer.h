// SPDX-License-Identifier: Apache-2.0
//
// As much of HTTP/2 and gRPC as a peer needs that answers one `sub` call: frames made beforehand, windows, requests.
#ifndef GRPC_BENCHMARK_PEER_H
#define GRPC_BENCHMARK_PEER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { DATA = 0, HEADERS = 1, SETTINGS = 4, PING = 6, WINDOW_UPDATE = 8 };

typedef struct {
    uint8_t *bytes;      // frames, back to back
    size_t *ends;        // per frame, in bytes
    uint32_t *payloads;  // per frame, what counts against the windows
    size_t count, length;
    uint32_t per_frame;
} frames;

typedef struct {
    int socket;
    uint8_t input[1 << 16];
    size_t filled;
    bool greeted, asked;
    uint32_t stream;
    int64_t stream_window, connection_window, initial_window;
} peer;

static inline void fail(const char *what) {
    perror(what);
    exit(1);
}

static inline uint32_t read32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void header(uint8_t *at, size_t length, uint8_t type, uint8_t flags, uint32_t stream) {
    const uint8_t bytes[9] = {(uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length, type, flags,
                              (uint8_t)(stream >> 24), (uint8_t)(stream >> 16), (uint8_t)(stream >> 8), (uint8_t)stream};
    memcpy(at, bytes, 9);
}

static inline bool send_all(int socket, const uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t sent = send(socket, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static inline bool send_frame(int socket, uint8_t type, uint8_t flags, uint32_t stream, const void *payload, size_t length) {
    uint8_t frame[256];
    header(frame, length, type, flags, stream);
    if (length > 0) memcpy(frame + 9, payload, length);
    return send_all(socket, frame, 9 + length);
}

static inline uint8_t *read_whole(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail(path);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*length + 1);
    if (bytes == NULL || fread(bytes, 1, *length, file) != *length) fail(path);
    fclose(file);
    return bytes;
}

/// Cuts the file into messages and wraps `per_frame` of them into each DATA frame.
static inline frames prepare(const char *path, uint32_t per_frame) {
    size_t length = 0;
    uint8_t *file = read_whole(path, &length);
    frames made = {.bytes = malloc(length * 2 + 64), .ends = malloc(length * sizeof(size_t)),
                   .payloads = malloc(length * sizeof(uint32_t)), .per_frame = per_frame};
    size_t place = 0, frame = 0;
    uint32_t in_frame = 0;
    while (place < length) {
        uint64_t size = 0;
        for (unsigned shift = 0; place < length; shift += 7) {
            uint8_t byte = file[place++];
            size |= (uint64_t)(byte & 0x7f) << shift;
            if (byte < 0x80 || shift > 56) break;
        }
        if (size > length - place) break;
        if (in_frame == 0) {
            frame = made.length;
            made.length += 9;
        }
        uint8_t *at = made.bytes + made.length;
        const uint8_t prefix[5] = {0, (uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size};
        memcpy(at, prefix, 5);
        memcpy(at + 5, file + place, size);
        made.length += 5 + size;
        place += size;
        if (++in_frame < per_frame) continue;
        in_frame = 0;
        made.payloads[made.count] = (uint32_t)(made.length - frame - 9);
        made.ends[made.count++] = made.length;
    }
    free(file);
    if (made.count == 0) {
        fprintf(stderr, "%s holds too few messages\n", path);
        exit(1);
    }
    fprintf(stderr, "%zu frames of %u messages, %.0f bytes each\n", made.count, per_frame,
            (double)made.ends[made.count - 1] / (double)made.count);
    return made;
}

static inline void aim(frames *set, uint32_t stream) {
    size_t start = 0;
    for (size_t index = 0; index < set->count; index++) {
        header(set->bytes + start, set->payloads[index], DATA, 0, stream);
        start = set->ends[index];
    }
}

static const uint8_t response_headers[] = "\x88\x00\x0c"
                                          "content-type\x10"
                                          "application/grpc";

static inline bool refuse(const peer *with, uint32_t stream) {
    uint8_t block[128];
    size_t length = sizeof response_headers - 1;
    memcpy(block, response_headers, length);
    memcpy(block + length, "\x00\x0bgrpc-status\x02" "12", 16);
    return send_frame(with->socket, HEADERS, 5, stream, block, length + 16);
}

static inline bool heed_frame(peer *with, uint8_t type, uint8_t flags, uint32_t stream, const uint8_t *payload, size_t length) {
    if (type == SETTINGS && (flags & 1) == 0) {
        for (size_t at = 0; at + 6 <= length; at += 6) {
            if (payload[at] != 0 || payload[at + 1] != 4) continue;
            int64_t window = read32(payload + at + 2);
            with->stream_window += window - with->initial_window;
            with->initial_window = window;
        }
        return send_frame(with->socket, SETTINGS, 1, 0, NULL, 0);
    }
    if (type == PING && (flags & 1) == 0) return send_frame(with->socket, PING, 1, 0, payload, 8);
    if (type == WINDOW_UPDATE && stream == 0) with->connection_window += read32(payload);
    if (type == WINDOW_UPDATE && stream != 0 && stream == with->stream) with->stream_window += read32(payload);
    if (type == HEADERS) {
        if (memmem(payload, length, "version", 7) != NULL) return refuse(with, stream);
        with->stream = stream;
        with->stream_window += with->initial_window;
    }
    if (type == DATA && stream == with->stream) with->asked = true;
    return true;
}

/// Reads what is there, waiting when `wait`. False when the peer is gone.
static inline bool listen_to(peer *with, bool wait) {
    ssize_t count = recv(with->socket, with->input + with->filled, sizeof with->input - with->filled,
                         wait ? 0 : MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (count <= 0) return false;
    with->filled += (size_t)count;
    size_t place = 0;
    if (!with->greeted) {
        if (with->filled < 24) return true;
        place = 24;
        with->greeted = true;
    }
    while (with->filled - place >= 9) {
        const uint8_t *at = with->input + place;
        size_t length = (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2];
        if (length > sizeof with->input - 9) return false;
        if (with->filled - place < 9 + length) break;
        if (!heed_frame(with, at[3], at[4], read32(at + 5) & 0x7fffffff, at + 9, length)) return false;
        place += 9 + length;
    }
    memmove(with->input, with->input + place, with->filled - place);
    with->filled -= place;
    return true;
}

/// Listens at a unix socket; what stood there is removed.
static inline int listen_at(const char *path) {
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4) != 0) fail(path);
    return listener;
}

static inline double real_time(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

#endif
