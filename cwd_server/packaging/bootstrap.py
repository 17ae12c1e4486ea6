"""The first file that runs in an archive, or in a folder that one was unpacked to: `__main__.py`.

Any Python since 2.7 has to be able to read it. It is compiled at each start, so it does the least:
`startup`, which it hands over to, comes compiled with the modules that serving needs, wherever
their bytecode fits.
"""

import os
import sys

HERE = os.path.dirname(__file__) or "."
# Until 3.9 it is relative, and --cwd changes what that means
ROOT = sys.path[0] = os.path.abspath(HERE)


def read(name):
    # type: (str) -> bytes
    """Return the content of an entry of the archive, or of a file of the folder."""
    return __loader__.get_data(HERE + "/" + name)  # type: ignore[name-defined,no-any-return]


# read_bytecode(): written here from bytecode.py by the build

try:
    try:
        startup, content = read_bytecode(read)  # type: ignore[name-defined]  # noqa: F821
        exec(startup)  # which defines start() and the next
        modules = unpack_modules(content, read)  # type: ignore[name-defined]  # noqa: F821
    except Exception:  # there is none for this Python, or it is damaged: the source says the same
        from cwd_server.__main__ import require_supported_python

        require_supported_python()
        from cwd_server.packaging.startup import start

        modules = ()
    status = start(ROOT, read, modules)
except KeyboardInterrupt:
    status = 130  # what a shell reports of a program that Ctrl-C ended
sys.exit(status)
