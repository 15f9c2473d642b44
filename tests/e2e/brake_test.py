"""Nobody's shop is set to zero by accident: what would do that waits for a person, who can let it go or put it right."""
import unittest

from harness.case import WorldTest
from harness.polling import until

_SKUS = [f"MUG-{number:02}" for number in range(1, 21)]


class BrakeTest(WorldTest):
    def shop(self):
        """Twenty listings on sale, each with 30."""
        world = self.world(speed=120, listings=[{"sku": sku, "quantity": 30} for sku in _SKUS])
        world.set_up(channels=("uk",), listed=len(_SKUS))
        world.link(("uk",))
        self.count(world, {sku: 30 for sku in _SKUS})
        world.settle(lambda: self.shown(world, dict.fromkeys(_SKUS, 30)), "the first quantities are let go and current")
        return world

    @staticmethod
    def count(world, levels):
        rows = "SKU,Level\n" + "".join(f"{sku},{level}\n" for sku, level in levels.items())
        world.host.run("stock", "set", "--file", "-", stdin=rows)

    @staticmethod
    def shown(world, quantities):
        listings = world.host.listings("uk")
        return all(listings[sku].get("quantityState") == "QUANTITY_STATE_CURRENT" and world.sim.quantity(sku) == quantity
                   for sku, quantity in quantities.items())

    def stopped(self, world, rows):
        return until(lambda: (plan := world.host.plan("uk")).get("state") == "PLAN_STATE_WAITING" and int(plan["rows"]) == rows
                     and int(plan["undecided"]) == 0 and plan, f"a plan of {rows} rows waits", 60)

    def test_a_wrong_import_stops_and_is_put_right(self):
        world = self.shop()
        patches = world.sim.calls("patchListingsItem")
        self.count(world, dict.fromkeys(_SKUS, 0))
        plan = self.stopped(world, 20)
        self.assertEqual((plan["reason"], int(plan["zeros"]), int(plan["listings"])), ("PLAN_REASON_TOO_MANY_ZEROS", 20, 20))
        told = world.host.run("sync", "status").stdout
        self.assertIn("20 of 20 listings would go to zero, the limit is 20 %; see it: quayside channel plan uk", told)
        self.count(world, dict.fromkeys(_SKUS, 30))
        until(lambda: not world.host.stopped_channels(), "nothing waits any more", 60)
        self.assertEqual(world.sim.calls("patchListingsItem"), patches, "not one zero left")
        self.count(world, {"MUG-01": 12})
        until(lambda: self.shown(world, {"MUG-01": 12}), "the shop goes on", 60)

    def test_a_clearance_that_is_meant_is_applied_without_what_changed_meanwhile(self):
        world = self.shop()
        sold_out = _SKUS[:8]
        self.count(world, dict.fromkeys(sold_out, 0))
        plan = self.stopped(world, 8)
        # One more arrives while the person reads.
        self.count(world, {sold_out[0]: 5})
        until(lambda: world.host.listings("uk")[sold_out[0]].get("quantityWanted") == 5, "the change is worked out", 60)
        applied = world.host.ask("channel", "plan", "apply", "uk", plan["hash"])
        self.assertEqual((int(applied["rows"]), int(applied["stale"])), (7, 1))
        until(lambda: self.shown(world, {**dict.fromkeys(sold_out[1:], 0), sold_out[0]: 5}), "it is as the person wanted it", 60)
        self.assertEqual(world.host.stopped_channels(), [])

    def test_a_few_at_a_time_are_trade_and_too_many_within_the_hour_are_not(self):
        world = self.shop()
        for sku in _SKUS[:4]:
            self.count(world, {sku: 0})
            until(lambda sku=sku: self.shown(world, {sku: 0}), f"{sku} is sold out", 60)
        world.sim.advance(600)
        self.count(world, {_SKUS[4]: 0})
        self.stopped(world, 1)
        self.assertEqual(world.sim.quantity(_SKUS[4]), 30)
        world.host.run("channel", "plan", "discard", "uk")
        self.stopped(world, 1)
        world.host.run("channel", "config", "uk", "--set", "zero_brake_percent=50")
        world.host.run("channel", "plan", "discard", "uk")
        until(lambda: self.shown(world, {_SKUS[4]: 0}), "half of the listings may be sold out", 60)


if __name__ == "__main__":
    unittest.main()
