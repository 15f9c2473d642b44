"""A plugin that cannot be used is refused by the whole host, which goes on as if nothing had been tried."""
import unittest

from harness.case import WorldTest
from harness.places import BUILD
from harness.polling import until


class BadPluginTest(WorldTest):
    def test_the_installation_fails_and_the_host_lives_on(self):
        world = self.world(listings=[{"sku": "MUG", "quantity": 50}])
        host = world.set_up(channels=("uk",), listed=1).host
        pid = host.child.pid
        for bundle in ("no_symbol", "constructor_segfaults", "constructor_blocks", "nodelete"):
            with self.subTest(bundle=bundle):
                failed = host.run("plugin", "install", BUILD / "bundles" / "bad" / bundle, check=False)
                self.assertEqual(failed.returncode, 1, failed.stderr)
                self.assertIn("error:", failed.stderr)
                self.assertEqual([plugin["name"] for plugin in host.ask("plugin", "list")["plugins"]], ["plugins/amazon"])
        missing = host.run("plugin", "install", "/no/such/bundle", check=False)
        self.assertEqual(missing.returncode, 1, missing.stderr)
        # The same process still brings orders.
        order = world.sim.place(("MUG", 1))
        world.sim.advance(600)
        host.sync("shop.orders")
        until(lambda: order in host.orders(), "the order is there", 60)
        self.assertEqual(host.child.pid, pid)
        self.assertEqual(host.stop(), 0)


if __name__ == "__main__":
    unittest.main()
