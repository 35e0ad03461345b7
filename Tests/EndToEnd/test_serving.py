# SPDX-License-Identifier: Apache-2.0
"""`server.serve_falco_grpc`: the API that Falco 0.44 removed, read by an official gRPC client."""

import json
import pathlib
import queue
import threading

import grpc

import falco_wire
from waiting import until

SAMPLES = pathlib.Path(__file__).resolve().parents[1] / "Samples"
LINES = (SAMPLES / "alerts.jsonl").read_bytes().splitlines()[:500]


class Subscriber:
    """A client of `sub`, as simple as they come: asks every 20 ms, keeps what it gets."""

    def __init__(self, address, channel=None):
        self.messages = []
        self.ended = threading.Event()
        self.requests = queue.Queue()
        self.requests.put(b"")
        self.channel = channel or grpc.insecure_channel(address)
        sub = self.channel.stream_stream("/falco.outputs.service/sub", lambda m: m, lambda m: m)
        # The socket is made by the sink's own lane, maybe a moment after the daemon is ready.
        self.call = sub(iter(self.requests.get, None), wait_for_ready=True)
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._ask, daemon=True).start()

    def _read(self):
        try:
            for message in self.call:
                self.messages.append(message)
        except grpc.RpcError:
            pass
        self.ended.set()

    def _ask(self):
        while not self.ended.wait(0.02):
            self.requests.put(b"")

    def close(self):
        self.call.cancel()
        self.ended.wait(5)
        self.channel.close()


def subscribed(creance, address, count):
    """Subscribers that are there: each has seen a probe alert, so that none comes too late for the test's own."""
    subscribers = [Subscriber(address) for _ in range(count)]
    probe = json.dumps({"rule": "probe", "priority": "Debug", "time": "2026-01-01T00:00:00Z"}).encode()

    def all_there():
        assert creance.request("POST", "/", probe)[0] == 200
        return all(subscriber.messages for subscriber in subscribers)

    until(all_there)
    return subscribers


def test_every_subscriber_gets_every_alert(daemon, tmp_path):
    address = f"unix://{tmp_path}/served.sock"
    creance = daemon({"http": {"type": "falco_http"}}, sinks=("falco",), server={"serve_falco_grpc": address}).start()
    subscribers = subscribed(creance, address, 2)
    assert creance.request("POST", "/", b"\n".join(LINES))[0] == 200

    def own(subscriber):
        decoded = [falco_wire.decode(message) for message in list(subscriber.messages)]
        return [alert for alert in decoded if alert["rule"] != b"probe"]

    until(lambda: all(len(own(subscriber)) >= len(LINES) for subscriber in subscribers))
    for subscriber in subscribers:
        for line, alert in zip(map(json.loads, LINES), own(subscriber), strict=True):
            assert alert["rule"].decode() == line["rule"]
            assert falco_wire.rfc3339(alert["time"]) == line["time"]
            assert [tag.decode() for tag in alert["tags"]] == line["tags"]
            expected = {key: text(value) for key, value in line["output_fields"].items() if key != "evt.time"}
            assert {key.decode(): value.decode() for key, value in alert["output_fields"].items()} == expected
        subscriber.close()


def text(value):
    """As Falco's gRPC has it: everything a string, null as <NA>."""
    if value is None:
        return "<NA>"
    return json.dumps(value) if isinstance(value, (bool, int, float)) else value
