#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small MaxMind databases of these tests: make_databases.py FOLDER.

Follows the format's public description, https://maxmind.github.io/MaxMind-DB/ (version 2.0): a binary search tree over
the bits of addresses, sixteen zero bytes, a data section, a marker and metadata. Addresses and names are invented.
"""

import ipaddress
import pathlib
import struct
import sys


def encoded(value):
    """One value of the data section."""
    def head(kind, size):
        first, extended = (kind << 5, b"") if kind < 8 else (0, bytes([kind - 7]))
        if size < 29:
            return bytes([first | size]) + extended
        if size < 285:
            return bytes([first | 29]) + extended + bytes([size - 29])
        return bytes([first | 30]) + extended + struct.pack(">H", size - 285)

    if isinstance(value, bool):
        return head(14, int(value))
    if isinstance(value, str):
        text = value.encode()
        return head(2, len(text)) + text
    if isinstance(value, tuple):
        kind, number = value
        number = number.to_bytes(8, "big").lstrip(b"\0")
        return head({"u16": 5, "u32": 6, "u64": 9}[kind], len(number)) + number
    if isinstance(value, dict):
        return head(7, len(value)) + b"".join(encoded(key) + encoded(inner) for key, inner in value.items())
    if isinstance(value, list):
        return head(11, len(value)) + b"".join(map(encoded, value))
    raise TypeError(value)


def database(kind, built, networks, version=6):
    """The bytes of a database; `networks` is a list of (network, record)."""
    nodes, data = [[None, None]], b""
    for text, record in networks:
        network = ipaddress.ip_network(text)
        bits, length = int(network.network_address), network.prefixlen
        if version == 6 and network.version == 4:
            length += 96                            # IPv4 lies at ::/96
        width = 128 if version == 6 else 32
        place, node = len(data), 0
        data += encoded(record)
        for depth in range(length):
            side = bits >> (width - 1 - depth) & 1
            if depth == length - 1:
                nodes[node][side] = ("data", place)
            else:
                if nodes[node][side] is None:
                    nodes.append([None, None])
                    nodes[node][side] = ("node", len(nodes) - 1)
                node = nodes[node][side][1]

    def pointer(record):
        if record is None:
            return len(nodes)                       # nothing known
        what, number = record
        return number if what == "node" else len(nodes) + 16 + number

    tree = b"".join(pointer(record).to_bytes(3, "big") for node in nodes for record in node)
    metadata = {
        "binary_format_major_version": ("u16", 2), "binary_format_minor_version": ("u16", 0),
        "build_epoch": ("u64", built), "database_type": kind, "description": {"en": "for tests"},
        "ip_version": ("u16", version), "languages": ["en"], "node_count": ("u32", len(nodes)),
        "record_size": ("u16", 24),
    }
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encoded(metadata)


def place(country, city=None):
    record = {"country": {"iso_code": country, "names": {"en": country + "land"}}}
    if city:
        record["city"] = {"names": {"de": city + " (de)", "en": city}}
    return record


def network(number, organization):
    return {"autonomous_system_number": ("u32", number), "autonomous_system_organization": organization}


BUILT = 1_700_000_000
FILES = {
    "city.mmdb": database("Test-City", BUILT, [
        ("81.2.69.0/24", place("GB", "London")), ("89.160.20.128/25", place("SE", "Linköping")),
        ("203.0.113.0/24", place("DE")), ("10.0.0.0/8", place("XX", "Nowhere")),
        ("2001:218::/32", place("JP", "Tōkyō")),
    ]),
    "asn.mmdb": database("Test-ASN", BUILT, [
        ("81.2.69.0/24", network(20712, "Andrews & Arnold Ltd")), ("1.128.0.0/11", network(1221, "Telstra")),
        ("2001:218::/32", network(4294967295, "x" * 300)),
    ]),
    "later.mmdb": database("Test-City", BUILT + 100, [("81.2.69.0/24", place("FR", "Paris"))]),
    "ipv4.mmdb": database("Test-City", BUILT, [("81.2.69.0/24", place("IE", "Dublin"))], version=4),
}

if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
