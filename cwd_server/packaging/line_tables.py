"""The line numbers of code, in the fewest bytes.

Python 3.11 and newer note where each instruction comes from, line and columns; without columns
they still write an entry wherever columns would differ. Those of one line are made one here, which
saves a tenth of the bytecode that each start reads.
https://github.com/python/cpython/blob/3.13/InternalDocs/code_objects.md#source-code-locations
"""

import sys
from types import CodeType
from typing import List, Optional, Tuple

OLDEST = (3, 11)
MAX_UNITS = 8  # of two bytes of code, that an entry can be about
FIRST_BYTE = 0x80
NO_COLUMNS = 13  # kinds of entries
NO_LOCATION = 15


def merge(code: CodeType) -> CodeType:
    """Return code, and all code in it, with the same line numbers in fewer entries."""
    if sys.version_info < OLDEST:
        return code
    constants = tuple(
        merge(each) if isinstance(each, CodeType) else each for each in code.co_consts
    )
    merged = code.replace(co_consts=constants, co_linetable=_write(code))
    if _positions(merged) != _positions(code):
        return code.replace(co_consts=constants)  # a Python that writes in another way
    return merged


def _positions(code: CodeType) -> "List[object]":
    """Return the place of each instruction: lines and columns."""
    return list(code.co_positions())  # type: ignore[attr-defined]  # since 3.11


def _write(code: CodeType) -> bytes:
    """Return the table of a code whose instructions have no columns."""
    table = bytearray()
    previous = code.co_firstlineno
    for size, line in _runs(code):
        for start in range(0, size, MAX_UNITS):
            units = min(MAX_UNITS, size - start)
            if line is None:
                table.append(FIRST_BYTE | NO_LOCATION << 3 | units - 1)
            else:
                table.append(FIRST_BYTE | NO_COLUMNS << 3 | units - 1)
                table += _signed_number(line - previous)
                previous = line
    return bytes(table)


def _runs(code: CodeType) -> "List[Tuple[int, Optional[int]]]":
    """Return how many units of code come from which line, in order."""
    runs: List[Tuple[int, Optional[int]]] = []
    for start, end, line in code.co_lines():
        size = (end - start) // 2
        if runs and runs[-1][1] == line:
            size += runs.pop()[0]
        runs.append((size, line))
    return runs


def _signed_number(number: int) -> bytes:
    """Return a number as six bits a byte, the lowest first, of which the first bit is its sign."""
    rest = number << 1
    if number < 0:
        rest = -number << 1 | 1
    written = bytearray()
    while rest >= 64:
        written.append(64 | rest & 63)
        rest >>= 6
    written.append(rest)
    return bytes(written)
