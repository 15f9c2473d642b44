"""Orders of a British channel are shipped by a simulated Amazon's warehouse: submitted once, despatched with its tracking number, taken
back, come back when the warehouse does not ship them; and a host that is killed at any moment of it lets the warehouse ship once. What
holds for either version of Amazon's API is carried through here with the older one.
"""
import unittest

from e2e import failpoints_test
from e2e.fba_test import level_at, turn_on
from harness import database
from harness.case import WorldTest
from harness.polling import until
from harness.sim import WIDE_LIMITS


OLDER, LATER = "2020-07-01", "2026-07-04"
# The warehouse takes its time: what is to happen the tests bring about.
SLOW = {"receive_s": [1, 1], "queue_s": [1, 1], "plan_s": [86400, 86400], "ship_s": [86400, 86400]}


def use(world, version):
    world.host.run("account", "update", "shop", "--option", f"outbound_api={version}")


def shop_of(test, version=OLDER, outbound=None):
    """Mugs that the merchant ships, of which Amazon's warehouse has some as well."""
    world = test.world(speed=120, listings=[{"sku": "MUG", "quantity": 50}, {"sku": "MUG-FBA", "fba": True, "fba_stock": {"uk": 20}}],
                       settings={**WIDE_LIMITS, "outbound": outbound or {}})
    world.set_up(channels=("uk",), listed=2)
    use(world, version)
    world.link(("uk",))
    world.host.run("listings", "unlink", "uk", "MUG-FBA")
    world.host.run("listings", "link", "uk", "MUG-FBA", "MUG")
    world.host.run("stock", "set", "MUG", "50")
    turn_on(world)
    until(lambda: level_at(world, "MUG") == 20, "the mugs there are read", 90)
    return world


def bought(world, quantity=1):
    order = world.sim.place(("MUG", quantity), marketplace="UK")
    until(lambda: any(each["state"] == "ORDER_STATE_OPEN" for each in world.host.orders().get(order, [])), f"order {order} is open", 60)
    return order


def allocation(world, order):
    return world.host.ask("orders", "allocations", order)["allocations"][-1]


def becomes(world, order, state):
    return until(lambda: [each for each in [allocation(world, order)] if each["state"] == "ALLOCATION_STATE_" + state],
                 f"{order} is {state} at the warehouse", 120)[0]


def there(sim):
    return sim.look("ledger", section="outbound")["outbound"]


def given(world, quantity=1):
    """An order that the warehouse has: (its id, its id there)."""
    before = {each["outbound_id"] for each in there(world.sim)}
    order = bought(world, quantity)
    world.host.run("orders", "allocate", order, "--location", "uk-fba")
    becomes(world, order, "ACCEPTED")
    return order, ({each["outbound_id"] for each in there(world.sim)} - before).pop()


def look_again(world):
    """The warehouse is asked what became of it, and has answered: within an hour of Amazon's clock, for which a token is good."""
    world.sim.advance(1800)
    world.host.run("sync", "start", "shop.fulfilment-outbound", "--wait", check=False)


