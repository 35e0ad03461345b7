#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes single responses from the recordings, as seeds for fuzzing.

usage: protobuf_seeds.py SAMPLES OUT_DIR
"""
import pathlib
import sys


def messages(data: bytes):
    place = 0
    while place < len(data):
        length = shift = 0
        while True:
            byte = data[place]
            place += 1
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        yield data[place:place + length]
        place += length


samples, out = map(pathlib.Path, sys.argv[1:])
for name in ("both.pb", "internal.pb", "internal-json.pb", "invalid-utf8.pb"):
    for index, message in enumerate(messages((samples / name).read_bytes())):
        if index % (1 if name == "internal.pb" else 37) == 0:
            (out / f"{name}-{index}").write_bytes(message)
for name, text in {"group": "53081054220172320a0a016b1201765a00540000", "merge": "0a0208010a0210022201720a020807",
                   "version": "0a06302e34332e31182b20012a00"}.items():
    (out / name).write_bytes(bytes.fromhex(text))
