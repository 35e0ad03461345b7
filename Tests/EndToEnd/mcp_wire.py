# SPDX-License-Identifier: Apache-2.0
"""A client of /mcp that sends exactly the header lines and bytes it is told, and reads streams event by event."""

import http.client
import json
import socket

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
BOTH = "application/json, text/event-stream"
NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"


def meta(**rest):
    return {VERSION: MODERN, CAPABILITIES: {}, **rest}


class Answer:
    """One whole response."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def code(self):
        """The code of the error that it is."""
        return self.json["error"]["code"]

    @property
    def result(self):
        assert self.status == 200, (self.status, self.text)
        return self.json["result"]


class Stream:
    """A response that is a stream of events."""

    def __init__(self, connection, response):
        assert response.status == 200, (response.status, response.read())
        assert response.getheader("content-type") == "text/event-stream"
        assert "no-cache" in response.getheader("cache-control")
        assert "no-transform" in response.getheader("cache-control")
        self.connection = connection
        self.response = response

    def next(self):
        """The fields of the next event: `id`, `data`; comments are passed over; None at the end."""
        fields = {}
        while True:
            line = self.response.readline().decode().rstrip("\n")
            if not line and not fields:
                if self.response.isclosed() or self.response.fp is None:
                    return None
                continue
            if not line:
                return fields
            if not line.startswith(":"):
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")

    def message(self):
        """The next message; events without one are passed over."""
        while (event := self.next()) is not None:
            if event.get("data"):
                return json.loads(event["data"])
        return None

    def close(self):
        """As a client that goes away: at once, in the middle of the response."""
        raw = self.connection.sock or self.response.fp.raw._sock
        try:
            raw.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.response.close()
        self.connection.close()


class Wire:
    """Where an endpoint is, and what every request there has."""

    def __init__(self, port, path="/mcp", token=None, tls=None):
        self.port = port
        self.path = path
        self.token = token
        self.tls = tls

    def connect(self):
        if self.tls:
            return http.client.HTTPSConnection("localhost", self.port, timeout=60, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def open(self, method, headers, body=b""):
        """Sends one request; header lines go out as they are given, a list of pairs, those that are None left out."""
        connection = self.connect()
        connection.putrequest(method, self.path, skip_host=True, skip_accept_encoding=True)
        lines = [("Host", f"127.0.0.1:{self.port}")] if not any(name.lower() == "host" for name, _ in headers) else []
        if self.token and not any(name.lower() == "authorization" for name, _ in headers):
            lines.append(("Authorization", f"Bearer {self.token}"))
        for name, value in lines + list(headers):
            if value is not None:
                connection.putheader(name, value)
        if body or method == "POST":
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return connection, connection.getresponse()

    def send(self, method, headers, body=b""):
        connection, response = self.open(method, headers, body)
        try:
            return Answer(response)
        finally:
            connection.close()

    # The modern era.

    def modern_request(self, method, params=None, id=1, headers=None, drop=(), body=None):
        params = {"_meta": meta(), **(params or {})}
        message = body if body is not None else {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
        lines = {
            "Content-Type": "application/json", "Accept": BOTH, "MCP-Protocol-Version": MODERN, "Mcp-Method": method}
        if method in NAMED and NAMED[method] in params:
            lines["Mcp-Name"] = params[NAMED[method]]
        lines.update(headers or {})
        pairs = [(name, value) for name, value in lines.items() if name not in drop]
        return pairs, message if isinstance(message, bytes) else json.dumps(message).encode()

    def modern(self, method, params=None, **rest):
        """The answer to one modern request that is plain JSON."""
        return self.send("POST", *self.modern_request(method, params, **rest))

    def modern_stream(self, method, params=None, **rest):
        return Stream(*self.open("POST", *self.modern_request(method, params, **rest)))

    # The legacy eras.

    def initialize(self, version=LEGACY, headers=()):
        """A session's name, after the handshake."""
        params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "wire", "version": "1"}}
        answer = self.post({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}, headers=headers)
        assert answer.result["protocolVersion"] == version
        session = answer.headers["mcp-session-id"]
        noted = self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, session)
        assert noted.status == 202 and noted.text == ""
        return session

    def session_lines(self, session, version=None, headers=()):
        return [("Content-Type", "application/json"), ("Accept", BOTH), ("Mcp-Session-Id", session),
                ("MCP-Protocol-Version", version), *headers]

    def post(self, message, session=None, version=None, headers=()):
        return self.send("POST", self.session_lines(session, version, headers), json.dumps(message).encode())

    def legacy(self, session, method, params=None, id=1):
        """The answer to one request of a session that is plain JSON."""
        return self.post({"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}, session)

    def legacy_stream(self, session, method, params=None, id=1):
        message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}
        return Stream(*self.open("POST", self.session_lines(session), json.dumps(message).encode()))

    def own_stream(self, session, last=None):
        lines = [("Accept", "text/event-stream"), ("Mcp-Session-Id", session), ("Last-Event-ID", last)]
        return Stream(*self.open("GET", lines))
