"""`check --static`: what is said of a client's file without starting anything."""

import json
import os
import sys
import unittest

from cwd_server.commands.clients.table import CLIENTS
from tests.support.cases import posix
from tests.support.command_line import run_command
from tests.support.files import temporary_directory, temporary_home, write_file

PYTHON = {"command": sys.executable, "args": ["-m", "server"]}  # right, wherever it stands


def absolute(*names):
    """Return an absolute path on any system, of which nothing is there."""
    return os.path.join(os.path.abspath(os.sep), "gone", *names)


class StaticCheck(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_directory(self)
        self.home, self.environment = temporary_home(self)

    def program(self, name):
        """Return a program of any name that can be started."""
        path = write_file(os.path.join(self.folder, "bin", name), "#!/bin/sh\n")
        os.chmod(path, 0o755)
        return path

    def check(self, content, name="mcp.json", options=(), environment=None):
        """Return what checking a file says; `content` is its text, or an object for JSON."""
        text = content if isinstance(content, str) else json.dumps(content)
        path = write_file(os.path.join(self.folder, *name.split("/")), text)
        variables = dict(self.environment, **(environment or {}))
        argv = ["check", "--static", *options, path]
        return run_command(argv, cwd=self.folder, environment=variables)

    def check_entry(self, entry, name="mcp.json", **settings):
        """Return what checking a file with one server says."""
        return self.check({"mcpServers": {"it": entry}}, name, **settings)

    def first_line(self, done):
        return (done.stdout + done.stderr).splitlines()[0]


class Reading(StaticCheck):
    def test_comments_where_the_client_takes_them(self):
        entry = '{"command": %s, "args": ["-V", /* two, */ "-I", // ", ] */\n], }' % json.dumps(
            sys.executable
        )
        text = '\ufeff{"KEY": {"it": %s,},} // end' % entry
        for name, key, status, words in (
            (".vscode/mcp.json", "servers", 0, "All is well"),
            (".zed/settings.json", "context_servers", 0, "All is well"),
            (".gemini/settings.json", "mcpServers", 0, "All is well"),
            ("mcp.json", "mcpServers", 0, "which strict clients such as Claude Code refuse"),
            (".mcp.json", "mcpServers", 1, "a comment: Claude Code reads strict JSON"),
            ("claude_desktop_config.json", "mcpServers", 1, "Claude Desktop reads strict JSON"),
        ):
            with self.subTest(name=name):
                done = self.check(text.replace("KEY", key), name)
                self.assertEqual(done.status, status, done.stdout + done.stderr)
                self.assertIn(words, self.first_line(done))

    def test_where_servers_may_be(self):
        entry = {"command": sys.executable, "args": []}
        for content in (
            {"mcp": {"servers": {"it": entry}}},
            {"mcp": {"it": entry, "timeout": 3}},
            {"projects": {self.folder: {"mcpServers": {"it": entry}}}},
            {"mcpServers": {"it": {"transport": entry}}},
            {"amp.mcpServers": {"it": entry}},
        ):
            with self.subTest(content=content):
                done = self.check(content)
                self.assertEqual(done.status, 0, done.stdout + done.stderr)
                self.assertIn("\nit\n", done.stdout)

    def test_why_there_is_no_server(self):
        for content, name, words in (
            ("{}", "mcp.json", "there is no server in it"),
            ('{"mcpServers": {}}', ".mcp.json", "under `mcpServers`, where Claude Code looks"),
            ({"mcpServers": "x"}, ".mcp.json", "`mcpServers` must be an object, {NAME: {\u2026}"),
            ({"mcp": {"servers": 1}}, "mcp.json", "`mcp.servers` must be an object"),
            ("[]", "mcp.json", "it holds no object"),
            ({"mcpservers": {"a": {"command": "x"}}}, "mcp.json", "its key is `mcpServers`"),
            ({"mcp_servers": {"a": {"command": "x"}}}, ".mcp.json", "its key is `mcpServers`"),
            ({"mcpServers": {"a": {"command": "x"}}}, ".vscode/mcp.json", "its key is `servers`"),
            ({"a": {"command": "x"}}, "mcp.json", "the servers stand at the top"),
            ({"command": "x"}, "mcp.json", 'put it into {"mcpServers": {"NAME": {\u2026}}}'),
            ({"manifest_version": "1", "server": {}}, "manifest.json", "the manifest of a bundle"),
            ({"name": "x", "packages": []}, "server.json", "an entry of a registry"),
            ({"scripts": {}}, "deno.json", "it looks like a package.json"),
            (
                {"scripts": {}, "mcpservers": {"a": {"command": "x"}}},
                "mcp.json",
                "its key is `mcpServers`",
            ),
            (
                {"mcpServers": [{"name": "a", "command": "x"}]},
                ".mcp.json",
                "`mcpServers` is a list: Claude Code takes an object",
            ),
            (
                '[[mcp_servers]]\nname = "a"\ncommand = "x"\n',
                ".codex/config.toml",
                "`mcp_servers` is a list: Codex CLI takes tables, [mcp_servers.NAME]",
            ),
            (
                '[mcp_servers.a]\ncommand = "x"\n',
                ".vibe/config.toml",
                "`mcp_servers` is a table: Mistral Vibe takes [[mcp_servers]] for each",
            ),
            (
                {"mcp.servers": {"a": {"command": "x"}}},
                ".vscode/settings.json",
                "VS Code reads no servers from this file: newer ones read mcp.json",
            ),
        ):
            with self.subTest(content=content, name=name):
                done = self.check(content, name)
                self.assertEqual((done.status, done.stdout), (1, ""))
                self.assertIn(words, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_files_that_people_take_for_their_client_s(self):
        for name, kind, words in (
            (".claude/settings.json", "1 problem", "it reads ~/.claude.json"),
            (".claude/mcp.json", "1 problem", "it reads ~/.claude.json"),
            (".codex/mcp.json", "1 problem", "it reads config.toml in the same folder"),
            (".vscode/settings.json", "All is well, with 1 warning", "newer ones read mcp.json"),
        ):
            with self.subTest(name=name):
                done = self.check_entry(PYTHON, name)
                self.assertTrue(done.stdout.startswith(f"{kind}: "), done.stdout)
                self.assertIn("reads no servers from this file: " + words, self.first_line(done))

    def test_a_place_means_nothing_to_a_client_that_is_named(self):
        done = self.check_entry(PYTHON, ".claude/mcp.json", options=["--client", "cursor"])
        self.assertNotIn("Claude Code", done.stdout)

    def test_text_that_cannot_be_read(self):
        for content, name, words in (
            (
                '{\n "mcpServers": {"a": 1 "b": 2}}',
                "mcp.json",
                "line 2, column 24: expected a comma",
            ),
            ("", "mcp.json", "the file is empty"),
            ("[" * 100000, "mcp.json", "nested too deeply"),
            ('{"a": "C:\\Users"}', "mcp.json", "a backslash inside a string"),
            ("a: 1\n", "config.yaml", "YAML is not read by check. Put its server into a file"),
            ("# a\n---\n\nmcp:\n  a: 1\n", "mcp.json", "it looks like YAML, not JSON. Put its"),
            ('"mcpServers": {}', "mcp.json", "the file must begin with {"),
            ('{"mcpServers": {}}', "config.toml", "it is JSON, and its client reads TOML"),
        ):
            with self.subTest(content=content[:40]):
                done = self.check(content, name)
                self.assertEqual((done.status, done.stdout), (1, ""))
                self.assertIn(words, done.stderr)

    def test_json_in_a_file_of_yaml_is_read(self):
        done = self.check_entry(PYTHON, "config.yaml")
        self.assertEqual(self.first_line(done), "All is well: 1 server, not started: --static")

    def test_bytes_that_are_no_utf_8(self):
        for data, words in (
            ("{}".encode("utf-16"), "it is UTF-16"),
            (b'{\n"\xff": 1}', "line 2 is not UTF-8"),
        ):
            path = os.path.join(self.folder, "mcp.json")
            with open(path, "wb") as file:
                file.write(data)
            with self.subTest(data=data):
                done = run_command(["check", path])
                self.assertEqual(done.status, 1)
                self.assertIn(words, done.stderr)

    def test_a_file_that_is_not_there(self):
        for path, words in (
            ("/no/such/config.yaml", "there is no such file; `config` lists the clients' files"),
            ("/no/such/file", "there is no such file; `config` lists the clients' files"),
            (self.folder, "a folder; name the file in it"),
        ):
            with self.subTest(path=path):
                done = run_command(["check", path])
                self.assertEqual((done.status, done.stderr), (1, f"cwd_server: {path}: {words}\n"))

    def test_toml(self):
        text = "[mcp_servers.it]\ncommand = %s\nenabled = false\n" % json.dumps(sys.executable)
        done = self.check(text, ".codex/config.toml")
        self.assertEqual(done.status, 0)
        self.assertIn("- not started: `enabled` is false", done.stdout)
        vibe = '[[mcp_servers]]\nname = "it"\ntransport = "stdio"\ncommand = %s\n' % json.dumps(
            sys.executable
        )
        self.assertIn("\nit\n", self.check(vibe, "config.toml").stdout)

    @unittest.skipIf(sys.version_info < (3, 11), "these are the limits of Python's own reader")
    def test_toml_that_takes_python_s_reader_too_long(self):
        for text, words in (
            ("a = 1\na b\n", "line 2"),
            ("a" + ".a" * 5000 + " = 1", "a key of more than 100 parts"),
            (
                '"' + "x." * 500 + '" = "' + "y." * 500 + '" # ' + "z." * 500 + "\nb",
                "xpected",
            ),
            ("a = " + "[" * 100000, "nested too deeply"),
            ("a = " + "9" * 5000, "a number in it is too long"),
        ):
            if "number" in words and sys.version_info < (3, 11):
                continue  # the reader for older Pythons takes it for a number like others
            with self.subTest(text=text[:40]):
                self.assertIn(words, self.check(text, "config.toml").stderr)

    def test_a_name_that_is_there_twice(self):
        done = self.check('{"mcpServers": {"it": {"url": "x"}, "it": {"url": "y"}}}')
        self.assertIn("'it' is there twice: the last one counts", self.first_line(done))

    def test_a_file_that_its_client_does_not_read(self):
        done = self.check_entry(PYTHON, "claude_desktop_config.json")
        self.assertEqual(done.status, 0)
        self.assertIn(
            "Claude Desktop does not read this file here: it reads", self.first_line(done)
        )

    def test_another_client_by_name(self):
        done = self.check_entry(PYTHON, options=["--client", "vscode"])
        self.assertIn("`mcpServers` is not read by VS Code: its key is `servers`", done.stderr)
        done = self.check_entry(PYTHON, options=["--client", "vscod"])
        self.assertEqual(done.status, 2)
        self.assertIn("vscode", done.stderr)


class EveryClient(StaticCheck):
    def test_what_config_prints_is_right_in_each_client_s_own_place(self):
        for name, client in CLIENTS.items():
            if client.format == "yaml" or name in ("visual-studio", "trae"):  # neither is written
                continue
            printed = run_command(["config", name], environment=self.environment).stdout
            for place in client.project or (".mcp.json",):
                with self.subTest(client=name, place=place):
                    done = self.check(printed, place, options=["--client", name])
                    self.assertTrue(
                        done.stdout.startswith("All is well"), done.stdout + done.stderr
                    )

    def test_the_longest_place_tells_whose_a_file_is(self):
        for place, title in ((".warp/.mcp.json", "Warp"), (".mcp.json", "Claude Code")):
            with self.subTest(place=place):
                done = self.check({"mcpServer": {"a": {"command": "x"}}}, place)
                self.assertIn("is not read by %s" % title, done.stderr)


class SwitchedOff(StaticCheck):
    def test_what_the_client_does_not_start(self):
        entry = PYTHON
        for content, reason in (
            ({"mcpServers": {"it": dict(entry, disabled=True)}}, "`disabled` is true"),
            ({"mcp": {"it": dict(entry, enabled=False)}}, "`enabled` is false"),
            (
                {"mcpServers": {"it": entry}, "excludeMCPServers": ["it"]},
                "it is in `excludeMCPServers`",
            ),
            (
                {"mcpServers": {"it": entry}, "mcp": {"excluded": ["it"]}},
                "it is in `mcp.excluded`",
            ),
            (
                {"mcpServers": {"it": entry}, "mcp": {"allowed": ["b"]}},
                "it is not in `mcp.allowed`",
            ),
            ({"mcpServers": {"it": {"url": "https://secret.example"}}}, "remote server"),
            ({"mcpServers": {"it": {"type": "http"}}}, "remote server"),
        ):
            with self.subTest(content=content):
                done = self.check(content)
                self.assertEqual(done.status, 0, done.stdout)
                self.assertIn("  - ", done.stdout)
                self.assertIn(reason, done.stdout)
                self.assertNotIn("secret", done.stdout)

    def test_claude_code_has_lists_beside_a_project(self):
        settings = os.path.join(self.folder, ".claude", "settings.local.json")
        write_file(settings, '{"disabledMcpjsonServers": ["it"]}')
        done = self.check_entry(PYTHON, ".mcp.json")
        self.assertIn("it is in `disabledMcpjsonServers`", done.stdout)

    def test_keys_that_are_nobody_s_servers(self):
        done = self.check({"languageServer": {"servers": {"a": {"command": "x"}}}})
        self.assertIn("there is no server in it", done.stderr)


class Entries(StaticCheck):
    def test_entries_of_a_form_that_clients_refuse(self):
        python = sys.executable
        for entry, words in (
            (3, "its entry is a number"),
            (None, "its entry is null"),
            ([], "its entry is a list"),
            ({}, "there is no `command`: name a program"),
            ({"args": ["x"]}, "there is no `command`"),
            ({"command": ""}, "`command` is empty: name a program"),
            ({"comand": python}, "`comand` is not read"),
            ({"command": 3}, "`command` is a number"),
            ({"command": [python, "-V"]}, "`command` is a list: Claude Code takes a string"),
            (
                {"command": python, "args": "-V -I"},
                '`args` is one string: write a list, ["-V", "-I"]',
            ),
            ({"command": python, "args": {}}, "`args` is an object"),
            (
                {"command": python, "args": ["-X", 3]},
                'args[1] is a number, and must be a string: write "3"',
            ),
            ({"command": python, "args": ["a\0b"]}, "args[0]"),
            ({"command": python, "args": ["\ud800"]}, "args[0]"),
            ({"command": python, "env": {"PORT": 8080}}, "env.PORT is a number"),
            ({"command": python, "env": {"A": None}}, "env.A is null"),
            ({"command": python, "env": ["A=1"]}, "`env` is a list"),
            ({"command": python, "env": {"A=B": "x"}}, "cannot be a variable"),
            ({"command": python, "cwd": 3}, "`cwd` is a number"),
            ({"command": python + " -I server.py"}, "`command` holds a whole command line"),
            ({"command": "PORT=1 python3 x.py"}, "`command` begins with the variable PORT"),
            ({"command": f'"{python}"'}, "`command` has quotes or blanks around its text"),
            ({"command": " " + python}, "`command` has quotes or blanks around its text"),
            ({"cmd": python}, "there is no `command`: `cmd` is not read"),
            ({"executable": python}, "there is no `command`: `executable` is not read"),
            ({"mcpServers": {"a": {"command": python}}}, "a whole configuration is inside"),
            ({"a": {"command": python}}, "it holds entries, and is none"),
            ({"url": "https://a.example"}, "it has `url` and no `type`, and Claude Code skips it"),
            ({"type": "STDIO", "command": python}, "`type` is STDIO, which Claude Code does not"),
            ({"type": "http", "command": python}, "`type` is http, and there is no `url`"),
        ):
            with self.subTest(entry=entry):
                done = self.check_entry(entry, ".mcp.json")
                self.assertEqual(done.status, 1, done.stdout)
                self.assertTrue(done.stdout.startswith("1 problem: it: "), done.stdout)
                self.assertIn(words, self.first_line(done))

    def test_fields_of_another_client(self):
        entry = {**PYTHON, "environment": {"A": "b"}}
        done = self.check_entry(entry, ".mcp.json")
        self.assertIn(
            "`environment` is not read by Claude Code: its field is `env`", self.first_line(done)
        )
        done = self.check({"mcp": {"it": PYTHON}}, "opencode.json")
        self.assertIn("`command` is a string: opencode takes a list", self.first_line(done))
        done = self.check(
            {
                "mcp": {
                    "it": {
                        "type": "local",
                        "command": [sys.executable, "-m", "x"],
                        "environment": {},
                    }
                }
            },
            "opencode.json",
        )
        self.assertEqual(done.stdout.splitlines()[0].split(":")[0], "All is well")

    def test_types_that_a_client_needs(self):
        command = [sys.executable]
        for entry, words in (
            (
                {"command": command},
                'there is no `type`, which opencode needs: write "type": "local"',
            ),
            ({"url": "https://a.example"}, 'opencode needs: write "type": "remote"'),
            ({"type": "stdio", "command": command}, "which opencode does not know: local, remote"),
        ):
            with self.subTest(entry=entry):
                done = self.check({"mcp": {"it": entry}}, "opencode.json")
                self.assertTrue(done.stdout.startswith("1 problem: it: "), done.stdout)
                self.assertIn(words, self.first_line(done))

    def test_claude_code_starts_what_has_a_command_and_a_url(self):
        entry = {**PYTHON, "url": "https://a.example"}
        done = self.check_entry(entry, ".mcp.json")
        self.assertEqual(self.first_line(done), "All is well: 1 server, not started: --static")

    def test_fields_that_are_almost_right(self):
        for entry, words in (
            (
                {"command": self.program("tool.exe"), "arguments": []},
                "`arguments` is not read: did you mean `args`?",
            ),
            (dict(PYTHON, disabled="true"), "`disabled` is a string: write true or"),
            (dict(PYTHON, enabled=0), "`enabled` is a number: write true or false"),
        ):
            with self.subTest(entry=entry):
                done = self.check_entry(entry, ".mcp.json")
                self.assertTrue(done.stdout.startswith("All is well, with 1 warning: "))
                self.assertIn(words, self.first_line(done))

    def test_arguments_outside_of_a_list_that_has_all(self):
        entry = {"type": "local", "command": [sys.executable], "args": ["/gone.py"]}
        done = self.check({"mcp": {"it": entry}}, "opencode.json")
        self.assertIn("`args` is not read by opencode", self.first_line(done))
        self.assertNotIn("/gone.py", done.stdout)

    def test_servers_of_zed(self):
        """Those of extensions have settings alone; older versions put a path into `command`."""
        for entry, kind, words in (
            ({"source": "extension", "settings": {}}, "All is well", "an extension of Zed does"),
            ({"settings": {"a": 1}}, "All is well", "an extension of Zed does"),
            (dict(PYTHON, source="custom", settings={}), "All is well", "1 server"),
            ({"command": {"path": "x", "args": []}}, "1 problem", "write its `path` here"),
            ({"source": "custom"}, "1 problem", "there is no `command`"),
        ):
            with self.subTest(entry=entry):
                done = self.check({"context_servers": {"it": entry}}, ".zed/settings.json")
                self.assertTrue(done.stdout.startswith(kind), done.stdout)
                self.assertIn(words, done.stdout)
        done = self.check_entry({"settings": {}}, ".mcp.json")
        self.assertIn("there is no `command`", self.first_line(done))

    def test_a_table_of_variables_that_quotes_make_a_server(self):
        text = '[mcp_servers.it]\ncommand = "%s"\n[mcp_servers."it.env"]\nA = "1"\n'
        done = self.check(text % sys.executable.replace("\\", "/"), ".codex/config.toml")
        self.assertIn("write [mcp_servers.it.env] without them", self.first_line(done))

    def test_values_from_an_example(self):
        for value in ("<your-key>", "YOUR_API_KEY_HERE", "your-token", "sk-xxxxxxxx", "..."):
            with self.subTest(value=value):
                done = self.check_entry({**PYTHON, "env": {"KEY": value}})
                self.assertIn("env.KEY looks like an example's", self.first_line(done))
                self.assertNotIn(value, done.stdout)
        done = self.check_entry({**PYTHON, "env": {"KEY": "0ur-t0ken", "B": ""}})
        self.assertTrue(done.stdout.startswith("All is well: "), done.stdout)

    def test_names_that_some_clients_drop(self):
        for name in ("a.b", "a__b", "a b", "x" * 65):
            with self.subTest(name=name):
                done = self.check({"mcpServers": {name: PYTHON}})
                self.assertTrue(
                    done.stdout.startswith("All is well, with 1 warning: "), done.stdout
                )

    def test_cwd_where_the_client_honours_it_and_where_not(self):
        entry = {**PYTHON, "cwd": self.folder}
        for name, key, words in (
            (".mcp.json", "mcpServers", "`cwd` is ignored by Claude Code"),
            ("mcp.json", "mcpServers", "`cwd` is ignored by some clients"),
            (".vscode/mcp.json", "servers", "All is well: "),
        ):
            with self.subTest(name=name):
                done = self.check({key: {"it": entry}}, name)
                self.assertEqual(done.status, 0)
                self.assertIn(words, self.first_line(done))
        gone = {"it": dict(entry, cwd=absolute())}
        done = self.check({"servers": gone}, ".vscode/mcp.json")
        self.assertIn("`cwd` is %s, which is not a directory" % absolute(), self.first_line(done))

    def test_variables_where_the_client_replaces_them_and_where_not(self):
        code, claude, gemini = ".vscode/mcp.json", ".mcp.json", ".gemini/settings.json"
        unknown = "mcp.json"
        for variable, name, status, words in (
            ("${workspaceFolder}", code, 0, "VS Code replaces ${workspaceFolder}"),
            ("${env:HOME}", code, 0, "VS Code replaces ${env:HOME}"),
            ("${input:key}", code, 0, "VS Code asks its user for ${input:key}"),
            ("${HOME}", code, 1, "VS Code does not replace ${HOME}"),
            ("${HOME}", claude, 0, "Claude Code replaces ${HOME}"),
            ("${NO_SUCH:-x}", claude, 0, "Claude Code replaces ${NO_SUCH:-x}"),
            ("${NO_SUCH}", claude, 1, "${NO_SUCH} is not set here"),
            ("${workspaceFolder}", claude, 1, "does not replace ${workspaceFolder}"),
            ("$HOME", gemini, 0, "Gemini CLI replaces $HOME"),
            ("${HOME}", unknown, 0, "${HOME}: not every client replaces that"),
            ("%Y%m%d", unknown, 0, "All is well"),
            ("~/x", unknown, 1, "~ is not replaced by clients"),
            ("%APPDATA%", unknown, 1, "%APPDATA% is not replaced by clients"),
        ):
            key = {code: "servers"}.get(name, "mcpServers")
            with self.subTest(variable=variable, name=name):
                content = {key: {"it": {"command": sys.executable, "args": ["-I", variable]}}}
                done = self.check(content, name, environment={"NO_SUCH": None})
                self.assertEqual(done.status, status, done.stdout)
                self.assertIn(words, done.stdout)


class Programs(StaticCheck):
    def test_programs_that_are_not_there(self):
        for command, words in (
            (absolute("program"), "%s is not there: correct the path" % absolute("program")),
            (absolute(".venv", "bin", "python"), "its environment is gone"),
            (self.folder, "is a folder"),
            ("no-such-program", "no-such-program is not on the PATH"),
            ("./server", "./server is a relative path"),
            ("pyhton3", "pyhton3 is not on the PATH: did you mean python3?"),
            ("source", "source is a word of shells, not a program"),
            ("/path/to/python", "/path/to/python is from an example (/path/to)"),
        ):
            with self.subTest(command=command):
                done = self.check_entry({"command": command}, environment={"PATH": self.folder})
                self.assertEqual(done.status, 1)
                self.assertIn(words, self.first_line(done))

    @posix
    def test_programs_that_cannot_be_started(self):
        for text, mode, words in (
            ("#!/bin/sh\n", 0o644, "may not be executed"),
            (
                "#!/no/such/python\n",
                0o755,
                "/no/such/python is not there, which the first line of",
            ),
            ("#!/bin/sh\r\n", 0o755, "ends with CR LF"),
        ):
            path = write_file(os.path.join(self.folder, "program"), text)
            os.chmod(path, mode)
            with self.subTest(text=text):
                done = self.check_entry({"command": path})
                self.assertEqual(done.status, 1)
                self.assertIn(words, self.first_line(done))
        os.unlink(path)
        os.symlink("/no/such/python3.9", path)
        done = self.check_entry({"command": path})
        self.assertIn("the link leads to /no/such/python3.9, which is gone", self.first_line(done))

    @posix
    def test_programs_of_windows(self):
        for command, words in (
            ("cmd", "cmd is a program of Windows"),
            ("C:\\Python\\python.exe", "is a path of Windows"),
        ):
            with self.subTest(command=command):
                done = self.check_entry({"command": command, "args": ["/c", "a b"]})
                self.assertIn(words, self.first_line(done))

    @posix
    def test_programs_that_the_client_may_not_find(self):
        for name, words in (
            (
                "tool",
                "tool is not an absolute path, and a client's PATH may lack it: write %s/tool",
            ),
            ("npx", "npx downloads the package at the first start"),
            ("uvx", "and runs it from a cache folder"),
        ):
            path = write_file(os.path.join(self.folder, name), "#!/bin/sh\n")
            os.chmod(path, 0o755)
            with self.subTest(name=name):
                done = self.check_entry({"command": name}, environment={"PATH": self.folder})
                self.assertTrue(
                    done.stdout.startswith("All is well, with 1 warning: "), done.stdout
                )
                self.assertIn(words.replace("%s", self.folder), self.first_line(done))
        done = self.check_entry({"command": "tool", "env": {"PATH": self.folder}})
        self.assertTrue(done.stdout.startswith("All is well: "), done.stdout)
        done = self.check_entry({"command": "tool", "env": {"PATH": "/no/such"}})
        self.assertIn("tool is not on the PATH of this entry", self.first_line(done))


class Arguments(StaticCheck):
    def test_scripts_that_are_relative_or_gone(self):
        here = os.path.join(self.folder, "server.py")
        write_file(here, "")
        for args, words in (
            (
                ["server.py"],
                "server.py is a relative path, and clients start servers anywhere: write " + here,
            ),
            (["-u", "./gone/index.js"], "./gone/index.js is a relative path"),
            (["-X", "utf8", "-I", absolute("a.pyz")], absolute("a.pyz") + " is not there"),
            ([here + " --verbose"], f'{here} and its arguments are one text: write "{here}"'),
            (["\u201c" + here + "\u201d"], "no file is called \u201c" + here),
        ):
            with self.subTest(args=args):
                done = self.check_entry({"command": sys.executable, "args": args})
                self.assertEqual(done.status, 1)
                self.assertIn(words, self.first_line(done))

    def test_pythons_by_their_names(self):
        for name in ("python", "python3.14t", "python3.13td", "pypy3.11"):
            path = self.program(name)
            with self.subTest(name=name):
                done = self.check_entry({"command": path, "args": ["-I", "server.py"]})
                self.assertIn("server.py is a relative path", self.first_line(done))

    def test_scripts_in_the_project_where_the_client_starts(self):
        write_file(os.path.join(self.folder, "server.py"), "")
        done = self.check_entry({"command": sys.executable, "args": ["server.py"]}, ".mcp.json")
        self.assertEqual(done.status, 0, done.stdout)
        self.assertIn(
            "found only while Claude Code starts it in " + self.folder, self.first_line(done)
        )
        done = self.check_entry({"command": sys.executable, "args": ["gone.py"]}, ".mcp.json")
        self.assertIn("and not in " + self.folder, self.first_line(done))

    @posix
    def test_words_that_are_no_files_of_ours(self):
        weather = os.path.join(self.folder, "weather")
        write_file(os.path.join(weather, "weather.py"), "")
        for name, args in (
            ("uv", ["--directory", weather, "run", "weather.py"]),
            ("uv", ["run", "--directory=" + weather, "--with", "x.py", "weather.py"]),
            ("uv", ["run", "--python", "3.12", "-m", "weather.py"]),
            ("uv", ["tool", "run", "weather.py"]),
            ("poetry", ["-C", weather, "run", "python", "weather.py"]),
            ("env", ["-C" + weather, sys.executable, "weather.py"]),
            ("poetry", ["-C" + weather, "run", "python", "weather.py"]),
            ("pdm", ["run", "-p" + weather, "python", "-m", "weather"]),
            ("env", ["-C", weather, "A=b.py", "sh", "-c", "python weather.py"]),
            ("mise", ["exec", "python@3.12", "-C", weather, "--", "python", "weather.py"]),
            ("env", ["PATH=/opt/bin", "only-there"]),
            ("env", ["-i", "only-there"]),
            ("env", ["-C", weather, self.program("npm"), "start"]),
            ("env", ["-C", weather, sys.executable, "weather.py", "--config", "./c.json"]),
            ("env", ["-C", self.folder, "env", "-C", "weather", sys.executable, "weather.py"]),
            ("timeout", ["-k", "5", "3600", "sh", "-c", "x.py"]),
            ("env", ["-S", "sh -c 'x.py"]),
            ("ssh", ["host", "python3 -I server.py"]),
            ("docker", ["run", "-i", "--rm", "image", "python", "server.py"]),
            ("deno", ["run", "-A", "https://host.example/server.ts"]),
            ("sh", ["-c", "cd weather && exec python weather.py"]),
            ("python3", ["-m", "weather.py"]),
            ("python3", ["-c", "print()", "server.py"]),
        ):
            path = self.program(name)
            with self.subTest(args=args):
                done = self.check_entry({"command": path, "args": args})
                self.assertTrue(done.stdout.startswith("All is well: "), done.stdout)

    @posix
    def test_a_relative_folder_of_a_wrapper_is_told_once(self):
        for name, args in (
            ("env", ["-C", "./data", sys.executable, "x.py", "./c.json"]),
            ("uv", ["--directory=./data", "run", "x.py"]),
            ("uv", ["run", "--project", "./data", "x"]),
        ):
            path = self.program(name)
            with self.subTest(args=args):
                done = self.check_entry({"command": path, "args": args})
                findings = done.stdout.partition("\nit\n")[2]
                self.assertEqual(findings.count("./data is a relative path"), 1, done.stdout)
                self.assertNotIn("c.json", done.stdout)

    @posix
    def test_variables_that_a_shell_replaces(self):
        for name, args in (("sh", ["-c", "~/x ${PWD}"]), ("ssh", ["host", "~/server"])):
            path = self.program(name)
            with self.subTest(name=name):
                content = {"servers": {"it": {"command": path, "args": args}}}
                done = self.check(content, ".vscode/mcp.json")
                self.assertTrue(done.stdout.startswith("All is well: "), done.stdout)

    def test_programs_and_texts_among_the_arguments(self):
        for args in (["-c", " print('<a>') "], ["-c", '"a; b" | c'], ["-m", "x", " two\nlines\n"]):
            with self.subTest(args=args):
                done = self.check_entry({"command": sys.executable, "args": args})
                self.assertTrue(done.stdout.startswith("All is well: "), done.stdout)

    @posix
    def test_what_a_wrapper_starts_that_is_not_there(self):
        write_file(os.path.join(self.folder, "file"), "")
        folder, gone = self.folder, "is not there: correct the path"
        for name, args, words in (
            ("uv", ["--directory", "/gone", "run", "x.py"], "--directory /gone: there is no such"),
            ("uv", ["run", "--directory=/gone", "x.py"], "--directory /gone: there is no such"),
            ("poetry", ["-C", folder + "/file", "run", "x"], "a file, where a folder is needed"),
            ("env", ["-C", "/gone", "sh"], "-C /gone: there is no such folder"),
            ("env", ["-C/gone", "sh"], "-C /gone: there is no such folder"),
            ("env", ["A=1", "-u", "B", "gone"], "gone, which env starts, is not on the PATH"),
            ("nice", ["-n", "5", "/gone/x"], "/gone/x, which nice starts, " + gone),
            ("env", ["nice", "gone"], "gone, which nice starts, is not on the PATH"),
            ("env", ["-S", sys.executable + " /gone/x.py"], "/gone/x.py " + gone),
            ("timeout", ["-k", "5", "60", sys.executable, "/gone/x.py"], "/gone/x.py " + gone),
            ("env", [sys.executable, "x.py"], "x.py is a relative path"),
            ("uv", ["run", "--with", "mcp", "/gone/x.py"], "/gone/x.py " + gone),
            ("mise", ["x", "python@3", "--", "python", "/gone/x.py"], "/gone/x.py " + gone),
        ):
            path = self.program(name)
            with self.subTest(name=name, args=args):
                done = self.check_entry({"command": path, "args": args})
                self.assertEqual(done.status, 1)
                self.assertIn(words, self.first_line(done))

    @posix
    def test_a_variable_in_place_of_a_wrapped_program(self):
        path = self.program("env")
        for program in ("${PROG}", "/opt/${PROG}/server"):
            with self.subTest(program=program):
                done = self.check_entry({"command": path, "args": [program, "x"]})
                self.assertIn("${PROG}", done.stdout)
                self.assertNotIn("which env starts", done.stdout)

    def test_many_findings_about_one_command_line_are_cut(self):
        tool = self.program("tool.exe")
        for word in ("./a", "/gone/a.py", "../b.js"):
            with self.subTest(word=word):
                done = self.check_entry({"command": tool, "args": [word] * 10000})
                self.assertLess(len(done.stdout.splitlines()), 40)

    @posix
    def test_variables_that_do_not_arrive(self):
        for name, args, arrives in (
            ("docker", ["run", "-i", "image"], False),
            ("docker", ["exec", "-i", "it", "server"], False),
            ("docker", ["run", "-i", "-e", "TOKEN", "image"], True),
            ("docker", ["run", "-i", "-eTOKEN", "image"], True),
            ("docker", ["run", "-i", "--env-file", "/x", "image"], True),
            ("docker", ["run", "-i", "--env-file=/x", "image"], True),
            ("docker", ["mcp", "gateway", "run"], True),
            ("ssh", ["host", "server"], False),
            ("tool", ["server"], True),
        ):
            path = self.program(name)
            env = {"TOKEN": "value", "DOCKER_HOST": "x", "PATH": "/bin"}
            with self.subTest(name=name, args=args):
                done = self.check_entry({"command": path, "args": args, "env": env})
                self.assertEqual(done.status, 0)
                self.assertEqual("env.TOKEN does not reach" in done.stdout, not arrives)
                if name == "docker" and not arrives:
                    self.assertIn("the container: add -e with its name", done.stdout)
                self.assertNotIn("env.PATH", done.stdout)
                self.assertNotIn("env.DOCKER_HOST", done.stdout)

    @posix
    def test_variables_that_wslenv_carries(self):
        path = self.program("wsl")
        for carried, arrives in (("TOKEN/u", True), ("A:TOKEN", True), ("A/u:TOKENS", False)):
            env = {"TOKEN": "value", "WSLENV": carried}
            with self.subTest(carried=carried):
                done = self.check_entry({"command": path, "args": ["server"], "env": env})
                self.assertEqual("env.TOKEN does not reach" in done.stdout, not arrives)

    @posix
    def test_scripts_of_shells_and_of_windows(self):
        for command, args, words in (
            ("/bin/sh", ["/gone/run.sh"], "/gone/run.sh is not there"),
            ("/bin/sh", ["run.sh"], "run.sh is a relative path"),
            ("/bin/sh", ["-x", "run.sh"], ""),
            (sys.executable, ["C:\\a\\b.py"], "C:\\a\\b.py is a path of Windows"),
        ):
            with self.subTest(command=command, args=args):
                done = self.check_entry({"command": command, "args": args})
                self.assertEqual(done.status, int(bool(words)), done.stdout)
                self.assertIn(words, self.first_line(done))

    @posix
    def test_arguments_that_only_look_wrong(self):
        my_data = os.path.join(self.folder, "my data")
        write_file(os.path.join(my_data, "main.py"), "")
        for name, args in (
            ("docker", ["run", "-i", "--name", "x", "image", "-t", "html"]),
            ("docker", ["run", "-i", "-e", "A=pa$word", "-v", "/~/x:/x", "x", "sh", "-c", "$A"]),
            ("bash", ["-lc", 'exec "$0" "$@"', "server", "x"]),
            ("npm", ["--prefix", my_data, "run", "start"]),
            ("npm", ["run", "start", "--prefix=" + my_data]),
            ("mcp", ["run", os.path.join(my_data, "main.py")]),
            ("node", ["--eval", "server"]),
            ("node", ["--conditions", "production", os.path.join(my_data, "main.py")]),
            ("node", ["--run", "dev"]),
            ("ruby", ["-I", "/gone", os.path.join(my_data, "main.py")]),
            ("conda", ["run", "--no-capture-output", "-n", "x", "python", "-m", "x"]),
            ("deno", ["run", "--allow-net", "jsr:@scope/server"]),
            ("deno", ["run", "https://a.example/server.ts"]),
            ("tool", ["--header", "Authorization: Bearer x", "--title", "My server"]),
            ("tool", ["--separator", "|", "--end", ";", "--like", "<b>", '"text"', " x "]),
            ("uv", ["--directory", my_data, "run", "main.py"]),
        ):
            path = self.program(name)
            with self.subTest(args=args):
                done = self.check_entry({"command": path, "args": args})
                self.assertTrue(done.stdout.startswith("All is well: "), done.stdout)

    @posix
    def test_arguments_that_do_not_do_what_they_seem_to(self):
        write_file(os.path.join(self.folder, "server.py"), "")
        for name, args, words in (
            ("docker", ["run", "--rm", "image"], "docker run needs -i"),
            ("docker", ["exec", "it", "server"], "docker exec needs -i"),
            ("docker", ["run", "-i", "-v", "~/a:/a", "x"], "~ may reach docker as it is: write"),
            ("docker", ["run", "-i", "-e", "A=$A", "x"], "$A may reach docker as it is: write"),
            ("docker", ["run", "-i", "--volume=./a:/a", "x"], "./a is a relative path"),
            ("sh", ["-c", "python3", "server.py"], "sh -c runs args[1] alone"),
            ("conda", ["run", "-n", "x", "python"], "conda run keeps stdin and stdout to itself"),
            ("python3", [], "python3 is given no script"),
            ("env", ["sh"], "sh is given no script"),
            ("perl", [], "perl is given no script, and reads one from stdin"),
            ("java", [], "java is given nothing to run: name it in `args`"),
            ("deno", [], "deno is given nothing to run: name it in `args`"),
            ("python3", ["-u", "server"], "write the absolute one, or -m for a module"),
            ("node", ["dist"], "clients start servers anywhere: write the absolute one\n"),
            ("npm", ["run", "start"], "npm looks for package.json where the client starts it"),
            ("mcp", ["run", "/gone/server.py"], "/gone/server.py is not there"),
            ("uv", ["run", "server.py"], "server.py is a relative path"),
            ("uv", ["--directory", "data", "run", "x"], "--directory data is a relative path"),
            ("uv", ["run", "--project", "/gone", "x"], "--project /gone: there is no such folder"),
            ("poetry", ["-P", "/gone", "run", "x"], "-P /gone: there is no such folder"),
            ("uv", ["--directory", self.home, "run", "x.py"], "x.py is not in " + self.home),
            ("uv", ["run", "--env-file", "./.env", "x"], "./.env is a relative path"),
            ("tool", ["."], ". is a relative path"),
            ("tool", ["--root", "../data"], "../data is a relative path"),
            ("docker", ["run", "-it", "image"], "docker run -t wants a terminal"),
            ("tool", ["--directory /srv", "x"], 'write "--directory", and the rest as texts'),
            ("uv", ["run server.py"], 'args[0] is one argument with blanks in it: write "run"'),
            ("tool", ['"/srv/data"'], "args[0] has quotes or blanks around its text"),
            ("tool", ["/srv/data "], "args[0] has quotes or blanks around its text"),
            ("tool", ["x", "2>&1"], "args[1] is 2>&1, which is handed on as it is"),
            ("tool", ["/Users/username/x"], "/Users/username/x is from an example (/username)"),
        ):
            path = self.program(name)
            with self.subTest(args=args):
                done = self.check_entry({"command": path, "args": args})
                self.assertEqual(done.status, 0)
                self.assertIn(words, self.first_line(done) + "\n")


class Printing(StaticCheck):
    def test_secrets_are_never_printed(self):
        secret = "hunter2-hunter2"
        for entry in (
            {"command": "/gone/" + secret, "env": {"TOKEN": secret}},
            {"command": "/gone --token " + secret},
            {"command": sys.executable, "args": ["/gone.py", "--token " + secret]},
            {"command": "/gone/uvx", "args": ["weather --api-key " + secret]},
            {"command": sys.executable, "args": "--api-key=%s" % secret},
            {"command": sys.executable, "args": ["--token", secret, "/gone/%s.py" % secret]},
            {"command": sys.executable, "args": ["/gone/postgres://me:%s@host/x.py" % secret]},
            {"command": sys.executable, "env": {"A": [secret]}},
            {"command": "/gone/" + secret, "args": ["-H", "X-Key: " + secret]},
            {"command": "/gone/" + secret, "args": ["Authorization: Bearer " + secret]},
            {"command": "/gone/" + secret, "args": ["https://a.example/?api_key=" + secret]},
            {"command": "/gone/" + secret, "args": ["run", "-e", "PLACE=" + secret]},
            {"command": "/gone/" + secret, "args": ["run", "-ePLACE=" + secret]},
            {"command": "/gone/" + secret, "args": ["run", "--env=PLACE=" + secret]},
            {"command": "/gone/" + secret, "args": ["--header=X-Place: " + secret]},
            {"command": "/gone/" + secret, "args": ["-HX-Place: " + secret]},
            {"command": "/gone/env", "args": ["PLACE=" + secret, "/gone/" + secret]},
            {"command": "/gone/env", "args": ["-u", "A", "B=" + secret, "/gone/" + secret]},
            {"command": "/gone/env", "args": ["-", "B=" + secret, "/gone/" + secret]},
            {"command": "/gone/env", "args": ["A=b", "env", "B=" + secret, "/gone/" + secret]},
            {"command": "/gone/nice", "args": ["env", "B=" + secret, "/gone/" + secret]},
            {"command": "/gone/" + secret, "args": ["Server=db; Password='%s';" % secret]},
            {"command": "/gone/" + secret, "args": ["Account=a;AccountKey=%s;B=c" % secret]},
            {"command": "/gone/" + secret, "args": ["--connection-string", secret]},
        ):
            with self.subTest(entry=entry):
                done = self.check_entry(entry)
                self.assertNotIn(secret, done.stdout + done.stderr)

    @posix
    def test_an_argument_behind_the_program_of_env_is_no_variable(self):
        args = ["A=B", sys.executable, "/gone/8080/server.py", "--port=8080"]
        done = self.check_entry({"command": self.program("env"), "args": args})
        self.assertIn("/gone/8080/server.py is not there", done.stdout)

    def test_variables_with_secret_values_stand_as_they_are_written(self):
        entry = {"command": sys.executable, "args": ["--token", "x", "/gone/${API_KEY}.py"]}
        done = self.check_entry(entry, ".mcp.json", environment={"API_KEY": "hunter2-hunter2"})
        self.assertIn("Claude Code replaces ${API_KEY} by its value", done.stdout)
        self.assertNotIn("hunter2", done.stdout)

    def test_control_characters_are_escaped(self):
        evil = "\x1b]52;c;cm0=\x07\x9b2K\u202e"
        for content in (
            {"mcpServers": {evil: {"url": "x"}}},
            {"mcpServers": {"it": {"command": "/no/" + evil}}},
            {"mcpServers": {"it": {"command": sys.executable, "env": {evil: 3}}}},
            {"mcpServers": {"it": {evil: 1}}},
            {evil: {"command": "x"}},
            "{" + evil,
        ):
            with self.subTest(content=content):
                done = self.check(content)
                self.assertFalse(set("\x1b\x07\x9b\u202e") & set(done.stdout + done.stderr))

    def test_marks_that_the_encoding_has(self):
        path = write_file(
            os.path.join(self.folder, "mcp.json"), '{"mcpServers": {"a": {"url": "x"}, "b": {}}}'
        )
        for encoding, marks in (
            ("utf-8", ("  - ", "  \u2717 ")),
            ("ascii", ("  skip ", "  FAIL ")),
            ("cp1252", ("  FAIL ",)),
        ):
            with self.subTest(encoding=encoding):
                done = run_command(["check", "--static", path], encoding=encoding)
                for mark in marks:
                    self.assertIn(mark, done.stdout)

    def test_texts_of_any_length_are_cut(self):
        done = self.check_entry({"command": "/" + "x" * 100000})
        self.assertLess(max(map(len, done.stdout.splitlines())), 400)

    def test_the_first_line_names_some_causes_and_counts_the_others(self):
        done = self.check({"mcpServers": {"s%d" % number: {} for number in range(9)}})
        self.assertTrue(done.stdout.startswith("9 problems: s0: there is no `command`"))
        self.assertIn("; and more of 5 other servers\n", done.stdout)


class HostileFiles(StaticCheck):
    """Long texts, which take minutes where some step takes quadratic time."""

    def test_each_is_refused_or_judged(self):
        length = 1 << 18
        entry = '{"mcpServers": {"it": {"command": %s, "args": [%s], "env": {%s}}}}'
        python = json.dumps(sys.executable)
        urls = json.dumps(os.path.abspath(os.sep) + "a://b:c@" * (length // 8))
        for name, text, words in (
            ("quotes", '"' + '\\"' * (length // 2), "a string begins here and never ends"),
            ("comments", "/**/" * (length // 4), "the file is empty"),
            ("open comments", "/*" * (length // 2), "a comment begins here and never ends"),
            ("brackets", "[" * length, "nested too deeply"),
            ("digits", '{"a": ' + "9" * length + "}", "there is no server in it"),
            (
                "command",
                entry % ('"' + "a " * (length // 2) + '"', "", ""),
                "a whole command line",
            ),
            (
                "variables",
                entry % ('"' + "${a}" * (length // 4) + '"', "", ""),
                "not every client",
            ),
            (
                "percents",
                entry % ('"' + "%ABC%" * (length // 4) + '"', "", ""),
                "%ABC% is not replaced",
            ),
            ("URLs", entry % (urls, "", ""), "is not there"),
            (
                "secret",
                entry % (python, '"--token", "%sb", "%s"' % ("a" * length, "a" * length), ""),
                "All is well",
            ),
            (
                "secrets",
                entry % (python, ", ".join('"--key=%d"' % i for i in range(20000)), ""),
                "All is well",
            ),
            ("words", entry % (python, '"%s"' % ("a " * (length // 2)), ""), "All is well"),
            ("words of two", entry % (python, ", ".join(['"-a b"'] * 20000), ""), "with blanks"),
            ("options", entry % (python, '"%s"' % ("--a " * (length // 4)), ""), "with blanks"),
            (
                "lines",
                entry % (python, "", '"A": "' + "a\\n" * (length // 3) + '"'),
                "All is well",
            ),
            (
                "servers",
                '{"mcpServers": {%s}}' % ",".join('"%d":{}' % i for i in range(20000)),
                "more than 500 servers",
            ),
            (
                "names",
                "{%s}" % ",".join('"mcpserver%d":{}' % i for i in range(20000)),
                "its key is `mcpServers`",
            ),
        ):
            with self.subTest(name=name):
                done = self.check(text)
                self.assertIn(words, done.stdout + done.stderr)
                self.assertLess(len(done.stdout + done.stderr), 3000)


class Options(unittest.TestCase):
    def test_options_that_need_a_file(self):
        for option in (["--static"], ["--yes"], ["--client", "vscode"]):
            with self.subTest(option=option):
                done = run_command(["check"] + option)
                self.assertEqual(done.status, 2)
                self.assertIn(option[0], done.stderr)

    def test_a_timeout_that_is_no_time(self):
        for text in ("no", "0", "-1", "nan", "inf"):
            with self.subTest(text=text):
                done = run_command(["check", "--timeout=" + text])
                self.assertEqual(done.status, 2)
                self.assertIn("is no number of seconds", done.stderr)


if __name__ == "__main__":
    unittest.main()
