"""How dense the package's text is, beside packages that are good to read: where to look first.

    python3 tests/measure_style.py             beside h11, tomli, installer, uvicorn, trio
    python3 tests/measure_style.py --files     and each file of the package, the densest first

A statement is a logical line that is no docstring, so that wrapping a line changes nothing. Tokens
are those of Python 3.12, which looks inside f-strings; an older one that runs this starts a newer.
The peers come from `tests/interop/environments.py style`.
"""

import ast
import glob
import os
import re
import subprocess
import sys
import tokenize
from typing import Iterator, List, NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

PEERS = ["h11", "tomli", "installer", "uvicorn", "trio"]
MANY_TOKENS = 25
MAX_COLUMNS = 99
MAX_LINES = 400

NOT_COUNTED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Style:
    """The counts of some source files; they add up."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.statements = 0
        self.tokens = 0
        self.long_statements = 0
        self.conditional_expressions = 0
        self.comprehensions = 0
        self.nested_comprehensions = 0
        self.functions = 0
        self.functions_with_any = 0
        self.lines = 0
        self.wide_lines = 0
        self.long_files = 0

    def add(self, path: str) -> None:
        """Count a file."""
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self._add_lines(text.splitlines())
        self._add_statements(path)
        tree = ast.parse(text)
        comments = type_comments(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.IfExp):
                self.conditional_expressions += 1
            elif isinstance(node, COMPREHENSIONS):
                self.comprehensions += 1
                self.nested_comprehensions += is_nested(node)
            elif isinstance(node, FUNCTIONS):
                self.functions += 1
                self.functions_with_any += says_any(node, comments)

    def _add_lines(self, lines: List[str]) -> None:
        self.lines += len(lines)
        self.long_files += len(lines) > MAX_LINES
        for line in lines:
            self.wide_lines += len(line) > MAX_COLUMNS

    def _add_statements(self, path: str) -> None:
        for size in statement_sizes(path):
            self.statements += 1
            self.tokens += size
            self.long_statements += size > MANY_TOKENS

    def density(self) -> float:
        """Return the tokens of an average statement."""
        return self.tokens / max(self.statements, 1)

    def row(self) -> List[str]:
        """Return what the table shows, as text."""
        hundred = max(self.statements, 1) / 100.0
        return [
            self.name,
            f"{self.density():.1f}",
            f"{self.long_statements / hundred:.1f}",
            f"{self.conditional_expressions / hundred:.1f}",
            f"{self.comprehensions / hundred:.1f}",
            str(self.nested_comprehensions),
            f"{100.0 * self.functions_with_any / max(self.functions, 1):.0f}",
            f"{100.0 * self.wide_lines / max(self.lines, 1):.1f}",
            str(self.long_files),
            str(self.lines),
        ]


class Column(NamedTuple):
    """A column of the table: its heading, and what we aim at."""

    heading: str
    aim: str


COLUMNS = [
    Column("", "aim"),
    Column("tokens/stmt", "9.5"),
    Column("% >25 tokens", "3.5"),
    Column("if-else/100", "1.1"),
    Column("compr/100", "1.5"),
    Column("nested", "0"),
    Column("% Any", "5"),
    Column("% >99 col", "0"),
    Column(">400 lines", "0"),
    Column("lines", ""),
]


def statement_sizes(path: str) -> Iterator[int]:
    """Yield how many tokens each statement has, docstrings left out."""
    with open(path, "rb") as file:
        tokens = []
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.NEWLINE:
                if len(tokens) > 1 or tokens[0].type != tokenize.STRING:
                    yield len(tokens)
                tokens = []
            elif token.type not in NOT_COUNTED:
                tokens.append(token)


def type_comments(text: str) -> "dict[int, str]":
    """Return the comments that hold types, by line number."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        comment = re.match(r"\s*# type: (.*)", line)
        if comment:
            found[number] = comment.group(1)
    return found


def is_nested(node: ast.AST) -> bool:
    """Return whether a comprehension has another one inside it."""
    for inner in ast.walk(node):
        if inner is not node and isinstance(inner, COMPREHENSIONS):
            return True
    return False


def says_any(function: ast.AST, comments: "dict[int, str]") -> bool:
    """Return whether a function's signature says `Any`, in annotations or a comment."""
    types = [ast.unparse(annotation) for annotation in annotations_of(function)]
    types.append(comments.get(function.body[0].lineno - 1, ""))
    return any(re.search(r"\bAny\b", text) for text in types)


def annotations_of(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the annotations of a function's parameters and result."""
    arguments = function.args
    parameters = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
    parameters += [arguments.vararg, arguments.kwarg]
    for parameter in parameters:
        if parameter is not None and parameter.annotation is not None:
            yield parameter.annotation
    if function.returns is not None:
        yield function.returns


def source_files(folder: str) -> List[str]:
    """Return the modules below a folder, without its tests."""
    found = []
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.py"), recursive=True)):
        if not re.search(r"[/\\]_?tests[/\\]", path[len(folder) :]):
            found.append(path)
    return found


def measure(name: str, paths: List[str]) -> Style:
    """Return the counts of some files together."""
    style = Style(name)
    for path in paths:
        style.add(path)
    return style


def print_table(styles: List[Style]) -> None:
    """Print a row for each, under the headings."""
    rows = [[column.heading for column in COLUMNS], [column.aim for column in COLUMNS]]
    rows += [style.row() for style in styles]
    width = max(len(row[0]) for row in rows)
    for row in rows:
        cells = [f"{cell:>{len(column.heading)}}" for cell, column in zip(row[1:], COLUMNS[1:])]
        print(f"{row[0]:<{width}}  " + "  ".join(cells))


def peers() -> List[Style]:
    """Return the counts of the peers that are installed."""
    styles = []
    for name in PEERS:
        pattern = os.path.join(ROOT, ".cache", "style", "lib", "python*", "site-packages", name)
        for folder in glob.glob(pattern):
            styles.append(measure(name, source_files(folder)))
    if not styles:
        print("no peers: python3 tests/interop/environments.py style", file=sys.stderr)
    return styles


def main(argv: List[str]) -> int:
    """Print the tables; return the exit status, which is always 0."""
    if sys.version_info < (3, 12):
        return run_on_newer_python(argv)
    package = os.path.join(ROOT, "cwd_server")
    ours = measure("cwd_server", [*source_files(package), os.path.join(ROOT, "build_zipapp.py")])
    print_table([ours, *peers()])
    if "--files" in argv:
        each = [measure(os.path.relpath(path, ROOT), [path]) for path in source_files(package)]
        print()
        print_table(sorted(each, key=Style.density, reverse=True))
    return 0


def run_on_newer_python(argv: List[str]) -> int:
    """Run this program by a Python that has tokens inside f-strings."""
    from tests.support.pythons import installed_pythons

    for python in installed_pythons():
        if python.implementation == "CPython" and python.version >= (3, 12):
            return subprocess.call([python.path, os.path.abspath(__file__), *argv])
    print("measure_style.py: needs Python 3.12 or newer", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
