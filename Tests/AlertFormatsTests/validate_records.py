#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks lines of the format `creance` against docs/schema/creance-record.schema.json.

usage: validate_records.py [FILE...]     standard input without FILE; exit 1 when a line is no valid record

From other tests: `validate(lines)` gives the list of (line number, message).
"""
import json
import pathlib
import sys

import jsonschema

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs/schema/creance-record.schema.json"


def validator():
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    # The kind picks its definition: its message is better than that of a failed oneOf.
    return {
        kind: jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})
        for kind in schema["properties"]["kind"]["enum"]
    }, jsonschema.Draft202012Validator(schema)


def validate(lines):
    kinds, whole = validator()
    problems = []
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
        except ValueError as error:
            problems.append((number, f"not JSON: {error}"))
            continue
        if not isinstance(record, dict):
            problems.append((number, "not an object"))
            continue
        errors = [error.message for error in kinds.get(record.get("kind"), whole).iter_errors(record)]
        if not errors and not whole.is_valid(record):
            errors = ["not a record of schema 1"]
        problems += [(number, message) for message in errors]
    return problems


def main():
    problems = count = 0
    for name in sys.argv[1:] or ["-"]:
        # Not text mode: its universal newlines and errors would hide what is wrong with a line.
        data = sys.stdin.buffer.read() if name == "-" else pathlib.Path(name).read_bytes()
        lines = data.split(b"\n")
        if lines.pop() != b"":
            problems += 1
            print(f"{name}: the last line does not end")
        count += len(lines)
        for number, message in validate(lines):
            problems += 1
            print(f"{name}:{number}: {message}")
    print(f"{count} lines, {problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
