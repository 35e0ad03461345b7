# SPDX-License-Identifier: Apache-2.0
"""Starts, stops, signals, restarts of Falco: nothing is lost that need not be, and what may be lost is said."""

import os
import pathlib
import signal
import socket
import subprocess
import sys

import alerts
import falco_wire
from alerts import SAMPLES
from daemon import free_port, run
from loads import FalcoLoad, FileLoad, HTTPLoad
from waiting import until


def grpc_source(address):
    return {"node": {"type": "falco_grpc", "address": address}}


def test_falco_restarts_in_its_process(daemon, falco):
    creance = daemon(grpc_source(falco.address)).start()
    for life in range(3):
        falco.push([alerts.message(number) for number in range(life * 1000, (life + 1) * 1000)])
        creance.settle("node", (life + 1) * 1000)
        falco.restart_in_process()
    until(lambda: falco.open_streams == 1)
    assert alerts.numbers(creance.alerts()) == list(range(3000))
    assert creance.metrics().total("creance_source_reconnects_total", source="node") >= 3
    falco.push([alerts.message(3000)])
    creance.settle("node", 3001)
    assert {gap["source"] for gap in creance.gaps()} == {"node"}


def test_falco_restarts_in_the_middle_of_a_drain(daemon, falco):
    creance = daemon(grpc_source(falco.address)).start()
    load = FalcoLoad(falco)
    for _ in range(5):
        seen = len(falco.popped)
        until(lambda seen=seen: len(falco.popped) > seen + 2000, what=creance.log)
        falco.restart_in_process()
    load.stop()
    load.drained()
    creance.settle("node", 0)
    got = alerts.numbers(creance.alerts())
    assert len(set(got)) == len(got)
    assert set(got) <= set(falco.popped)
    # A stream that ended with OK may have taken what was on its way: the gap records say so.
    assert len(creance.gaps()) >= 5


def test_falco_is_killed_and_comes_back(daemon, tmp_path):
    address = f"unix://{tmp_path}/falco.sock"
    recording = SAMPLES / "internal.pb"
    count = len(falco_wire.read_delimited(recording))
    peer = str(pathlib.Path(__file__).with_name("falco_peer.py"))
    creance = daemon(grpc_source(address)).start(ready=False)
    for life in range(1, 4):
        with subprocess.Popen([sys.executable, peer, address, str(recording)], stdout=subprocess.PIPE) as falco:
            try:
                until(creance.is_ready, what=creance.log)
                creance.settle("node", life * count)
            finally:
                falco.kill()
    assert len(creance.alerts()) == 3 * count
    assert len(creance.gaps()) >= 2


def test_falco_comes_later(daemon, falco):
    falco.stop()
    creance = daemon(grpc_source(falco.address)).start(ready=False)
    until(lambda: "falco.sock" in creance.log(), what=creance.log)
    falco.push([alerts.message(number) for number in range(10)])
    falco.start()
    until(creance.is_ready, what=creance.log)
    creance.settle("node", 10)
    assert alerts.numbers(creance.alerts()) == list(range(10))


def test_sigterm_in_the_middle_of_a_drain_loses_nothing(daemon, falco):
    creance = daemon(grpc_source(falco.address), server={"drain": "60s"})
    lives = 3
    for _ in range(lives):
        load = FalcoLoad(falco)
        creance.start()
        seen = len(falco.popped)
        until(lambda seen=seen: len(falco.popped) > seen + 2000, what=creance.log)
        load.stop()
        creance.stop(limit=120)
        # A clean leave: what left Falco's queue was read, stored and written.
        assert alerts.numbers(creance.alerts()) == falco.popped
    assert creance.gaps() == []


def test_sigterm_under_http_load_loses_nothing_that_was_answered(daemon):
    creance = daemon({"web": {"type": "falco_http"}})
    load = HTTPLoad(creance.port)
    try:
        for _ in range(3):
            creance.start()
            before = len(load.stored)
            until(lambda before=before: len(load.stored) > before + 500, what=creance.log)
            creance.stop()
    finally:
        load.stop()
    got = alerts.numbers(creance.alerts())
    assert len(set(got)) == len(got)
    assert load.stored <= set(got) <= load.stored | load.doubtful
    assert load.refused == set()


def test_sigterm_and_a_start_go_on_in_a_followed_file(daemon, tmp_path):
    log = tmp_path / "alerts.log"
    creance = daemon({"log": {"type": "file", "path": str(log), "follow": True}})
    load = FileLoad(log)
    for life in range(1, 4):
        creance.start()
        until(lambda life=life: len(creance.alerts_seen()) > life * 500, what=creance.log)
        creance.stop()
    load.stop()
    creance.start()
    until(lambda: len(creance.alerts_seen()) >= load.next, what=creance.log)
    assert alerts.numbers(creance.alerts()) == list(range(load.next))
    assert creance.gaps() == []


