// SPDX-License-Identifier: Apache-2.0
#include "core.h"

#include <grpc/support/log.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void discard_log(gpr_log_func_args *args) { (void)args; }

static void silence_log(void) { gpr_set_log_function(discard_log); }

void cfalco_core_hold(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, silence_log);
    grpc_init();
}

void cfalco_core_release(void) { grpc_shutdown(); }

static uint64_t clock_ns(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t cfalco_monotonic_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

int64_t cfalco_realtime_ns(void) { return (int64_t)clock_ns(CLOCK_REALTIME); }

gpr_timespec cfalco_deadline(uint64_t monotonic_ns) {
    gpr_timespec time = {.tv_sec = (int64_t)(monotonic_ns / 1000000000u),
                         .tv_nsec = (int32_t)(monotonic_ns % 1000000000u),
                         .clock_type = GPR_CLOCK_MONOTONIC};
    return time;
}

uint64_t cfalco_saturating_add(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

void cfalco_say(char *message, size_t size, const char *format, ...) {
    if (message == NULL || size == 0) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, size, format, arguments);
    va_end(arguments);
}

void cfalco_waker_open(cfalco_waker *waker, grpc_completion_queue *queue, void *tag) {
    waker->tag = tag;
    atomic_init(&waker->pending, false);
    waker->channel = grpc_lame_client_channel_create("waker", GRPC_STATUS_UNAVAILABLE, "leads nowhere");
    waker->call = grpc_channel_create_call(waker->channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue,
                                           grpc_slice_from_static_string("/waker"), NULL,
                                           gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
}

void cfalco_waker_close(cfalco_waker *waker) {
    grpc_call_unref(waker->call);
    grpc_channel_destroy(waker->channel);
}

void cfalco_waker_wake(cfalco_waker *waker) {
    // Pairs with the exchange in `seen`.
    if (atomic_exchange(&waker->pending, true)) return;
    grpc_call_start_batch(waker->call, NULL, 0, waker->tag, NULL);
}

void cfalco_queue_destroy(grpc_completion_queue *queue) {
    grpc_completion_queue_shutdown(queue);
    while (grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type != GRPC_QUEUE_SHUTDOWN) {
    }
    grpc_completion_queue_destroy(queue);
}
