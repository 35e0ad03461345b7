# SPDX-License-Identifier: Apache-2.0
"""The running daemon's live alerts over HTTP: real clients of both eras, waiting, subscribed, cancelled, coming back."""

import asyncio
import json
import pathlib
import socket
import subprocess
import time

import pytest
from mcp_types import ResourceUpdatedNotification

import alerts
from mcp_clients import LEGACY_PYTHON, tour
from mcp_wire import Wire, meta
from test_mcp_doors import fresh
from waiting import until

HERE = pathlib.Path(__file__).resolve().parent
HTTP = {"http": {"type": "falco_http"}}
LATEST = "creance://alerts/latest"


@pytest.fixture
def running(daemon):
    """A daemon with ten alerts that asks for no token."""
    creance = daemon(HTTP, mcp={"socket": "mcp.sock"}).start()
    for number in range(10):
        assert creance.post(alerts.line(number)) == 200
    creance.settle("http", 10)
    return creance


def address(creance):
    return f"http://127.0.0.1:{creance.port}/mcp"


async def wait(client, **arguments):
    result = await client.call_tool("wait_for_alerts", arguments)
    assert not result.is_error, result.content
    return result.structured_content


async def post(creance, number):
    await asyncio.to_thread(creance.post, alerts.line(number))


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_waiting_call_is_answered_by_the_next_alert_and_goes_on_from_its_cursor(running, mode):
    async def body(client, _):
        cursor = (await client.call_tool("get_overview", {})).structured_content["stream"]["cursor"]
        waiting = asyncio.create_task(wait(client, cursor=cursor, max_wait_seconds=50, settle_ms=0))
        await asyncio.sleep(0)
        await post(running, 100)
        first = await waiting
        assert first["status"] == "alerts" and len(first["alerts"]) == 1
        # What came while nobody waited is not lost.
        await post(running, 101)
        await post(running, 102)
        seen = 0
        cursor = first["next_cursor"]
        while seen < 2:
            more = await wait(client, cursor=cursor, max_wait_seconds=50, settle_ms=0)
            assert more["status"] == "alerts"
            seen += len(more["alerts"])
            cursor = more["next_cursor"]
        assert seen == 2
        nothing = await wait(client, cursor=cursor, max_wait_seconds=1)
        assert nothing["status"] == "timeout" and nothing["alerts"] == []

    tour(address(running), mode, body)


def test_a_legacy_session_hears_of_an_alert(running):
    async def body(client, messages):
        await client.subscribe_resource(LATEST)
        await post(running, 100)
        update = await messages.get()
        assert isinstance(update, ResourceUpdatedNotification) and update.params.uri == LATEST

    tour(address(running), "legacy", body)


def test_listen_hears_of_an_alert(running):
    async def body(client, _):
        async with client.listen(resource_subscriptions=[LATEST]) as stream:
            assert stream.honored.resource_subscriptions == [LATEST]
            await post(running, 100)
            assert (await stream.__anext__()).uri == LATEST

    tour(address(running), "auto", body)


def test_a_client_of_the_legacy_era_alone(daemon):
    token, entry = fresh("soc")
    creance = daemon(HTTP, server={"tokens": [entry]}, mcp={"socket": "mcp.sock"}).start()
    with subprocess.Popen(
            [LEGACY_PYTHON, HERE / "legacy_http_tour.py", f"http://127.0.0.1:{creance.port}/mcp", token, LATEST],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
        first = client.stdout.readline()
        if first == "ready\n":
            assert creance.post(alerts.line(1)) == 200
        rest, errors = client.communicate(timeout=120)
    assert client.returncode == 0, errors[-4000:]
    seen = json.loads(rest)
    assert seen["revision"] == "2025-11-25" and len(seen["session"]) == 32
    assert seen["updated"] == LATEST and seen["unknown_tool"] == -32602 and "get_overview" in seen["tools"]


def test_a_client_that_closes_its_stream_frees_its_waiter_at_once(running):
    wire = Wire(running.port)
    params = {"name": "wait_for_alerts", "arguments": {"max_wait_seconds": 55}, "_meta": meta(progressToken="p")}

    def cancelled():
        return running.log().count("cancelled")

    lines, body = wire.modern_request("tools/call", params)
    raws = []
    for _ in range(20):
        raw = socket.create_connection(("127.0.0.1", running.port))
        head = "".join(f"{name}: {value}\r\n" for name, value in lines)
        raw.sendall(f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body)
        raws.append(raw)
    began = time.monotonic()
    for raw in raws:
        raw.close()
    until(lambda: cancelled() >= 20, what=running.log)
    # Far from the 55 seconds that they would have waited.
    assert time.monotonic() - began < 30
    assert wire.modern("tools/call", {"name": "get_overview", "arguments": {}}).status == 200


def test_a_changed_configuration_keeps_who_waits(running):
    wire = Wire(running.port)
    session = wire.initialize()
    stream = wire.modern_stream("subscriptions/listen", {"notifications": {"resourceSubscriptions": [LATEST]}})
    assert stream.message()["params"]["notifications"] == {"resourceSubscriptions": [LATEST]}
    running.config["storm"] = {"overall": {"burst": 5000, "rate": "500/s"}}
    running.write_config()
    running.process.send_signal(1)
    until(lambda: "running with the changed configuration" in running.log(), what=running.log)
    assert running.post(alerts.line(200)) == 200
    assert stream.message()["method"] == "notifications/resources/updated"
    stream.close()
    assert wire.legacy(session, "ping").result == {}
