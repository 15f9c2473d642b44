"""An operator replaces a plugin under load, from the command line; a version that kills the host does so twice and no more."""
import json
import pathlib
import signal
import shutil
import tempfile
import unittest

from harness.host import MODE, CliError, Host
from harness.places import BUILD, is_sanitized, program
from harness.polling import until
from harness.process import Child, stop_all

_VERSIONS = BUILD / "bundles" / "versions"
_SHOPS = ("a", "b", "c", "d")


class ReloadCase(unittest.TestCase):
    """A host whose plugin "counter" has several versions."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="quayside-reload-"))
        self.host = Host(self.folder / "host")
        self.key = self.host.local("--json", "plugin", "keygen", "--name", "Counter releases", "--plugin", "counter", "--isolation",
                                   "in_process", "--out", self.folder)["key"]
        self.host.run("plugin", "trust", "add", self.folder / f"{self.key}.toml", "--trusted-keys", self.host.trusted_keys)

    def bundle(self, name):
        """A signed copy of that version; its key grants the host's own process."""
        folder = self.folder / "bundles" / name
        if not folder.exists():
            shutil.copytree(_VERSIONS / name, folder)
            self.host.run("plugin", "sign", folder, "--key", self.folder / f"{self.key}.pem")
        return folder

    def tearDown(self):
        self.host.kill()
        stop_all()
        shutil.rmtree(self.folder, ignore_errors=True)

    def development(self):
        with open(self.host.config, "a", encoding="utf-8") as config:
            config.write("[development]\nenabled = true\n")

    def shops(self, pace_us=5000):
        self.host.start()
        self.host.run("plugin", "install", self.bundle("v1"))
        for shop in _SHOPS:
            self.host.run("account", "add", shop, "--plugin", "counter", "--option", f"pace_us={pace_us}")
            self.host.run("channel", "add", f"{shop}-main", "--account", shop, "--marketplace", "main")
            self.host.run("channel", "enable", f"{shop}-main")
        self.until_orders(10)

    def until_orders(self, more):
        """So many more orders of each shop."""
        def items():
            return {name: int(lane.get("itemsTotal", 0)) for name, lane in self.host.lanes().items()}
        before = items()
        until(lambda: all(now >= before.get(name, 0) + more for name, now in items().items()), f"{more} more orders of each shop", 60)

    def version(self):
        return self.host.ask("plugin", "show", "counter")["plugin"]["version"]

    def expect_every_order_once(self):
        for shop in _SHOPS:
            numbers = sorted(int(external.split("-")[1]) for external, copies in self.host.orders(shop).items() for _ in copies)
            self.assertTrue(numbers, f"{shop} has orders")
            self.assertEqual(numbers, list(range(len(numbers))), f"orders of {shop}")


