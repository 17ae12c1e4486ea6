"""Say why a tools file cannot be loaded: where, what happened, and what to do."""

import ast
import os
import re
import sys
import traceback
import typing
from importlib.machinery import PathFinder
from typing import Dict, List

from cwd_server import toolkit
from cwd_server.toolkit.loading import importer, packed_modules
from cwd_server.toolkit.loading.module_names import imports_in, is_standard

_PYTHON = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
# Modules of Python's own that some versions have not: https://docs.python.org/3/whatsnew/
ADDED = {
    "dataclasses": "3.7",
    "contextvars": "3.7",
    "zoneinfo": "3.9",
    "graphlib": "3.9",
    "tomllib": "3.11",
    "annotationlib": "3.14",
    "compression": "3.14",
}
_REMOVED_BY_VERSION = {
    "3.0": "commands ConfigParser cPickle cStringIO httplib Queue StringIO urllib2 urlparse",
    "3.12": "asynchat asyncore distutils imp smtpd",
    "3.13": "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib"
    " ossaudiodev pipes sndhdr spwd sunau telnetlib uu xdrlib",
}
REMOVED: Dict[str, str] = {}
for _version, _names in _REMOVED_BY_VERSION.items():
    REMOVED.update(dict.fromkeys(_names.split(), _version))


def explain(path: str, error: BaseException) -> str:
    """Return the message for an exception that the tools file at `path` ended with."""
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{error.filename}, line {error.lineno}"
        return f"{place}: {type(error).__name__}: {error.msg}{_remedy_for_encoding(error.msg)}"
    place = _place_of(path, error)
    text = str(error)
    if isinstance(error, ImportError):
        text = error.msg or text
    return f"{place}: {type(error).__name__}: {text}{_remedy(path, error)}"


def _place_of(path: str, error: BaseException) -> str:
    """Return the innermost line of the user's own files that an exception passed."""
    real = os.path.realpath(path)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == real or importer.is_beside_tools(frame.filename):
            return f"{frame.filename}, line {frame.lineno}"
    return path


def _remedy(path: str, error: BaseException) -> str:
    """Return what to do about an exception, behind a semicolon, or "" if its own text says it."""
    stem = os.path.splitext(os.path.basename(path))[0]
    if stem in _imports_of(os.path.realpath(path)) and _may_be_circular(stem, error):
        name = os.path.basename(path)
        return (
            f"; the file imports itself, since it is named like the package {stem}: rename {name}"
        )
    if isinstance(error, ImportError):
        return _remedy_for_import(path, error)
    if isinstance(error, AttributeError):
        return _remedy_for_attribute(str(error))
    if isinstance(error, NameError):
        return _remedy_for_name(str(error))
    if isinstance(error, TypeError):
        return _remedy_for_setting(error) or _remedy_for_annotation(error)
    if isinstance(error, KeyError) and _innermost_file(error) in ("os.py", "<frozen os>"):
        return "; it is not in the environment: set it, or name it under env in the client's file"
    if isinstance(error, SystemExit) or _is_of_input(error):
        return (
            "; a tools file is imported, so what only a script does belongs under"
            ' if __name__ == "__main__"'
        )
    if _place_of(path, error) == path or "null bytes" in str(error):
        return _remedy_for_encoding(str(error))
    return ""  # a file of which a line was reached could be read


def _is_of_input(error: BaseException) -> bool:
    """Whether an exception is that of input(), as nobody types anything while a file is loaded."""
    return isinstance(error, EOFError) and str(error) == "EOF when reading a line"


def _remedy_for_import(path: str, error: ImportError) -> str:
    """Return what to do about a module that is not found, or a name that it does not have."""
    if "relative import" in str(error):
        return (
            "; a tools file is not part of a package: write `from helper import x` for helper.py"
            " beside it"
        )
    if isinstance(error, ModuleNotFoundError) and error.name:
        return _remedy_for_missing(path, error.name)
    if "partially initialized" in str(error) or "consider renaming" in str(error):
        return ""
    line = traceback.extract_tb(error.__traceback__)[-1].line or ""
    if line.startswith("from "):
        return _remedy_for_missing_name(line.split()[1])  # Python 3.6 does not say which module
    return ""


def _remedy_for_attribute(text: str) -> str:
    """Return what to do about `module.name`, if the module does not have the name."""
    if text == "module 'cwd_server' has no attribute 'tool'":
        return "; write: from cwd_server.toolkit import tool"
    of_module = re.match("module '([^']*)' has no attribute ", text)
    if of_module is None or "consider renaming" in text:  # Python 3.13 knows of files that hide
        return ""
    return _remedy_for_missing_name(of_module[1])


