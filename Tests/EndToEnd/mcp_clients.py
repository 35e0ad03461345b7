# SPDX-License-Identifier: Apache-2.0
"""Real MCP clients against `creance mcp`, every message recorded and checked against its revision's schema."""

import asyncio
import json
import os
import pathlib
import subprocess
import sys
import warnings

import mcp
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import methods

import daemon

HERE = pathlib.Path(__file__).resolve().parent
LEGACY_PYTHON = HERE.parents[1] / ".venv-legacy/bin/python"
VERSION = "io.modelcontextprotocol/protocolVersion"
LIMIT = 240
# The server of Tests/MCPFixtureServer: built by `swift build`, with the tests.
FIXTURE = os.environ.get("CREANCE_MCP_FIXTURE", str(HERE.parents[1] / ".build/debug/mcp-fixture"))


def tour(server, mode, body):
    """Runs `body(client, messages)` with a client that validates every message against its revision's schema.

    `server`: an address of /mcp, or what to start."""
    async def session():
        messages = asyncio.Queue()
        async with mcp.Client(server, mode=mode, message_handler=messages.put) as client:
            await body(client, messages)

    with warnings.catch_warnings():
        # The client calls the legacy era's methods deprecated; they are what is tested.
        warnings.simplefilter("ignore")
        asyncio.run(asyncio.wait_for(session(), LIMIT))


class Recording:
    """What one `creance mcp` and its client said to each other."""

    def __init__(self, folder, *arguments, cwd=None):
        self.path = pathlib.Path(folder) / "messages.log"
        self.cwd = cwd
        self.command = [sys.executable, str(HERE / "mcp_tee.py"), str(self.path), daemon.BINARY, "mcp",
                        *map(str, arguments)]

    def run(self, mode, body):
        """`body(client, messages)` with a client of the current library; then everything said is checked."""
        tour(mcp.StdioServerParameters(command=self.command[0], args=self.command[1:], cwd=self.cwd), mode, body)
        return self.check()

    def run_legacy(self, *arguments):
        """legacy_tour.py with the client of the legacy era alone; gives back what it printed, as JSON."""
        done = subprocess.run(
            [str(LEGACY_PYTHON), str(HERE / "legacy_tour.py"), json.dumps(self.command), *arguments], cwd=self.cwd,
            capture_output=True, timeout=LIMIT, check=False)
        assert done.returncode == 0, done.stderr.decode()[-4000:]
        self.check()
        return json.loads(done.stdout)

    def messages(self):
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def check(self):
        """Every line from the server is a message that its revision allows; gives back the methods that were answered."""
        asked, negotiated, answered = {}, None, []
        for direction, line in self.messages():
            assert line.endswith("\n"), line
            message = json.loads(line)
            assert message["jsonrpc"] == "2.0"
            if direction == "in":
                if "id" in message and "method" in message:
                    meta = message.get("params", {}).get("_meta", {})
                    asked[json.dumps(message["id"])] = (message["method"], meta.get(VERSION))
                continue
            assert all(mark not in line for mark in "\u0085\u2028\u2029"), "a line end of SSE"
            if "method" in message:
                meta = message.get("params", {}).get("_meta", {})
                modern = "io.modelcontextprotocol/subscriptionId" in meta
                version = "2026-07-28" if modern or negotiated is None else negotiated
                methods.parse_server_notification(message["method"], version, message.get("params"))
                continue
            method, version = asked.pop(json.dumps(message["id"]))
            if "error" in message:
                assert isinstance(message["error"]["code"], int) and message["error"]["message"]
                continue
            if method == "initialize":
                negotiated = message["result"]["protocolVersion"]
            methods.validate_server_result(method, version or negotiated, message["result"])
            answered.append(method)
        return answered


async def error_code(call):
    """The code of the error that a call ends in."""
    with pytest.raises(MCPError) as caught:
        await call
    return caught.value.error.code
