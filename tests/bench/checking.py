"""How long checking and converting arguments takes, as they grow from 256 KiB to 4 MiB.

    python3 tests/bench/checking.py            every case
    python3 tests/bench/checking.py tree       those whose name has this in it

For each kind of annotation a value that fits, or one that does not, is made in three sizes. The
time must grow as the size does: four times the size may take at most six times as long, or the last
line names the cases that took longer, and the exit status is 1. It is processor time, the best of
two, so that other programs hardly matter.
"""

import json
import os
import sys
import time
from datetime import date
from enum import Enum
from typing import Callable, Dict, List, NamedTuple, Optional, Set, Tuple, Union

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)

from cwd_server.toolkit.annotations.signature import read_parameters  # noqa: E402
from cwd_server.toolkit.arguments import fit_arguments  # noqa: E402
from cwd_server.toolkit.errors import ArgumentsError  # noqa: E402

SIZES = [1 << 18, 1 << 20, 1 << 22]  # bytes of JSON
MAX_GROWTH = 6  # for four times the size

Color = Enum("Color", [(f"color{number}", f"color{number}") for number in range(300)])
Size = NamedTuple("Size", [("width", int), ("height", int)])
Tree = Union[int, List["Tree"]]  # type: ignore[misc]
Json = Union[None, bool, int, float, str, List["Json"], Dict[str, "Json"]]  # type: ignore[misc]


class Case:
    """An annotation, and what makes a value of so many bytes for it."""

    def __init__(self, name: str, annotation: object, make: Callable[[int], object]) -> None:
        self.name = name
        self.make = make

        def function(value: object) -> None:
            pass

        function.__annotations__["value"] = annotation
        self.parameters = read_parameters(function)

    def measure(self, size: int) -> float:
        """Return the seconds that a call's arguments of this size take."""
        value = self.make(size)
        times = []
        for _ in range(2):
            start = time.process_time()
            try:
                arguments, checker = fit_arguments({"value": value}, self.parameters.schema)
                self.parameters.convert(arguments, checker)
            except ArgumentsError:
                pass
            times.append(time.process_time() - start)
        return min(times)


def repeat(item: object) -> Callable[[int], object]:
    """Return what makes a list of so many bytes, each item a copy of this one."""
    text = json.dumps(item)

    def make(size: int) -> object:
        count = max(1, size // (len(text) + 2))
        return json.loads("[" + ",".join([text] * count) + "]")

    return make


def nest(depth: int, make: Callable[[int], object]) -> Callable[[int], object]:
    """Return what makes lists inside each other, each with numbers before the inner one."""

    def make_nested(size: int) -> object:
        value = make(size // 2)
        for _ in range(depth):
            value = [1] * (size // 2 // depth // 3) + [value]
        return value

    return make_nested


def number_members(size: int) -> object:
    """Return an object with a number for each of many names."""
    return {f"member {number}": number for number in range(size // 24)}


def number_set(size: int) -> object:
    """Return different numbers, each with as many digits as the size needs."""
    return [10 ** (size // 5000 - 2) + number for number in range(4000)]


def colliding(size: int) -> object:
    """Return numbers that Python's hash cannot tell apart."""
    return [number * (2**61 - 1) for number in range(min(5000, size // 22))]


CASES = [
    Case("numbers", List[int], lambda size: list(range(size // 8))),
    Case("numbers, all wrong", List[int], repeat("x")),
    Case("numbers as texts", List[int], repeat("1")),
    Case("numbers in one text", List[int], lambda size: json.dumps([1] * (size // 3))),
    Case("numbers or null, all wrong", List[Optional[int]], repeat("x")),
    Case("members", Dict[str, int], number_members),
    Case("members, all wrong", Dict[str, bool], number_members),
    Case("dates", List[date], repeat("2026-07-28")),
    Case("dates, all wrong", List[date], repeat("2026-07-32")),
    Case("one of 300 colors", List[Color], repeat("color299")),
    Case("sizes as arrays", List[Size], repeat([640, 480])),
    Case("sizes as objects", List[Size], repeat({"width": 640, "height": 480})),
    Case("pairs, all wrong", List[Tuple[int, str]], repeat([1, 2])),
    Case("lists of numbers or of texts", List[Union[List[int], List[str]]], repeat(["a"])),
    Case("the same, all wrong", List[Union[List[int], List[str]]], repeat([1, "a"])),
    Case("a list of numbers or of texts, wrong", Union[List[int], List[str]], repeat([])),
    Case("tree", Tree, nest(1, repeat(1))),
    Case("tree, 30 deep", Tree, nest(30, repeat(1))),
    Case("tree, 30 deep, wrong at the end", Tree, nest(30, repeat("x"))),
    Case("tree, 30 deep, texts at the end", Tree, nest(30, repeat("1"))),
    Case("JSON", Json, repeat({"a": [1, None, "x", {"b": []}]})),
    Case("JSON, 30 deep", Json, nest(30, repeat({"a": [1, None, "x", {"b": []}]}))),
    Case("set of texts", Set[str], lambda size: [f"item {n}" for n in range(size // 14)]),
    Case("set of equal texts", Set[str], repeat("x")),
    Case("set of numbers", Set[int], number_set),
    Case("set of numbers that collide", Set[int], colliding),
]


def main() -> int:
    """Measure the cases whose names are asked for; return the exit status."""
    wanted = " ".join(sys.argv[1:])
    slow = []
    print(f"{'ms for':42}" + "".join(f"{size >> 10:>8} KiB" for size in SIZES) + "    growth")
    for case in CASES:
        if wanted not in case.name:
            continue
        times = [case.measure(size) for size in SIZES]
        growth = [later / max(earlier, 0.001) for earlier, later in zip(times, times[1:])]
        columns = "".join(f"{seconds * 1000:12.1f}" for seconds in times)
        print(
            f"{case.name:42}{columns}    " + " ".join(f"{one:.1f}" for one in growth), flush=True
        )
        if max(growth) > MAX_GROWTH:
            slow.append(case.name)
    if slow:
        print("grows faster than the arguments: " + ", ".join(slow))
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
