# SPDX-License-Identifier: Apache-2.0
"""Falco's outputs messages, written and read by hand: independent of the project's proto files, and strings stay bytes."""

import datetime

PRIORITIES = ["Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"]
TIME, PRIORITY, SOURCE_OLD, RULE, OUTPUT, FIELDS, HOSTNAME, TAGS, SOURCE = range(1, 10)


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at


def _bytes(number, value):
    value = value if isinstance(value, bytes) else value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def _number(number, value):
    return varint(number << 3) + varint(value) if value else b""


def encode(alert):
    """A `response` message. `time` is ns since 1970; `output_fields` maps text to text, both may be bytes."""
    seconds, nanoseconds = divmod(alert["time"], 10**9)
    out = _bytes(TIME, _number(1, seconds) + _number(2, nanoseconds))
    out += _number(PRIORITY, PRIORITIES.index(alert["priority"]))
    out += _bytes(RULE, alert["rule"]) + _bytes(OUTPUT, alert["output"])
    for key, value in alert["output_fields"].items():
        out += _bytes(FIELDS, _bytes(1, key) + _bytes(2, value))
    out += _bytes(HOSTNAME, alert["hostname"])
    for tag in alert["tags"]:
        out += _bytes(TAGS, tag)
    return out + _bytes(SOURCE, alert["source"])


def _parts(data):
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        if key & 7 == 0:
            value, at = read_varint(data, at)
        elif key & 7 == 2:
            length, at = read_varint(data, at)
            value = data[at:at + length]
            at += length
        else:
            raise ValueError(f"wire type {key & 7}")
        yield key >> 3, value


def decode(message):
    """The reverse of `encode`; every string is bytes."""
    alert = {"time": 0, "priority": "Emergency", "rule": b"", "output": b"", "output_fields": {}, "hostname": b"",
             "tags": [], "source": b""}
    for number, value in _parts(message):
        if number == TIME:
            parts = dict(_parts(value))
            alert["time"] = parts.get(1, 0) * 10**9 + parts.get(2, 0)
        elif number == PRIORITY:
            alert["priority"] = PRIORITIES[value]
        elif number == FIELDS:
            pair = dict(_parts(value))
            alert["output_fields"][pair.get(1, b"")] = pair.get(2, b"")
        elif number == TAGS:
            alert["tags"].append(value)
        elif number in (RULE, OUTPUT, HOSTNAME, SOURCE):
            alert[{RULE: "rule", OUTPUT: "output", HOSTNAME: "hostname", SOURCE: "source"}[number]] = value
    return alert


def read_delimited(path):
    """The messages of a file of varint-length-delimited messages."""
    data = path.read_bytes()
    at, messages = 0, []
    while at < len(data):
        length, at = read_varint(data, at)
        messages.append(data[at:at + length])
        at += length
    return messages


def rfc3339(nanoseconds):
    seconds, rest = divmod(nanoseconds, 10**9)
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:09d}Z"
