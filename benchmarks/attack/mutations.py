"""Files as somebody might damage or edit them: JSON, tables and bytes, each changed in one place."""

import copy
import random
from typing import Any

WEIRD: list[Any] = [
    None,
    True,
    -1,
    0,
    7,
    10**30,
    5.5,
    -0.25,
    float("nan"),
    float("inf"),
    "",
    "x",
    "geen",
    "../x",
    [],
    {},
    [[]],
]
CELLS = ["", "x", "nan", "inf", "-1", "1.5", "1e400", "0,5", "9" * 40, "geen", "coded", "\u0660", "-0.2", " ", "true"]
Rows = list[list[str]]


def changed_json(facts: Any, chance: random.Random) -> Any:
    """The facts with one of them dropped, renamed, doubled or of another type or value."""
    copied = copy.deepcopy(facts)
    places = [place for place in _places(copied) if place[0] not in ("sha256", "themawijzer", "files")]
    if not places:
        return chance.choice(WEIRD)
    *above, key = chance.choice(places)
    owner = copied
    for part in above:
        owner = owner[part]
    value, what = owner[key], chance.choice(["weird", "weird", "drop", "wrap", "rename", "empty", "similar", "similar"])
    if what == "drop":
        del owner[key]
    elif what == "rename" and isinstance(owner, dict):
        owner[chance.choice(["", "x", f"{key}x"])] = owner.pop(key)
    elif what == "wrap":
        owner[key] = [value]
    elif what == "empty":
        owner[key] = type(value)() if value is not None else ""
    elif what == "similar" and isinstance(value, int | float) and not isinstance(value, bool):
        owner[key] = chance.choice([-value - 1, value + 1, value * 10**9])
    elif what == "similar" and isinstance(value, str):
        owner[key] = chance.choice([f"{value}x", value.upper(), "nobody"])
    else:
        owner[key] = chance.choice(WEIRD)
    return copied


def _places(facts: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    parts = facts.items() if isinstance(facts, dict) else enumerate(facts[:3]) if isinstance(facts, list) else ()
    return [found for key, part in parts for found in [(*place, key), *_places(part, (*place, key))]]


def changed_rows(rows: Rows, chance: random.Random) -> Rows:
    """The table with another cell, column, row, name or order."""
    header, body = list(rows[0]), [list(row) for row in rows[1:]]
    row, place, other = chance.randrange(len(body) or 1), chance.randrange(len(header)), chance.randrange(len(header))
    what = chance.choice(["cell", "cell", "cell", "fill", "drop", "rename", "double", "none", "swap", "short", "extra"])
    if what == "cell" and body:
        body[row][place] = chance.choice([*CELLS, chance.choice(body)[other]])
    elif what == "fill":
        body = [[*own[:place], cell, *own[place + 1 :]] for own in body for cell in [chance.choice(CELLS)]]
    elif what == "drop":
        header, body = header[:place] + header[place + 1 :], [own[:place] + own[place + 1 :] for own in body]
    elif what == "rename":
        header[place] += "x"
    elif what == "double" and body:
        body.insert(row, list(body[row]))
    elif what == "none":
        body = []
    elif what == "swap":
        for own in body:
            own[place], own[other] = own[other], own[place]
    elif what == "short" and body:
        body[row] = body[row][:-1]
    else:
        header, body = [*header, header[place]], [[*own, own[place]] for own in body]
    return [header, *body]


def changed_bytes(content: bytes, chance: random.Random) -> bytes:
    """The content cut, doubled, or with other bytes in one place."""
    at = chance.randrange(len(content) or 1)
    return chance.choice(
        [
            b"",
            content[:at],
            content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :],
            content[:at] + b"\0" * 5 + content[at:],
            content[:at] + b"\xe9\xff" + content[at:],
            content[:at] + content[at + chance.randrange(1, 50) :],
            b"\xef\xbb\xbf" + content,
            content + content,
            content.decode("utf-8", "replace").encode("utf-16"),
            b"[" * 100_000,
        ]
    )
