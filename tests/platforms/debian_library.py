"""Debian's standard library, for a Python that Debian did not build."""

import os
import shutil

COMPILED = ("config-", "lib-dynload", "__pycache__")  # folders of Debian's own build


def copy_library(source: str, target: str) -> None:
    """Copy the folder of the library without what is of Debian's build alone."""
    shutil.copytree(source, target, ignore=_of_debians_build)


def _of_debians_build(folder, names):
    """Return which names of a folder are compiled, or links out of the folder."""
    found = []
    for name in names:
        if name.startswith(COMPILED) or os.path.islink(os.path.join(folder, name)):
            found.append(name)
    return found
