// SPDX-License-Identifier: Apache-2.0
//
// How fast falco.outputs.response is decoded: the scanner with canonicalisation, protobuf-c with an arena, protobuf-c
// with malloc, over the same plain alerts of about 930 bytes.
//
// usage: protobuf_decode                      alerts/s and ns per alert, best of several rounds
//        protobuf_decode count ALERTS         scans that many alerts, for callgrind; see Benchmarks/decode/run
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "calert_batch.h"
#include "cfalco_messages.h"
#include "cfalco_scan.h"
#include "reference.h"

#define ALERTS 1024
#define ROUNDS 30
#define REPEATS 40

static uint64_t random_state = 0x9E3779B97F4A7C15ull;

static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static const char *pick(const char *const *choices, size_t count) { return choices[next_random() % count]; }
#define PICK(choices) pick(choices, sizeof choices / sizeof *choices)

static const char *const processes[] = {"bash", "sh", "curl", "python3", "nginx", "kubectl", "find", "java"};
static const char *const rules[] = {"Terminal shell in container", "Read sensitive file untrusted",
                                    "Drop and execute new binary in container", "Contact K8S API Server From Container"};
static const char *const images[] = {"docker.io/library/nginx", "registry.example.com/shop/checkout-service",
                                     "quay.io/prometheus/node-exporter", "registry.example.com/platform/build-agent"};
static const char *const files[] = {"/etc/shadow", "/usr/share/nginx/html/index.html", "/root/.ssh/authorized_keys",
                                    "/var/run/secrets/kubernetes.io/serviceaccount/token"};
static const char *const spaces[] = {"shop", "payments", "kube-system", "monitoring"};

typedef struct {
    cfalco_text keys[16], values[16];
    char text[16][256];
    size_t count;
} field_list;

static cfalco_text text(const char *string) { return (cfalco_text){(const uint8_t *)string, strlen(string)}; }

static void add(field_list *list, const char *key, const char *value) {
    list->keys[list->count] = text(key);
    snprintf(list->text[list->count], sizeof list->text[0], "%s", value);
    list->values[list->count] = text(list->text[list->count]);
    list->count++;
}

static void add_number(field_list *list, const char *key, uint64_t number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    add(list, key, digits);
}

/// One alert as Falco's default rules write it, with thirteen fields.
static void make_alert(cfalco_buffer *buffer, int64_t when) {
    field_list list = {.count = 0};
    char command[160], container[16], pod[64], output[640];
    const char *process = PICK(processes), *parent = PICK(processes), *file = PICK(files), *space = PICK(spaces);
    const char *image = PICK(images), *rule = PICK(rules);
    snprintf(command, sizeof command, "%s --config /opt/%s/current/settings.yaml --request-id %08llx --once", process, process,
             (unsigned long long)next_random() & 0xffffffff);
    snprintf(container, sizeof container, "%012llx", (unsigned long long)next_random() & 0xffffffffffff);
    snprintf(pod, sizeof pod, "%s-%08llx-%05llx", space, (unsigned long long)next_random() & 0xffffffff,
             (unsigned long long)next_random() & 0xfffff);
    uint64_t pid = 1000 + next_random() % 60000;
    add(&list, "container.id", container);
    add(&list, "container.image.repository", image);
    add(&list, "evt.type", "openat");
    add(&list, "fd.name", file);
    add(&list, "k8s.ns.name", space);
    add(&list, "k8s.pod.name", pod);
    add(&list, "proc.cmdline", command);
    add(&list, "proc.exepath", "/usr/bin/env");
    add_number(&list, "proc.pid", pid);
    add(&list, "proc.pname", parent);
    add_number(&list, "proc.tty", next_random() % 4 ? 0 : 34816);
    add(&list, "user.name", next_random() % 3 ? "root" : "<NA>");
    add_number(&list, "user.uid", next_random() % 3 ? 0 : 4294967295u);
    snprintf(output, sizeof output,
             "20:26:40.%09lld: Warning %s (file=%s process=%s parent=%s command=%s pid=%llu exepath=/usr/bin/env "
             "user=root evt_type=openat container_id=%s image=%s k8s_ns=%s k8s_pod=%s)",
             (long long)(when % 1000000000), rule, file, process, parent, command, (unsigned long long)pid, container,
             image, space, pod);
    cfalco_text tags[] = {text("T1059"), text("container"), text("maturity_stable"), text("mitre_execution"), text("shell")};
    cfalco_parts parts = {.time = when, .priority = (uint8_t)(2 + next_random() % 5), .rule = text(rule), .output = text(output),
                          .source = text("syscall"), .hostname = text("worker-17.cluster.example.com"), .tags = tags,
                          .tag_count = 5, .keys = list.keys, .values = list.values, .field_count = list.count};
    if (!cfalco_encode_delimited_response(buffer, &parts)) abort();
}

