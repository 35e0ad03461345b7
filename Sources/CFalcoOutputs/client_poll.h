// SPDX-License-Identifier: Apache-2.0
//
// When to send the next request: the pure part of the client.
//
//   ask ──► alerts … quiet for `busy` ──► ask          a drain that gave something
//   ask ──► nothing for `interval` ─────► ask          an empty one: the interval doubles, up to `idle`
//
// "Quiet" counts only while the client reads: silence behind a closed window says nothing about the peer.
#ifndef CFALCO_CLIENT_POLL_H
#define CFALCO_CLIENT_POLL_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t busy_ns, idle_ns;
    uint64_t interval_ns;   ///< the wait after a request that nothing answers
    uint64_t quiet_since;   ///< monotonic: the last request, alert, or return to reading
    bool answered;          ///< an alert came since the last request
} cfalco_poll;

/// A new stream, whose first request goes out with it.
static inline void cfalco_poll_start(cfalco_poll *poll, uint64_t busy_ns, uint64_t idle_ns, uint64_t now) {
    poll->busy_ns = busy_ns;
    poll->idle_ns = idle_ns < busy_ns ? busy_ns : idle_ns;
    poll->interval_ns = busy_ns;
    poll->quiet_since = now;
    poll->answered = false;
}

/// An alert came; or the client reads again after a pause of its own, and cannot know what the quiet meant.
static inline void cfalco_poll_heard(cfalco_poll *poll, uint64_t now) {
    poll->answered = true;
    poll->quiet_since = now;
}

static inline void cfalco_poll_resumed(cfalco_poll *poll, uint64_t now) { poll->quiet_since = now; }

/// When the next request may go out.
static inline uint64_t cfalco_poll_due(const cfalco_poll *poll) {
    return poll->quiet_since + (poll->answered ? poll->busy_ns : poll->interval_ns);
}

/// A request goes out now.
static inline void cfalco_poll_asked(cfalco_poll *poll, uint64_t now) {
    uint64_t doubled = poll->interval_ns * 2;
    poll->interval_ns = poll->answered ? poll->busy_ns : doubled > poll->idle_ns ? poll->idle_ns : doubled;
    poll->answered = false;
    poll->quiet_since = now;
}

#endif
