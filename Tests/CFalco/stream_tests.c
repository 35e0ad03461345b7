// SPDX-License-Identifier: Apache-2.0
//
// Client against server over a unix socket, the server as Falco: one queue, polled, taken from destructively.
#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

static void the_whole_backlog_arrives(void) {
    cfalco_server *server = serve("backlog", CFALCO_ONE_QUEUE, 0);
    publish(server, 0, 5000, 700);
    cfalco_client *client = subscribe("backlog", 0);
    connect_client(client);
    cfalco_version version;
    CHECK(cfalco_client_version(client, &version) && strcmp(version.version, "0.43.1") == 0, "%s", version.version);
    tally seen = tally_create(5000);
    tally_until(&seen, client, 5000);
    tally_is_exactly(&seen, 0, 5000);
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

static void a_lone_alert_after_idling_arrives(void) {
    cfalco_server *server = serve("lone", CFALCO_ONE_QUEUE, 0);
    cfalco_client *client = subscribe("lone", 0);
    connect_client(client);
    tally seen = tally_create(10);
    cfalco_receipt receipt;
    for (uint64_t number = 0; number < 5; number++) {
        CHECK(tally_receive(&seen, client, 300 * MILLISECONDS, &receipt) == CFALCO_TIMED_OUT, "%s", receipt.message);
        publish(server, number, 1, 10);
        tally_until(&seen, client, number + 1);
    }
    tally_is_exactly(&seen, 0, 5);
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

static void requests_are_few(void) {
    cfalco_server *server = serve("few", CFALCO_ONE_QUEUE, 0);
    cfalco_client *client = subscribe("few", 0);
    connect_client(client);
    tally seen = tally_create(1);
    cfalco_receipt receipt;
    CHECK(tally_receive(&seen, client, 2 * SECONDS, &receipt) == CFALCO_TIMED_OUT, "%s", receipt.message);
    // 2 s at 50 ms, and the steps up from 2 ms.
    CHECK(receipt.total_requests <= 48, "%llu requests", (unsigned long long)receipt.total_requests);
    CHECK(receipt.unanswered_ns > 0, "an idle stream says how long it was never answered");
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

typedef struct {
    cfalco_server *server;
    _Atomic bool stop;
    _Atomic uint64_t published;
} firehose;

static void *spray(void *argument) {
    firehose *hose = argument;
    cfalco_server_stats stats;
    while (!hose->stop) {
        cfalco_server_read_stats(hose->server, &stats);
        if (stats.backlog_bytes > 4 << 20) {
            usleep(100);
            continue;
        }
        publish(hose->server, hose->published, 50, 700);
        hose->published += 50;
    }
    return NULL;
}

/// Alerts come without pause; the client leaves; what the server sent and what arrived are the same.
static void a_clean_leave_under_load_loses_nothing(void) {
    cfalco_server *server = serve("leave", CFALCO_ONE_QUEUE, 0);
    uint64_t expected = 0;
    tally seen = tally_create(50000000);
    firehose hose = {.server = server};
    for (int round = 0; round < 3; round++) {
        hose.stop = false;
        pthread_t thread;
        pthread_create(&thread, NULL, spray, &hose);
        cfalco_client *client = subscribe("leave", 0);
        connect_client(client);
        tally_until(&seen, client, seen.alerts + 4000);
        cfalco_client_leave(client, PATIENCE);
        hose.stop = true;  // The drain that is under way ends; what is published after it stays for the next round.
        cfalco_receipt receipt;
        cfalco_status status;
        while ((status = tally_receive(&seen, client, SECONDS, &receipt)) != CFALCO_LEFT) {
            CHECK(status != CFALCO_ENDED, "%s", receipt.message);
        }
        CHECK(receipt.clean, "%s", receipt.message);
        cfalco_client_destroy(client);
        pthread_join(thread, NULL);
    }
    cfalco_server_stats stats;
    cfalco_server_read_stats(server, &stats);
    expected = stats.sent;
    CHECK(stats.lost == 0, "%llu", (unsigned long long)stats.lost);
    CHECK(seen.alerts == expected, "%llu of %llu", (unsigned long long)seen.alerts, (unsigned long long)expected);
    tally_is_exactly(&seen, 0, expected);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

/// At the limit the client cancels and says that the leave was not clean; each alert it delivered is there once.
static void a_leave_at_the_limit_is_told(void) {
    cfalco_server *server = serve("limit", CFALCO_ONE_QUEUE, 0);
    firehose hose = {.server = server};
    pthread_t thread;
    pthread_create(&thread, NULL, spray, &hose);
    cfalco_client *client = subscribe("limit", 0);
    connect_client(client);
    tally seen = tally_create(50000000);
    tally_until(&seen, client, 2000);
    cfalco_client_leave(client, 100 * MILLISECONDS);
    cfalco_receipt receipt;
    while (tally_receive(&seen, client, SECONDS, &receipt) != CFALCO_LEFT) {
    }
    hose.stop = true;
    pthread_join(thread, NULL);
    CHECK(!receipt.clean, "%s", receipt.message);
    tally_is_exactly(&seen, 0, seen.alerts);
    cfalco_server_stats stats;
    cfalco_server_read_stats(server, &stats);
    uint64_t missing_bytes = (stats.sent - seen.alerts) * 850;
    // What the server calls sent includes its own write buffer and what stands in the connection's.
    CHECK(missing_bytes <= CFALCO_FLOW_WINDOW_BYTES + (192 << 10), "%llu alerts missing",
          (unsigned long long)(stats.sent - seen.alerts));
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

/// Without commits, reading stops at the window.
static void the_in_flight_window_holds(void) {
    enum { WINDOW = 200 << 10 };
    cfalco_server *server = serve("window", CFALCO_ONE_QUEUE, 0);
    publish(server, 0, 4000, 700);
    cfalco_client *client = subscribe("window", WINDOW);
    connect_client(client);
    tally seen = tally_create(4000);
    seen.commit = false;
    cfalco_receipt receipt;
    while (tally_receive(&seen, client, 300 * MILLISECONDS, &receipt) != CFALCO_TIMED_OUT) {
    }
    CHECK(receipt.window_closed, "still open");
    CHECK(receipt.total_bytes >= WINDOW && receipt.total_bytes < WINDOW + 1000, "%llu bytes",
          (unsigned long long)receipt.total_bytes);
    for (int step = 0; step < 200 && seen.alerts < 4000; step++) {
        cfalco_client_committed(client, seen.last_total);
        while (tally_receive(&seen, client, 20 * MILLISECONDS, &receipt) != CFALCO_TIMED_OUT) {
        }
    }
    tally_is_exactly(&seen, 0, 4000);
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

/// What a crash of the client would lose: what it had read and not committed, and what had been let out of the server
/// by flow control. The latter is measured by cutting the server off and reading on.
static void what_is_under_way_is_bounded(void) {
    enum { WINDOW = 200 << 10, MESSAGE = 1000 };
    cfalco_server *server = serve("bound", CFALCO_ONE_QUEUE, 0);
    publish(server, 0, 4000, 700);
    cfalco_client *client = subscribe("bound", WINDOW);
    connect_client(client);
    tally seen = tally_create(4000);
    seen.commit = false;
    cfalco_receipt receipt;
    while (tally_receive(&seen, client, 300 * MILLISECONDS, &receipt) != CFALCO_TIMED_OUT) {
    }
    uint64_t read = seen.last_total;
    cfalco_server_abort(server);
    cfalco_client_committed(client, UINT64_C(1) << 40);
    while (tally_receive(&seen, client, PATIENCE, &receipt) != CFALCO_ENDED) {
    }
    tally_is_exactly(&seen, 0, seen.alerts);
    CHECK(seen.last_total - read <= CFALCO_FLOW_WINDOW_BYTES + MESSAGE, "%llu bytes were under way",
          (unsigned long long)(seen.last_total - read));
    cfalco_client_destroy(client);
    tally_free(&seen);
}

static void *commit_later(void *argument) {
    usleep(50000);
    cfalco_client_committed(argument, UINT64_C(1) << 40);
    return NULL;
}

static void a_commit_wakes_the_reader(void) {
    cfalco_server *server = serve("commit", CFALCO_ONE_QUEUE, 0);
    publish(server, 0, 100, 700);
    cfalco_client *client = subscribe("commit", 2000);
    connect_client(client);
    tally seen = tally_create(100);
    seen.commit = false;
    cfalco_receipt receipt;
    while (tally_receive(&seen, client, 100 * MILLISECONDS, &receipt) != CFALCO_TIMED_OUT) {
    }
    uint64_t before = seen.alerts, began = monotonic();
    CHECK(before < 5, "%llu", (unsigned long long)before);
    pthread_t thread;
    pthread_create(&thread, NULL, commit_later, client);
    CHECK(tally_receive(&seen, client, PATIENCE, &receipt) == CFALCO_RECEIVED, "%s", receipt.message);
    CHECK(monotonic() - began < PATIENCE / 2, "nobody woke the reader");
    pthread_join(thread, NULL);
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

/// Everything that arrived before the connection broke is delivered: the peer dies while it is all unread.
static void what_arrived_before_the_break_is_delivered(void) {
    cfalco_server *server = serve("break", CFALCO_ONE_QUEUE, 0);
    publish(server, 0, 60, 700);
    cfalco_client *client = subscribe("break", 1000);
    connect_client(client);
    tally seen = tally_create(60);
    seen.commit = false;
    cfalco_receipt receipt;
    while (tally_receive(&seen, client, 300 * MILLISECONDS, &receipt) != CFALCO_TIMED_OUT) {
    }
    CHECK(seen.alerts < 5, "%llu", (unsigned long long)seen.alerts);
    cfalco_server_stats stats;
    cfalco_server_read_stats(server, &stats);
    CHECK(stats.sent == 60, "%llu", (unsigned long long)stats.sent);
    cfalco_server_abort(server);
    seen.commit = true;
    cfalco_client_committed(client, seen.last_total);
    while (tally_receive(&seen, client, PATIENCE, &receipt) != CFALCO_ENDED) {
    }
    tally_is_exactly(&seen, 0, 60);
    cfalco_client_destroy(client);
    tally_free(&seen);
}

static void a_restart_is_survived(void) {
    cfalco_server *server = serve("restart", CFALCO_ONE_QUEUE, 0);
    cfalco_client *client = subscribe("restart", 0);
    connect_client(client);
    tally seen = tally_create(100);
    cfalco_receipt receipt;
    char message[CFALCO_MESSAGE_BYTES];
    for (uint64_t round = 0; round < 4; round++) {
        publish(server, round * 10, 10, 100);
        tally_until(&seen, client, round * 10 + 10);
        if (round % 2 == 0) cfalco_server_abort(server);
        else {
            // A server that stops waits for the next request, so the client must go on asking meanwhile.
            pthread_t thread;
            extern void *stop_server(void *);
            pthread_create(&thread, NULL, stop_server, server);
            while (tally_receive(&seen, client, PATIENCE, &receipt) != CFALCO_ENDED) {
            }
            CHECK(receipt.grpc_status == 0, "%s", receipt.message);
            pthread_join(thread, NULL);
        }
        if (round % 2 == 0) {
            while (tally_receive(&seen, client, PATIENCE, &receipt) != CFALCO_ENDED) {
            }
            CHECK(receipt.grpc_status != 0, "%s", receipt.message);
        }
        CHECK(cfalco_client_connect(client, PATIENCE, message, sizeof message) == CFALCO_UNREACHABLE, "%s", message);
        CHECK(strstr(message, "No such file") != NULL && strstr(message, "Falco") != NULL, "%s", message);
        server = serve("restart", CFALCO_ONE_QUEUE, 0);
        connect_client(client);
    }
    tally_is_exactly(&seen, 0, 40);
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

void *stop_server(void *server) {
    cfalco_server_stop(server, PATIENCE);
    return NULL;
}

static void what_cannot_be_read_is_counted_and_the_stream_goes_on(void) {
    cfalco_server *server = serve("rejects", CFALCO_ONE_QUEUE, 0);
    publish(server, 0, 10, 100);
    cfalco_server_publish(server, (const uint8_t *)"\xff\xff\xff", 3);
    cfalco_server_publish(server, (const uint8_t *)"", 0);
    publish(server, 10, 10, 100);
    cfalco_client *client = subscribe("rejects", 0);
    connect_client(client);
    tally seen = tally_create(20);
    tally_until(&seen, client, 20);
    tally_is_exactly(&seen, 0, 20);
    CHECK(seen.rejects == 2, "%llu", (unsigned long long)seen.rejects);
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

static void a_message_above_the_limit_is_told(void) {
    cfalco_server *server = serve("large", CFALCO_ONE_QUEUE, 0);
    publish(server, 0, 5, 100);
    publish(server, 5, 1, 3 << 20);
    publish(server, 6, 5, 100);
    char address[512];
    snprintf(address, sizeof address, "unix://%s/large.sock", directory);
    cfalco_client_settings settings = {.address = address, .receive_limit_bytes = 1 << 20};
    char message[CFALCO_MESSAGE_BYTES];
    cfalco_client *client = cfalco_client_create(&settings, message, sizeof message);
    connect_client(client);
    tally seen = tally_create(20);
    cfalco_receipt receipt;
    while (tally_receive(&seen, client, PATIENCE, &receipt) != CFALCO_ENDED) {
    }
    CHECK(receipt.total_oversize == 1 && strstr(receipt.message, "receive_limit") != NULL, "%s", receipt.message);
    tally_is_exactly(&seen, 0, 5);
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

static void large_messages_pass_below_the_limit(void) {
    cfalco_server *server = serve("big", CFALCO_ONE_QUEUE, 0);
    publish(server, 0, 4, 12 << 20);
    publish(server, 4, 100, 700);
    cfalco_client *client = subscribe("big", 0);
    connect_client(client);
    tally seen = tally_create(104);
    tally_until(&seen, client, 104);
    tally_is_exactly(&seen, 0, 104);
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

static void every_subscriber_gets_every_alert(void) {
    cfalco_server *server = serve("fan", CFALCO_FAN_OUT, 0);
    cfalco_client *clients[3];
    tally seen[3];
    cfalco_receipt receipt;
    for (int index = 0; index < 3; index++) {
        clients[index] = subscribe("fan", 0);
        connect_client(clients[index]);
        seen[index] = tally_create(3000);
    }
    for (cfalco_server_stats stats = {0}; stats.subscribers < 3;) {
        for (int index = 0; index < 3; index++) tally_receive(&seen[index], clients[index], MILLISECONDS, &receipt);
        cfalco_server_read_stats(server, &stats);
    }
    publish(server, 0, 3000, 300);
    for (int index = 0; index < 3; index++) {
        tally_until(&seen[index], clients[index], 3000);
        tally_is_exactly(&seen[index], 0, 3000);
        cfalco_client_destroy(clients[index]);
        tally_free(&seen[index]);
    }
    cfalco_server_stop(server, 0);
}

static void a_full_backlog_drops_the_oldest_and_counts(void) {
    cfalco_server *server = serve("full", CFALCO_ONE_QUEUE, 100000);
    publish(server, 0, 1000, 700);
    cfalco_server_stats stats;
    do {
        cfalco_server_read_stats(server, &stats);
    } while (stats.backlog_bytes > 100000);
    cfalco_client *client = subscribe("full", 0);
    connect_client(client);
    tally seen = tally_create(1000);
    cfalco_receipt receipt;
    do {
        tally_receive(&seen, client, 200 * MILLISECONDS, &receipt);
        cfalco_server_read_stats(server, &stats);
    } while (stats.backlog_bytes > 0 || seen.alerts < stats.sent);
    CHECK(stats.dropped > 800 && stats.dropped + seen.alerts == 1000, "%llu + %llu", (unsigned long long)stats.dropped,
          (unsigned long long)seen.alerts);
    tally_is_exactly(&seen, stats.dropped, 1000 - stats.dropped);
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

static void *stop_client(void *client) {
    usleep(30000);
    cfalco_client_stop(client);
    return NULL;
}

static void stop_and_wake_end_a_wait(void) {
    cfalco_server *server = serve("wake", CFALCO_ONE_QUEUE, 0);
    cfalco_client *client = subscribe("wake", 0);
    connect_client(client);
    tally seen = tally_create(1);
    cfalco_receipt receipt;
    cfalco_client_wake(client);
    CHECK(tally_receive(&seen, client, PATIENCE, &receipt) == CFALCO_WOKEN, "%s", receipt.message);
    pthread_t thread;
    pthread_create(&thread, NULL, stop_client, client);
    CHECK(tally_receive(&seen, client, PATIENCE, &receipt) == CFALCO_STOPPED, "%s", receipt.message);
    CHECK(tally_receive(&seen, client, PATIENCE, &receipt) == CFALCO_STOPPED, "%s", receipt.message);
    cfalco_client_leave(client, PATIENCE);
    CHECK(tally_receive(&seen, client, PATIENCE, &receipt) == CFALCO_LEFT && receipt.clean, "%s", receipt.message);
    pthread_join(thread, NULL);
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

static void socket_files_are_kept_in_order(void) {
    char path[512], address[520], message[512];
    snprintf(path, sizeof path, "%s/a %%file?.sock", directory);
    snprintf(address, sizeof address, "unix://%s", path);
    cfalco_server_settings settings = {.address = address, .socket_mode = 0600};
    cfalco_server *server = cfalco_server_start(&settings, message, sizeof message);
    CHECK(server != NULL, "%s", message);
    struct stat about;
    CHECK(stat(path, &about) == 0 && (about.st_mode & 0777) == 0600, "%o", about.st_mode);
    CHECK(cfalco_server_start(&settings, message, sizeof message) == NULL && strstr(message, "another server"), "%s",
          message);
    cfalco_server_stop(server, 0);
    CHECK(stat(path, &about) != 0, "the socket file stayed");
    FILE *file = fopen(path, "w");
    fclose(file);
    CHECK(cfalco_server_start(&settings, message, sizeof message) == NULL && strstr(message, "no socket"), "%s", message);
    unlink(path);
}

static void wrong_settings_are_said(void) {
    const char *wrong[] = {"", "unix://", "nowhere", "host:port", "host:99999", "::1:5060", "ho st:1", "a:5060"};
    for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++) {
        cfalco_client_settings settings = {.address = wrong[index]};
        char message[CFALCO_MESSAGE_BYTES] = "";
        CHECK(cfalco_client_create(&settings, message, sizeof message) == NULL && message[0] != 0, "%s", wrong[index]);
    }
}

static void the_stream_beyond_the_limit_is_silent_as_falcos(void) {
    char address[512], message[512];
    snprintf(address, sizeof address, "unix://%s/silent.sock", directory);
    cfalco_server_settings settings = {.address = address, .mode = CFALCO_ONE_QUEUE, .stream_limit = 1};
    cfalco_server *server = cfalco_server_start(&settings, message, sizeof message);
    CHECK(server != NULL, "%s", message);
    cfalco_client *first = subscribe("silent", 0), *second = subscribe("silent", 0);
    connect_client(first);
    tally seen = tally_create(10);
    publish(server, 0, 1, 10);
    tally_until(&seen, first, 1);
    connect_client(second);
    cfalco_version version;
    CHECK(!cfalco_client_version(second, &version), "a version from a server that serves none");
    publish(server, 1, 1, 10);
    cfalco_receipt receipt;
    CHECK(tally_receive(&seen, second, 300 * MILLISECONDS, &receipt) == CFALCO_TIMED_OUT, "%s", receipt.message);
    CHECK(receipt.unanswered_ns >= 300 * MILLISECONDS, "%llu", (unsigned long long)receipt.unanswered_ns);
    tally_until(&seen, first, 2);
    cfalco_client_destroy(first);
    cfalco_client_destroy(second);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

#define TEST(function) {#function, function}
static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    TEST(the_whole_backlog_arrives),
    TEST(a_lone_alert_after_idling_arrives),
    TEST(requests_are_few),
    TEST(a_clean_leave_under_load_loses_nothing),
    TEST(a_leave_at_the_limit_is_told),
    TEST(the_in_flight_window_holds),
    TEST(what_is_under_way_is_bounded),
    TEST(a_commit_wakes_the_reader),
    TEST(what_arrived_before_the_break_is_delivered),
    TEST(a_restart_is_survived),
    TEST(what_cannot_be_read_is_counted_and_the_stream_goes_on),
    TEST(a_message_above_the_limit_is_told),
    TEST(large_messages_pass_below_the_limit),
    TEST(every_subscriber_gets_every_alert),
    TEST(a_full_backlog_drops_the_oldest_and_counts),
    TEST(stop_and_wake_end_a_wait),
    TEST(socket_files_are_kept_in_order),
    TEST(wrong_settings_are_said),
    TEST(the_stream_beyond_the_limit_is_silent_as_falcos),
};

extern void run_tls_tests(void);
extern void run_get_tests(void);

int main(int count, char **arguments) {
    CHECK(count >= 2, "usage: %s DIRECTORY [TEST]", arguments[0]);
    directory = arguments[1];
    for (size_t index = 0; index < sizeof tests / sizeof *tests; index++) {
        if (count > 2 && strcmp(arguments[2], tests[index].name) != 0) continue;
        uint64_t began = monotonic();
        tests[index].run();
        printf("ok %s (%.2f s)\n", tests[index].name, (double)(monotonic() - began) / 1e9);
        fflush(stdout);
    }
    if (count <= 2) run_get_tests();
    if (count <= 2) run_tls_tests();
    return 0;
}
