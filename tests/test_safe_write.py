"""A file that belongs to somebody else: nothing of it is lost, whatever happens."""

import errno
import os
import stat
import unittest
from unittest import mock

from cwd_server.commands.config import safe_write
from cwd_server.commands.config.edits import ConfigConflict
from cwd_server.commands.config.safe_write import ChangedMeanwhileError, read_file, write_file
from tests.support.cases import linux, posix, windows
from tests.support.files import temporary_directory

OLD = b'{"mine": "old"}\n'
NEW = b'{"mine": "new"}\n'
ACCESS_LIST = "system.posix_acl_access"


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_directory(self)
        self.path = os.path.join(self.folder, "mcp.json")
        self.put(OLD)

    def put(self, content, path=None):
        with open(path or self.path, "wb") as file:
            file.write(content)

    def content(self, path=None):
        with open(path or self.path, "rb") as file:
            return file.read()

    def mode(self, path=None):
        return stat.S_IMODE(os.stat(path or self.path).st_mode)

    def write(self, keep_backup=True, content=NEW):
        return write_file(self.path, read_file(self.path), content, keep_backup)

    @property
    def backup(self):
        return self.path + ".cwd_server.bak"


class Backup(Files):
    def test_the_first_one_stays(self):
        self.assertEqual(self.write().backup, self.backup)
        self.assertIsNone(self.write(content=b"{}").backup)
        self.assertEqual((self.content(self.backup), self.content()), (OLD, b"{}"))

    def test_none_for_a_new_file_and_where_none_is_wanted(self):
        self.write(keep_backup=False)
        self.path = os.path.join(self.folder, "a", "b", "new.json")
        self.write()
        self.assertEqual(sorted(os.listdir(self.folder)), ["a", "mcp.json"])
        self.assertEqual(os.listdir(os.path.dirname(self.path)), ["new.json"])

    @posix
    def test_it_is_for_its_owner_alone(self):
        os.chmod(self.path, 0o644)
        self.write()
        self.assertEqual((self.mode(self.backup), self.mode()), (0o600, 0o644))

    @posix
    def test_never_through_a_link(self):
        precious = os.path.join(self.folder, "precious")
        self.put(b"precious", precious)
        for target in (precious, os.path.join(self.folder, "missing")):
            with self.subTest(target=target):
                self.put(OLD)
                os.symlink(target, self.backup)
                self.write()
                self.assertEqual(self.content(precious), b"precious")
                self.assertFalse(os.path.exists(os.path.join(self.folder, "missing")))
                self.assertEqual(self.content(self.backup), OLD)
                os.unlink(self.backup)

    def test_a_folder_in_its_place_is_named(self):
        os.mkdir(self.backup)
        with self.assertRaises(ConfigConflict) as caught:
            self.write()
        self.assertIn(f"{self.backup}, where its backup goes, is a folder", str(caught.exception))
        self.assertEqual((self.content(), len(os.listdir(self.folder))), (OLD, 2))

    def test_it_is_there_before_the_file_changes(self):
        error = ChangedMeanwhileError
        changed = mock.patch.object(safe_write, "_require_unchanged", side_effect=error)
        with changed, self.assertRaises(error):
            self.write()
        self.assertEqual((self.content(self.backup), self.content()), (OLD, OLD))


