"""The first file that runs in an archive, or in a folder that one was unpacked to: `__main__.py`.

Any Python since 2.7 has to be able to read it. It is compiled at each start, so it does the least:
what it hands over to comes compiled wherever there is bytecode that fits.
"""

import os
import sys

HERE = os.path.dirname(__file__) or "."
try:
    try:
        import marshal
        import zlib
        from importlib.util import MAGIC_NUMBER

        bytecode = marshal.loads(__loader__.get_data(HERE + "/bytecode"))  # type: ignore[name-defined]
        compiled = bytecode[sys.implementation.cache_tag, MAGIC_NUMBER]
        exec(marshal.loads(zlib.decompress(compiled[0])))  # which defines unpack()
        modules, later = unpack(compiled, bytecode)  # type: ignore[name-defined]  # noqa: F821
        exec(modules[0][2])  # startup, which defines start()
    except Exception:  # there is none for this Python, or it is damaged: the source says the same
        from cwd_server.__main__ import require_python_for_archive

        require_python_for_archive()
        from cwd_server.packaging.startup import start

        modules, later = (), b""
    status = start(HERE, __loader__, modules[1:], later)  # type: ignore[name-defined]
except KeyboardInterrupt:
    status = 130  # what a shell reports of a program that Ctrl-C ended
sys.exit(status)
