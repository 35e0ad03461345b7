# SPDX-License-Identifier: Apache-2.0
"""`creance gate` on a terminal: the command has it while it runs, and the gate has it back afterwards."""

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import time

import yaml

from daemon import BINARY
from waiting import until

LIMIT_SECONDS = 120


class OnTerminal:
    """A gate as the leader of a session of its own, on a terminal whose other end is here."""

    def __init__(self, folder, falco, *command):
        self.json = folder / "report.json"
        config = folder / "gate.yaml"
        source = {"type": "falco_grpc", "address": falco.address, "poll": {"busy": "2ms", "idle": "5ms"}}
        config.write_text(yaml.safe_dump({"version": 1, "sources": {"node": source}, "correlate": {"rules": []}}))
        self.shown = b""
        self.terminal, other = pty.openpty()
        try:
            self.process = subprocess.Popen(
                ["setsid", "-c", BINARY, "gate", "-c", str(config), "--settle", "300ms", "--report",
                 f"json={self.json}", "--", *command], cwd=folder, stdin=other, stdout=other, stderr=other)
        finally:
            os.close(other)

    def read_until(self, text):
        end = time.monotonic() + LIMIT_SECONDS
        while text not in self.shown:
            assert time.monotonic() < end, self.shown
            if not select.select([self.terminal], [], [], 1)[0]:
                continue
            piece = os.read(self.terminal, 4096)
            assert piece, self.shown
            self.shown += piece

    def type(self, text):
        os.write(self.terminal, text)

    def has_asked(self):
        """The command runs, and its group has the terminal: the gate's is another."""
        self.read_until(b"ask")
        until(lambda: os.tcgetpgrp(self.terminal) != os.getpgid(self.process.pid))

    def end(self):
        """The exit code and the report; what is still shown is read, or the gate could not write it."""
        end = time.monotonic() + LIMIT_SECONDS
        try:
            while self.process.poll() is None:
                assert time.monotonic() < end, self.shown
                if select.select([self.terminal], [], [], 0.05)[0]:
                    with contextlib.suppress(OSError):    # the other end is closed
                        self.shown += os.read(self.terminal, 4096)
            return self.process.returncode, json.loads(self.json.read_text())
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            os.close(self.terminal)


def test_the_command_reads_the_terminal_and_the_gate_has_it_back(falco, tmp_path):
    gate = OnTerminal(tmp_path, falco, "sh", "-c", "echo ask; read line; echo \"told: $line\"")
    gate.has_asked()
    gate.type(b"falcon\n")
    gate.read_until(b"told: falcon")
    code, report = gate.end()
    assert (code, report["verdict"], report["complete"]) == (0, "clean", True), gate.shown


def test_control_c_ends_the_command_and_not_the_gate(falco, tmp_path):
    gate = OnTerminal(tmp_path, falco, "sh", "-c", "trap 'echo stopped; exit 7' INT; echo ask; read line; read line")
    gate.has_asked()
    gate.type(b"\x03")
    gate.read_until(b"stopped")
    code, report = gate.end()
    assert code == 4, gate.shown
    assert report["complete"] and report["verdict"] == "command_failed"


def test_control_z_stops_both_and_both_go_on(falco, tmp_path):
    gate = OnTerminal(tmp_path, falco, "sh", "-c", "echo ask; read line; echo \"told: $line\"")
    gate.has_asked()
    gate.type(b"\x1a")
    pid, status = os.waitpid(gate.process.pid, os.WUNTRACED)
    assert pid == gate.process.pid and os.WIFSTOPPED(status)
    os.kill(gate.process.pid, signal.SIGCONT)
    gate.type(b"falcon\n")
    gate.read_until(b"told: falcon")
    code, _ = gate.end()
    assert code == 0, gate.shown
