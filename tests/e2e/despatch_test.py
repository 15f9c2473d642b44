"""Packages leave a real host, and a simulated Amazon is told: by call, by feed, in parts, edited, or not at all; and a host that is
killed at any moment of it tells Amazon once.
"""
import unittest

from e2e import failpoints_test
from harness import database
from harness import despatches as despatches_there
from harness.case import WorldTest
from harness.comparison import level_of
from harness.polling import until
from harness.sim import WIDE_LIMITS

_FEEDS = {"queue_s": [1, 2], "work_s": [1, 2]}
_LIMITS = {"rate_limits": {**WIDE_LIMITS["rate_limits"], "getOrder": {"rate": 2, "burst": 30, "advertised": 2},
                           "createFeed": {"rate": 1, "burst": 15, "advertised": 1}}}


def shop_of(test):
    """A shop with stock, all of it listed in Britain."""
    world = test.world(speed=120, listings=[{"sku": "MUG", "quantity": 50}, {"sku": "LAMP", "quantity": 50}],
                       settings={**_LIMITS, "feeds": _FEEDS})
    world.set_up(channels=("uk",), listed=2)
    world.link(("uk",))
    for sku in ("MUG", "LAMP"):
        world.host.run("stock", "set", sku, "50")
    return world


def buy(world, *lines, **more):
    """An order that the host knows and that is paid; Amazon's id."""
    order = world.sim.place(*lines, marketplace="UK", **more)
    until(lambda: any(each["state"] == "ORDER_STATE_OPEN" for each in world.host.orders().get(order, [])), f"order {order} is open", 60)
    return order


def despatches(world, order):
    return world.host.ask("orders", "despatches", order).get("despatches", [])


def becomes(world, order, state, number=1):
    def found():
        return [each for each in despatches(world, order) if each["number"] == number and each["state"] == "DESPATCH_STATE_" + state]
    return until(found, f"package {number} of {order} is {state}", 90)[0]


def packages(world, order):
    """As Amazon has them."""
    return world.sim.orders()[order]["packages"]


def level(world, sku):
    return level_of(world.host.ask("stock", "show", sku)["item"])[0]


