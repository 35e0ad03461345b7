# SPDX-License-Identifier: Apache-2.0
"""`GET /alerts/stream`: what leaves, as server-sent events, to curl and to a reader of our own."""

import http.client
import json
import socket
import subprocess
import threading
import urllib.parse

import pytest

import alerts
from waiting import until

HTTP = {"http": {"type": "falco_http"}}


class Stream:
    """Reads events as the HTML standard says (9.2.6), on a thread."""

    def __init__(self, creance, query="", headers=None, reads=True):
        self.connection = http.client.HTTPConnection("127.0.0.1", creance.port, timeout=60)
        self.connection.request("GET", "/alerts/stream" + query, headers=headers or {})
        self.response = self.connection.getresponse()
        self.events = []
        self.comments = 0
        self.ended = threading.Event()
        if self.response.status == 200 and reads:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        event = {}
        try:
            for raw in self.response:
                line = raw.decode().rstrip("\n")
                assert "\r" not in line
                if line.startswith(":"):
                    self.comments += 1
                elif not line:
                    if "data" in event:
                        self.events.append(event)
                    event = {}
                else:
                    name, _, value = line.partition(": ")
                    event[name] = f"{event[name]}\n{value}" if name == "data" and name in event else value
        except (OSError, http.client.HTTPException, AttributeError, ValueError):
            pass
        self.ended.set()

    def data(self, kind=None):
        return [json.loads(event["data"]) for event in list(self.events) if kind in (None, event["event"])]

    def close(self):
        self.connection.sock and self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.connection.close()


def post(creance, numbers):
    body = "\n".join(alerts.line(number) for number in numbers).encode()
    assert creance.request("POST", "/", body)[0] == 200


def open_streams(creance):
    return creance.metrics().total("creance_stream_subscribers")


def test_what_leaves_is_seen_as_it_leaves(daemon):
    creance = daemon(HTTP).start()
    streams = [Stream(creance) for _ in range(8)]
    assert {stream.response.status for stream in streams} == {200}
    assert streams[0].response.headers["Content-Type"] == "text/event-stream"
    until(lambda: all(stream.comments for stream in streams))
    post(creance, range(500))
    until(lambda: all(len(stream.events) == 500 for stream in streams))
    written = [json.loads(line) for line in creance.outputs["creance"].read_text().splitlines()]
    for stream in streams:
        assert stream.data() == written
        assert {event["event"] for event in stream.events} == {"alert"}
        assert len({event["id"] for event in stream.events}) == 500
        stream.close()
    until(lambda: open_streams(creance) == 0)


def test_a_condition_and_a_format(daemon):
    creance = daemon(HTTP).start()
    chosen = Stream(creance, "?when=" + urllib.parse.quote("priority >= error and rule != 'Rule 0'") + "&format=falco")
    plain = Stream(creance, "?format=text")
    until(lambda: chosen.comments and plain.comments)
    post(creance, range(80))
    expected = [alerts.document(number) for number in range(80) if number % 8 <= 3 and number % 40]
    until(lambda: len(chosen.events) >= len(expected) and len(plain.events) >= 80)
    assert [one["rule"] for one in chosen.data()] == [one["rule"] for one in expected]
    assert all("output_fields" in one for one in chosen.data())
    for stream in (chosen, plain):
        stream.close()


@pytest.mark.parametrize("query, word", [
    ("?when=priority%20%3E%3D", "when"), ("?format=xml", "format"), ("?whem=x", "query"), ("?when=%zz", "percent"),
    ("?last_event_id=12", "Last-Event-ID"), ("?when=%ff", "UTF-8"),
])
def test_what_cannot_be_understood_is_refused(daemon, query, word):
    creance = daemon(HTTP).start()
    stream = Stream(creance, query)
    assert stream.response.status == 400 and word in stream.response.read().decode()
    stream.close()


def test_a_reader_goes_on_where_it_stood(daemon):
    creance = daemon(HTTP).start()
    first = Stream(creance)
    until(lambda: first.comments)
    post(creance, range(10))
    until(lambda: len(first.events) == 10)
    first.close()
    post(creance, range(10, 2000))
    second = Stream(creance, headers={"Last-Event-ID": first.events[4]["id"]})
    until(lambda: len(second.events) >= 1995)
    post(creance, range(2000, 2010))
    until(lambda: len(second.events) >= 2005)
    assert alerts.numbers(second.data()) == list(range(5, 2010))
    second.close()
    # Also behind a restart, from the journal of the process before.
    creance.stop()
    creance.start()
    third = Stream(creance, headers={"Last-Event-ID": second.events[-3]["id"]})
    until(lambda: len(third.events) >= 2)
    post(creance, [2010])
    until(lambda: len(third.events) >= 3)
    assert alerts.numbers(third.data()) == [2008, 2009, 2010]
    unknown = Stream(creance, headers={"Last-Event-ID": "0123456789abcdef.3"})
    until(lambda: unknown.events)
    assert unknown.data() == [{"count": None, "reason": "unknown_place"}] and unknown.events[0]["event"] == "lost"
    for stream in (third, unknown):
        stream.close()