class ReloadTest(ReloadCase):
    def test_reload_under_load(self):
        self.shops()
        host = self.host
        placed = host.run("plugin", "install", self.bundle("v2")).stdout
        self.assertIn("installed plugins/counter 1.1.0 (placed beside 1.0.0", placed)
        self.assertEqual(self.version(), "1.0.0")

        dry = host.run("plugin", "reload", "counter", "--dry-run").stdout
        self.assertIn("would reload 1.0.0 -> 1.1.0", dry)
        self.assertEqual(self.version(), "1.0.0")

        text = host.run("plugin", "reload", "counter", "--canary-lane", "b.orders").stdout
        for state in ("LOADED", "PROBED", "CANARY       b.orders", "ACTIVE", "DRAINING", "WARM"):
            self.assertIn(state, text)
        self.assertRegex(text, r"reloaded 1\.0\.0 -> 1\.1\.0: control \d+\.\d ms")
        self.assertEqual(self.version(), "1.1.0")
        self.until_orders(10)

        # One that breaks is taken back, and nobody notices.
        with self.assertRaises(CliError) as failed:
            host.run("plugin", "install", self.bundle("throws"), "--reload")
        self.assertEqual(failed.exception.code, 1)
        self.assertIn("CANARY_FAILED", failed.exception.text)
        # Its positions are of the old schema's: refused by name, or taken back; the version in force stays.
        self.assertEqual(self.version(), "1.1.0")

        self.assertIn("would go back 1.1.0 -> 1.0.0", host.run("plugin", "rollback", "counter", "--dry-run").stdout)
        self.assertEqual(self.version(), "1.1.0")
        self.assertIn("went back 1.1.0 -> 1.0.0", host.run("plugin", "rollback", "counter").stdout)
        self.assertEqual(self.version(), "1.0.0")
        self.until_orders(5)
        lines = [json.loads(line) for line in host.run("--json", "plugin", "reload", "counter", "--version", "1.0.0",
                                                             "--allow-downgrade").stdout.splitlines()]
        self.assertIn("report", lines[-1])
        actions = [record["action"] for record in host.ask("audit", "list", "--resource", "plugins/counter")["records"]]
        self.assertIn("plugin.rolled_back", actions)

        drained = host.run("admin", "drain").stdout
        self.assertIn("drained", drained)
        self.assertEqual(host.run("admin", "safe-to-stop").returncode, 0)
        host.run("admin", "resume")
        self.until_orders(5)
        self.expect_every_order_once()
        self.assertEqual(host.stop(), 0, host.tail())

    @unittest.skipIf(is_sanitized(), "nobody marks in the journal how the host died")
    @unittest.skipIf(MODE == "isolated", "a runner contains it: it never kills the host")
    def test_a_version_that_kills_the_host_is_quarantined(self):
        self.shops()
        host = self.host
        host.run("plugin", "install", self.bundle("aborts"))
        host.run("plugin", "reload", "counter", "--no-canary", check=False)
        self.assertEqual(host.child.wait(30), -signal.SIGABRT)
        # It was active: the next start runs it once more, and dies again.
        self.assertEqual(host.launch().wait(30), -signal.SIGABRT)
        host.start()
        self.assertEqual(self.version(), "1.0.0")
        versions = {each["version"]: each for each in host.ask("plugin", "status", "counter")["plugin"]["versions"]}
        self.assertEqual(versions["2.0.4"]["state"], "PLUGIN_VERSION_STATE_QUARANTINED")
        self.assertIn("SIGABRT in order_sync/1", versions["2.0.4"]["reason"])
        self.until_orders(5)
        with self.assertRaises(CliError) as refused:
            host.run("plugin", "reload", "counter", "--version", "2.0.4")
        self.assertIn("PLUGIN_QUARANTINED", refused.exception.text)
        host.run("plugin", "release", "counter", "2.0.4")
        versions = {each["version"]: each for each in host.ask("plugin", "status", "counter")["plugin"]["versions"]}
        self.assertEqual(versions["2.0.4"]["state"], "PLUGIN_VERSION_STATE_GOOD")
        self.expect_every_order_once()

    def test_killed_in_the_middle_of_a_flip(self):
        """Before it is stored the old version comes back, after that the new one; positions and options are of that version."""
        self.shops()
        self.host.run("plugin", "install", self.bundle("v2"))
        for point, version in (("reload-before-flip", "1.0.0"), ("reload-after-flip", "1.1.0")):
            with self.subTest(point=point):
                self.host.kill()
                self.host.start(failpoint=point)
                self.until_orders(3)
                self.host.run("plugin", "reload", "counter", "--version", "1.1.0", check=False)
                self.assertEqual(self.host.child.wait(30), -signal.SIGKILL, self.host.tail())
                self.host.start()
                self.assertEqual(self.version(), version)
                self.until_orders(5)
                self.expect_every_order_once()

    def test_killed_in_the_middle_of_a_canary_or_a_way_back(self):
        """Whatever was stored by then, the old version works, and what the canary left is put right."""
        self.shops()
        self.host.run("plugin", "install", self.bundle("late_upgraded"), "--allow-downgrade")
        for point in ("reload-in-canary", "reload-before-take-back", "reload-after-take-back"):
            with self.subTest(point=point):
                self.host.kill()
                self.host.start(failpoint=point)
                self.until_orders(3)
                self.host.run("plugin", "reload", "counter", "--version", "2.1.2", "--canary-steps", "50", "--allow-downgrade", check=False)
                self.assertEqual(self.host.child.wait(30), -signal.SIGKILL, self.host.tail())
                self.host.start()
                self.assertEqual(self.version(), "1.0.0")
                self.until_orders(5)
                self.expect_every_order_once()
        self.host.run("plugin", "install", self.bundle("v2"), "--allow-downgrade")
        for point, version in (("reload-before-swap-back", "1.1.0"), ("reload-after-swap-back", "1.0.0")):
            with self.subTest(point=point):
                self.host.kill()
                self.host.start(failpoint=point)
                if self.version() != "1.1.0":
                    self.host.run("plugin", "reload", "counter", "--version", "1.1.0", "--allow-downgrade")
                else:
                    # A fresh copy, so that the one before is WARM.
                    self.host.run("plugin", "reload", "counter", "--version", "1.0.0", "--allow-downgrade")
                    self.host.run("plugin", "reload", "counter", "--version", "1.1.0", "--allow-downgrade")
                self.until_orders(3)
                self.host.run("plugin", "rollback", "counter", check=False)
                self.assertEqual(self.host.child.wait(30), -signal.SIGKILL, self.host.tail())
                self.host.start()
                self.assertEqual(self.version(), version)
                self.until_orders(5)
                self.expect_every_order_once()
        states = [each["state"] for each in self.host.ask("plugin", "status", "counter")["plugin"]["versions"]]
        self.assertNotIn("PLUGIN_VERSION_STATE_QUARANTINED", states)

    def test_a_kill_from_outside_is_held_against_nobody(self):
        self.shops()
        for _ in range(4):
            self.host.kill()
            self.host.start()
            self.until_orders(3)
        states = [each["state"] for each in self.host.ask("plugin", "status", "counter")["plugin"]["versions"]]
        self.assertEqual(states, ["PLUGIN_VERSION_STATE_ACTIVE"])

    def test_a_bundle_in_the_watched_folder_takes_over(self):
        watched = self.folder / "watched"
        watched.mkdir()
        text = self.host.config.read_text(encoding="utf-8")
        self.host.config.write_text(text.replace("[plugins]\n", f"[plugins]\nwatch_folder = {json.dumps(str(watched))}\n"), encoding="utf-8")
        self.shops()
        shutil.copytree(self.bundle("v1_next"), watched / "counter-next")
        until(lambda: self.version() == "1.0.1", "the dropped version works", 60)
        # One that breaks is refused once, and told.
        shutil.copytree(self.bundle("throws"), watched / "counter-bad")
        until(lambda: any(record["action"] == "plugin.drop_refused"
                          for record in self.host.ask("audit", "list", "--resource", "plugins/counter")["records"]), "it is refused", 60)
        self.assertEqual(self.version(), "1.0.1")
        dropped = {record["actor"] for record in self.host.ask("audit", "list", "--resource", "plugins/counter")["records"]
                   if record["action"] == "plugin.installed" and record["details"]["version"] != "1.0.0"}
        self.assertEqual(dropped, {"watched folder"})
        self.until_orders(3)
        self.expect_every_order_once()

    def build(self):
        """A build folder that makes a changed library of the installed version: of build/changed.so, whatever that is."""
        build = self.folder / "build"
        (build / "bundles" / "counter").mkdir(parents=True)
        changed = build / "changed.so"
        changed.write_bytes((_VERSIONS / "v1" / "plugin.so").read_bytes() + b"\0")
        shutil.copy(_VERSIONS / "v1" / "manifest.json", build / "bundles" / "counter")
        (build / "build.ninja").write_text("rule copy\n  command = cp $in $out\nbuild bundles/counter/plugin.so: copy changed.so\n")
        return build

    def test_development_loop(self):
        self.development()
        self.shops()
        build = self.build()
        text = self.host.run("plugin", "dev", build, "--once").stdout
        self.assertRegex(text, r"reloaded 1\.0\.0 -> 1\.0\.0\+dev\.[0-9a-f]{8}: control")
        self.assertRegex(text, r"canary orders: \d+ good, 0 failed", "what the canary saw")
        self.assertEqual(self.host.ask("plugin", "show", "counter")["plugin"]["isolation"], "ISOLATION_MODE_ISOLATED")
        self.assertRegex(self.version(), r"1\.0\.0\+dev\.[0-9a-f]{8}")
        self.assertIn("works", self.host.run("plugin", "dev", build, "--once").stdout)
        self.until_orders(5)
        self.expect_every_order_once()

    def test_development_loop_follows_every_change_until_it_is_ended(self):
        self.development()
        self.shops()
        build = self.build()
        loop = Child([program("quayside"), "--socket", self.host.socket, "plugin", "dev", build], self.folder / "dev.log")
        versions = []
        for turn in (1, 2):
            until(lambda turn=turn: loop.log_text().count("waiting for a change") == turn or loop.returncode is not None,
                  f"turn {turn} is over", 90)
            self.assertEqual(loop.log_text().count(": control"), turn, loop.log_text())
            versions.append(self.version())
            if turn == 1:
                with open(build / "changed.so", "ab") as library:
                    library.write(b"\0")
        self.assertNotEqual(versions[0], versions[1])
        loop.process.send_signal(signal.SIGINT)
        self.assertEqual(loop.wait(30), 0, loop.log_text())
        self.until_orders(5)
        self.expect_every_order_once()


if __name__ == "__main__":
    unittest.main()
