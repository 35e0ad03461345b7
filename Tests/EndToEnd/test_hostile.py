# SPDX-License-Identifier: Apache-2.0
"""The hostile corpus through every format, read back by real readers: same number of records and fields, same values."""

import json
import pathlib
import re

import pycef
import pytest

import alerts
import falco_wire
import siem_readers as readers
from daemon import Daemon
from syslog_receivers import RECEIVERS
from waiting import until

STRINGS = json.loads((pathlib.Path(__file__).resolve().parents[1] / "Hostile/strings.json").read_text())
TEXTS = [one["text"] * one.get("times", 1) for one in STRINGS]
NAMES = [one["name"] for one in STRINGS]
NULLS = {"", "<NA>"}
JSON_FORMATS = ["falco", "creance", "ecs", "ocsf", "otlp"]
START = alerts.START
# What an attacker may choose of an alert that his own container makes.
FIELDS = ["proc.cmdline", "proc.name", "proc.pname", "user.name", "container.name", "container.image.repository",
          "k8s.ns.name", "k8s.pod.name", "container.id", "fd.name"]


def document(index, text, everywhere):
    """An alert that has `text` in its fields, and with `everywhere` in rule, host, tags and output, too."""
    fields = {"test.number": str(index), "proc.pid": 4711, "fd.sport": 443, **{name: text for name in FIELDS}}
    fields["fd.name"] = "/tmp/" + text
    return {
        "time": falco_wire.rfc3339(START + index * 10**6), "priority": "Warning", "source": "syscall",
        "rule": text if everywhere else f"Rule {index}", "hostname": text if everywhere else "node-1",
        "tags": [text, "mitre_execution"] if everywhere else ["mitre_execution", "T1059"],
        "output": f"20:26:40.000000001: Warning A command {text} (command={text})", "output_fields": fields,
    }


