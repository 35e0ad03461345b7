# SPDX-License-Identifier: Apache-2.0
"""Waiting for something to become true, with a limit that only a broken program reaches."""

import time

LIMIT = 60


def until(condition, limit=LIMIT, what=None):
    """Returns the first true value of `condition`; `what` says at the limit what was seen instead."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit} s: {what() if what else 'the condition'}")
        time.sleep(0.01)
