"""Handling times, and rules of many listings from a file, all the way to what Amazon shows."""
import unittest

from harness.case import WorldTest
from harness.polling import until

_SPEED = 120


class RulesTest(WorldTest):
    def shop(self, **levels):
        """A running world with one channel where each SKU is linked, has its level, and Amazon shows it."""
        world = self.world(speed=_SPEED, listings=[{"sku": sku, "quantity": level} for sku, level in levels.items()])
        world.set_up(channels=("uk",), listed=len(levels))
        world.link(channels=("uk",))
        for sku, level in levels.items():
            world.host.run("stock", "set", sku, str(level))
        world.settle(lambda: self.settled(world), "the first quantities are let go and current")
        return world

    @staticmethod
    def settled(world):
        return all(listing.get("quantityState") == "QUANTITY_STATE_CURRENT" for listing in world.host.listings("uk").values())

    @staticmethod
    def days(world, sku):
        return world.sim.look("listings", sku=sku)["listings"][0].get("lead_time_days")

    def amazon_says(self, world, sku, days, why):
        until(lambda: self.days(world, sku) == days and self.settled(world), f"Amazon says {days} days for {sku}: {why}", 90)

    def test_handling_time_follows_the_rules_and_the_quantity_stays(self):
        world = self.shop(MUG=10, CUP=4)
        world.host.run("channel", "config", "uk", "--set", "default_latency_days=3")
        self.amazon_says(world, "MUG", 3, "the channel's default, though no stock moved")
        self.amazon_says(world, "CUP", 3, "the channel's default")
        world.host.run("stock", "edit", "MUG", "--set", "Despatch Time=5")
        world.host.run("channel", "config", "uk", "--set", "product_based_latency=on")
        self.amazon_says(world, "MUG", 5, "the item's own")
        world.host.run("stock", "edit", "MUG", "--set", "AMAZON_[Amazon.co.uk]=7")
        self.amazon_says(world, "MUG", 7, "the item's own for this channel")
        world.host.run("stock", "edit", "MUG", "--set", "AMAZON_[Amazon.co.uk]=2.5")
        self.amazon_says(world, "MUG", 5, "2.5 is no number of days")
        self.assertTrue(world.host.items()["MUG"]["warnings"])
        self.assertEqual(self.days(world, "CUP"), 3)
        self.assertEqual((world.sim.quantity("MUG"), world.sim.quantity("CUP")), (10, 4))

    def test_handling_time_switched_off_stands_until_it_is_cleared(self):
        world = self.shop(MUG=10)
        world.host.run("channel", "config", "uk", "--set", "default_latency_days=3")
        self.amazon_says(world, "MUG", 3, "the channel's default")
        world.host.run("channel", "config", "uk", "--set", "default_latency_days=off")
        world.host.run("stock", "adjust", "MUG", "-1", "--note", "sold at the counter")
        until(lambda: world.sim.quantity("MUG") == 9, "the quantity went out", 60)
        self.assertEqual(self.days(world, "MUG"), 3, "what is not named is kept")
        world.host.run("listings", "clear-latency", "uk")
        self.amazon_says(world, "MUG", None, "it was cleared")
        self.assertEqual(world.sim.quantity("MUG"), 9)

    def test_rules_of_a_file_are_shown_then_applied(self):
        world = self.shop(MUG=10, CUP=40, POT=8)
        file = world.folder / "rules.csv"
        file.write_text("sku,StockPercentage,MaxListedQuantity\nMUG,,4\nCUP,50,\nNONE,,1\nPOT,many,\n", encoding="utf-8")
        shown = world.host.ask("listings", "import-rules", "uk", str(file))
        self.assertEqual((shown["rows"], shown["changes"], shown["problems"]), ("4", "2", "2"))
        self.assertEqual(world.sim.quantity("MUG"), 10, "nothing is changed yet")
        world.host.run("listings", "import-rules", "uk", str(file), "--apply", shown["hash"])
        until(lambda: (world.sim.quantity("MUG"), world.sim.quantity("CUP")) == (4, 20), "Amazon shows what the rules give", 90)
        self.assertEqual(world.sim.quantity("POT"), 8)
        # Once more changes nothing, and no plan of before fits any longer.
        again = world.host.ask("listings", "import-rules", "uk", str(file))
        self.assertEqual(again.get("changes", "0"), "0")
        refused = world.host.run("listings", "import-rules", "uk", str(file), "--apply", shown["hash"], check=False)
        self.assertNotEqual(refused.returncode, 0)


if __name__ == "__main__":
    unittest.main()
