# SPDX-License-Identifier: Apache-2.0
"""Run with the Python of .venv-legacy: a client that knows only the legacy eras, over HTTP. `URL TOKEN RESOURCE`.

Prints `ready` when it has subscribed to the resource, and, when it has heard of a change, what it saw as JSON.
"""

import asyncio
import json
import sys

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from mcp.shared.exceptions import McpError
from pydantic import AnyUrl

address, token, resource = sys.argv[1:]


async def tour():
    seen = {}
    updates = asyncio.Queue()

    async def note(message):
        root = getattr(message, "root", message)
        if type(root).__name__ == "ResourceUpdatedNotification":
            await updates.put(str(root.params.uri))

    headers = {"Authorization": f"Bearer {token}"} if token else None
    async with streamablehttp_client(address, headers=headers) as (read, write, session_id):
        async with ClientSession(read, write, message_handler=note) as session:
            started = await session.initialize()
            seen["revision"] = started.protocolVersion
            seen["session"] = session_id()
            await session.send_ping()
            seen["tools"] = [tool.name for tool in (await session.list_tools()).tools]
            seen["resources"] = [str(one.uri) for one in (await session.list_resources()).resources]
            try:
                await session.call_tool("no_such_tool", {})
            except McpError as error:
                seen["unknown_tool"] = error.error.code
            await session.subscribe_resource(AnyUrl(resource))
            print("ready", flush=True)
            seen["updated"] = await updates.get()
            seen["read"] = (await session.read_resource(AnyUrl(resource))).contents[0].text[:200]
    return seen

print(json.dumps(asyncio.run(asyncio.wait_for(tour(), 120))))
