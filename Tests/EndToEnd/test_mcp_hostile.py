# SPDX-License-Identifier: Apache-2.0
"""Hostile text in every field of an alert × everything that an assistant is sent, by a real client over stdio.

No character that steers, hides or turns text around, nothing of a secret, no text of a workload outside `untrusted`, and
the catalogue byte for byte the same before and after.
"""

import asyncio
import json
import pathlib
import unicodedata

import pytest

import alerts
from mcp_clients import Recording

HOSTILE = pathlib.Path(__file__).resolve().parents[1] / "Hostile"
HTTP = {"http": {"type": "falco_http"}}
# In every text of a workload: wherever it is seen, text of a workload is seen.
MARK = "zqxvkj"
BATCH = 40


def corpus(name):
    return json.loads((HOSTILE / f"{name}.json").read_text())


TEXTS = [one["text"] * one.get("times", 1) for one in corpus("strings")]
INSTRUCTIONS = corpus("instructions")
SECRETS = corpus("secrets")


def hostile(number, text, everywhere=False):
    """An alert that says `text` in each field a workload has a say in, or in every field there is."""
    marked = f"{MARK} {text[:3000]}"
    body = alerts.document(number, filler=1)
    body["output"] = marked
    body["hostname"] = marked[:200]
    fields = ("proc.cmdline", "proc.name", "proc.pname", "proc.exepath", "user.name", "fd.name", "container.id",
              "container.name", "container.image.repository", "k8s.ns.name", "k8s.pod.name", "evt.arg.path")
    body["output_fields"].update({field: marked for field in fields})
    body["output_fields"][f"custom.{text[:10]}"] = marked
    if everywhere:
        body["rule"] = body["source"] = text[:200]
        body["tags"] = [text[:200]]
    # A surrogate without a partner cannot be in a document.
    return json.dumps(body).encode("utf-8", "replace").decode()


def hostile_lines():
    texts = TEXTS + [one["text"] for one in INSTRUCTIONS] + [one["text"] for one in SECRETS]
    lines = [hostile(number, text) for number, text in enumerate(texts)]
    return lines + [hostile(len(texts) + number, text, everywhere=True) for number, text in enumerate(texts)]


def is_invisible(character):
    if unicodedata.category(character) in ("Cc", "Cf", "Co", "Zl", "Zp"):
        return True
    return 0xFE00 <= ord(character) <= 0xFE0F or 0xE0000 <= ord(character) <= 0xE0FFF or ord(character) & 0xFFFE == 0xFFFE


