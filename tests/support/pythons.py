"""The Python interpreters of this machine: on the PATH, and those that pyenv keeps."""

import functools
import glob
import os
import shutil
import subprocess
from typing import NamedTuple, Tuple

NAMES = ["python2", "python2.7", "python3", "pypy3"]
NAMES += [f"python3.{minor}" for minor in range(5, 16)]

PROGRAM = """
import platform, sys
print('%s %d.%d.%d' % ((platform.python_implementation(),) + sys.version_info[:3]))
"""


class Python(NamedTuple):
    """An interpreter: "CPython" or "PyPy", a version such as (3, 11, 7), and its file."""

    implementation: str
    version: Tuple[int, ...]
    path: str


@functools.lru_cache(maxsize=None)
def installed_pythons():
    """Return the interpreters that start, one of each implementation and version, oldest first."""
    found = {}
    for path in _candidates():
        python = _ask(path)
        if python is not None:
            found.setdefault(python[:2], python)
    return sorted(found.values())


def too_old_pythons():
    """Return the files of the interpreters that cannot run this package: 2.7, mostly."""
    return [python.path for python in installed_pythons() if python.version < (3, 6)]


def _candidates():
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            yield path
    pyenv = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    yield from sorted(glob.glob(os.path.join(pyenv, "versions", "*", "bin", "python")))


def _ask(path):
    """Return what an interpreter says of itself, or None where it does not start."""
    command = [path, "-c", PROGRAM]  # one of pyenv's shims, perhaps, with no version behind it
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    try:
        done = subprocess.run(command, timeout=30, **pipes)
    except OSError:
        return None
    if done.returncode != 0:
        return None
    implementation, version = done.stdout.decode("ascii").split()
    return Python(implementation, tuple(int(part) for part in version.split(".")), path)
