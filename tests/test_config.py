"""`config`: sixteen clients' entries, and adding one to a file that belongs to somebody else."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import unittest

from cwd_server.commands import config
from cwd_server.commands.clients import CLIENTS, TRIED, words_of
from tests import ARCHIVE, PYPY, ROOT, STARTS, answers, environment, request, run
from tests.test_main import EachStart

NAMES = [
    "claude-desktop", "claude-code", "cursor", "vscode", "windsurf", "cline", "zed", "codex", "gemini", "continue",
    "lm-studio", "goose", "kiro", "opencode", "copilot-cli", "warp",
]  # fmt: skip
JSON_CLIENTS = [name for name in NAMES if CLIENTS[name].kind.startswith("json ")]
AWKWARD = 'it\'s "a" \u00e9 \u76ee \U0001f600 back\\slash, [b]: #c {d}\ttab\x7f\u0085\u2028'


def read(form, key, text):
    """Return the one entry of a printed text; TOML and YAML are read as what they share with JSON."""
    if form == "json":
        (entry,) = json.loads(text)[key].values()
        return entry
    text = re.sub(r"\\U(\w{8})", lambda found: json.dumps(chr(int(found.group(1), 16)))[1:-1], text)
    colon = " = " if form == "toml" else ": "
    pairs = re.findall("^[- ]*([a-z]+)" + re.escape(colon) + "(.+)$", text, re.M)
    return {field: json.loads(value) for field, value in pairs}


class Config(EachStart):
    def config(self, *arguments, **options):
        return run(STARTS["archive"] + ["config"] + list(arguments), **options)


class Entries(Config):
    def test_the_clients_are_these(self):
        self.assertEqual(list(CLIENTS), NAMES)
        for done in self.each("config"):
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertEqual([line.split()[0] for line in done.stdout.decode().splitlines()], NAMES)

    def test_each_starts_from_root_without_a_path(self):
        directory = os.path.join(self.directory, AWKWARD)
        os.mkdir(directory)
        archive = shutil.copy(ARCHIVE, os.path.join(directory, "the server.pyz"))
        env = {"PATH": ""}
        if PYPY:  # which cannot open a file of that name in the C locale
            env["LC_ALL"] = "C.UTF-8"
        for name in NAMES:
            with self.subTest(client=name):
                done = run([sys.executable, archive, "config", name, "--cwd", directory])
                self.assertEqual(done.returncode, 0)
                entry = read(*CLIENTS[name].kind.split(), done.stdout.decode("utf-8"))
                words = words_of(entry)
                self.assertEqual(words, [sys.executable, "-I", "-S", archive, "--cwd", directory])
                self.assertIn(CLIENTS[name].title, done.stderr.decode("utf-8"))
                done = run(words, [request("CallTool", name="get_cwd")], cwd=os.sep, env=env)
                self.assertTrue(
                    answers(done)[0]["result"]["content"][0]["text"].startswith("Current Working Directory: ")
                )
                self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_toml_is_toml(self):
        try:
            import tomllib
        except ImportError:
            self.skipTest("no tomllib before Python 3.11")
        for name in ("a", "a b", 'a"\u00e9.c'):
            done = self.config("codex", "--name", name)
            self.assertEqual(list(tomllib.loads(done.stdout.decode("utf-8"))["mcp_servers"]), [name])

    def test_source_tree_makes_an_entry_too(self):
        for done in self.each("config", "cursor", cwd=self.directory, env=environment()):
            words = words_of(json.loads(done.stdout.decode())["mcpServers"]["cwd_server"])
            self.assertTrue(os.path.isabs(words[3]))
            called = run(words, [request("CallTool", name="get_cwd")], cwd=os.sep, env={})
            self.assertIn("Current Working Directory: ", called.stdout.decode())

    def test_relative_and_home_paths_become_absolute(self):
        os.mkdir(os.path.join(self.directory, "sub"))
        for given in ("sub", "./sub", "~/sub"):
            done = self.config("cursor", "--cwd", given, cwd=self.directory, env=environment(HOME=self.directory))
            words = words_of(json.loads(done.stdout.decode())["mcpServers"]["cwd_server"])
            self.assertEqual(words[-1], os.path.join(self.directory, "sub"))

    def test_tools_of_one_s_own_may_import_what_is_installed(self):
        path, packed = (os.path.join(self.directory, name) for name in ("mine.py", "mine.pyz"))
        with open(path, "w") as file:
            file.write("from cwd_server.toolkit import tool\n@tool\ndef one() -> int:\n    return 1\n")
        start = [sys.executable, ARCHIVE]
        self.assertEqual(run([*start, "pack", path, "-o", packed]).returncode, 0)
        for command, words in (
            ([*start, "--tools", "mine.py", "config", "cursor"], [*start, "--tools", path]),
            ([*start, "config", "cursor", "--tools=mine.py"], [*start, "--tools", path]),
            ([sys.executable, "mine.pyz", "config", "cursor"], [sys.executable, packed]),
        ):
            done = run(command, cwd=self.directory)
            (entry,) = json.loads(done.stdout.decode())["mcpServers"].values()
            self.assertEqual(words_of(entry), words)
            checked = run([word.replace("config", "check") for word in command if word != "cursor"], cwd=self.directory)
            self.assertEqual(checked.returncode, 0, checked.stdout)
            self.assertRegex(checked.stdout.decode("utf-8", "replace"), "tools/list: (get_cwd, )?one\n")

    def test_a_variable_is_left_to_the_client(self):
        done = self.config("vscode", "--cwd", "${workspaceFolder}")
        self.assertIn('"${workspaceFolder}"', done.stdout.decode())

    def test_wrong_usage(self):
        for arguments, message in (
            (["curser"], "no client 'curser' (did you mean cursor?)"),
            (["xxxxxxx"], "no client 'xxxxxxx'"),
            (["claude-desktop", "--project"], "Claude Desktop keeps no servers in a project"),
            (["cursor", "--cwd", "/no/such"], "--cwd /no/such: no such directory"),
        ):
            for done in self.each("config", *arguments):
                self.assertEqual((done.returncode, done.stdout), (2, b""))
                self.assertRegex(done.stderr.decode(), "^cwd_server: [^\n]*\n$")
                self.assertIn(message, done.stderr.decode())

    @unittest.skipUnless(sys.platform == "linux", "needs file names that are no text")
    def test_path_that_is_no_text(self):
        path = os.path.join(os.fsencode(self.directory), b"\xff")
        os.mkdir(path)
        done = self.config("cursor", "--cwd", path)
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b"only hold paths that are UTF-8", done.stderr)

    def test_what_is_not_verified_is_said_to_be(self):
        for name in NAMES:
            said = b"not tried on this system" in self.config(name).stderr
            self.assertEqual(said, name not in TRIED or sys.platform != "linux", name)


class Places(unittest.TestCase):
    CASES = {  # noqa: RUF012
        ("claude-desktop", "linux"): "~/.config/Claude/claude_desktop_config.json",
        ("claude-desktop", "darwin"): "~/Library/Application Support/Claude/claude_desktop_config.json",
        ("claude-desktop", "win32"): "%APPDATA%\\Claude\\claude_desktop_config.json",
        ("vscode", "darwin"): "~/Library/Application Support/Code/User/mcp.json",
        ("vscode", "win32"): "%APPDATA%\\Code\\User\\mcp.json",
        ("zed", "darwin"): "~/.config/zed/settings.json",
        ("zed", "win32"): "%APPDATA%\\Zed\\settings.json",
        ("goose", "win32"): "%APPDATA%\\Block\\goose\\config\\config.yaml",
        ("cursor", "win32"): "~\\.cursor\\mcp.json",
    }

    def test_each_system(self):
        for (name, platform), path in self.CASES.items():
            self.assertEqual(CLIENTS[name].path(platform), path)
        for name, client in CLIENTS.items():
            for platform in ("linux", "darwin", "win32"):
                self.assertRegex(client.path(platform), r"^(~|%APPDATA%)[/\\]", name)

    def test_windows_paths_in_every_format(self):
        words = ["C:\\Program Files\\Python\\python.exe", "-I", "-S", "C:\\Users\\Zo\u00eb\\new\\table.pyz"]
        for name, client in CLIENTS.items():
            form, key = client.kind.split()
            text = config.formatted(form, key, "cwd_server", client.entry("cwd_server", words))
            self.assertEqual(words_of(read(form, key, text)), words, name)
            self.assertNotIn("{", client.own_way("a b", words, "user").replace('{"', "").replace("{\\", ""), name)


class Write(Config):
    def setUp(self):
        super().setUp()
        self.file = os.path.join(self.directory, "there", "mcp.json")

    def put(self, content, name="mcp.json"):
        self.file = os.path.join(self.directory, name)
        with open(self.file, "wb") as file:
            file.write(content)

    def content(self, path=None):
        with open(path or self.file, "rb") as file:
            return file.read()

    def write(self, *arguments, **options):
        client = options.pop("client", "cursor")
        return self.config(client, "--write", "--file", self.file, *arguments, **options)

    def test_file_and_folders_are_made(self):
        for client in JSON_CLIENTS:
            with self.subTest(client=client):
                shutil.rmtree(os.path.dirname(self.file), ignore_errors=True)
                done = self.write(client=client)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                printed = self.config(client).stdout.decode()
                self.assertEqual(json.loads(self.content().decode()), json.loads(printed))
                self.assertEqual(os.listdir(os.path.dirname(self.file)), ["mcp.json"])

    @unittest.skipUnless(os.name == "posix", "HOME is another variable on Windows")
    def test_default_and_project_files(self):
        for client in ("cursor", "claude-code", "opencode"):
            env = environment(HOME=self.directory)
            self.assertEqual(self.config(client, "--write", env=env).returncode, 0)
            self.assertTrue(os.path.isfile(CLIENTS[client].path().replace("~", self.directory)))
            self.assertEqual(self.config(client, "--write", "--project", env=env, cwd=self.directory).returncode, 0)
            self.assertTrue(os.path.isfile(os.path.join(self.directory, CLIENTS[client].project)))

    def test_everything_else_stays(self):
        before = (
            '{\n    "z": [1, 2.50, {"b": null, "a": "\u00e9 \\\\ \\" \\u0000"}],\n    "mcpServers": {"x": {"command": "y",'  # noqa: E501
            ' "env": {"B": "1", "A": "2"}}},\n    "a": 12345678901234567890,\n    "": true\n}\n'
        )
        self.put(before.encode("utf-8"))
        os.chmod(self.file, 0o640)
        self.assertEqual(self.write().returncode, 0)
        after = self.content().decode("utf-8")
        old, new = (json.loads(text, object_pairs_hook=list) for text in (before, after))
        added = new[1][1].pop()
        self.assertEqual(new, old)
        self.assertEqual(added[0], "cwd_server")
        self.assertIn('\n    "z"', after)
        self.assertTrue(after.endswith("}\n"))
        self.assertEqual(self.content(self.file + ".cwd_server.bak").decode("utf-8"), before)
        for path in (self.file, self.file + ".cwd_server.bak"):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)

    def test_twice_changes_nothing(self):
        self.write()
        before = self.content(), os.stat(self.file).st_mtime, os.listdir(os.path.dirname(self.file))
        done = self.write()
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"already", done.stdout)
        self.assertEqual((self.content(), os.stat(self.file).st_mtime, os.listdir(os.path.dirname(self.file))), before)

    def test_backup_has_what_was_there_before(self):
        self.put(b"somebody else's", "mcp.json.bak")
        self.put(b"{}")
        for number in range(3):
            before = self.content()
            done = self.write("--name", "n%d" % number)
            backup = re.search("with the old content in (.*); restart", done.stdout.decode()).group(1)
            self.assertEqual((done.returncode, self.content(backup)), (0, before))
        self.assertEqual(self.content(self.file + ".bak"), b"somebody else's")

    @unittest.skipUnless(os.name == "posix", "symbolic links take rights on Windows")
    def test_symbolic_link_stays(self):
        self.put(b"{}", "real.json")
        for target in ("real.json", "missing.json"):
            link = self.file = os.path.join(self.directory, "link-to-" + target)
            os.symlink(target, link)
            self.assertEqual(self.write().returncode, 0)
            self.assertTrue(os.path.islink(link))
            self.assertIn(b"cwd_server", self.content(os.path.join(self.directory, target)))

    REFUSED = {  # noqa: RUF012
        "comments": b'{"mcpServers": {} /* mine */}',
        "trailing comma": b'{"mcpServers": {},}',
        "cut off": b'{"mcpServers": {',
        "empty": b"",
        "an array": b"[]",
        "null": b"null",
        "servers are a list": b'{"mcpServers": []}',
        "servers are null": b'{"mcpServers": null}',
        "twice the same name": b'{"mcpServers": {}, "mcpServers": {"x": {}}}',
        "NaN": b'{"a": NaN}',
        "a number too big": b'{"a": 1e999}',
        "half an emoji": b'{"a": "\\ud83d"}',
        "byte order mark": b"\xef\xbb\xbf{}",
        "UTF-16": '{"mcpServers": {}}'.encode("utf-16"),
        "Latin-1": '{"a": "\u00e9"}'.encode("latin-1"),
        "too deep": b'{"a": ' + b"[" * 100000 + b"]" * 100000 + b"}",
        "another server of that name": b'{"mcpServers": {"cwd_server": {"command": "x"}}}',
        "nothing of that name": b'{"mcpServers": {"cwd_server": null}}',
    }

    def test_what_is_not_understood_is_not_touched(self):
        for case, content in self.REFUSED.items():
            with self.subTest(case=case):
                self.put(content)
                done = self.write()
                self.assertEqual(done.returncode, 1)
                self.assertEqual(self.content(), content)
                self.assertEqual(os.listdir(self.directory), ["mcp.json"])
                self.assertEqual(done.stdout, self.config("cursor").stdout)
                self.assertRegex(
                    done.stderr.decode(), "^cwd_server: [^\n]*mcp.json is left as it was: [^\n]*Add this yourself"
                )

    def test_toml_and_yaml_are_not_touched(self):
        for client in ("codex", "goose", "continue"):
            self.put(b"")
            done = self.write(client=client)
            self.assertEqual((done.returncode, self.content()), (1, b""))
            self.assertEqual(done.stdout, self.config(client).stdout)

    def test_what_is_no_file(self):
        self.file = self.directory
        self.assertEqual(self.write().returncode, 1)
        self.file = os.path.join(ARCHIVE, "below", "a", "file")
        done = self.write()
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"Not a directory", done.stderr)

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs a file that does not end")
    def test_a_device_does_not_hang_it(self):
        self.file = "/dev/full"
        self.assertEqual(self.write().returncode, 1)

    @unittest.skipUnless(hasattr(os, "mkfifo"), "no FIFOs here")
    def test_a_pipe_does_not_hang_it(self):
        self.file = os.path.join(self.directory, "pipe")
        os.mkfifo(self.file)
        self.assertEqual(self.write().returncode, 1)


INTERRUPTED = """
import os, signal, sys
from cwd_server.commands import config
steps = int(sys.argv[1])
def watched(name):
    original = getattr(os, name)
    def call(*args, **kwargs):
        global steps
        steps -= 1
        if steps == 0:
            if sys.argv[2] == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(28, "No space left on device")
        return original(*args, **kwargs)
    setattr(os, name, call)
