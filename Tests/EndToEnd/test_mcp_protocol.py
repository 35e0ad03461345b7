# SPDX-License-Identifier: Apache-2.0
"""A real MCP client against the fixture server built on MCPProtocol, over stdio, in every way it negotiates."""

import asyncio

import mcp
import pytest
from mcp_types import PromptReference

from mcp_clients import FIXTURE, error_code, tour

LATEST = "fixture://latest"

SERVER = mcp.StdioServerParameters(command=FIXTURE)


@pytest.mark.parametrize("mode, revision", [
    ("legacy", "2025-11-25"), ("auto", "2026-07-28"), ("2026-07-28", "2026-07-28")])
def test_everything_a_server_offers(mode, revision):
    async def body(client, _):
        assert client.protocol_version == revision
        assert [tool.name for tool in (await client.list_tools()).tools] == ["echo", "touch", "wait", "state", "fail"]
        assert [one.uri for one in (await client.list_resources()).resources] == [LATEST]
        assert len((await client.list_resource_templates()).resource_templates) == 1
        assert [one.name for one in (await client.list_prompts()).prompts] == ["greet"]
        echoed = await client.call_tool("echo", {"text": "h\u00e4\u2028\u0085"})
        assert echoed.structured_content == {"text": "h\u00e4\u2028\u0085"} and not echoed.is_error
        wrong = await client.call_tool("echo", {})
        assert wrong.is_error and "text is missing" in wrong.content[0].text
        assert await error_code(client.call_tool("none", {})) == -32602
        assert (await client.read_resource("fixture://item/7")).contents[0].text == "here"
        missing = await error_code(client.read_resource("fixture://none"))
        assert missing == (-32002 if mode == "legacy" else -32602)
        greeting = await client.get_prompt("greet", {"who": "Anna"})
        assert greeting.messages[0].content.text == "Greet Anna."
        suggested = await client.complete(
            PromptReference(type="ref/prompt", name="greet"), {"name": "who", "value": "a"})
        assert suggested.completion.values == ["anna"]

    tour(SERVER, mode, body)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_long_call_tells_its_progress_and_is_cancelled(mode):
    async def body(client, _):
        told = asyncio.Event()

        async def progress(value, total, message):
            assert (value, total, message) == (1, 2, "waiting")
            told.set()

        call = asyncio.create_task(client.call_tool("wait", {}, progress_callback=progress))
        await told.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await client.call_tool("echo", {"text": "on"})).structured_content == {"text": "on"}

    tour(SERVER, mode, body)


def test_a_legacy_session_hears_of_its_subscription():
    async def body(client, messages):
        await client.send_ping()
        await client.set_logging_level("info")
        await client.subscribe_resource(LATEST)
        await client.call_tool("touch", {})
        update = await messages.get()
        assert update.params.uri == LATEST
        await client.unsubscribe_resource(LATEST)
        assert await error_code(client.subscribe_resource("fixture://none")) == -32002

    tour(SERVER, "legacy", body)


def test_listen_is_acknowledged_and_hears_of_a_change():
    async def body(client, _):
        wanted = [LATEST, "fixture://none"]
        async with client.listen(resource_subscriptions=wanted, tools_list_changed=True) as stream:
            assert stream.honored.resource_subscriptions == [LATEST]
            assert not stream.honored.tools_list_changed
            await client.call_tool("touch", {})
            assert (await stream.__anext__()).uri == LATEST

    tour(SERVER, "auto", body)
