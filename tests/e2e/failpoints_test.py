"""Each fail point is hit once: the host dies there by SIGKILL, comes back, and nothing is lost, doubled or wrong."""
import signal
import unittest

from harness import comparison, database, documents
from harness.case import WorldTest
from harness.places import AMAZON_BUNDLE
from harness.polling import TimedOut, until
from harness.sim import WIDE_LIMITS

# Reached by installing, by the first start, by documents of quantities; by a report (host/net/spool_test.cc), a step that is
# stuck, a channel that is disabled, quantities polled one by one (host/sync/engine_kill_test.cc);
# by a plan; by a reload and a backup (operations_test.py); by packages that leave (despatch_test.py); by cancellations and refunds (post_sale_test.py); by
# stock of a fulfilment centre (fba_test.py).
_NOT_IN_STEPS = ("install-", "start-", "bulk-", "read-back-", "document-", "fence-", "end-runs-", "poll-", "gate-", "reload-",
                 "despatch-", "post-sale-", "centre-stock-", "outbound-", "transfer-", "reconcile-", "completeness-", "backup-")
_LISTINGS = [{"sku": "MUG", "quantity": 50}, {"sku": "LAMP", "quantity": 50}, {"sku": "CHAIR", "fba": True}]


class FailPointCase(WorldTest):
    def dies(self, host, poke):
        """Pokes the host until its fail point is reached."""
        number = iter(range(10**6))
        until(lambda: host.child.returncode is not None or (poke(next(number)) and False), "the fail point is reached", 60, every=0)
        self.assertEqual(host.child.returncode, -signal.SIGKILL, host.tail())

    def equal(self, world, after):
        last = []

        def same():
            world.host.approve_plans()
            last[:] = comparison.compare(world.sim, world.host).texts()
            return not last
        try:
            until(same, "the host's world is Amazon's", 90, every=0.2)
        except AssertionError:
            self.fail(f"after {after}: {last}")


class FailPointsTest(FailPointCase):
    def test_an_unknown_name_is_refused(self):
        world = self.world(listings=[])
        names = world.host.fail_points()
        self.assertGreaterEqual(len(names), 10)

    def test_each_point_of_the_steps(self):
        world = self.world(speed=120, listings=_LISTINGS)
        host, sim = world.host, world.sim
        points = [name for name in host.fail_points() if not name.startswith(_NOT_IN_STEPS)]
        world.set_up(listed=len(_LISTINGS))
        world.link()
        for sku in ("MUG", "LAMP", "CHAIR"):
            host.run("stock", "set", sku, "50")
        self.equal(world, "the set-up")
        host.kill()

        def poke(number):
            if host.answers():
                host.run("stock", "adjust", "LAMP", "-1" if number % 2 else "1", "--note", "poke", check=False)
                if point == "listing-between-vanish-pieces":  # behind a complete pass, which comes once a day
                    host.run("listings", "refresh", "uk", check=False)
                for lane in ("shop.orders", "shop.uk.listings", "shop.inventory"):
                    host.sync(lane)

        for point in points:
            with self.subTest(point=point):
                first = sim.place(("MUG", 1), status="PENDING")
                sim.place(("LAMP", 2), ("MUG", 1))
                sim.place(("CHAIR", 1))
                sim.advance(400)  # far enough back to be shown
                host.launch(failpoint=point)
                self.dies(host, poke)
                sim.act("pay", order_id=first)
                host.start()
                self.equal(world, point)
                host.kill()
        with database.copy_of(host.database) as connection:
            self.assertTrue(database.is_sound(connection))
            received = [attributes["external_id"] for _, _, attributes in database.events(connection, "order.received")]
        self.assertEqual(len(received), len(set(received)), "an order was received twice")
        self.assertEqual(len(received), 3 * len(points))

    def test_each_point_of_the_first_start(self):
        points = [name for name in self.world(listings=[]).host.fail_points() if name.startswith("start-")]
        self.assertGreaterEqual(len(points), 4)
        for point in points:
            with self.subTest(point=point):
                host = self.world(listings=[]).host
                host.launch(failpoint=point)
                self.dies(host, lambda number: None)
                host.start()
                # A secret is sealed under the first key, and readable to the next process.
                host.install()
                host.add_account({"lwa_client_secret": "kept"})
                self.assertEqual(host.stop(), 0)
                host.start()
                self.assertTrue(host.ask("account", "show", "shop")["account"]["secretsSet"]["lwa_client_secret"])
                with database.copy_of(host.database) as connection:
                    self.assertTrue(database.is_sound(connection))
                self.assertEqual(host.stop(), 0)

    def test_a_plan_that_is_being_let_go(self):
        world = self.world(speed=120, listings=_LISTINGS)
        host = world.host
        self.assertIn("gate-between-releases", host.fail_points())
        world.set_up(listed=len(_LISTINGS))
        world.link()
        for sku in ("MUG", "LAMP"):
            host.run("stock", "set", sku, "40")
        until(lambda: any(int(host.plan(channel).get("rows", 0)) == 2 for channel in host.stopped_channels()), "both wait", 60)
        host.kill()
        host.start(failpoint="gate-between-releases")
        host.approve_plans()
        self.dies(host, lambda number: None)
        host.start()
        self.assertEqual(host.stopped_channels(), [], "a person's word outlives the host")
        self.equal(world, "gate-between-releases")

    def test_each_point_of_an_installation(self):
        points = [name for name in self.world(listings=[]).host.fail_points() if name.startswith("install-")]
        self.assertGreaterEqual(len(points), 2)
        for point in points:
            with self.subTest(point=point):
                host = self.world(listings=[]).host
                host.start(failpoint=point)
                self.assertNotEqual(host.run("plugin", "install", host.trust(AMAZON_BUNDLE), check=False).returncode, 0)
                until(lambda host=host: host.child.returncode is not None, "the host is dead", 20)
                self.assertEqual(host.child.returncode, -signal.SIGKILL)
                host.start()
                shown = [plugin["state"] for plugin in host.ask("plugin", "list").get("plugins", [])]
                self.assertEqual(shown, ["PLUGIN_STATE_ACTIVE"] if point == "install-after-commit" else [],
                                 "half an installation is shown")
                host.install()
                plugin = host.ask("plugin", "list")["plugins"][0]
                self.assertEqual(plugin["state"], "PLUGIN_STATE_ACTIVE", plugin)
                left = [path.name for path in (host.data / "plugins" / "amazon").iterdir()]
                self.assertEqual(left, [plugin["version"]], "something of the broken installation is left")
                self.assertEqual(host.stop(), 0)