def test_a_slow_reader_loses_and_learns_how_much(daemon):
    creance = daemon(HTTP).start()
    slow = Stream(creance, reads=False)
    fast = Stream(creance)
    until(lambda: fast.comments and open_streams(creance) == 2)
    count = 0
    while creance.metrics().total("creance_stream_lost_total") == 0:
        body = "\n".join(alerts.line(number, filler=4000) for number in range(count, count + 500)).encode()
        assert creance.request("POST", "/", body)[0] == 200
        count += 500
        until(lambda: len(fast.events) >= count)
        assert count < 60_000
    threading.Thread(target=slow._read, daemon=True).start()
    until(lambda: "lost" in {event["event"] for event in list(slow.events)})
    lost = slow.data("lost")[0]
    assert lost["reason"] == "backlog"
    until(lambda: len(slow.data("alert")) + sum(one["count"] for one in slow.data("lost")) == count)
    seen = alerts.numbers(slow.data("alert"))
    assert seen == sorted(set(seen))
    assert alerts.numbers(fast.data()) == list(range(count))
    for stream in (slow, fast):
        stream.close()


def test_readers_that_go_leave_nothing(daemon):
    creance = daemon(HTTP).start()
    for _ in range(3):
        streams = [Stream(creance) for _ in range(32)]
        assert {stream.response.status for stream in streams} == {200}
        one_more = Stream(creance)
        assert one_more.response.status == 503 and one_more.response.headers["Retry-After"]
        one_more.close()
        for stream in streams:
            stream.close()
        # Nothing is sent meanwhile: that they have gone is seen all the same.
        until(lambda: open_streams(creance) == 0)


def test_no_text_of_an_alert_makes_an_event(daemon):
    creance = daemon(HTTP).start()
    streams = [Stream(creance, f"?format={kind}") for kind in ("creance", "falco", "text")]
    until(lambda: all(stream.comments for stream in streams))
    texts = ["a\n\nevent: alert\ndata: {}\n\n", "b\r\rid: 0\rdata: x", "c\u2028\u0085d", "\u0000\u001b[31m", ": x\n"]
    for text in texts:
        body = {**alerts.document(1), "rule": text, "output": text, "hostname": text, "output_fields": {text: text}}
        assert creance.request("POST", "/", json.dumps(body).encode())[0] == 200
    until(lambda: all(len(stream.events) >= len(texts) for stream in streams))
    for stream in streams:
        assert len(stream.events) == len(texts)
        assert {tuple(sorted(event)) for event in stream.events} == {("data", "event", "id")}
    assert [one["rule"] for one in streams[0].data()] == texts
    for stream in streams:
        stream.close()


def test_curl_sees_it_and_the_daemon_s_end_ends_it(daemon):
    creance = daemon(HTTP).start()
    curl = subprocess.Popen(["curl", "-sN", f"http://127.0.0.1:{creance.port}/alerts/stream"], stdout=subprocess.PIPE)
    assert curl.stdout.readline() == b"retry: 2000\n"
    post(creance, [1])
    until(lambda: curl.stdout.readline().startswith(b"data: {"))
    # A stream that is open does not hold the stop up.
    creance.stop()
    assert curl.wait(timeout=30) == 0
    curl.stdout.close()


@pytest.mark.parametrize("headers, status", [
    ({"Host": "evil.example:2801"}, 403), ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403),
    ({"Origin": "http://localhost:3000"}, 200), ({"Host": "localhost"}, 200), ({"Host": "127.0.0.1.evil.example"}, 403),
    ({"Host": "[::1]:2801"}, 200),
])
def test_pages_of_other_sites_see_nothing(daemon, headers, status):
    creance = daemon(HTTP).start()
    stream = Stream(creance, headers=headers)
    assert stream.response.status == status
    stream.close()


def test_it_is_not_served_where_anybody_may_come(daemon):
    creance = daemon(HTTP)
    creance.config["server"]["listen"] = f"0.0.0.0:{creance.port}"
    creance.start()
    stream = Stream(creance)
    assert stream.response.status == 404
    stream.close()
    assert creance.request("POST", "/alerts/stream", b"{}")[0] == 405


def test_only_get(daemon):
    creance = daemon(HTTP).start()
    assert creance.request("POST", "/alerts/stream", b"{}")[0] == 405
