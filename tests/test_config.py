"""`config`: entries for clients: printed, written into somebody else's files, removed."""

import errno
import json
import os
import re
import shutil
import stat
import sys
import time
import unittest
from types import SimpleNamespace
from unittest import mock

from cwd_server.commands import launch
from cwd_server.commands.clients.client import Location, Places, describe, resolve
from cwd_server.commands.clients.table import CLIENTS
from cwd_server.commands.config import entry_file, entry_text
from cwd_server.commands.config.entry_file import Target
from cwd_server.commands.config.messages import why_unchanged
from cwd_server.commands.errors import CommandError
from cwd_server.commands.launch import command_of, find_lasting_interpreter
from cwd_server.location import program_path
from tests.support.cases import linux, not_root, posix
from tests.support.command_line import run_command
from tests.support.files import (
    read_file,
    temporary_directory,
    temporary_home,
    tools_file,
    write_file,
)

AWKWARD = "it's a \u00e9 \u76ee \U0001f600 [b], #c {d}"
OWN_ARGV = [sys.executable, "-I", "-S", program_path()]
PLATFORMS = ("linux", "darwin", "win32")


def read_printed(client, text):
    """Return the one entry of a text; TOML and YAML are read as what they share with JSON."""
    if client.format in ("json", "jsonc"):
        document = json.loads(text)
        for key in client.keys[0]:
            document = document[key]
        (entry,) = document.values()
        return entry
    text = re.sub(
        r"\\U(\w{8})", lambda found: json.dumps(chr(int(found.group(1), 16)))[1:-1], text
    )
    colon = " = " if client.format == "toml" else ": "
    pairs = re.findall("^[- ]*([a-z]+)" + re.escape(colon) + "(.+)$", text, re.MULTILINE)
    return {field: json.loads(value) for field, value in pairs}


class Config(unittest.TestCase):
    def setUp(self):
        self.home, self.variables = temporary_home(self)
        self.project = os.path.join(self.home, "project")
        os.mkdir(self.project)
        interpreter = mock.patch.object(
            launch, "find_lasting_interpreter", lambda: launch.Interpreter(sys.executable, False)
        )
        interpreter.start()
        self.addCleanup(interpreter.stop)

    def config(self, *arguments, **options):
        environment = dict(self.variables, **options.pop("environment", {}))
        return run_command(
            ["config", *arguments], cwd=self.project, environment=environment, **options
        )

    def file_of(self, client, text=None):
        with mock.patch.dict(os.environ, self.variables):
            path = CLIENTS[client].user_file()
        if text is not None:
            write_file(path, text)
        return path


