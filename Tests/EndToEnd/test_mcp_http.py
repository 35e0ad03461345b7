# SPDX-License-Identifier: Apache-2.0
"""A real MCP client over Streamable HTTP, in every way it negotiates, against the fixture server and the product."""

import asyncio
import subprocess

import pytest
from mcp_types import PromptReference, ResourceUpdatedNotification

from mcp_clients import FIXTURE, error_code, tour

LATEST = "fixture://latest"
MODES = [("legacy", "2025-11-25"), ("auto", "2026-07-28"), ("2026-07-28", "2026-07-28")]


@pytest.fixture(scope="module")
def address():
    with subprocess.Popen([FIXTURE, "http"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/mcp"
        process.stdin.close()
        assert process.wait(20) == 0


async def state(client, **wanted):
    """Asks until the server says that."""
    while True:
        now = (await client.call_tool("state", {})).structured_content
        if wanted.items() <= now.items():
            return now


@pytest.mark.parametrize("mode, revision", MODES)
def test_everything_a_server_offers(address, mode, revision):
    async def body(client, _):
        assert client.protocol_version == revision
        assert "echo" in [tool.name for tool in (await client.list_tools()).tools]
        assert [one.uri for one in (await client.list_resources()).resources] == [LATEST]
        assert len((await client.list_resource_templates()).resource_templates) == 1
        assert [one.name for one in (await client.list_prompts()).prompts] == ["greet"]
        echoed = await client.call_tool("echo", {"text": "h\u00e4\u2028\u0085"})
        assert echoed.structured_content == {"text": "h\u00e4\u2028\u0085"} and not echoed.is_error
        wrong = await client.call_tool("echo", {})
        assert wrong.is_error and "text is missing" in wrong.content[0].text
        assert (await client.call_tool("fail", {})).is_error
        assert await error_code(client.call_tool("none", {})) == -32602
        assert (await client.read_resource("fixture://item/7")).contents[0].text == "here"
        assert await error_code(client.read_resource("fixture://none")) == (-32002 if mode == "legacy" else -32602)
        greeting = await client.get_prompt("greet", {"who": "Anna"})
        assert greeting.messages[0].content.text == "Greet Anna."
        suggested = await client.complete(
            PromptReference(type="ref/prompt", name="greet"), {"name": "who", "value": "a"})
        assert suggested.completion.values == ["anna"]

    tour(address, mode, body)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_long_call_tells_its_progress_and_is_cancelled(address, mode):
    async def body(client, _):
        told = asyncio.Event()

        async def progress(value, total, message):
            assert (value, total, message) == (1, 2, "waiting")
            told.set()

        call = asyncio.create_task(client.call_tool("wait", {}, progress_callback=progress))
        await told.wait()
        await state(client, waiting=1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await state(client, waiting=0)
        assert (await client.call_tool("echo", {"text": "on"})).structured_content == {"text": "on"}

    tour(address, mode, body)


def test_many_calls_wait_side_by_side(address):
    async def body(client, _):
        calls = [asyncio.create_task(client.call_tool("wait", {})) for _ in range(10)]
        await state(client, waiting=10)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await state(client, waiting=0)

    tour(address, "auto", body)


def test_a_legacy_session_hears_of_its_subscription(address):
    async def body(client, messages):
        await client.send_ping()
        await client.set_logging_level("info")
        await client.subscribe_resource(LATEST)
        await client.call_tool("touch", {})
        update = await messages.get()
        assert isinstance(update, ResourceUpdatedNotification) and update.params.uri == LATEST
        await client.unsubscribe_resource(LATEST)
        assert await error_code(client.subscribe_resource("fixture://none")) == -32002

    tour(address, "legacy", body)


def test_listen_is_acknowledged_hears_of_a_change_and_ends_with_its_client(address):
    async def body(client, _):
        wanted = [LATEST, "fixture://none"]
        async with client.listen(resource_subscriptions=wanted, tools_list_changed=True) as stream:
            assert stream.honored.resource_subscriptions == [LATEST]
            assert not stream.honored.tools_list_changed
            await client.call_tool("touch", {})
            assert (await stream.__anext__()).uri == LATEST
            await state(client, watching=1)
        await state(client, watching=0)

    tour(address, "auto", body)