class EitherVersion:
    """What holds for both versions. `version`, and the operation that creates an order."""
    version = creates = None

    def shop(self, **options):
        return shop_of(self, self.version, **options)

    def test_an_order_is_shipped_by_the_warehouse_and_its_channel_is_told(self):
        world = self.shop()
        order = bought(world, 2)
        world.host.run("orders", "allocate", order, "--location", "uk-fba")
        locked = world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK1", check=False)
        self.assertIn("ORDER_NOT_DESPATCHABLE", locked.stderr)
        becomes(world, order, "ACCEPTED")
        self.assertEqual(len(there(world.sim)), 1)
        self.assertEqual(world.sim.calls(self.creates), 1, "it went the configured way")
        world.sim.act("ship-outbound", order_id=there(world.sim)[0]["outbound_id"], carrier="AMZN_UK", tracking="TBA1")
        world.sim.advance(1800)
        becomes(world, order, "DONE")
        until(lambda: [each["tracking"] for each in world.sim.orders()[order]["packages"]] == ["TBA1"], "the channel is told", 90)
        self.assertEqual(world.host.orders()[order][0]["state"], "ORDER_STATE_DESPATCHED")
        self.assertEqual(level_at(world, "MUG", "default"), 50, "none of the merchant's own has left")

    def test_what_the_warehouse_does_not_ship_comes_back_with_its_reason(self):
        world = self.shop(outbound=SLOW)
        for status, state, reason in (("Invalid", "FAILED", "INVALID"), ("Unfulfillable", "FAILED", "UNFULFILLABLE"),
                                      ("Cancelled", "CANCELLED", "CANCELLED_THERE")):
            with self.subTest(status=status):
                order, outbound = given(world)
                world.sim.act("set-outbound", order_id=outbound, status=status)
                look_again(world)
                self.assertEqual(becomes(world, order, state).get("reason"), reason)
                self.assertEqual(world.host.ask("orders", "show", order)["order"]["location"], "locations/default")
                self.assertEqual(world.host.orders()[order][0]["state"], "ORDER_STATE_OPEN")

    def test_a_shipment_the_warehouse_cancels_is_planned_anew(self):
        world = self.shop(outbound=SLOW)
        order, outbound = given(world)
        world.sim.advance(90_000)
        self.assertEqual(world.sim.act("cancel-shipments", order_id=outbound)["done"], [outbound])
        look_again(world)
        world.sim.advance(600)
        self.assertEqual(allocation(world, order)["state"], "ALLOCATION_STATE_ACCEPTED", "no cancelled order")
        world.sim.act("ship-outbound", order_id=outbound, carrier="AMZN_UK", tracking="TBA2")
        look_again(world)
        becomes(world, order, "DONE")
        until(lambda: [each["tracking"] for each in world.sim.orders()[order]["packages"]] == ["TBA2"], "the channel is told", 90)

    def test_an_order_that_sits_in_planning_past_its_time_is_shown_as_delayed(self):
        world = self.shop(outbound=SLOW)
        order, outbound = given(world)
        world.sim.act("set-outbound", order_id=outbound, stuck=True)
        world.sim.advance(8 * 86400)
        world.host.sync("shop.fulfilment-outbound")
        until(lambda: allocation(world, order).get("delayed"), "it is delayed", 120)
        world.sim.act("ship-outbound", order_id=outbound)
        look_again(world)
        becomes(world, order, "DONE")

    def test_an_order_is_taken_back(self):
        world = self.shop()
        order = bought(world)
        world.host.run("orders", "allocate", order, "--location", "uk-fba")
        becomes(world, order, "ACCEPTED")
        until(lambda: allocation(world, order).get("cancellable"), "it may be taken back", 90)
        world.host.run("orders", "take-back", order)
        becomes(world, order, "CANCELLED")
        self.assertEqual(world.host.ask("orders", "show", order)["order"]["location"], "locations/default")

    def test_an_allocated_order_reserves_once(self):
        world = self.shop()
        order = bought(world, 3)

        def reserved():
            return sum(line["reserved"] for line in world.host.ask("orders", "show", order)["order"]["lines"])
        world.host.run("sync", "pause", "shop.uk.fulfilment-stock", "--note", "the warehouse's figure comes later")
        world.host.run("orders", "allocate", order, "--location", "uk-fba")
        becomes(world, order, "ACCEPTED")
        self.assertEqual(reserved(), 3, "the figure that is known has them")
        world.host.run("sync", "resume", "shop.uk.fulfilment-stock")
        world.sim.advance(1800)
        world.host.sync("shop.uk.fulfilment-stock")
        until(lambda: reserved() == 0, "the warehouse's own figure is without them", 120)


class OlderOutboundTest(EitherVersion, WorldTest):
    version, creates = OLDER, "createFulfillmentOrder"


class EveryFailPoint:
    """Each moment around a submission is hit once by SIGKILL; the warehouse has the order once."""
    version = None

    def test_each_point(self):
        world = shop_of(self, self.version)
        host, sim = world.host, world.sim
        host.kill()
        points = [name for name in host.fail_points() if name.startswith("outbound-")]
        self.assertGreaterEqual(len(points), 4)
        for number, point in enumerate(points, 1):
            with self.subTest(point=point):
                host.start()
                order = bought(world)
                host.kill()
                host.launch(failpoint=point)

                def poke(_, order=order):
                    if host.answers():
                        host.run("orders", "allocate", order, "--location", "uk-fba", check=False)
                        host.sync("shop.fulfilment-outbound")

                self.dies(host, poke)
                host.start()
                host.run("orders", "allocate", order, "--location", "uk-fba", check=False)
                becomes(world, order, "ACCEPTED")
                self.assertEqual(len(there(sim)), number, point)
                host.kill()
        with database.copy_of(host.database) as connection:
            self.assertTrue(database.is_sound(connection))


class OlderOutboundFailPointsTest(EveryFailPoint, failpoints_test.FailPointCase):
    version = OLDER


if __name__ == "__main__":
    unittest.main()