class Entries(Config):
    def test_each_client(self):
        for name, client in CLIENTS.items():
            with self.subTest(client=name):
                scope = ["--project"] if client.user is None else []
                done = self.config(name, "--cwd", self.project, *scope)
                entry = read_printed(client, done.stdout)
                self.assertEqual(command_of(entry), [*OWN_ARGV, "--cwd", self.project])
                self.assertEqual(done.status, 0)
                self.assertIn(client.title, done.stderr)

    def test_paths_of_any_characters_in_any_encoding(self):
        argv = [os.sep + AWKWARD, "-I", os.sep + "back\\slash\ttab\x7f\u0085\u2028"]
        for name, client in CLIENTS.items():
            for encoding in ("utf-8", "ascii", "latin-1"):
                with self.subTest(client=name, encoding=encoding):
                    with mock.patch.object(entry_text.sys, "stdout", mock.Mock(encoding=encoding)):
                        text = entry_text.format_entry(
                            client, "s", client.shape.make("s", argv, {})
                        )
                    text.encode(encoding)
                    self.assertEqual(command_of(read_printed(client, text)), argv)

    def test_relative_and_home_paths_become_absolute(self):
        os.mkdir(os.path.join(self.project, "sub"))
        for given in ("sub", os.path.join(".", "sub"), "~/project/sub"):
            with self.subTest(given=given):
                done = self.config("cursor", "--cwd", given)
                argv = command_of(read_printed(CLIENTS["cursor"], done.stdout))
                self.assertEqual(argv[-1], os.path.join(self.project, "sub"))

    def test_a_variable_is_left_to_the_client(self):
        for variable in ("${workspaceFolder}", "{env:PWD}"):
            with self.subTest(variable=variable):
                self.assertIn(
                    json.dumps(variable), self.config("vscode", "--cwd", variable).stdout
                )

    def test_tools_of_one_s_own_may_import_what_is_installed(self):
        path = tools_file(self, "@tool\ndef one() -> int:\n    return 1\n", folder=self.project)
        done = self.config("cursor", "--tools", os.path.basename(path))
        argv = command_of(read_printed(CLIENTS["cursor"], done.stdout))
        self.assertEqual(argv, [sys.executable, program_path(), "--tools", path])

    def test_values_of_variables_are_not_shown(self):
        for name in ("cursor", "codex", "goose", "opencode", "vscode", "claude-code", "cline"):
            with self.subTest(client=name):
                done = self.config(name, "--env", "TOKEN=s3cret", "--env", "B=t0ken")
                self.assertIn("\u2026", done.stdout)
                self.assertNotRegex(done.stdout + done.stderr, "s3cret|t0ken")
                self.assertIn("Write the value for \u2026 yourself", done.stderr)

    def test_its_own_way_sets_variables_or_is_not_shown(self):
        self.assertRegex(self.config("claude-code", "--env", "A=1").stderr, "-e '?A=\u2026'? -- ")
        self.assertNotIn("cline mcp add", self.config("cline", "--env", "A=1").stderr)

    def test_what_is_not_verified_is_said_to_be(self):
        for name, client in CLIENTS.items():
            with self.subTest(client=name):
                scope = ["--project"] if client.user is None else []
                said = "not tried on this system" in self.config(name, *scope).stderr
                self.assertEqual(said, not client.verified or sys.platform != "linux")

    def test_wrong_usage(self):
        for arguments, message in (
            (["curser"], "no client 'curser' (did you mean cursor?)"),
            (["xxxxxxx"], "no client 'xxxxxxx'; `config` lists them; many others take the entry"),
            (["PyCharm"], "no client 'PyCharm' (did you mean junie?); `config` lists them"),
            (["code"], "no client 'code' (did you mean vscode?)"),
            (["cursor", "--file", "-"], "without --write, the entry is printed to stdout"),
            (["Claude Code"], "(did you mean claude-code?)"),
            (["qwen-code"], "(did you mean qwen?)"),
            (["github-copilot"], "(did you mean copilot-cli?)"),
            (["claude"], "(did you mean claude-desktop or claude-code?)"),
            (["settings.json"], "a file, not a client; try config CLIENT --file settings.json"),
            ([".cursor/mcp.json"], "try config cursor --file .cursor/mcp.json"),
            (["add", "cursor"], "`config CLIENT --write` adds the entry"),
            (["list"], "`config` alone lists the clients"),
            (["claude-desktop", "--project"], "Claude Desktop keeps no servers in a project"),
            (["cursor", "--cwd", "/no/such"], "--cwd /no/such: no such directory"),
            (["cursor", "--env", "x"], "--env takes NAME=VALUE"),
            (["cursor", "--env", "=x"], "--env takes NAME=VALUE"),
            (["cursor", "--name", ""], "--name needs a name"),
            (["--write"], "--write needs a client"),
            (["--name", "x"], "--name needs a client"),
            (["--env", "A=1"], "--env needs a client"),
            (["--all", "cursor"], "--all and a client"),
            (["--all", "--project"], "--project has no effect with --all"),
            (["--all", "--file", "x"], "--file has no effect with --all"),
            (["cursor", "--replace"], "--replace has no effect without --write"),
            (["cursor", "--remove", "--env", "A=1"], "--env has no effect with --remove"),
            (["cursor", "--remove", "--replace"], "--replace has no effect with --remove"),
            (["cursor", "--remove", "--cwd", "/"], "--cwd has no effect with --remove"),
            (["cursor", "--project", "--file", "x"], "--project and --file"),
            (["cursor", "--write", "--remove"], "--write and --remove"),
            (["cursor", "--write", "--file", ""], "--file needs a file, not a folder"),
            (["cursor", "--write", "--file", "new/"], "--file needs a file, not a folder"),
        ):
            with self.subTest(arguments=arguments):
                done = self.config(*arguments)
                self.assertEqual((done.status, done.stdout), (2, ""))
                self.assertRegex(done.stderr, r"\Acwd_server: [^\n]*\n\Z")
                self.assertIn(message, done.stderr)

    def test_a_name_that_some_clients_drop(self):
        for name in ("a.b", "a__b", "a b", "a\nb", "x" * 65):
            with self.subTest(name=name):
                done = self.config("cursor", "--name", name)
                self.assertRegex(done.stderr, r"\AWarning: (its name|some clients)[^\n]*\n")
                self.assertEqual(done.status, 0)

    def test_a_file_whose_name_says_another_format(self):
        for client, file, words in (
            ("cursor", "x.toml", "x.toml: Cursor reads JSON, and this name says"),
            ("codex", "x.JSON", "x.JSON: Codex CLI reads TOML, and this name says"),
            ("goose", "x.json", "x.json: Goose reads YAML, and this name says"),
            ("zed", "x.jsonc", ""),
            ("codex", "x", ""),
        ):
            with self.subTest(client=client, file=file):
                done = self.config(client, "--file", file)
                self.assertEqual((done.status, "Warning" in done.stderr), (0, bool(words)))
                self.assertIn(words, done.stderr)

    @linux
    def test_path_that_is_no_text(self):
        path = os.path.join(os.fsencode(self.project), b"\xff")
        os.mkdir(path)
        done = self.config("cursor", "--cwd", os.fsdecode(path))
        self.assertEqual((done.status, done.stdout), (1, ""))
        self.assertIn("only hold paths that are UTF-8", done.stderr)


class Listing(Config):
    def test_a_line_for_each_client(self):
        done = self.config()
        self.assertEqual([line.split()[0] for line in done.stdout.splitlines()], list(CLIENTS))
        self.assertIn("Installed here: none", done.stderr)
        self.assertIn("`config CLIENT --write` adds it.", done.stderr)

    def test_what_is_installed_and_entered(self):
        os.mkdir(os.path.join(self.home, ".codex"))
        argv = [
            sys.executable,
            "-I",
            os.path.join(os.sep, "elsewhere", os.path.basename(program_path())),
        ]
        entry = {"command": argv[0], "args": argv[1:]}
        path = self.file_of(
            "cursor", json.dumps({"mcpServers": {"x": {"command": "y"}, "mine": entry}})
        )
        yaml = self.file_of("goose", f"extensions:\n  a:\n    args: {json.dumps(argv)}\n")
        done = self.config()
        self.assertRegex(done.stderr, "Installed here: cursor, codex, goose\n")
        self.assertIn(f"Entered already: cursor: mine in {path}\n", done.stderr)
        self.assertIn(f"Entered already: goose: line 3 in {yaml}\n", done.stderr)

    def test_a_broken_file_is_passed_over(self):
        self.file_of("cursor", "{")
        self.assertEqual(self.config().status, 0)


