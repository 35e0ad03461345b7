# SPDX-License-Identifier: Apache-2.0
"""Load for the kill tests: each source's sender knows what it sent and what it was promised."""

import http.client
import os
import threading

import alerts
from waiting import until


class HTTPLoad:
    """Senders that post numbered alerts without end, a few in each request, and remember what was answered 200.

    The first `hasty` of them open a connection for each request."""

    def __init__(self, port, senders=3, hasty=0):
        self.port = port
        self.lock = threading.Lock()
        self.next = 0
        self.stored = set()     # answered 200: must be in the output exactly once
        self.doubtful = set()   # no answer: may be in the output, at most once
        self.refused = set()    # answered otherwise
        self.unreachable = 0    # connections that nobody took
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._send, args=(sender < hasty,), daemon=True)
                        for sender in range(senders)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def _take(self, count):
        with self.lock:
            self.next += count
            return range(self.next - count, self.next)

    def _send(self, is_hasty):
        connection = None
        while not self.stopping.is_set():
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                    connection.connect()
            except OSError:
                connection = None
                with self.lock:
                    self.unreachable += 1
                self.stopping.wait(0.01)
                continue
            wanted = self._take(1 + self.next % 4)
            body = "\n".join(alerts.line(number) for number in wanted).encode()
            try:
                connection.request("POST", "/", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except (OSError, http.client.HTTPException):
                status = None
                connection.close()
                connection = None
            with self.lock:
                target = {200: self.stored, None: self.doubtful}.get(status, self.refused)
                target.update(wanted)
            if is_hasty and connection is not None:
                connection.close()
                connection = None


class FileLoad:
    """Appends numbered alerts to a file, line by line and in torn pieces, as fast as `step` asks."""

    def __init__(self, path):
        self.path = path
        self.next = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._write, daemon=True)
        path.touch()
        self.thread.start()

    def stop(self):
        self.stopping.set()
        self.thread.join()

    def _write(self):
        with open(self.path, "ab", buffering=0) as file:
            while not self.stopping.is_set():
                lines = "".join(alerts.line(number) + "\n" for number in range(self.next, self.next + 50)).encode()
                # The reader sees half lines, too.
                cut = (self.next * 7919) % len(lines)
                file.write(lines[:cut])
                self.stopping.wait(0.002)
                file.write(lines[cut:])
                self.next += 50
            os.fsync(file.fileno())


class FalcoLoad:
    """Alerts happen at a Falco without end; at most `backlog` of them wait in its queue."""

    def __init__(self, falco, backlog=5000, filler=700):
        self.falco = falco
        self.filler = filler
        self.backlog = backlog
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._feed, daemon=True)
        self.thread.start()

    def message(self, number):
        return alerts.message(number, self.filler)

    def stop(self):
        """No more alerts; those in the queue stay there until they are asked for."""
        self.stopping.set()
        self.thread.join()

    def _feed(self):
        while not self.stopping.is_set():
            if len(self.falco.queue) < self.backlog:
                start = self.falco.pushed
                self.falco.push(self.message(number) for number in range(start, start + 500))
            else:
                self.stopping.wait(0.005)

    def drained(self):
        """Waits until the queue was seen empty by the subscriber."""
        until(lambda: not self.falco.queue)
