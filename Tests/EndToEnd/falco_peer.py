# SPDX-License-Identifier: Apache-2.0
"""A Falco to test against: its outputs service on Python's grpcio, kept to the polling state machine of the real one.

One queue for all subscribers; popping is destructive. One stream of `sub`: wait for ONE request, pop and write until
the queue is empty, wait for the next request. A half-closed stream is answered with nothing. A restart in the process
(SIGHUP, changed rules) ends every stream with status OK and keeps the queue; a crash keeps nothing.
"""

import asyncio
import collections
import os
import pathlib
import sys
import threading

import grpc
import grpc.aio

import falco_wire

SERVICE = "falco.outputs.service"
# field 1 version "0.43.1", 2 major 0, 3 minor 43, 4 patch 1, 7 engine_minor 57
VERSION = b"\x0a\x060.43.1" + b"\x18\x2b" + b"\x20\x01" + b"\x38\x39"


def _raw(message):
    return message


class FalcoPeer:
    """Runs on an event loop in a thread of its own; all methods may be called from the test's thread."""

    def __init__(self, address, credentials=None):
        self.address = address
        self.credentials = credentials
        self.queue = collections.deque()
        self.popped = []        # numbers of messages that left the queue, in order
        self.stream_of = {}     # of each of them, the number of the stream that popped it
        self.requests = 0       # poll requests that were read
        self.drains = 0         # of them, those whose drain has ended: the queue was seen empty
        self.streams = 0        # streams ever opened
        self.open_streams = 0
        self.pushed = 0
        self.restarting = None
        self.server = None
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.server is not None:
            self.stop()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout=60)

    def push(self, messages):
        """Alerts happen: they wait in the one queue. Each has a number, in order of pushing, from 0."""
        for message in messages:
            self.queue.append((self.pushed, message))
            self.pushed += 1

    def start(self):
        assert self.server is None
        self._call(self._start())

    def stop(self):
        """SIGTERM: streams end, the queue stays with this object for `start` (an in-process restart is both)."""
        self._call(self._stop())

    def restart_in_process(self):
        """SIGHUP or changed rules: every stream ends with status OK, then the service is back at the same address."""
        self.stop()
        self.start()

    async def _start(self):
        self.restarting = asyncio.Event()
        # The stale socket file of a crash is replaced, as Falco does.
        path = self.address.removeprefix("unix://")
        if path != self.address and os.path.exists(path):
            os.unlink(path)
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        handlers = {
            "sub": grpc.stream_stream_rpc_method_handler(self._sub, _raw, _raw),
            "get": grpc.unary_stream_rpc_method_handler(self._get, _raw, _raw),
        }
        version = {"version": grpc.unary_unary_rpc_method_handler(self._version, _raw, _raw)}
        server.add_generic_rpc_handlers((
            grpc.method_handlers_generic_handler(SERVICE, handlers),
            grpc.method_handlers_generic_handler("falco.version.service", version)))
        if self.credentials is None:
            bound = server.add_insecure_port(self.address)
        else:
            bound = server.add_secure_port(self.address, self.credentials)
        if not bound:
            raise OSError(f"cannot bind {self.address}")
        if self.address.endswith(":0"):
            self.address = self.address.removesuffix(":0") + f":{bound}"
        await server.start()
        self.server = server

    async def _stop(self):
        self.restarting.set()
        # The streams see the restart and return, which is status OK; what does not return is cut.
        await self.server.stop(grace=5)
        self.server = None

    async def _version(self, _request, _context):
        return VERSION

    async def _get(self, _request, context):
        self.streams += 1
        async for message in self._drain(self.streams):
            await context.write(message)

    async def _drain(self, stream):
        while self.queue and not self.restarting.is_set():
            number, message = self.queue.popleft()
            self.popped.append(number)
            self.stream_of[number] = stream
            yield message

    async def _sub(self, _iterator, context):
        self.streams += 1
        stream = self.streams
        self.open_streams += 1
        restart = asyncio.ensure_future(self.restarting.wait())
        try:
            while True:
                request = asyncio.ensure_future(context.read())
                await asyncio.wait({request, restart}, return_when=asyncio.FIRST_COMPLETED)
                if not request.done():
                    return
                if request.result() is grpc.aio.EOF:
                    # Half-close is answered with nothing at all.
                    await restart
                    return
                self.requests += 1
                async for message in self._drain(stream):
                    await context.write(message)
                self.drains += 1
                if self.restarting.is_set():
                    return
        finally:
            self.open_streams -= 1
            restart.cancel()


def main():
    """`falco_peer.py ADDRESS FILE`: serves the messages of a length-delimited file until it is killed."""
    peer = FalcoPeer(sys.argv[1])
    peer.push(falco_wire.read_delimited(pathlib.Path(sys.argv[2])))
    peer.start()
    print("serving", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
