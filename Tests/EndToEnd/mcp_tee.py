#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mcp_tee.py LOG COMMAND…: runs a command, carries its standard streams, and writes every line to LOG with its direction.

The log has one JSON array a line: ["in" or "out", the line]. Standard error passes through.
"""

import json
import os
import subprocess
import sys
import threading

log_path, *command = sys.argv[1:]
child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
log = open(log_path, "a", encoding="utf-8")
lock = threading.Lock()


def note(direction, line):
    with lock:
        log.write(json.dumps([direction, line.decode("utf-8", "surrogateescape")]) + "\n")
        log.flush()


def carry_in():
    for line in sys.stdin.buffer:
        note("in", line)
        try:
            child.stdin.write(line)
            child.stdin.flush()
        except BrokenPipeError:
            return
    child.stdin.close()


threading.Thread(target=carry_in, daemon=True).start()
for line in child.stdout:
    note("out", line)
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
code = child.wait()
log.close()
os._exit(code if code >= 0 else 128 - code)
