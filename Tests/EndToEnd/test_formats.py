# SPDX-License-Identifier: Apache-2.0
"""The formats `ecs`, `ocsf` and `otlp`, read by the libraries of those who defined them, against the format `creance`."""

import calendar
import ipaddress
import json
import re
import time

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from py_ocsf_models.events.findings.detection_finding import DetectionFinding

from alerts import SAMPLES
from daemon import run

RECORDINGS = ["alerts.jsonl", "both.pb", "internal.pb", "internal-json.pb", "invalid-utf8.pb"]
SEVERITY_NUMBERS = {
    "Emergency": 21, "Alert": 19, "Critical": 18, "Error": 17, "Warning": 13, "Notice": 10, "Informational": 9, "Debug": 5,
}
SEVERITY_IDS = {
    "Emergency": 6, "Alert": 5, "Critical": 5, "Error": 4, "Warning": 3, "Notice": 2, "Informational": 1, "Debug": 1,
}
HOSTILE = [
    " ", "\0", "a\nb\r\nc", '"},{"x":"', "\\", "\x1b[31m", "\u202etxt.exe", "\u2028", "|=[]", "😀\ufeff", "null", "<NA>",
    "é" * 3000, "18446744073709551616", "-", "1e400", "NaN", "true", "a.b.c", "~1",
]


def once(pairs):
    """An object none of whose keys comes twice: Elasticsearch refuses a document where one does."""
    keys = [key for key, _ in pairs]
    assert len(set(keys)) == len(keys), keys
    return dict(pairs)


def documents(text):
    """One JSON object in each line, which nothing inside breaks."""
    data = text if isinstance(text, bytes) else text.encode()
    lines = data.split(b"\n")
    assert lines.pop() == b"", "the last line does not end"
    assert not re.search(rb"[\x00-\x1f]", b"".join(lines))
    return [(line.decode(), json.loads(line, object_pairs_hook=once)) for line in lines]


def replayed(form, *arguments):
    code, output, errors = run("replay", *arguments, "--format", form, "--output", "-")
    assert code == 0, errors
    return documents(output)


@pytest.fixture
def every(tmp_path):
    """Options under which every alert leaves by itself."""
    path = tmp_path / "every.yaml"
    path.write_text("{ deduplicate: { enabled: false }, correlate: { rules: [] } }\n")
    return "-c", path


@pytest.fixture
def hostile(tmp_path):
    """Alerts that hold each text in every place, under names that clash, repeat or are none."""
    path = tmp_path / "hostile.jsonl"
    with path.open("w") as file:
        for text in HOSTILE:
            fields = {
                "a": 1, "a.b": 2, "a_b": 3, "a.b.c": {"d": [1, {"e": None}]}, "": text, ".": text, "k" + text: text,
                "list": [text], "proc.name": text, "proc.pid": text, "proc.ppid": 9223372036854775807, "proc.vpid": -1,
                "proc.cmdline": text, "proc.exepath": text, "user.name": text, "user.uid": 18446744073709551615,
                "fd.name": "/" + text, "fd.cip": text, "fd.sip": "1.2.3.4", "fd.sport": 65536, "container.id": text,
                "container.image.tag": text, "k8s.pod.name": text, "evt.time": text, "thread.tid": 99999999999,
                "proc.tty": 1.5, "container.privileged": text,
            }
            alert = {
                "hostname": text, "output": text, "priority": "Warning", "rule": text, "source": text,
                "tags": [text, "mitre_execution", "T1059"], "time": "2026-05-28T20:26:40.000484839Z",
                "output_fields": fields,
            }
            file.write(json.dumps(alert) + "\n")
    return path


def check_ecs(found, record):
    assert found["ecs"]["version"].startswith("9.")
    if record["kind"] == "gap":
        assert found["event"]["kind"] == "pipeline_error"
        return
    assert found["event"]["id"] == record["id"]
    assert found["event"]["kind"] == ("alert" if record["kind"] in ("alert", "incident") else "event")
    if record["kind"] == "alert":
        assert found["@timestamp"] == record["time"]
        assert found["rule"]["name"] == record["rule"]
        assert found["log"]["level"] == record["priority"]
        assert found.get("tags", []) == record["tags"]
        assert record["output"].endswith(found["message"])
        assert found.get("host", {}).get("name", "") == record["hostname"]
        for end in ("source", "destination"):
            if "ip" in found.get(end, {}):
                ipaddress.ip_address(found[end]["ip"])
    else:
        assert found["creance"]["kind"] == record["kind"]
        assert found["creance"]["state"] == record["state"]
        assert found["@timestamp"] == record["last"]


