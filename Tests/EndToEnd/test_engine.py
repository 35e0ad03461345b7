# SPDX-License-Identifier: Apache-2.0
"""The engine inside the daemon: repeats, a chain of the built-in rules, kill -9 in the middle, and what explains it all."""

import datetime
import json

import daemon as program
from waiting import until

NODES = {"nodes": {"type": "falco_http", "path": "/"}}


def make(daemon):
    """With deduplication and the built-in rules, as it is without a configuration."""
    return daemon(NODES, deduplicate={"enabled": True}, correlate={"rules": ["builtin"]})


def alert(second, rule, priority="Notice", tags=(), **fields):
    """`second`: behind a moment a little before now."""
    start = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) - datetime.timedelta(seconds=20)
    at = (start + datetime.timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")
    named = {name.replace("__", "."): value for name, value in fields.items()}
    return {
        "hostname": "node-1", "output": f"{at} {rule} {named}", "output_fields": {"container.id": "4cb7f33ffffb", **named},
        "priority": priority, "rule": rule, "source": "syscall", "tags": list(tags), "time": f"{at}.000000001Z",
    }


def post(running, *made):
    assert running.post("\n".join(json.dumps(one) for one in made)) == 200


def explain(running, name):
    code, out, said = program.run("explain", name, "--journal", running.folder / "journal.db", "--json")
    assert code == 0, said
    return json.loads(out)


def test_repeats_are_counted_over_kill_9_and_found_again(daemon):
    running = make(daemon).start()
    for second in range(0, 3):
        post(running, *(alert(second, "Run shell untrusted", proc__cmdline="sh -c ls", evt__num=number)
                        | {"output": f"{second} {number}"} for number in range(10)))
    running.settle("nodes", 30)
    running.kill()
    running.start()
    post(running, *(alert(4, "Run shell untrusted", proc__cmdline="sh -c ls") | {"output": f"again {number}"}
                    for number in range(10)))
    running.settle("nodes", 10)
    running.stop()
    assert len(running.alerts()) == 1, "one alert of its kind leaves, before and after the crash"
    code, out, said = program.run(
        "search", "--journal", running.folder / "journal.db", "--fate", "suppressed", "--limit", 100, "--json")
    assert code == 0, said
    held = [json.loads(line) for line in out.splitlines()]
    assert len(held) == 39
    assert explain(running, held[0]["id"])["fate"] == "suppressed"
    updates = [record for record in running.records() if record["kind"] == "summary"]
    assert updates[0]["total"] == 10 and updates[0]["suppressed"] == 9


def test_a_chain_of_three_alerts_in_one_container_is_an_incident_in_spite_of_kill_9(daemon):
    running = make(daemon).start()
    post(running, alert(1, "Terminal shell in container", tags=["container", "shell"], proc__name="bash"))
    post(running, alert(2, "Read sensitive file untrusted", "Warning", ["filesystem", "mitre_credential_access"],
                        fd__name="/etc/shadow", proc__name="cat"))
    running.settle("nodes", 2)
    running.kill()
    running.start()
    post(running, alert(3, "Unexpected outbound connection", "Warning", ["network", "mitre_command_and_control"],
                        fd__sip="203.0.113.7", fd__sport=4444, proc__name="curl"))

    def opened():
        return [record for record in running.records()
                if record["kind"] == "incident" and record["rule"]["title"].startswith("Shell in a container")]
    until(lambda: opened() != [], what=running.log)
    running.settle("nodes", 1)
    incident = opened()[0]
    assert (incident["state"], incident["revision"], len(incident["alerts"])) == ("open", 0, 3)
    assert incident["rule"]["type"] == "temporal_ordered"
    assert incident["group"]["container.id"] == "4cb7f33ffffb"
    running.stop()
    told = explain(running, incident["alerts"][0])
    assert incident["incident"]["id"] in json.dumps(told)
    code, out, said = program.run("incidents", "list", "--journal", running.folder / "journal.db", "--json")
    assert code == 0, said
    assert incident["incident"]["id"] in out.decode()


def test_the_journal_run_again_gives_what_left_byte_for_byte(daemon):
    running = make(daemon).start()
    for number in range(40):
        post(running, alert(number % 7, f"Rule {number % 3}", proc__cmdline=f"sh -c {number % 5}")
             | {"output": f"alert {number}"})
    running.settle("nodes", 40)
    running.kill()
    running.start()
    for number in range(40):
        post(running, alert(8 + number % 5, f"Rule {number % 4}", proc__cmdline=f"sh -c {number % 2}")
             | {"output": f"again {number}"})
    running.settle("nodes", 40)
    running.stop()
    code, out, said = program.run("replay", "--journal", running.folder / "journal.db", "--format", "creance")
    assert code == 0, said
    assert out == running.outputs["creance"].read_bytes()
