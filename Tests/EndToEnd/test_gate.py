# SPDX-License-Identifier: Apache-2.0
"""`creance gate`: over recorded alerts, and while a command runs beside a Falco that is there, breaks or is missing."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import pytest
import yaml

import alerts
from daemon import BINARY, free_port, run
from falco_peer import FalcoPeer
from waiting import until

SAMPLES = alerts.SAMPLES
DEBUG = range(7, 8 * 20, 8)     # numbers of alerts of priority Debug


def gate(*arguments, stdin=None, cwd=None):
    return run("gate", *arguments, stdin=stdin, cwd=cwd)


def recorded(folder, numbers, name="alerts.jsonl"):
    path = folder / name
    path.write_text("".join(alerts.line(number) + "\n" for number in numbers))
    return path


def report(path):
    return json.loads(path.read_text())


class Watch:
    """A gate over a configuration, and a command that runs until it is told to end."""

    def __init__(self, folder, sources, *options, command=None, **sections):
        self.folder = folder
        config = folder / "gate.yaml"
        config.write_text(yaml.safe_dump({"version": 1, "sources": sources, "correlate": {"rules": []}, **sections}))
        self.json = folder / "report.json"
        command = command or ["sh", "-c", "echo told; : > started; while [ ! -e go ]; do sleep 0.02; done"]
        self.temporary = folder / "temporary"
        self.temporary.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [BINARY, "gate", "-c", str(config), "--settle", "300ms", "--report", f"json={self.json}",
             *map(str, options), "--", *command],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(self.temporary)})

    def started(self):
        until(lambda: (self.folder / "started").exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.process.communicate()
        return self

    def end(self):
        """The exit code and the report."""
        (self.folder / "go").touch()
        self.output, self.errors = self.process.communicate(timeout=60)
        assert not list(self.temporary.iterdir())
        return self.process.returncode, report(self.json) if self.json.exists() else None


def falco_source(falco):
    return {"node": {"type": "falco_grpc", "address": falco.address, "poll": {"busy": "2ms", "idle": "5ms"}}}


def deliver(falco, numbers):
    falco.push([alerts.message(number) for number in numbers])
    until(lambda: len(falco.popped) == falco.pushed)


# Recorded alerts

def test_every_report_of_a_recording_is_one_that_its_readers_take(tmp_path):
    kinds = {"sarif": "a.sarif", "junit": "a.xml", "markdown": "a.md", "json": "a.json", "findings": "f.json"}
    options = [word for kind, name in kinds.items() for word in ("--report", f"{kind}={name}")]
    code, output, errors = gate(SAMPLES / "alerts.jsonl", *options, cwd=tmp_path)
    assert code == 1 and output == b"" and "findings" in errors
    whole = report(tmp_path / "a.json")
    assert whole["verdict"] == "findings" and whole["complete"] and whole["alerts"] == 3041
    assert sum(one["count"] for one in whole["findings"]) == 3041
    run_, = report(tmp_path / "a.sarif")["runs"]
    assert [one["partialFingerprints"]["creanceFinding/v1"] for one in run_["results"]] == \
        [one["id"] for one in whole["findings"]]
    suite = xml.etree.ElementTree.parse(tmp_path / "a.xml").getroot()[0]
    assert int(suite.get("failures")) == whole["failing"] == len(suite.findall(".//failure"))
    assert len(report(tmp_path / "f.json")) == whole["found"]
    again = tmp_path / "again"
    again.mkdir()
    gate(SAMPLES / "alerts.jsonl", *options, cwd=again)
    for name in kinds.values():
        assert (tmp_path / name).read_bytes() == (again / name).read_bytes()


def test_the_exit_code_follows_what_was_asked_for(tmp_path):
    low = recorded(tmp_path, DEBUG)
    assert gate(low)[0] == 0
    assert gate("-", stdin=low.read_bytes())[0] == 0
    assert gate(low, "--fail-on", "debug")[0] == 1
    assert gate(low, "--fail-on", "incident")[0] == 0
    assert gate(low, "--fail-on", 'proc.name = "curl" and priority = debug')[0] == 1
    assert gate(low, "--fail-on", "error", "--fail-on", 'rule = "Rule 7"')[0] == 1
    assert gate(recorded(tmp_path, [4]), "--fail-on", "error")[0] == 0
    assert gate(recorded(tmp_path, [4]))[0] == 1
    assert gate(recorded(tmp_path, [0]), "--fail-on", "none")[0] == 0


def test_an_incident_is_a_finding(tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text("""
title: One
name: one
logsource: { product: falco }
detection: { selection: { rule: 'Rule 7' }, condition: selection }
---
title: Many of one
correlation: { type: event_count, rules: [one], group-by: [hostname], timespan: 1h, condition: { gte: 3 } }
level: high
""")
    path = recorded(tmp_path, [7, 47 + 160, 87 + 160 * 2, 7 + 200 * 40])
    same = [{**alerts.document(7), "time": f"2026-01-01T00:00:0{second}Z"} for second in range(4)]
    path.write_text("".join(json.dumps(one) + "\n" for one in same))
    code, output, errors = gate(path, "--rules", rules, "--fail-on", "incident", "--report", "findings=-")
    assert code == 1, errors
    incident, alert = json.loads(output)
    assert incident["severity"] == "High" and "Many of one" in incident["description"]
    assert alert["severity"] == "Low"


@pytest.mark.parametrize("content, reason", [
    ("", "silent"),
    (alerts.line(7) + "\nnot json\n", "dead_letters"),
    (alerts.line(7) + '\n{"rule":"cut', "dead_letters"),
    (alerts.line(7) + "\n" + json.dumps({
        "rule": "Falco internal: syscall event drop", "priority": "Debug", "source": "internal",
        "time": "2026-01-01T00:00:00Z", "output": "drops", "output_fields": {"n_drops": "7"}}) + "\n",
     "dropped_upstream"),
    (alerts.line(7) + "\n" + "".join(json.dumps({
        "rule": "Falco internal: metrics snapshot", "priority": "Informational", "source": "internal",
        "time": f"2026-01-01T00:00:0{count}Z", "output": "m",
        "output_fields": {"falco.outputs_queue_num_drops": count}}) + "\n" for count in (1, 2)), "dropped_upstream"),
])
def test_what_was_not_seen_cannot_have_been_clean(tmp_path, content, reason):
    path = tmp_path / "alerts.jsonl"
    path.write_text(content)
    code, output, errors = gate(path, "--report", "json=-", "--quiet")
    whole = json.loads(output)
    assert (code, errors) == (3, "")
    assert not whole["complete"] and [doubt["reason"] for doubt in whole["doubts"]] == [reason]
    if content:
        # A finding goes before, and the report still says what is doubtful.
        code, output, _ = gate(path, "--report", "json=-", "--fail-on", "debug")
        assert code == 1 and not json.loads(output)["complete"]


@pytest.mark.parametrize("arguments", [
    [], ["missing.jsonl"], ["low.jsonl", "--fail-on", "severe ="], ["low.jsonl", "--report", "pdf=x"],
    ["low.jsonl", "--report", "json"], ["low.jsonl", "--report", "json=/nowhere/at/all"],
    ["low.jsonl", "--report", "json=-", "--report", "sarif=-"], ["low.jsonl", "-c", "wrong.yaml"],
    ["low.jsonl", "--rules", "missing.yml"], ["low.jsonl", "--", "true"], ["--", "/no/such/command"],
    ["--source", "nobody", "--", "true"], ["--wait", "soon", "--", "true"], ["low.jsonl", "--journal", "x"],
])
def test_wrong_usage_and_wrong_input_are_2(tmp_path, arguments):
    recorded(tmp_path, DEBUG, "low.jsonl")
    (tmp_path / "wrong.yaml").write_text("sources: { a: { type: nonsense } }")
    extra = []
    if "--" in arguments and "-c" not in arguments:
        (tmp_path / "good.yaml").write_text(yaml.safe_dump({
            "sources": {"http": {"type": "falco_http"}}, "server": {"listen": f"127.0.0.1:{free_port()}"}}))
        extra = ["-c", "good.yaml"]
    code, output, errors = gate(*extra, *arguments, cwd=tmp_path)
    assert (code, output) == (2, b"") and errors


def test_hostile_text_stays_text(tmp_path):
    texts = ["</failure><x>", "| a |\n|---|", "\x1b[31mred\x00", "[a](http://b) @all ``` `", "\u202egnp.exe", "a\r\nb"]
    path = tmp_path / "alerts.jsonl"
    path.write_text("".join(json.dumps({
        **alerts.document(0), "rule": text, "output": text, "output_fields": {"proc.exepath": text}}) + "\n"
        for text in texts))
    code, _, errors = gate(path, "--report", "junit=a.xml", "--report", "sarif=a.sarif", "--report", "markdown=a.md",
                           "--report", "findings=f.json", cwd=tmp_path)
    assert code == 1
    assert {one["filePath"] for one in report(tmp_path / "f.json")} == set(texts)
    suite = xml.etree.ElementTree.parse(tmp_path / "a.xml").getroot()[0]
    assert len(suite.findall("testcase")) == 1 + len(texts)
    assert len(report(tmp_path / "a.sarif")["runs"][0]["results"]) == len(texts)
    for text in (errors, (tmp_path / "a.md").read_text()):
        assert not any(character in text for character in "\x1b\x00\u202e\r")


# A command

def test_a_quiet_command_beside_a_connected_falco_is_clean(falco, tmp_path):
    watch = Watch(tmp_path, falco_source(falco)).started()
    deliver(falco, DEBUG)
    code, whole = watch.end()
    assert code == 0, watch.errors
    assert watch.output == b"told\n"
    assert whole["complete"] and whole["alerts"] == len(DEBUG)
    assert whole["command"]["exit_code"] == 0 and whole["command"]["arguments"][0] == "sh"


def test_no_alert_at_all_is_clean_when_the_connection_stood(falco, tmp_path):
    code, whole = Watch(tmp_path, falco_source(falco)).started().end()
    assert code == 0 and whole["complete"] and whole["alerts"] == 0


def test_what_happens_while_the_command_runs_is_found(falco, tmp_path):
    watch = Watch(tmp_path, falco_source(falco)).started()
    deliver(falco, [0, 7, 15, 4])
    code, whole = watch.end()
    assert code == 1 and whole["complete"]
    assert [one["priority"] for one in whole["findings"]] == ["Emergency", "Warning", "Debug", "Debug"]
    # The same alerts in a file are the same findings.
    _, output, _ = gate(recorded(tmp_path, [0, 7, 15, 4]), "--report", "findings=-")
    assert [one["id"] for one in whole["findings"]] == [one["id"] for one in json.loads(output)]


def test_a_falco_that_is_not_there_is_never_no_findings(tmp_path):
    sources = {"node": {"type": "falco_grpc", "address": f"unix://{tmp_path}/nobody.sock"}}
    code, whole = Watch(tmp_path, sources, "--wait", "100ms", command=["true"]).end()
    assert code == 3 and whole["verdict"] == "incomplete"
    assert [(doubt["reason"], doubt["source"]) for doubt in whole["doubts"]] == [("not_connected", "node")]
    assert whole["command"]["exit_code"] == 0


def test_a_connection_that_breaks_is_told(falco, tmp_path):
    watch = Watch(tmp_path, falco_source(falco)).started()
    falco.restart_in_process()
    until(lambda: falco.open_streams)
    deliver(falco, DEBUG)
    code, whole = watch.end()
    assert code == 3, watch.errors
    assert {"not_connected"} <= {doubt["reason"] for doubt in whole["doubts"]}


def test_findings_go_before_incomplete_evidence(falco, tmp_path):
    watch = Watch(tmp_path, falco_source(falco)).started()
    deliver(falco, [0])
    falco.stop()
    code, whole = watch.end()
    assert code == 1 and not whole["complete"] and whole["failing"] == 1


def test_a_source_that_cannot_show_that_it_is_there_must_have_sent_something(tmp_path):
    server = {"listen": f"127.0.0.1:{free_port()}"}
    sources = {"http": {"type": "falco_http"}}
    code, whole = Watch(tmp_path, sources, command=["true"], server=server).end()
    assert code == 3 and [doubt["reason"] for doubt in whole["doubts"]] == ["silent"]
    code, whole = Watch(tmp_path, sources, "--allow-silent", command=["true"], server=server).end()
    assert code == 0 and whole["complete"]
    watch = Watch(tmp_path, sources, server=server).started()
    host, port = server["listen"].split(":")
    connection = http.client.HTTPConnection(host, int(port))
    connection.request("POST", "/", alerts.line(7))
    assert connection.getresponse().status == 200
    code, whole = watch.end()
    assert code == 0 and whole["alerts"] == 1


def test_the_command_s_failure_is_told(falco, tmp_path):
    code, whole = Watch(tmp_path, falco_source(falco), command=["sh", "-c", "exit 7"]).end()
    assert code == 4 and whole["verdict"] == "command_failed" and whole["command"]["exit_code"] == 7
    code, whole = Watch(tmp_path, falco_source(falco), "--ignore-status", command=["sh", "-c", "exit 7"]).end()
    assert code == 0 and whole["command"]["exit_code"] == 7
    code, whole = Watch(tmp_path, falco_source(falco), command=["sh", "-c", "kill -9 $$"]).end()
    assert code == 4 and whole["command"]["exit_code"] is None and whole["command"]["signal"] == 9


def test_the_command_starts_as_it_would_alone(falco, tmp_path):
    script = """
