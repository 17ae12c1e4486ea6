"""`new`: a tools file to begin with, its test, and the types of the toolkit for editors."""

import argparse
import keyword
import os
import sys
from typing import List, NamedTuple

from cwd_server import location
from cwd_server.commands.errors import CommandError, UsageError
from cwd_server.commands.options import CommandOptions
from cwd_server.commands.toolkit_stub import STUB
from cwd_server.toolkit.loading.module_names import is_standard

TOOLS = '''\
"""Tools for MCP clients. Serve them: {program} --tools {file}"""

from typing import List

from cwd_server.toolkit import Call, ToolError, tool


@tool(read_only=True)
def count_words(texts: List[str], call: Call, longest_only: bool = False) -> int:
    """Count the words of some texts.

    Args:
        texts: the texts, at least one
        longest_only: count those of the longest text alone
    """
    if not texts:
        raise ToolError("there is no text to count: give at least one")
    counts = []
    for number, text in enumerate(texts):
        call.progress(number, len(texts))
        counts.append(len(text.split()))
    if longest_only:
        return max(counts)
    return sum(counts)
'''

TEST = """\
# Run it: PYTHONPATH={archive} python3 -m unittest {test_module}

import unittest

from {module} import count_words

from cwd_server.toolkit import ToolError
from cwd_server.toolkit.testing import call_tool  # type: ignore  # not in typings/


class CountWords(unittest.TestCase):
    def test_as_a_client_calls_it(self) -> None:
        result = call_tool(count_words, {{"texts": ["one two", "three"]}})
        self.assertEqual(result["structuredContent"], 3)

    def test_arguments_of_models(self) -> None:
        result = call_tool(count_words, {{"texts": ["one two", "three"], "longest_only": "true"}})
        self.assertEqual(result["structuredContent"], 2)

    def test_what_it_refuses(self) -> None:
        with self.assertRaises(ToolError):
            call_tool(count_words, {{"texts": []}})


if __name__ == "__main__":
    unittest.main()
"""


class NewFile(NamedTuple):
    """A file to write: its path, and its text."""

    path: str
    text: str


class NewOptions(CommandOptions):
    """What `new` is asked for: the path of the tools file."""

    file: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the path of the tools file."""
    parser.add_argument("file", help="the tools file to write, such as my_tools.py")


def run(options: NewOptions) -> int:
    """Write the files, none of which may be there already, and say what to do next."""
    path = os.path.expanduser(options.file)
    folder, name = os.path.split(path)
    module = _module_of(name)
    archive = location.program_path()
    if not location.runs_from_archive():
        archive = os.path.dirname(archive)
    words = {
        "archive": archive,
        "file": name,
        "module": module,
        "program": location.program_name(),
        "test_module": f"test_{module}",
    }
    stub = os.path.join(folder, "typings", "cwd_server", "toolkit.pyi")
    files = [
        NewFile(path, TOOLS.format(**words)),
        NewFile(os.path.join(folder, f"test_{name}"), TEST.format(**words)),
    ]
    if not _is_same(stub):
        files.append(NewFile(stub, STUB))
    _write_all(files)
    for file in files:
        print(f"wrote {file.path}")
    print(_next_steps(path, words["archive"], module))
    return 0


def _module_of(name: str) -> str:
    """Return the name of the module that a file is; raise UsageError if no module can have it."""
    module, ending = os.path.splitext(name)
    if ending != ".py" or not module.isidentifier() or keyword.iskeyword(module):
        raise UsageError(f"{name}: name the file like a module, such as my_tools.py")
    if is_standard(module):
        raise UsageError(f"{name}: Python has a module {module} of its own; take another name")
    return module


def _is_same(stub: str) -> bool:
    """Whether the types are there already, as we would write them."""
    try:
        with open(stub, encoding="utf-8") as file:
            return file.read() == STUB
    except OSError:
        return False


def _write_all(files: List[NewFile]) -> None:
    """Write files; raise CommandError, before anything is written, if one is there already."""
    for file in files:
        if os.path.lexists(file.path):
            raise CommandError(
                f"{file.path} is there already: nothing was written; choose another name"
            )
    for file in files:
        folder = os.path.dirname(file.path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(file.path, "x", encoding="utf-8", newline="\n") as stream:
            stream.write(file.text)


def _next_steps(path: str, archive: str, module: str) -> str:
    program = f"{sys.executable} {location.program_path()}"
    test = f"PYTHONPATH={archive} {sys.executable} -m unittest test_{module}"
    folder = os.path.dirname(path)
    if folder:
        test = f"cd {folder} && {test}"
    return "\n".join(
        [
            "",
            "try it:",
            f"  {program} --tools {path} list",
            f"  {program} --tools {path} call count_words 'texts=[\"one two\"]'",
            "test it:",
            f"  {test}",
            "put it into a client, loaded anew at each change:",
            f"  {program} --tools {path} --reload config CLIENT --write",
            "types: Pylance and pyright read typings/ by themselves; for mypy: MYPYPATH=typings",
        ]
    )