typedef struct {
    const uint8_t *bytes;
    uint32_t length;
} message;

static message messages[ALERTS];

/// Its own function, so that callgrind can count it and nothing else. The bytes are in the batch already, as they are
/// when gRPC's slices were copied there.
__attribute__((noinline)) void scan_all(calert_batch *batch) {
    for (size_t i = 0; i < ALERTS; i++) {
        // The message is there from the warm-up: only its length is counted.
        if (cfalco_scan_response(batch, messages[i].length, 1) != CALERT_ACCEPTED) abort();
    }
}

static void restart(calert_batch *batch) {
    batch->byte_count = batch->derived_count = batch->record_count = batch->field_count = batch->tag_count = 0;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void report(const char *name, double seconds) {
    double each = seconds / (ALERTS * REPEATS);
    printf("%-34s %9.0f alerts/s %8.0f ns each\n", name, 1 / each, each * 1e9);
}

int main(int count, char **arguments) {
    cfalco_buffer buffer = {0};
    for (int64_t i = 0; i < ALERTS; i++) make_alert(&buffer, 1795295740762636430 + i * 1234567);
    cfalco_frame frame = {0};
    size_t place = 0, total = 0;
    for (size_t i = 0; i < ALERTS; i++, place = frame.next) {
        if (cfalco_next_frame(buffer.bytes, buffer.count, place, UINT32_MAX, &frame) != CFALCO_FRAME_MESSAGE) abort();
        messages[i] = (message){buffer.bytes + frame.message, (uint32_t)frame.length};
        total += frame.length;
    }
    calert_batch *batch = calert_batch_create(2u << 20, ALERTS);
    for (size_t i = 0; i < ALERTS; i++) {
        if (cfalco_append_response(batch, messages[i].bytes, messages[i].length, 1) != CALERT_ACCEPTED) abort();
    }
    if (count == 3 && strcmp(arguments[1], "count") == 0) {
        long wanted = strtol(arguments[2], NULL, 10);
        for (long done = 0; done < wanted; done += ALERTS) {
            restart(batch);
            scan_all(batch);
        }
        return 0;
    }
    printf("%d alerts, %zu bytes and %.1f fields on average; one core, CPU time, best of %d rounds\n", ALERTS,
           total / ALERTS, (double)batch->field_count / ALERTS, ROUNDS);
    double best[4] = {1e9, 1e9, 1e9, 1e9};
    cfalco_arena arena = {0};
    for (int round = 0; round < ROUNDS; round++) {
        double start = now();
        for (int repeat = 0; repeat < REPEATS; repeat++) restart(batch), scan_all(batch);
        double scanned = now();
        for (int repeat = 0; repeat < REPEATS; repeat++) {
            restart(batch);
            for (size_t i = 0; i < ALERTS; i++) cfalco_append_response(batch, messages[i].bytes, messages[i].length, 1);
        }
        double appended = now();
        for (int repeat = 0; repeat < REPEATS; repeat++) {
            for (size_t i = 0; i < ALERTS; i++) cfalco_reference_unpack(&arena, messages[i].bytes, messages[i].length);
        }
        double with_arena = now();
        for (int repeat = 0; repeat < REPEATS; repeat++) {
            for (size_t i = 0; i < ALERTS; i++) cfalco_reference_unpack(NULL, messages[i].bytes, messages[i].length);
        }
        double with_malloc = now();
        double taken[] = {scanned - start, appended - scanned, with_arena - appended, with_malloc - with_arena};
        for (int i = 0; i < 4; i++) best[i] = taken[i] < best[i] ? taken[i] : best[i];
    }
    report("scan + canonicalise", best[0]);
    report("copy + scan + canonicalise", best[1]);
    report("protobuf-c, arena, decode only", best[2]);
    report("protobuf-c, malloc, decode only", best[3]);
    cfalco_arena_free(&arena);
    calert_batch_destroy(batch);
    cfalco_buffer_free(&buffer);
    return 0;
}