class Where(Config):
    MOVED = (
        ("claude-code", "CLAUDE_CONFIG_DIR", ".claude.json"),
        ("codex", "CODEX_HOME", "config.toml"),
        ("copilot-cli", "COPILOT_HOME", "mcp-config.json"),
        ("gemini", "GEMINI_CLI_HOME", os.path.join(".gemini", "settings.json")),
        ("qwen", "QWEN_HOME", "settings.json"),
        ("kimi", "KIMI_CODE_HOME", "mcp.json"),
        ("vibe", "VIBE_HOME", "config.toml"),
        ("openhands", "OPENHANDS_PERSISTENCE_DIR", "mcp.json"),
        ("grok", "GROK_HOME", "config.toml"),
        ("qoder", "QODER_CONFIG_DIR", "settings.json"),
        ("droid", "FACTORY_HOME_OVERRIDE", os.path.join(".factory", "mcp.json")),
        ("cline", "CLINE_DIR", os.path.join("data", "settings", "cline_mcp_settings.json")),
        ("cline", "CLINE_DATA_DIR", os.path.join("settings", "cline_mcp_settings.json")),
        ("cline", "CLINE_MCP_SETTINGS_PATH", ""),
        ("continue", "CONTINUE_GLOBAL_DIR", "config.yaml"),
        ("goose", "GOOSE_PATH_ROOT", os.path.join("config", "config.yaml")),
        ("hermes", "HERMES_HOME", "config.yaml"),
        ("nanocoder", "NANOCODER_CONFIG_DIR", ".mcp.json"),
        ("openclaw", "OPENCLAW_CONFIG_PATH", ""),
        ("openclaw", "OPENCLAW_STATE_DIR", "openclaw.json"),
        ("openclaw", "OPENCLAW_HOME", os.path.join(".openclaw", "openclaw.json")),
        ("mcporter", "MCPORTER_CONFIG", ""),
        ("mcporter", "XDG_CONFIG_HOME", os.path.join("mcporter", "mcporter.json")),
        ("amp", "AMP_SETTINGS_FILE", ""),
        ("crush", "CRUSH_GLOBAL_CONFIG", "crush.json"),
    )

    def test_a_variable_moves_a_file(self):
        for client, variable, path in self.MOVED:
            with self.subTest(client=client, variable=variable):
                moved = os.path.join(self.home, "moved by " + variable)
                done = self.config(client, "--write", environment={variable: moved})
                self.assertEqual(done.status, 0, done.stderr)
                self.assertTrue(os.path.isfile(os.path.join(moved, path).rstrip(os.sep)))

    def test_of_two_variables_the_client_s_first_one_counts(self):
        environment = {
            "CLINE_DIR": os.path.join(self.home, "a"),
            "CLINE_DATA_DIR": os.path.join(self.home, "b"),
        }
        done = self.config("cline", "--write", environment=environment)
        self.assertIn(os.path.join(self.home, "b"), done.stdout)

    def test_mcporter_goes_on_with_the_file_that_is_there(self):
        """It reads the first of two files alone: a new one would hide all servers of the other."""
        usual = write_file(os.path.join(self.home, ".mcporter", "mcporter.json"), "{}")
        self.assertIn(usual, self.config("mcporter", "--write").stdout)
        moved = os.path.join(self.variables["XDG_CONFIG_HOME"], "mcporter", "mcporter.json")
        write_file(moved, "{}")
        self.assertIn(moved, self.config("mcporter", "--write").stdout)

    @posix
    def test_xdg_config_home(self):
        moved = os.path.join(self.home, "moved")
        self.config("opencode", "--write", environment={"XDG_CONFIG_HOME": moved})
        self.assertTrue(os.path.isfile(os.path.join(moved, "opencode", "opencode.json")))
        self.config("copilot-cli", "--write", environment={"XDG_CONFIG_HOME": moved})
        self.assertTrue(os.path.isfile(os.path.join(self.home, ".copilot", "mcp-config.json")))

    def test_an_empty_variable_moves_nothing_and_a_relative_one_is_refused(self):
        environment = {"CODEX_HOME": ""}
        self.assertIn(self.file_of("codex"), self.config("codex", environment=environment).stderr)
        done = self.config("codex", "--write", environment={"CODEX_HOME": "here"})
        self.assertEqual((done.status, os.listdir(self.project)), (1, []))
        self.assertIn("CODEX_HOME must be an absolute path, not here", done.stderr)

    @posix
    def test_no_home(self):
        for home in ("", "here", "~", os.path.join(self.home, "missing")):
            for client in ("cursor", "claude-code", "kiro"):
                with self.subTest(home=home, client=client):
                    done = self.config(client, "--write", environment={"HOME": home})
                    self.assertEqual(done.status, 1)
                    self.assertIn("home directory" if "missing" in home else "HOME", done.stderr)
                    self.assertEqual(os.listdir(self.project), [])
                    self.assertEqual(os.listdir(self.home), ["project"])

    @posix
    def test_no_home_is_said_once(self):
        for arguments in ([], ["--all"], ["--all", "--write"]):
            with self.subTest(arguments=arguments):
                done = self.config(*arguments, environment={"HOME": ""})
                self.assertEqual((done.status, done.stdout), (1, ""))
                self.assertRegex(done.stderr, r"\Acwd_server: HOME is empty[^\n]*\n\Z")

    @posix
    def test_a_user_that_the_system_does_not_know(self):
        import pwd

        with mock.patch.object(pwd, "getpwuid", side_effect=KeyError):
            done = self.config("cursor", "--write", environment={"HOME": None})
        self.assertEqual((done.status, os.listdir(self.project)), (1, []))
        self.assertIn("home directory", done.stderr)

    @posix
    def test_a_home_that_is_not_of_the_user_who_typed_sudo(self):
        import pwd

        home_of_jo = temporary_directory(self)
        users = {"jo": SimpleNamespace(pw_dir=home_of_jo)}
        words = f"Warning: under sudo the home directory is {self.home}, not jo's {home_of_jo}: "
        with mock.patch.object(pwd, "getpwnam", side_effect=lambda name: users[name]):
            for arguments, home, is_said in (
                (["cursor"], self.home, True),
                (["cursor", "--remove"], self.home, True),
                (["--all"], self.home, True),
                (["cursor"], home_of_jo, False),
                (["cursor", "--project"], self.home, False),
            ):
                with self.subTest(arguments=arguments, home=home):
                    environment = {"SUDO_USER": "jo", "HOME": home}
                    done = self.config(*arguments, environment=environment)
                    self.assertEqual(words in done.stderr, is_said)
            done = self.config("cursor", environment={"SUDO_USER": "nobody-of-this-name"})
            self.assertNotIn("sudo", done.stderr)

    def test_the_file_that_is_there_is_taken(self):
        older = os.path.join(self.home, ".codeium", "windsurf", "mcp_config.json")
        write_file(older, "{}")
        self.assertIn(older, self.config("windsurf").stderr)
        with mock.patch.dict(os.environ, self.variables):
            write_file(resolve(CLIENTS["windsurf"].user, os.environ), "{}")
        self.assertNotIn(older, self.config("windsurf").stderr)

    def test_each_system(self):
        for name, platform, path in (
            ("claude-desktop", "linux", "~/.config/Claude/claude_desktop_config.json"),
            (
                "claude-desktop",
                "darwin",
                "~/Library/Application Support/Claude/claude_desktop_config.json",
            ),
            ("claude-desktop", "win32", "%APPDATA%\\Claude\\claude_desktop_config.json"),
            ("vscode", "darwin", "~/Library/Application Support/Code/User/mcp.json"),
            ("zed", "darwin", "~/.config/zed/settings.json"),
            ("zed", "win32", "%APPDATA%\\Zed\\settings.json"),
            ("goose", "win32", "%APPDATA%\\Block\\goose\\config\\config.yaml"),
            ("opencode", "win32", "~\\.config\\opencode\\opencode.json"),
            ("cursor", "win32", "~\\.cursor\\mcp.json"),
        ):
            with self.subTest(client=name, platform=platform):
                self.assertEqual(describe(CLIENTS[name].user, platform), path)

    def test_no_variable_of_windows(self):
        places = Places(*[Location("%APPDATA%", "x")] * 3)
        with self.assertRaisesRegex(CommandError, "APPDATA is empty"):
            resolve(places, {})


