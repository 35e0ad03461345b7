# SPDX-License-Identifier: Apache-2.0
"""The http sink before receivers that answer in part, late, never, or not at all: everything arrives, and is said."""

import json
import os
import pathlib
import random
import re
import shutil
import time

import pytest

import alerts
import falco_wire
from alertmanager import Alertmanager
from daemon import free_port, run
from http_receivers import Answer, Bulk, Receiver, Splunk
from loads import HTTPLoad
from test_kills import every_round
from waiting import until

WEB = {"web": {"type": "falco_http"}}
# Short pauses, so that a test is not mostly waiting; limits that a busy machine keeps.
QUICK = {"retry": {"first": "10ms", "longest": "50ms"}, "batch": {"count": 50, "wait": "20ms"}}


def with_sink(daemon, receiver_url, **keys):
    """A daemon with the file sink of all tests and an http sink beside it."""
    creance = daemon(WEB)
    creance.config["sinks"]["out"] = {"type": "http", "url": receiver_url, **QUICK, **keys}
    return creance


def post(creance, numbers):
    for start in range(0, len(numbers), 50):
        body = "\n".join(alerts.line(number) for number in numbers[start:start + 50])
        assert creance.post(body) == 200


def bulk(**keys):
    return {"preset": "elasticsearch", "format": "creance", **keys}


def all_there(creance, kept, count):
    until(lambda: len(kept) >= count, limit=180, what=lambda: f"{len(kept)} of {count} kept\n{creance.log()[-3000:]}")
    assert sorted(alerts.numbers(list(kept.values()))) == list(range(count))


def test_a_webhook_gets_what_falco_would_send(daemon):
    with Receiver(lambda asked: Answer()) as receiver:
        creance = with_sink(daemon, receiver.url).start()
        post(creance, range(20))
        until(lambda: len(receiver.asked) == 20, what=creance.log)
        assert [asked.body.decode() for asked in receiver.asked] == [alerts.line(number) for number in range(20)]
        assert {asked.path for asked in receiver.asked} == {"/"}


def test_items_are_kept_refused_and_put_off_one_by_one(daemon):
    busy = set(range(0, 100, 7))

    def item(document):
        number = int(document["output_fields"][alerts.FIELD])
        if number % 25 == 3:
            return 400, "document_parsing_exception", "field \x1b[31mnumber\x1b[0m is wrong"
        if number in busy:
            busy.remove(number)
            return 429, "es_rejected_execution_exception", "queue is full"
        return None

    judge = Bulk(item=item)
    with Receiver(judge) as receiver:
        creance = with_sink(daemon, receiver.url, **bulk()).start()
        post(creance, range(100))
        wanted = set(range(100)) - {3, 28, 53, 78}
        until(lambda: set(alerts.numbers(list(judge.kept.values()))) == wanted, what=creance.log)
        creance.settle("web", 100)
        assert creance.metrics().total("creance_sink_dead_letters_total", sink="out") == 4
        assert judge.repeats == {}, "what was kept is not sent again when its neighbours are"


def test_behind_a_request_that_hangs_what_waits_stays_within_its_bound(daemon):
    turns = iter([Answer(fault="hang")])
    judge = Bulk(fault=lambda asked: next(turns, None))
    with Receiver(judge) as receiver:
        creance = with_sink(
            daemon, receiver.url, timeout={"connect": "10s", "answer": "10m"}, backlog={"size": "64KiB"}, **bulk())
        creance.start()
        post(creance, range(50))
        until(lambda: len(receiver.asked) == 1, what=creance.log)
        post(creance, range(50, 1000))

        def shed():
            return creance.metrics().total("creance_sink_shed_total", sink="out")
        until(lambda: shed() > 500, what=creance.log)
        assert len(receiver.asked) == 1, "the first request still has no answer"
        assert creance.metrics().total("creance_sink_errors_total", sink="out") == 0
        receiver.released.set()
        creance.settle("web", 1000)
        kept = alerts.numbers([record for record in judge.kept.values() if record["kind"] == "alert"])
        assert len(kept) == len(set(kept)) == 1000 - shed()
        gaps = [record for record in judge.kept.values() if record["kind"] == "gap"]
        assert gaps and all(gap["reason"] == "backlog" for gap in gaps)


