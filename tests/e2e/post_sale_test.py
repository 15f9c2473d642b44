"""Orders are cancelled and refunded through a real host at a simulated Amazon: whole, by line, by amount; and a host that is killed at
any moment of it asks Amazon once.
"""
import json
import unittest

from e2e import failpoints_test
from e2e.despatch_test import becomes, buy, shop_of
from harness import database
from harness.case import WorldTest
from harness.comparison import level_of
from harness.polling import until


def actions(world, order):
    return world.host.ask("orders", "post-sale", order).get("postSaleActions", [])


def action_becomes(world, order, state, number=1):
    def found():
        return [each for each in actions(world, order) if each["number"] == number and each["state"] == "POST_SALE_STATE_" + state]
    return until(found, f"action {number} of {order} is {state}", 120)[0]


def there(sim, order):
    """What Amazon did to the order, as (kind, sku, quantity or amount, reason)."""
    return [(each["kind"], each["sku"], each.get("amount_minor") or each.get("quantity"), each["reason"])
            for each in sim.look("ledger", section="post_sale")["post_sale"] if each["order_id"] == order]


def sold(world, *lines):
    """An order that has left; Amazon's id."""
    order = buy(world, *lines)
    world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK1")
    becomes(world, order, "CONFIRMED")
    return order


class PostSaleTest(WorldTest):
    def test_an_order_is_cancelled_as_a_whole(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 2), ("LAMP", 1))
        before = world.sim.quantity("MUG")
        told = world.host.run("orders", "cancel", order, "--reason", "buyer-cancelled").stdout
        self.assertIn("the whole order", told)
        refused = world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK1", check=False)
        self.assertIn("ORDER_NOT_DESPATCHABLE", refused.stderr)
        action_becomes(world, order, "DONE")
        self.assertEqual(world.sim.orders()[order]["status"], "CANCELLED")
        self.assertEqual(world.host.orders()[order][0]["state"], "ORDER_STATE_CANCELLED")
        item = world.host.ask("stock", "show", "MUG")["item"]
        self.assertEqual(level_of(item)[0], 50, "nothing left")
        # Amazon put the units back on sale by itself, and the host says its own figure all the same.
        until(lambda: world.sim.quantity("MUG") == 50, "the quantity is 50 again", 90)
        self.assertLess(before, 50)

    def test_a_unit_is_cancelled_and_the_rest_leaves(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 2))
        world.host.run("orders", "cancel", order, "--reason", "no-inventory", "--line", "MUG=1")
        action_becomes(world, order, "DONE")
        self.assertEqual([(kind, sku, units) for kind, sku, units, _ in there(world.sim, order)], [("cancel", "MUG", 1)])
        world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK1")
        becomes(world, order, "CONFIRMED")
        self.assertEqual(world.host.orders()[order][0]["state"], "ORDER_STATE_DESPATCHED")

    def test_money_is_given_back_for_what_has_left_and_no_more_than_was_paid(self):
        world = shop_of(self)
        order = sold(world, ("MUG", 1))
        paid = world.host.ask("orders", "show", order)["order"]["lines"][0]["lineTotal"]
        much = world.host.run("orders", "refund", order, "--reason", "goodwill", "--line", f"MUG={int(paid['units']) + 100}", check=False)
        self.assertIn("was paid", much.stderr)
        world.host.run("orders", "refund", order, "--reason", "goodwill", "--line", "MUG=1.50")
        done = action_becomes(world, order, "DONE")
        self.assertIn("feed", done["reference"])
        self.assertEqual([(kind, sku, minor) for kind, sku, minor, _ in there(world.sim, order)], [("refund", "MUG", 150)])

    def test_what_amazon_refuses_is_a_dead_letter_and_can_be_retried(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 1))
        world.sim.fault("unavailable", operation="searchOrders")  # the host does not hear of it first
        world.sim.act("cancel", order_id=order, by="BUYER", reason="ORDERED_BY_MISTAKE")
        world.host.run("orders", "cancel", order, "--reason", "no-inventory")
        failed = action_becomes(world, order, "FAILED")
        self.assertEqual(failed["reason"], "REFUSED_BY_MARKETPLACE")
        self.assertIn("REFUSED_BY_MARKETPLACE", world.host.run("orders", "post-sale").stdout)
        self.assertEqual(int(world.host.lanes()["shop.post-sale"]["openDeadLetters"]), 1)
        world.sim.clear_faults()
        until(lambda: world.host.orders()[order][0]["state"] == "ORDER_STATE_CANCELLED", "the host has read it", 90)
        again = world.host.run("orders", "post-sale", "retry", order, "1", check=False)
        self.assertIn("ORDER_NOT_CANCELLABLE", again.stderr)

    def test_a_lost_answer_is_found_and_nothing_is_paid_twice(self):
        world = shop_of(self)
        order = sold(world, ("MUG", 1))
        world.sim.fault("timeout-after", operation="createFeed", count=1)
        world.host.run("orders", "refund", order, "--reason", "goodwill", "--line", "MUG=1.50")
        done = action_becomes(world, order, "DONE")
        self.assertIn("POST_SALE_STATE_UNKNOWN", [note["state"] for note in done["notes"]])
        self.assertEqual(len(there(world.sim, order)), 1)

    def test_what_the_buyer_asks_for_is_shown(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 1))
        world.sim.act("request-cancel", order_id=order)
        until(lambda: "the buyer asks to cancel MUG" in world.host.run("orders", "show", order).stdout, "the request is shown", 90)
        self.assertIn("--reason buyer-cancelled", world.host.run("orders", "show", order).stdout)


class PostSaleFailPointsTest(failpoints_test.FailPointCase):
    """Each moment around a refund is hit once by SIGKILL; Amazon pays once."""

    def test_each_point_of_a_refund(self):
        world = shop_of(self)
        host, sim = world.host, world.sim
        host.kill()
        points = [name for name in host.fail_points() if name.startswith("post-sale-")]
        self.assertGreaterEqual(len(points), 6)
        for point in points:
            with self.subTest(point=point):
                host.start()
                order = sold(world, ("MUG", 1))
                host.kill()
                if point == "post-sale-after-find":
                    sim.fault("timeout-after", operation="createFeed", count=1)
                host.launch(failpoint=point)

                def poke(_, order=order):
                    if host.answers():
                        # It may die at any of these.
                        shown = host.run("--json", "orders", "post-sale", order, check=False)
                        if shown.returncode == 0 and not json.loads(shown.stdout)["postSaleActions"]:
                            host.run("orders", "refund", order, "--reason", "goodwill", "--line", "MUG=1.50", check=False)
                        host.sync("shop.post-sale")

                self.dies(host, poke)
                host.start()
                # A kill may have come before the refund itself was stored.
                if not actions(world, order):
                    host.run("orders", "refund", order, "--reason", "goodwill", "--line", "MUG=1.50")
                action_becomes(world, order, "DONE")
                self.assertEqual(len(there(sim, order)), 1, point)
                sim.clear_faults()
                host.kill()
        with database.copy_of(host.database) as connection:
            self.assertTrue(database.is_sound(connection))


if __name__ == "__main__":
    unittest.main()
