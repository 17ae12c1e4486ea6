"""What `config` gives the clients, read by the clients themselves and by other people's parsers."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import environments
import pytest

from cwd_server.commands.client_table import CLIENTS
from cwd_server.commands.clients import describe
from cwd_server.commands.launch import command_of, find_lasting_interpreter
from tests import ARCHIVE, request

# client: environment, program, what it is asked, and what it says of a server that it found (and started)
LISTS = {
    "claude-code": ("claude-code", "claude", ["mcp", "list"], "cwd_server: .*Connected"),
    "gemini": ("gemini", "gemini", ["mcp", "list"], "cwd_server: .*Connected"),
    "opencode": ("opencode", "opencode", ["mcp", "list"], "cwd_server .*connected"),
    "copilot-cli": ("copilot-cli", "copilot", ["mcp", "list", "--json"], '"cwd_server": .*"--cwd"'),
    "codex": ("codex", "codex", ["mcp", "list", "--json"], '"cwd_server".*"--cwd"'),
    "cline": ("cline", "cline", ["mcp", "uninstall", "cwd_server"], "Uninstalled MCP server cwd_server"),
}
PARSE = {
    "json": [sys.executable, "-c", "import json, sys; print(json.dumps(json.load(sys.stdin)))"],
    "toml": "import json, sys, tomli; print(json.dumps(tomli.loads(sys.stdin.read())))",
    "yaml": "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin.read())))",
}


@pytest.fixture
def home(tmp_path):
    """Return an environment whose home directory is new and empty."""
    project = tmp_path / "project"
    os.makedirs(str(tmp_path / ".gemini"))
    project.mkdir()
    (tmp_path / ".gemini" / "trustedFolders.json").write_text(json.dumps({str(project): "TRUST_FOLDER"}))
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return dict(kept, HOME=str(tmp_path), NO_COLOR="1", CI="1", PYTHONUTF8="1")


def run(command, home, **options):
    options.setdefault("cwd", os.path.join(home["HOME"], "project"))
    return subprocess.run(
        command, env=home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
        encoding="utf-8", **options
    )  # fmt: skip


def config(home, *arguments):
    return run([sys.executable, "-I", "-S", ARCHIVE, "config", *arguments], home)


@pytest.mark.parametrize("client", LISTS)
def test_client_reads_its_file(client, home, awkward_directory, summary):
    environment, program, words, found = LISTS[client]
    program = environments.node(environment, os.path.join(".bin", program))
    done = config(home, client, "--cwd", awkward_directory, "--write")
    assert (done.returncode, done.stderr) == (0, "")
    done = run([program, *words], home)
    assert re.search(found, done.stdout + done.stderr, re.S), done.stdout + done.stderr
    if words[-1] == "--json":
        assert json.dumps(awkward_directory) in json.dumps(json.loads(done.stdout))
    summary("Clients that read their configuration", 1, 1)


@pytest.mark.parametrize("client", LISTS)
def test_own_way_adds_the_same_words(client, home, awkward_directory, summary):
    environment, program, _, _ = LISTS[client]
    program = environments.node(environment, os.path.join(".bin", program))
    done = config(home, client, "--cwd", awkward_directory)
    words = shlex.split(re.search("^Its own way to add it: (.*)$", done.stderr, re.M).group(1))
    assert words[0] == os.path.basename(program)
    run([program, *words[1:]], home)
    path = describe(CLIENTS[client].user, "linux").replace("~", home["HOME"], 1)
    if client == "opencode":  # writes either of the two files that it reads
        path = next(each for each in (path, path + "c") if os.path.exists(each))
    with open(path, encoding="utf-8") as file:
        added = file.read()
    printed, added = (read(CLIENTS[client], text)["cwd_server"] for text in (done.stdout, added))
    assert command_of(added) == command_of(printed)
    summary("Clients whose own command adds the entry", 1, 1)


def read(client, text):
    """Return the entries in a text of a client's format."""
    found = parse(client.format.replace("jsonc", "json"), text)
    for key in client.keys[0]:
        found = found[key]
    return found


def parse(form, text):
    command = PARSE[form] if form == "json" else [environments.python("formats"), "-X", "utf8", "-c", PARSE[form]]
    done = subprocess.run(command, input=text.encode("utf-8"), stdout=subprocess.PIPE, check=True, timeout=60)
    return json.loads(done.stdout.decode("ascii"))


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
@pytest.mark.parametrize("client", CLIENTS)
def test_printed_entry_starts_from_anywhere(client, locale, home, tmp_path, awkward_directory, summary):
    archive = os.path.join(awkward_directory, "back\\slash \u0085\u2028\U0001f600 #{a}: 'b', [c]\ttab.pyz")
    shutil.copy(ARCHIVE, archive)
    home = dict(home, LC_ALL=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    scope = ["--project"] if CLIENTS[client].user is None else []
    done = run([sys.executable, archive, "config", client, "--cwd", awkward_directory, *scope], home)
    assert done.returncode == 0, done.stderr
    entries = read(CLIENTS[client], done.stdout)
    entry = entries[0] if CLIENTS[client].is_list else entries["cwd_server"]
    words = command_of(entry)
    lasting = find_lasting_interpreter().path  # not that of the environment these tests run in
    assert words == [lasting, "-I", "-S", archive, "--cwd", awkward_directory]
    line = json.dumps(request("CallTool", name="get_cwd")).encode() + b"\n"
    done = subprocess.run(words, input=line, stdout=subprocess.PIPE, cwd="/", env={"PATH": ""}, timeout=60, check=True)
    assert json.loads(done.stdout.decode())["result"]["content"][0]["text"].endswith(awkward_directory)
    summary("Entries that start from / without a PATH", 1, 1)
