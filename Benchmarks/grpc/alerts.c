// SPDX-License-Identifier: Apache-2.0
//
// Writes COUNT plain alerts of about 930 bytes, thirteen fields each, as Falco's default rules make them, into a `.pb`.
//
//   alerts FILE.pb COUNT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfalco_messages.h"

typedef struct {
    cfalco_text keys[16], values[16];
    size_t count;
} fields;

static uint64_t state = 42;

static uint64_t next_random(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static cfalco_text text(const char *string) { return (cfalco_text){(const uint8_t *)string, strlen(string)}; }

static void add(fields *list, const char *key, const char *value) {
    list->keys[list->count] = text(key);
    list->values[list->count++] = text(value);
}

static const char *one_of(const char *const *list, size_t count) { return list[next_random() % count]; }
#define ONE_OF(list) one_of(list, sizeof list / sizeof *list)

static const char *const rules[] = {"Read sensitive file untrusted", "Terminal shell in container",
                                    "Contact K8S API Server From Container", "Drop and execute new binary in container"};
static const char *const processes[] = {"cat", "bash", "python3", "curl", "kubectl", "nginx"};
static const char *const names[] = {"/etc/shadow", "/etc/sudoers", "/root/.ssh/authorized_keys", "/usr/lib/libc.so.6"};
static const char *const spaces[] = {"default", "payments", "monitoring", "kube-system"};

static void write_alert(cfalco_buffer *buffer, int64_t time) {
    fields list = {.count = 0};
    char command[128], container[16], pod[64], pid[16], output[640];
    const char *process = ONE_OF(processes), *parent = ONE_OF(processes), *name = ONE_OF(names), *space = ONE_OF(spaces);
    const char *rule = ONE_OF(rules);
    unsigned long long number = next_random();
    snprintf(command, sizeof command, "%s --config /opt/service/current/settings.yaml --request-id %08llx --once",
             process, number & 0xffffffff);
    snprintf(container, sizeof container, "%012llx", number & 0xffffffffffff);
    snprintf(pod, sizeof pod, "%s-%08llx-%05llx", space, number >> 32, number & 0xfffff);
    snprintf(pid, sizeof pid, "%llu", 1000 + number % 60000);
    add(&list, "container.id", container);
    add(&list, "container.image.repository", "registry.example.com/library/service");
    add(&list, "evt.type", "openat");
    add(&list, "fd.name", name);
    add(&list, "k8s.ns.name", space);
    add(&list, "k8s.pod.name", pod);
    add(&list, "proc.cmdline", command);
    add(&list, "proc.exepath", "/usr/bin/env");
    add(&list, "proc.pid", pid);
    add(&list, "proc.pname", parent);
    add(&list, "proc.tty", number % 4 == 0 ? "34816" : "0");
    add(&list, "user.name", number % 3 == 0 ? "<NA>" : "root");
    add(&list, "user.uid", "0");
    snprintf(output, sizeof output,
             "20:26:40.%09lld: Warning %s (file=%s process=%s parent=%s command=%s pid=%s exepath=/usr/bin/env user=root "
             "evt_type=openat container_id=%s image=registry.example.com/library/service k8s_ns=%s k8s_pod=%s)",
             (long long)(time % 1000000000), rule, name, process, parent, command, pid, container, space, pod);
    const cfalco_text tags[] = {text("T1059"), text("container"), text("maturity_stable"), text("mitre_execution")};
    cfalco_parts parts = {.time = time, .priority = (uint8_t)(2 + number % 5), .rule = text(rule), .output = text(output),
                          .source = text("syscall"), .hostname = text("worker-17.cluster.example.com"), .tags = tags,
                          .tag_count = 4, .keys = list.keys, .values = list.values, .field_count = list.count};
    if (!cfalco_encode_delimited_response(buffer, &parts)) abort();
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    cfalco_buffer buffer = {0};
    for (int64_t index = 0; index < atoll(arguments[2]); index++) write_alert(&buffer, 1780000000000000000 + index * 1000000);
    FILE *file = fopen(arguments[1], "wb");
    if (file == NULL || fwrite(buffer.bytes, 1, buffer.count, file) != buffer.count || fclose(file) != 0) {
        perror(arguments[1]);
        return 1;
    }
    cfalco_buffer_free(&buffer);
    return 0;
}