ONE_TOOL = "from cwd_server.toolkit import tool\n@tool\ndef one() -> int: return 1\n"


class Write(Config):
    def setUp(self):
        super().setUp()
        self.file = os.path.join(self.home, "there", "mcp.json")

    def put(self, text):
        write_file(self.file, text)

    def write(self, *arguments, client="cursor", **options):
        return self.config(client, "--write", "--file", self.file, *arguments, **options)

    def test_files_and_folders_are_made(self):
        for name, client in CLIENTS.items():
            if not client.writable or client.user is None:
                continue
            with self.subTest(client=name):
                done = self.config(name, "--write")
                self.assertEqual((done.status, done.stderr), (0, ""))
                path = self.file_of(name)
                self.assertIn(f"{path}: added; restart {client.title}\n", done.stdout)
                self.assertEqual(command_of(read_printed(client, read_file(path))), OWN_ARGV)
                beside = "\n".join(os.listdir(os.path.dirname(path)))
                self.assertNotRegex(beside, r"\.bak|\.tmp|\.lock")

    def test_what_nobody_has_watched_is_printed(self):
        for name, client in CLIENTS.items():
            if client.writable:
                continue
            with self.subTest(client=name):
                done = self.config(name, "--write", "--file", self.file)
                self.assertEqual((done.status, os.path.exists(self.file)), (1, False))
                self.assertEqual(command_of(read_printed(client, done.stdout)), OWN_ARGV)

    def test_project_files(self):
        for name, client in CLIENTS.items():
            if not client.writable or not client.project:
                continue
            with self.subTest(client=name):
                path = os.path.join(self.project, *client.project[0].split("/"))
                if os.path.exists(path):
                    os.unlink(path)
                done = self.config(name, "--write", "--project", "--env", "TOKEN=s3cret")
                self.assertEqual(done.status, 0, done.stderr)
                self.assertIn("s3cret", read_file(path))
                self.assertIn("its paths are this machine's", done.stderr)
                self.assertIn("the value of TOKEN is in a file that may be committed", done.stderr)

    def test_a_folder_inside_of_a_repository_is_noted(self):
        for repository in (self.project, os.path.join(self.project, "sub"), self.home):
            with self.subTest(repository=repository):
                os.makedirs(os.path.join(repository, ".git"))
                done = self.config("cursor", "--project")
                self.assertNotIn("a client opened in", done.stderr)
                shutil.rmtree(os.path.join(repository, ".git"))
        repository = self.project
        self.project = os.path.join(repository, "below")
        os.mkdir(self.project)
        os.mkdir(os.path.join(repository, ".git"))
        for action in ((), ("--write",)):
            with self.subTest(action=action):
                done = self.config("cursor", "--project", *action)
                self.assertIn(f"Note: a client opened in {repository} does not", done.stderr)
                self.assertIn(f": run this in {repository} for that.", done.stderr)

    def test_no_backup_in_a_project(self):
        write_file(os.path.join(self.project, ".mcp.json"), "{}")
        self.config("claude-code", "--write", "--project")
        self.assertEqual(os.listdir(self.project), [".mcp.json"])

    @posix
    def test_a_link_out_of_a_project_is_refused(self):
        precious = write_file(os.path.join(self.home, "precious"), "{}")
        os.mkdir(os.path.join(self.home, "outside"))
        os.symlink(precious, os.path.join(self.project, ".mcp.json"))
        os.symlink("../outside", os.path.join(self.project, ".cursor"))
        for client in ("claude-code", "cursor"):
            with self.subTest(client=client):
                done = self.config(client, "--write", "--project")
                self.assertEqual(done.status, 1)
                self.assertIn("leads out of the project", done.stderr)
        self.assertEqual(read_file(precious), "{}")
        self.assertEqual(os.listdir(os.path.join(self.home, "outside")), [])

    @posix
    def test_a_link_among_the_files_of_version_control_is_refused(self):
        os.mkdir(os.path.join(self.project, ".git"))
        os.symlink(os.path.join(".git", "new"), os.path.join(self.project, ".mcp.json"))
        done = self.config("claude-code", "--write", "--project")
        self.assertEqual(done.status, 1)
        self.assertIn("leads among the files of version control", done.stderr)
        self.assertEqual(os.listdir(os.path.join(self.project, ".git")), [])

    @posix
    def test_a_named_link_out_of_somebody_s_repository_is_refused(self):
        """A clone may bring any link; the user named it, and not where it leads."""
        precious = write_file(os.path.join(self.home, "precious"), "{}")
        link = os.path.join(self.project, ".mcp.json")
        os.symlink(precious, link)
        os.mkdir(os.path.join(self.project, ".git"))
        done = self.config("claude-code", "--write", "--file", ".mcp.json")
        self.assertEqual(done.status, 1)
        self.assertIn(f"leads out of the repository, to {precious}: name that file", done.stderr)
        self.assertEqual(read_file(precious), "{}")
        self.assertEqual(self.config("claude-code", "--write", "--file", precious).status, 0)

    @posix
    def test_a_link_out_of_a_repository_that_a_variable_leads_into_is_refused(self):
        """A clone may bring settings for direnv, and with them the place of a client's file."""
        os.mkdir(os.path.join(self.project, ".git"))
        for client, variable, path in (
            ("codex", "CODEX_HOME", "config.toml"),
            ("zed", "XDG_CONFIG_HOME", os.path.join("zed", "settings.json")),
            ("cline", "CLINE_MCP_SETTINGS_PATH", ""),
        ):
            moved = os.path.join(self.project, client)
            link = os.path.join(moved, path).rstrip(os.sep)
            precious = write_file(os.path.join(self.home, f"precious of {client}"), "")
            os.makedirs(os.path.dirname(link), exist_ok=True)
            os.symlink(precious, link)
            for arguments in ((client,), ("--all",)):
                with self.subTest(client=client, arguments=arguments):
                    done = self.config(*arguments, "--write", environment={variable: moved})
                    self.assertEqual(done.status, 1)
                    self.assertIn(f"leads out of the repository, to {precious}", done.stderr)
                    self.assertEqual(read_file(precious), "")

    @posix
    def test_links_elsewhere_stay(self):
        real = os.path.join(self.home, "dotfiles", "mcp.json")
        write_file(real, "{}")
        missing = os.path.join(self.home, "dotfiles", "missing.json")
        for target in (real, missing):
            with self.subTest(target=target):
                self.file = os.path.join(self.home, "link-to-" + os.path.basename(target))
                os.symlink(os.path.relpath(target, self.home), self.file)
                self.assertEqual(self.write().status, 0)
                self.assertTrue(os.path.islink(self.file))
                self.assertIn("cwd_server", read_file(target))

    def test_twice_changes_nothing(self):
        for client in ("cursor", "codex", "goose", "vibe"):
            with self.subTest(client=client):
                self.config(client, "--write", "--env", "A=1")
                path = self.file_of(client)
                before = read_file(path), os.stat(path).st_mtime_ns
                done = self.config(client, "--write", "--env", "A=1")
                self.assertEqual(done.status, 0)
                self.assertIn("already", done.stdout)
                self.assertEqual((read_file(path), os.stat(path).st_mtime_ns), before)

    def test_variables_go_into_the_file(self):
        for client, field in (("cursor", "env"), ("opencode", "environment"), ("codex", "env")):
            with self.subTest(client=client):
                done = self.config(client, "--write", "--env", "A=x=y", "--env", "B C=")
                self.assertNotIn("x=y", done.stdout + done.stderr)
                text = read_file(self.file_of(client))
                entries = entry_file.read_entries(text, CLIENTS[client])
                self.assertEqual(entries.get("cwd_server")[field], {"A": "x=y", "B C": ""})

    def test_an_older_entry_of_its_own_is_brought_up_to_date(self):
        older = {
            "type": "stdio", "command": "/old/python", "disabled": True, "timeout": 5,
            "args": ["/old/" + os.path.basename(program_path()), "--cwd", "/"], "env": {"A": "1"},
        }  # fmt: skip
        self.put(json.dumps({"mcpServers": {"cwd_server": older}}))
        done = self.write("--env", "B=2")
        self.assertIn("replaced", done.stdout)
        wanted = dict(older, command=OWN_ARGV[0], args=OWN_ARGV[1:], env={"A": "1", "B": "2"})
        self.assertEqual(json.loads(read_file(self.file)), {"mcpServers": {"cwd_server": wanted}})

    def test_this_program_with_other_tools_takes_replace(self):
        tools = write_file(os.path.join(os.path.dirname(self.file), "my_tools.py"), ONE_TOOL)
        self.write()
        done = self.write("--tools", tools)
        self.assertEqual(done.status, 1)
        self.assertIn("starts this program with other tools: add --replace", done.stderr)
        self.assertEqual(self.write("--tools", tools, "--replace").status, 0)

    def test_another_server_of_that_name_takes_replace(self):
        for other in (
            '{"command": "x"}',
            "null",
            '{"url": "https://example.org"}',
            '{"command": 5}',
        ):
            with self.subTest(other=other):
                text = '{"mcpServers": {"cwd_server": ' + other + "}}"
                self.put(text)
                done = self.write()
                self.assertEqual((done.status, read_file(self.file)), (1, text))
                self.assertIn("starts something else: add --replace", done.stderr)
                self.assertEqual(self.write("--replace").status, 0)
                entry = json.loads(read_file(self.file))["mcpServers"]["cwd_server"]
                self.assertEqual(command_of(entry), OWN_ARGV)
                self.assertNotIn("url", entry)

    def test_replacing_an_entry_without_a_command_keeps_the_rest_of_it(self):
        old = {"disabled": True, "env": {"A": "1"}, "command": ""}
        self.put(json.dumps({"mcpServers": {"cwd_server": old}}))
        self.assertEqual(self.write("--replace").status, 0)
        entry = json.loads(read_file(self.file))["mcpServers"]["cwd_server"]
        self.assertEqual(entry, dict(old, command=OWN_ARGV[0], args=OWN_ARGV[1:]))

    def test_a_table_that_is_only_there_by_its_variables_is_left(self):
        text = '[mcp_servers.cwd_server.env]\nA = "1"\n'
        self.put(text)
        done = self.write("--replace", client="codex")
        self.assertEqual((done.status, read_file(self.file)), (1, text))
        self.assertIn("another form than a table of its own", done.stderr)

    def test_it_is_said_that_another_entry_starts_the_same(self):
        for client in ("cursor", "codex"):
            with self.subTest(client=client):
                self.file = os.path.join(self.home, f"of {client}")
                self.write("--name", "cwd-server", client=client)
                self.assertEqual(self.write("--name", "cwd-server", client=client).stderr, "")
                done = self.write(client=client)
                note = "Note: its cwd-server starts this too: --remove --name cwd-server removes"
                self.assertEqual((done.status, done.stderr[: len(note)]), (0, note))

    def test_it_is_said_what_the_client_may_refuse_in_the_file(self):
        for client, text, note in (
            (
                "cursor",
                '{\n  // one\n  "a": 1\n}',
                "line 2, column 3: a comment, for which Cursor",
            ),
            ("cursor", '{"a": [1,]}', "line 1, column 9: a comma before a closing bracket, for"),
            ("zed", '{\n  // one\n  "a": [1,]\n}', ""),
        ):
            with self.subTest(client=client, text=text):
                self.put(text)
                done = self.write(client=client)
                self.assertEqual(done.status, 0)
                self.assertIn(note, done.stderr)
                self.assertEqual(bool(done.stderr), bool(note))

    def test_an_entry_with_other_tools_is_another_server(self):
        args = ["-I", program_path(), "--tools", "/mine.py"]
        self.put(json.dumps({"mcpServers": {"cwd_server": {"command": "python3", "args": args}}}))
        self.assertEqual(self.write().status, 1)

    def test_what_a_client_wrote_itself_is_brought_up_to_date_there(self):
        script = "/old/" + os.path.basename(program_path())
        entry = {"transport": {"type": "stdio", "command": "python3", "args": [script]}}
        self.put(json.dumps({"mcpServers": {"cwd_server": entry}}))
        self.assertEqual(self.write(client="cline").status, 0)
        written = json.loads(read_file(self.file))["mcpServers"]["cwd_server"]
        self.assertEqual(command_of(written), OWN_ARGV)
        self.assertEqual(list(written), ["transport"])

    REFUSED = {
        "cut off": b'{"mcpServers": {',
        "an array": b"[]",
        "a key twice": b'{"mcpServers": {}, "mcpServers": {"x": {}}}',
        "UTF-16": '{"mcpServers": {}}'.encode("utf-16"),
        "Latin-1": b'{"a": "\xe9"}',
        "text behind it": b"{} {}",
    }

    def test_what_is_not_understood_is_not_touched(self):
        printed = self.config("cursor").stdout
        for case, content in self.REFUSED.items():
            with self.subTest(case=case):
                os.makedirs(os.path.dirname(self.file), exist_ok=True)
                with open(self.file, "wb") as file:
                    file.write(content)
                done = self.write()
                with open(self.file, "rb") as file:
                    self.assertEqual((done.status, file.read()), (1, content))
                self.assertEqual(os.listdir(os.path.dirname(self.file)), ["mcp.json"])
                self.assertEqual(done.stdout, printed)
                self.assertRegex(
                    done.stderr,
                    r"\Acwd_server: .*mcp.json is left as it was: .*\. Add this yourself:\n",
                )

    def test_yaml_that_is_there_is_not_touched(self):
        for client, text, place in (
            ("goose", "a: 1\nextensions:\n  x: {}\n", "`extensions:` in line 2"),
            ("continue", "name: x\n", "no `mcpServers:` yet"),
        ):
            with self.subTest(client=client):
                self.put(text)
                done = self.write(client=client)
                self.assertEqual((done.status, read_file(self.file)), (1, text))
                self.assertIn(place, done.stderr)
                self.assertIn(json.dumps(OWN_ARGV[-1]), done.stdout)

    def test_why_a_file_is_left_is_said_in_words(self):
        parent = write_file(os.path.join(self.home, "file"), "{}")
        twice = '{"mcpServers": {"cwd_server": {}, "cwd_server": {}}}'
        null = '{"mcpServers": null}'
        cases = [
            (
                os.path.join(parent, "a", "mcp.json"),
                f"{parent} is a file, where a folder is needed",
            ),
            (self.project, f"{self.project} is a folder"),
            (write_file(os.path.join(self.home, "twice"), twice), 'it has "cwd_server" twice'),
            (
                write_file(os.path.join(self.home, "null"), null),
                'its mcpServers must be an object, {"NAME": {\u2026}}: correct it',
            ),
        ]
        for path, reason in cases:
            for action in ("--write", "--remove"):
                with self.subTest(reason=reason, action=action):
                    self.file = path
                    done = self.config("cursor", action, "--file", path)
                    if action == "--remove" and path.startswith(parent + os.sep):
                        self.assertEqual(done.status, 0)
                        continue
                    self.assertEqual(done.status, 1)
                    self.assertIn(f"{path} is left as it was: ", done.stderr)
                    self.assertIn(reason, done.stderr)

    @posix
    @not_root
    def test_a_file_that_may_only_be_read(self):
        self.put("{}")
        os.chmod(self.file, 0o400)
        self.assertIn(f"{self.file} cannot be replaced: close programs", self.write().stderr)

    def test_the_path_that_an_error_is_about(self):
        target = Target(self.file, CLIENTS["cursor"], None)
        for names, reason in (
            ((self.file,), "No space left"),
            ((b"/x/lock",), "/x/lock: No space left"),
            (("/x/new", None, "/x/old"), "/x/old: No space left"),
            ((7,), "No space left"),  # a descriptor, as of os.setxattr
            ((), "No space left"),
        ):
            with self.subTest(names=names):
                error = OSError(errno.ENOSPC, "No space left", *names)
                self.assertEqual(why_unchanged(error, target), reason)

    def test_folders_pipes_and_devices(self):
        paths = [self.home, os.path.join(program_path(), "__main__.py", "below", "file")]
        if os.name == "posix" and os.path.exists("/dev/full"):
            paths.append("/dev/full")
        for path in paths:
            with self.subTest(path=path):
                self.file = path
                self.assertEqual(self.write().status, 1)

    @posix
    def test_modes_of_new_files(self):
        self.write()
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o600)
        mask = os.umask(0o022)
        try:
            self.config("cursor", "--write", "--project")
        finally:
            os.umask(mask)
        path = os.path.join(self.project, ".cursor", "mcp.json")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o644)

    def test_somebody_else_writes_meanwhile(self):
        self.put("{}")
        real_read = entry_file.read_file
        changes = ['{"a": 1}', '{"a": 2}']

        def read_and_change(path):
            snapshot = real_read(path)
            if changes:
                self.put(changes.pop())
            return snapshot

        with mock.patch.object(entry_file, "read_file", read_and_change):
            self.assertEqual(self.write().status, 0)
        self.assertEqual(json.loads(read_file(self.file))["a"], 1)

    def test_somebody_else_writes_all_the_time(self):
        self.put("{}")
        error = entry_file.ChangedMeanwhileError
        with mock.patch.object(entry_file, "write_file", side_effect=error):
            done = self.write()
        self.assertEqual(done.status, 1)
        self.assertIn("somebody else keeps changing it", done.stderr)


