# SPDX-License-Identifier: Apache-2.0
"""Every recorded alert comes out as it went in, over every source."""

import gzip
import json
import subprocess

import pytest

import alerts
import falco_wire
from alerts import SAMPLES
from daemon import free_port
from falco_peer import FalcoPeer
from waiting import until

# Beside a source that ends, it keeps the daemon running for the questions of the test.
HTTP = {"web": {"type": "falco_http"}}
LINES = {name: alerts.sample_lines(name) for name in ("alerts.jsonl", "both.jsonl")}
BOTH = [line for line in LINES["both.jsonl"]]


def grpc_source(peer):
    return {"node": {"type": "falco_grpc", "address": peer.address}}


def by_time(records):
    return {record["time"]: record for record in records}


def assert_same(records, lines):
    """The `falco` format of alerts that came as JSON is what came: keys, types, integers, nulls, order of arrival."""
    assert records == [alerts.parse(line) for line in lines]


@pytest.mark.parametrize("name", LINES)
def test_json_over_http_one_alert_a_request(daemon, name):
    creance = daemon(HTTP, sinks=("falco", "creance")).start()
    connection = creance.connect()
    for line in LINES[name]:
        connection.request("POST", "/", line.encode(), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
    creance.settle("web", len(LINES[name]))
    assert_same(creance.alerts("falco"), LINES[name])
    assert len({record["id"] for record in creance.alerts()}) == len(LINES[name])


@pytest.mark.parametrize("body", [
    lambda lines: ("\n".join(lines).encode(), {}),
    lambda lines: (("[" + ",\n".join(lines) + "]").encode(), {}),
    lambda lines: (gzip.compress("\n".join(lines).encode()), {"Content_Encoding": "gzip"}),
    lambda lines: ("\n".join(lines).encode(), {"Content_Type": "text/plain"}),
], ids=["lines", "array", "gzip", "text"])
def test_json_over_http_many_alerts_a_request(daemon, body):
    creance = daemon(HTTP, sinks=("falco",)).start()
    text, headers = body(BOTH)
    assert creance.post(text, **headers) == 200
    creance.settle("web", len(BOTH))
    assert_same(creance.alerts("falco"), BOTH)


def test_json_over_http_in_chunks(daemon):
    creance = daemon(HTTP, sinks=("falco",)).start()
    connection = creance.connect()
    parts = ("\n".join(BOTH[at:at + 100]).encode() + b"\n" for at in range(0, len(BOTH), 100))
    connection.request("POST", "/", parts, {"Content-Type": "application/json"}, encode_chunked=True)
    assert connection.getresponse().status == 200
    creance.settle("web", len(BOTH))
    assert_same(creance.alerts("falco"), BOTH)


def test_a_sender_that_expects_100_continue(daemon):
    creance = daemon(HTTP, sinks=("falco",)).start()
    body = BOTH[0].encode()
    with subprocess.Popen(
            ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Expect: 100-continue", "--data-binary", "@-",
             "--expect100-timeout", "60", f"http://127.0.0.1:{creance.port}/"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE) as curl:
        assert curl.communicate(body, timeout=50)[0] == b"200"
    creance.settle("web", 1)
    assert_same(creance.alerts("falco"), BOTH[:1])


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("follow", [True, False])
def test_json_from_a_file(daemon, name, follow):
    source = {"log": {"type": "file", "path": str(SAMPLES / name), "follow": follow}}
    creance = daemon(source | HTTP, sinks=("falco",)).start()
    creance.settle("log", len(LINES[name]))
    assert_same(creance.alerts("falco"), LINES[name])


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_json_from_a_compressed_file(daemon, tmp_path, suffix):
    import zstandard
    packed = tmp_path / f"alerts.json.{suffix}"
    raw = (SAMPLES / "alerts.jsonl").read_bytes()
    packed.write_bytes(gzip.compress(raw) if suffix == "gz" else zstandard.compress(raw))
    creance = daemon({"log": {"type": "file", "path": str(packed)}} | HTTP, sinks=("falco",)).start()
    creance.settle("log", len(LINES["alerts.jsonl"]))
    assert_same(creance.alerts("falco"), LINES["alerts.jsonl"])


def test_the_end_of_a_pipe_ends_the_daemon_when_it_is_told_so(daemon):
    creance = daemon({"pipe": {"type": "stdin", "stop_at_end": True}} | HTTP, sinks=("falco",)).start(stdin=subprocess.PIPE)
    creance.process.stdin.write((SAMPLES / "both.jsonl").read_bytes())
    creance.process.stdin.close()
    assert creance.process.wait(timeout=60) == 0
    assert_same(creance.alerts("falco"), BOTH)


def test_json_from_standard_input(daemon):
    creance = daemon({"pipe": {"type": "stdin"}} | HTTP, sinks=("falco",)).start(stdin=subprocess.PIPE)
    creance.process.stdin.write((SAMPLES / "both.jsonl").read_bytes())
    creance.process.stdin.close()
    creance.settle("pipe", len(BOTH))
    assert_same(creance.alerts("falco"), BOTH)


def assert_equal_to_json(records, count):
    """Recorded over gRPC, these alerts are equal to what the same Falco wrote as JSON at the same time."""
    expected = by_time(alerts.parse(line) for line in BOTH)
    assert len(records) == count == len(by_time(records))
    for record in records:
        assert record == expected[record["time"]]


def test_wrapped_documents_over_grpc_equal_the_json_of_the_same_falco(daemon, falco):
    messages = falco_wire.read_delimited(SAMPLES / "both.pb")
    falco.push(messages)
    creance = daemon(grpc_source(falco), sinks=("falco", "creance")).start()
    creance.settle("node", len(messages))
    assert_equal_to_json(creance.alerts("falco"), len(messages))


def test_the_string_map_alone_over_grpc_equals_the_json_of_the_same_falco(daemon, falco):
    messages = []
    for message in falco_wire.read_delimited(SAMPLES / "both.pb"):
        alert = falco_wire.decode(message)
        messages.append(falco_wire.encode({**alert, "output": json.loads(alert["output"])["output"]}))
    falco.push(messages)
    creance = daemon(grpc_source(falco), sinks=("falco",)).start()
    creance.settle("node", len(messages))
    assert_equal_to_json(creance.alerts("falco"), len(messages))


def test_a_file_of_grpc_messages(daemon):
    source = {"log": {"type": "file", "path": str(SAMPLES / "both.pb")}}
    creance = daemon(source | HTTP, sinks=("falco",)).start()
    count = len(falco_wire.read_delimited(SAMPLES / "both.pb"))
    creance.settle("log", count)
    assert_equal_to_json(creance.alerts("falco"), count)


@pytest.mark.parametrize("name", ["internal.pb", "internal-json.pb", "invalid-utf8.pb"])
def test_the_other_recordings_over_grpc(daemon, falco, name):
    messages = falco_wire.read_delimited(SAMPLES / name)
    falco.push(messages)
    creance = daemon(grpc_source(falco), sinks=("falco", "creance")).start()
    creance.settle("node", len(messages))
    sent = [falco_wire.decode(message) for message in messages]
    for kind in ("falco", "creance"):
        got = creance.alerts(kind)
        assert [record["rule"] for record in got] == [alert["rule"].decode("utf-8", "replace") for alert in sent]
        assert [record["time"] for record in got] == [falco_wire.rfc3339(alert["time"]) for alert in sent]
        assert [record["priority"] for record in got] == [alert["priority"] for alert in sent]
        for record, alert in zip(got, sent, strict=True):
            keys = {key.decode("utf-8", "replace") for key in alert["output_fields"]}
            assert keys <= record["output_fields"].keys()


def test_text_that_is_no_alert_becomes_dead_letters(daemon):
    lines = alerts.sample_lines("alerts-text.txt")
    creance = daemon({"log": {"type": "file", "path": str(SAMPLES / "alerts-text.txt")}}).start()
    creance.settle("log", len(lines))
    assert creance.alerts() == []
    assert creance.metrics().total("creance_source_dead_letters_total", source="log") == len(lines)


def test_alerts_over_mutual_tls(daemon, certificates):
    with FalcoPeer(f"127.0.0.1:{free_port()}", certificates.server_credentials()) as falco:
        falco.push([alerts.message(number) for number in range(2000)])
        creance = daemon({"node": {
            "type": "falco_grpc", "address": falco.address, "server_name": "localhost",
            "tls": certificates.client_files()}}).start()
        creance.settle("node", 2000)
        assert alerts.numbers(creance.alerts()) == list(range(2000))


@pytest.mark.parametrize("wrong", ["other_ca", "other_client", "expired_client"])
def test_wrong_certificates_are_named_and_right_ones_are_taken_without_a_restart(daemon, certificates, wrong):
    with FalcoPeer(f"127.0.0.1:{free_port()}", certificates.server_credentials()) as falco:
        falco.push([alerts.message(number) for number in range(100)])
        files = certificates.copy_client_files(wrong)
        creance = daemon({"node": {
            "type": "falco_grpc", "address": falco.address, "server_name": "localhost", "tls": files}})
        creance.start(ready=False)
        until(lambda: "certificate" in creance.log().lower(), what=creance.log)
        assert falco.popped == []
        certificates.mend(files)
        creance.settle("node", 100)
        assert alerts.numbers(creance.alerts()) == list(range(100))
