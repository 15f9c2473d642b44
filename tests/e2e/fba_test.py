"""The warehouse of a simulated Amazon as a location of a real host: made with FBA, read in passes, never edited; its orders; one reader of a
pool; and a host that is killed while it reads.
"""
import unittest

from e2e import failpoints_test
from harness import database
from harness.case import WorldTest
from harness.polling import until
from harness.sim import WIDE_LIMITS

_LANE = "shop.uk.fulfilment-stock"


def shop_of(test):
    """A shop with its own mugs, and lamps in Amazon's British warehouse."""
    world = test.world(speed=120, listings=[{"sku": "MUG", "quantity": 50}, {"sku": "LAMP", "fba": True, "fba_stock": {"uk": 20}}],
                       settings=WIDE_LIMITS)
    world.set_up(channels=("uk",), listed=2)
    world.link(("uk",))
    return world


def turn_on(world, channel="uk"):
    world.host.run("channel", "config", channel, "--set", "fba_enabled=on")


def level_at(world, sku, location="uk-fba"):
    """Nothing: it was never set."""
    levels = world.host.ask("stock", "show", sku)["item"].get("levels", [])
    found = [int(each["level"]) for each in levels if each["location"] == "locations/" + location and "level" in each]
    return found[0] if found else None


def read_to_the_end(world):
    """A step that was under way when the clock jumped is past its deadline, and its run with it."""
    until(lambda: world.host.run("sync", "start", _LANE, "--wait", check=False).returncode == 0, "the lane is read to its end", 60)


def location(world, name="uk-fba"):
    return next(each for each in world.host.ask("stock", "locations")["locations"] if each["name"] == "locations/" + name)


class FbaTest(WorldTest):
    def test_turning_it_on_makes_a_location_whose_stock_is_read(self):
        world = shop_of(self)
        turn_on(world)
        self.assertEqual((location(world)["ownerChannel"], location(world)["fulfilmentCentre"]), ("channels/uk", True))
        until(lambda: level_at(world, "LAMP") == 20, "the lamps are read", 90)
        self.assertIsNone(level_at(world, "MUG"), "a mug was never there")
        world.sim.act("set-fba-stock", sku="LAMP", pool="uk", fulfillable=12, inbound_shipped=5)
        world.sim.advance(1800)
        world.host.sync(_LANE)
        until(lambda: level_at(world, "LAMP") == 12, "the change is read", 90)
        shown = world.host.ask("stock", "locations", "centre", "uk-fba")["centreStock"][0]
        self.assertEqual((shown["sku"], int(shown["fulfillable"]), int(shown["inbound"])), ("LAMP", 12, 5))

    def test_nobody_edits_it(self):
        world = shop_of(self)
        turn_on(world)
        refused = world.host.run("stock", "set", "LAMP", "7", "--location", "uk-fba", check=False)
        self.assertIn("LOCATION_READ_ONLY", refused.stderr)

    def test_turning_it_off_keeps_the_location_inactive(self):
        world = shop_of(self)
        turn_on(world)
        until(lambda: level_at(world, "LAMP") == 20, "the lamps are read", 90)
        world.host.run("channel", "config", "uk", "--set", "fba_enabled=off")
        self.assertTrue(location(world)["inactive"])
        self.assertEqual(level_at(world, "LAMP"), 20, "what it held is still known")
        world.sim.act("set-fba-stock", sku="LAMP", pool="uk", fulfillable=6)
        turn_on(world)
        self.assertFalse(location(world).get("inactive", False))
        self.assertIn(level_at(world, "LAMP"), (None, 6), "what it held does not count until it is read again")
        until(lambda: level_at(world, "LAMP") == 6, "it is read again", 90)

    def test_its_orders_sit_there_and_reserve_nothing(self):
        world = shop_of(self)
        turn_on(world)
        until(lambda: level_at(world, "LAMP") == 20, "the lamps are read", 90)
        order = world.sim.place(("LAMP", 2), marketplace="UK")
        until(lambda: world.host.orders().get(order), "the order is here", 90)
        shown = world.host.ask("orders", "show", order)["order"]
        self.assertEqual(shown["location"], "locations/uk-fba")
        self.assertEqual(sum(line.get("reserved", 0) for line in shown["lines"]), 0, "Amazon has taken them off its own figure")
        refused = world.host.run("orders", "despatch", order, "--carrier", "DHL", "--tracking", "QK1", check=False)
        self.assertIn("ORDER_NOT_DESPATCHABLE", refused.stderr)

    def test_a_sku_that_a_pass_does_not_show_is_asked_for(self):
        world = shop_of(self)
        turn_on(world)
        until(lambda: level_at(world, "LAMP") == 20, "the lamps are read", 90)
        world.sim.act("set-fba-stock", sku="LAMP", pool="uk", fulfillable=18, listed=False, told=False)
        world.sim.advance(90000)  # the next complete pass
        read_to_the_end(world)  # what changes next is in the next pass
        until(lambda: level_at(world, "LAMP") == 18, "it was asked for by itself", 120)
        world.sim.act("remove-fba-stock", sku="LAMP", pool="uk")
        world.sim.advance(90000)
        read_to_the_end(world)
        until(lambda: level_at(world, "LAMP") == 0, "the warehouse does not know it any more", 120)


class FbaPoolTest(WorldTest):
    def test_britain_and_germany_are_two_pools(self):
        world = self.world(speed=120, listings=[{"sku": "LAMP", "fba": True, "fba_stock": {"uk": 20, "eu": 7}}], settings=WIDE_LIMITS)
        world.set_up(channels=("uk", "de"), listed=1)
        world.link(("uk", "de"))
        turn_on(world, "uk")
        turn_on(world, "de")
        until(lambda: (level_at(world, "LAMP"), level_at(world, "LAMP", "de-fba")) == (20, 7), "both are read", 120)


class FbaFailPointsTest(failpoints_test.FailPointCase):
    """Each moment around a page is hit once by SIGKILL; the level is Amazon's figure all the same."""

    def test_each_point(self):
        world = shop_of(self)
        turn_on(world)
        host, sim = world.host, world.sim
        until(lambda: level_at(world, "LAMP") == 20, "the lamps are read", 90)
        host.kill()
        points = [name for name in host.fail_points() if name.startswith("centre-stock-")]
        self.assertGreaterEqual(len(points), 2)
        for number, point in enumerate(points):
            with self.subTest(point=point):
                sim.act("set-fba-stock", sku="LAMP", pool="uk", fulfillable=10 + number)
                sim.advance(1800)
                host.launch(failpoint=point)

                def poke(_):
                    if host.answers():
                        host.sync(_LANE)

                self.dies(host, poke)
                host.start()
                host.sync(_LANE)
                until(lambda number=number: level_at(world, "LAMP") == 10 + number, point, 90)
                host.kill()
        with database.copy_of(host.database) as connection:
            self.assertTrue(database.is_sound(connection))


if __name__ == "__main__":
    unittest.main()