class ClientLock(Config):
    def setUp(self):
        super().setUp()
        self.lock = self.file_of("claude-code", "{}") + ".lock"

    def test_it_is_taken_and_removed(self):
        seen = []
        write_file = entry_file.write_file

        def write(*arguments, **options):
            seen.append(os.path.isdir(self.lock))
            return write_file(*arguments, **options)

        with mock.patch.object(entry_file, "write_file", write):
            self.assertEqual(self.config("claude-code", "--write").status, 0)
        self.assertEqual((seen, os.path.exists(self.lock)), ([True], False))

    def test_a_stale_one_is_taken_over(self):
        os.mkdir(self.lock)
        os.utime(self.lock, (time.time() - 11, time.time() - 11))
        self.assertEqual(self.config("claude-code", "--write").status, 0)
        self.assertFalse(os.path.exists(self.lock))

    def test_a_client_that_writes_is_waited_for(self):
        os.mkdir(self.lock)
        with mock.patch("cwd_server.commands.config.file_lock.CLIENT_TIMEOUT", 0.05):
            done = self.config("claude-code", "--write")
        self.assertEqual(done.status, 1)
        self.assertIn("its client is writing it", done.stderr)
        self.assertTrue(os.path.isdir(self.lock))

    def test_other_files_have_none(self):
        with mock.patch.object(entry_file, "client_lock", side_effect=AssertionError):
            self.assertEqual(self.config("cursor", "--write").status, 0)
            self.assertEqual(self.config("claude-code", "--write", "--project").status, 0)