import os, signal
# Python's own; those from 32 on are the C library's.
OWN = 1 << (signal.SIGPIPE - 1) | 1 << (signal.SIGXFSZ - 1)
print(os.getpgrp() == os.getpid(), sorted(map(int, os.listdir("/proc/self/fd")))[:-1] == [0, 1, 2])
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status"))
print(int(status["SigBlk"], 16), int(status["SigIgn"], 16) & ~OWN & (1 << 31) - 1)
print(os.read(0, 100))
"""
    config = tmp_path / "gate.yaml"
    config.write_text(yaml.safe_dump({"sources": falco_source(falco)}))
    code, output, errors = gate("-c", config, "--settle", "0s", "--quiet", "--", sys.executable, "-c", script,
                                stdin=b"its input")
    assert (code, errors) == (0, "")
    assert output == b"True True\n0 0\nb'its input'\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_reach_the_command_and_the_gate_still_decides(falco, tmp_path, number):
    script = f"""
import signal, sys, time
signal.signal({int(number)}, lambda *_: sys.exit(5))
open("started", "w").close()
while True: time.sleep(0.02)
"""
    watch = Watch(tmp_path, falco_source(falco), command=[sys.executable, "-c", script]).started()
    deliver(falco, [0])
    watch.process.send_signal(number)
    code, whole = watch.end()
    assert code == 1 and whole["command"]["exit_code"] == 5 and whole["complete"]


def test_a_journal_that_is_kept_is_more_than_one_gate_s(falco, tmp_path):
    journal = tmp_path / "kept.db"
    for numbers in ([0, 8], [0, 7]):
        for name in ("started", "go"):
            (tmp_path / name).unlink(missing_ok=True)
        watch = Watch(tmp_path, falco_source(falco), "--journal", journal).started()
        deliver(falco, numbers)
        code, whole = watch.end()
        assert code == 1 and whole["complete"], watch.errors
        # What only repeats what an earlier gate saw is found all the same.
        assert sum(one["count"] for one in whole["findings"]) == 2
        assert whole["failing"] == sum(number % 8 == 0 for number in numbers)
    code, output, _ = run("search", "--journal", journal, "--json")
    assert code == 0 and len(output.splitlines()) == 4


# Where little is allowed

def sandbox():
    """Words that begin a command without network, capabilities and root's number, on a read-only root."""
    inside = ("mount --make-rprivate / && mount -t tmpfs tmpfs /mnt && chmod 1777 /mnt && "
              "mount -o remount,ro,bind / && cd / && export TMPDIR=/mnt HOME=/nonexistent && "
              "exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "
              "--no-new-privs \"$@\"")
    words = ["unshare", "--net", "--mount", "sh", "-c", inside, "sh"]
    if not all(map(shutil.which, ("unshare", "setpriv"))) or \
            subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody make namespaces")
    return words


