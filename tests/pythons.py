"""The Python interpreters of this machine: on the PATH, and those that pyenv keeps."""

import glob
import os
import shutil
import subprocess

NAMES = ["python2", "python2.7", "python3", "pypy3"] + ["python3.%d" % minor for minor in range(5, 16)]


def found():
    """Return the interpreters that start, by version such as (3, 11, 7) and implementation."""
    paths = [shutil.which(name) for name in NAMES]
    pyenv = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    paths += sorted(glob.glob(os.path.join(pyenv, "versions", "*", "bin", "python")))
    interpreters = {}
    for path in filter(None, paths):
        program = (
            "import platform, sys; print('%s %d.%d.%d' % ((platform.python_implementation(),) + sys.version_info[:3]))"
        )
        try:
            done = subprocess.run([path, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30)
        except OSError:
            continue
        if done.returncode == 0:
            implementation, version = done.stdout.decode("ascii").split()
            key = tuple(int(part) for part in version.split("."))
            interpreters.setdefault((implementation, key), path)
    return interpreters
