# SPDX-License-Identifier: Apache-2.0
"""Sinks whose destination refuses, is away or has no room: nothing is lost silently, nobody else is delayed."""

import collections
import http.server
import json
import os
import pathlib
import subprocess
import threading

import pytest

import daemon as program
from daemon import violations
from waiting import until


class Receiver:
    """An HTTP receiver of one JSON array or of JSON lines, that does as `answer(records)` says; `None` cuts the
    connection."""

    def __init__(self):
        self.answer = lambda records: 200
        self.batches = []
        self.attempts = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                records = json.loads(body) if body.startswith("[") else [json.loads(line) for line in body.splitlines()]
                outer.attempts += 1
                code = outer.answer(records)
                if code is None:
                    self.close_connection = True
                    return
                if code == 200:
                    outer.batches.append(records)
                self.send_response(code)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def records(self):
        return [record for batch in self.batches for record in batch]

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


PRIORITIES = ["Debug", "Informational", "Notice", "Warning", "Error", "Critical"]


def alert(number, priority=None, filler=""):
    return {
        "hostname": f"node-{number % 7}", "output": f"alert {number}{filler}",
        "output_fields": {"evt.num": number}, "priority": priority or PRIORITIES[number % len(PRIORITIES)],
        "rule": "Terminal shell in container", "source": "syscall", "tags": [],
        "time": f"2026-05-28T20:{number // 60 % 60:02}:{number % 60:02}.{number % 10**9:09}Z",
    }


def post(running, made):
    assert running.post("\n".join(json.dumps(one) for one in made)) == 200


def make(daemon, receiver, **keys):
    running = daemon({"nodes": {"type": "falco_http", "path": "/"}})
    running.config["sinks"]["siem"] = {
        "type": "http", "url": receiver.url, "format": "creance",
        "retry": {"first": "20ms", "longest": "50ms"}, "batch": {"count": 50}, **keys,
    }
    return running


def letters(running, *arguments):
    done = subprocess.run(
        [program.BINARY, "dead-letters", *arguments], capture_output=True, text=True, timeout=60, cwd=running.folder)
    return done.returncode, done.stdout, done.stderr


def listed(running, *arguments):
    code, out, said = letters(running, "list", "--json", "--journal", "journal.db", *arguments)
    assert code == 0, said
    return [json.loads(line) for line in out.splitlines()]


def numbers(records):
    return [record["output_fields"]["evt.num"] for record in records if record["kind"] == "alert"]


