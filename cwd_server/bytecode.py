"""Compile modules for `archive`; run by the very interpreter that is to use the bytecode.

stdin: JSON, a list of [module name, file name, source]; stdout: JSON, [the tag under which `bootstrap`
looks for it, a list of [module name, hexadecimal of the marshalled code]].
"""

import ast
import importlib.util
import json
import marshal
import sys


def main() -> None:
    """Compile what stdin has."""
    codes = []
    for name, path, source in json.loads(sys.stdin.buffer.read().decode("utf-8")):
        tree, optimize = ast.parse(source), 0
        if not name.endswith(".tools"):  # there docstrings and annotations are what a model reads
            forget_annotations(tree)
            optimize = 2
        code = compile(tree, path, "exec", dont_inherit=True, optimize=optimize)
        # Version 2: later ones note which objects are shared, which differs from run to run
        codes.append((name, marshal.dumps(code, 2).hex()))
    tag = "%s-%s" % (sys.implementation.cache_tag, importlib.util.MAGIC_NUMBER[:2].hex())
    print(json.dumps([tag, codes]))


def forget_annotations(tree: ast.AST) -> None:
    """Remove the annotations of functions, which would be made at each start and never read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None


main()
