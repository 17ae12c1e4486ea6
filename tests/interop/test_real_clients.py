"""What `config` gives clients, read by these clients and by other people's parsers."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from types import MappingProxyType
from typing import List, Mapping, NamedTuple

import environments
import programs
import pytest

from cwd_server.commands.clients.client import Moved, describe
from cwd_server.commands.clients.table import CLIENTS
from cwd_server.commands.launch import command_of, find_lasting_interpreter
from tests.support.messages import request
from tests.support.paths import ARCHIVE


class Real(NamedTuple):
    """How a client is made to start the servers that it is configured with, without a login."""

    kind: str  # "node" or "python"
    program: str
    argv: List[str]
    shows: str = ""  # what it prints of a server that it has talked to; "" for nothing
    variables: Mapping[str, str] = MappingProxyType({})  # that make it go on without a login
    settings: Mapping[str, str] = MappingProxyType(
        {}
    )  # files below the home that do; appended if they are there


NOBODY = "http://127.0.0.1:9/v1"  # no model answers there: servers are started before one is asked
KIMI_SETTINGS = f"""default_model = "m"
[models.m]
provider = "p"
model = "m"
max_context_size = 100000
[providers.p]
type = "openai"
base_url = "{NOBODY}"
api_key = "x"
"""
CONTINUE_SETTINGS = f"""models:
  - name: m
    provider: openai
    model: gpt-4o
    apiKey: x
    apiBase: {NOBODY}
"""
NANOCODER_PROVIDER = {"name": "p", "baseUrl": NOBODY, "apiKey": "x", "models": ["m"]}
NANOCODER_SETTINGS = json.dumps({"nanocoder": {"providers": [NANOCODER_PROVIDER]}})
COPILOT_VARIABLES = {
    "COPILOT_PROVIDER_BASE_URL": NOBODY,
    "COPILOT_PROVIDER_API_KEY": "x",
    "COPILOT_MODEL": "gpt-4o",
}
TRUSTED = json.dumps({"${HOME}/project": "TRUST_FOLDER"})
PROMPT = "what is the directory?"

REAL = {
    "claude-code": Real("node", "claude", ["mcp", "list"], "cwd_server: .*Connected"),
    "gemini": Real(
        "node",
        "gemini",
        ["mcp", "list"],
        "cwd_server: .*Connected",
        settings={".gemini/trustedFolders.json": TRUSTED},
    ),
    "opencode": Real("node", "opencode", ["mcp", "list"], "cwd_server .*connected"),
    "copilot-cli": Real(
        "node", "copilot", ["-p", PROMPT, "--allow-all-tools"], variables=COPILOT_VARIABLES
    ),
    "codex": Real(
        "node",
        "codex",
        ["exec", "--skip-git-repo-check", PROMPT],
        variables={"CODEX_API_KEY": "x"},
    ),
    "cline": Real("node", "cline", ["-P", "openai", "-k", "x", "-m", "gpt-4o", PROMPT]),
    "qwen": Real("node", "qwen", ["mcp", "list"], "cwd_server: .*Connected"),
    "kilo": Real("node", "kilo", ["mcp", "list"], "cwd_server .*connected"),
    "droid": Real("node", "droid", ["mcp", "list"], "cwd_server .*connected"),
    "grok": Real("node", "grok", ["mcp", "doctor"], "handshake OK"),
    "kimi": Real(
        "node", "kimi", ["-p", PROMPT], settings={".kimi-code/config.toml": KIMI_SETTINGS}
    ),
    "qoder": Real("node", "qodercli", ["mcp", "list"], "cwd_server: .*Connected"),
    "continue": Real(
        "node",
        "cn",
        ["-p", PROMPT, "--config", "${HOME}/.continue/config.yaml"],
        settings={".continue/config.yaml": CONTINUE_SETTINGS},
    ),
    "mcporter": Real("node", "mcporter", ["list"], "1 healthy"),
    "nanocoder": Real(
        "node",
        "nanocoder",
        ["--plain", "--trust-directory", "run", PROMPT],
        settings={"project/agents.config.json": NANOCODER_SETTINGS},
    ),
    "vibe": Real("python", "vibe", ["-p", PROMPT, "--trust"], variables={"MISTRAL_API_KEY": "x"}),
    "openhands": Real(
        "python",
        "openhands",
        ["--headless", "--override-with-envs", "-t", PROMPT],
        variables={"LLM_API_KEY": "x", "LLM_MODEL": "openai/gpt-4o", "LLM_BASE_URL": NOBODY},
    ),
}
# Those whose own command adds a server
ADDERS = ["claude-code", "gemini", "opencode", "copilot-cli", "codex", "cline"]
# A tools file that leaves a mark whenever a server has loaded it
MARKING = """import os
from cwd_server.toolkit import tool

with open(os.path.expanduser("~/started"), "a") as file:
    file.write(os.getcwd() + "\\n")

@tool
def directory() -> str:
    return os.getcwd()
"""
PATIENCE = 45  # seconds for a client to start its servers

PARSE = {
    "json": [sys.executable, "-c", "import json, sys; print(json.dumps(json.load(sys.stdin)))"],
    "toml": "import json, sys, tomli; print(json.dumps(tomli.loads(sys.stdin.read())))",
    "yaml": "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin.read())))",
}


@pytest.fixture
def home(tmp_path):
    """Return an environment whose home directory is new and empty, but for a folder `project`."""
    (tmp_path / "project").mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return dict(kept, HOME=str(tmp_path), NO_COLOR="1", CI="1", PYTHONUTF8="1")


def run(command, home, **options):
    options.setdefault("cwd", os.path.join(home["HOME"], "project"))
    options.setdefault("timeout", 120)
    return subprocess.run(
        command, env=home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="utf-8", **options
    )  # fmt: skip


def find_program(client):
    """Return a client's program; skip the test where it is not installed."""
    real = REAL[client]
    if real.kind == "python":
        return environments.program(client, real.program)
    return environments.node(client, os.path.join(".bin", real.program))


