# SPDX-License-Identifier: Apache-2.0
"""The kafka sink before a cluster of mock brokers, read by kcat: everything arrives, with its key and id, whatever happens."""

import collections
import json
import pathlib
import socket
import threading
import time

import pytest

import alerts
import falco_wire
from kafka_cluster import Cluster, header_id
from test_kills import every_round, lengths
from waiting import until

FILLER = 40


@pytest.fixture
def cluster():
    # Mock brokers keep five megabytes of a partition.
    with Cluster(partitions=64) as made:
        yield made


def kafka_daemon(daemon, sources, brokers, **keys):
    creance = daemon(sources)
    creance.config["sinks"]["kafka"] = {
        "type": "kafka", "brokers": brokers, "topic": "falco", "format": "creance", "timeout": "2s",
        "retry": {"first": "50ms", "longest": "500ms"}, **keys}
    return creance


def numbers(messages):
    return collections.Counter(alerts.numbers(json.loads(message["payload"]) for message in messages))


def check(messages, creance):
    """Each message is a record of the file sink beside it, under its own id; what is there twice has one id."""
    written = {record["id"]: record for record in creance.records()}
    for message in messages:
        record = json.loads(message["payload"])
        assert header_id(message) == record["id"]
        assert record == json.loads(json.dumps(written[record["id"]], default=float))
    assert {header_id(message) for message in messages} == written.keys()


def size(path):
    return path.stat().st_size if path.exists() else 0


def kill_again_and_again(creance, name, progress, kills, turn=0):
    """Lives of random length: most write, some end before they are ready. `progress`: changes when something was written."""
    length = lengths(name, turn)
    for _ in range(kills):
        is_working = length.random() < 0.8
        before = progress()
        creance.start(ready=is_working)
        if is_working:
            until(lambda before=before: progress() != before, what=creance.log)
        # The length of a life is not a synchronisation: any length must do.
        time.sleep(length.uniform(0.0, 0.4))
        creance.kill()


class PacedLoad:
    """Appends numbered alerts to a file, so slowly that mock brokers can keep them all."""

    def __init__(self, path, batch=20, pause=0.02):
        self.path, self.batch, self.pause = path, batch, pause
        self.next = 0
        self.stopping = threading.Event()
        path.touch()
        self.thread = threading.Thread(target=self._write, daemon=True)
        self.thread.start()

    def _write(self):
        with open(self.path, "ab", buffering=0) as file:
            while not self.stopping.wait(self.pause):
                file.write("".join(
                    alerts.line(number, FILLER) + "\n" for number in range(self.next, self.next + self.batch)).encode())
                self.next += self.batch

    def stop(self):
        self.stopping.set()
        self.thread.join()


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_every_record_arrives_once_with_its_id(daemon, cluster, compression):
    creance = kafka_daemon(daemon, {"web": {"type": "falco_http"}}, cluster.brokers, compression=compression).start()
    for start in range(0, 2000, 500):
        body = "\n".join(alerts.line(number, FILLER) for number in range(start, start + 500))
        assert creance.post(body) == 200
    creance.settle("web", 4)
    messages = cluster.messages()
    assert numbers(messages) == collections.Counter(range(2000))
    check(messages, creance)


def test_records_of_a_group_have_its_key_and_partition_in_order(daemon, cluster):
    creance = kafka_daemon(daemon, {"web": {"type": "falco_http"}}, cluster.brokers)
    creance.config["deduplicate"] = {"enabled": True, "quiet": "1s", "fields": ["rule"]}
    creance.start()
    now = time.time_ns()
    body = "\n".join(
        json.dumps({**alerts.document(number, FILLER), "time": falco_wire.rfc3339(now + number)}) for number in range(400))
    assert creance.post(body) == 200
    # Of eight priorities the three most severe are never counted instead of passed on.
    until(lambda: creance.outputs["creance"].read_bytes().count(b'"state":"close"') >= 25, what=creance.log)
    creance.settle("web", 1)
    messages = cluster.messages()
    check(messages, creance)
    partitions = collections.defaultdict(set)
    kinds = collections.defaultdict(list)
    for message in sorted(messages, key=lambda message: (message["partition"], message["offset"])):
        record = json.loads(message["payload"])
        assert message["key"] == record["group"]["id"]
        partitions[message["key"]].add(message["partition"])
        kinds[message["key"]].append(record["kind"])
    assert all(len(places) == 1 for places in partitions.values())
    assert len(partitions) == 40
    # A summary follows the alerts that it counts.
    counted = [order for order in kinds.values() if "summary" in order]
    assert len(counted) == 25
    assert all(order.index("summary") == order.count("alert") for order in counted)


