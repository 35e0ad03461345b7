# SPDX-License-Identifier: Apache-2.0
"""Every tool over a large journal: results within their budget and their schemas, counts exact, nothing lost meanwhile.

30,000 alerts; CREANCE_MILLION=1 makes it a million. Nothing here is timed: Benchmarks/assistants measures."""

import asyncio
import collections
import datetime
import json
import os
import subprocess
import warnings

import jsonschema
import mcp
import pytest

from daemon import BINARY

COUNT = 1_000_000 if os.environ.get("CREANCE_MILLION") == "1" else 30_000
BUDGET = 24_000
SOURCES = {"load": {"type": "stdin"}, "http": {"type": "falco_http"}}


def generated(path):
    """Writes COUNT alerts of the last 23 hours, and counts what a reader of the lines counts."""
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=23)
    subprocess.run(
        [BINARY, "generate", "--count", str(COUNT), "--hosts", "40", "--containers", "12", "--rate",
         str(COUNT / (23 * 3600)), "--start", start.strftime("%Y-%m-%dT%H:%M:%SZ"), "-o", str(path)], check=True)
    counts = {key: collections.Counter() for key in ("rule", "hostname", "source", "priority", "proc.name")}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            alert = json.loads(line)
            for key, counter in counts.items():
                counter[alert[key] if key in alert else alert["output_fields"].get(key)] += 1
    return counts


def value(group, key):
    """What a group is of: trusted on top, what a workload chose under `untrusted`."""
    return group[key] if key in group else group.get("untrusted", {}).get(key)


def priority(text):
    return text.lower() if isinstance(text, str) else text


@pytest.mark.timeout(3600)
def test_every_tool_answers_within_its_budget_and_counts_exactly(daemon, tmp_path):
    lines = tmp_path / "alerts.jsonl"
    counts = generated(lines)
    creance = daemon(SOURCES, mcp={"socket": "mcp.sock", "allow_writes": True})
    # As it is without a configuration: repeats are held back, incidents found.
    del creance.config["deduplicate"], creance.config["correlate"]
    with open(lines, "rb") as text:
        creance.start(stdin=text)
    creance.settle("load", COUNT, limit=3000)

    async def asking():
        server = mcp.StdioServerParameters(command=BINARY, args=["mcp", "--socket", str(creance.folder / "mcp.sock")])
        async with mcp.Client(server) as client:
            await questions(client, counts)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asyncio.run(asking())
    # Nobody was held up: it still takes alerts, and all of them are accounted for.
    creance.settle("load", COUNT)


async def questions(client, counts):
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    asked = set()

    async def ask(name, **arguments):
        asked.add(name)
        result = await client.call_tool(name, arguments)
        assert not result.is_error, (name, arguments, result.content)
        found = result.structured_content
        if tools[name].output_schema:
            jsonschema.Draft202012Validator(tools[name].output_schema).validate(found)
        assert len(json.dumps(found, ensure_ascii=False, separators=(",", ":"))) <= BUDGET, (name, arguments)
        for part in result.content:
            assert len(getattr(part, "text", "")) <= BUDGET, (name, arguments)
        return found

    async def refusable(name, **arguments):
        """A question whose answer may be too long: then it says so, and how to ask for less."""
        asked.add(name)
        result = await client.call_tool(name, arguments)
        for part in result.content:
            assert 0 < len(getattr(part, "text", "")) <= BUDGET, (name, arguments)
        return result

    overview = await ask("get_overview")
    assert overview["alerts"] == COUNT
    assert sum(overview["by_priority"].values()) == COUNT

    for key, counter in counts.items():
        answer = await ask("aggregate_alerts", by=[key], limit=100)
        assert answer["matched"] == COUNT and answer["distinct"] == len(counter), key
        groups = {value(group, key): group["count"] for group in answer["groups"]}
        if key == "priority":
            groups = {priority(name): count for name, count in groups.items()}
            counter = {priority(name): count for name, count in counter.items()}
        for name, count in groups.items():
            assert counter.get(name) == count, (key, name)
        assert sum(groups.values()) + answer["others"] == COUNT
        if len(counter) <= 100 and not answer["truncated"]:
            assert groups == dict(counter)

    first = await ask("search_alerts")
    assert first["matched"] == COUNT and first["has_more"] and first["alerts"]
    await ask("aggregate_alerts")
    seen = {alert["id"] for alert in first["alerts"]}
    assert len(seen) == len(first["alerts"])
    more = await ask("search_alerts", cursor=first["next_cursor"])
    assert more["alerts"] and not seen & {alert["id"] for alert in more["alerts"]}
    for detail in ("brief", "normal", "full"):
        await refusable("search_alerts", limit=100, detail=detail)
    nothing = await ask("search_alerts", when="proc.name = no_such_program")
    # Not counted where every alert must be opened.
    assert nothing["matched"] in (0, None) and nothing["alerts"] == []

    for alert in first["alerts"][:5]:
        found = await ask("get_alert", id=alert["id"])
        assert alert["id"] in json.dumps(found)
        await ask("explain_alert", id=alert["id"])
        await ask("get_process_tree", id=alert["id"])
        fields = alert["untrusted"].get("output_fields", {})
        for kind, field in (("container", "container.id"), ("process", "proc.name"), ("user", "user.name")):
            if fields.get(field):
                await ask("get_entity", kind=kind, value=fields[field])
    await ask("get_entity", kind="host", value=first["alerts"][0]["untrusted"]["hostname"])

    incidents = await ask("list_incidents")
    for incident in incidents["incidents"][:5]:
        await ask("get_incident", id=incident["id"])

    dry = await ask("silence", when=f"rule = {json.dumps(first['alerts'][0]['rule'])}", duration="1h", reason="a test")
    assert dry["status"] == "dry_run"
    waited = await ask("wait_for_alerts", cursor=overview["stream"]["cursor"], max_wait_seconds=0)
    assert waited["status"] in ("timeout", "alerts")

    # What needs no alert, and no Falco: no tool is left out.
    for name in sorted(set(tools) - asked):
        if not tools[name].input_schema.get("required"):
            await refusable(name)
