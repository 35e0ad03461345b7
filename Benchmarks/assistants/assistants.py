# SPDX-License-Identifier: Apache-2.0
"""Questions over a million alerts, live alerts and idle cost, measured from the client's side of a real daemon."""

import asyncio
import collections
import datetime
import http.client
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))

import mcp  # noqa: E402

import alerts as numbered  # noqa: E402
from daemon import BINARY, Daemon  # noqa: E402
from mcp_wire import BOTH, LEGACY, MODERN, meta  # noqa: E402

LATEST = "creance://alerts/latest"
BUDGET = 24_000
ROUNDS = 40


class Lines:
    """MCP over the standard streams of `creance mcp`, which carries them to the daemon's socket; one line, one message."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [BINARY, "mcp", "--socket", str(folder / "mcp.sock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        self.next = 0

    def ask(self, method, params):
        self.next += 1
        body = {"jsonrpc": "2.0", "id": self.next, "method": method, "params": {"_meta": meta(), **params}}
        self.process.stdin.write(json.dumps(body).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Requests:
    """MCP over HTTP, on a connection that is kept."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(self, method, params):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": meta(), **params}}
        lines = {"Content-Type": "application/json", "Accept": BOTH, "MCP-Protocol-Version": MODERN,
                 "Mcp-Method": method}
        if "name" in params:
            lines["Mcp-Name"] = params["name"]
        self.connection.request("POST", "/mcp", json.dumps(body), lines)
        return json.loads(self.connection.getresponse().read())

    def close(self):
        self.connection.close()


def call(way, name, **arguments):
    """The structured result, the time it took in milliseconds, and its size in characters."""
    begin = time.perf_counter()
    answer = way.ask("tools/call", {"name": name, "arguments": arguments})
    took = (time.perf_counter() - begin) * 1000
    result = answer.get("result") or {}
    if "structuredContent" not in result or result.get("isError"):
        raise SystemExit(f"{name} {arguments}: {json.dumps(answer)[:400]}")
    return result["structuredContent"], took, len(result["content"][0]["text"])


