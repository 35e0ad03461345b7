# SPDX-License-Identifier: Apache-2.0
"""`creance replay`: the same input gives the same bytes, and what a JSON Schema promises."""

import json
import pathlib

import jsonschema
import pytest

import alerts
import falco_wire
from alerts import SAMPLES
from daemon import parse_lines, run

RECORDINGS = ["alerts.jsonl", "both.jsonl", "both.pb", "internal.pb", "internal-json.pb", "invalid-utf8.pb"]
SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs/schema/creance-record.schema.json"


@pytest.fixture
def every(tmp_path):
    """Options under which every alert leaves by itself."""
    path = tmp_path / "every.yaml"
    path.write_text("{ deduplicate: { enabled: false }, correlate: { rules: [] } }\n")
    return "-c", path


def count(name):
    if name.endswith(".pb"):
        return len(falco_wire.read_delimited(SAMPLES / name))
    return len(alerts.sample_lines(name))


@pytest.mark.parametrize("name", RECORDINGS)
def test_replayed_twice_gives_identical_bytes_that_follow_the_schema(name, every):
    first, second = (run("replay", SAMPLES / name, *every, "--format", "creance", "--output", "-") for _ in range(2))
    assert first[0] == 0, first[2]
    assert first[1] == second[1]
    records = parse_lines(first[1])
    assert len(records) == count(name)
    assert len({record["id"] for record in records}) == len(records)
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    for record in records:
        validator.validate(record)


def test_a_replay_with_deduplication_loses_no_count_and_follows_the_schema(tmp_path):
    first, second = (run("replay", SAMPLES / "both.jsonl", "--output", "-", "--json") for _ in range(2))
    assert first[0] == 0, first[2]
    assert first[1] == second[1]
    records = parse_lines(first[1])
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    for record in records:
        validator.validate(record)
    assert len({record["id"] for record in records}) == len(records)
    summary = json.loads(first[2].splitlines()[-1])
    assert sum(summary["fates"].values()) == summary["alerts"] == count("both.jsonl")
    closed = [record for record in records if record["kind"] == "summary" and record["state"] == "close"]
    assert sum(record["suppressed"] for record in closed) == summary["fates"]["suppressed"] > 0


@pytest.mark.parametrize("name", ["alerts.jsonl", "both.jsonl"])
def test_replayed_json_in_falcos_format_is_what_it_was(name, every):
    code, out, said = run("replay", SAMPLES / name, *every, "--format", "falco", "--output", "-")
    assert code == 0, said
    assert [alerts.parse(line) for line in out.decode().splitlines()] \
        == [alerts.parse(line) for line in alerts.sample_lines(name)]


def test_replay_to_a_file_and_of_several_files(tmp_path, every):
    output = tmp_path / "out.json"
    names = [SAMPLES / "alerts.jsonl", SAMPLES / "internal.pb"]
    code, _, said = run("replay", *names, *every, "--format", "creance", "--output", output)
    assert code == 0, said
    times = [record["time"] for record in parse_lines(output.read_bytes())]
    assert len(times) == count("alerts.jsonl") + count("internal.pb")
    assert code == 0


def test_replay_of_what_is_not_there_is_exit_2(tmp_path):
    code, out, said = run("replay", tmp_path / "nothing.jsonl")
    assert code == 2
    assert out == b""
    assert "nothing.jsonl" in said


def test_generated_alerts_are_the_same_by_seed():
    first, second, other = (run("generate", "--seed", seed, "--count", 500) for seed in (7, 7, 8))
    assert first[0] == 0, first[2]
    assert first[1] == second[1] != other[1]
    assert len(first[1].splitlines()) == 500


def test_generated_alerts_are_the_same_as_json_and_as_messages(tmp_path, every):
    lines, messages = tmp_path / "alerts.jsonl", tmp_path / "alerts.pb"
    for path in (lines, messages):
        code, _, said = run("generate", "--seed", 3, "--count", 2000, "--output", path)
        assert code == 0, said
    documents = [alerts.parse(line) for line in lines.read_text().splitlines()]
    sent = [falco_wire.decode(message) for message in falco_wire.read_delimited(messages)]
    assert len(documents) == len(sent) == 2000
    for document, alert in zip(documents, sent, strict=True):
        assert (document["time"], document["rule"]) == (falco_wire.rfc3339(alert["time"]), alert["rule"].decode())
    # Read from messages, they are written as the JSON says them; a null among strings is "<NA>" there.
    code, out, said = run("replay", messages, *every, "--format", "falco", "--output", "-")
    assert code == 0, said
    for read, document in zip(map(alerts.parse, out.decode().splitlines()), documents, strict=True):
        strings = {key for key, value in read["output_fields"].items() if value == "<NA>"}
        fields = {key: "<NA>" if key in strings and value is None else value
                  for key, value in document["output_fields"].items()}
        assert read == {**document, "output_fields": fields}


def test_the_demo_ends_by_itself_and_shows_what_went_through(tmp_path):
    code, out, said = run("demo", "--count", 2000, "--rate", 5000, "--directory", tmp_path, cwd=tmp_path)
    assert code == 0, said
    assert b"2,000" in out or b"2000" in out or "2,000" in said or "2000" in said
