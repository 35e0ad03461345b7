# SPDX-License-Identifier: Apache-2.0
"""The syslog sink with rsyslog, syslog-ng and receivers that misbehave: counts are conserved, what is promised arrives."""

import collections
import json
import re
import shutil
import socket
import threading
import time

import pytest

import alerts
import siem_readers as readers
from loads import HTTPLoad
from syslog_receivers import RECEIVERS, Rsyslog
from test_kills import every_round, lengths
from waiting import until

TRANSPORTS = ["udp", "tcp", "tls", "unix"]


@pytest.fixture
def receiver(tmp_path, certificates):
    """Makes receivers; they end with the test."""
    made = []

    def make(kind, transport, **rest):
        made.append(RECEIVERS[kind](tmp_path / f"{kind}-{len(made)}", transport, certificates, **rest))
        return made[-1]

    yield make
    for one in made:
        one.kill()


def sink_to(address, certificates=None, client="client", **keys):
    sink = {"type": "syslog", "address": address, "format": "falco", "timeout": "2s",
            "retry": {"first": "50ms", "longest": "200ms"}, **keys}
    if address.startswith("tls:"):
        sink["tls"] = certificates.client_files(client)
    return sink


def with_sink(creance, sink):
    creance.config["sinks"]["siem"] = sink
    return creance


def file_source(tmp_path, count, filler=400):
    lines = tmp_path / "alerts.jsonl"
    lines.write_text("".join(alerts.line(number, filler) + "\n" for number in range(count)))
    return {"log": {"type": "file", "path": str(lines), "follow": False}}


def numbers_of(messages):
    return [int(json.loads(message)["output_fields"][alerts.FIELD]) for message in messages]


def delivered(receiver, count, creance):
    until(lambda: len(set(numbers_of(receiver.messages()))) >= count,
          what=lambda: f"{len(receiver.messages())} of {count}\n{creance.log()[-3000:]}")
    return numbers_of(receiver.messages())


@pytest.mark.parametrize("kind", RECEIVERS)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_record_arrives_once_and_in_order(daemon, receiver, certificates, tmp_path, kind, transport):
    end = receiver(kind, transport).start()
    # UDP has no flow control: as many as a socket's buffer takes.
    count = 50 if transport == "udp" else 2000
    creance = with_sink(daemon(file_source(tmp_path, count)), sink_to(end.address, certificates))
    creance.start()
    assert delivered(end, count, creance) == list(range(count))
    creance.settle("log", count)
    assert creance.metrics().total("creance_sink_accepted_total", sink="siem") == count
    for number, record in enumerate(end.records()):
        given = alerts.alert(number)
        assert int(record["pri"]) == 16 * 8 + number % 8
        assert (record["host"], record["app"], record["msgid"]) == (given["hostname"], "creance", "alert")
        assert re.fullmatch(r"2026-05-28T20:26:4\d\.\d{6}(Z|\+00:00)", record["timestamp"]), record["timestamp"]


@pytest.mark.parametrize("kind", RECEIVERS)
def test_structured_data_is_read_back(daemon, receiver, tmp_path, kind):
    end = receiver(kind, "tcp").start()
    creance = with_sink(daemon(file_source(tmp_path, 3)), sink_to(
        end.address, format="text", structured_data="creance@32473", facility="authpriv", app_name="falco"))
    creance.start()
    records = until(lambda: len(end.records()) >= 3 and end.records(), what=creance.log)
    for number, record in enumerate(records):
        assert (int(record["pri"]), record["app"]) == (10 * 8 + number % 8, "falco")
        pairs = dict(readers.PARAMETER.findall(record["sd"]))
        assert pairs["procCmdline"] == alerts.alert(number)["output_fields"]["proc.cmdline"]
        assert pairs["rule"] == f"Rule {number}" and pairs["id"].count("-") == 2


