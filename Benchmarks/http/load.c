// SPDX-License-Identifier: Apache-2.0
//
// Open-loop HTTP load: POSTs one alert at a fixed rate over keep-alive connections and says how long each 200 took.
//
//   load PORT RATE SECONDS CONNECTIONS [PATH]
//
// Request i is due at start + i/RATE, whether or not earlier ones were answered, and its time counts from when it was due:
// a server that stalls is charged for everyone who would have come meanwhile. A request waits for a free connection.
// The alert is one of five of about 700 bytes. Bounds: 100,000/s, 120 s, 512 connections.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { most_connections = 512, kinds = 5, request_room = 4096 };

static struct connection {
    int fd;
    bool busy;
    size_t received;
    uint64_t due;
    char answer[4096];
} connections[most_connections];

static int idle[most_connections], idle_count;
static char requests[kinds][request_room];
static size_t request_lengths[kinds];
static uint32_t *times;
static uint64_t answered, failed;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void make_requests(const char *path) {
    static const char *const rules[kinds] = {"Terminal shell in container", "Read sensitive file untrusted",
                                             "Contact K8S API Server From Container", "Drop and execute new binary",
                                             "Redirect STDOUT/STDIN to Network Connection in Container"};
    for (int kind = 0; kind < kinds; kind++) {
        char body[2048];
        int length = snprintf(
            body, sizeof body,
            "{\"hostname\":\"node-%d\",\"output\":\"20:26:40.000484839: Warning %s (user=root process=bash "
            "parent=runc cmdline=bash -c id terminal=34816 container_id=3ad7b26ded6d image=docker.io/library/alpine)\","
            "\"output_fields\":{\"container.id\":\"3ad7b26ded6d\",\"container.image.repository\":\"docker.io/library/alpine\","
            "\"evt.time\":1779999999000484839,\"k8s.ns.name\":\"default\",\"k8s.pod.name\":null,\"proc.cmdline\":\"bash -c id\","
            "\"proc.name\":\"bash\",\"proc.pname\":\"runc\",\"proc.tty\":34816,\"user.name\":\"root\"},"
            "\"priority\":\"Warning\",\"rule\":\"%s\",\"source\":\"syscall\","
            "\"tags\":[\"T1059\",\"container\",\"maturity_stable\",\"mitre_execution\",\"shell\"],"
            "\"time\":\"2026-05-28T20:26:40.000484839Z\"}",
            kind, rules[kind], rules[kind]);
        int total = snprintf(requests[kind], request_room,
                             "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                             "Content-Length: %d\r\n\r\n%s",
                             path, length, body);
        if (total >= request_room) exit(1);
        request_lengths[kind] = (size_t)total;
    }
}

static void open_connection(int epoll, int index, int port) {
    struct connection *connection = &connections[index];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connection->fd < 0 || connect(connection->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
    int one = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(connection->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event) < 0) fail("epoll_ctl");
    idle[idle_count++] = index;
}

static void take_answer(int index) {
    struct connection *connection = &connections[index];
    ssize_t count = recv(connection->fd, connection->answer + connection->received,
                         sizeof connection->answer - 1 - connection->received, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
        fputs("load: the server closed a connection\n", stderr);
        exit(1);
    }
    connection->received += (size_t)count;
    connection->answer[connection->received] = 0;
    char *end = strstr(connection->answer, "\r\n\r\n");
    if (end == NULL) return;
    char *field = strcasestr(connection->answer, "content-length:");
    size_t length = field != NULL && field < end ? strtoul(field + 15, NULL, 10) : 0;
    if (connection->received < (size_t)(end + 4 - connection->answer) + length) return;
    if (strncmp(connection->answer, "HTTP/1.1 200", 12) == 0) {
        uint64_t time = now() - connection->due;
        times[answered++] = time > UINT32_MAX ? UINT32_MAX : (uint32_t)time;
    } else {
        failed++;
    }
    connection->received = 0;
    connection->busy = false;
    idle[idle_count++] = index;
}

static int compare(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static double percentile(double share) {
    uint64_t index = (uint64_t)((double)answered * share);
    return (double)times[index < answered ? index : answered - 1] / 1e6;
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fputs("usage: load PORT RATE SECONDS CONNECTIONS [PATH]\n", stderr);
        return 2;
    }
    int port = atoi(argv[1]), rate = atoi(argv[2]), seconds = atoi(argv[3]), count = atoi(argv[4]);
    if (port <= 0 || rate <= 0 || rate > 100000 || seconds <= 0 || seconds > 120 || count <= 0 || count > most_connections)
        return 2;
    make_requests(argc > 5 ? argv[5] : "/");
    uint64_t total = (uint64_t)rate * (uint64_t)seconds, sent = 0;
    times = calloc(total, sizeof *times);
    int epoll = epoll_create1(0);
    for (int index = 0; index < count; index++) open_connection(epoll, index, port);
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = most_connections};
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);

    uint64_t start = now() + 1000000, give_up = start + (uint64_t)(seconds + 10) * 1000000000u;
    double interval = 1e9 / rate;
    while (answered + failed < total && now() < give_up) {
        uint64_t due = start + (uint64_t)((double)sent * interval);
        while (sent < total && idle_count > 0 && due <= now()) {
            struct connection *connection = &connections[idle[--idle_count]];
            int kind = (int)(sent % kinds);
            connection->due = due;
            connection->busy = true;
            if (send(connection->fd, requests[kind], request_lengths[kind], MSG_NOSIGNAL) != (ssize_t)request_lengths[kind])
                fail("send");
            due = start + (uint64_t)((double)++sent * interval);
        }
        if (sent < total && idle_count > 0) {
            struct itimerspec at = {.it_value = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)}};
            timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
        }
        struct epoll_event events[64];
        int ready = epoll_wait(epoll, events, 64, 1000);
        for (int index = 0; index < ready; index++) {
            if (events[index].data.u32 < most_connections) {
                take_answer((int)events[index].data.u32);
            } else {
                uint64_t expirations;
                if (read(timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN) fail("timer");
            }
        }
    }
    double elapsed = (double)(now() - start) / 1e9;
    if (answered == 0) {
        fputs("load: no answer\n", stderr);
        return 1;
    }
    qsort(times, answered, sizeof *times, compare);
    printf("rate %d/s, %d connections: %" PRIu64 " answered 200 in %.1f s (%.0f/s), %" PRIu64 " other, %" PRIu64
           " missing\n",
           rate, count, answered, elapsed, (double)answered / elapsed, failed, total - answered - failed);
    printf("ms from due to 200: p50 %.3f  p90 %.3f  p99 %.3f  p99.9 %.3f  max %.3f\n", percentile(0.5), percentile(0.9),
           percentile(0.99), percentile(0.999), (double)times[answered - 1] / 1e6);
    return failed == 0 && answered == total ? 0 : 1;
}