# Feeds as quick as the test needs them, and such that wait or are worked on for longer than the plugin has patience.
_QUICK = {"queue_s": [1, 2], "work_s": [1, 2]}
_WAITS = {"queue_s": [10**6, 10**6], "work_s": [1, 2]}
_WORKS = {"queue_s": [1, 2], "work_s": [10**6, 10**6]}


class DocumentFailPointsTest(FailPointCase):
    """The same for quantities that travel in documents; and no document is handed over twice."""

    def test_each_point_of_a_document(self):
        listings = [{"sku": f"SKU-{number}", "quantity": 50} for number in range(1, 9)]
        world = self.world(speed=120, listings=listings, sync={"document_from": 1},
                           settings={**WIDE_LIMITS, "feeds": _QUICK})
        host, sim = world.host, world.sim
        known = [name for name in host.fail_points() if name.startswith(("bulk-", "read-back-"))]
        world.set_up(listed=len(listings))
        world.link()
        for listing in listings:
            host.run("stock", "set", listing["sku"], "50")
        self.equal(world, "the set-up")
        host.kill()
        hit = []

        def dies_at(point, feeds, pause):
            pause_between = 40 if point.startswith("read-back") else 1  # what is read back must not change meanwhile

            def poke(number):
                sim.advance(pause)
                if host.answers():
                    for sku in ("SKU-1", "SKU-2", "SKU-3") if number % pause_between == 0 else ():
                        host.run("stock", "adjust", sku, "-1" if number // pause_between % 2 else "1", "--note", "poke", check=False)
                    host.sync("shop.inventory")
            sim.act("settings", feeds=feeds)
            host.launch(failpoint=point)
            self.dies(host, poke)
            hit.append(point)

        def comes_back(point):
            sim.act("settings", feeds=_QUICK)
            host.start()
            left = []

            def equal():
                sim.advance(60)
                left[:] = comparison.compare(sim, host).texts()
                return not left

            try:
                world.settle(equal, f"both worlds are equal after {point}", every=0.2)
            except TimedOut as late:
                status = host.run("sync", "status", check=False).stdout + host.run("sync", "documents", check=False).stdout
                raise TimedOut(f"{late}\n" + "\n".join([*left, status])) from None
            host.kill()

        for point in ("bulk-after-gather", "bulk-before-hand-over", "bulk-after-answer", "bulk-after-poll", "bulk-between-outcomes",
                      "read-back-before-commit", "bulk-after-hand-over"):
            dies_at(point, _QUICK, 60)
            if point != "bulk-after-hand-over":
                comes_back(point)
        # Whether that last document arrived is asked before anything else is sent.
        dies_at("bulk-after-find", _QUICK, 60)
        comes_back("bulk-after-find")
        for point in ("bulk-after-withdraw", "bulk-between-releases"):
            dies_at(point, _WAITS, 900)
            comes_back(point)
        dies_at("bulk-between-frees", _WORKS, 900)
        comes_back("bulk-between-frees")
        self.assertEqual(sorted(hit), sorted(known))
        # The last kill may have come in the middle of a hand-over: the host finds out, as always, and then they agree.
        host.start()
        without_a_feed = {"GATHERING", "SENDING", "UNKNOWN"}
        world.settle(lambda: sim.advance(60) or not [
            document for document in host.ask("sync", "documents").get("documents", [])
            if document["state"].removeprefix("DOCUMENT_STATE_") in without_a_feed], "every document has its feed", every=0.2)
        host.kill()
        self.assertEqual(documents.problems(sim, host), [])


if __name__ == "__main__":
    unittest.main()
