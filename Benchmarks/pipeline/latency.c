// SPDX-License-Identifier: Apache-2.0
//
// From an alert in Falco's queue to its line in creance's file. Plays Falco: alerts come at a fixed rate into a queue; each
// request is answered with all of the queue, then nothing until the next one. Follows the file through inotify.
//
//   latency SOCKET FILE.pb OUTPUT INTERVAL_MS COUNT [JITTER_MS]
//
// INTERVAL_MS may be fractional. JITTER_MS: each interval is longer by up to so much, so that polls are met at any phase.
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sys/inotify.h>

#include "../grpc/peer.h"

static const char mark[] = "20:26:40.";  // what every output begins with; nine digits follow
enum { mark_length = sizeof mark - 1, most_alerts = 1000000 };

static double *due, *times;
static uint64_t count, offered, sent, seen;

static uint64_t random_state = 88172645463325252u;
static double fraction(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (double)(random_state >> 11) / 9007199254740992.0;
}

static bool answer(peer *with, frames *set) {
    static uint8_t frame[1 << 16];
    for (; sent < offered; sent++) {
        size_t which = sent % set->count, start = which == 0 ? 0 : set->ends[which - 1];
        size_t length = set->ends[which] - start;
        if (length > sizeof frame) return false;
        memcpy(frame, set->bytes + start, length);
        uint8_t *at = memmem(frame, length, mark, mark_length);
        if (at == NULL) fail("no mark in an alert");
        char digits[16];
        snprintf(digits, sizeof digits, "%09u", (unsigned)sent);
        memcpy(at + mark_length, digits, 9);
        if (with->stream_window < set->payloads[which] || with->connection_window < set->payloads[which]) return true;
        with->stream_window -= set->payloads[which];
        with->connection_window -= set->payloads[which];
        if (!send_all(with->socket, frame, length)) return false;
    }
    with->asked = false;
    return true;
}

/// Reads what the file has more, and notes the time of every line in it.
static void follow(int file) {
    static char buffer[1 << 20];
    static size_t filled;
    ssize_t got;
    while ((got = read(file, buffer + filled, sizeof buffer - filled)) > 0) {
        double now = real_time();
        filled += (size_t)got;
        char *line = buffer, *end;
        while ((end = memchr(line, '\n', filled - (size_t)(line - buffer))) != NULL) {
            char *at = memmem(line, (size_t)(end - line), mark, mark_length);
            uint64_t number = at == NULL ? count : strtoull(at + mark_length, NULL, 10);
            if (number >= count || number != seen) {
                fprintf(stderr, "line %llu is not the next alert's\n", (unsigned long long)seen);
                exit(1);
            }
            times[seen++] = (now - due[number]) * 1e3;
            line = end + 1;
        }
        filled -= (size_t)(line - buffer);
        memmove(buffer, line, filled);
    }
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

int main(int argc, char **arguments) {
    if (argc < 6) {
        fprintf(stderr, "usage: %s SOCKET FILE.pb OUTPUT INTERVAL_MS COUNT [JITTER_MS]\n", arguments[0]);
        return 2;
    }
    double interval = atof(arguments[4]) / 1e3, jitter = argc > 6 ? atof(arguments[6]) / 1e3 : 0;
    count = strtoull(arguments[5], NULL, 10);
    if (count == 0 || count > most_alerts || interval <= 0) return 2;
    frames set = prepare(arguments[2], 1);
    due = calloc(count, sizeof *due);
    times = calloc(count, sizeof *times);
    int listener = listen_at(arguments[1]);
    peer *with = calloc(1, sizeof *with);
    with->connection_window = with->initial_window = 65535;
    with->socket = accept(listener, NULL, NULL);
    bool alive = with->socket >= 0 && send_frame(with->socket, SETTINGS, 0, 0, NULL, 0);
    while (alive && !with->asked) alive = listen_to(with, true);
    aim(&set, with->stream);
    alive = alive && send_frame(with->socket, HEADERS, 4, with->stream, response_headers, sizeof response_headers - 1);
    int file = open(arguments[3], O_RDONLY), events = inotify_init1(IN_NONBLOCK);
    if (file < 0 || inotify_add_watch(events, arguments[3], IN_MODIFY) < 0) fail(arguments[3]);
    double start = real_time() + 1, at = start;
    for (uint64_t index = 0; index < count; index++) {
        due[index] = at;
        at += interval + jitter * fraction();
    }
    double give_up = at + 10;
    while (alive && seen < count && real_time() < give_up) {
        double now = real_time();
        while (offered < count && due[offered] <= now) offered++;
        if (with->asked && sent < offered) alive = answer(with, &set);
        // A request that finds the queue empty is used up: Falco then waits for the next one.
        if (with->asked && sent == offered) with->asked = false;
        double wait = offered < count ? due[offered] - real_time() : 1;
        if (wait < 0) wait = 0;
        struct timespec limit = {(time_t)wait, (long)((wait - floor(wait)) * 1e9)};
        struct pollfd ready[2] = {{.fd = with->socket, .events = POLLIN}, {.fd = events, .events = POLLIN}};
        if (ppoll(ready, 2, &limit, NULL) < 0 && errno != EINTR) fail("ppoll");
        if (ready[0].revents != 0) alive = alive && listen_to(with, false);
        if (ready[1].revents != 0) {
            char news[4096];
            while (read(events, news, sizeof news) > 0) continue;
            follow(file);
        }
    }
    if (seen < count) {
        fprintf(stderr, "%llu of %llu alerts came\n", (unsigned long long)seen, (unsigned long long)count);
        return 1;
    }
    qsort(times, count, sizeof *times, compare);
    printf("%llu alerts, ms from queued to in the file: p50 %.2f p90 %.2f p99 %.2f max %.2f\n", (unsigned long long)count,
           times[count / 2], times[count * 9 / 10], times[count * 99 / 100], times[count - 1]);
    return 0;
}
