# SPDX-License-Identifier: Apache-2.0
"""`creance wait`: the next alerts from a shell, by a cursor that nothing is missed behind."""

import json
import subprocess
import time

import alerts
from daemon import BINARY, run
from waiting import until

HTTP = {"http": {"type": "falco_http"}}


def post(creance, numbers):
    body = "\n".join(alerts.line(number) for number in numbers).encode()
    assert creance.request("POST", "/", body)[0] == 200


def wait(creance, *arguments, timeout=0):
    code, out, err = run("wait", "--journal", creance.folder / "journal.db", "--json", "--timeout", timeout, *arguments)
    assert code in (0, 3, 4), err
    answer = json.loads(out)
    if code == 0:
        assert answer["alerts"] or answer["incidents"]
    else:
        assert not answer["alerts"] and not answer["incidents"]
        assert answer["status"] == {3: "gap", 4: "timeout"}[code]
    return answer


def drain(creance, cursor, *arguments):
    """Everything behind a cursor, call after call, and the cursor at the end."""
    found, gaps = [], []
    while True:
        answer = wait(creance, "--since", cursor, *arguments)
        found += answer["alerts"]
        gaps += [answer["gap"]] if answer["gap"] else []
        cursor = answer["next_cursor"]
        if not answer["has_more"]:
            return found, gaps, cursor


def ids(creance):
    return [record["id"] for record in creance.alerts()]


