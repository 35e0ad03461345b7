# SPDX-License-Identifier: Apache-2.0
"""A Kafka cluster for tests: the mock brokers that librdkafka brings along, in a process of their own; kcat reads them.

Run as a program it holds the cluster and does what standard input says; `Cluster` starts and steers it.
"""

import ctypes
import json
import signal
import subprocess
import sys

from waiting import until

# librdkafka's rdkafka.h and rdkafka_mock.h.
PRODUCER = 0
PRODUCE_REQUEST = 0


def hold_cluster(brokers, topic, partitions):
    """Prints the bootstrap servers, then follows commands until standard input ends."""
    library = ctypes.CDLL("librdkafka.so.1")
    for function in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_mock_cluster_new"):
        getattr(library, function).restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    reason = ctypes.create_string_buffer(512)
    handle = library.rd_kafka_new(PRODUCER, ctypes.c_void_p(library.rd_kafka_conf_new()), reason, len(reason))
    assert handle, reason.value
    cluster = library.rd_kafka_mock_cluster_new(ctypes.c_void_p(handle), brokers)
    assert cluster
    cluster = ctypes.c_void_p(cluster)
    library.rd_kafka_mock_topic_create(cluster, topic.encode(), partitions, min(3, brokers))
    print(library.rd_kafka_mock_cluster_bootstraps(cluster).decode(), flush=True)
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "down":
            for broker in range(1, brokers + 1):
                library.rd_kafka_mock_broker_set_down(cluster, broker)
        elif command == "up":
            for broker in range(1, brokers + 1):
                library.rd_kafka_mock_broker_set_up(cluster, broker)
        elif command == "fail":
            codes = [ctypes.c_int(int(code)) for code in arguments]
            library.rd_kafka_mock_push_request_errors(
                cluster, ctypes.c_int16(PRODUCE_REQUEST), ctypes.c_size_t(len(codes)), *codes)
        print("done", flush=True)


class Cluster:
    def __init__(self, brokers=3, topic="falco", partitions=4):
        self.topic = topic
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(brokers), topic, str(partitions)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.brokers = self.process.stdout.readline().strip().split(",")
        assert self.brokers[0], "the cluster did not start"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()

    def tell(self, *words):
        """`down`, `up`: all brokers; `fail CODE…`: the next produce requests get these errors."""
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def freeze(self):
        """Takes connections and bytes, and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def messages(self):
        """Everything in the topic, as kcat's JSON has it."""
        done = subprocess.run(
            ["kcat", "-C", "-q", "-b", ",".join(self.brokers), "-t", self.topic, "-o", "beginning", "-e", "-J"],
            capture_output=True, timeout=120, check=True)
        return [json.loads(line) for line in done.stdout.decode().splitlines()]

    def wait_for(self, wanted, limit=120):
        """Waits until at least so many different records are there; returns all messages."""
        found = []

        def arrived():
            nonlocal found
            found = self.messages()
            return len({header_id(message) for message in found}) >= wanted
        until(arrived, limit, what=lambda: f"{wanted} records, {len(found)} there")
        return found


def header_id(message):
    headers = message["headers"]
    return dict(zip(headers[::2], headers[1::2]))["id"] if isinstance(headers, list) else headers["id"]


if __name__ == "__main__":
    hold_cluster(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