def percentiles(times):
    times = sorted(times)
    return statistics.median(times), times[min(len(times) - 1, len(times) * 95 // 100)]


def processor_time(pid):
    """Nanoseconds on a processor, of all threads."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def share(pid, seconds=20):
    """Percent of a core."""
    time.sleep(2)
    before, begin = processor_time(pid), time.monotonic()
    time.sleep(seconds)
    return (processor_time(pid) - before) / (time.monotonic() - begin) / 1e7


def resident(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) // 1000


def make(folder, count):
    """A journal of `count` generated alerts of the last 23 hours, through the standard input of a daemon."""
    counts = {"rule": collections.Counter(), "hostname": collections.Counter()}
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=23)
    lines = folder / "alerts.jsonl"
    subprocess.run(
        [BINARY, "generate", "--count", str(count), "--hosts", "40", "--containers", "12", "--rate",
         str(max(1.0, count / (23 * 3600))), "--start", start.strftime("%Y-%m-%dT%H:%M:%SZ"), "-o", str(lines)],
        check=True)
    with open(lines, encoding="utf-8") as text:
        for line in text:
            alert = json.loads(line)
            for key, counter in counts.items():
                counter[alert[key]] += 1
    daemon = configured(folder)
    with open(lines, "rb") as text:
        daemon.start(stdin=text)
        daemon.settle("load", count, limit=3600)
        daemon.stop()
    lines.unlink()
    (folder / "counts.json").write_text(json.dumps(counts))


def configured(folder):
    daemon = Daemon(
        folder, {"load": {"type": "stdin"}, "http": {"type": "falco_http"}},
        mcp={"socket": str(folder / "mcp.sock"), "allow_writes": True})
    del daemon.config["deduplicate"], daemon.config["correlate"]
    return daemon


def row(name, target, text):
    print(f"| {name} | {target} | {text} |", flush=True)


def questions(way, name, counts, can_write=True):
    found = call(way, "search_alerts")[0]["alerts"]
    one = next((alert for alert in found if alert["untrusted"].get("output_fields", {}).get("container.id")), found[0])
    container = one["untrusted"].get("output_fields", {}).get("container.id") or "host"
    rule = json.dumps(one["rule"])
    asked = [
        ("get_overview", {}, "p95 ≤ 100"),
        ("search_alerts", {}, "≤ 1,000"),
        ("search_alerts", {"limit": 100, "min_priority": "warning"}, "≤ 1,000"),
        ("search_alerts", {"text": "a text that no alert has"}, "≤ 1,000"),
        ("search_alerts", {"when": "proc.name = no_such_program"}, "≤ 1,000"),
        ("aggregate_alerts", {}, "≤ 1,000"),
        ("aggregate_alerts", {"by": ["rule", "hostname"], "limit": 100}, "≤ 1,000"),
        ("aggregate_alerts", {"by": ["rule"], "bucket": "1h", "limit": 100}, "≤ 1,000"),
        ("aggregate_alerts", {"by": ["proc.name"]}, "≤ 1,000"),
        ("list_incidents", {}, ""),
        ("get_alert", {"id": one["id"]}, ""),
        ("get_entity", {"kind": "container", "value": container}, ""),
        ("get_process_tree", {"id": one["id"]}, ""),
        ("explain_alert", {"id": one["id"]}, ""),
        ("silence", {"when": f"rule = {rule}", "duration": "1h", "reason": "measured"}, ""),
    ]
    for tool, arguments, target in asked if can_write else asked[:-1]:
        times, size, rounds = [], 0, ROUNDS
        while len(times) < rounds:
            try:
                _, took, characters = call(way, tool, **arguments)
            except SystemExit as problem:
                row(f"{name}: {tool} {json.dumps(arguments)}", target, f"refused: {problem}")
                break
            times.append(took)
            size = max(size, characters)
            if took > 200:
                rounds = 5
        else:
            median, late = percentiles(times)
            fits = "" if size <= BUDGET else " TOO LONG"
            row(f"{name}: {tool} {json.dumps(arguments)}", target, f"{median:.1f}, p95 {late:.1f} | {size:,}{fits}")
    for key in counts:
        answer = call(way, "aggregate_alerts", by=[key], limit=100)[0]
        seen = {(group.get(key) or group.get("untrusted", {}).get(key)): group["count"] for group in answer["groups"]}
        total = sum(counts[key].values())
        right = all(counts[key].get(value) == count for value, count in seen.items())
        right = right and answer["matched"] == total and sum(seen.values()) + answer["others"] == total
        row(f"{name}: counts by {key}, {len(seen)} groups beside a plain count", "exact", "exact" if right else "WRONG")


class Posting:
    """Alerts posted one by one; when each was begun, and when it was answered, that is, in the journal."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.number = time.time_ns() // 1_000_000

    def post(self):
        self.number += 1
        begin = time.perf_counter()
        self.connection.request("POST", "/", numbered.line(self.number), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 200
        return begin, time.perf_counter()


def told(name, spans):
    """`spans`: (posted, journaled, told)."""
    whole = percentiles([(end - begin) * 1000 for begin, _, end in spans])
    since = percentiles([(end - stored) * 1000 for _, stored, end in spans])
    row(name, "≤ 100 from journaled",
        f"{since[0]:.1f}, p95 {since[1]:.1f} from the answer to POST; {whole[0]:.1f}, p95 {whole[1]:.1f} from its start")


async def live(daemon, folder):
    posting = Posting(daemon.port)
    for name, make_way in (("socket", lambda: Lines(folder)), ("HTTP", lambda: Requests(daemon.port))):
        way, spans = make_way(), []
        cursor = call(way, "get_overview")[0]["stream"]["cursor"]
        for _ in range(30):
            waiting = asyncio.create_task(asyncio.to_thread(
                call, way, "wait_for_alerts", cursor=cursor, settle_ms=0, max_wait_seconds=30))
            await asyncio.sleep(0.1)
            begin, stored = await asyncio.to_thread(posting.post)
            answer, _, _ = await waiting
            spans.append((begin, stored, time.perf_counter()))
            assert answer["status"] == "alerts", answer
            cursor = answer["next_cursor"]
        told(f"{name}: wait_for_alerts, settle_ms 0", spans)
        way.close()
    server = mcp.StdioServerParameters(command=BINARY, args=["mcp", "--socket", str(folder / "mcp.sock")])
    for where, address in (("socket", server), ("HTTP", f"http://127.0.0.1:{daemon.port}/mcp")):
        for mode, revision in (("legacy", LEGACY), ("auto", MODERN)):
            messages, spans = asyncio.Queue(), []
            async with mcp.Client(address, mode=mode, message_handler=messages.put) as client:
                assert client.protocol_version == revision

                async def rounds(next_update):
                    for _ in range(12):
                        # More than one a second is not told.
                        await asyncio.sleep(1.2)
                        heard = asyncio.create_task(next_update())
                        await asyncio.sleep(0)
                        begin, stored = await asyncio.to_thread(posting.post)
                        await asyncio.wait_for(heard, 30)
                        spans.append((begin, stored, time.perf_counter()))
                if mode == "legacy":
                    await client.subscribe_resource(LATEST)
                    await rounds(messages.get)
                else:
                    async with client.listen(resource_subscriptions=[LATEST]) as stream:
                        await rounds(stream.__anext__)
            told(f"{where}: notification of a subscription, {revision}", spans)


def idle(daemon, folder):
    pid = daemon.process.pid
    row("idle daemon, MCP on, nobody connected", "", f"{share(pid):.2f} % of a core")
    way = Lines(folder)
    call(way, "get_overview")
    row("the same with one idle client", "", f"{share(pid):.2f} %; the bridge {share(way.process.pid, 5):.2f} %")
    way.close()
    tail = subprocess.Popen([BINARY, "tail", "-f", "--journal", str(folder / "journal.db")], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    time.sleep(1)
    if tail.poll() is not None:
        raise SystemExit(f"creance tail -f ended with {tail.returncode}")
    row("creance tail -f, nothing happens", "≤ 0.3 %", f"{share(tail.pid):.2f} %")
    tail.terminate()
    tail.wait()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    given = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
    folder = given or pathlib.Path(tempfile.mkdtemp(prefix="assistants-"))
    folder.mkdir(exist_ok=True)
    daemon = None
    try:
        if not (folder / "counts.json").exists():
            make(folder, count)
        counts = json.loads((folder / "counts.json").read_text())
        daemon = configured(folder).start()
        print("| what | target, ms | median and p95, ms | characters |", flush=True)
        before = resident(daemon.process.pid)
        way = Lines(folder)
        first = [call(way, "get_overview")[1] for _ in range(3)]
        row("get_overview, the first three after the start", "second ≤ 100", ", ".join(f"{each:.1f}" for each in first))
        row("resident memory before anybody came, and then", "", f"{before}, {resident(daemon.process.pid)} MB")
        questions(way, "socket", counts)
        way.close()
        way = Requests(daemon.port)
        # Who comes without a token may not change anything.
        questions(way, "HTTP", counts, can_write=False)
        way.close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            asyncio.run(live(daemon, folder))
        # Alerts that were posted are in no plain count.
        (folder / "counts.json").unlink()
        idle(daemon, folder)
        row("resident memory at the end", "", f"{resident(daemon.process.pid)} MB")
        daemon.stop()
    finally:
        if daemon and daemon.is_running:
            daemon.kill()
        if not given:
            shutil.rmtree(folder)


main()
