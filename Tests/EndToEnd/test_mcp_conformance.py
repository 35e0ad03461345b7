# SPDX-License-Identifier: Apache-2.0
"""The checks that the protocol's conformance suite names, written anew: against the fixture server and the product.

Names are those of the suite's scenarios for servers. Left out: what neither server offers (images, audio, sampling,
elicitation, tasks), and lists that change while the server runs.
"""

import base64
import http.client
import socket
import subprocess

import jsonschema
import pytest

from mcp_clients import FIXTURE
from mcp_wire import CAPABILITIES, LEGACY, MODERN, SUBSCRIPTION, VERSION, Wire, meta
from waiting import until



class Served:
    """A server, and what of it the checks may use."""

    def __init__(self, wire, tool, arguments, resource, prompt, prompt_arguments):
        self.wire = wire
        self.tool, self.arguments = tool, arguments
        self.resource = resource
        self.prompt, self.prompt_arguments = prompt, prompt_arguments


@pytest.fixture(scope="module")
def fixture_server():
    with subprocess.Popen([FIXTURE, "http"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Wire(int(process.stdout.readline()))
        process.stdin.close()
        assert process.wait(20) == 0


@pytest.fixture
def fixture(fixture_server):
    """The fixture, of which only the checks use that it waits."""
    return fixture_server


@pytest.fixture(params=["fixture", "product"])
def served(request):
    if request.param == "fixture":
        wire = request.getfixturevalue("fixture_server")
        return Served(wire, "echo", {"text": "here"}, "fixture://latest", "greet", {"who": "Anna"})
    daemon = request.getfixturevalue("daemon")({"http": {"type": "falco_http"}}, mcp={"socket": "mcp.sock"})
    daemon.start()
    wire = Wire(daemon.port)
    resource = wire.modern("resources/list").result["resources"][0]
    prompt = wire.modern("prompts/list").result["prompts"][0]
    wanted = {one["name"]: "1" for one in prompt.get("arguments", []) if one.get("required")}
    return Served(wire, "get_overview", {}, resource["uri"], prompt["name"], wanted)


# 2026-07-28

def test_server_stateless_metadata(served):
    wire = served.wire
    complete = meta()
    for absent in ("all", VERSION, CAPABILITIES):
        params = {"_meta": {name: value for name, value in complete.items() if name != absent}}
        body = {"jsonrpc": "2.0", "id": absent, "method": "server/discover", "params": {} if absent == "all" else params}
        answer = wire.modern("server/discover", body=body)
        assert (answer.status, answer.code, answer.json["id"]) == (400, -32602, absent)


def test_server_stateless_discovery(served):
    wire = served.wire
    result = wire.modern("server/discover").result
    assert MODERN in result["supportedVersions"]
    assert result["resultType"] == "complete" and result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"]
    lists = {"tools": "tools/list", "prompts": "prompts/list", "resources": "resources/list"}
    for capability, method in lists.items():
        answer = wire.modern(method)
        if capability in result["capabilities"]:
            assert isinstance(answer.result[capability], list)
        else:
            assert (answer.status, answer.code) == (404, -32601)


def test_server_stateless_versions(served):
    wire = served.wire
    unknown = {"_meta": meta(**{VERSION: "v999.0.0"})}
    answer = wire.modern("server/discover", unknown, headers={"MCP-Protocol-Version": "v999.0.0"})
    assert (answer.status, answer.code) == (400, -32022)
    assert answer.json["error"]["data"]["requested"] == "v999.0.0"
    assert answer.json["error"]["data"]["supported"] == wire.modern("server/discover").result["supportedVersions"]
    answer = wire.modern("server/discover", unknown)
    assert (answer.status, answer.code) == (400, -32020)


@pytest.mark.parametrize("method", [
    "initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "unknown/method"])
def test_server_stateless_removed_methods(served, method):
    answer = served.wire.modern(method, id=500)
    assert (answer.status, answer.code, answer.json["id"]) == (404, -32601, 500)


def test_server_stateless_subscription(served):
    wire = served.wire
    stream = wire.modern_stream("subscriptions/listen", {"notifications": {"toolsListChanged": True}}, id="s-1")
    first = stream.message()
    assert first["method"] == "notifications/subscriptions/acknowledged"
    assert first["params"]["_meta"][SUBSCRIPTION] == "s-1"
    stream.close()


def test_server_stateless_filter(fixture):
    stream = fixture.modern_stream(
        "subscriptions/listen", {"notifications": {"resourceSubscriptions": ["fixture://latest", "fixture://no"]}}, id=9)
    assert stream.message()["params"]["notifications"] == {"resourceSubscriptions": ["fixture://latest"]}
    fixture.modern("tools/call", {"name": "touch"})
    update = stream.message()
    assert update["method"] == "notifications/resources/updated" and update["params"]["_meta"][SUBSCRIPTION] == 9
    stream.close()


def test_server_sessionless(served):
    wire = served.wire
    before = wire.modern("tools/list").result["tools"]
    wire.modern("server/discover")
    answer = wire.modern("tools/list", headers={"Mcp-Session-Id": "stale", "Last-Event-ID": "3-4"})
    assert answer.result["tools"] == before and "mcp-session-id" not in answer.headers
    for method in ("GET", "DELETE"):
        answer = wire.send(method, [("Accept", "text/event-stream"), ("MCP-Protocol-Version", MODERN)])
        assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_caching(served):
    wire = served.wire
    methods = [("tools/list", None), ("server/discover", None)]
    if served.resource:
        methods += [("resources/list", None), ("resources/templates/list", None),
                    ("resources/read", {"uri": served.resource})]
    if served.prompt:
        methods.append(("prompts/list", None))
    for method, params in methods:
        result = wire.modern(method, params).result
        assert isinstance(result["ttlMs"], int) and result["ttlMs"] >= 0, method
        assert result["cacheScope"] in ("public", "private"), method


def test_http_header_validation(served):
    wire = served.wire

    def refused(**rest):
        answer = wire.modern(**rest)
        assert (answer.status, answer.code) == (400, -32020), answer.text

    call = {"method": "tools/call", "params": {"name": served.tool, "arguments": served.arguments}}
    refused(method="tools/list", headers={"Mcp-Method": "prompts/list"})
    refused(method="tools/list", headers={"Mcp-Method": "TOOLS/LIST"})
    refused(method="tools/list", drop=("Mcp-Method",))
    refused(method="tools/list", drop=("MCP-Protocol-Version",))
    refused(method="tools/list", headers={"mcp-METHOD": "tools/list"})
    refused(**call, headers={"Mcp-Name": "wrong_tool_name"})
    refused(**call, drop=("Mcp-Name",))
    refused(**call, headers={"Mcp-Name": "=?base64?!!!?="})
    for name in ("mcp-method", "MCP-METHOD"):
        assert wire.modern("tools/list", drop=("Mcp-Method",), headers={name: "tools/list"}).status == 200
    encoded = f"=?base64?{base64.b64encode(served.tool.encode()).decode()}?="
    for value in (f"  {served.tool} \t ", encoded):
        assert wire.modern(**call, headers={"Mcp-Name": value}).status == 200


def test_resource_not_found(served):
    answer = served.wire.modern("resources/read", {"uri": "test://not-there"})
    assert (answer.status, answer.code) == (400, -32602)
    assert answer.json["error"]["data"]["uri"] == "test://not-there"
    session = served.wire.initialize()
    assert served.wire.legacy(session, "resources/read", {"uri": "test://not-there"}).code == -32002


def test_json_rpc_batch_rejection(served):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta()}}
    answer = served.wire.modern("tools/list", body=[call, {**call, "id": 2}])
    assert (answer.status, answer.code, answer.json["id"]) == (400, -32600, None)
    assert served.wire.modern("tools/list", body=[]).code == -32600


def test_json_rpc_mistakes(served):
    wire = served.wire
    for body, code in ((b"{", -32700), (b"", -32700), (b"\xff", -32700), (b"1", -32600), (b"{}", -32600),
                       (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
                       (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
                       (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600)):
        answer = wire.modern("tools/list", body=body)
        assert (answer.status, answer.code) == (400, code), (body, answer.text)
    assert wire.modern("tools/list", body=b"[" * 100_000).code == -32700
    assert wire.modern("x", body=b'{"jsonrpc":"2.0","method":"notifications/x"}').status == 202


def test_content_types(served):
    wire = served.wire
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        assert wire.modern("tools/list", headers={"Content-Type": kind}).status == 415
    assert wire.modern("tools/list", headers={"Content-Encoding": "gzip"}).status == 415
    assert wire.modern("tools/list", headers={"Accept": "text/html"}).status == 406
    assert wire.modern("tools/list", headers={"Accept": "application/json"}).status == 200
    answer = wire.modern("tools/list", body=b" " * (1 << 20) + b"{}")
    assert answer.status == 413


@pytest.mark.parametrize("path", ["plain", "chunked"])
def test_bodies_beyond_the_limit(served, path):
    connection = http.client.HTTPConnection("127.0.0.1", served.wire.port, timeout=60)
    lines = {"Content-Type": "application/json", "Accept": "application/json"}
    body = b" " * ((1 << 20) + 1)
    connection.request("POST", "/mcp", body if path == "plain" else iter([body[:1000], body]), lines,
                       encode_chunked=path == "chunked")
    assert connection.getresponse().status == 413
    connection.close()


def test_dns_rebinding_protection(served):
    wire = served.wire
    for host in ("evil.example.com", "evil.example.com:80", "localhost.evil.example"):
        assert wire.modern("tools/list", headers={"Host": host}).status == 403
        lines, body = wire.modern_request("tools/list", headers={"Host": host})
        assert wire.send("GET", lines).status == 403
    for host in (f"localhost:{wire.port}", "localhost", f"127.0.0.1:{wire.port}", "[::1]"):
        assert wire.modern("tools/list", headers={"Host": host}).status == 200
    for origin in ("http://evil.example.com", "null", f"https://evil.example.com:{wire.port}"):
        assert wire.modern("tools/list", headers={"Origin": origin}).status == 403
    for origin in ("http://localhost:3000", f"http://127.0.0.1:{wire.port}"):
        assert wire.modern("tools/list", headers={"Origin": origin}).status == 200


def test_http_stream_cancellation(fixture):
    def waiting():
        return fixture.modern("tools/call", {"name": "state"}).result["structuredContent"]["waiting"]

    params = {"name": "wait", "_meta": meta(progressToken="p")}
    for _ in range(5):
        stream = fixture.modern_stream("tools/call", params)
        assert stream.message()["method"] == "notifications/progress"
        stream.close()
    until(lambda: waiting() == 0, what="the calls of clients that have gone")
    # A client that goes before there is anything to read, too.
    lines, body = fixture.modern_request("tools/call", {"name": "wait"}, headers={"Accept": "application/json"})
    with socket.create_connection(("127.0.0.1", fixture.port)) as raw:
        head = "".join(f"{name}: {value}\r\n" for name, value in lines)
        raw.sendall(f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body)
        until(lambda: waiting() == 1, what="the call")
    until(lambda: waiting() == 0, what="the call of a client that has gone")


def test_per_request_log_level(served):
    answer = served.wire.modern("tools/list", {"_meta": meta(**{"io.modelcontextprotocol/logLevel": "loud"})})
    assert (answer.status, answer.code) == (400, -32602)


# 2025-11-25

def test_server_initialize(served):
    wire = served.wire
    for version in ("2024-11-05", "2025-03-26", "2025-06-18", LEGACY):
        assert len(wire.initialize(version)) == 32
    for asked in (MODERN, "1999-01-01"):
        params = {"protocolVersion": asked, "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        answer = wire.post({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
        assert answer.result["protocolVersion"] == LEGACY and answer.result["serverInfo"]["version"]
    # Assistants in use do this after a discovery.
    wire.initialize(headers=[("MCP-Protocol-Version", MODERN)])


def test_server_session_lifecycle(served):
    wire = served.wire
    session = wire.initialize()
    assert wire.legacy(session, "ping").result == {}
    deleted = wire.send("DELETE", [("Mcp-Session-Id", session), ("MCP-Protocol-Version", LEGACY)])
    assert deleted.status in (200, 204)
    assert wire.legacy(session, "tools/list").status == 404
    assert wire.send("DELETE", [("Mcp-Session-Id", session)]).status == 404
    assert wire.legacy("0" * 32, "tools/list").status == 404
    assert wire.legacy("'; drop table", "tools/list").status == 404
    assert wire.legacy(None, "tools/list").status == 400
    for method in ("GET", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD"):
        assert wire.send(method, []).status == 405


def test_server_protocol_version_header(served):
    wire = served.wire
    session = wire.initialize()
    for version in ("invalid-protocol-version", "2000-01-01", "2099-01-01"):
        for name in (None, session):
            message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
            assert wire.post(message, name, version).status == 400
    assert wire.post({"jsonrpc": "2.0", "id": 1, "method": "ping"}, session, LEGACY).result == {}


def test_tools(served):
    wire = served.wire
    session = wire.initialize()
    tools = wire.legacy(session, "tools/list").result["tools"]
    assert [one["name"] for one in tools] == [one["name"] for one in wire.modern("tools/list").result["tools"]]
    call = {"name": served.tool, "arguments": served.arguments}
    for result in (wire.legacy(session, "tools/call", call).result, wire.modern("tools/call", call).result):
        assert not result.get("isError") and result["content"]
        schema = next(one.get("outputSchema") for one in tools if one["name"] == served.tool)
        if schema:
            jsonschema.validate(result["structuredContent"], schema)
    wrong = {"name": served.tool, "arguments": {"no such argument": 1}}
    assert wire.legacy(session, "tools/call", wrong).result["isError"]
    assert wire.modern("tools/call", {"name": "no such tool"}).status == 400
    # Clients of the legacy eras give their session up at such a status.
    answers = [wire.legacy(session, "tools/call", {"name": "no such tool"}), wire.legacy(session, "no/such/method")]
    assert [(answer.status, answer.code) for answer in answers] == [(200, -32602), (200, -32601)]


def test_json_schema_2020_12(served):
    for tool in served.wire.modern("tools/list").result["tools"]:
        for schema in (tool["inputSchema"], tool.get("outputSchema")):
            if schema:
                jsonschema.Draft202012Validator.check_schema(schema)
                assert schema["type"] == "object"
        assert tool["description"].isascii() and tool["name"].isascii()


def test_resources(served):
    wire = served.wire
    session = wire.initialize()
    assert served.resource in [one["uri"] for one in wire.legacy(session, "resources/list").result["resources"]]
    assert wire.legacy(session, "resources/templates/list").result["resourceTemplates"] is not None
    contents = wire.legacy(session, "resources/read", {"uri": served.resource}).result["contents"]
    assert contents and contents[0]["uri"] == served.resource and "text" in contents[0]


def test_resources_subscribe_and_unsubscribe(fixture):
    session = fixture.initialize()
    assert fixture.legacy(session, "resources/subscribe", {"uri": "fixture://latest"}).result == {}
    stream = fixture.own_stream(session)
    fixture.legacy(session, "tools/call", {"name": "touch"})
    assert stream.message()["params"]["uri"] == "fixture://latest"
    assert fixture.legacy(session, "resources/unsubscribe", {"uri": "fixture://latest"}).result == {}
    stream.close()
    fixture.send("DELETE", [("Mcp-Session-Id", session)])


def test_prompts(served):
    wire = served.wire
    session = wire.initialize()
    assert served.prompt in [one["name"] for one in wire.legacy(session, "prompts/list").result["prompts"]]
    got = wire.legacy(session, "prompts/get", {"name": served.prompt, "arguments": served.prompt_arguments})
    assert got.result["messages"][0]["content"]["type"] == "text"


def test_completion_complete(fixture):
    session = fixture.initialize()
    params = {"ref": {"type": "ref/prompt", "name": "greet"}, "argument": {"name": "who", "value": "a"}}
    assert fixture.legacy(session, "completion/complete", params).result["completion"]["values"] == ["anna"]


def test_logging_set_level(served):
    session = served.wire.initialize()
    assert served.wire.legacy(session, "logging/setLevel", {"level": "info"}).result == {}
    assert served.wire.legacy(session, "logging/setLevel", {"level": "loud"}).code == -32602


def test_tools_call_with_progress(fixture):
    session = fixture.initialize()
    stream = fixture.legacy_stream(session, "tools/call", {"name": "wait", "_meta": {"progressToken": "p"}}, id=7)
    told = stream.message()
    assert told["method"] == "notifications/progress" and told["params"]["progressToken"] == "p"
    fixture.post(
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}, session)
    assert stream.message() is None


def test_server_sse_polling(fixture):
    session = fixture.initialize()
    stream = fixture.legacy_stream(session, "tools/call", {"name": "wait", "_meta": {"progressToken": "p"}}, id=7)
    beginning = stream.next()
    assert beginning["id"] and beginning["data"] == ""
    told = stream.next()
    stream.close()
    # What it had is not sent again; what it had not is.
    again = fixture.own_stream(session, last=beginning["id"])
    assert again.next() == told
    again.close()
    again = fixture.own_stream(session, last=told["id"])
    fixture.post({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}, session)
    assert again.next() is None


def test_server_sse_multiple_streams(fixture):
    session = fixture.initialize()
    params = {"name": "wait", "_meta": {"progressToken": "p"}}
    streams = [fixture.legacy_stream(session, "tools/call", params, id=number) for number in (1, 2, 3)]
    beginnings = {stream.next()["id"] for stream in streams}
    assert len(beginnings) == 3
    for stream in streams:
        assert stream.message()["method"] == "notifications/progress"
        stream.close()
    fixture.send("DELETE", [("Mcp-Session-Id", session)])
