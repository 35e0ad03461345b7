# SPDX-License-Identifier: Apache-2.0
"""One `creance run` in a folder of its own: configuration, start, stop, what it wrote, what it counts."""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess

import yaml

import alerts
from waiting import until

BINARY = os.environ.get("CREANCE", str(pathlib.Path(__file__).resolve().parents[2] / ".build/release/creance"))
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Metrics:
    """What /metrics says, by name and labels."""

    def __init__(self, text):
        self.samples = []
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, labels, value = SAMPLE.match(line).groups()
                self.samples.append((name, dict(LABEL.findall(labels or "")), float(value)))

    def total(self, name, **labels):
        """The sum over all samples of that name that have those labels."""
        return int(sum(value for sample, has, value in self.samples
                       if sample == name and labels.items() <= has.items()))

    def progress(self):
        """All that counts alerts: two equal ones mean that nothing moved between."""
        return [sample for sample in self.samples
                if sample[0].startswith(("creance_source_", "creance_sink_", "creance_alerts_"))
                and sample[0].endswith("_total")]

    def values(self, name, label):
        return {has[label] for sample, has, _ in self.samples if sample == name and label in has}


class Daemon:
    """Started with `start`; `stop` is SIGTERM and asserts a clean end, `kill` is SIGKILL."""

    def __init__(self, folder, sources, sinks=("creance",), **sections):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.port = free_port()
        self.process = None
        self.starts = 0
        self.outputs = {name: self.folder / f"{name}.json" for name in sinks}
        self.config = {
            "version": 1,
            "sources": sources,
            "journal": {"path": "journal.db"},
            # Most tests follow every single alert; those about the engine say otherwise.
            "deduplicate": {"enabled": False},
            "correlate": {"rules": []},
            "sinks": {name: {"type": "file", "path": f"{name}.json", "format": name} for name in sinks},
            "server": {"listen": f"127.0.0.1:{self.port}", "control": "control.sock"},
        }
        for name, section in sections.items():
            self.config[name] = {**self.config.get(name, {}), **section}

    def write_config(self):
        path = self.folder / "creance.yaml"
        path.write_text(yaml.safe_dump(self.config, sort_keys=False))
        return path

    # The process.

    def start(self, ready=True, stdin=subprocess.DEVNULL, wrap=(), preexec=None):
        """`wrap` goes in front of the command; the log of the n-th start is in log.n."""
        config = self.write_config()
        self.starts += 1
        with open(self.folder / f"log.{self.starts}", "wb") as log, open(self.folder / "out", "ab") as out:
            self.process = subprocess.Popen(
                [*wrap, BINARY, "run", "-c", str(config)], cwd=self.folder, stdin=stdin, stdout=out, stderr=log,
                preexec_fn=preexec)
        if ready:
            until(self.is_ready, what=lambda: f"/readyz answers 200\n{self.log()}")
        return self

    def log(self):
        return (self.folder / f"log.{self.starts}").read_text(errors="replace")

    def is_ready(self):
        assert self.process.poll() is None, f"creance ended with {self.process.returncode}\n{self.log()}"
        try:
            return self.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, limit=60):
        """SIGTERM; the process must have drained and ended with 0."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=limit)
        assert code == 0, f"exit {code}\n{self.log()}"

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    # HTTP.

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def request(self, method, path, body=None, headers=None):
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def post(self, body, path="/", **headers):
        body = body if isinstance(body, bytes) else body.encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, body, {"Content-Type": "application/json", **named})[0]

    def metrics(self):
        status, text = self.request("GET", "/metrics")
        assert status == 200
        return Metrics(text)

    # What came out.

    def records(self, name="creance"):
        """The records of an output file; every line must be whole."""
        path = self.outputs[name]
        if not path.exists():
            return []
        text = path.read_bytes()
        assert not text or text.endswith(b"\n"), f"torn last line: {text[-200:]!r}"
        return [alerts.parse(line.decode()) for line in text.split(b"\n")[:-1]]

    def alerts(self, name="creance"):
        """The alerts in an output file, without gap records."""
        if name == "creance":
            return [record for record in self.records() if record["kind"] == "alert"]
        return [record for record in self.records(name) if record.get("source") != "creance"]

    def alerts_seen(self, name="creance"):
        """The alerts so far, whole lines only: for looking while the daemon writes."""
        path = self.outputs[name]
        whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
        return [line for line in whole.split(b"\n") if b'"kind":"alert"' in line]

    def gaps(self):
        return [record for record in self.records() if record["kind"] == "gap"]

    def settle(self, source, units, limit=120):
        """Waits until `units` of a source are stored or refused, decided, and taken by every sink, with conservation.

        One answer of /metrics is not one moment: the counters of several threads are read one after another. So the
        same quiet and conserved numbers must be seen twice.
        """
        last = None

        def settled():
            nonlocal last
            now = self.metrics()
            done = now.total("creance_source_journaled_total", source=source)
            done += now.total("creance_source_dead_letters_total", source=source)
            if done < units or not is_quiet(now) or violations(now):
                last = None
                return False
            before, last = last, now.progress()
            return before == last
        until(settled, limit, what=lambda: f"{units} units of {source} through; {violations(self.metrics())}\n"
              f"{self.intake()}\n{self.log()[-3000:]}")

    def intake(self):
        return [sample for sample in self.metrics().samples
                if sample[0].startswith(("creance_source", "creance_sink", "creance_alerts")) and sample[2]]


def is_quiet(now):
    """Nothing is under way: every gauge of waiting is zero."""
    return now.total("creance_source_under_way") + now.total("creance_alerts_undecided") \
        + now.total("creance_sink_waiting") == 0


def violations(now):
    """Which of the three equations of the law of conservation do not hold: from their parts, and as the daemon says."""
    found = []
    for source in now.values("creance_source_received_total", "source"):
        parts = [now.total(f"creance_source_{name}", source=source)
                 for name in ("journaled_total", "dead_letters_total", "refused_total", "under_way")]
        received = now.total("creance_source_received_total", source=source)
        if received != sum(parts):
            found.append(f"intake of {source}: {received} received, {parts} accounted for")
    for sink in now.values("creance_sink_routed_total", "sink"):
        parts = [now.total(f"creance_sink_{name}", sink=sink)
                 for name in ("accepted_total", "dead_letters_total", "shed_total", "waiting")]
        routed = now.total("creance_sink_routed_total", sink=sink)
        if routed != sum(parts):
            found.append(f"sink {sink}: {routed} routed, {parts} accounted for")
    for equation in ("intake", "fate", "sink"):
        if equation not in now.values("creance_conservation_gap", "equation"):
            found.append(f"the {equation} equation is not told")
        elif now.total("creance_conservation_gap", equation=equation):
            found.append(f"the daemon says of its {equation} equation: "
                         f"{now.total('creance_conservation_gap', equation=equation)}")
    return found


def run(*arguments, stdin=None, cwd=None, limit=120):
    """A command that ends by itself; its code, standard output and standard error."""
    done = subprocess.run([BINARY, *map(str, arguments)], input=stdin, cwd=cwd, capture_output=True, timeout=limit,
                          check=False)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def parse_lines(text):
    return [json.loads(line) for line in text.decode().splitlines()]
