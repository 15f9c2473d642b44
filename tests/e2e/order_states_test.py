"""Each step in the life of an order (domain 4.3), made at a simulated Amazon and seen at a real host, with what it does to the stock."""
import unittest

from harness.case import WorldTest
from harness.comparison import level_of
from harness.polling import until
from harness.sim import WIDE_LIMITS


class OrderStatesTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.shop = self.world(speed=120, listings=[{"sku": "MUG", "quantity": 50}, {"sku": "CUP", "quantity": 50}],
                               settings={"rate_limits": {**WIDE_LIMITS["rate_limits"],
                                                         "getOrder": {"rate": 2, "burst": 30, "advertised": 2}}})
        self.shop.set_up(channels=("uk",), listed=2)
        self.shop.link(("uk",))
        for sku in ("MUG", "CUP"):
            self.shop.host.run("stock", "set", sku, "50")
        self.host, self.sim = self.shop.host, self.shop.sim

    def place(self, *lines, **more):
        return self.sim.place(*(lines or (("MUG", 2),)), marketplace="UK", **more)

    def becomes(self, order, state):
        return until(lambda: [each for each in self.host.orders().get(order, []) if each["state"] == "ORDER_STATE_" + state],
                     f"order {order} is {state}", 90)[0]

    def stock(self, level, reserved, why, sku="MUG"):
        until(lambda: level_of(self.host.ask("stock", "show", sku)["item"]) == (level, reserved),
              f"{level} of {sku}, {reserved} reserved: {why}", 60)

    def test_pending_to_open(self):
        order = self.place(status="PENDING", buyer={"name": "Nora Nolan", "city": "Leeds"})
        pending = self.becomes(order, "PENDING")
        self.stock(50, 2, "it is not paid, and may be")
        self.assertEqual(self.host.ask("orders", "show", order)["order"]["recipient"]["name"], "", "nobody knows yet where it goes")
        refused = self.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK1", check=False)
        self.assertIn("ORDER_NOT_DESPATCHABLE", refused.stderr)
        cancelled = self.host.run("orders", "cancel", order, "--reason", "buyer-cancelled", check=False)
        self.assertNotEqual(cancelled.returncode, 0, "an unpaid order cannot be cancelled by us")
        self.sim.act("pay", order_id=order)
        self.assertEqual(self.becomes(order, "OPEN")["name"], pending["name"])
        self.stock(50, 2, "what is reserved stays so")
        self.assertEqual(self.host.ask("orders", "show", order)["order"]["recipient"]["name"], "Nora Nolan")

    def test_pending_to_cancelled(self):
        order = self.place(status="PENDING")
        self.becomes(order, "PENDING")
        self.sim.act("cancel", order_id=order)
        self.becomes(order, "CANCELLED")
        self.stock(50, 0, "it is let go at once")

    def test_open_to_cancelled(self):
        order = self.place()
        self.becomes(order, "OPEN")
        self.stock(50, 2, "it is to be sent")
        self.sim.act("cancel", order_id=order, by="BUYER")
        self.becomes(order, "CANCELLED")
        self.stock(50, 0, "it is let go")

    def test_open_to_partly_to_fully_despatched_and_never_back(self):
        order = self.place(("MUG", 2), ("CUP", 1))
        self.becomes(order, "OPEN")
        self.host.run("orders", "despatch", order, "--line", "MUG=1", "--carrier", "DHL", "--tracking", "QK1")
        self.becomes(order, "PARTLY_DESPATCHED")
        self.stock(49, 1, "one has left")
        self.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK2")
        self.becomes(order, "DESPATCHED")
        self.stock(49, 0, "all have left", sku="CUP")
        until(lambda: self.host.orders()[order][0]["channelStatus"] == "SHIPPED", "Amazon's report of it is here", 90)
        self.assertEqual(self.host.orders()[order][0]["state"], "ORDER_STATE_DESPATCHED")
        refused = self.host.run("orders", "cancel", order, "--reason", "buyer-cancelled", check=False)
        self.assertNotEqual(refused.returncode, 0, "what has left is not cancelled")
        self.stock(48, 0, "nothing is taken twice")

    def test_open_to_despatched_by_somebody_else(self):
        order = self.place()
        self.becomes(order, "OPEN")
        self.sim.act("ship", order_id=order, carrier="Hermes", tracking="THEIRS")
        self.becomes(order, "DESPATCHED")
        self.stock(48, 0, "the units are gone")

    def test_first_seen_cancelled_or_despatched(self):
        self.host.run("sync", "pause", "shop.orders", "--note", "both happen before anybody looks")
        gone, left = self.place(), self.place(("CUP", 3))
        self.sim.act("cancel", order_id=gone)
        self.sim.act("ship", order_id=left)
        self.host.run("sync", "resume", "shop.orders")
        self.becomes(gone, "CANCELLED")
        self.becomes(left, "DESPATCHED")
        self.stock(50, 0, "history reserves nothing")
        self.stock(47, 0, "sent in Seller Central: the units are gone, once", sku="CUP")

    def test_an_unknown_status_holds_it_and_says_so(self):
        self.sim.fault("malformed-order", operation="searchOrders", variant="unknown-status")
        order = self.place()
        held = self.becomes(order, "HELD")
        self.assertTrue(held["channelStatus"], "Amazon's own word is kept")
        self.stock(50, 2, "nobody else may buy them meanwhile")
        self.sim.clear_faults()
        self.sim.act("cancel", order_id=order)
        self.becomes(order, "CANCELLED")
        self.stock(50, 0, "it is known again")


if __name__ == "__main__":
    unittest.main()