class Misbehaving:
    """A receiver of our own: reads the octet-counted frames of each connection, or whatever `serve` does with it."""

    def __init__(self, serve=None, backlog=16):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.address = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.lock = threading.Lock()
        self.frames = []
        self.connections = []
        self.serve = serve or self.read
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections.append(connection)
                number = len(self.connections)
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection, number):
        try:
            self.serve(connection, number)
        except OSError:
            pass

    def read(self, connection, number, limit=None):
        """Takes frames until the end, or closes after so many, with whatever is on its way."""
        data = b""
        taken = 0
        while True:
            while (found := re.match(rb"(\d+) ", data)) and len(data) >= found.end() + int(found.group(1)):
                end = found.end() + int(found.group(1))
                with self.lock:
                    self.frames.append(data[found.end():end].decode())
                data = data[end:]
                taken += 1
                if taken == limit:
                    # What lies in the kernel unread is lost, and the other side gets a reset.
                    connection.close()
                    return
            more = connection.recv(65536)
            if not more:
                return
            data += more

    def messages(self):
        with self.lock:
            return [readers.parse_syslog(frame)[-1] for frame in self.frames]

    def close(self):
        self.listener.close()
        with self.lock:
            for connection in self.connections:
                connection.close()


def test_what_a_broken_connection_swallowed_is_sent_again(daemon, tmp_path):
    count = 5000
    # Everything that a reset takes with it is within `resend`: what the receiver's kernel holds, and ours.
    def serve(connection, number):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 << 10)
        end.read(connection, number, limit=400 if number <= 5 else None)
    end = Misbehaving(serve)
    try:
        creance = with_sink(daemon(file_source(tmp_path, count)), sink_to(
            end.address, format="creance", resend="8MiB"))
        creance.start()
        seen = delivered(end, count, creance)
        creance.settle("log", count)
        assert set(seen) == set(range(count))
        # Repeats are the same records.
        of_number = collections.defaultdict(set)
        for message in end.messages():
            record = json.loads(message)
            of_number[record["output_fields"][alerts.FIELD]].add(record["id"])
        assert all(len(ids) == 1 for ids in of_number.values())
        assert len(end.connections) >= 6 and len(seen) > count
    finally:
        creance.stop()
        end.close()


def test_a_receiver_that_accepts_and_never_reads_is_tried_again_and_delays_nobody(daemon, tmp_path):
    healed = threading.Event()

    def serve(connection, number):
        healed.wait(600)
        end.read(connection, number)
    end = Misbehaving(serve)
    try:
        creance = with_sink(daemon(file_source(tmp_path, 3000, filler=2000)), sink_to(end.address, timeout="300ms"))
        creance.start()
        # The other sink gets everything while this one stands.
        until(lambda: len(creance.alerts_seen()) == 3000, what=creance.log)
        until(lambda: "takes nothing" in creance.log(), what=creance.log)
        assert len(set(numbers_of(end.messages()))) < 3000
        healed.set()
        assert list(dict.fromkeys(delivered(end, 3000, creance))) == list(range(3000))
        creance.settle("log", 3000)
    finally:
        healed.set()
        creance.stop()
        end.close()


def test_a_name_that_is_not_there_and_a_port_where_nobody_listens(daemon, tmp_path):
    creance = with_sink(daemon(file_source(tmp_path, 10)), sink_to("tcp://no-such-host.invalid:601"))
    creance.config["sinks"]["closed"] = sink_to("tcp://127.0.0.1:1")
    creance.start()
    until(lambda: len(creance.alerts_seen()) == 10)
    until(lambda: "address of no-such-host.invalid" in creance.log(), what=creance.log)
    until(lambda: "Connection refused" in creance.log(), what=creance.log)
    now = creance.metrics()
    assert now.total("creance_sink_accepted_total", sink="siem") == 0
    creance.kill()


def test_rsyslog_down_and_back(daemon, receiver, tmp_path):
    end = receiver("rsyslog", "tcp").start()
    creance = with_sink(daemon({"web": {"type": "falco_http"}}), sink_to(end.address))
    creance.start()
    assert creance.post(alerts.line(0)) == 200
    delivered(end, 1, creance)
    end.stop()
    for number in range(1, 200):
        assert creance.post(alerts.line(number)) == 200
    end.start()
    seen = delivered(end, 200, creance)
    assert list(dict.fromkeys(seen)) == list(range(200))
    creance.settle("web", 200)