class Waiting:
    """A `creance wait` that is under way."""

    def __init__(self, creance, *arguments):
        self.process = subprocess.Popen(
            [BINARY, "wait", "--journal", str(creance.folder / "journal.db"), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def end(self):
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err.decode()


def test_nothing_is_missed_or_told_twice_between_calls(daemon):
    creance = daemon(HTTP).start()
    cursor = wait(creance)["next_cursor"]
    post(creance, range(70))
    creance.settle("http", 70)
    found, gaps, cursor = drain(creance, cursor)
    assert [alert["id"] for alert in found] == ids(creance)
    assert not gaps
    post(creance, range(70, 90))
    creance.settle("http", 90)
    found, gaps, _ = drain(creance, cursor, "--limit", "3")
    assert [alert["id"] for alert in found] == ids(creance)[70:]
    assert not gaps


def test_a_cursor_outlives_a_kill(daemon):
    creance = daemon(HTTP).start()
    cursor = wait(creance)["next_cursor"]
    post(creance, range(10))
    until(lambda: len(creance.alerts_seen()) == 10)
    first, _, cursor = drain(creance, cursor)
    creance.kill()
    # Without a daemon, too.
    assert wait(creance, "--since", cursor)["status"] == "timeout"
    creance.start()
    post(creance, range(10, 25))
    until(lambda: len(creance.alerts_seen()) == 25)
    second, gaps, _ = drain(creance, cursor)
    assert not gaps
    assert [alert["id"] for alert in first + second] == ids(creance)


def test_a_journal_that_was_deleted_is_a_gap(daemon):
    creance = daemon(HTTP).start()
    cursor = wait(creance)["next_cursor"]
    post(creance, range(10))
    until(lambda: len(creance.alerts_seen()) == 10)
    _, _, cursor = drain(creance, cursor)
    creance.stop()
    for path in creance.folder.glob("journal.db*"):
        path.unlink()
    creance.start()
    answer = wait(creance, "--since", cursor)
    assert answer["status"] == "gap"
    assert answer["gap"] == {"reason": "history_lost", "missed": None}
    post(creance, range(10, 13))
    creance.settle("http", 3)
    answer = wait(creance, "--since", cursor)
    assert answer["status"] == "gap" and len(answer["alerts"]) == 3
    found, gaps, _ = drain(creance, answer["next_cursor"])
    assert not found and not gaps


def test_it_ends_as_soon_as_something_comes(daemon):
    creance = daemon(HTTP).start()
    # From a cursor: what comes before the command is there counts, too.
    cursor = wait(creance)["next_cursor"]
    waiting = Waiting(creance, "--since", cursor, "--settle", "0", "--timeout", "10m")
    post(creance, range(1))
    code, out, err = waiting.end()
    assert code == 0
    assert b"Rule 0" in out and out.count(b"\n") == 1
    assert "go on with --since " in err


def test_only_what_is_asked_for_ends_it(daemon):
    creance = daemon(HTTP).start()
    cursor = wait(creance)["next_cursor"]
    waiting = [
        Waiting(creance, "--since", cursor, "--json", "--settle", "0", *arguments)
        for arguments in (["--min-priority", "critical"], ["--when", "test.number = 7"], ["--rule", "Rule 5"],
                          ["--host", "node-3"], ["--container", f"{4:012x}"])]
    for number in range(8, 0, -1):
        post(creance, [number])
    for one, wanted in zip(waiting, (lambda n: n % 8 <= 2, lambda n: n == 7, lambda n: n == 5, lambda n: n % 5 == 3,
                                     lambda n: n == 4)):
        code, out, err = one.end()
        assert code == 0, err
        found = json.loads(out)["alerts"]
        assert found
        for alert in found:
            assert wanted(int(alert["rule"].removeprefix("Rule ")))


def test_the_time_is_over(daemon):
    creance = daemon(HTTP).start()
    started = time.monotonic()
    code, out, err = run("wait", "--journal", creance.folder / "journal.db", "--timeout", "1")
    assert code == 4 and not out and "go on with --since" in err
    assert time.monotonic() - started >= 1


def test_what_was_held_back_is_counted(daemon):
    creance = daemon(HTTP, deduplicate={"enabled": True}).start()
    cursor = wait(creance)["next_cursor"]
    repeats = [{**alerts.document(5), "time": f"2026-05-28T20:26:40.{number:09}Z"} for number in range(10)]
    assert creance.request("POST", "/", "\n".join(map(json.dumps, repeats)).encode())[0] == 200
    creance.settle("http", 10)
    answer = wait(creance, "--since", cursor)
    assert answer["suppressed"] > 0
    assert len(answer["alerts"]) + answer["suppressed"] == 10


def test_what_cannot_be_understood_is_refused(daemon, tmp_path):
    creance = daemon(HTTP).start()
    journal = creance.folder / "journal.db"
    for arguments in (["--since", "latest"], ["--since", "9be0c4d2a1f08e37.-1"], ["--since", "x" * 100_000],
                      ["--timeout", "soon"], ["--timeout", "-1"], ["--min-priority", "grave"], ["--limit", "0"],
                      ["--settle", "-1"], ["--when", "proc.name ="]):
        code, out, err = run("wait", "--journal", journal, *arguments)
        assert code == 2 and not out and err, arguments
    assert run("wait", "--journal", tmp_path / "none.db")[0] == 2
    # A cursor of somebody else's journal is a gap, not an error.
    post(creance, range(2))
    creance.settle("http", 2)
    answer = wait(creance, "--since", "0000000000000001.1")
    assert answer["status"] == "gap" and len(answer["alerts"]) == 2


def test_text_of_an_alert_is_shown_as_text(daemon):
    creance = daemon(HTTP).start()
    cursor = wait(creance)["next_cursor"]
    body = alerts.document(1)
    body["output"] = "\u001b[2Jgone\r\n\u202eevil"
    body["output_fields"]["proc.cmdline"] = "\u001b]0;title\u0007"
    assert creance.request("POST", "/", json.dumps(body).encode())[0] == 200
    creance.settle("http", 1)
    code, out, _ = run("wait", "--journal", creance.folder / "journal.db", "--since", cursor, "--timeout", "0")
    assert code == 0
    assert b"\x1b" not in out and "\u202e" not in out.decode() and out.count(b"\n") == 1
    raw = run("wait", "--journal", creance.folder / "journal.db", "--since", cursor, "--timeout", "0", "--json")[1]
    assert b"\\u001b" not in raw and "\u202e" not in raw.decode() and b"\\u202e" not in raw