class Remove(Config):
    def test_what_was_written(self):
        for client in ("cursor", "codex", "vibe", "opencode"):
            with self.subTest(client=client):
                self.config(client, "--write", "--env", "A=1")
                done = self.config(client, "--remove")
                self.assertEqual((done.status, done.stderr), (0, ""))
                self.assertIn("removed", done.stdout)
                self.assertNotIn("cwd_server", read_file(self.file_of(client)))

    def test_what_is_not_there(self):
        for text in (None, "{}", '{"mcpServers": {"x": {"command": "y"}}}'):
            with self.subTest(text=text):
                path = self.file_of("cursor", text)
                done = self.config("cursor", "--remove")
                self.assertEqual(done.status, 0)
                self.assertEqual(done.stdout, f"{path}: there is no such entry\n")
                self.assertEqual(os.path.exists(path), text is not None)

    def test_an_entry_of_another_name_is_named(self):
        self.config("cursor", "--write", "--name", "cwd-server")
        done = self.config("cursor", "--remove")
        self.assertEqual(done.status, 0)
        self.assertEqual(
            done.stderr,
            "Note: its cwd-server starts this program: add --name cwd-server to remove it.\n",
        )

    @posix
    def test_a_file_of_which_nobody_can_tell(self):
        path = self.file_of("cursor")
        os.mkdir(os.path.dirname(path))
        os.symlink(os.path.basename(path), path)
        done = self.config("cursor", "--remove")
        self.assertEqual((done.status, done.stdout), (1, ""))
        self.assertIn("is left as it was", done.stderr)

    def test_somebody_else_s_takes_its_name(self):
        text = '{"mcpServers": {"cwd_server": {"command": "x"}}}'
        path = self.file_of("cursor", text)
        done = self.config("cursor", "--remove")
        self.assertEqual((done.status, read_file(path)), (1, text))
        self.assertTrue(done.stderr.endswith(": add --name cwd_server to remove it\n"))
        self.assertEqual(self.config("cursor", "--remove", "--name", "cwd_server").status, 0)
        self.assertEqual(read_file(path), '{"mcpServers": {}}')

    def test_yaml_is_left_to_people(self):
        self.config("goose", "--write")
        done = self.config("goose", "--remove")
        self.assertEqual(done.status, 1)
        self.assertIn("Remove the entry yourself", done.stderr)