def resident(running):
    """KiB of the process in RAM."""
    status = pathlib.Path(f"/proc/{running.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def test_a_destination_away_for_long_gets_everything_in_order_and_delays_nobody(daemon, receiver):
    receiver.answer = lambda records: 503
    running = make(daemon, receiver).start()
    post(running, (alert(number) for number in range(200)))
    until(lambda: len(running.alerts_seen()) == 200, what=running.log)
    until(lambda: receiver.attempts > 3)
    before = resident(running)
    total = 20_200
    for start in range(200, total, 400):
        post(running, (alert(number, filler="x" * 300) for number in range(start, start + 400)))
    # The file had everything long before the destination came back.
    until(lambda: running.metrics().total("creance_sink_accepted_total", sink="creance") == total, what=running.log)
    now = running.metrics()
    assert now.total("creance_sink_accepted_total", sink="siem") == 0
    assert now.total("creance_sink_waiting", sink="siem") >= total
    assert now.values("creance_sink_state", "state") == {"delivering", "retrying"}
    # Ten megabytes of alerts went by, and the rings may hold a few batches.
    assert resident(running) - before < 120_000
    status = running.request("GET", "/readyz")
    assert status[0] == 200 and '"state":"retrying"' in status[1] and "503" in status[1]
    receiver.answer = lambda records: 200
    until(lambda: running.metrics().total("creance_sink_waiting", sink="siem") == 0, limit=180, what=running.log)
    assert numbers(receiver.records) == list(range(total))
    assert len({record["id"] for record in receiver.records}) == len(receiver.records)
    assert not violations(running.metrics())
    running.stop()


def test_what_is_refused_is_shown_replayed_and_dropped(daemon, receiver):
    """A receiver that refuses whole batches, one record each."""
    def answer(records):
        return 400 if any(number % 5 == 0 for number in numbers(records)) else 200
    receiver.answer = answer
    running = make(daemon, receiver, batch={"count": 1}).start()
    running_posts = [alert(number) for number in range(1, 21)]
    post(running, running_posts)
    assert running.post("no json at all") in (200, 400)
    until(lambda: len(listed(running, "--sink", "siem")) == 4, what=running.log)
    found = listed(running, "--kind", "delivery")
    assert {one["sink"] for one in found} == {"siem"} and all("400" in one["reason"] for one in found)
    code, out, said = letters(running, "show", found[0]["id"], "--json", "--journal", "journal.db")
    shown = json.loads(out)
    assert code == 0 and shown["record"]["id"] == found[0]["record_id"], said
    assert shown["record"]["output_fields"]["evt.num"] % 5 == 0
    settled = running.metrics()
    assert settled.total("creance_sink_dead_letters_total", sink="siem") == 4

    # Kill −9: the letters are there, once.
    running.kill()
    running.start()
    assert [one["id"] for one in listed(running, "--sink", "siem")] == [one["id"] for one in found]

    control = ("--control", "control.sock")
    code, out, said = letters(running, "replay", found[0]["id"], *control)
    assert (code, out.strip()) == (1, "0 arrived, 1 refused again"), said
    assert listed(running, "--sink", "siem")[0]["tries"] == 2
    receiver.answer = lambda records: 200
    code, out, said = letters(running, "replay", found[1]["id"], found[2]["id"], *control)
    assert (code, out.strip()) == (0, "2 arrived"), said
    assert len(listed(running, "--sink", "siem")) == 2
    code, out, said = letters(running, "drop", found[3]["id"], *control)
    assert (code, out.strip()) == (0, "1 dropped"), said
    code, out, said = letters(running, "replay", "--sink", "siem", *control)
    assert (code, out.strip()) == (0, "1 arrived"), said
    assert listed(running, "--kind", "delivery") == []
    assert sorted(numbers(receiver.records)) == [number for number in range(1, 21)
                                                 if number != shown_number(running_posts, found[3])]

    # Input that was no alert is a letter of its own kind.
    inputs = listed(running, "--kind", "input")
    if inputs:
        assert letters(running, "replay", inputs[0]["id"], *control)[0] == 2
        assert letters(running, "drop", "--input", *control)[0] == 0
        assert listed(running) == []
    assert letters(running, "show", "d9999", "--journal", "journal.db")[0] == 1
    assert letters(running, "show", "x1", "--journal", "journal.db")[0] == 2
    assert letters(running, "replay", "d9999", *control)[0] == 1
    running.stop()
    assert letters(running, "replay", "--all", *control)[0] == 1


def shown_number(made, letter):
    """The place of a record is in its id, and the alerts came in order of their places."""
    return made[int(letter["output"]) - 1]["output_fields"]["evt.num"]


def test_a_batch_that_fails_for_too_long_is_given_up_and_can_be_sent_again(daemon, receiver):
    receiver.answer = lambda records: 503 if 3 in numbers(records) else 200
    running = make(daemon, receiver, batch={"count": 1},
                   retry={"first": "10ms", "longest": "20ms", "give_up": "1s"}).start()
    post(running, (alert(number) for number in range(1, 9)))
    until(lambda: len(listed(running)) == 1, what=running.log)
    assert "given up" in listed(running)[0]["reason"]
    until(lambda: numbers(receiver.records) == [1, 2, 4, 5, 6, 7, 8], what=running.log)
    assert "gives up a batch" in running.log() and "delivers again" not in running.log()
    receiver.answer = lambda records: 200
    assert letters(running, "replay", "--all", "--control", "control.sock")[0] == 0
    until(lambda: numbers(receiver.records)[-1] == 3)
    running.stop()


def test_beyond_its_backlog_the_lowest_priorities_go_with_a_record_of_it(daemon, receiver):
    receiver.answer = lambda records: None
    running = make(daemon, receiver, batch={"count": 10}, backlog={"size": "300KiB"}).start()
    total = 3_000
    for start in range(0, total, 300):
        post(running, (alert(number) for number in range(start, start + 300)))

    def shed(now):
        return now.total("creance_sink_shed_total", sink="siem")
    until(lambda: shed(running.metrics()) > total // 3, what=running.log)
    by_priority = {priority: running.metrics().total("creance_sink_shed_total", sink="siem", priority=priority)
                   for priority in PRIORITIES}
    assert by_priority["Debug"] > 400 and by_priority["Critical"] == 0, by_priority

    # What is shed stays shed when the process is killed.
    running.kill()
    running.start()
    receiver.answer = lambda records: 200
    until(lambda: running.metrics().total("creance_sink_waiting", sink="siem") == 0, limit=120, what=running.log)
    got = numbers(receiver.records)
    assert got == sorted(got) and len(set(got)) == len(got)
    kept = collections.Counter(PRIORITIES[number % len(PRIORITIES)] for number in got)
    assert kept["Critical"] == total // len(PRIORITIES) and kept["Debug"] < 100, kept
    gaps = [record for record in receiver.records if record["kind"] == "gap"]
    assert gaps and all(gap["reason"] == "backlog" and gap["source"] == "siem" for gap in gaps), gaps
    assert len(running.alerts_seen()) == total
    assert not violations(running.metrics())
    running.stop()


def test_a_dead_destination_does_not_hold_the_stop_beyond_its_limit(daemon, receiver):
    receiver.answer = lambda records: 503
    running = make(daemon, receiver, retry={"first": "1h", "longest": "1h"})
    running.config["server"]["drain"] = "2s"
    running.start()
    post(running, [alert(1)])
    until(lambda: receiver.attempts > 0)
    running.process.terminate()
    assert running.process.wait(timeout=30) is not None
    receiver.answer = lambda records: 200
    running.start()
    until(lambda: numbers(receiver.records) == [1], what=running.log)
    running.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_costs_a_file_nothing_once_it_is_free_again(daemon, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)], check=False)
    if mounted.returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        filler = small / "filler"
        filler.write_bytes(b"x" * (200 << 10))
        running = daemon({"nodes": {"type": "falco_http", "path": "/"}})
        running.config["sinks"]["creance"]["retry"] = {"first": "20ms", "longest": "50ms"}
        running.config["sinks"]["creance"]["path"] = str(small / "creance.json")
        running.outputs["creance"] = small / "creance.json"
        running.start()
        post(running, (alert(number, filler="y" * 200) for number in range(300)))
        until(lambda: "No space left" in running.request("GET", "/readyz")[1], what=running.log)
        filler.unlink()
        until(lambda: len(running.alerts_seen()) == 300, what=running.log)
        until(lambda: running.metrics().total("creance_sink_waiting") == 0)
        assert [record["output_fields"]["evt.num"] for record in running.alerts()] == list(range(300))
        running.stop()
    finally:
        subprocess.run(["umount", str(small)], check=False)
