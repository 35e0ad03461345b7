# SPDX-License-Identifier: Apache-2.0
"""`creance mcp`: over a journal alone, and as the bridge to a running daemon, with real clients of both eras."""

import asyncio
import json
import os
import socket
import stat
import subprocess

import pytest

import alerts
from daemon import BINARY, run
from mcp_clients import Recording, error_code
from waiting import until

HTTP = {"http": {"type": "falco_http"}}
MODES = [("legacy", "2025-11-25"), ("auto", "2026-07-28"), ("2026-07-28", "2026-07-28")]
LATEST = "creance://alerts/latest"


def body(first, count):
    return "\n".join(alerts.line(number) for number in range(first, first + count))


@pytest.fixture
def running(daemon):
    """A daemon with an assistants' socket and ten alerts."""
    one = daemon(HTTP, mcp={"socket": "mcp.sock"}).start()
    assert one.post(body(0, 10)) == 200
    one.settle("http", 10)
    return one


@pytest.fixture
def journal(daemon):
    """The journal of a daemon that has ended."""
    one = daemon(HTTP, mcp={"socket": "mcp.sock"}).start()
    assert one.post(body(0, 10)) == 200
    one.settle("http", 10)
    one.stop()
    return one.folder / "journal.db"


async def tour(client, revision):
    """What every client may expect of every way to the product."""
    assert client.protocol_version == revision
    # A client that is pinned to the newest revision asks for none of these.
    if client.server_info:
        assert client.server_info.name == "creance"
        assert "untrusted" in client.instructions
    offered = client.server_capabilities if client.server_info else None
    if offered is None or offered.tools:
        tools = (await client.list_tools()).tools
        assert 0 < len(tools) < 40
        assert len({tool.name for tool in tools}) == len(tools)
        for tool in tools:
            assert tool.description.isascii() and tool.input_schema["additionalProperties"] is False, tool.name
            if tool.output_schema:
                assert {"notice", "stream"} <= set(tool.output_schema["required"]), tool.name
        assert await error_code(client.call_tool("no_such_tool", {})) == -32602
        if "get_overview" in {tool.name for tool in tools}:
            overview = await client.call_tool("get_overview", {})
            assert not overview.is_error, overview.content
            assert {"cursor", "new_since_last", "critical_open"} == set(overview.structured_content["stream"])
            assert "untrusted" in overview.structured_content["notice"]
    if offered is None or offered.resources:
        resources = (await client.list_resources()).resources
        await client.list_resource_templates()
        for resource in resources:
            read = await client.read_resource(resource.uri)
            assert read.contents and read.contents[0].text, resource.uri
    if offered is None or offered.prompts:
        assert (await client.list_prompts()).prompts


@pytest.mark.parametrize("mode, revision", MODES)
def test_a_journal_alone_answers(journal, tmp_path, mode, revision):
    before = journal.stat().st_mtime_ns
    recording = Recording(tmp_path, "--journal", journal)
    answered = recording.run(mode, lambda client, _: tour(client, revision))
    assert answered[0] == {"legacy": "initialize", "auto": "server/discover"}.get(mode, "tools/list")
    assert journal.stat().st_mtime_ns == before


@pytest.mark.parametrize("mode, revision", MODES)
def test_the_bridge_answers_as_the_daemon(running, tmp_path, mode, revision):
    recording = Recording(tmp_path, "-c", running.folder / "creance.yaml", cwd=running.folder)
    recording.run(mode, lambda client, _: tour(client, revision))


@pytest.mark.parametrize("way", ["alone", "bridge"])
def test_a_client_of_the_legacy_era_alone(daemon, tmp_path, way):
    one = daemon(HTTP, mcp={"socket": "mcp.sock"}).start()
    assert one.post(body(0, 10)) == 200
    one.settle("http", 10)
    arguments = ["--journal", one.folder / "journal.db"] if way == "alone" else ["--socket", one.folder / "mcp.sock"]
    seen = Recording(tmp_path, *arguments).run_legacy()
    assert seen["revision"] == "2025-11-25"
    assert seen["name"] == "creance" and seen["has_instructions"]