def test_recorded_alerts_need_no_network_no_rights_and_no_disk():
    words = sandbox()
    probe = subprocess.run([*words, "sh", "-c", "grep CapEff /proc/self/status; id -u; touch /x || echo ro"],
                           capture_output=True, check=False)
    assert probe.stdout.split() == [b"CapEff:", b"0000000000000000", b"65534", b"ro"]
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = recorded(pathlib.Path(folder), DEBUG)
        done = subprocess.run([*words, BINARY, "gate", str(path), "--report", "findings=-"], capture_output=True,
                              check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_a_command_is_watched_without_network_rights_or_a_disk():
    words = sandbox()
    with tempfile.TemporaryDirectory() as name, FalcoPeer(f"unix://{name}/falco.sock") as falco:
        os.chmod(name, 0o755)
        folder = pathlib.Path(name)
        os.chmod(folder / "falco.sock", 0o777)
        config = folder / "gate.yaml"
        config.write_text(yaml.safe_dump({"sources": falco_source(falco), "server": {"listen": []}}))
        falco.push([alerts.message(number) for number in (0, 7)])
        done = subprocess.run([*words, BINARY, "gate", "-c", str(config), "--settle", "300ms", "--report", "json=-",
                               "--quiet", "--", "sh", "-c", "sleep 0.3; ls /mnt | wc -l"],
                              capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.split(b"\n", 1)
    assert lines[0] == b"1"
    whole = json.loads(lines[1])
    assert whole["complete"] and whole["failing"] == 1 and whole["alerts"] == 2
