"""Edited files, read by clients' parsers; writers that are killed, or are many at once."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import environments
import pytest

from cwd_server.commands.config.json_edit import JSONEntries
from cwd_server.commands.config.toml_edit import TOMLEntries
from tests import test_json_edit, test_toml_edit
from tests.support.paths import ARCHIVE

FILES = 1000  # of each format
ENTRY = {"command": "/usr/bin/python3", "args": ["-I", "\u00e9 \\ \"'"], "env": {"A": "1"}}
WRITERS = 20
ROUNDS = 6
HERE = os.path.dirname(os.path.abspath(__file__))


def read_all(texts):
    """Return what the clients' parsers read in texts: pairs of format and text."""
    modules = environments.node("parsers")
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run(
        ["node", os.path.join(HERE, "read_edited.mjs"), modules],
        input=lines.encode("ascii"), stdout=subprocess.PIPE, check=True, timeout=120,
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert [each for each in answers if "error" in each] == []
    return [each["value"] for each in answers]


@pytest.mark.parametrize(
    ("form", "make_file", "key"),
    [
        ("jsonc", test_json_edit.make_file, "mcpServers"),
        ("toml", test_toml_edit.make_file, "mcp_servers"),
    ],
)
def test_generated_files(form, make_file, key, summary):
    """Each file has one entry more and nothing else changed, and comes back byte for byte."""
    originals = [make_file(random.Random(seed)) for seed in range(FILES)]
    edited = [entries_of(form, text, key).add("new", ENTRY) for text in originals]
    before = read_all([[form, text] for text in originals])
    after = read_all([[form, text] for text in edited])
    good = 0
    for old, original, new, text in zip(before, originals, after, edited):
        had_key = key in old
        old.setdefault(key, {})["new"] = ENTRY
        assert new == old, original
        back = entries_of(form, text, key).remove("new")
        if had_key or form == "toml":
            assert back == original
        else:
            assert entries_of(form, back, key).names() == []
        good += 1
    summary(f"Edited {form} files, read by a client's parser", good, FILES)


def entries_of(form, text, key):
    if form == "toml":
        return TOMLEntries(text, key, is_list=False)
    return JSONEntries(text, [(key,)])


def command(path, name):
    return [
        sys.executable,
        "-I",
        "-S",
        ARCHIVE,
        "config",
        "cursor",
        "--write",
        "--file",
        path,
        "--name",
        name,
    ]


def test_many_writers_at_once(tmp_path, summary):
    """No entry is lost that its writer was told to have added."""
    for number in range(ROUNDS):
        path = str(tmp_path / str(number) / "mcp.json")
        names = [f"server-{each}" for each in range(WRITERS)]
        started = [
            subprocess.Popen(command(path, name), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for name in names
        ]
        for process in started:
            output = process.communicate(timeout=120)
            assert process.returncode == 0, output
        with open(path, encoding="utf-8") as file:
            assert sorted(json.load(file)["mcpServers"]) == sorted(names)
        assert os.listdir(os.path.dirname(path)) in (
            ["mcp.json"],
            ["mcp.json", "mcp.json.cwd_server.bak"],
            ["mcp.json.cwd_server.bak", "mcp.json"],
        )
    summary("Entries of writers at once that are there", WRITERS * ROUNDS, WRITERS * ROUNDS)


# What changes a file system; whatever else a program asks the system for cannot lose a file
CALLS = (
    "openat,read,write,fsync,fchmod,fchown,rename,unlink,mkdir,rmdir,flock,fsetxattr,"
    "fgetxattr,ftruncate,close,fstat,newfstatat,access"
)
OLD = b'{"mcpServers": {"old": {"command": "precious"}}}\n'


def test_killed_at_every_system_call(tmp_path, summary):
    """A file has its old content or the new, wherever its writer is killed."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    calls = list_calls(strace, tmp_path)
    assert len(calls) > 20
    with ThreadPoolExecutor(2) as pool:
        contents = list(pool.map(lambda call: kill_at(strace, tmp_path, call), calls))
    assert {content == OLD for content in contents} == {True, False}
    summary("Killed at a system call, and nothing was lost", len(contents), len(contents))


def list_calls(strace, tmp_path):
    """Return the calls since the first look at the file: name, and number of its name."""
    folder = str(tmp_path / "count")
    path = put_old(folder)
    trace = os.path.join(folder, "trace")
    subprocess.run(
        [strace, "-f", "-o", trace, "-e", f"trace={CALLS}", *command(path, "new")],
        stdout=subprocess.PIPE, check=True, timeout=60,
    )  # fmt: skip
    calls = []
    counts = Counter()
    has_begun = False
    with open(trace, errors="replace") as file:
        for line in file:
            found = re.match(r"\d+ +(\w+)\(", line)
            if found is None:
                continue
            counts[found.group(1)] += 1
            has_begun = has_begun or (folder in line and "mcp.json" in line)
            if has_begun:
                calls.append((found.group(1), counts[found.group(1)]))
    return calls


def put_old(folder):
    os.makedirs(folder)
    path = os.path.join(folder, "mcp.json")
    with open(path, "wb") as file:
        file.write(OLD)
    return path


def kill_at(strace, tmp_path, call):
    """Kill a writer at a call; return what the file then has."""
    name, number = call
    folder = str(tmp_path / f"{name}-{number}")
    path = put_old(folder)
    inject = f"inject={name}:signal=KILL:when={number}"
    subprocess.run(
        [strace, "-f", "-o", os.devnull, "-e", inject, *command(path, "new")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=60,
    )  # fmt: skip
    with open(path, "rb") as file:
        content = file.read()
    if content != OLD:
        servers = json.loads(content.decode())["mcpServers"]
        assert sorted(servers) == ["new", "old"], call
    return content
