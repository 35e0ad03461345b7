# SPDX-License-Identifier: Apache-2.0
"""Run with the Python of .venv-legacy: a tour with a client that knows only the legacy era; prints what it saw as JSON."""

import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.shared.exceptions import McpError
from pydantic import AnyUrl

command, *uris = sys.argv[1:]
command = json.loads(command)


async def tour():
    seen = {}
    updates = asyncio.Queue()

    async def note(message):
        root = getattr(message, "root", message)
        if type(root).__name__ == "ResourceUpdatedNotification":
            await updates.put(str(root.params.uri))

    async with stdio_client(StdioServerParameters(command=command[0], args=command[1:])) as (read, write):
        async with ClientSession(read, write, message_handler=note) as session:
            started = await session.initialize()
            seen["revision"] = started.protocolVersion
            seen["name"] = started.serverInfo.name
            seen["has_instructions"] = bool(started.instructions)
            await session.send_ping()
            capabilities = started.capabilities
            if capabilities.tools:
                tools = (await session.list_tools()).tools
                seen["tools"] = [tool.name for tool in tools]
                if "get_overview" in seen["tools"]:
                    overview = await session.call_tool("get_overview", {})
                    seen["overview"] = overview.structuredContent
            if capabilities.resources:
                seen["resources"] = [str(one.uri) for one in (await session.list_resources()).resources]
                if "creance://alerts/latest" in seen["resources"]:
                    read = await session.read_resource(AnyUrl("creance://alerts/latest"))
                    seen["latest"] = read.contents[0].text[:200]
                    await session.subscribe_resource(AnyUrl("creance://alerts/latest"))
                    await session.unsubscribe_resource(AnyUrl("creance://alerts/latest"))
            if capabilities.prompts:
                seen["prompts"] = [one.name for one in (await session.list_prompts()).prompts]
            try:
                await session.call_tool("no_such_tool", {})
            except McpError as error:
                seen["unknown_tool"] = error.error.code
    return seen

print(json.dumps(asyncio.run(asyncio.wait_for(tour(), 120))))
