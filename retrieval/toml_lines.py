"""Where a catalogue writes what: tomllib keeps no positions, so a scan of the lines finds them.

It knows the usual way to write a catalogue; where it finds nothing, a problem names the entry's
line or only the file. What is read from the catalogue never depends on it.
"""

import re

_TABLE = re.compile(r"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"))*)\s*=""")
_ITEM = re.compile(r"""["']([0-9-]+)["']""")


def places(text: str) -> list[dict[str, int | None]]:
    """Return, for every `[[document]]`, the line of each key, range, and ("") of the entry."""
    entries: list[dict[str, int | None]] = []
    prefix = key = ""
    for number, line in enumerate(text.split("\n"), 1):
        if table := _TABLE.match(line):
            key = ""
            name = table[1].replace('"', "").strip()
            if name == "document":
                entries.append({"": number})
            prefix = name.removeprefix("document").lstrip(".")
            if prefix and entries:
                entries[-1].setdefault(prefix, number)
            continue
        if not entries:
            continue
        if found := _KEY.match(line):
            names = [prefix, *(name.strip().strip("\"'") for name in found[1].split("."))]
            key = ".".join(filter(None, names))
            entries[-1].setdefault(key, number)
        for item in _ITEM.findall(line):
            entries[-1].setdefault(f"{key}.{item}", number)
    return entries


def find(text: str, key: str) -> int | None:
    """Return the line that begins with `key` or opens a table of that name."""
    pattern = re.compile(rf"\s*(?:\[+\s*)?[\"']?{re.escape(key)}\b")
    lines = enumerate(text.split("\n"), 1)
    return next((number for number, line in lines if pattern.match(line)), None)