@every_round
def test_kill_under_load_loses_nothing_and_repeats_only_ids(daemon, cluster, tmp_path, turn, kills):
    log = tmp_path / "alerts.log"
    creance = kafka_daemon(daemon, {"log": {"type": "file", "path": str(log), "follow": True}}, cluster.brokers)
    load = PacedLoad(log, batch=10)
    try:
        kill_again_and_again(creance, "kafka", lambda: size(creance.outputs["creance"]), kills, turn)
        creance.start()
    finally:
        load.stop()
    until(lambda: len(creance.alerts_seen()) >= load.next, what=creance.log)
    creance.settle("log", 0)
    messages = cluster.wait_for(load.next)
    counts = numbers(messages)
    assert counts.keys() == set(range(load.next))
    check(messages, creance)
    repeats = sum(counts.values()) - len(counts)
    print(f"kafka: {kills} kills, {load.next} alerts, all there, {repeats} again under the same ids")


@pytest.mark.parametrize("fault", ["down", "frozen"])
def test_brokers_gone_and_back_delay_only_this_sink(daemon, cluster, fault):
    creance = kafka_daemon(daemon, {"web": {"type": "falco_http"}}, cluster.brokers).start()
    assert creance.post(alerts.line(0, FILLER)) == 200
    creance.settle("web", 1)
    resident = memory(creance)
    cluster.tell("down") if fault == "down" else cluster.freeze()
    for start in range(1, 10_001, 500):
        assert creance.post("\n".join(alerts.line(number, FILLER) for number in range(start, start + 500))) == 200
    # The file beside it has everything, and the log says why Kafka has not.
    until(lambda: len(creance.alerts_seen()) == 10_001, what=creance.log)
    until(lambda: "cannot deliver and tries again: topic falco: Local: Message timed out" in creance.log(),
          what=creance.log)
    # What waits, waits in the journal.
    assert memory(creance) < resident + (64 << 20)
    cluster.tell("up") if fault == "down" else cluster.thaw()
    creance.settle("web", 21)
    messages = cluster.wait_for(10_001)
    assert numbers(messages).keys() == set(range(10_001))
    check(messages, creance)


def test_brokers_that_are_not_there_at_the_start(daemon, cluster):
    with socket.socket() as placeholder:
        placeholder.bind(("127.0.0.1", 0))
        port = placeholder.getsockname()[1]
    creance = kafka_daemon(daemon, {"web": {"type": "falco_http"}}, [f"127.0.0.1:{port}"]).start()
    assert creance.post(alerts.line(0, FILLER)) == 200
    until(lambda: "Connection refused" in creance.log(), what=creance.log)
    forwarder = Forwarder(port, cluster.brokers[0])
    try:
        creance.settle("web", 1)
        assert numbers(cluster.messages()) == {0: 1}
    finally:
        forwarder.close()


def test_what_a_broker_refuses_for_now_is_sent_again(daemon, cluster):
    creance = kafka_daemon(daemon, {"web": {"type": "falco_http"}}, cluster.brokers).start()
    # Kafka's protocol: 6 NOT_LEADER_OR_FOLLOWER, 19 NOT_ENOUGH_REPLICAS, 7 REQUEST_TIMED_OUT.
    cluster.tell("fail", 6, 19, 7)
    assert creance.post("\n".join(alerts.line(number, FILLER) for number in range(300))) == 200
    creance.settle("web", 1)
    messages = cluster.wait_for(300)
    assert numbers(messages).keys() == set(range(300))
    check(messages, creance)


class Forwarder:
    """Listens on a port and passes bytes on to a broker and back."""

    def __init__(self, port, target):
        host, _, number = target.rpartition(":")
        self.target = (host, int(number))
        self.socket = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
                broker = socket.create_connection(self.target)
            except OSError:
                return
            for one, other in ((client, broker), (broker, client)):
                threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    @staticmethod
    def _pump(one, other):
        try:
            while data := one.recv(1 << 16):
                other.sendall(data)
        except OSError:
            pass
        other.close()

    def close(self):
        self.socket.close()


def memory(creance):
    """Resident bytes."""
    return int(pathlib.Path(f"/proc/{creance.process.pid}/statm").read_text().split()[1]) * 4096
