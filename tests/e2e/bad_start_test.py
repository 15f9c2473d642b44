"""What must keep the host from starting: it says why and what to do, ends with another status than 0, and damages nothing."""
import contextlib
import hashlib
import os
import pathlib
import resource
import sqlite3
import subprocess
import tempfile
import unittest

from harness import database
from harness.case import WorldTest
from harness.host import Host
from harness.places import program
from harness.polling import until


class BadConfigurationTest(WorldTest):
    """The configuration is wrong before anything is opened: status 2, nothing is made."""

    def refusal(self, text, *arguments):
        with tempfile.TemporaryDirectory(prefix="quayside-bad-") as folder:
            config = pathlib.Path(folder) / "quayside.toml"
            config.write_text(text.replace("DATA", f"{folder}/data"), encoding="utf-8")
            result = subprocess.run([program("quaysided"), "--config", config, *arguments], capture_output=True, text=True, timeout=20,
                                    check=False)
            self.assertEqual(sorted(os.listdir(folder)), ["quayside.toml"], "something was made")
            return result.returncode, result.stderr + result.stdout, str(config)

    def assert_refused(self, text, *said):
        code, output, config = self.refusal(text)
        self.assertEqual(code, 2, output)
        for words in (config, *said):
            self.assertIn(words, output)

    def test_wrong_type(self):
        self.assert_refused('[host]\ndata_dir = "DATA"\n[sync]\nworkers_per_plugin = "many"\n', ":4", "workers_per_plugin",
                            "a whole number from 1 to 64")

    def test_unknown_key(self):
        self.assert_refused('[host]\ndata_dirr = "DATA"\n', ":2", "data_dirr", "did you mean 'data_dir'?")

    def test_no_toml(self):
        self.assert_refused("[host\n", ":1")

    def test_all_mistakes_at_once(self):
        self.assert_refused('[host]\ndata_dir = 7\n[log]\nlevel = "loud"\n[nonsense]\nx = 1\n', "data_dir", "loud", "nonsense")

    def test_development_settings_need_development(self):
        self.assert_refused('[host]\ndata_dir = "DATA"\n[development]\nsimulator_clock_url = "http://127.0.0.1:1/sim/v1/clock"\n',
                            "simulator_clock_url", "development.enabled")

    def test_master_key_in_the_data_folder(self):
        code, output, _ = self.refusal('[host]\ndata_dir = "DATA"\n[security]\nmaster_key_file = "DATA/keys/master.key"\n')
        self.assertEqual(code, 2, output)
        for words in ("security.master_key_file", "data/keys/master.key", "move the file out"):
            self.assertIn(words, output)

    def test_missing_file(self):
        result = subprocess.run([program("quaysided"), "--config", "/nonexistent/quayside.toml"], capture_output=True, text=True,
                                timeout=20, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("/nonexistent/quayside.toml", result.stderr)
        self.assertIn("No such file", result.stderr)


class BadDataTest(WorldTest):
    """There is a data folder with data in it."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="quayside-data-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.host = Host(self.folder)
        self.addCleanup(lambda: self.host.kill())
        self.host.start()
        self.host.run("stock", "set", "MUG", "7", "--create")
        self.assertEqual(self.host.stop(), 0)

    def refused(self, *said, **options):
        code, text = self.host.refused(**options)
        self.assertEqual(code, 1, text)
        for words in said:
            self.assertIn(words, text)

    def digest(self):
        return hashlib.sha256(self.host.database.read_bytes()).hexdigest()

    def refused_unchanged(self, *said, **options):
        before = self.digest()
        self.refused(*said, **options)
        self.assertEqual(self.digest(), before, "the database was changed")

    def works_again(self):
        self.host.start()
        self.assertEqual(int(self.host.items()["MUG"]["available"]), 7)
        self.assertEqual(self.host.stop(), 0)

    def test_master_key_missing(self):
        aside = self.folder / "aside"
        self.host.master_key.rename(aside)
        self.refused_unchanged("KEY_UNAVAILABLE", str(self.host.master_key), "put it back")
        self.assertFalse(self.host.master_key.exists(), "a new key was made over encrypted data")
        aside.rename(self.host.master_key)
        self.works_again()

    def test_master_key_of_another_host(self):
        right = self.host.master_key.read_bytes()
        self.host.master_key.write_bytes(b"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=\n")
        self.refused_unchanged("KEY_UNAVAILABLE", "not the one this database was written with")
        self.host.master_key.write_bytes(right)
        self.works_again()

    def test_master_key_open_to_others(self):
        self.host.master_key.chmod(0o644)
        self.refused_unchanged("KEY_UNAVAILABLE", "chmod 600")
        self.host.master_key.chmod(0o600)
        self.works_again()

    def test_database_of_a_newer_version(self):
        with contextlib.closing(sqlite3.connect(self.host.database)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            connection.execute("PRAGMA user_version = 999")
        self.refused_unchanged("DATABASE_NEWER", "999", "install the newer version")
        with contextlib.closing(sqlite3.connect(self.host.database)) as connection:
            connection.execute(f"PRAGMA user_version = {version}")
        self.works_again()

    def test_database_locked_by_another_program(self):
        with contextlib.closing(sqlite3.connect(self.host.database, isolation_level=None)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            self.refused("DATABASE_LOCKED", "another program", seconds=60)
        self.works_again()

    def test_database_read_only(self):
        self.host.database.chmod(0o400)
        self.refused_unchanged("DATABASE_READ_ONLY", "own the data folder", obey_modes=True)
        self.host.database.chmod(0o600)
        self.works_again()

    def test_data_folder_read_only(self):
        self.host.data.chmod(0o500)
        (self.host.data / "quayside.lock").chmod(0o400)
        self.refused_unchanged("DATABASE_READ_ONLY", "own the data folder", obey_modes=True)
        self.host.data.chmod(0o700)
        (self.host.data / "quayside.lock").chmod(0o600)
        self.works_again()

    def test_database_that_is_none(self):
        good = self.host.database.read_bytes()
        self.host.database.write_bytes(b"not a database " * 1000)
        self.refused_unchanged("DATABASE_CORRUPT", "restore a backup")
        self.host.database.write_bytes(good)
        self.works_again()

    def test_database_damaged_inside(self):
        good = self.host.database.read_bytes()
        page = int.from_bytes(good[16:18], "big")
        damaged = bytearray(good)
        damaged[100:page] = os.urandom(page - 100)  # the schema's first page, behind a good header
        self.host.database.write_bytes(damaged)
        self.refused_unchanged("DATABASE_CORRUPT", "restore a backup")
        self.host.database.write_bytes(good)
        self.works_again()

    def test_database_of_another_application(self):
        self.host.database.unlink()
        with contextlib.closing(sqlite3.connect(self.host.database)) as connection:
            connection.execute("CREATE TABLE theirs (x)")
            connection.commit()
        self.refused_unchanged("DATABASE_CORRUPT", "not a database of this host")


class FullDiskTest(WorldTest):
    """The limit of one file stands for a full disk where nobody may mount one."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="quayside-full-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def mount(self, size):
        disk = self.folder / "disk"
        disk.mkdir()
        result = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "quayside-test", disk], capture_output=True, check=False)
        if result.returncode != 0:
            return None
        self.addCleanup(lambda: subprocess.run(["umount", "--lazy", disk], check=False))
        return disk

    def test_no_space_at_start(self):
        host = Host(self.folder)
        code, text = host.refused(limits=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64)))
        # What cannot be written may be the database, or the log that would say so.
        self.assertEqual(code, 1, text)
        host.start()
        self.assertEqual(host.stop(), 0)

    def test_disk_runs_full_and_has_space_again(self):
        disk = self.mount("3m")
        if disk is None:
            self.skipTest("mounting a small disk needs more rights")
        host = Host(self.folder / "host")
        host.config.write_text(host.config.read_text(encoding="utf-8").replace(str(host.data), str(disk / "data")), encoding="utf-8")
        host.data = disk / "data"
        host.database = host.data / "quayside.db"
        host.socket = host.data / "run" / "quayside.sock"
        self.addCleanup(host.kill)
        host.start()
        host.run("stock", "set", "MUG", "7", "--create")
        ballast = disk / "ballast"
        with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * 4096)

        acknowledged, refusal = 7, None
        for level in range(8, 3000):
            result = host.run("stock", "set", "MUG", str(level), check=False)
            if result.returncode != 0:
                refusal = result.stderr
                break
            acknowledged = level
        self.assertIsNotNone(refusal, "nothing was refused on a full disk")
        self.assertIn("DISK_FULL", refusal)
        self.assertEqual(int(host.items()["MUG"]["available"]), acknowledged, "a refused change was made, or an acknowledged one lost")

        # A start on a full disk: the reason and a status, or it comes up and serves reads.
        host.kill()
        code, text = self._restart_when_full(host)
        if code is not None:
            self.assertEqual(code, 1, text)
            self.assertIn("DISK_FULL", text)

        ballast.unlink()
        if code is not None:
            host.start()
        until(lambda: host.run("stock", "set", "MUG", "9999", check=False).returncode == 0, "work goes on when there is space", 20)
        self.assertEqual(int(host.items()["MUG"]["available"]), 9999)
        self.assertEqual(host.stop(), 0, host.tail())
        with database.copy_of(host.database) as connection:
            self.assertTrue(database.is_sound(connection))

    def _restart_when_full(self, host):
        before = len(host.log.read_text(encoding="utf-8"))
        host.launch()
        until(lambda: host.child.returncode is not None or host.answers(), "it refuses or answers", 30)
        if host.child.returncode is None:
            return None, ""
        return host.child.returncode, host.log.read_text(encoding="utf-8")[before:]


if __name__ == "__main__":
    unittest.main()
