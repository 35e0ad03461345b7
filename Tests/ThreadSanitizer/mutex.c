// SPDX-License-Identifier: Apache-2.0
//
// Shows the thread sanitizer what a contended Synchronization.Mutex orders.
//
// The lock's quick ways are inlined into instrumented code. Its slow ways are inside libswiftSynchronization, which is not
// instrumented, and end in the kernel (FUTEX_LOCK_PI, FUTEX_UNLOCK_PI): the sanitizer does not see that the next holder
// comes after the last one and reports a race on whatever the mutex guards. Loaded before the library, the functions below
// say so and leave the work to it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

typedef __attribute__((swiftcall)) void lock_slow(uint32_t thread, __attribute__((swift_context)) void *handle);
typedef __attribute__((swiftcall)) void unlock_slow(__attribute__((swift_context)) void *handle);

// Mangled names of Synchronization._MutexHandle's methods, Swift 6.
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL) abort();
    return found;
}

__attribute__((swiftcall)) void shown_lock_slow(uint32_t thread, __attribute__((swift_context)) void *handle)
    __asm__(LOCK_SLOW);
__attribute__((swiftcall)) void shown_lock_slow(
    uint32_t thread, __attribute__((swift_context)) void *handle) {
    ((lock_slow *)next(LOCK_SLOW))(thread, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

__attribute__((swiftcall)) void shown_unlock_slow(__attribute__((swift_context)) void *handle) __asm__(UNLOCK_SLOW);
__attribute__((swiftcall)) void shown_unlock_slow(__attribute__((swift_context)) void *handle) {
    if (__tsan_release) __tsan_release(handle);
    ((unlock_slow *)next(UNLOCK_SLOW))(handle);
}
