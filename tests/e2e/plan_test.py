"""The dry run of a whole sync: what it says is what a simulated Amazon then gets, no more and no less; other options are tried in it."""
import unittest

from harness.case import WorldTest
from harness.polling import until
from harness.sim import WIDE_LIMITS

_LEVELS = {"MUG": 10, "CUP": 6, "POT": 3, "JUG": 8}


class PlanTest(WorldTest):
    def shop(self):
        """Every SKU is linked and shown with 20; the merchant has other numbers, and the channel sends nothing yet."""
        world = self.world(speed=120, settings=WIDE_LIMITS, listings=[{"sku": sku, "quantity": 20} for sku in _LEVELS])
        world.set_up(channels=("uk",), listed=len(_LEVELS))
        world.host.run("channel", "config", "uk", "--set", "update_inventory=off")
        world.link(("uk",))
        for sku, level in _LEVELS.items():
            world.host.run("stock", "set", sku, str(level))
        return world

    @staticmethod
    def rows(world, *options):
        return {row["sku"]: (row.get("quantityShown"), row.get("quantity", 0)) for row in
                world.host.ask("plan", "uk", "--rows", *options).get("rows", [])}

    @staticmethod
    def amazon(world):
        return {sku: world.sim.quantity(sku) for sku in _LEVELS}

    def test_what_is_planned_is_what_is_sent_and_what_changed_is_skipped(self):
        world = self.shop()
        plan = world.host.ask("plan", "uk")["plan"]
        self.assertEqual((plan["state"], int(plan["rows"]), int(plan.get("zeros", 0))), ("PLAN_STATE_READY", 4, 0))
        self.assertEqual(int(plan["cost"]["calls"]), 4)
        self.assertEqual(plan["cost"]["operation"], "patchListingsItem")
        self.assertEqual(self.rows(world), {sku: (20, level) for sku, level in _LEVELS.items()})
        refused = world.host.run("plan", "apply", "uk", plan["hash"], check=False)
        self.assertIn("LISTING_SENDS_NOTHING", refused.stderr)
        world.sim.advance(3600)
        self.assertEqual(self.amazon(world), dict.fromkeys(_LEVELS, 20), "a dry run sends nothing")

        world.host.run("stock", "set", "POT", "2")
        world.host.run("channel", "config", "uk", "--set", "update_inventory=on")
        told = world.host.run("plan", "apply", "uk", plan["hash"]).stdout
        self.assertIn("3 quantities go out", told)
        self.assertIn("1 row changed since the plan was shown", told)
        until(lambda: {sku: world.sim.quantity(sku) for sku in ("MUG", "CUP", "JUG")} == {"MUG": 10, "CUP": 6, "JUG": 8},
              "Amazon has what was planned", 90)
        until(lambda: world.sim.quantity("POT") == 2, "what was skipped is worked out anew; somebody has seen the first quantities", 90)
        self.assertEqual(world.host.stopped_channels(), [])
        self.assertEqual(self.rows(world), {}, "there is nothing left to send")

    def test_options_are_tried_before_they_are_saved(self):
        world = self.shop()
        tried = self.rows(world, "--set", "max_listed_quantity=5", "--set", "end_when_quantity=3")
        self.assertEqual(tried, {"MUG": (20, 5), "CUP": (20, 5), "POT": (20, 0), "JUG": (20, 5)})
        self.assertIn("unset", next(line for line in world.host.run("channel", "config", "uk").stdout.splitlines()
                                    if line.startswith("max_listed_quantity")))
        self.assertEqual(self.rows(world), {sku: (20, level) for sku, level in _LEVELS.items()})


if __name__ == "__main__":
    unittest.main()