class All(Config):
    def setUp(self):
        super().setUp()
        self.file_of("cursor", "{}")
        self.file_of("gemini", "{")
        os.mkdir(os.path.join(self.home, ".codex"))

    def test_a_plan(self):
        done = self.config("--all")
        self.assertEqual(done.status, 1)
        self.assertRegex(done.stdout, "(?m)^cursor: .*: would be added$")
        self.assertRegex(done.stdout, "(?m)^codex: .*: would be added$")
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertRegex(done.stderr, "(?m)^gemini: .* is left as it was: ")
        self.assertEqual(read_file(self.file_of("cursor")), "{}")

    def test_written(self):
        done = self.config("--all", "--write")
        self.assertEqual(done.status, 1)
        for client in ("cursor", "codex"):
            with self.subTest(client=client):
                self.assertIn("cwd_server", read_file(self.file_of(client)))
        self.assertEqual(read_file(self.file_of("gemini")), "{")
        self.assertFalse(os.path.exists(self.file_of("vscode")))

    def test_removed(self):
        self.file_of("gemini", "{}")
        self.config("--all", "--write")
        done = self.config("--all", "--remove", "--write")
        self.assertEqual(done.status, 0, done.stderr)
        for client in ("cursor", "codex", "gemini"):
            with self.subTest(client=client):
                self.assertNotIn("cwd_server", read_file(self.file_of(client)))

    @posix
    def test_one_file_once(self):
        os.symlink(self.file_of("cursor"), os.path.join(self.home, ".mcp.json"))
        os.mkdir(os.path.join(self.home, ".kiro"))
        os.makedirs(os.path.join(self.home, ".kiro", "settings"))
        os.symlink(self.file_of("cursor"), self.file_of("kiro"))
        done = self.config("--all")
        self.assertNotIn("kiro:", done.stdout + done.stderr)

    def test_none_is_installed(self):
        _, variables = temporary_home(self)
        done = self.config("--all", "--write", environment=variables)
        self.assertIn("No client that is known here was found", done.stderr)


