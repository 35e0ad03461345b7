# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random points under load: what was promised is in the output once, what was lost is said.

CREANCE_KILLS says how often each test kills (default 20; `make soak`: 334, a thousand in all; of each sink that acknowledges a
thousand), CREANCE_SEED where the points lie.
"""

import collections
import os
import random
import time

import pytest

import alerts
from loads import FalcoLoad, FileLoad, HTTPLoad
from waiting import until

KILLS = int(os.environ.get("CREANCE_KILLS", "20"))
# Rounds of at most so many kills, each on a journal of its own: what a round writes fits a small disk.
ROUND = 50
SEED = os.environ.get("CREANCE_SEED", "creance")
# Received and not committed (in_flight), what gRPC lets the peer send ahead, and one message: docs of falco_grpc.
IN_FLIGHT, WINDOW = 1 << 20, 256 << 10


def rounds(kills):
    return [(count // ROUND, min(ROUND, kills - count)) for count in range(0, kills, ROUND)]


def lengths(name, turn):
    """Random lengths of lives; each round has its own."""
    return random.Random(f"{SEED} {name}" + (f" {turn}" if turn else ""))


every_round = pytest.mark.parametrize(
    ("turn", "kills"), rounds(KILLS), ids=[f"round {turn}" for turn, _ in rounds(KILLS)])


def kill_again_and_again(creance, name, kills):
    """Each life is of random length: some end before they are ready, most under load. Leaves the daemon running."""
    random_length = random.Random(f"{SEED} {name}")
    for _ in range(kills):
        creance.start(ready=random_length.random() < 0.8)
        # The length of a life is not a synchronisation: any length must do.
        time.sleep(random_length.uniform(0.0, 0.4))
        creance.kill()
    creance.start()


def counted(records):
    """How often each numbered alert is there; record ids are never used twice."""
    ids = collections.Counter(record["id"] for record in records)
    assert not [number for number, times in ids.items() if times > 1]
    return collections.Counter(alerts.numbers(records))


def repeated(counts):
    return {number: times for number, times in counts.items() if times > 1}


@every_round
def test_kill_under_http_load_keeps_every_alert_that_was_answered(daemon, turn, kills):
    creance = daemon({"web": {"type": "falco_http"}})
    load = HTTPLoad(creance.port)
    try:
        kill_again_and_again(creance, f"http {turn}", kills)
        # The last life takes alerts, too.
        before = len(load.stored)
        until(lambda: len(load.stored) > before, what=creance.log)
    finally:
        load.stop()
    creance.settle("web", 1)
    counts = counted(creance.records())
    assert load.refused == set()
    assert len(load.stored) > kills
    assert load.stored - counts.keys() == set(), "answered 200 and lost"
    assert counts.keys() <= load.stored | load.doubtful
    assert repeated(counts) == {}
    print(f"http: {kills} kills, {len(load.stored)} answered 200 and all there once, "
          f"{len(load.doubtful)} unanswered, {len(load.doubtful & counts.keys())} of them there")


@every_round
def test_kill_under_file_load_keeps_every_line_once(daemon, tmp_path, turn, kills):
    log = tmp_path / "alerts.log"
    creance = daemon({"log": {"type": "file", "path": str(log), "follow": True}})
    load = FileLoad(log)
    try:
        kill_again_and_again(creance, f"file {turn}", kills)
    finally:
        load.stop()
    until(lambda: len(creance.alerts_seen()) >= load.next, what=lambda: f"{load.next} alerts\n{creance.log()}")
    creance.settle("log", 0)
    counts = counted(creance.records())
    assert repeated(counts) == {}
    assert counts.keys() == set(range(load.next))
    assert creance.gaps() == []
    print(f"file: {kills} kills, {load.next} lines, each there once")


@every_round
def test_kill_under_grpc_load_loses_at_most_the_window_and_says_so(daemon, falco, turn, kills):
    creance = daemon({"node": {"type": "falco_grpc", "address": falco.address, "in_flight": "1MiB"}})
    load = FalcoLoad(falco)
    try:
        kill_again_and_again(creance, f"grpc {turn}", kills)
    finally:
        load.stop()
    load.drained()
    creance.settle("node", 0)
    records = creance.records()
    counts = counted(records)
    assert repeated(counts) == {}
    assert counts.keys() <= set(falco.popped)
    lost = collections.defaultdict(list)
    for number in falco.popped:
        if number not in counts:
            lost[falco.stream_of[number]].append(number)
    largest = check_bound(lost, falco, load)
    assert len(lost) <= kills
    check_gaps(lost, falco, records)
    print(f"grpc: {kills} kills, {len(falco.popped)} left Falco, {sum(map(len, lost.values()))} lost with the process, "
          f"at most {largest} bytes at once, {len(creance.gaps())} gap records")


def check_bound(lost, falco, load):
    """What a kill took is the end of what its stream popped, and within the bound. Returns the most bytes."""
    largest = 0
    popped = collections.defaultdict(list)
    for number in falco.popped:
        popped[falco.stream_of[number]].append(number)
    for stream, numbers in lost.items():
        assert numbers == popped[stream][-len(numbers):], f"lost in the middle of stream {stream}: {numbers[:3]}"
        sizes = [len(load.message(number)) for number in numbers]
        assert sum(sizes) <= IN_FLIGHT + WINDOW + max(sizes), f"{len(numbers)} alerts lost at once"
        largest = max(largest, sum(sizes))
    return largest


def check_gaps(lost, falco, records):
    """Where alerts of a stream are lost, a gap record stands between the last of it and the first of the next one."""
    streams = [falco.stream_of[alerts.numbers([record])[0]] if record["kind"] == "alert" else None
               for record in records]
    # Streams follow one another in the output: what stands between two of them, gap or not.
    last, gap_since, said = 0, False, set()
    for stream in streams:
        if stream is None:
            gap_since = True
        else:
            assert stream >= last, "alerts of an older stream after those of a newer one"
            if stream > last and gap_since:
                said.update(range(last, stream))
            last, gap_since = stream, False
    unsaid = [stream for stream in lost if stream < last and stream not in said]
    assert unsaid == [], f"no gap record after the streams {unsaid}"