class DespatchTest(WorldTest):
    def test_a_package_with_a_tracking_number_is_there_once(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 2))
        told = world.host.run("orders", "despatch", order, "--carrier", "Royal Mail", "--tracking", "QK123").stdout
        self.assertIn("the marketplace is told", told)
        self.assertEqual(level(world, "MUG"), 48)
        package = becomes(world, order, "CONFIRMED")
        self.assertEqual(package["trackingNumber"], "QK123")
        self.assertEqual([(each["tracking"], each["carrier"], each["times_told"]) for each in packages(world, order)],
                         [("QK123", "Royal Mail", 1)])
        self.assertEqual(world.sim.orders()[order]["status"], "SHIPPED")
        # Amazon's report of the shipment comes back with the orders; nothing is taken twice.
        until(lambda: world.host.orders()[order][0]["channelStatus"] == "SHIPPED", "the host has read it back", 60)
        self.assertEqual(level(world, "MUG"), 48)
        self.assertEqual(world.host.orders()[order][0]["state"], "ORDER_STATE_DESPATCHED")
        history = world.host.ask("orders", "history", order)["entries"]
        steps = iter([entry["type"] for entry in history])
        for step in ("order.received", "OrderService.DespatchOrder", "order.despatched", "despatch.waiting", "despatch.confirmed"):
            self.assertIn(step, steps, history)  # consumes up to it: in this order
        self.assertNotIn("QK123", str(history))

    def test_an_order_leaves_in_parts_and_a_part_is_corrected(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 2), ("LAMP", 1))
        world.host.run("orders", "despatch", order, "--line", "MUG=1", "--carrier", "Royal Mail", "--tracking", "QK1")
        becomes(world, order, "CONFIRMED")
        self.assertEqual(world.sim.orders()[order]["status"], "PARTIALLY_SHIPPED")
        self.assertEqual(world.host.orders()[order][0]["state"], "ORDER_STATE_PARTLY_DESPATCHED")
        world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK2")
        becomes(world, order, "CONFIRMED", number=2)
        world.host.run("orders", "despatch", order, "--package", "1", "--tracking", "QK3")
        until(lambda: [each["tracking"] for each in packages(world, order)] == ["QK3", "QK2"], "Amazon has the correction", 60)
        becomes(world, order, "CONFIRMED")
        self.assertEqual(world.sim.orders()[order]["status"], "SHIPPED")
        self.assertEqual((level(world, "MUG"), level(world, "LAMP")), (48, 49))

    def test_what_is_not_tracked_goes_by_feed(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 1))
        world.host.run("orders", "despatch", order, "--carrier", "Our own van")
        becomes(world, order, "CONFIRMED")
        self.assertEqual(world.sim.calls("confirmShipment"), 0)
        self.assertEqual(world.sim.calls("createFeed"), 1)
        self.assertEqual([(each["tracking"], each["carrier"]) for each in packages(world, order)], [("", "Our own van")])

    def test_a_package_that_arrived_and_shows_late_is_nobody_elses(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 2))
        # The units are gone at once, the package shows two minutes later, and the answer is lost.
        world.sim.act("settings", packages_show_after_s=120)
        world.sim.fault("timeout-after", operation="confirmShipment", count=1)
        world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK1")
        package = becomes(world, order, "CONFIRMED")
        self.assertEqual([each["times_told"] for each in packages(world, order)], [1])
        self.assertNotIn("DESPATCH_STATE_SHIPPED_OTHERWISE", [note["state"] for note in package["notes"]])

    def test_what_somebody_else_confirmed_is_shown_and_kept(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 2))
        world.sim.fault("unavailable", operation="searchOrders")  # the host does not hear of it first
        world.sim.act("ship", order_id=order, carrier="Hermes", tracking="THEIRS-1")
        world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK1")
        becomes(world, order, "SHIPPED_OTHERWISE")
        self.assertEqual([each["tracking"] for each in packages(world, order)], ["THEIRS-1"])
        world.sim.clear_faults()
        theirs = until(lambda: despatches(world, order)[0].get("otherPackages"), "the host has read the order since", 90)
        self.assertEqual([(each["carrier"], each["trackingNumber"]) for each in theirs], [("Hermes", "THEIRS-1")])

    def test_a_ship_plus_order_is_confirmed_by_amazon_and_leaves_here_once(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 2), programs=["FBM_SHIP_PLUS"])
        world.host.run("orders", "despatch", order, "--carrier", "Royal Mail", "--tracking", "QK1")
        self.assertEqual(becomes(world, order, "NOT_REQUIRED")["reason"], "NOT_CONFIRMABLE")
        self.assertEqual((level(world, "MUG"), packages(world, order)), (48, []))
        self.assertEqual(world.sim.calls("confirmShipment"), 0)
        world.sim.act("ship", order_id=order, carrier="Royal Mail", tracking="QK1", label=True)
        until(lambda: world.host.orders()[order][0]["channelStatus"] == "SHIPPED", "the host has read what the label did", 60)
        self.assertEqual(world.host.orders()[order][0]["state"], "ORDER_STATE_DESPATCHED")
        self.assertEqual(level(world, "MUG"), 48, "the units have left once")

    def test_a_label_bought_there_despatches_the_order_here(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 2))
        world.sim.act("ship", order_id=order, carrier="DPD", tracking="LABEL-1", label=True)
        until(lambda: world.host.orders()[order][0]["state"] == "ORDER_STATE_DESPATCHED", "it has left, as Amazon says", 60)
        self.assertEqual(level(world, "MUG"), 48, "its units are gone, once")
        refused = world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK1", check=False)
        self.assertIn("ORDER_NOT_DESPATCHABLE", refused.stderr)
        world.sim.advance(3600)
        self.assertEqual([(each["tracking"], each["times_told"]) for each in packages(world, order)], [("LABEL-1", 1)])
        self.assertEqual((level(world, "MUG"), world.sim.calls("confirmShipment")), (48, 0))

    def test_a_label_bought_while_our_package_waits_stays_amazons_word(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 2))
        world.host.run("sync", "pause", "shop.despatch", "--note", "the label comes first")
        world.sim.fault("unavailable", operation="searchOrders")  # the host does not hear of it first
        world.host.run("orders", "despatch", order, "--carrier", "DPD", "--tracking", "QK1")
        world.sim.act("ship", order_id=order, carrier="DPD", tracking="LABEL-1", label=True)
        world.host.run("sync", "resume", "shop.despatch")
        becomes(world, order, "SHIPPED_OTHERWISE")
        world.sim.clear_faults()
        until(lambda: world.host.orders()[order][0]["channelStatus"] == "SHIPPED", "the host has read it back", 90)
        self.assertEqual(level(world, "MUG"), 48, "the units have left once")
        self.assertEqual([(each["tracking"], each["times_told"]) for each in packages(world, order)], [("LABEL-1", 1)])

    def test_all_that_failed_is_retried_at_once(self):
        world = shop_of(self)
        orders = [buy(world, ("MUG", 1)) for _ in range(3)]
        world.sim.fault("bad-request", operation="confirmShipment", count=3)
        for number, order in enumerate(orders):
            world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", f"QK{number}")
        for order in orders:
            becomes(world, order, "FAILED")
        self.assertIn("would", world.host.run("orders", "retry", "--all", "--dry-run").stdout)
        self.assertEqual(despatches(world, orders[0])[0]["state"], "DESPATCH_STATE_FAILED")
        told = world.host.run("orders", "retry", "--all", "--channel", "uk").stdout
        self.assertIn("3 packages", told)
        for order in orders:
            becomes(world, order, "CONFIRMED")

    def test_a_service_that_is_mapped_names_the_carrier(self):
        world = shop_of(self)
        host = world.host
        host.run("channel", "shipping", "method", "tracked-48", "--vendor", "Royal Mail", "--name", "Tracked 48",
                 "--code", "plugins/amazon=Royal Mail")
        shown = host.ask("channel", "shipping", "uk")["shippingMappings"]
        for service in [row["tag"] for row in shown]:
            host.run("channel", "shipping", "map", "uk", service, "tracked-48")
        order = buy(world, ("MUG", 1))
        host.run("orders", "despatch", order, "--tracking", "QK1")
        package = becomes(world, order, "CONFIRMED")
        self.assertEqual((package["postalMethod"], package["carrierCode"], package["serviceName"]),
                         ("postalMethods/tracked-48", "Royal Mail", "Tracked 48"))
        self.assertEqual(packages(world, order)[0]["carrier"], "Royal Mail")

    def test_switched_off_nobody_is_told(self):
        world = shop_of(self)
        world.host.run("channel", "config", "uk", "--set", "mark_as_despatched=off")
        order = buy(world, ("MUG", 1))
        told = world.host.run("orders", "despatch", order, "--tracking", "QK1").stdout
        self.assertIn("MARK_AS_DESPATCHED_OFF", told)
        self.assertEqual(despatches(world, order)[0]["state"], "DESPATCH_STATE_NOT_REQUIRED")
        self.assertEqual(level(world, "MUG"), 49, "it has left all the same")
        world.sim.advance(3600)
        self.assertEqual((world.sim.calls("confirmShipment"), packages(world, order)), (0, []))

    def test_on_a_disabled_channel_it_is_rejected_and_can_be_retried(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 1))
        world.host.run("channel", "disable", "uk")
        world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK1")
        self.assertEqual(despatches(world, order)[0]["state"], "DESPATCH_STATE_REJECTED")
        world.host.run("channel", "enable", "uk")
        world.host.run("orders", "retry", order, "1")
        becomes(world, order, "CONFIRMED")
        self.assertEqual([note["state"].removeprefix("DESPATCH_STATE_") for note in despatches(world, order)[0]["notes"]],
                         ["REJECTED", "WAITING", "SENDING", "CONFIRMED"])

    def test_the_lane_is_shown_paused_and_resumed_like_the_others(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 1))
        world.host.run("sync", "pause", "shop.despatch", "--note", "stocktaking")
        world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK1")
        self.assertEqual(world.host.lanes()["shop.despatch"]["state"], "LANE_STATE_PAUSED")
        world.sim.advance(3600)
        self.assertEqual(packages(world, order), [])
        world.host.run("sync", "resume", "shop.despatch")
        becomes(world, order, "CONFIRMED")

    def test_tracking_numbers_are_sealed_at_rest_and_not_logged(self):
        world = shop_of(self)
        order = buy(world, ("MUG", 1))
        world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "CANARY-TRACKING-7")
        becomes(world, order, "CONFIRMED")
        world.host.stop()
        with database.copy_of(world.host.database) as connection:
            text = "\n".join(connection.iterdump())
        self.assertNotIn("CANARY-TRACKING-7", text)
        self.assertNotIn("CANARY-TRACKING-7".encode().hex().upper(), text.upper())
        self.assertNotIn("CANARY-TRACKING-7", world.host.log.read_text(errors="replace"))


