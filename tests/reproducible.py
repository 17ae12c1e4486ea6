"""Build the archive under many conditions, and see that the bytes are the same: `make reproducible`.

Each condition changes one thing, and the last ones everything at once; the set of interpreters
that
bytecode is for stays the same: every CPython of this machine since 3.8.
"""

import hashlib
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

from tests.support.pythons import installed_pythons  # noqa: E402

# Runs build_zipapp.py with another umask, and with folders read in another order
PROGRAM = """
import os, runpy, sys
mask, order = int(sys.argv[1], 8), sys.argv[2]
os.umask(mask)
if order == "reversed":
    listdir, scandir = os.listdir, os.scandir
    class Entries(list):
        __enter__ = lambda self: self
        __exit__ = lambda self, *error: None
        close = lambda self: None
        __iter__ = lambda self: (self.pop(0) for _ in range(len(self)))
        __next__ = lambda self: self.pop(0)
    os.listdir = lambda *path: sorted(listdir(*path), reverse=True)
    os.scandir = lambda *path: Entries(sorted(scandir(*path), key=lambda entry: entry.name, reverse=True))
del sys.argv[:3]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""

USUAL = {
    "python": sys.executable,
    "place": "checkout",
    "newline": b"\n",
    "time": 1700000000,
    "umask": "022",
    "order": "sorted",
    "environment": {"TZ": "UTC", "LC_ALL": "C.UTF-8"},
}


def conditions(interpreters):
    """Yield what is changed, in words, and the changes."""
    yield "as usual", {}
    for version, python in sorted(interpreters.items()):
        yield "built by Python %d.%d.%d" % version, {"python": python}
    for zone in ("Asia/Tokyo", "America/New_York", "Pacific/Kiritimati"):
        yield "time zone " + zone, {"environment": {"TZ": zone, "LC_ALL": "C.UTF-8"}}
    for locale in ("C", "POSIX", "tr_TR.UTF-8", "de_DE.ISO-8859-1"):
        yield "locale " + locale, {"environment": {"TZ": "UTC", "LC_ALL": locale}}
    for mask in ("000", "077"):
        yield "umask " + mask, {"umask": mask}
    for place in ("a b/c's [d]", "目录", "x" * 120):
        yield "checkout in " + place[:20], {"place": place}
    for moment in (0, 315532799, 4102444800):
        yield "files dated %d" % moment, {"time": moment}
    yield "CRLF checkout", {"newline": b"\r\n"}
    yield "folders read backwards", {"order": "reversed"}
    yield "another hash seed", {"environment": {"PYTHONHASHSEED": "12345"}}
    yield "optimised", {"environment": {"PYTHONOPTIMIZE": "1"}}
    everything = {
        "place": "é 'x' [y]", "newline": b"\r\n", "time": 1, "umask": "077", "order": "reversed",
        "environment": {"TZ": "Asia/Kathmandu", "PYTHONUTF8": "1", "PYTHONHASHSEED": "1", "PYTHONOPTIMIZE": "1"},
    }  # fmt: skip
    for version, python in sorted(interpreters.items()):
        yield "all of it, by Python %d.%d.%d" % version, dict(everything, python=python)


def checkout(root, newline, moment):
    """Copy what is built from to `root`, as git might have laid it there."""
    copied = [os.path.join(ROOT, "build_zipapp.py"), os.path.join(ROOT, "LICENSE")]
    for folder, _, names in os.walk(os.path.join(ROOT, "cwd_server")):
        copied += [os.path.join(folder, name) for name in names if name.endswith((".py", ".md"))]
    for path in copied:
        target = os.path.join(root, os.path.relpath(path, ROOT))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(path, "rb") as file, open(target, "wb") as copy:
            copy.write(file.read().replace(b"\n", newline))
        os.utime(target, (moment, moment))


def digest(changes, interpreters):
    """Return the SHA-256 of what is built under the usual condition and these changes to it."""
    chosen = dict(USUAL, **changes)
    with tempfile.TemporaryDirectory() as directory:
        root = os.path.join(directory, *chosen["place"].split("/"))
        checkout(root, chosen["newline"], chosen["time"])
        target = os.path.join(directory, "built.pyz")
        command = [chosen["python"], "-c", PROGRAM, chosen["umask"], chosen["order"]]
        command += [
            os.path.join(root, "build_zipapp.py"),
            "-o",
            target,
            "--bytecode",
            *interpreters.values(),
        ]
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "LC_", "LANG"))
        }
        environment.update(chosen["environment"])
        subprocess.run(
            command, cwd=directory, env=environment, stdout=subprocess.DEVNULL, check=True
        )
        with open(target, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()


def main():
    """Build, and print a digest for each condition; return 1 if two differ."""
    newest = {}
    for python in installed_pythons():  # oldest first
        if python.implementation == "CPython" and python.version >= (3, 8):
            newest[python.version[:2]] = (python.version, python.path)
    interpreters = dict(newest.values())
    print(
        "bytecode for Python "
        + ", ".join("%d.%d.%d" % version for version in sorted(interpreters))
    )
    digests = {}
    for name, changes in conditions(interpreters):
        found = digest(changes, interpreters)
        digests.setdefault(found, []).append(name)
        print("%s  %s" % (found, name), flush=True)
    print("%d conditions, %d digest(s)" % (sum(map(len, digests.values())), len(digests)))
    return 0 if len(digests) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