def test_a_long_wait_does_not_hold_up_others_and_can_be_cancelled(running, tmp_path):
    async def body(client, _):
        wait = asyncio.create_task(client.call_tool("wait_for_alerts", {"max_wait_seconds": 55}))
        # Answered while the other waits.
        await tour(client, "2026-07-28")
        assert not wait.done()
        wait.cancel()
        with pytest.raises(asyncio.CancelledError):
            await wait
        await client.list_tools()

    Recording(tmp_path, "--socket", running.folder / "mcp.sock").run("auto", body)


def test_a_wait_ends_with_the_alert_it_waits_for(running, tmp_path):
    async def body_(client, _):
        wait = asyncio.create_task(client.call_tool("wait_for_alerts", {"max_wait_seconds": 55, "settle_ms": 0}))
        while not wait.done():
            # Posted again and again: the wait may not have begun with the first.
            assert await asyncio.to_thread(running.post, body(body_.next, 1)) == 200
            body_.next += 1
            await asyncio.sleep(0.05)
        answer = (await wait).structured_content
        assert answer["status"] == "alerts" and answer["alerts"], answer

    body_.next = 10
    Recording(tmp_path, "--socket", running.folder / "mcp.sock").run("auto", body_)


def test_a_subscription_hears_of_a_live_alert_in_both_eras(running, tmp_path):
    numbers = iter(range(10, 10_000))

    async def post():
        assert await asyncio.to_thread(running.post, body(next(numbers), 1)) == 200

    async def modern(client, _):
        async with client.listen(resource_subscriptions=[LATEST, "creance://none"]) as stream:
            assert stream.honored.resource_subscriptions == [LATEST]
            await post()
            assert (await stream.__anext__()).uri == LATEST

    async def legacy(client, messages):
        await client.subscribe_resource(LATEST)
        await post()
        update = await messages.get()
        assert update.params.uri == LATEST
        await client.unsubscribe_resource(LATEST)

    path = running.folder / "mcp.sock"
    for mode, body_ in (("auto", modern), ("legacy", legacy)):
        folder = tmp_path / mode
        folder.mkdir()
        Recording(folder, "--socket", path).run(mode, body_)


def test_the_socket_is_for_its_user_alone_and_goes_with_the_daemon(running):
    path = running.folder / "mcp.sock"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    running.stop()
    assert not path.exists()


def test_a_client_that_closes_its_input_ends_the_command_at_once(journal):
    request = {"jsonrpc": "2.0", "id": 1, "method": "server/discover",
               "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                                    "io.modelcontextprotocol/clientCapabilities": {}}}}
    code, out, _ = run("mcp", "--journal", journal, stdin=json.dumps(request).encode() + b"\n")
    assert code == 0
    assert json.loads(out)["id"] == 1
    assert run("mcp", "--journal", journal, stdin=b"")[:2] == (0, b"")


def test_the_bridge_ends_when_its_client_goes_and_says_when_the_daemon_does(running):
    command = [BINARY, "mcp", "--socket", str(running.folder / "mcp.sock")]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60).returncode == 0
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as bridge:
        bridge.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
        bridge.stdin.flush()
        assert json.loads(bridge.stdout.readline())["id"] == 1
        running.stop()
        assert bridge.wait(timeout=60) == 1
        assert b"has closed the connection" in bridge.stderr.read()


def test_many_clients_at_once_and_none_beyond_the_cap(daemon):
    one = daemon(HTTP, mcp={"socket": "mcp.sock", "connections": 4}).start()

    def connected():
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(one.folder / "mcp.sock"))
        client.settimeout(60)
        return client

    clients = [connected() for _ in range(4)]
    for client in clients:
        client.sendall(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
        assert client.recv(1000)
    with connected() as surplus:
        assert surplus.recv(1000) == b""
    clients[0].close()

    def room():
        with connected() as client:
            try:
                client.sendall(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
                return client.recv(1000) != b""
            except OSError:
                return False
    until(room)
    for client in clients[1:]:
        client.close()


def test_without_a_daemon_and_without_a_journal_it_says_so(tmp_path):
    code, out, said = run("mcp", "--journal", tmp_path / "none.db", cwd=tmp_path)
    assert (code, out) == (2, b"") and "there is no journal" in said
    code, out, said = run("mcp", "--socket", tmp_path / "none.sock", cwd=tmp_path)
    assert (code, out) == (1, b"") and "nobody answers" in said
