# SPDX-License-Identifier: Apache-2.0
"""Bad input, bad configuration, a full disk: counted, said, survived."""

import json
import os
import shutil

import pytest

import alerts
import falco_wire
from daemon import run
from waiting import until

HTTP = {"web": {"type": "falco_http"}}
GOOD = alerts.line(0)

BAD_BODIES = {
    "empty object": b"{}",
    "number": b"17",
    "cut off": GOOD[:100].encode(),
    "text": b"Falco initialized with configuration file: /etc/falco/falco.yaml",
    "deep": b'{"rule":' * 100_000,
    "deep arrays": b"[" * 1_000_000,
    "wrong types": json.dumps({**alerts.document(1), "rule": 7, "output_fields": [], "tags": "x"}).encode(),
    "no priority": json.dumps({k: v for k, v in alerts.document(1).items() if k != "priority"}).encode(),
    "not utf-8": b'{"rule":"\xff\xfe","priority":"Error","time":"x"',
    "nul": b"\0" * 4096,
    "huge number": b'{"rule":"r","priority":"Error","time":"2026-01-01T00:00:00Z","output_fields":{"a":' + b"9" * 100_000,
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_what_is_no_alert_is_answered_200_and_kept_as_a_dead_letter(daemon, body):
    creance = daemon(HTTP).start()
    assert creance.post(body) == 200
    assert creance.post(GOOD) == 200
    until(lambda: alerts.numbers(creance.alerts()) == [0], what=creance.log)
    creance.settle("web", 2)
    now = creance.metrics()
    assert now.total("creance_source_dead_letters_total", source="web") >= 1
    assert now.total("creance_source_journaled_total", source="web") == 1
    assert len(creance.alerts()) == 1


def test_a_line_of_100_mb_in_a_followed_file(daemon, tmp_path):
    log = tmp_path / "alerts.log"
    with open(log, "wb") as file:
        file.write(GOOD.encode() + b"\n" + b"x" * 100_000_000 + b"\n" + alerts.line(1).encode() + b"\n")
    creance = daemon({"log": {"type": "file", "path": str(log), "follow": True}}).start()
    creance.settle("log", 3)
    assert alerts.numbers(creance.alerts()) == [0, 1]
    assert creance.metrics().total("creance_source_dead_letters_total", source="log") == 1


def test_unreadable_messages_over_grpc(daemon, falco):
    good = [alerts.message(number) for number in range(3)]
    bad = [b"\xff" * 40, good[0][:50], b"\x0a\xff\xff\xff\xff\x0f", b"\x22\x04rule\x0b\x0c"]
    falco.push([good[0], *bad[:2], good[1], *bad[2:], good[2]])
    creance = daemon({"node": {"type": "falco_grpc", "address": falco.address}}).start()
    creance.settle("node", 7)
    assert alerts.numbers(creance.alerts()) == [0, 1, 2]
    assert creance.metrics().total("creance_source_dead_letters_total", source="node") == len(bad)


def test_a_message_above_the_receive_limit_is_said_and_the_next_ones_come(daemon, falco):
    large = falco_wire.encode({**alerts.alert(1), "output": "x" * (2 << 20)})
    creance = daemon({"node": {"type": "falco_grpc", "address": falco.address, "receive_limit": "1MiB"}}).start()
    falco.push([alerts.message(0)])
    creance.settle("node", 1)
    falco.push([large])
    # What the peer still pops for the stream that has ended is lost: push when only the next one is there.
    until(lambda: falco.streams == 2 and falco.open_streams == 1)
    falco.push([alerts.message(number) for number in range(2, 100)])
    until(lambda: 99 in alerts.numbers(creance.alerts()), what=creance.log)
    creance.settle("node", 0)
    assert 1 not in alerts.numbers(creance.alerts())
    assert "receive_limit" in {gap["reason"] for gap in creance.gaps()}


def test_nonsense_of_clocks(daemon):
    times = ["1969-12-31T23:59:59Z", "9999-12-31T23:59:59.999999999Z", "yesterday", "", "2026-02-30T00:00:00Z",
             "2026-05-28T20:26:40+05:30"]
    creance = daemon(HTTP).start()
    for number, moment in enumerate(times):
        assert creance.post(json.dumps({**alerts.document(number), "time": moment})) == 200
    creance.settle("web", len(times))
    assert len(creance.alerts()) + creance.metrics().total("creance_source_dead_letters_total") == len(times)


def test_a_wrong_configuration_is_refused_with_all_its_problems(tmp_path):
    config = tmp_path / "creance.yaml"
    config.write_text("""version: 1
sources:
  node: { type: falco_grcp }
  log: { type: file }
journl: { path: x }
sinks:
  archive: { type: file, path: out.json, format: jason }
server: { drain: 10 }
""")
    for command in ("check", "run"):
        code, _, said = run(command, "-c", config)
        assert code == 2
        for line, word in [(3, "falco_grcp"), (4, "path"), (5, "journl"), (7, "jason"), (8, "drain")]:
            assert any(f"creance.yaml:{line}:" in text and word in text for text in said.splitlines()), (line, said)
        assert "journal" in said and "falco_grpc" in said  # did you mean
    assert sorted(os.listdir(tmp_path)) == ["creance.yaml"]


def test_a_full_disk_is_answered_503_and_nothing_answered_200_is_lost(daemon, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    creance = daemon(HTTP)
    creance.config["journal"]["path"] = str(small / "journal.db")
    # The journal's file system holds 8 MiB; it is seen by the daemon only, and by this test under /proc.
    mount = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    creance.start(wrap=[*mount, "sh", "-c", f'mount -t tmpfs -o size=8m tmpfs "{small}" && exec "$@"', "sh"])
    inside = f"/proc/{creance.process.pid}/root{small}"
    stored, number = set(), 0
    with open(f"{inside}/ballast", "wb") as ballast:
        ballast.write(bytes(max(0, shutil.disk_usage(inside).free - (1 << 20))))
    answers = set()
    while 503 not in answers:
        assert number < 5_000, "8 MiB hold more than they can"
        # Random text: it must not compress away.
        body = json.dumps({**alerts.document(number), "output": os.urandom(8192).hex()})
        answer = creance.post(body)
        answers.add(answer)
        if answer == 200:
            stored.add(number)
        number += 1
    assert answers <= {200, 503}
    assert creance.process.poll() is None
    until(lambda: creance.request("GET", "/readyz")[0] == 503, what=creance.log)
    os.unlink(f"{inside}/ballast")
    until(lambda: creance.post(alerts.line(1_000_000)) == 200, what=creance.log)
    stored.add(1_000_000)
    until(lambda: stored <= set(alerts.numbers(creance.alerts())), what=creance.log)
    creance.settle("web", 0)
    got = alerts.numbers(creance.alerts())
    assert sorted(got) == sorted(stored)
