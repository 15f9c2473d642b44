"""A backup of a host at work, the way back into a world that went on, and the doctor before, between and after."""
import json
import shutil
import unittest

from e2e import despatch_test, post_sale_test
from harness.case import WorldTest
from harness.polling import until


class BackupTest(WorldTest):
    def quayside(self, host, *arguments, check=True):
        """A command that looks at this machine, with the host's configuration."""
        return host.run(*arguments, "--config", host.config, check=check)

    def findings(self, host, state):
        text = self.quayside(host, "--json", "doctor", check=False).stdout
        return [each for each in json.loads(text)["findings"] if each["state"] == state]

    def test_what_was_confirmed_since_is_not_confirmed_again_and_no_quantity_goes_out(self):
        world = despatch_test.shop_of(self)
        host = world.host
        world.settle(lambda: world.sim.quantity("MUG") == 50, "Amazon shows the stock", 60)
        self.assertEqual(self.findings(host, "problem"), [])

        # A package waits when the backup is made, and is confirmed after it.
        order = despatch_test.buy(world, ("MUG", 2))
        host.run("sync", "pause", "shop.despatch", "--note", "the backup comes first")
        host.run("orders", "despatch", order, "--carrier", "Royal Mail", "--tracking", "QK123")
        made = host.ask("backup", "create", "monday.db")
        self.assertEqual([each["path"] for each in host.ask("backup", "list")["backups"]], [made["path"]])
        self.assertNotEqual(host.run("backup", "create", "monday.db", check=False).returncode, 0, "none is replaced")
        host.run("sync", "resume", "shop.despatch")
        despatch_test.becomes(world, order, "CONFIRMED")
        host.run("stock", "set", "MUG", "30")
        world.settle(lambda: world.sim.quantity("MUG") == 30, "Amazon shows the newer number", 60)

        refused = self.quayside(host, "backup", "restore", made["path"], "--yes", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("DATABASE_LOCKED", refused.stderr)
        self.assertEqual(host.stop(), 0)
        self.assertIn("no host runs", self.findings(host, "problem")[0]["found"])
        host.run("backup", "verify", made["path"])
        told = self.quayside(host, "backup", "restore", made["path"], "--yes").stdout
        self.assertIn("what was there is kept in", told)

        host.start()
        host.run("sync", "resume", "shop.despatch", check=False)
        despatch_test.becomes(world, order, "CONFIRMED")
        self.assertEqual(len(despatch_test.packages(world, order)), 1, "confirmed twice")
        until(host.stopped_channels, "the quantities wait for a person", 60)
        self.assertEqual(world.sim.quantity("MUG"), 30, "an old number went over a newer one")
        until(lambda: "restored" in host.plan("uk")["why"], "the plan says why", 60)
        host.run("stock", "set", "MUG", "30")
        world.settle(lambda: not host.stopped_channels(), "the plan is let go", 60)

    def test_a_refund_that_went_since_is_not_paid_twice_but_a_persons_to_look_at(self):
        world = despatch_test.shop_of(self)
        host = world.host
        order = post_sale_test.sold(world, ("MUG", 1))
        host.run("sync", "pause", "shop.post-sale", "--note", "the backup comes first")
        host.run("orders", "refund", order, "--reason", "goodwill", "--line", "MUG=1.50")
        made = host.ask("backup", "create", "monday.db")
        host.run("sync", "resume", "shop.post-sale")
        post_sale_test.action_becomes(world, order, "DONE")
        self.assertEqual(host.stop(), 0)
        self.quayside(host, "backup", "restore", made["path"], "--yes")

        host.start()
        host.run("sync", "resume", "shop.post-sale")
        unclear = post_sale_test.action_becomes(world, order, "UNCLEAR")
        self.assertIn("restored from a backup", unclear["message"])
        self.assertIn("unclear: 1", " ".join(each["found"] for each in self.findings(host, "remark")))
        host.run("orders", "post-sale", "settle", order, "1", "--done")
        post_sale_test.action_becomes(world, order, "DONE")
        self.assertEqual(len(post_sale_test.there(world.sim, order)), 1, "paid twice")

    def test_a_backup_without_its_key_is_refused(self):
        world = self.world()
        host = world.host.start()
        made = host.ask("backup", "create", str(host.folder / "copy.db"))
        self.assertEqual(host.stop(), 0)
        shutil.move(host.master_key, host.folder / "elsewhere.key")
        refused = self.quayside(host, "backup", "restore", made["path"], "--yes", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("KEY_UNAVAILABLE", refused.stderr)


if __name__ == "__main__":
    unittest.main()
