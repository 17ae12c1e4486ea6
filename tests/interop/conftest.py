"""Shared by the checks with other people's programs: paths, and the summary that ends `make verify`."""

import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)

SUMMARY = {}


def pytest_configure(config):
    """Explain our marker."""
    config.addinivalue_line(
        "markers", "counts(row): count the test in this row of the closing table"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Count marked tests, failed ones too; skipped ones were not tried."""
    report = yield
    mark = item.get_closest_marker("counts")
    if mark and report.when == "call" and not report.skipped:
        _add(mark.args[0], int(report.passed), 1)
    return report


def _add(row, good, total):
    before = SUMMARY.get(row, (0, 0))
    SUMMARY[row] = (before[0] + good, before[1] + total)


@pytest.fixture
def summary():
    """Add a row to the table that ends the run: its name, what was good, of how many."""
    return _add


@pytest.fixture
def awkward_directory(tmp_path):
    """Return a directory whose name has spaces, quotes and letters beyond ASCII."""
    directory = tmp_path / 'it\'s a "directory" é 目录'
    directory.mkdir()
    return os.path.realpath(str(directory))


def pytest_terminal_summary(terminalreporter):
    """Print the table."""
    if SUMMARY:
        terminalreporter.section("summary")
        for row, (good, total) in SUMMARY.items():
            percent = 100.0 * good / total if total else 0.0
            terminalreporter.write_line("%-48s %6d of %6d  %5.1f%%" % (row, good, total, percent))