for name in ("makedirs", "open", "fsync", "chmod", "replace"):
    watched(name)
print(config.add(sys.argv[3], "json", "mcpServers", "new", {"command": "x"}))
"""


class Interrupted(unittest.TestCase):
    """End the process, or let the system fail, at each call that changes something."""

    OLD = b'{"mcpServers": {"old": {"command": "precious"}}}'

    def attempts(self, how):
        for step in range(1, 100):
            directory = tempfile.mkdtemp()
            self.addCleanup(shutil.rmtree, directory)
            path = os.path.join(directory, "mcp.json")
            with open(path, "wb") as file:
                file.write(self.OLD)
            done = subprocess.run(
                [sys.executable, "-c", INTERRUPTED, str(step), how, path], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=environment(), cwd=ROOT, timeout=60,
            )  # fmt: skip
            with open(path, "rb") as file:
                yield done.returncode, file.read(), sorted(os.listdir(directory))
            if done.returncode == 0:
                self.assertGreater(step, 6)
                return

    @unittest.skipUnless(hasattr(signal, "SIGKILL"), "needs SIGKILL")
    def test_killed_at_each_step(self):
        for status, content, _ in self.attempts("kill"):
            self.assertIn(status, (0, -signal.SIGKILL))
            self.assertEqual(content == self.OLD, status != 0)
            self.assertIn("old", json.loads(content.decode())["mcpServers"])

    def test_failure_of_each_step(self):
        for status, content, names in self.attempts("fail"):
            self.assertEqual(content == self.OLD, status != 0)
            self.assertFalse([name for name in names if name.endswith(".tmp")])

    def test_somebody_else_writes_meanwhile(self):
        directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, directory)
        path = os.path.join(directory, "mcp.json")
        with open(path, "wb") as file:
            file.write(b'{"theirs": 1}')
        with self.assertRaisesRegex(ValueError, "changed it just now"):
            config._replace(path, "{}", "{}")
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b'{"theirs": 1}')


if __name__ == "__main__":
    unittest.main()
