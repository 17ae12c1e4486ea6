"""Files and folders that a test needs for its own time."""

import os
import shutil
import sys
import tempfile
import textwrap

TOOLS_FILE_IMPORTS = "from cwd_server.toolkit import tool, Call, ToolError\n"

# More of a tools file: results of any size, from a thread and between two lines of input
LARGE_TOOLS = """
@tool
def large(size: int) -> str:
    return "x" * size

@tool(threaded=False)
def large_inline(size: int) -> str:
    return "x" * size
"""


def temporary_directory(test):
    """Return a new folder, without links in its path, that is removed when the test ends."""
    path = os.path.realpath(tempfile.mkdtemp())
    test.addCleanup(_remove, path)
    return path


def temporary_home(test):
    """Return an empty home, and the variables that make programs take it for the user's."""
    home = temporary_directory(test)
    return home, home_variables(home)


def home_variables(home):
    """Return the variables that make programs of any system take a folder for the home."""
    return {
        "HOME": home,
        "USERPROFILE": home,
        "APPDATA": os.path.join(home, "AppData", "Roaming"),
        "LOCALAPPDATA": os.path.join(home, "AppData", "Local"),
        "XDG_CONFIG_HOME": os.path.join(home, ".config"),
    }


def write_file(path, text):
    """Write a text as UTF-8, line ends as they are; make the folders it needs; return the path."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path


def read_file(path):
    """Return the text of a UTF-8 file, line ends as they are."""
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def tools_file(test, source, name="my_tools.py", folder=None):
    """Write a tools file; return its path.

    Its first line imports `tool`, `Call` and `ToolError`; line 1 of `source` is its line 2.
    """
    if folder is None:
        folder = temporary_directory(test)
    return write_file(os.path.join(folder, name), TOOLS_FILE_IMPORTS + textwrap.dedent(source))


def program_file(test, source, name="program.py", folder=None):
    """Write a program in Python; return the argv that runs it."""
    if folder is None:
        folder = temporary_directory(test)
    return [sys.executable, write_file(os.path.join(folder, name), textwrap.dedent(source))]


def _remove(path):
    # Bytes, for names that are no text; a folder that a test made read-only is made writable first
    for folder, _, _ in os.walk(os.fsencode(path)):
        try:
            os.chmod(folder, 0o700)
        except OSError:
            pass
    shutil.rmtree(os.fsencode(path), ignore_errors=True)
