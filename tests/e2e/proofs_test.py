"""What went past the host is found out: quantities that somebody else changed at Amazon, orders that no search ever shows."""
import re
import signal
import unittest
import urllib.request

from e2e.remote_access_test import free_port
from harness import database
from harness.case import WorldTest
from harness.host import CliError
from harness.polling import until
from harness.sim import WIDE_LIMITS

_SYNC = {"reconcile_minutes": 5, "completeness_hours": 6}
_QUICK_REPORTS = {**WIDE_LIMITS, "reports": {"queue_s": [1, 2], "work_s": [1, 2]}}
_FOR_EVER = 10**8
_HOUR = 3600


def told(host, *types):
    """How often each was told, of a host that is stopped for it."""
    host.stop()
    with database.copy_of(host.database) as connection:
        return [len(database.events(connection, kind)) for kind in types]


class DriftTest(WorldTest):
    def set_up_shop(self):
        world = self.world(speed=120, listings=[{"sku": "MUG", "quantity": 80}, {"sku": "CUP", "quantity": 80}], sync=_SYNC)
        port = free_port()
        with world.host.config.open("a", encoding="utf-8") as config:
            config.write(f'[metrics]\nlisten = "127.0.0.1:{port}"\n')
        world.set_up(channels=("uk",), listed=2)
        world.link(channels=("uk",))
        for sku in ("MUG", "CUP"):
            world.host.run("stock", "set", sku, "50")
        world.settle(lambda: world.sim.quantity("MUG") == 50 and world.sim.quantity("CUP") == 50, "Amazon shows the levels", 60)
        return world, port

    def drift(self, host):
        return host.lanes()["shop.uk.reconcile"].get("drift", {})

    def test_somebody_elses_quantity_is_found_told_and_repaired(self):
        world, port = self.set_up_shop()
        host, sim = world.host, world.sim
        until(lambda: int(self.drift(host).get("compared", 0)) == 2, "both are compared", 120)
        self.assertEqual(int(self.drift(host)["found"]), 0)
        sim.act("change-quantity", sku="MUG", quantity=77)
        until(lambda: int(self.drift(host)["found"]) == 1, "the difference is found", 120)
        world.settle(lambda: sim.quantity("MUG") == 50, "Amazon shows the right number again", 60)
        until(lambda: int(self.drift(host)["repaired"]) == 1, "the right number was seen", 120)
        self.assertEqual(host.ask("sync", "drift", "uk").get("drifts", []), [])
        self.assertIn("1 found in all, 1 repaired", host.run("sync", "status").stdout)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        self.assertIn('quayside_drift{account="shop",channel="uk"} 0', text)
        self.assertIn('quayside_drift_found_total{account="shop",channel="uk"} 1', text)
        with self.assertRaises(CliError) as refused:
            host.run("sync", "drift", "nowhere")
        self.assertIn("CHANNEL_NOT_FOUND", refused.exception.text)
        self.assertEqual(told(host, "drift.found", "drift.repaired"), [1, 1])


class CompletenessTest(WorldTest):
    def completeness(self, host):
        return host.lanes()["shop.completeness"].get("completeness", {})

    def test_an_order_that_no_search_shows_comes_in_by_the_report(self):
        world = self.world(speed=120, listings=[{"sku": "MUG", "quantity": 50}], sync=_SYNC, settings=_QUICK_REPORTS)
        host, sim = world.host, world.sim
        world.set_up(channels=("uk",), listed=1)
        seen = sim.place(("MUG", 1), marketplace="UK", status="UNSHIPPED")
        sim.fault("late-visibility", seconds=_FOR_EVER, count=1)
        withheld = sim.place(("MUG", 2), marketplace="UK", status="UNSHIPPED",
                             buyer={"name": "Wilma Withheld", "postal_code": "ZZ9 9ZZ"})
        until(lambda: seen in host.orders(), "the other one is here", 60)
        self.assertNotIn(withheld, host.orders())
        sim.advance(2 * _HOUR)
        until(lambda: self.completeness(host).get("completeTime"), "orders were compared", 120)

        def comes_in():
            host.sync("shop.completeness")
            host.sync("shop.orders")
            return withheld in host.orders()
        until(comes_in, "the withheld one is here", 120, every=0.5)
        until(lambda: int(self.completeness(host).get("recoveredTotal", 0)) == 1, "it is counted", 30)
        self.assertEqual(int(self.completeness(host)["missingTotal"]), 1)
        self.assertEqual(len(host.orders()[withheld]), 1)
        self.assertIn("1 were missing in all, 1 of them came in", host.run("sync", "status").stdout)
        letters = host.ask("deadletters", "list").get("deadLetters", [])
        self.assertEqual([letter for letter in letters if letter["state"] == "DEAD_LETTER_STATE_OPEN"], [])
        self.assertEqual(told(host, "order.missing", "order.recovered"), [1, 1])
        log = host.log.read_text(encoding="utf-8")
        self.assertIsNone(re.search("Withheld|ZZ9", log))

    def test_a_kill_between_finding_and_fetching_loses_nothing(self):
        for point in ("completeness-after-begin", "completeness-before-commit", "completeness-after-commit",
                      "reconcile-before-commit", "reconcile-after-commit"):
            with self.subTest(point=point):
                world = self.world(speed=120, listings=[{"sku": "MUG", "quantity": 50}], sync=_SYNC, settings=_QUICK_REPORTS)
                host, sim = world.host, world.sim
                world.set_up(channels=("uk",), listed=1)
                sim.fault("late-visibility", seconds=_FOR_EVER, count=1)
                withheld = sim.place(("MUG", 1), marketplace="UK", status="UNSHIPPED")
                sim.advance(2 * _HOUR)
                host.kill()
                host.launch(failpoint=point)

                def poke():
                    if host.answers():
                        for lane in ("shop.uk.reconcile", "shop.completeness"):
                            host.sync(lane)
                    return host.child.returncode is not None
                until(poke, "the fail point is reached", 90)
                self.assertEqual(host.child.returncode, -signal.SIGKILL, host.tail())
                host.start()

                def comes_in():
                    host.sync("shop.completeness")
                    host.sync("shop.orders")
                    return withheld in host.orders()
                until(comes_in, "the withheld one is here", 120, every=0.5)
                self.assertEqual(len(host.orders()[withheld]), 1)
                self.assertEqual(told(host, "order.missing"), [1])


if __name__ == "__main__":
    unittest.main()