class Interpreter(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_directory(self)

    def environment(self, home):
        """Pretend to run in a virtual environment."""
        prefix = os.path.join(self.folder, "venv")
        write_file(os.path.join(prefix, "pyvenv.cfg"), f"home = {home}\nversion = 3.11\n")
        running = write_file(os.path.join(prefix, "bin", "python3"), "")
        return mock.patch.multiple(sys, prefix=prefix, executable=running)

    @posix
    def test_the_one_that_an_environment_was_made_from(self):
        base = write_file(os.path.join(self.folder, "base", "bin", "python3"), "")
        os.chmod(base, 0o755)
        with self.environment(os.path.dirname(base)):
            self.assertEqual(find_lasting_interpreter(), (base, False))

    @posix
    def test_it_is_said_when_there_is_none(self):
        missing = os.path.join(self.folder, "missing")
        with self.environment(missing), mock.patch.object(sys, "base_prefix", missing):
            path, is_temporary = find_lasting_interpreter()
            self.assertEqual((path, is_temporary), (sys.executable, True))
            done = run_command(["config", "cursor"])
        self.assertIn("belongs to a virtual environment", done.stderr)

    def test_an_unknown_one_is_refused(self):
        for unknown in ("", None):
            with self.subTest(unknown=unknown):
                with mock.patch.object(sys, "executable", unknown):
                    done = run_command(["config", "cursor"])
                self.assertEqual((done.status, done.stdout), (1, ""))
                self.assertIn("cannot tell which Python runs this", done.stderr)


if __name__ == "__main__":
    unittest.main()
