# SPDX-License-Identifier: Apache-2.0
"""Alerts for tests: the recordings, and numbered ones that can be told apart in the output."""

import json
import pathlib
from decimal import Decimal

import falco_wire

SAMPLES = pathlib.Path(__file__).resolve().parents[1] / "Samples"
START = 1_780_000_000 * 10**9
FIELD = "test.number"


def alert(number, filler=400):
    """Alert number `number`, as Falco has it before it is written as protobuf or JSON."""
    command = f"curl -s http://10.0.0.{number % 250}/{number}"
    fields = {
        FIELD: str(number), "proc.name": "curl", "proc.cmdline": command, "user.name": "<NA>",
        "container.id": f"{number % 97:012x}", "fd.name": "x" * filler,
    }
    return {
        "time": START + number * 1_000_003, "priority": falco_wire.PRIORITIES[number % 8],
        "rule": f"Rule {number % 40}", "output": f"number {number} (command={command})", "output_fields": fields,
        "hostname": f"node-{number % 5}", "tags": ["mitre_execution", "network"], "source": "syscall",
    }


def message(number, filler=400):
    return falco_wire.encode(alert(number, filler))


def document(number, filler=400):
    """The same alert as Falco's JSON."""
    body = alert(number, filler)
    return {**body, "time": falco_wire.rfc3339(body["time"])}


def line(number, filler=400):
    return json.dumps(document(number, filler), separators=(",", ":"))


def parse(text):
    """JSON with nothing lost: integers stay exact, other numbers become decimals."""
    return json.loads(text, parse_float=Decimal)


def sample_lines(name):
    return [text for text in (SAMPLES / name).read_text().split("\n") if text]


def numbers(records):
    """The numbers of the alerts among records of the `creance` or `falco` format."""
    return [int(record["output_fields"][FIELD]) for record in records
            if record.get("kind", "alert") == "alert" and FIELD in record.get("output_fields", {})]
