# SPDX-License-Identifier: Apache-2.0
"""Receivers of the http sink that behave as documented, and badly when a test wants it."""

import collections
import dataclasses
import gzip
import http.server
import json
import ssl
import threading


@dataclasses.dataclass
class Asked:
    """One request as it came, its body unpacked."""
    path: str
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)

    def lines(self):
        return [json.loads(line) for line in self.body.decode().split("\n") if line]


@dataclasses.dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict = dataclasses.field(default_factory=dict)
    # How it goes wrong: None, "cut" (half of it, then the end), "drop" (no answer, the end), "hang" (no answer).
    fault: str | None = None


class Receiver:
    """Listens on loopback; `judge(asked)` says what each request is answered. Requests are kept in `asked`."""

    def __init__(self, judge, certificate=None, port=0):
        self.judge = judge
        self.asked = []
        self.lock = threading.Lock()
        self.released = threading.Event()  # ends what hangs
        self.context = None
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def do_POST(self):
                receiver._answer(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def finish_request(self, request, client):
                try:
                    if receiver.context is not None:
                        request = receiver.context.wrap_socket(request, server_side=True)
                    super().finish_request(request, client)
                except OSError:
                    pass  # a handshake or a connection that broke

            def handle_error(self, request, client):
                pass

        if certificate:
            self.show(*certificate)
        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def show(self, certificate, key):
        """From the next connection on TLS with this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.context = context

    @property
    def url(self):
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}"

    def _answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        if handler.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        asked = Asked(handler.path, dict(handler.headers), body)
        with self.lock:
            answer = self.judge(asked)
            self.asked.append(asked)
        if answer.fault == "hang":
            self.released.wait(120)
        if answer.fault in ("hang", "drop"):
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        if answer.fault == "cut":
            handler.wfile.write(answer.body[:len(answer.body) // 2])
            handler.close_connection = True
            return
        handler.wfile.write(answer.body)

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Bulk:
    """Elasticsearch's `_bulk` as far as `create` goes: an id is kept once. A judge for `Receiver`.

    `fault(asked)` may answer in its place; `item(document)` may give a document a status and an error of its own."""

    def __init__(self, fault=lambda asked: None, item=lambda document: None):
        self.fault, self.item = fault, item
        self.kept = {}
        self.repeats = collections.Counter()
        self.order = []

    def __call__(self, asked):
        answer = self.fault(asked)
        # A request may be done although its answer never arrives.
        if answer is not None and answer.fault not in ("cut", "hang"):
            return answer
        assert asked.path == "/_bulk" and asked.headers["Content-Type"] == "application/x-ndjson", asked
        assert asked.body.endswith(b"\n")
        lines = asked.lines()
        items = [self.create(action["create"], document) for action, document in zip(lines[::2], lines[1::2])]
        body = json.dumps({"took": 1, "errors": any(item["create"]["status"] >= 300 for item in items),
                           "items": items}).encode()
        if answer is not None:
            answer.body = body
            return answer
        return Answer(200, body, {"Content-Type": "application/json"})

    def create(self, action, document):
        said = {"_index": action["_index"], "_id": action["_id"]}
        refusal = self.item(document)
        if refusal is not None:
            status, kind, reason = refusal
            return {"create": {**said, "status": status, "error": {"type": kind, "reason": reason}}}
        if action["_id"] in self.kept:
            self.repeats[action["_id"]] += 1
            assert self.kept[action["_id"]] == document, "another document under the same id"
            return {"create": {**said, "status": 409, "error": {
                "type": "version_conflict_engine_exception", "reason": "document already exists"}}}
        self.kept[action["_id"]] = document
        self.order.append(action["_id"])
        return {"create": {**said, "status": 201, "result": "created"}}


class Splunk:
    """Splunk's HTTP Event Collector with acknowledgement: an id is done when it was asked for `patience` times."""

    def __init__(self, token, patience=2):
        self.token, self.patience = token, patience
        self.events = []
        self.channels = set()
        self.asked_for = collections.Counter()
        self.next = 0

    def __call__(self, asked):
        if asked.headers.get("Authorization") != f"Splunk {self.token}":
            return Answer(403, b'{"text":"Invalid token","code":4}')
        channel = asked.headers.get("X-Splunk-Request-Channel")
        if not channel:
            return Answer(400, b'{"text":"Data channel is missing","code":10}')
        self.channels.add(channel)
        if asked.path == "/services/collector/ack":
            acks = {}
            for number in asked.json()["acks"]:
                self.asked_for[number] += 1
                acks[str(number)] = self.asked_for[number] == self.patience
            return Answer(200, json.dumps({"acks": acks}).encode())
        assert asked.path == "/services/collector/event", asked.path
        self.events += asked.lines()
        self.next += 1
        return Answer(200, json.dumps({"text": "Success", "code": 0, "ackId": self.next}).encode())