class Access(Files):
    @posix
    def test_mode_stays(self):
        for mode in (0o600, 0o640, 0o664, 0o444 | stat.S_IWUSR):
            with self.subTest(mode=oct(mode)):
                os.chmod(self.path, mode)
                self.write()
                self.assertEqual(self.mode(), mode)

    @posix
    def test_new_file_is_for_its_owner_alone(self):
        self.path = os.path.join(self.folder, "new.json")
        self.write()
        self.assertEqual(self.mode(), 0o600)

    @linux
    def test_access_control_list_stays(self):
        permissions = [(1, 6, 0xFFFFFFFF), (2, 6, 5002), (4, 0, 0xFFFFFFFF), (16, 6, 0xFFFFFFFF)]
        permissions.append((32, 0, 0xFFFFFFFF))  # owner, user 5002, group, mask, others
        wanted = (2).to_bytes(4, "little")
        for tag, bits, number in permissions:
            wanted += tag.to_bytes(2, "little") + bits.to_bytes(2, "little")
            wanted += number.to_bytes(4, "little")
        try:
            os.setxattr(self.path, ACCESS_LIST, wanted)
        except OSError:
            self.skipTest("this file system has no access control lists")
        self.write()
        self.assertEqual(os.getxattr(self.path, ACCESS_LIST), wanted)

    @linux
    def test_attributes_stay(self):
        try:
            os.setxattr(self.path, "user.mine", b"x")
        except OSError:
            self.skipTest("this file system has no extended attributes")
        self.write()
        self.assertEqual(os.getxattr(self.path, "user.mine"), b"x")

    @posix
    def test_refused_where_the_owner_would_change(self):
        with mock.patch.object(os, "fchown", side_effect=PermissionError(errno.EPERM, "no")):
            old = read_file(self.path)
            others = old._replace(access=old.access._replace(owner=old.access.owner + 1))
            for keep_backup in (False, True):
                with self.subTest(keep_backup=keep_backup):
                    with self.assertRaisesRegex(ConfigConflict, "belongs to user"):
                        write_file(self.path, others, NEW, keep_backup)
        # No copy of what belongs to somebody else either
        self.assertEqual((self.content(), os.listdir(self.folder)), (OLD, ["mcp.json"]))

    @posix
    def test_what_root_makes_belongs_to_whom_the_folder_belongs(self):
        if os.geteuid() != 0:
            self.skipTest("only root makes files for others")
        os.chown(self.folder, 5001, 5100)
        self.path = os.path.join(self.folder, "a", "new.json")
        self.write()
        for path in (self.path, os.path.dirname(self.path)):
            with self.subTest(path=path):
                status = os.stat(path)
                self.assertEqual((status.st_uid, status.st_gid), (5001, 5100))


class InPlace(Files):
    def failing_move(self, number=errno.EBUSY):
        replace = os.replace

        def move(source, target):
            if target == self.path:
                raise OSError(number, os.strerror(number), target)
            replace(source, target)

        return mock.patch.object(os, "replace", move)

    def write_quietly(self, **options):
        with mock.patch("sys.stderr") as said:
            written = self.write(**options)
        return written, "".join(str(call.args[0]) for call in said.write.mock_calls if call.args)

    def test_where_the_file_cannot_be_moved_onto_its_name(self):
        for number in (errno.EBUSY, errno.EXDEV):
            for content in (NEW, b"{}", NEW * 1000):
                with self.subTest(error=number, length=len(content)), self.failing_move(number):
                    self.put(OLD)
                    written, _ = self.write_quietly(content=content)
                    self.assertTrue(written.in_place)
                    self.assertEqual(self.content(), content)
        self.assertEqual(self.content(self.backup), OLD)
        self.assertEqual(sorted(os.listdir(self.folder)), ["mcp.json", "mcp.json.cwd_server.bak"])

    @unittest.skipUnless(hasattr(os, "link"), "no hard links here")
    def test_both_names_of_a_file_stay_one_file(self):
        other = os.path.join(self.folder, "other.json")
        os.link(self.path, other)
        self.write_quietly(keep_backup=False)
        self.assertTrue(os.path.samefile(self.path, other))
        self.assertEqual(self.content(other), NEW)

    def test_a_complete_copy_is_there_and_named_until_it_is_done(self):
        self.write()  # the backup has OLD now, the file NEW
        for keep_backup in (True, False):
            with self.subTest(keep_backup=keep_backup), self.failing_move():
                interrupted = mock.patch.object(os, "ftruncate", side_effect=KeyboardInterrupt)
                stderr = mock.patch("sys.stderr")
                with interrupted, stderr as said, self.assertRaises(KeyboardInterrupt):
                    self.write(keep_backup, b"half")
                text = "".join(call[1][0] for call in said.write.mock_calls)
                copy = self.path + ".cwd_server.old"
                self.assertIn(copy, text)
                self.assertEqual(self.content(copy), NEW)
                self.put(NEW)
                with self.assertRaisesRegex(ConfigConflict, "interrupted"):
                    self.write_quietly(keep_backup=keep_backup)
                os.unlink(copy)

    def test_what_fails_half_way_is_put_back(self):
        ftruncate = os.ftruncate
        failures = [OSError(errno.ENOSPC, "no space"), None]

        def fail_once(*arguments):
            failure = failures.pop(0)
            if failure:
                raise failure
            ftruncate(*arguments)

        failing = mock.patch.object(os, "ftruncate", fail_once)
        with self.failing_move(), failing, mock.patch("sys.stderr"), self.assertRaises(OSError):
            self.write()
        self.assertEqual(self.content(), OLD)


