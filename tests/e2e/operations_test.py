"""What takes longer than a call is told also by a host that was killed in the middle of it and came back."""
import signal
import unittest

from e2e import reload_test

_FAILED = "OPERATION_STATE_FAILED"
_SUCCEEDED = "OPERATION_STATE_SUCCEEDED"


class OperationsTest(reload_test.ReloadCase):
    def newest(self):
        return self.host.ask("operation", "list", "--limit", "1")["operations"][0]

    def killed_at(self, point, *command):
        """The host dies there while it works on the command, and comes back: the operation as it was settled."""
        self.host.kill()
        self.host.start(failpoint=point)
        # Its answer may be lost with the host.
        self.host.run(*command, check=False)
        self.assertEqual(self.host.child.wait(60), -signal.SIGKILL, self.host.tail())
        self.host.start()
        operation = self.newest()
        self.assertIn("endTime", operation, operation)
        audit = self.host.ask("audit", "list", "--resource", operation["name"])["records"]
        self.assertEqual([(record["actor"], record["action"]) for record in audit], [("host", operation["method"])])
        waited = self.host.run("operation", "wait", operation["name"], check=False)
        self.assertEqual(waited.returncode, 0 if operation["state"] == _SUCCEEDED else 1, waited.stderr)
        self.assertEqual(self.host.ask("operation", "list", "--state", "running").get("operations", []), [])
        return operation

    def left_of(self, name):
        return sorted(path.name for path in (self.host.data / "backups").iterdir() if path.name.startswith(name))

    def test_a_backup_that_nobody_waits_for(self):
        host = self.host.start()
        begun = host.ask("backup", "create", "monday.db", "--no-wait")["operation"]
        over = host.ask("operation", "wait", begun)["operation"]
        self.assertEqual(over["state"], _SUCCEEDED, over)
        host.run("backup", "verify", over["backup"]["path"])
        self.assertEqual([each["path"] for each in host.ask("backup", "list")["backups"]], [over["backup"]["path"]])
        self.assertEqual(host.stop(), 0)
        host.start()
        self.assertEqual(self.newest(), over, "what became of it outlives the host")

    def test_killed_in_the_middle_of_a_backup(self):
        for wait in ([], ["--no-wait"]):
            for point in ("backup-before-rename", "backup-before-manifest"):
                with self.subTest(point=point, wait=wait):
                    name = f"{point}{len(wait)}.db"
                    operation = self.killed_at(point, "backup", "create", name, *wait)
                    self.assertEqual(operation["state"], _FAILED)
                    self.assertEqual(operation["errorReason"], "OPERATION_INTERRUPTED")
                    self.assertIn("Ask again", operation["error"])
                    self.assertEqual(self.left_of(name), [], "half a backup is left")
                    made = self.host.ask("backup", "create", name)
                    self.host.run("backup", "verify", made["path"])
        operation = self.killed_at("backup-before-ending", "backup", "create", "complete.db", "--no-wait")
        self.assertEqual(operation["state"], _SUCCEEDED, "it was complete")
        self.assertEqual(self.left_of("complete.db"), ["complete.db", "complete.db.json"])
        self.host.run("backup", "verify", operation["backup"]["path"])

    def test_killed_in_the_middle_of_a_reload(self):
        self.shops()
        self.host.run("plugin", "install", self.bundle("v2"))
        for point in ("reload-in-canary", "reload-before-flip"):
            with self.subTest(point=point):
                operation = self.killed_at(point, "plugin", "reload", "counter", "--version", "1.1.0", "--no-wait")
                self.assertEqual(operation["subject"], "plugins/counter")
                self.assertEqual(operation["errorReason"], "OPERATION_INTERRUPTED")
                self.assertIn("1.0.0 works on", operation["error"])
                self.assertEqual(self.version(), "1.0.0")
                self.until_orders(3)
        operation = self.killed_at("reload-after-flip", "plugin", "reload", "counter", "--version", "1.1.0", "--no-wait")
        self.assertEqual(operation["state"], _SUCCEEDED, "the flip was stored")
        self.assertEqual((operation["reload"]["previousVersion"], operation["reload"]["version"]), ("1.0.0", "1.1.0"))
        self.assertEqual(self.version(), "1.1.0")
        self.until_orders(3)
        self.expect_every_order_once()

        # Back again: stored, and the newer version still works; then over it.
        operation = self.killed_at("reload-before-flip", "plugin", "rollback", "counter", "--no-wait")
        self.assertEqual(operation["method"], "PluginService.RollbackPlugin")
        self.assertIn("1.1.0 works on", operation["error"])
        operation = self.killed_at("reload-after-flip", "plugin", "rollback", "counter", "--no-wait")
        self.assertEqual(operation["reload"]["version"], "1.0.0", operation)
        self.assertEqual(self.version(), "1.0.0")

    def test_killed_in_the_middle_of_an_installation(self):
        for point in ("install-before-rename", "install-before-commit"):
            with self.subTest(point=point):
                operation = self.killed_at(point, "plugin", "install", self.bundle("v1"), "--no-wait")
                self.assertEqual((operation["method"], operation["subject"]), ("PluginService.InstallPlugin", "plugins/counter"))
                self.assertEqual(operation["errorReason"], "OPERATION_INTERRUPTED")
                self.assertEqual(self.host.ask("plugin", "list").get("plugins", []), [])
        operation = self.killed_at("install-after-commit", "plugin", "install", self.bundle("v1"), "--no-wait")
        self.assertEqual(operation["state"], _SUCCEEDED, "its commit was stored")
        installed = operation["installedPlugin"]["plugin"]
        self.assertEqual((installed["name"], installed["version"]), ("plugins/counter", "1.0.0"))
        self.assertEqual(self.version(), "1.0.0")

    def test_a_reload_that_nobody_waits_for(self):
        self.shops()
        self.host.run("plugin", "install", self.bundle("v2"))
        begun = self.host.ask("plugin", "reload", "counter", "--no-wait")["operation"]
        over = self.host.ask("operation", "wait", begun)["operation"]
        self.assertEqual(over["state"], _SUCCEEDED, over)
        self.assertEqual(over["reload"]["version"], "1.1.0")
        self.assertEqual(self.version(), "1.1.0")
        outcomes = [record["outcome"] for record in self.host.ask("audit", "list", "--resource", begun)["records"]]
        self.assertEqual(outcomes, ["ok"])


if __name__ == "__main__":
    unittest.main()
