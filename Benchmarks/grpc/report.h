// SPDX-License-Identifier: Apache-2.0
#ifndef GRPC_BENCHMARK_REPORT_H
#define GRPC_BENCHMARK_REPORT_H

#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

static inline double seconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/// One line: name, messages, messages per second, CPU seconds per million.
static inline void report(const char *name, uint64_t messages, uint64_t bytes, double seconds) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double user = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
    double kernel = (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
    printf("%s %llu messages %.0f bytes each %.0f /s user %.3f s/M system %.3f s/M\n", name,
           (unsigned long long)messages, (double)bytes / (double)messages, (double)messages / seconds,
           user * 1e6 / (double)messages, kernel * 1e6 / (double)messages);
}

#endif
