# SPDX-License-Identifier: Apache-2.0
"""User instructions per alert by lane, from two callgrind runs with --separate-threads=yes of different length.

usage: instructions.py SHORT_PREFIX LONG_PREFIX ALERTS_BETWEEN LIMIT     LIMIT 0: none

A lane is known by a function that only it runs. gRPC's own threads count as receiving. The journal's lane counts as
storing, all of it. Exit 1 when receiving and the engine together are above LIMIT.
"""
import glob
import re
import sys

LANES = [
    ("receive", "cfalco_client_receive"),
    ("store", "ZSTD_compress2"),
    ("deliver", "FalcoFormat"),
    ("engine", "11AlertEngine"),
]


def cost(path):
    """What the thread of one file is, and its instructions."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    match = re.search(r"^(?:totals|summary):\s+(\d+)", text, re.M)
    total = int(match.group(1)) if match else 0
    for lane, mark in LANES:
        if mark in text:
            return lane, total
    return ("gRPC's threads", total) if "grpc" in text and "Executor" in text else ("others", total)


def costs(prefix):
    sums = {}
    for path in glob.glob(prefix + "-*"):
        lane, total = cost(path)
        sums[lane] = sums.get(lane, 0) + total
    return sums


def main():
    few, many, alerts, limit = costs(sys.argv[1]), costs(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    each = {lane: (many[lane] - few.get(lane, 0)) / alerts for lane in many}
    for lane, count in sorted(each.items(), key=lambda pair: -pair[1]):
        print(f"user instructions per alert, {lane}: {count:.0f}")
    counted = each.get("receive", 0) + each.get("gRPC's threads", 0) + each.get("engine", 0)
    print(f"user instructions per alert, receive to the engine's end, journal apart: {counted:.0f} (target 14000)")
    if counted < 1000:
        sys.exit("the lanes were not recognised")
    if limit and counted > limit:
        sys.exit(f"more than the {limit} allowed")


main()
