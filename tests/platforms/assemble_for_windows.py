"""Assemble a CPython for Windows from what a wheel carries: its DLL and modules, no python.exe.

python3 tests/platforms/assemble_for_windows.py WHEEL_FOLDER OTHER_EXE LIB TARGET

WHEEL_FOLDER has pythonXYZ.dll and .pyd files; OTHER_EXE, the python.exe of another
version, calls its DLL, and is made to call this one; LIB is the standard library's folder.
"""

import glob
import os
import shutil
import struct
import sys

from debian_library import copy_library

IMPORTS = 1  # the place of the import directory in a PE header's table
DOS_TEXT = 0x4E  # where "This program cannot be run in DOS mode" is, which nobody misses


class Executable:
    """A Windows executable of 64 bits, as bytes that can be changed."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        self.header = self._number("<I", 0x3C)

    def _number(self, form, offset):
        return struct.unpack_from(form, self.data, offset)[0]

    def _file_offset(self, address):
        """Return where in the file what is loaded at an address is."""
        sections = self._number("<H", self.header + 6)
        table = self.header + 24 + self._number("<H", self.header + 20)
        for number in range(sections):
            entry = table + 40 * number
            size, start, _, offset = struct.unpack_from("<IIII", self.data, entry + 8)
            if start <= address < start + size:
                return address - start + offset
        raise ValueError(f"no section has the address {address:#x}")

    def rename_import(self, prefix, name):
        """Let the DLL whose name begins so be loaded by another name."""
        directory = self._number("<I", self.header + 24 + 112 + 8 * IMPORTS)
        entry = self._file_offset(directory)
        while True:
            address = self._number("<I", entry + 12)
            if address == 0:
                raise ValueError(f"nothing is imported from {prefix}…")
            if self.data.startswith(prefix, self._file_offset(address)):
                break
            entry += 20
        self.data[DOS_TEXT : DOS_TEXT + len(name) + 1] = name + b"\0"
        struct.pack_into("<I", self.data, entry + 12, DOS_TEXT)  # headers are loaded as they are

    def write(self, path):
        """Write it as it now is."""
        with open(path, "wb") as file:
            file.write(self.data)


def assemble(wheel, other_exe, library, target):
    """Put everything into `target`."""
    copy_library(library, os.path.join(target, "Lib"))
    (dll,) = glob.glob(os.path.join(wheel, "python3[0-9]*.dll"))
    name = os.path.basename(dll)
    suffix = "cp314t-win_amd64.pyd" if name.endswith("t.dll") else "pyd"
    for path in glob.glob(os.path.join(wheel, "*.pyd")):
        suffixes = os.path.basename(path).partition(".")[2]
        if suffixes == suffix:
            shutil.copy(path, target)
    for path in glob.glob(os.path.join(wheel, "*.dll")):
        if not os.path.basename(path).startswith("api-ms"):
            shutil.copy(path, target)
    executable = Executable(other_exe)
    executable.rename_import(b"python3", name.encode("ascii"))
    executable.write(os.path.join(target, "python.exe"))


if __name__ == "__main__":
    assemble(*sys.argv[1:])