def test_a_followed_file_is_rotated_both_ways(daemon, tmp_path):
    log = tmp_path / "alerts.log"
    log.write_text("")
    creance = daemon({"log": {"type": "file", "path": str(log), "follow": True}}).start()
    written = 0
    for turn in range(6):
        # A few first: a truncated file is known by being shorter than what was read of it.
        for count in (10, 190):
            with open(log, "a") as file:
                for number in range(written, written + count):
                    file.write(alerts.line(number) + "\n")
            written += count
            creance.settle("log", written)
        if turn % 2:
            # Copy and truncate: only what was read is gone.
            os.truncate(log, 0)
        else:
            log.rename(tmp_path / f"alerts.log.{turn}")
            log.write_text("")
    assert alerts.numbers(creance.alerts()) == list(range(written))


def test_signals_reopen_the_output(daemon):
    creance = daemon({"web": {"type": "falco_http"}}).start()
    output = creance.outputs["creance"]
    for number, name in enumerate([signal.SIGHUP, signal.SIGUSR1, signal.SIGHUP]):
        assert creance.post(alerts.line(number)) == 200
        creance.settle("web", number + 1)
        output.rename(output.with_suffix(f".{number}"))
        creance.process.send_signal(name)
        until(output.exists, what=creance.log)
    assert creance.post(alerts.line(3)) == 200
    creance.settle("web", 4)
    assert alerts.numbers(creance.records()) == [3]
    for number in range(3):
        text = output.with_suffix(f".{number}").read_text()
        assert alerts.numbers(map(alerts.parse, text.splitlines())) == [number]


def test_a_second_daemon_on_the_same_journal_names_the_first(daemon):
    first = daemon({"web": {"type": "falco_http"}}).start()
    second = daemon({"web": {"type": "falco_http"}}, name="second")
    second.config["journal"]["path"] = str(first.folder / "journal.db")
    code, _, said = run("run", "-c", second.write_config())
    assert code == 2
    assert str(first.process.pid) in said
    assert (first.folder / "journal.db").stat().st_mode & 0o777 == 0o600
    assert first.post(alerts.line(0)) == 200
    first.settle("web", 1)


def test_a_changed_configuration_is_taken_over_and_a_wrong_one_is_not(daemon):
    creance = daemon({"web": {"type": "falco_http"}}).start()
    assert creance.post(alerts.line(0)) == 200
    creance.settle("web", 1)
    good = creance.config["sinks"]["creance"]

    creance.config["sinks"]["creance"] = {**good, "format": "jason"}
    creance.write_config()
    creance.process.send_signal(signal.SIGHUP)
    until(lambda: "jason" in creance.log(), what=creance.log)
    assert creance.post(alerts.line(1)) == 200

    creance.config["sinks"] = {"creance": good, "falco": {"type": "file", "path": "falco.json", "format": "falco"}}
    creance.outputs["falco"] = creance.folder / "falco.json"
    creance.write_config()
    creance.process.send_signal(signal.SIGHUP)

    def new_sink_is_there():
        try:
            return "falco" in creance.metrics().values("creance_sink_accepted_total", "sink")
        except OSError:
            return False
    until(new_sink_is_there, what=creance.log)
    until(creance.is_ready)
    assert creance.post(alerts.line(2)) == 200
    until(lambda: alerts.numbers(creance.alerts()) == [0, 1, 2], what=creance.log)
    until(lambda: 2 in alerts.numbers(creance.alerts("falco")), what=creance.log)


def test_no_http_sender_notices_that_a_configuration_is_taken_over(daemon):
    creance = daemon({"web": {"type": "falco_http"}}).start()
    load = HTTPLoad(creance.port, senders=6, hasty=3)
    try:
        for turn, level in enumerate(("debug", "info", "notice", "debug"), 1):
            before = len(load.stored)
            until(lambda before=before: len(load.stored) > before + 200, what=creance.log)
            creance.config["log"] = {"level": level}
            creance.write_config()
            creance.process.send_signal(signal.SIGHUP)
            until(lambda turn=turn: creance.log().count("running with the changed configuration") == turn,
                  what=creance.log)
        before = len(load.stored)
        until(lambda before=before: len(load.stored) > before + 200, what=creance.log)
    finally:
        load.stop()
    assert (load.unreachable, load.refused, load.doubtful) == (0, set(), set())
    until(lambda: len(creance.alerts_seen()) >= len(load.stored), what=creance.log)
    got = alerts.numbers(creance.alerts())
    assert len(set(got)) == len(got)
    assert set(got) == load.stored