def strings(value, path=()):
    """All texts of a message, names of members included, with the way to them."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for one in value:
            yield from strings(one, path)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield path, name
            yield from strings(one, (*path, name))


def check_messages(recording):
    """Everything the server wrote."""
    seen = 0
    for direction, line in recording.messages():
        if direction == "in":
            continue
        assert all(ord(character) >= 0x20 and ord(character) != 0x7F for character in line.rstrip("\n")), line[:300]
        message = json.loads(line)
        for path, text in strings(message):
            # Constant pages and prompts have lines.
            found = [hex(ord(one)) for one in text if one != "\n" and is_invisible(one)]
            assert not found, (path, found, text[:300])
            if "\n" in text:
                assert MARK not in text, (path, text[:300])
            for one in SECRETS:
                assert one["secret"] not in text, (one["name"], path, text[:300])
        if "method" in message:
            assert MARK not in line, line[:300]
        elif "error" in message:
            assert MARK not in line, line[:300]
        else:
            seen += check_result(message["result"])
    return seen


def check_result(result):
    """Text of a workload stands under `untrusted` alone; gives back how often it was seen."""
    seen = 0
    structured = [result["structuredContent"]] if result.get("structuredContent") else []
    for content in result.get("contents", []):
        if content.get("mimeType") == "application/json":
            structured.append(json.loads(content["text"]))
        assert MARK not in content["uri"]
    for one in structured:
        for path, text in strings(one):
            if MARK in text:
                seen += 1
                assert "untrusted" in path, (path, text[:300])
    # The text form is the same document, or constant.
    for content in result.get("content", []):
        if result.get("isError"):
            assert MARK not in content["text"], content["text"][:300]
        elif MARK in content["text"]:
            assert json.loads(content["text"]) == result["structuredContent"]
    for key in ("tools", "resources", "resourceTemplates", "prompts", "messages", "description", "completion"):
        if key in result:
            assert MARK not in json.dumps(result[key]), key
    return seen


async def catalogue(client):
    """All that is shown before anything is asked, as the client got it."""
    shown = {"instructions": client.instructions, "tools": await client.list_tools()}
    if client.server_capabilities.resources:
        shown["resources"] = await client.list_resources()
        shown["templates"] = await client.list_resource_templates()
    if client.server_capabilities.prompts:
        shown["prompts"] = await client.list_prompts()
    return json.dumps({name: one if isinstance(one, str) else one.model_dump(mode="json") for name, one in shown.items()})


def calls(ids, incidents):
    """Calls that show as much of the alerts as each tool can."""
    yield from (("get_overview", {}), ("list_incidents", {"detail": "full"}), ("falco_get_version", {}))
    for column in ("rule", "hostname", "container.id", "proc.cmdline", "source", "tags", "user.name", "fd.name"):
        yield "aggregate_alerts", {"by": [column], "limit": 100}
        yield "aggregate_alerts", {"by": [column, "priority"], "limit": 10}
    yield "search_alerts", {"text": MARK, "limit": 5, "detail": "full"}
    yield "search_alerts", {"when": "manipulation_suspected = true", "limit": 100}
    yield "wait_for_alerts", {"max_wait_seconds": 1, "limit": 20}
    for kind in ("container", "host", "user", "process", "pod", "image", "namespace", "address"):
        for text in (TEXTS[0], INSTRUCTIONS[0]["text"], SECRETS[0]["text"]):
            yield "get_entity", {"kind": kind, "value": f"{MARK} {text}"[:200]}
    for one in ids:
        for tool in ("get_alert", "explain_alert", "get_process_tree"):
            yield tool, {"id": one}
        yield "get_alert", {"id": one, "detail": "full"}
    for one in incidents:
        yield "get_incident", {"id": one, "detail": "full"}


async def search_all(client, detail):
    """Every alert, page by page; gives back what was found."""
    found, cursor = [], {}
    while True:
        page = await client.call_tool("search_alerts", {"limit": 50, "detail": detail, **cursor})
        assert not page.is_error, page.content
        assert len(json.dumps(page.structured_content, ensure_ascii=False)) <= 30_000
        found += page.structured_content["alerts"]
        if not page.structured_content["has_more"]:
            return found
        cursor = {"cursor": page.structured_content["next_cursor"]}


async def tour(client):
    tools = {tool.name for tool in (await client.list_tools()).tools}
    found = []
    if "search_alerts" in tools:
        for detail in ("brief", "full"):
            found = await search_all(client, detail)
        suspected = [alert for alert in found if alert["manipulation_suspected"]]
        # Each instruction was sent twice.
        assert len(suspected) >= 2 * len(INSTRUCTIONS)
        assert all(alert["reasons"] for alert in suspected)
        assert sum(alert.get("redactions", 0) for alert in found) >= 2 * len(SECRETS)
    incidents = []
    if "list_incidents" in tools:
        listed = await client.call_tool("list_incidents", {})
        incidents = [one["record"]["subject"] for one in listed.structured_content["incidents"]]
    for tool, arguments in calls([alert["id"] for alert in found[::20]], incidents[:5]):
        if tool in tools:
            await client.call_tool(tool, arguments)
    # Wrong arguments that quote what an alert says.
    for tool in tools & {"search_alerts", "get_alert", "aggregate_alerts"}:
        assert (await client.call_tool(tool, {"when": "proc.nam = x", "id": "none", "by": ["rul"]})).is_error
    if client.server_capabilities.resources:
        await read_all(client, [alert["id"] for alert in found[::20]], incidents)
    if client.server_capabilities.prompts:
        arguments = {"min_priority": "error", "incident": "0" * 32, "hypothesis": "a miner runs", "hours": "8",
                     "rule": "Terminal shell in container"}
        for prompt in (await client.list_prompts()).prompts:
            given = {one.name: arguments[one.name] for one in prompt.arguments or []}
            await client.get_prompt(prompt.name, given)
    return len(found)


async def read_all(client, ids, incidents):
    uris = [resource.uri for resource in (await client.list_resources()).resources]
    uris += [f"creance://alerts/{one}" for one in ids] + [f"creance://incidents/{one}" for one in incidents]
    uris += ["creance://alerts/priority/critical", "creance://alerts/query/manipulation_suspected%20%3D%20true"]
    for uri in uris:
        read = await client.read_resource(uri)
        assert read.contents[0].text


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_hostile_alerts_reach_an_assistant_as_visible_evidence(daemon, tmp_path, mode):
    one = daemon(HTTP, mcp={"socket": "mcp.sock"}, deduplicate={"enabled": False}).start()
    assert one.post(alerts.line(0)) == 200
    one.settle("http", 1)
    lines = hostile_lines()
    # New ones: the same again would be transport duplicates.
    later = "\n".join(hostile(1_000 + number, one["text"]) for number, one in enumerate(INSTRUCTIONS))
    shown = []

    async def before(client, _):
        shown.append(await catalogue(client))

    async def after(client, _):
        shown.append(await catalogue(client))
        assert await tour(client) in (0, len(lines) + 1)

    async def live(client, messages):
        if not client.server_capabilities.resources:
            return
        uris = ["creance://alerts/latest", "creance://statistics", "creance://alerts/priority/critical"]
        if mode == "legacy":
            for uri in uris:
                await client.subscribe_resource(uri)
            assert await asyncio.to_thread(one.post, later) == 200
            await messages.get()
        else:
            async with client.listen(resource_subscriptions=uris) as stream:
                assert await asyncio.to_thread(one.post, later) == 200
                await stream.__anext__()

    def run(name, body):
        folder = tmp_path / name
        folder.mkdir()
        recording = Recording(folder, "--socket", one.folder / "mcp.sock")
        recording.run(mode, body)
        return check_messages(recording)

    run("before", before)
    for first in range(0, len(lines), BATCH):
        assert one.post("\n".join(lines[first:first + BATCH])) == 200
    one.settle("http", len(lines) + 1)
    assert run("after", after) > 0
    assert shown[0] == shown[1]
    run("live", live)
