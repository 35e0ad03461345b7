# SPDX-License-Identifier: Apache-2.0
"""Incidents are acknowledged and annotated in a running daemon; what was noted outlives kill -9 and is shown."""

import json
import subprocess

import daemon as program
from test_engine import alert, make, post
from waiting import until


def incidents(running, *arguments, control=True):
    where = ["--control", str(running.folder / "control.sock")] if control else \
        ["--journal", str(running.folder / "journal.db")]
    done = subprocess.run(
        [program.BINARY, "incidents", *arguments, *where], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_an_incident_is_acknowledged_and_annotated_over_kill_9(daemon):
    running = make(daemon).start()
    post(running, alert(1, "Terminal shell in container", tags=["container", "shell"], proc__name="bash"),
         alert(2, "Read sensitive file untrusted", "Warning", ["filesystem", "mitre_credential_access"],
               fd__name="/etc/shadow", proc__name="cat"),
         alert(3, "Unexpected outbound connection", "Warning", ["network", "mitre_command_and_control"],
               fd__sip="203.0.113.7", fd__sport=4444, proc__name="curl"))

    def opened():
        return [record for record in running.records() if record["kind"] == "incident" and record["state"] == "open"
                and record["rule"]["title"].startswith("Shell in a container")]
    until(opened, what=running.log)
    name = opened()[0]["incident"]["id"]

    code, out, said = incidents(running, "acknowledge", name, "--note", "on it", "--by", "amara")
    assert code == 0 and out.startswith(f"acknowledgement {name} "), said
    code, out, said = incidents(running, "annotate", name, "a \x1b[31mplanned\nchange", "--by", "bo")
    assert code == 0 and out.startswith(f"note {name} "), said
    running.kill()
    running.start()

    code, out, said = incidents(running, "show", name, "--json", control=False)
    assert code == 0, said
    noted = json.loads(out)["annotations"]
    assert [(one["kind"], one["by"], one["text"]) for one in noted] == [
        ("acknowledgement", "amara", "on it"), ("note", "bo", "a \x1b[31mplanned\nchange")]
    code, out, said = incidents(running, "show", name, control=False)
    assert code == 0 and "by amara: on it" in out and "\x1b" not in out and "planned" in out
    code, out, said = incidents(running, "list", control=False)
    assert code == 0 and " by amara, 1 note\n" in out
    code, out, said = incidents(running, "list", "--unacknowledged", "--json", control=False)
    assert code == 0 and name not in out

    assert incidents(running, "acknowledge", "0" * 32)[0] == 1
    assert incidents(running, "acknowledge", "4711")[0] == 2
    assert incidents(running, "annotate", name, "")[0] == 2
    assert incidents(running, "annotate", name, "x" * 5000)[0] == 2
    running.stop()
    code, out, said = incidents(running, "acknowledge", name)
    assert (code, out) == (1, "") and "no daemon answers" in said
