"""Old name of tests/support/pythons.py, until its users have moved."""

from tests.support.pythons import installed_pythons


def found():
    """Return the interpreters that start, by version such as (3, 11, 7) and implementation."""
    return {python[:2]: python.path for python in installed_pythons()}