DOCUMENTS = [document(2 * index + everywhere, text, bool(everywhere))
             for index, text in enumerate(TEXTS) for everywhere in (0, 1)]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The lines that each format made of the corpus, from one daemon with a file for each."""
    folder = tmp_path_factory.mktemp("hostile")
    lines = folder / "corpus.jsonl"
    lines.write_text("".join(json.dumps(one) + "\n" for one in DOCUMENTS))
    creance = Daemon(folder / "creance", {"log": {"type": "file", "path": str(lines), "follow": False}})
    offered = [*JSON_FORMATS, "cef", "leef"]
    for name in offered:
        creance.config["sinks"][name] = {"type": "file", "path": f"{name}.out", "format": name}
    creance.start()
    creance.settle("log", len(DOCUMENTS))
    creance.stop()
    found = {name: (folder / "creance" / f"{name}.out").read_bytes() for name in offered}
    # Split at line feeds alone: what else ends a line to some readers must not be there.
    return {name: bytes_.decode().removesuffix("\n").split("\n") for name, bytes_ in found.items()}


def by_number(parsed, number):
    return {number(one): one for one in parsed}


@pytest.mark.parametrize("name", JSON_FORMATS)
def test_json_formats_keep_every_value_in_one_line_each(written, name):
    lines = written[name]
    assert len(lines) == len(DOCUMENTS)
    for line, given in zip(lines, DOCUMENTS):
        record = json.loads(line)
        if name in ("falco", "creance"):
            assert record["output_fields"] == given["output_fields"]
            assert [record[key] for key in ("rule", "hostname", "tags", "output", "priority")] \
                == [given[key] for key in ("rule", "hostname", "tags", "output", "priority")]
        else:
            values = set(every_text(record))
            # Falco's null is left out by some of them.
            for wanted in {given["output_fields"]["proc.cmdline"], given["rule"]} - NULLS:
                assert wanted in values or any(value.startswith(wanted[:200]) for value in values if wanted[:200]), wanted


def every_text(value):
    if isinstance(value, dict):
        for one in value.values():
            yield from every_text(one)
    elif isinstance(value, list):
        for one in value:
            yield from every_text(one)
    elif isinstance(value, str):
        yield value


CEF_KEYS = {"cs6": ("proc.cmdline", 4000), "dproc": ("proc.name", 1023), "sproc": ("proc.pname", 1023),
            "suser": ("user.name", 1023), "flexString1": ("container.name", 1023),
            "cs2": ("container.image.repository", 4000), "cs3": ("k8s.ns.name", 4000), "cs4": ("k8s.pod.name", 4000),
            "cs1": ("container.id", 4000), "filePath": ("fd.name", 1023)}
def check_cef(line, given):
    assert readers.no_trick(line) == []
    header, pairs = readers.parse_cef(line)
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), keys
    values = dict(pairs)
    assert header[:4] == ["CEF:0", "Creance", "Creance", "1"] and header[6] == "5"
    # What of the corpus is not there is Falco's null.
    assert header[4] == header[5] == readers.expected(given["rule"], 512)
    assert values["externalId"].count("-") == 2 and values["rt"].isdigit() and values["dpid"] == "4711"
    assert values["dhost"] == readers.expected(given["hostname"], 1023, keeps="\n\r")
    fields = given["output_fields"]
    for key, (field, limit) in CEF_KEYS.items():
        if fields[field] not in NULLS:
            assert values[key] == readers.expected(fields[field], limit, keeps="\n\r"), key
        else:
            assert key not in values
    body = given["output"].removeprefix("20:26:40.000000001: Warning ")
    assert values["msg"] == readers.expected(body, 1023, keeps="\n\r")
    return header, values


def test_cef_by_its_specification(written):
    lines = written["cef"]
    assert len(lines) == len(DOCUMENTS)
    shapes = set()
    for line, given in zip(lines, DOCUMENTS):
        _, values = check_cef(line, given)
        if given["output_fields"]["proc.cmdline"] not in NULLS:
            shapes.add(tuple(sorted(set(values) - {"fname"})))
    assert len(shapes) == 1, "hostile text changes which fields there are"


def test_cef_read_by_pycef(written):
    # pycef knows no escapes in headers, so the alerts whose rule is plain.
    for line, given in list(zip(written["cef"], DOCUMENTS))[0::2]:
        found = pycef.parse(line)
        fields = given["output_fields"]
        assert (found["DeviceEventClassID"], found["Severity"]) == (given["rule"], "5")
        labels = {"cs6": "proc.cmdline", "cs1": "container.id", "cs2": "container.image", "cs3": "k8s.ns.name",
                  "cs4": "k8s.pod.name", "flexString1": "container.name"}
        for key, (field, limit) in CEF_KEYS.items():
            if fields[field] not in NULLS:
                # It gives values with their escapes, and drops a space before the next key.
                value = readers.unescape_value(found[labels.get(key, key)])
                assert value.rstrip() == readers.expected(fields[field], limit, keeps="\n\r").rstrip(), (line, key)


def check_leef(line, given):
    assert readers.no_trick(line) == []
    header, pairs = readers.parse_leef(line)
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), keys
    values = dict(pairs)
    assert header[1:4] == ["Creance", "Creance", "1"]
    assert header[4] == readers.expected(given["rule"], 512, also="|")
    assert values["sev"] == "5" and values["procPid"] == "4711" and values["dstPort"] == "443"
    fields = given["output_fields"]
    own = {"procCmdline": "proc.cmdline", "procName": "proc.name", "procPname": "proc.pname", "usrName": "user.name",
           "containerName": "container.name", "containerImageRepository": "container.image.repository",
           "k8sNsName": "k8s.ns.name", "k8sPodName": "k8s.pod.name", "containerId": "container.id", "fdName": "fd.name"}
    for key, field in own.items():
        if fields[field] not in NULLS:
            assert values[key] == readers.expected(fields[field], 4000), key
        else:
            assert key not in values
    assert values["resource"] == values["identHostName"] == readers.expected(given["hostname"], 4000)
    return keys


def test_leef_by_its_specification(written):
    lines = written["leef"]
    assert len(lines) == len(DOCUMENTS)
    shapes = set()
    for line, given in zip(lines, DOCUMENTS):
        keys = check_leef(line, given)
        if given["output_fields"]["proc.cmdline"] not in NULLS:
            shapes.add(tuple(keys))
    assert len(shapes) == 1


@pytest.mark.parametrize("receiver", RECEIVERS)
@pytest.mark.parametrize("form", ["cef", "leef", "falco", "text"])
def test_through_real_receivers(tmp_path, daemon, receiver, form):
    with_end = RECEIVERS[receiver](tmp_path / "receiver", "tcp")
    with_end.start()
    try:
        lines = tmp_path / "corpus.jsonl"
        lines.write_text("".join(json.dumps(one) + "\n" for one in DOCUMENTS))
        creance = daemon({"log": {"type": "file", "path": str(lines), "follow": False}})
        creance.config["sinks"]["siem"] = {
            "type": "syslog", "address": with_end.address, "format": form, "structured_data": "creance@32473"}
        creance.start()
        until(lambda: len(with_end.records()) >= len(DOCUMENTS), what=lambda: f"{len(with_end.records())}\n{creance.log()}")
        found = with_end.records()
        assert len(found) == len(DOCUMENTS)
        for record, given in zip(found, DOCUMENTS):
            check_received(record, given, form)
    finally:
        with_end.stop()


def check_received(record, given, form):
    assert (record["pri"], record["app"], record["msgid"]) == ("132", "creance", "alert")
    assert record["host"] == host_name(given["hostname"])
    assert record["sd"].startswith("[creance@32473 ") or record["sd"], record["sd"]
    message = record["msg"].removeprefix(" ")
    if form == "cef":
        check_cef(message, given)
    elif form == "leef":
        check_leef(message, given)
    elif form == "falco":
        assert json.loads(message)["output_fields"] == given["output_fields"]
    else:
        assert readers.no_trick(message) == []
        assert readers.expected(given["rule"]) in message


def host_name(text):
    """Letters, digits, dots, hyphens, underscores, other bytes as `?`, cut at 255."""
    return re.sub(rb"[^A-Za-z0-9._-]", b"?", text.encode()[:255]).decode()


def test_bytes_that_are_no_utf_8(tmp_path, daemon, falco):
    """From Falco's gRPC: the only way in for them."""
    creance = daemon({"node": {"type": "falco_grpc", "address": falco.address}}, sinks=("creance", "falco"))
    for name in ("cef", "leef"):
        creance.config["sinks"][name] = {"type": "file", "path": f"{name}.out", "format": name}
    broken = [b"a\xffb", b"\xc0\xafetc", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"cut\xe2\x82", b"\xfe\xff", b"\x80|\x81=\x82\n\x83"]
    creance.start()
    messages = []
    for number, text in enumerate(broken):
        alert = alerts.alert(number)
        alert["output_fields"].update({"proc.cmdline": text, "user.name": text})
        messages.append(falco_wire.encode({**alert, "rule": text, "hostname": text, "output": text}))
    falco.push(messages)
    creance.settle("node", len(broken))
    folder = tmp_path / "creance"
    for name, parse, key in [("cef", readers.parse_cef, "cs6"), ("leef", readers.parse_leef, "procCmdline")]:
        lines = until(lambda name=name: whole_lines(folder / f"{name}.out", len(broken)))
        assert len(lines) == len(broken)
        for line, text in zip(lines, broken):
            assert readers.no_trick(line) == []
            keeps = "\n\r" if name == "cef" else ""
            assert dict(parse(line)[1])[key] == readers.expected(text.decode(errors="replace"), keeps=keeps)


def whole_lines(path, count):
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    return lines if len(lines) >= count else None
