# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random points under load: what was promised is in the output once, what was lost is said.

CREANCE_KILLS says how often each test kills (default 20; `make soak`: 1000), CREANCE_SEED where the points lie.
"""

import bisect
import collections
import os
import random
import time

import alerts
from loads import FalcoLoad, FileLoad, HTTPLoad
from waiting import until

KILLS = int(os.environ.get("CREANCE_KILLS", "20"))
SEED = os.environ.get("CREANCE_SEED", "creance")
# Received and not committed (in_flight), what gRPC lets the peer send ahead, and one message: docs of falco_grpc.
IN_FLIGHT, WINDOW = 1 << 20, 256 << 10


def kill_again_and_again(creance, name, after_kill=lambda: None):
    """Each life is of random length: some end before they are ready, most under load. Leaves the daemon running."""
    random_length = random.Random(f"{SEED} {name}")
    for count in range(KILLS):
        creance.start(ready=random_length.random() < 0.8)
        # The length of a life is not a synchronisation: any length must do.
        time.sleep(random_length.uniform(0.0, 0.4))
        creance.kill()
        after_kill()
        if (count + 1) % 50 == 0:
            print(f"{name}: {count + 1} kills", flush=True)
    creance.start()


def counted(records):
    """How often each numbered alert is there; record ids are never used twice."""
    ids = collections.Counter(record["id"] for record in records)
    assert not [number for number, times in ids.items() if times > 1]
    return collections.Counter(alerts.numbers(records))


def repeated(counts):
    return {number: times for number, times in counts.items() if times > 1}


def test_kill_under_http_load_keeps_every_alert_that_was_answered(daemon):
    creance = daemon({"web": {"type": "falco_http"}})
    load = HTTPLoad(creance.port)
    try:
        kill_again_and_again(creance, "http")
        # The last life takes alerts, too.
        before = len(load.stored)
        until(lambda: len(load.stored) > before, what=creance.log)
    finally:
        load.stop()
    creance.settle("web", 1)
    counts = counted(creance.records())
    assert load.refused == set()
    assert len(load.stored) > KILLS
    assert load.stored - counts.keys() == set(), "answered 200 and lost"
    assert counts.keys() <= load.stored | load.doubtful
    assert repeated(counts) == {}
    print(f"http: {KILLS} kills, {len(load.stored)} answered 200 and all there once, "
          f"{len(load.doubtful)} unanswered, {len(load.doubtful & counts.keys())} of them there")


def test_kill_under_file_load_keeps_every_line_once(daemon, tmp_path):
    log = tmp_path / "alerts.log"
    creance = daemon({"log": {"type": "file", "path": str(log), "follow": True}})
    load = FileLoad(log)
    try:
        kill_again_and_again(creance, "file")
    finally:
        load.stop()
    until(lambda: len(creance.alerts_seen()) >= load.next, what=lambda: f"{load.next} alerts\n{creance.log()}")
    creance.settle("log", 0)
    counts = counted(creance.records())
    assert repeated(counts) == {}
    assert counts.keys() == set(range(load.next))
    assert creance.gaps() == []
    print(f"file: {KILLS} kills, {load.next} lines, each there once")


def test_kill_under_grpc_load_loses_at_most_the_window_and_says_so(daemon, falco):
    creance = daemon({"node": {"type": "falco_grpc", "address": falco.address, "in_flight": "1MiB"}})
    load = FalcoLoad(falco)
    lives = []  # how many alerts had left Falco when the n-th life had ended

    def note_the_end_of_a_life():
        until(lambda: falco.open_streams == 0)
        lives.append(len(falco.popped))

    try:
        kill_again_and_again(creance, "grpc", note_the_end_of_a_life)
    finally:
        load.stop()
    load.drained()
    creance.settle("node", 0)
    records = creance.records()
    counts = counted(records)
    assert repeated(counts) == {}
    assert falco.popped == sorted(falco.popped)
    assert counts.keys() <= set(falco.popped)
    lost = [number for number in falco.popped if number not in counts]
    largest = check_losses(lost, lives, load, records)
    print(f"grpc: {KILLS} kills, {len(falco.popped)} left Falco, {len(lost)} lost with the process, "
          f"at most {largest} bytes at once, {len(creance.gaps())} gap records")


def check_losses(lost, lives, load, records):
    """What one kill took is within the bound and is the end of that life; a gap record stands in its place."""
    by_life = collections.defaultdict(list)
    for number in lost:
        by_life[bisect.bisect_right(lives, number)].append(number)
    largest = 0
    for life, numbers in by_life.items():
        assert life < len(lives), f"{len(numbers)} alerts lost and no kill after them: {numbers[:3]}"
        assert numbers == list(range(numbers[0], lives[life])), f"lost in the middle of life {life}: {numbers[:3]}"
        sizes = [len(load.message(number)) for number in numbers]
        assert sum(sizes) <= IN_FLIGHT + WINDOW + max(sizes), f"{len(numbers)} alerts lost at once"
        largest = max(largest, sum(sizes))
    after_gap, last, said = False, -1, set()
    for record in records:
        if record["kind"] == "gap":
            after_gap = True
            continue
        number = alerts.numbers([record])[0]
        if after_gap:
            said.update(range(last + 1, number))
        after_gap, last = False, number
    unsaid = [number for number in lost if number <= last and number not in said]
    assert unsaid == [], f"{len(unsaid)} lost alerts with no gap record in their place"
    return largest