@every_round
def test_kill_under_load_loses_nothing_that_was_answered(daemon, receiver, turn, kills):
    end = receiver("rsyslog", "tcp").start()
    creance = with_sink(daemon({"web": {"type": "falco_http"}}), sink_to(end.address, format="creance"))
    load = HTTPLoad(creance.port)
    length = lengths("syslog", turn)
    try:
        for _ in range(kills):
            creance.start(ready=length.random() < 0.8)
            # The length of a life is not a synchronisation: any length must do.
            time.sleep(length.uniform(0.0, 0.4))
            creance.kill()
        creance.start()
        before = len(load.stored)
        until(lambda: len(load.stored) > before, what=creance.log)
    finally:
        load.stop()
    creance.settle("web", 1)
    until(lambda: load.stored <= set(alerts.numbers(parsed(end))), what=lambda: missing(load, end))
    records = [record for record in parsed(end) if record["kind"] == "alert"]
    of_number = collections.defaultdict(set)
    for record in records:
        of_number[record["output_fields"][alerts.FIELD]].add(record["id"])
    # Repeats only under the same id.
    assert all(len(ids) == 1 for ids in of_number.values())
    assert {int(number) for number in of_number} <= load.stored | load.doubtful
    print(f"syslog: {kills} kills, {len(load.stored)} answered 200 and all there, "
          f"{len(records) - len(of_number)} of {len(records)} repeated")


def parsed(end):
    """What is not one whole record is a message that a kill cut, which rsyslog hands on as far as it came."""
    records = []
    for message in end.messages():
        try:
            records.append(alerts.parse(message))
        except ValueError:
            continue
    return records


def missing(load, end):
    there = set(alerts.numbers(parsed(end)))
    return f"{len(load.stored - there)} of {len(load.stored)} missing: {sorted(load.stored - there)[:10]}"


# Certificates.

@pytest.mark.parametrize(("server", "client", "said"), [
    ("expired_server", "client", "has expired: it was valid until"),
    ("other_server", "client", "is not trusted"),
    ("server_of_another_name", "client", "is not made for the name in address or server_name"),
    ("server", "other_client", "the receiver refused us"),
    ("server", None, "the receiver refused us"),
    ("server", "expired_client", "has expired"),
])
def test_wrong_certificates_are_named_and_right_ones_used_as_soon_as_they_are_there(
        daemon, receiver, certificates, tmp_path, server, client, said):
    certificates.issue_servers()
    end = receiver("rsyslog", "tls", server=server).start()
    files = {}
    for name, path in certificates.client_files(client or "client").items():
        files[name] = tmp_path / f"used-{name}.pem"
        shutil.copy(path, files[name])
    creance = daemon(file_source(tmp_path, 20))
    sink = sink_to(end.address, certificates)
    sink["tls"] = {name: str(path) for name, path in files.items() if client or name == "ca"}
    with_sink(creance, sink).start()
    until(lambda: said in creance.log(), what=creance.log)
    assert end.messages() == []
    if server != "server":
        end.stop()
        end.server = "server"
        end.start()
    elif client:
        certificates.mend({name: str(path) for name, path in files.items()})
    else:
        return creance.kill()
    delivered(end, 20, creance)
    creance.settle("log", 20)


def test_a_renewed_certificate_is_used_without_a_restart(daemon, receiver, certificates, tmp_path):
    end = receiver("rsyslog", "tls").start()
    files = certificates.copy_client_files("client")
    creance = daemon({"web": {"type": "falco_http"}})
    sink = sink_to(end.address, certificates)
    sink["tls"] = files
    with_sink(creance, sink).start()
    assert creance.post(alerts.line(0)) == 200
    delivered(end, 1, creance)
    certificates.mend(files)
    assert creance.post(alerts.line(1)) == 200
    assert delivered(end, 2, creance) == [0, 1]


# UDP.

def test_udp_cuts_long_messages_between_characters(daemon, tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        end.settimeout(60)
        document = alerts.document(1)
        document["rule"] = "日" * 2000
        (tmp_path / "alerts.jsonl").write_text(json.dumps(document) + "\n" + alerts.line(2) + "\n")
        creance = with_sink(
            daemon({"log": {"type": "file", "path": str(tmp_path / "alerts.jsonl"), "follow": False}}),
            sink_to(f"udp://127.0.0.1:{end.getsockname()[1]}", max_message="1KiB", format="text"))
        creance.start()
        first, second = end.recv(65536), end.recv(65536)
        assert 1021 <= len(first) <= 1024
        assert first.decode().endswith("日")
        assert readers.parse_syslog(second.decode())[0] == str(16 * 8 + 2)
        creance.settle("log", 2)