def prepare(client, home):
    """Give a client the settings that it wants beside its servers; return its environment."""
    real = REAL[client]
    for name, text in real.settings.items():
        path = os.path.join(home["HOME"], *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a", encoding="utf-8") as file:
            file.write(text.replace("${HOME}", home["HOME"]))
    node = os.path.dirname(environments.node("node-22", os.path.join("node", "bin", "node")))
    return dict(home, PATH=node + os.pathsep + home["PATH"], **real.variables)


def config(home, *arguments):
    return run([sys.executable, "-I", "-S", ARCHIVE, "config", *arguments], home)


@pytest.mark.parametrize("client", REAL)
def test_client_starts_what_was_written(client, home, summary):
    program = find_program(client)
    marking = os.path.join(home["HOME"], "marking.py")
    with open(marking, "w") as file:
        file.write(MARKING)
    mark = os.path.join(home["HOME"], "started")
    directory = os.path.join(home["HOME"], "project", "below")
    os.mkdir(directory)
    done = config(home, client, "--tools", marking, "--cwd", directory, "--write")
    assert (done.returncode, done.stderr) == (0, "")
    os.unlink(mark)  # config has loaded the tools as well
    environment = prepare(client, home)
    argv = [word.replace("${HOME}", home["HOME"]) for word in REAL[client].argv]
    output = run_until(mark, [program, *argv], environment, REAL[client].shows)
    with open(mark) as file:
        assert file.readline() == directory + "\n"
    assert re.search(REAL[client].shows, output, re.DOTALL), output
    summary("Clients that start what was written", 1, 1)


FOLLOWERS = [name for name in REAL if REAL[name].shows and not REAL[name].settings]


def list_moves():
    """Return pairs of a client and what moves its file."""
    moves = []
    for client in FOLLOWERS:
        for moved in CLIENTS[client].moved_by or [Moved("XDG_CONFIG_HOME", "folder")]:
            moves.append((client, moved))
    return moves


@pytest.mark.parametrize(("client", "moved"), list_moves())
def test_client_follows_the_variable_that_moves_its_file(client, moved, home, summary):
    program = find_program(client)
    home[moved.variable] = os.path.join(home["HOME"], "moved")
    if not moved.path:
        home[moved.variable] = os.path.join(home["HOME"], "moved", "servers.json")
    done = config(home, client, "--write")
    if "moved" not in done.stdout:
        pytest.skip("no variable is known to move its file")
    environment = prepare(client, home)
    done = run([program, *REAL[client].argv], environment, timeout=PATIENCE)
    output = done.stdout + done.stderr
    assert re.search(REAL[client].shows, output, re.DOTALL), output
    summary("Clients that follow a variable to their file", 1, 1)


def run_until(mark, command, environment, shows):
    """Run a client until its server has left a mark, or with `shows` to its end."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, env=environment, cwd=os.path.join(environment["HOME"], "project"),
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            if os.path.exists(mark) and not shows:
                break
            time.sleep(0.1)
        programs.end(process)
        output.seek(0)
        text = output.read().decode(errors="replace")
    assert os.path.exists(mark), text
    return text


@pytest.mark.parametrize("client", ADDERS)
def test_own_way_adds_the_same_words(client, home, awkward_directory, summary):
    program = find_program(client)
    home = prepare(client, home)
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
    command = (
        PARSE[form]
        if form == "json"
        else [environments.python("formats"), "-X", "utf8", "-c", PARSE[form]]
    )
    done = subprocess.run(
        command, input=text.encode("utf-8"), stdout=subprocess.PIPE, check=True, timeout=60
    )
    return json.loads(done.stdout.decode("ascii"))


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
@pytest.mark.parametrize("client", CLIENTS)
def test_printed_entry_starts_from_anywhere(
    client, locale, home, tmp_path, awkward_directory, summary
):
    archive = os.path.join(
        awkward_directory, "back\\slash \u0085\u2028\U0001f600 #{a}: 'b', [c]\ttab.pyz"
    )
    shutil.copy(ARCHIVE, archive)
    home = dict(home, LC_ALL=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    scope = ["--project"] if CLIENTS[client].user is None else []
    done = run(
        [sys.executable, archive, "config", client, "--cwd", awkward_directory, *scope], home
    )
    assert done.returncode == 0, done.stderr
    entries = read(CLIENTS[client], done.stdout)
    entry = entries[0] if CLIENTS[client].is_list else entries["cwd_server"]
    words = command_of(entry)
    lasting = find_lasting_interpreter().path  # not that of the environment these tests run in
    assert words == [lasting, "-I", "-S", archive, "--cwd", awkward_directory]
    line = json.dumps(request("CallTool", name="get_cwd")).encode() + b"\n"
    done = subprocess.run(
        words,
        input=line,
        stdout=subprocess.PIPE,
        cwd="/",
        env={"PATH": ""},
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout.decode())["result"]["content"][0]["text"].endswith(
        awkward_directory
    )
    summary("Entries that start from / without a PATH", 1, 1)