class DespatchFailPointsTest(failpoints_test.FailPointCase):
    """Each moment around a despatch is hit once by SIGKILL; Amazon is told of the package, once."""

    def test_each_point_of_a_despatch(self):
        world = shop_of(self)
        host, sim = world.host, world.sim
        host.kill()
        points = [name for name in host.fail_points() if name.startswith("despatch-")]
        self.assertGreaterEqual(len(points), 7)
        for number, point in enumerate(points):
            with self.subTest(point=point):
                host.start()
                order = buy(world, ("MUG", 1))
                host.kill()
                by_feed = point == "despatch-poll-before-commit"
                if point == "despatch-after-reconcile":
                    sim.fault("timeout-after", operation="confirmShipment", count=1)
                host.launch(failpoint=point)
                tracking = [] if by_feed else ["--tracking", f"QK{number}"]

                def poke(_, order=order, tracking=tracking):
                    if host.answers():
                        host.run("orders", "despatch", order, "--carrier", "DHL", *tracking, check=False)
                        host.sync("shop.despatch")

                self.dies(host, poke)
                host.start()
                # A kill may have come before the despatch itself was stored.
                if not despatches(world, order):
                    host.run("orders", "despatch", order, "--carrier", "DHL", *tracking)
                becomes(world, order, "CONFIRMED")
                self.assertEqual(len(packages(world, order)), 1, point)
                self.assertGreaterEqual(int(packages(world, order)[0]["reference"]), despatches_there.BASE, point)
                self.assertEqual(packages(world, order)[0]["times_told"], 1, point)
                sim.clear_faults()
                host.kill()
        host.start()
        self.assertEqual(level(world, "MUG"), 50 - len(points))
        host.kill()
        with database.copy_of(host.database) as connection:
            self.assertTrue(database.is_sound(connection))
        self.assertEqual(despatches_there.problems(sim, host), [])


if __name__ == "__main__":
    unittest.main()
