"""Locks: who writes keeps other writers out, and nothing is left behind."""

import os
import time
import unittest
from unittest import mock

from cwd_server.commands.config import file_lock
from cwd_server.commands.config.edits import ConfigConflict
from cwd_server.commands.config.file_lock import client_lock, exclusive_file, locked_folder
from tests.support.cases import not_root, posix
from tests.support.files import temporary_directory, write_file


class Locks(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_directory(self)
        for limit in ("FOLDER_TIMEOUT", "CLIENT_TIMEOUT"):
            patch = mock.patch.object(file_lock, limit, 0.05)
            patch.start()
            self.addCleanup(patch.stop)

    def make_old(self, path):
        long_ago = time.time() - file_lock.STALE_AGE - 1
        os.utime(path, (long_ago, long_ago))

    def test_our_writers_lock_one_another_out(self):
        with locked_folder(self.folder):
            other = locked_folder(self.folder)
            with self.assertRaisesRegex(ConfigConflict, "another cwd_server"), other:
                self.fail("two writers at once")
        with locked_folder(self.folder):
            pass
        self.assertEqual(os.listdir(self.folder), [])

    def test_the_same_by_a_file_where_folders_cannot_be_locked(self):
        path = os.path.join(self.folder, "lock")
        with exclusive_file(path):
            other = exclusive_file(path)
            with self.assertRaisesRegex(ConfigConflict, "another cwd_server"), other:
                self.fail("two writers at once")
        self.assertEqual(os.listdir(self.folder), [])
        self.make_old(write_file(path, ""))
        with exclusive_file(path):
            pass
        self.assertEqual(os.listdir(self.folder), [])

    def test_an_error_inside_lets_go(self):
        path = os.path.join(self.folder, "lock")
        for lock in (locked_folder(self.folder), exclusive_file(path), client_lock(path)):
            with self.assertRaises(KeyError), lock:
                raise KeyError
        self.assertEqual(os.listdir(self.folder), [])
        with locked_folder(self.folder):
            pass

    def test_a_client_s_lock_that_is_stale(self):
        path = os.path.join(self.folder, "file")
        os.mkdir(path + ".lock")
        with self.assertRaisesRegex(ConfigConflict, "its client is writing it"), client_lock(path):
            self.fail("beside a client")
        self.make_old(path + ".lock")
        with client_lock(path):
            pass
        self.assertEqual(os.listdir(self.folder), [])

    @posix
    @not_root
    def test_folders_that_may_not_be_read_or_written(self):
        os.chmod(self.folder, 0o300)
        with locked_folder(self.folder):
            pass
        os.chmod(self.folder, 0o500)
        with client_lock(os.path.join(self.folder, "file")):
            pass


if __name__ == "__main__":
    unittest.main()