FAULTS = {
    "429 with Retry-After": Answer(429, b"slow down", {"Retry-After": "1"}),
    "503": Answer(503, b"<html>\x1b[2Jdown for repair</html>"),
    "503 until a date": Answer(503, b"", {"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}),
    "cut in the middle of the answer": Answer(fault="cut"),
    "dropped without an answer": Answer(fault="drop"),
    "never an answer": Answer(fault="hang"),
    "a redirect": Answer(302, b"", {"Location": "http://127.0.0.1:1/"}),
    "an endless answer": Answer(200, b"x" * (3 << 20)),
    "no JSON": Answer(200, b"OK"),
    "forbidden": Answer(403, b"no"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_of_the_receiver_costs_nothing(daemon, fault):
    turns = iter([None, fault, fault, None, fault])
    judge = Bulk(fault=lambda asked: next(turns, None))
    with Receiver(judge) as receiver:
        creance = with_sink(daemon, receiver.url, timeout={"connect": "10s", "answer": "3s"}, **bulk()).start()
        for start in range(0, 100, 20):
            post(creance, range(start, start + 20))
            until(lambda end=start + 20: len(judge.kept) >= end, limit=180, what=creance.log)
        all_there(creance, judge.kept, 100)
        creance.settle("web", 100)
        assert creance.metrics().total("creance_sink_dead_letters_total", sink="out") == 0
        assert "\x1b" not in creance.log()


def test_a_dead_receiver_holds_nobody_up_and_gets_everything_in_order(daemon):
    port = free_port()
    creance = with_sink(daemon, f"http://127.0.0.1:{port}", **bulk()).start()
    post(creance, range(500))
    until(lambda: len(creance.alerts_seen()) == 500, what=creance.log)
    judge = Bulk()
    with Receiver(judge, port=port) as receiver:
        all_there(creance, judge.kept, 500)
        assert alerts.numbers([judge.kept[one] for one in judge.order]) == list(range(500))
        assert receiver.asked
        creance.settle("web", 500)


def test_a_name_without_an_address_is_said_and_tried_again(daemon):
    creance = with_sink(daemon, "http://no-such-host.invalid:9200", **bulk()).start()
    post(creance, range(10))
    until(lambda: "no-such-host.invalid" in creance.log() and "tries again" in creance.log(), what=creance.log)
    until(lambda: len(creance.alerts_seen()) == 10)
    # The name is mended: here, by another URL.
    creance.kill()
    judge = Bulk()
    with Receiver(judge) as receiver:
        creance.config["sinks"]["out"]["url"] = receiver.url
        creance.start()
        all_there(creance, judge.kept, 10)
        creance.settle("web", 0)


def test_a_wrong_certificate_is_said_and_the_right_one_taken(daemon, certificates, tmp_path):
    ca = tmp_path / "ca.crt"
    shutil.copy(certificates.pem("other"), ca)
    judge = Bulk()
    with Receiver(judge, certificate=(certificates.pem("server"), certificates.key("server"))) as receiver:
        creance = with_sink(daemon, receiver.url, tls={"ca": str(ca)}, **bulk()).start()
        post(creance, range(10))
        until(lambda: "certificate is not trusted" in creance.log(), what=creance.log)
        assert judge.kept == {}
        # The file is replaced; nobody tells the daemon.
        fresh = tmp_path / "fresh.crt"
        shutil.copy(certificates.pem("right"), fresh)
        os.replace(fresh, ca)
        all_there(creance, judge.kept, 10)
        # The receiver shows one for another name, on new connections.
        receiver.show(certificates.pem("client"), certificates.key("client"))
        creance.kill()
        creance.start()
        post(creance, range(10, 20))
        until(lambda: "certificate is for another name" in creance.log() or "not trusted" in creance.log(),
              what=creance.log)
        assert len(judge.kept) == 10
        receiver.show(certificates.pem("server"), certificates.key("server"))
        all_there(creance, judge.kept, 20)
        creance.settle("web", 0)


def test_secrets_stand_nowhere_but_in_the_request(daemon, tmp_path):
    token = tmp_path / "token"
    token.write_text("wrong-wrong-wrong\n")
    judge = Splunk("hunter2-hunter2")

    def echo(asked):
        answer = judge(asked)
        if answer.status == 403:
            answer.body = f"no: {asked.headers['Authorization']}".encode()
        return answer

    with Receiver(echo) as receiver:
        creance = with_sink(daemon, receiver.url, preset="splunk_hec", token=f"${{file:{token}}}", acknowledge=True)
        creance.start()
        post(creance, range(10))
        until(lambda: "does not let us in (403)" in creance.log(), what=creance.log)
        assert "wrong-wrong-wrong" not in creance.log()
        token.write_text("hunter2-hunter2\n")
        until(lambda: len(judge.events) == 10, what=creance.log)
        creance.settle("web", 10)
        assert "hunter2" not in creance.log() and "hunter2" not in creance.request("GET", "/metrics")[1]
        assert alerts.numbers([event["event"] for event in judge.events]) == list(range(10))
        assert len(judge.channels) == 1 and judge.next <= max(judge.asked_for)


def test_a_refused_request_is_halved_until_only_the_guilty_is_a_dead_letter(daemon):
    taken = []

    def judge(asked):
        numbers = [int(one["output_fields"][alerts.FIELD]) for one in asked.lines()]
        if 13 in numbers:
            return Answer(400, b"number 13 is not welcome")
        taken.extend(numbers)
        return Answer(204)

    with Receiver(judge) as receiver:
        creance = with_sink(daemon, receiver.url, body="ndjson").start()
        post(creance, range(40))
        creance.settle("web", 40)
        assert creance.metrics().total("creance_sink_dead_letters_total", sink="out") == 1
        assert sorted(taken) == [number for number in range(40) if number != 13]


def test_loki_slack_teams_and_pagerduty_in_one_configuration(daemon, tmp_path):
    (tmp_path / "key").write_text("0123456789abcdef0123456789abcdef")
    got = {name: [] for name in ("loki", "slack", "teams", "pagerduty")}

    def judge(asked):
        name = next(name for name in got if asked.path.startswith(f"/{name}"))
        got[name].append(asked.json())
        return Answer({"loki": 204, "pagerduty": 202}.get(name, 200), b"ok")

    with Receiver(judge) as receiver:
        creance = daemon(WEB)
        creance.config["sinks"].update({
            name: {"type": "http", "preset": name, "url": f"{receiver.url}/{name}", **QUICK} for name in got})
        creance.config["sinks"]["pagerduty"]["token"] = f"${{file:{tmp_path}/key}}"
        creance.start()
        post(creance, range(4))
        creance.settle("web", 4)
        lines = [value for push in got["loki"] for stream in push["streams"] for value in stream["values"]]
        assert sorted(alerts.numbers([json.loads(line) for _, line in lines])) == list(range(4))
        assert {time for time, _ in lines} == {str(alerts.alert(number)["time"]) for number in range(4)}
        assert len(got["slack"]) == len(got["teams"]) == len(got["pagerduty"]) == 4
        assert {event["payload"]["source"] for event in got["pagerduty"]} == {f"node-{n}" for n in range(4)}


@every_round
def test_kill_under_load_brings_everything_and_repeats_only_by_id(daemon, turn, kills):
    """SIGKILL at random points; the receiver puts a part of its answers off, cuts or drops them."""
    chance = random.Random("http sink" + (f" {turn}" if turn else ""))

    def fault(asked):
        dice = chance.random()
        if dice < 0.05:
            return Answer(503)
        if dice < 0.10:
            return Answer(fault="drop")
        return Answer(fault="cut") if dice < 0.20 else None

    judge = Bulk(fault=fault)
    with Receiver(judge) as receiver:
        creance = with_sink(daemon, receiver.url, **bulk())
        load = HTTPLoad(creance.port)
        try:
            for _ in range(kills):
                creance.start(ready=chance.random() < 0.8)
                # The length of a life is not a synchronisation: any length must do.
                time.sleep(chance.uniform(0.0, 0.4))
                creance.kill()
            creance.start()
            before = len(load.stored)
            until(lambda: len(load.stored) > before, what=creance.log)
        finally:
            load.stop()
        creance.settle("web", 1, limit=240)
        written = {record["id"]: record for record in creance.records()}
        assert judge.kept.keys() == written.keys(), "the receiver has what the file has, and under the same ids"
        assert load.stored - set(alerts.numbers(list(judge.kept.values()))) == set()
        print(f"http: {kills} kills, {len(judge.kept)} records kept, {sum(judge.repeats.values())} repeats by id")


CHAIN = """\
title: Three alerts of one host
id: 7f4a2c51-0d43-4a51-9a9d-0f6f0a6b8b11
name: three
level: high
correlation: {type: event_count, rules: [any], group-by: [hostname], timespan: 2s, condition: {gte: 3}}
---
title: Three alerts within an hour
id: 7f4a2c51-0d43-4a51-9a9d-0f6f0a6b8b13
name: hour
level: medium
correlation: {type: event_count, rules: [any], group-by: [hostname], timespan: 1h, condition: {gte: 3}}
---
title: Any alert
id: 7f4a2c51-0d43-4a51-9a9d-0f6f0a6b8b12
name: any
logsource: {product: falco, service: syscall}
detection: {any: {proc.name: curl}, condition: any}
level: informational
"""


@pytest.fixture
def manager(tmp_path):
    made = Alertmanager(tmp_path / "alertmanager")
    yield made
    made.close()


def test_alertmanager_shows_alerts_and_incidents_until_they_are_closed(daemon, manager, tmp_path):
    (tmp_path / "three.yml").write_text(CHAIN)
    creance = daemon(WEB)
    creance.config["correlate"] = {"rules": [str(tmp_path / "three.yml")]}
    creance.config["time"] = {"idle_timeout": "1s"}
    creance.config["sinks"]["out"] = {"type": "http", "preset": "alertmanager", "url": manager.url, **QUICK}
    creance.start()
    # All of one host and of now, so that they are one incident.
    now = time.time_ns()
    fresh = [{**alerts.document(number), "time": falco_wire.rfc3339(now + number)} for number in range(0, 15, 5)]
    assert creance.post("\n".join(map(json.dumps, fresh))) == 200
    until(lambda: len(manager.alerts('source="syscall"')) == 3, what=lambda: f"{manager.alerts()}\n{creance.log()}")
    one = manager.alerts('alertname="Rule 0"')[0]
    assert one["labels"] == {"alertname": "Rule 0", "priority": "Emergency", "severity": "critical",
                             "source": "syscall", "hostname": "node-0"}
    assert one["annotations"]["output"] == "number 0 (command=curl -s http://10.0.0.0/0)"
    assert one["status"]["state"] == "active"

    def states():
        return [record["state"] for record in creance.records()
                if record["kind"] == "incident" and record["rule"]["title"] == "Three alerts of one host"]

    # Open at first, closed when event time has passed its window.
    until(lambda: states()[-1:] == ["close"], limit=120, what=lambda: f"{states()}\n{creance.log()}")
    creance.settle("web", 3)
    firing = manager.alerts('kind="incident"')
    assert [one["labels"]["alertname"] for one in firing] == ["Three alerts within an hour"], "the other one is resolved"
    assert firing[0]["labels"]["severity"] == "warning" and len(firing[0]["labels"]["creance_subject"]) == 32
    assert len(manager.alerts('source="syscall"')) == 3


PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/http_sink.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.S)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_the_page_is_a_configuration(tmp_path, example):
    path = tmp_path / "creance.yaml"
    path.write_text("version: 1\n" + example)
    code, _, said = run("config", "show", "-c", path)
    assert code == 0, said