def test_a_configuration_that_cannot_run_gives_way_to_the_one_before(daemon):
    creance = daemon({"web": {"type": "falco_http"}}).start()
    load = HTTPLoad(creance.port, senders=4, hasty=2)
    good = creance.config["sources"]["web"]
    secret = creance.folder / "secret"
    try:
        until(lambda: len(load.stored) > 100, what=creance.log)
        # Read and checked it is good; that the file has gone shows when the pipeline is built.
        creance.config["sources"]["web"] = {**good, "secret": "${file:%s}" % secret}
        creance.write_config()
        creance.process.send_signal(signal.SIGHUP)
        until(lambda: "going on with the one before" in creance.log(), what=creance.log)
        before = len(load.stored)
        until(lambda: len(load.stored) > before + 100, what=creance.log)
    finally:
        load.stop()
    assert (load.unreachable, load.refused, load.doubtful) == (0, set(), set())
    until(lambda: len(creance.alerts_seen()) >= len(load.stored), what=creance.log)
    assert sorted(alerts.numbers(creance.alerts())) == sorted(load.stored)

    # The same text again, now that it can run: the path changes with it.
    secret.write_text("s3cret")
    creance.process.send_signal(signal.SIGHUP)
    until(lambda: "running with the changed configuration" in creance.log(), what=creance.log)
    assert creance.post(alerts.line(load.next)) == 404
    assert creance.post(alerts.line(load.next), path="/s3cret") == 200


def test_a_configuration_with_another_address_listens_there(daemon):
    creance = daemon({"web": {"type": "falco_http"}}).start()
    assert creance.post(alerts.line(0)) == 200
    creance.port = free_port()
    creance.config["server"]["listen"] = f"127.0.0.1:{creance.port}"
    creance.write_config()
    creance.process.send_signal(signal.SIGHUP)
    until(creance.is_ready, what=creance.log)
    assert creance.post(alerts.line(1)) == 200
    until(lambda: alerts.numbers(creance.alerts()) == [0, 1], what=creance.log)

    # An address that another program has: back to the one before, which is named with the reason.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        creance.config["server"]["listen"] = address
        creance.write_config()
        creance.process.send_signal(signal.SIGHUP)
        until(lambda: f"cannot listen on {address}: Address already in use" in creance.log(), what=creance.log)
        until(creance.is_ready, what=creance.log)
        assert creance.post(alerts.line(2)) == 200
    until(lambda: alerts.numbers(creance.alerts()) == [0, 1, 2], what=creance.log)


def test_counters_go_on_over_a_reload(daemon):
    creance = daemon({"web": {"type": "falco_http"}}).start()
    for number in range(3):
        assert creance.post(alerts.line(number)) == 200
    assert creance.post("no alert at all") in (200, 400)
    creance.settle("web", 4)
    for turn, (source, level) in enumerate((("web", "debug"), ("web", "info"), ("net", "info")), 1):
        before = counters(creance.metrics())
        creance.config["log"] = {"level": level}
        creance.config["sources"] = {source: {"type": "falco_http"}}
        creance.write_config()
        creance.process.send_signal(signal.SIGHUP)
        until(lambda turn=turn: creance.log().count("running with the changed configuration") == turn,
              what=creance.log)
        after = counters(creance.metrics())
        fallen = {series: (value, after.get(series)) for series, value in before.items()
                  if after.get(series, -1) < value}
        assert not fallen
        assert creance.post(alerts.line(2 + turn)) == 200
    creance.settle("net", 1)
    now = creance.metrics()
    assert now.total("creance_source_journaled_total") == now.total("creance_alerts_decided_total") == 6
    assert now.total("creance_sink_accepted_total", sink="creance") == 6
    assert now.total("creance_source_dead_letters_total", source="web") == 1


def counters(metrics):
    """Everything that may only grow, by name and labels."""
    return {(name, *sorted(labels.items())): value for name, labels, value in metrics.samples
            if name.endswith(("_total", "_count", "_sum", "_bucket"))}


def test_a_wrong_rule_file_stops_a_start_and_not_a_reload(daemon):
    creance = daemon({"web": {"type": "falco_http"}})
    rules = creance.folder / "rules.yml"
    good = "title: T\nname: t\nlogsource: {product: falco}\ndetection: {s: {rule: x}, condition: s}\n"
    rules.write_text(good.replace("detection", "detektion"))
    creance.config["correlate"] = {"rules": ["rules.yml"]}
    code, _, said = run("run", "-c", creance.write_config())
    assert code == 2
    assert "rules.yml:" in said

    rules.write_text(good)
    creance.start()
    assert creance.post(alerts.line(0)) == 200
    rules.write_text(good.replace("condition: s", "condition: t"))
    creance.process.send_signal(signal.SIGHUP)
    until(lambda: "the changed rules are not used" in creance.log(), what=creance.log)
    assert "rules.yml:4:" in creance.log()
    assert creance.metrics().total("creance_rules", kind="detection") == 1
    assert creance.post(alerts.line(1)) == 200
    rules.write_text(good + "---\n" + good.replace("name: t", "name: u"))
    creance.process.send_signal(signal.SIGHUP)
    until(lambda: "running with the changed configuration" in creance.log(), what=creance.log)
    # The engine takes them over with its next entries.
    until(lambda: creance.metrics().total("creance_rules", kind="detection") == 2, what=creance.log)
    assert creance.post(alerts.line(2)) == 200
    creance.settle("web", 3)
    assert alerts.numbers(creance.alerts()) == [0, 1, 2]