def check_ocsf(line, record):
    found = DetectionFinding.model_validate_json(line)
    assert found.class_uid == 2004 and found.category_uid == 2
    assert found.type_uid == 200400 + found.activity_id
    assert found.metadata.uid == record["id"]
    assert found.metadata.version == "1.8.0"
    if record["kind"] == "alert":
        assert found.severity_id == SEVERITY_IDS[record["priority"]]
        assert found.finding_info.uid == record["id"]
        assert found.finding_info.title == record["rule"]
        assert found.metadata.original_time == record["time"]
        assert record["output"].endswith(found.message)
    elif record["kind"] != "gap":
        assert found.activity_id == {"open": 1, "update": 2, "close": 3}[record["state"]]
        subject = record["group" if record["kind"] == "summary" else record["kind"]]["id"]
        assert found.finding_info.uid == subject
        related = record.get("alerts", record.get("samples"))
        assert [event.uid for event in found.finding_info.related_events or []] == related


def attributes(pairs):
    assert len({pair.key for pair in pairs}) == len(pairs), "a key comes twice"
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


def nanoseconds(text):
    whole, fraction = re.fullmatch(r"(.*)\.(\d{9})Z", text).groups()
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(fraction)


def check_otlp(line, record):
    request = json_format.Parse(line, ExportLogsServiceRequest())
    (resource,) = request.resource_logs
    (scope,) = resource.scope_logs
    (found,) = scope.log_records
    host = attributes(resource.resource.attributes).get("host.name", "")
    values = attributes(found.attributes)
    assert values["log.record.uid"] == record["id"]
    assert values["creance.kind"] == record["kind"]
    assert found.event_name == ("falco.alert" if record["kind"] == "alert" else "creance." + record["kind"])
    if record["kind"] == "alert":
        assert found.time_unix_nano == nanoseconds(record["time"])
        assert found.observed_time_unix_nano == nanoseconds(record["received"]["time"])
        assert found.severity_number == SEVERITY_NUMBERS[record["priority"]]
        assert found.severity_text == record["priority"]
        assert values["security_rule.name"] == record["rule"]
        assert host == record["hostname"]
        assert record["output"].endswith(found.body.string_value)
        pid = record["output_fields"].get("proc.pid")
        if isinstance(pid, int):
            assert values["process.pid"] == pid
    elif record["kind"] != "gap":
        assert found.time_unix_nano == nanoseconds(record["last"])
        assert values["creance.state"] == record["state"]


def check(form, line, found, record):
    if form == "ecs":
        check_ecs(found, record)
    elif form == "ocsf":
        check_ocsf(line, record)
    else:
        check_otlp(line, record)


def compare(form, *arguments):
    """The same records in both formats; how many of which kind."""
    kinds = {}
    own = [record for _, record in replayed("creance", *arguments)]
    theirs = replayed(form, *arguments)
    assert len(theirs) == len(own) > 0
    for (line, found), record in zip(theirs, own):
        check(form, line, found, record)
        kinds[record["kind"]] = kinds.get(record["kind"], 0) + 1
    return kinds


@pytest.mark.parametrize("form", ["ecs", "ocsf", "otlp"])
@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recorded_alert_is_read_as_what_it_is(form, name, every):
    assert set(compare(form, SAMPLES / name, *every)) == {"alert"}


@pytest.mark.parametrize("form", ["ecs", "ocsf", "otlp"])
def test_summaries_and_incidents_are_read_as_what_they_are(form, tmp_path):
    made = tmp_path / "alerts.jsonl"
    code, _, errors = run("generate", "--seed", 1, "--count", 3000, "--output", made)
    assert code == 0, errors
    kinds = compare(form, made)
    assert set(kinds) == {"alert", "summary", "incident"}


@pytest.mark.parametrize("form", ["ecs", "ocsf", "otlp"])
def test_hostile_texts_stay_in_their_places(form, every, hostile):
    assert compare(form, hostile, *every) == {"alert": len(HOSTILE)}
