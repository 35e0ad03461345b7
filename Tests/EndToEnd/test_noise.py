# SPDX-License-Identifier: Apache-2.0
"""Silences at run time, storm control and routes in a running daemon: what leaves, what is kept, what is counted."""

import json
import subprocess

import daemon as program
from waiting import until


def alert(number, host="node-1", rule="Terminal shell in container", priority="Notice"):
    return {
        "hostname": host, "output": f"alert {number}",
        "output_fields": {"container.id": f"c{number}", "evt.num": number}, "priority": priority, "rule": rule,
        "source": "syscall", "tags": [], "time": f"2026-05-28T20:26:{number % 60:02}.{number:09}Z",
    }


def make(daemon, **rest):
    """A daemon that looks for no incidents: what is seen here comes of nothing else."""
    made = daemon({"nodes": {"type": "falco_http", "path": "/"}}, **rest)
    made.config["correlate"] = {"rules": []}
    return made


def post(daemon, *made):
    assert daemon.post("\n".join(json.dumps(one) for one in made)) == 200


def silence(daemon, *arguments):
    done = subprocess.run(
        [program.BINARY, "silence", *arguments, "--control", str(daemon.folder / "control.sock")],
        capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def fates(daemon, **expected):
    """Waits until the counted fates are these."""
    def counted():
        now = daemon.metrics()
        return {name: now.total("creance_alerts_decided_total", fate=name) for name in expected} == expected
    until(counted, what=lambda: f"fates {expected}\n{daemon.log()}")


def listed(daemon):
    code, out, said = silence(daemon, "list", "--json")
    assert code == 0, said
    return [json.loads(line) for line in out.splitlines()]


def test_a_silence_of_run_time_holds_alerts_until_it_is_lifted_and_survives_kill_9(daemon):
    running = make(daemon).start()
    post(running, alert(1))
    fates(running, passed=1, silenced=0)
    code, out, said = silence(running, "add", "--when", 'hostname = "node-1"', "--until", "1h", "--reason", "test")
    assert code == 0, said
    name = out.strip()
    post(running, alert(2), alert(3, host="node-2"))
    fates(running, passed=2, silenced=1)
    assert [(one["id"], one["matched"], one["origin"]) for one in listed(running)] == [(name, 1, "runtime")]

    running.kill()
    running.start()
    assert [(one["id"], one["matched"]) for one in listed(running)] == [(name, 1)]
    post(running, alert(4))
    until(lambda: listed(running)[0]["matched"] == 2, what=lambda: listed(running))

    code, out, said = silence(running, "expire", name[:8])
    assert (code, out.strip()) == (0, name), said
    assert listed(running) == []
    post(running, alert(5))
    until(lambda: len(running.alerts_seen()) == 3, what=running.log)
    running.stop()
    assert [one["output"] for one in running.alerts()] == ["alert 1", "alert 3", "alert 5"]


def test_a_silence_that_makes_no_sense_is_refused_and_nobody_at_home_is_said(daemon):
    running = make(daemon).start()
    for arguments in [
        ("add", "--when", "hostname =", "--until", "1h", "--reason", "r"),
        ("add", "--when", "hostname = a", "--until", "soon", "--reason", "r"),
        ("add", "--when", "hostname = a", "--until", "2020-01-01T00:00:00Z", "--reason", "r"),
    ]:
        assert silence(running, *arguments)[0] == 2
    assert silence(running, "expire", "4711")[0] == 1
    running.stop()
    code, out, said = silence(running, "list")
    assert (code, out) == (1, "") and "no daemon answers" in said


def test_storms_are_said_once_and_routes_part_what_leaves(daemon):
    running = make(daemon, sinks=("creance", "falco"))
    running.config["deduplicate"] = {"enabled": False}
    running.config["storm"] = {"per_rule": {"burst": 5, "rate": "1/h"}}
    running.config["route"] = [
        {"when": "priority >= critical", "to": ["creance", "falco"]},
        {"when": "hostname = node-9", "to": []},
        {"to": ["creance"]},
    ]
    running.start()
    post(running, *(alert(number) for number in range(1, 31)))
    post(running, alert(31, priority="Critical"), alert(32, rule="Other", host="node-9"))
    fates(running, passed=6, held=25, unrouted=1)
    running.stop()
    storms = [record for record in running.records() if record["kind"] == "storm"]
    assert [(storm["state"], storm["held"]) for storm in storms][:2] == [("open", 1), ("update", 10)]
    assert storms[0]["key"] == "Terminal shell in container" and storms[0]["scope"] == "rule"
    assert [record["output"] for record in running.records("falco")] == ["alert 31"]