class Unwritable(Files):
    def test_the_folder_is_named_in_which_no_file_can_be_made(self):
        error = PermissionError(errno.EACCES, "no", os.path.join(self.folder, "random"))
        with mock.patch.object(safe_write.tempfile, "mkstemp", side_effect=error):
            with self.assertRaises(PermissionError) as caught:
                self.write()
        self.assertEqual(caught.exception.filename, self.folder)


class Meanwhile(Files):
    def test_what_somebody_else_wrote_stays(self):
        old = read_file(self.path)
        for change in (lambda: self.put(b"theirs"), lambda: os.unlink(self.path)):
            with self.subTest(change=change):
                change()
                with self.assertRaises(ChangedMeanwhileError):
                    write_file(self.path, old, NEW, keep_backup=True)
        self.put(b"theirs")
        with self.assertRaises(ChangedMeanwhileError):
            write_file(self.path, None, NEW, keep_backup=True)
        self.assertEqual(self.content(), b"theirs")

    def test_leftovers_of_the_killed_are_removed(self):
        for name in (".mcp.json.abc.cwd_server.tmp", ".other.json.abc.cwd_server.tmp"):
            self.put(b"", os.path.join(self.folder, name))
        self.write(keep_backup=False)
        self.assertEqual(
            sorted(os.listdir(self.folder)), [".other.json.abc.cwd_server.tmp", "mcp.json"]
        )


@windows
class InUse(Files):
    """A file that another program has open, as editors and clients have theirs for moments."""

    def closing_it_meanwhile(self, file, content=b""):
        """Return what lets the first wait for an open file write to it and close it."""

        def wait(_):
            file.write(content)
            file.close()

        self.addCleanup(file.close)
        return mock.patch.object(safe_write.time, "sleep", wait)

    def test_until_it_is_closed(self):
        file = open(self.path, "ab")  # noqa: SIM115
        with self.closing_it_meanwhile(file):
            self.assertFalse(self.write().in_place)
        self.assertTrue(file.closed)
        self.assertEqual((self.content(), self.content(self.backup)), (NEW, OLD))

    def test_what_the_other_program_writes_stays(self):
        file = open(self.path, "ab")  # noqa: SIM115
        with self.closing_it_meanwhile(file, b"theirs"), self.assertRaises(ChangedMeanwhileError):
            self.write(keep_backup=False)
        self.assertEqual(self.content(), OLD + b"theirs")
        self.assertEqual(os.listdir(self.folder), ["mcp.json"])

    def test_for_too_long(self):
        limit = mock.patch.object(safe_write, "MOVE_TIMEOUT", 0.1)
        with open(self.path, "rb"), limit, self.assertRaises(PermissionError):
            self.write(keep_backup=False)
        self.assertEqual((self.content(), os.listdir(self.folder)), (OLD, ["mcp.json"]))


class NoFiles(Files):
    def test_folders_pipes_and_devices(self):
        with self.assertRaises(OSError):
            read_file(self.folder)
        if os.name != "nt":  # which says of such a path that it is not there
            with self.assertRaises(OSError):
                read_file(os.path.join(self.path, "below", "a", "file"))
        if hasattr(os, "mkfifo"):
            os.mkfifo(self.path + "2")
            with self.assertRaisesRegex(ConfigConflict, "not a file"):
                read_file(self.path + "2")
        if os.name == "posix" and os.path.exists("/dev/full"):
            with self.assertRaisesRegex(ConfigConflict, "not a file"):
                read_file("/dev/full")

    def test_a_file_beyond_all_measure(self):
        smaller = mock.patch.object(safe_write, "LARGEST_FILE", 10)
        with smaller, self.assertRaisesRegex(ConfigConflict, "larger"):
            read_file(self.path)


if __name__ == "__main__":
    unittest.main()
