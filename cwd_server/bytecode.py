"""Compile modules for `archive`; run by the very interpreter that is to use the bytecode.

stdin: JSON, a list of [module name, file name, source]; stdout: zlib of marshal of (name, code) pairs.
"""

import json
import marshal
import sys
import zlib


def main() -> None:
    """Compile what stdin has."""
    codes = []
    for name, path, source in json.loads(sys.stdin.buffer.read().decode("utf-8")):
        # Docstrings go, save those of tools: there they are what a model reads
        optimize = 0 if name.endswith(".tools") else 2
        codes.append((name, compile(source, path, "exec", dont_inherit=True, optimize=optimize)))
    # Version 2: later ones note which objects are shared, which differs from run to run
    sys.stdout.buffer.write(zlib.compress(marshal.dumps(codes, 2), 9))


main()