def _innermost_file(error: BaseException) -> str:
    """Return the name of the file that an exception was raised in."""
    return os.path.basename(traceback.extract_tb(error.__traceback__)[-1].filename)


def _remedy_for_encoding(text: str) -> str:
    """Return what to do about a file that is UTF-16, or of a code page, as on Windows."""
    if "null bytes" in text or "utf-8" in text.lower():
        return "; save it as UTF-8"
    return ""


def _remedy_for_setting(error: TypeError) -> str:
    """Return what settings `@tool` has, if the error is about one that it has not."""
    if not str(error).startswith("tool() got an unexpected keyword argument"):
        return ""
    settings = toolkit.tool.__kwdefaults__ or {}
    return f"; the settings of @tool are {', '.join(settings)}"


def _remedy_for_name(text: str) -> str:
    """Return how to import a name that a file uses and does not have, if it is a known one."""
    undefined = re.match(r"name '(\w+)' is not defined", text)
    if undefined is None:
        return ""
    name = undefined[1]
    if name in toolkit.__all__:
        return f"; write at the top: from cwd_server.toolkit import {name}"
    if name in typing.__all__:
        return f"; write at the top: from typing import {name}"
    return ""


def _remedy_for_annotation(error: TypeError) -> str:
    """Return what to do about annotations that this Python cannot evaluate."""
    text = str(error)
    if text in ("'type' object is not subscriptable", "'ABCMeta' object is not subscriptable"):
        return f"; {_PYTHON} has no list[int], Sequence[int]: write List, Sequence, … of typing"
    if text.startswith("unsupported operand type(s) for |: 'type' and"):
        return f"; {_PYTHON} has no int | None: write Optional[int] or Union[int, str], of typing"
    # Optional[Annotated[int, {…}]] on 3.9 to 3.12
    if "unhashable" in text and _innermost_file(error) == "typing.py":
        return "; put Annotated outside: Annotated[Optional[int], {…}]"
    return ""


def _remedy_for_missing_name(module: str) -> str:
    """Return what to do about a name that a module of Python's own, or of ours, does not have."""
    root = module.partition(".")[0]
    if root == "cwd_server":
        return f"; write: from cwd_server.toolkit import {', '.join(toolkit.__all__)}"
    if not is_standard(root):
        return ""
    file = getattr(sys.modules.get(root), "__file__", None)
    if file and importer.is_beside_tools(file):
        return f"; your {file} hides Python's {root}: rename it"
    return f"; check the spelling; {_PYTHON} does not have it, a newer one may"


def _may_be_circular(stem: str, error: BaseException) -> bool:
    """Whether an exception can come from taking a file for the package that it is named like."""
    if isinstance(error, ModuleNotFoundError):
        return error.name is not None and error.name.partition(".")[0] == stem
    if isinstance(error, ImportError):
        return error.name in (stem, None)  # Python 3.6 does not say
    return isinstance(error, AttributeError) and stem in str(error)


def _remedy_for_missing(path: str, name: str) -> str:
    root, _, rest = name.partition(".")
    if root == os.path.basename(os.path.dirname(os.path.realpath(path))):
        return (
            f"; {root} is the folder that this file is in, where modules are looked for: leave"
            f" {root} out of the name"
        )
    if rest and root in sys.modules:  # the package is there, and has no such module
        return ""
    if _is_installed(root):
        return ""
    if root in ADDED:
        return f"; {root} is in Python from {ADDED[root]} on: start this server with a newer one"
    if root in REMOVED:
        return f"; {root} was in Python before {REMOVED[root]}: write the file without it"
    if root in ("fastmcp", "mcp"):
        return (
            "; write `from cwd_server.toolkit import tool` instead; the command `help fastmcp`"
            " shows the other changes"
        )
    options = _isolating_options()
    if options:
        return f"; {options} hide installed packages: start this server without"
    return f"; it has to be installed for {sys.executable}"


def _is_installed(name: str) -> bool:
    try:
        return PathFinder.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _isolating_options() -> str:
    options = []
    if sys.flags.isolated:
        options.append("-I")
    if sys.flags.no_site:
        options.append("-S")
    return " and ".join(options)


def _imports_of(path: str) -> List[str]:
    """Return the names of the modules that a file imports."""
    source = packed_modules.read(path)
    try:
        if source is None:
            with open(path, "rb") as file:
                source = file.read()
        tree = ast.parse(source, path)
    except (OSError, SyntaxError, ValueError):
        return []
    return [each.module for each in imports_in(tree)]
