"""How bytecode is read from the archive's entry that `bytecode` has written.

This file is compiled for each interpreter and is in front of the rest, which `bootstrap` could not
read without it: that file is compiled at each start, and every line of it costs each start.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Tuple

    from cwd_server.packaging.bytecode import Content, Entry
    from cwd_server.packaging.compiling import Modules

SHARED = 0  # key of what is read in front of each interpreter's code


def unpack(compiled: "Content", entry: "Entry") -> "Tuple[Modules, bytes]":
    """Return startup and the modules that serving needs, and what is loaded later.

    Raises some exception if it is damaged.

    compiled: what there is for this interpreter
    entry: what there is for all
    """
    import gc
    import marshal
    import zlib

    gc.disable()  # nothing that is made until startup has done its work is garbage
    _, base, code, later = compiled
    if base:
        old = zlib.decompress(entry[base][2])  # type: ignore[arg-type]  # no change itself
        parts = []
        for start, end, part in code:  # type: ignore[misc]
            parts.append(zlib.decompressobj(zdict=old[start:end]).decompress(part))
        code = b"".join(parts)
    else:
        code = zlib.decompress(code)  # type: ignore[arg-type]
    shared = zlib.decompress(entry[SHARED])  # type: ignore[arg-type]
    _, modules = marshal.loads(shared + code)
    return modules, later
