# SPDX-License-Identifier: Apache-2.0
"""The Falco of these tests behaves as the real one was seen to (a plain Python client looks at it)."""

import os
import pathlib
import subprocess
import sys
import threading

import grpc
import pytest

import alerts
import falco_wire
from falco_peer import FalcoPeer
from waiting import until


class Client:
    """One `sub` stream whose requests are sent one by one."""

    def __init__(self, channel):
        self.pending = []
        self.closed = False
        self.wake = threading.Condition()
        call = channel.stream_stream("/falco.outputs.service/sub", None, None)
        self.call = call(self._requests())

    def _requests(self):
        while True:
            with self.wake:
                self.wake.wait_for(lambda: self.pending or self.closed)
                if not self.pending:
                    return
                request = self.pending.pop()
            yield request

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.half_close()
        self.call.cancel()

    def ask(self):
        with self.wake:
            self.pending.append(b"")
            self.wake.notify()

    def half_close(self):
        with self.wake:
            self.closed = True
            self.wake.notify()

    def take(self, count):
        return [next(self.call) for _ in range(count)]


@pytest.fixture
def peer(tmp_path):
    with FalcoPeer(f"unix://{tmp_path}/falco.sock") as peer:
        yield peer


@pytest.fixture
def channel(peer):
    with grpc.insecure_channel(peer.address) as channel:
        grpc.channel_ready_future(channel).result(timeout=30)
        yield channel


def test_nothing_comes_before_the_first_request_and_one_request_brings_the_backlog(peer, channel):
    messages = [falco_wire.encode(alerts.alert(number)) for number in range(1000)]
    peer.push(messages)
    with Client(channel) as client:
        until(lambda: peer.open_streams == 1)
        assert peer.popped == []
        client.ask()
        assert client.take(1000) == messages
        until(lambda: peer.drains == 1)
        # The queue was seen empty: what happens now waits for the next request.
        peer.push(messages[:1])
        assert peer.requests == 1 and len(peer.popped) == 1000
        client.ask()
        assert client.take(1) == messages[:1]


def test_half_close_is_answered_with_nothing(peer, channel):
    peer.push([falco_wire.encode(alerts.alert(0))])
    with Client(channel) as client:
        client.ask()
        client.half_close()
        client.take(1)
        assert client.call.is_active()


def test_a_restart_in_the_process_ends_the_stream_with_ok_and_keeps_the_queue(peer, channel):
    with Client(channel) as client:
        peer.push([falco_wire.encode(alerts.alert(0))])
        client.ask()
        client.take(1)
        peer.stop()
        with pytest.raises(StopIteration):
            client.take(1)
        assert client.call.code() == grpc.StatusCode.OK
    peer.push([falco_wire.encode(alerts.alert(1))])
    peer.start()
    with Client(channel) as again:
        again.ask()
        assert falco_wire.decode(again.take(1)[0])["rule"] == alerts.alert(1)["rule"].encode()


def test_subscribers_compete(peer, channel):
    peer.push([falco_wire.encode(alerts.alert(number)) for number in range(100)])
    with Client(channel) as first, Client(channel) as second:
        first.ask()
        first.take(100)
        until(lambda: peer.drains == 1)
        peer.push([falco_wire.encode(alerts.alert(100))])
        second.ask()
        second.take(1)
        assert peer.popped == list(range(101))


def test_a_killed_peer_ends_the_stream_with_unavailable(tmp_path):
    recording = alerts.SAMPLES / "internal.pb"
    address = f"unix://{tmp_path}/falco.sock"
    program = [sys.executable, str(pathlib.Path(__file__).with_name("falco_peer.py")), address, str(recording)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, env=os.environ) as process:
        try:
            assert process.stdout.readline() == b"serving\n"
            with grpc.insecure_channel(address) as channel, Client(channel) as client:
                client.ask()
                client.take(len(falco_wire.read_delimited(recording)))
                process.kill()
                with pytest.raises(grpc.RpcError) as error:
                    client.take(1)
                assert error.value.code() == grpc.StatusCode.UNAVAILABLE
        finally:
            process.kill()
