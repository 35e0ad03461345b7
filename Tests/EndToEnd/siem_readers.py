# SPDX-License-Identifier: Apache-2.0
"""CEF, LEEF and structured data read back by their specifications, and what docs/formats.md says text becomes in each."""

import re
import unicodedata

MARK = "…"


def is_invisible(code):
    """The characters that every text format writes visibly: docs/formats.md."""
    return (code < 0x20 or 0x7F <= code <= 0x9F or code in (0xAD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF)
            or 0x2028 <= code <= 0x202E or 0x2060 <= code <= 0x206F or 0xFFF9 <= code <= 0xFFFB
            or 0xE0000 <= code <= 0xE0FFF)


def visible(character):
    named = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
    if not is_invisible(ord(character)):
        return character
    return named.get(character, f"\\u{{{ord(character):02x}}}")


def expected(text, limit=None, keeps="", also=()):
    """What a reader gets for `text`: `keeps` stay as they are, `also` become escapes; cut at `limit` bytes."""
    pieces = []
    for character in text:
        if character in keeps:
            pieces.append(character)
        elif character in also:
            pieces.append(f"\\u{{{ord(character):02x}}}")
        else:
            pieces.append(visible(character))
    whole = "".join(pieces)
    if limit is None or len(whole.encode()) <= limit:
        return whole
    left = limit - 3
    kept = []
    for piece in pieces:
        left -= len(piece.encode())
        if left < 0:
            break
        kept.append(piece)
    return "".join(kept) + MARK


def no_trick(line):
    """No character of the line changes what a person sees, or where a reader finds its end."""
    return [hex(ord(one)) for one in line if is_invisible(ord(one)) and one != "\t" or unicodedata.category(one) == "Cs"]


# CEF.

def split_unescaped(text, separator, count):
    parts, current, place = [], [], 0
    while place < len(text) and len(parts) < count:
        if text[place] == "\\" and place + 1 < len(text):
            current.append(text[place:place + 2])
            place += 2
        elif text[place] == separator:
            parts.append("".join(current))
            current = []
            place += 1
        else:
            current.append(text[place])
            place += 1
    return parts, text[place:]


def unescape_header(text):
    return re.sub(r"\\([\\|])", r"\1", text)


def unescape_value(text):
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r"}.get(found.group(1), found.group(1)), text)


def parse_cef(line):
    """(header of seven, extension as pairs in order), both unescaped."""
    header, extension = split_unescaped(line, "|", 7)
    assert len(header) == 7 and header[0] == "CEF:0", line[:200]
    pairs = []
    # A key is a word before an equals sign that no backslash escapes.
    keys = [found for found in re.finditer(r"(?:^| )([A-Za-z0-9]+)=", extension) if not is_escaped(extension, found.end() - 1)]
    for index, key in enumerate(keys):
        end = keys[index + 1].start() if index + 1 < len(keys) else len(extension)
        pairs.append((key.group(1), unescape_value(extension[key.end():end])))
    assert keys and keys[0].start() == 0
    return [unescape_header(part) for part in header], pairs


def is_escaped(text, place):
    count = 0
    while place - count > 0 and text[place - count - 1] == "\\":
        count += 1
    return count % 2 == 1


# LEEF 2.0.

def parse_leef(line):
    """(header of six, attributes as pairs in order)."""
    *header, rest = line.split("|", 6)
    assert len(header) == 6 and header[0] == "LEEF:2.0", line[:200]
    delimiter = chr(int(header[5].removeprefix("0x"), 16)) if header[5].startswith("0x") else header[5]
    pairs = [attribute.split("=", 1) for attribute in rest.split(delimiter)]
    assert all(len(pair) == 2 for pair in pairs), rest[:300]
    return header, [tuple(pair) for pair in pairs]


# RFC 5424.

HEADER = re.compile(r"<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) (\S+) (.*)", re.DOTALL)
PARAMETER = re.compile(r' ([!-~]+?)="((?:[^"\\\]]|\\.)*)"', re.DOTALL)


def parse_syslog(message):
    """(pri, time, host, app, procid, msgid, structured data as pairs or None, message)."""
    found = HEADER.fullmatch(message)
    assert found, message[:200]
    rest = found.group(7)
    if rest.startswith("- "):
        return (*found.groups()[:6], None, rest[2:])
    assert rest.startswith("[")
    place = rest.index(" ")
    pairs = []
    while rest[place] != "]":
        one = PARAMETER.match(rest, place)
        assert one, rest[place:place + 200]
        pairs.append((one.group(1), re.sub(r'\\(["\\\]])', r"\1", one.group(2))))
        place = one.end()
    assert rest[place + 1] == " "
    return (*found.groups()[:6], pairs, rest[place + 2:])
