# SPDX-License-Identifier: Apache-2.0
"""`creance tail`: the newest outputs, and what comes, beside a daemon and without one."""

import json
import os
import pty
import select
import signal
import subprocess

import alerts
from daemon import BINARY, run
from waiting import until

HTTP = {"http": {"type": "falco_http"}}


def post(creance, numbers):
    body = "\n".join(alerts.line(number) for number in numbers).encode()
    assert creance.request("POST", "/", body)[0] == 200


def tail(creance, *arguments):
    code, out, err = run("tail", "--journal", creance.folder / "journal.db", *arguments)
    assert code == 0, err
    return out


def numbers(out):
    return alerts.numbers([json.loads(line) for line in out.splitlines()])


class Following:
    """A `creance tail -f` that is under way, its output in a file."""

    def __init__(self, creance, *arguments):
        self.path = creance.folder / "followed"
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen(
                [BINARY, "tail", "-f", "--journal", str(creance.folder / "journal.db"), *arguments],
                stdout=out, stderr=subprocess.PIPE)

    def lines(self):
        return self.path.read_bytes().rpartition(b"\n")[0].splitlines()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=60)
        return self.process.returncode, err.decode()


def test_the_last_ones_oldest_first(daemon):
    creance = daemon(HTTP).start()
    assert tail(creance) == b""
    post(creance, range(300))
    creance.settle("http", 300)
    written = creance.outputs["creance"].read_bytes().splitlines(keepends=True)
    assert tail(creance, "--json") == b"".join(written[-10:])
    assert tail(creance, "-n", "120", "--format", "creance") == b"".join(written[-120:])
    assert tail(creance, "-n", "1000", "--json") == b"".join(written)
    assert tail(creance, "-n", "0", "--json") == b""
    assert len(tail(creance, "-n", "7").splitlines()) == 7
    assert numbers(tail(creance, "-n", "2", "--json", "--when", "test.number in (3, 5, 7)")) == [5, 7]
    severe = [number for number in range(300) if number % 8 <= 2]
    assert numbers(tail(creance, "-n", "20", "--json", "--min-priority", "critical")) == severe[-20:]
    assert tail(creance, "--since", "1h", "--json") == b"".join(written)
    assert tail(creance, "--since", "now", "--json") == b""
    creance.stop()
    assert tail(creance, "--json") == b"".join(written[-10:])


def test_it_follows_through_a_restart(daemon):
    creance = daemon(HTTP).start()
    post(creance, range(20))
    creance.settle("http", 20)
    following = Following(creance, "-n", "5", "--json")
    until(lambda: len(following.lines()) == 5)
    post(creance, range(20, 40))
    until(lambda: len(following.lines()) == 25)
    until(lambda: len(creance.alerts_seen()) == 40)
    creance.kill()
    creance.start()
    post(creance, range(40, 60))
    until(lambda: len(following.lines()) >= 45)
    code, err = following.interrupt()
    assert code == -signal.SIGINT and not err
    assert alerts.numbers([json.loads(line) for line in following.lines()]) == list(range(15, 60))


def test_another_journal_in_its_place_is_said(daemon):
    creance = daemon(HTTP).start()
    post(creance, range(5))
    creance.settle("http", 5)
    following = Following(creance, "--json")
    until(lambda: len(following.lines()) == 5)
    creance.stop()
    for path in creance.folder.glob("journal.db*"):
        path.unlink()
    creance.start()
    post(creance, range(5, 8))
    until(lambda: len(following.lines()) >= 8)
    code, err = following.interrupt()
    assert code == -signal.SIGINT
    assert "does not hold what the cursor points to" in err
    assert alerts.numbers([json.loads(line) for line in following.lines()]) == list(range(8))


def test_it_ends_when_nobody_reads_any_more(daemon):
    creance = daemon(HTTP).start()
    post(creance, range(5))
    creance.settle("http", 5)
    process = subprocess.Popen(
        [BINARY, "tail", "-f", "--json", "--journal", str(creance.folder / "journal.db")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline()
    process.stdout.close()
    # Nothing further comes: it must find out by itself.
    assert process.wait(timeout=60) == 0
    assert process.stderr.read() == b""


def test_colours_on_a_terminal_only(daemon):
    creance = daemon(HTTP).start()
    post(creance, range(3))
    creance.settle("http", 3)
    assert b"\x1b" not in tail(creance)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [BINARY, "tail", "--journal", str(creance.folder / "journal.db")], stdout=theirs, stderr=theirs,
        env={**os.environ, "TERM": "xterm", "NO_COLOR": ""})
    assert process.wait(timeout=60) == 0
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 5)[0]:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert b"\x1b[" in shown and shown.count(b"\n") == 3


def test_what_cannot_be_understood_is_refused(daemon, tmp_path):
    creance = daemon(HTTP).start()
    for arguments in (["--since", "yesterday"], ["-n", "-1"], ["-n", "many"], ["--when", "proc.name ="],
                      ["--min-priority", "grave"], ["--format", "xml"], ["--json", "--format", "cef"]):
        code, out, err = run("tail", "--journal", creance.folder / "journal.db", *arguments)
        assert code == 2 and not out, (arguments, err)
    assert run("tail", "--journal", tmp_path / "none.db")[0] == 2
