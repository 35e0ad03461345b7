// SPDX-License-Identifier: Apache-2.0
//
// How fast JSON lines become alerts in canonical form: lines per second of CPU time, and, under callgrind, instructions per line.
//
//   json_decode [SECONDS [FILE]]     decodes FILE, or realistic alerts of some 930 bytes, again and again for SECONDS
//   json_decode count                decodes 20,000 lines once, for `valgrind --tool=callgrind`
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cjson_scan.h"

/// CPU time: what else the machine does does not count.
static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static char *make_lines(unsigned count, size_t *length) {
    char *text = malloc((size_t)count * 1200);
    char *end = text;
    for (unsigned i = 0; i < count; i++) {
        unsigned nanos = 100000000u + (i * 48611u) % 800000000u;
        end += sprintf(
            end,
            "{\"hostname\":\"node-%02u.cluster.example\",\"output\":\"12:26:40.%09u: Notice A shell was spawned in a container with an attached "
            "terminal (evt_type=execve user=root user_uid=0 user_loginuid=-1 process=sh proc_exepath=/bin/dash parent=runc "
            "command=sh -c id terminal=%u container_id=3ad7b26ded6d container_name=shop cwd=/srv/shop)\",\"output_fields\":"
            "{\"container.id\":\"3ad7b26ded6d\",\"container.image.repository\":\"docker.io/library/debian\","
            "\"container.name\":\"shop\",\"evt.time\":1780000000%09u,\"evt.type\":\"execve\",\"k8s.ns.name\":\"shop\","
            "\"k8s.pod.name\":\"shop-7d9f8b5c6-%05u\",\"proc.cmdline\":\"sh -c id\",\"proc.exepath\":\"/bin/dash\","
            "\"proc.name\":\"sh\",\"proc.pname\":\"runc\",\"proc.tty\":%u,\"user.loginuid\":-1,\"user.name\":\"root\","
            "\"user.uid\":0},\"priority\":\"Notice\",\"rule\":\"Terminal shell in container\",\"source\":\"syscall\",\"tags\":"
            "[\"T1059\",\"container\",\"mitre_execution\",\"shell\"],\"time\":\"2026-05-28T20:26:40.%09uZ\"}\n",
            i % 40, nanos, 34816 + i % 8, nanos, i % 99999, 34816 + i % 8, nanos);
    }
    *length = (size_t)(end - text);
    return text;
}

static char *read_all(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) return NULL;
    long size = ftell(file);
    rewind(file);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    if (text != NULL && fread(text, 1, (size_t)size, file) != (size_t)size) text = NULL;
    fclose(file);
    *length = (size_t)size;
    return text;
}

int main(int argc, char **argv) {
    bool counting = argc > 1 && strcmp(argv[1], "count") == 0;
    double limit = argc > 1 && !counting ? atof(argv[1]) : 2;
    size_t length = 0;
    char *text = argc > 2 ? read_all(argv[2], &length) : make_lines(20000, &length);
    if (text == NULL || limit <= 0) {
        fprintf(stderr, "usage: json_decode [SECONDS [FILE] | count]\n");
        return 2;
    }
    cjson_parser *parser = cjson_parser_create();
    calert_batch *batch = calert_batch_create(1u << 20, 1024);
    const cjson_limits limits = {.unit_limit = 1024, .byte_limit = 1u << 20, .text_limit = 1u << 20};
    unsigned long long lines = 0, rejects = 0, fields = 0, bytes = 0;
    double start = seconds_now();
    do {
        size_t done = 0, consumed;
        cjson_lines_state state;
        do {
            state = cjson_scan_lines(parser, batch, (const uint8_t *)text + done, length - done, &limits, 1, &consumed);
            done += consumed;
            lines += batch->record_count;
            rejects += batch->reject_count;
            fields += batch->field_count;
            bytes += batch->byte_count;
            calert_batch_clear(batch, 1u << 20);
        } while (state == CJSON_BATCH_FULL);
    } while (!counting && seconds_now() - start < limit);
    double spent = seconds_now() - start;
    printf("json_decode: %llu lines, %llu rejected, %.1f fields and %.0f bytes a line, %s: %.0f lines per CPU second, %.2f GB/s\n", lines,
           rejects, (double)fields / (double)(lines ? lines : 1), (double)bytes / (double)(lines ? lines : 1),
           cjson_implementation(), (double)lines / spent, (double)bytes / spent * 1e-9);
    calert_batch_destroy(batch);
    cjson_parser_destroy(parser);
    free(text);
    return 0;
}
