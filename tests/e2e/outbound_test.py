"""Orders of a British channel are shipped by a simulated Amazon's warehouse: submitted once, despatched with its tracking number, taken back,
stopped for their currency; and a host that is killed at any moment of it lets the warehouse ship once.
"""
import unittest

from e2e import failpoints_test
from e2e.fba_test import level_at, turn_on
from harness import database
from harness.case import WorldTest
from harness.polling import until
from harness.sim import WIDE_LIMITS


def shop_of(test):
    """Mugs that the merchant ships, of which Amazon's warehouse has some as well."""
    world = test.world(speed=120, listings=[{"sku": "MUG", "quantity": 50}, {"sku": "MUG-FBA", "fba": True, "fba_stock": {"uk": 20}}],
                       settings=WIDE_LIMITS)
    world.set_up(channels=("uk",), listed=2)
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


class OutboundTest(WorldTest):
    def test_an_order_is_shipped_by_the_warehouse_and_its_channel_is_told(self):
        world = shop_of(self)
        order = bought(world, 2)
        world.host.run("orders", "allocate", order, "--location", "uk-fba")
        locked = world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK1", check=False)
        self.assertIn("ORDER_NOT_DESPATCHABLE", locked.stderr)
        becomes(world, order, "ACCEPTED")
        self.assertEqual(len(there(world.sim)), 1)
        world.sim.act("ship-outbound", order_id=there(world.sim)[0]["outbound_id"], carrier="AMZN_UK", tracking="TBA1")
        world.sim.advance(1800)
        becomes(world, order, "DONE")
        until(lambda: [each["tracking"] for each in world.sim.orders()[order]["packages"]] == ["TBA1"], "the channel is told", 90)
        self.assertEqual(world.host.orders()[order][0]["state"], "ORDER_STATE_DESPATCHED")
        self.assertEqual(level_at(world, "MUG", "default"), 50, "none of the merchant's own has left")

    def test_an_order_is_taken_back(self):
        world = shop_of(self)
        order = bought(world)
        world.host.run("orders", "allocate", order, "--location", "uk-fba")
        becomes(world, order, "ACCEPTED")
        until(lambda: allocation(world, order).get("cancellable"), "it may be taken back", 90)
        world.host.run("orders", "take-back", order)
        becomes(world, order, "CANCELLED")
        self.assertEqual(world.host.ask("orders", "show", order)["order"]["location"], "locations/default")

    def test_an_allocated_order_reserves_once(self):
        world = shop_of(self)
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


class OutboundFailPointsTest(failpoints_test.FailPointCase):
    """Each moment around a submission is hit once by SIGKILL; the warehouse has the order once."""

    def test_each_point(self):
        world = shop_of(self)
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


if __name__ == "__main__":
    unittest.main()
