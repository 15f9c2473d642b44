"""What Amazon shows is what it should show, also when an answer was lost or a sale was over before it was seen."""
import unittest

from harness.case import WorldTest
from harness.polling import until

_SPEED = 120


class QuantitiesTest(WorldTest):
    def shop(self, **levels):
        """A running world where each SKU is linked, has its level, and Amazon shows it."""
        world = self.world(speed=_SPEED, listings=[{"sku": sku, "quantity": level} for sku, level in levels.items()])
        world.set_up(listed=len(levels))
        world.link()
        for sku, level in levels.items():
            world.host.run("stock", "set", sku, str(level))
        world.settle(lambda: self.settled(world), "the first quantities are let go and current")
        return world

    @staticmethod
    def settled(world):
        return all(listing.get("quantityState") == "QUANTITY_STATE_CURRENT" and
                   listing.get("quantityWanted") == listing.get("quantityAccepted")
                   for listing in world.host.listings("uk").values())

    def amazon_shows(self, world, sku, quantity, why):
        until(lambda: world.sim.quantity(sku) == quantity and self.settled(world), f"Amazon shows {quantity} of {sku}: {why}", 60)
        # And it stays so: nothing is waiting that would change it.
        self.assertEqual(world.sim.quantity(sku), quantity)

    def test_lost_answer_and_change_back_sends_again(self):
        """The number is 8 at Amazon, unknown here, and 10 is right again: 10 must be sent although 10 was accepted last."""
        world = self.shop(MUG=10)
        world.sim.fault("timeout-after", operation="patchListingsItem", count=1)
        world.host.run("stock", "adjust", "MUG", "-2", "--note", "sold at the counter")
        until(lambda: world.sim.quantity("MUG") == 8, "the patch arrived", 30)
        world.host.run("stock", "adjust", "MUG", "2", "--note", "brought back")
        self.amazon_shows(world, "MUG", 10, "brought back after the lost answer")

    def test_sale_cancelled_before_it_was_seen_without_restock_is_raised_again(self):
        world = self.shop(MUG=10)
        order = world.sim.place(("MUG", 2), status="UNSHIPPED")
        world.sim.act("cancel", order_id=order, by="MERCHANT", reason="NO_INVENTORY")
        self.assertEqual(world.sim.quantity("MUG"), 8)
        until(lambda: order in world.host.orders(), "the cancelled order is here", 60)
        self.assertEqual(world.host.orders()[order][0]["state"], "ORDER_STATE_CANCELLED")
        self.amazon_shows(world, "MUG", 10, "the order holds nothing any more")

    def test_count_equal_to_the_last_one_after_an_unseen_shipped_sale_is_sent_again(self):
        """Ten were counted, two sold and shipped unseen, ten counted again: Amazon shows 8 and must show 10."""
        world = self.shop(MUG=10)
        # Keeps the sale unseen until the count is made.
        world.host.run("sync", "pause", "shop.orders", "--note", "the sale stays unseen")
        order = world.sim.place(("MUG", 2), status="UNSHIPPED")
        world.sim.act("ship", order_id=order)
        world.host.run("stock", "set", "MUG", "10")
        world.host.run("sync", "resume", "shop.orders")
        until(lambda: order in world.host.orders(), "the shipped order is here", 60)
        self.amazon_shows(world, "MUG", 10, "counted after the two had left")

    def test_web_page_instead_of_an_answer_is_no_refusal(self):
        for fault in ("html-400", "html-503", "html-200"):
            with self.subTest(fault=fault):
                world = self.shop(MUG=10)
                world.sim.fault(fault, operation="patchListingsItem", count=1)
                world.host.run("stock", "adjust", "MUG", "-2", "--note", "sold at the counter")
                self.amazon_shows(world, "MUG", 8, "after " + fault)


if __name__ == "__main__":
    unittest.main()
