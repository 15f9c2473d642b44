"""Every option of a channel's screen (domain 2): set there, its effect seen at a simulated Amazon. One test for each row of the table; rows
with a life of their own are tested elsewhere, and the first test says where.
"""
import datetime
import importlib
import unittest

from e2e.fba_test import level_at
from harness.case import WorldTest
from harness.host import CliError
from harness.polling import until
from harness.sim import CREDENTIALS, WIDE_LIMITS

# "config" is what `quayside channel config` lists; the others are shown beside it.
_HERE = {
    "enabled": "test_enabled",
    "update_inventory": "test_update_inventory",
    "inventory_from_location": "test_update_inventory_from_location",
    "inventory_locations": "test_update_inventory_from_location",
    "order_download_location": "test_order_download_location",
    "max_listed_quantity": "test_default_max_listed_quantity",
    "listed_percentage": "test_default_max_listed_percentage",
    "end_when_quantity": "test_default_end_when_quantity",
    "undisclosed_email": "test_undisclosed_email",
    "utc_offset": "test_utc_offset",
    "fba_sync_inventory": "test_fba_sync_inventory",
    "convert_currency": "test_convert_currency",
    "last_inventory_sync": "test_last_inventory_sync",
    "account": "test_account_credentials",
}
_ELSEWHERE = {
    "mark_as_despatched": ("despatch_test", "DespatchTest", "test_switched_off_nobody_is_told"),
    "default_latency_days": ("rules_test", "RulesTest", "test_handling_time_follows_the_rules_and_the_quantity_stays"),
    "product_based_latency": ("rules_test", "RulesTest", "test_handling_time_follows_the_rules_and_the_quantity_stays"),
    "zero_brake_percent": ("brake_test", "BrakeTest", "test_a_wrong_import_stops_and_is_put_right"),
    "fba_enabled": ("fba_test", "FbaTest", "test_turning_it_on_makes_a_location_whose_stock_is_read"),
    "last_order_sync": ("orders_test", "HistoryTest", "test_a_lane_is_set_back_and_forward"),
    "shipping mapping": ("despatch_test", "DespatchTest", "test_a_service_that_is_mapped_names_the_carrier"),
}


def listed_options(host):
    """As the screen of channel "uk" shows them."""
    lines = host.run("channel", "config", "uk").stdout.splitlines()
    return {line.split()[0] for line in lines if line and line[0].islower() and not line.startswith(("options.", "revision ", "warning:"))}


class OptionsTest(WorldTest):
    def shop(self, settings=None, **levels):
        """Each SKU listed in Britain, linked to an item with this level, and shown by Amazon."""
        world = self.world(speed=120, listings=[{"sku": sku, "quantity": level} for sku, level in levels.items()],
                           settings={**WIDE_LIMITS, **(settings or {})})
        world.set_up(channels=("uk",), listed=len(levels))
        world.link(("uk",))
        for sku, level in levels.items():
            world.host.run("stock", "set", sku, str(level))
        world.settle(lambda: all(each.get("quantityState") == "QUANTITY_STATE_CURRENT" for each in world.host.listings("uk").values()),
                     "the first quantities are let go and current")
        return world

    @staticmethod
    def change(world, *options):
        arguments = [part for option in options for part in ("--set", option)]
        return world.host.run("channel", "config", "uk", *arguments)

    @staticmethod
    def shows(world, sku, quantity, why):
        until(lambda: world.sim.quantity(sku) == quantity, f"Amazon shows {quantity} of {sku}: {why}", 90)

    @staticmethod
    def buy(world, sku, quantity=1, **more):
        order = world.sim.place((sku, quantity), marketplace="UK", **more)
        until(lambda: world.host.orders().get(order), f"order {order} is here", 90)
        return order

    @staticmethod
    def order(world, order):
        return world.host.ask("orders", "show", order)["order"]

    def test_there_is_a_test_for_each_option(self):
        world = self.shop(MUG=10)
        options = listed_options(world.host)
        self.assertGreater(len(options), 12)
        self.assertEqual(options - set(_HERE) - set(_ELSEWHERE), set())
        for option, (module, case, test) in _ELSEWHERE.items():
            found = getattr(importlib.import_module("e2e." + module), case)
            self.assertTrue(hasattr(found, test), f"{option}: {module}.{case}.{test}")
        for option, test in _HERE.items():
            self.assertTrue(hasattr(OptionsTest, test) or hasattr(WarehouseOptionsTest, test), option)

    @staticmethod
    def calls(world):
        """Of every operation, by anybody."""
        sellers = world.sim.look("ledger", section="calls")["calls"].values()
        return sum(operation["calls"] for operations in sellers for operation in operations.values())

    def test_enabled(self):
        """Off: not one call of any kind in a day, though there is something to send and something to read. Then it catches up."""
        world = self.shop(MUG=10)
        world.host.run("channel", "disable", "uk")
        until(lambda: all(lane["state"] == "LANE_STATE_DISABLED" for lane in world.host.lanes().values()), "every lane is off", 60)
        before = self.calls(world)
        self.assertGreater(before, 0)
        order = world.sim.place(("MUG", 2), status="UNSHIPPED", marketplace="UK")
        world.host.run("stock", "adjust", "MUG", "-3", "--note", "sold at the counter")
        for _ in range(24):
            world.sim.advance(3600)
            self.assertTrue(world.host.lanes())
        # Ten minutes more at the world's own pace, in which a lane that were due would have had its turn many times.
        end = world.sim.now_us() + 600_000_000
        until(lambda: world.sim.now_us() >= end, "ten more minutes", 60)
        self.assertEqual(self.calls(world), before)
        self.assertEqual(world.sim.quantity("MUG"), 8, "what Amazon sold by itself")
        self.assertNotIn(order, world.host.orders())
        world.host.run("channel", "enable", "uk")
        until(lambda: world.host.orders().get(order), "the order of that day is here", 90)
        self.shows(world, "MUG", 5, "the sale at the counter is sent")
        self.assertGreater(self.calls(world), before)

    def test_update_inventory(self):
        world = self.shop(MUG=10)
        self.change(world, "update_inventory=off")
        world.host.run("stock", "adjust", "MUG", "-3", "--note", "sold at the counter")
        world.sim.advance(3600)
        until(lambda: world.host.listings("uk")["MUG"].get("quantityNote"), "it is told why nothing is sent", 60)
        self.assertEqual(world.sim.quantity("MUG"), 10)
        self.change(world, "update_inventory=on")
        self.shows(world, "MUG", 7, "it is switched on again")

    def test_update_inventory_from_location(self):
        world = self.shop(MUG=10)
        world.host.run("stock", "locations", "add", "shed", "--name", "The shed")
        world.host.run("stock", "set", "MUG", "4", "--location", "shed")
        self.shows(world, "MUG", 14, "all locations count")
        with self.assertRaises(CliError):
            self.change(world, "inventory_from_location=on")
        self.change(world, "inventory_from_location=on", "inventory_locations=shed")
        self.shows(world, "MUG", 4, "the shed only")
        channel = world.host.ask("channel", "show", "uk")["channel"]
        self.assertTrue(channel.get("warnings"), "orders are taken from a location that does not count")
        self.change(world, "inventory_from_location=on", "inventory_locations=shed,default")
        self.shows(world, "MUG", 14, "both are chosen")

    def test_order_download_location(self):
        world = self.shop(MUG=10)
        world.host.run("stock", "locations", "add", "shed", "--name", "The shed")
        self.change(world, "order_download_location=shed")
        order = self.buy(world, "MUG", 2)
        self.assertEqual(self.order(world, order)["location"], "locations/shed")
        levels = {each["location"]: int(each.get("reserved", 0)) for each in world.host.ask("stock", "show", "MUG")["item"]["levels"]}
        self.assertEqual(levels.get("locations/shed"), 2)
        self.shows(world, "MUG", 8, "it is reserved where it will be taken from")

    def test_default_max_listed_quantity(self):
        world = self.shop(MUG=10, CUP=3)
        self.change(world, "max_listed_quantity=6")
        self.shows(world, "MUG", 6, "no more than the ceiling")
        self.assertEqual(world.sim.quantity("CUP"), 3, "below the ceiling")
        world.host.run("listings", "set", "uk", "MUG", "--max", "8")
        self.shows(world, "MUG", 8, "the listing's own ceiling")
        world.host.run("channel", "config", "uk", "--unset", "max_listed_quantity")
        world.host.run("listings", "set", "uk", "MUG", "--max", "off")
        self.shows(world, "MUG", 10, "no ceiling")

    def test_default_max_listed_percentage(self):
        world = self.shop(MUG=100, CUP=7)
        self.change(world, "listed_percentage=29")
        self.shows(world, "MUG", 29, "29 % of 100, exactly")
        self.shows(world, "CUP", 2, "rounded down")
        self.change(world, "listed_percentage=33.3")
        self.shows(world, "CUP", 2, "33.3 % of 7, rounded down")
        self.shows(world, "MUG", 33, "33.3 % of 100, rounded down")

    def test_default_end_when_quantity(self):
        world = self.shop(MUG=6, CUP=5)
        self.change(world, "end_when_quantity=5")
        world.settle(lambda: world.sim.quantity("CUP") == 0, "5 is the end; half of a small shop waits for a word first", 90)
        self.assertEqual(world.sim.quantity("MUG"), 6, "above the end all of it is listed")
        self.change(world, "end_when_quantity=4")
        self.shows(world, "CUP", 5, "above the end again")

    def test_undisclosed_email(self):
        world = self.shop(MUG=10)
        order = self.buy(world, "MUG", buyer={"name": "Nora Nolan", "email": "real@example.com"}, email_after_s=7200)
        recipient = self.order(world, order)["recipient"]
        self.assertEqual(recipient["buyerEmail"], "NOT DISCLOSED BY AMAZON")
        self.change(world, "undisclosed_email=shop@example.com")
        recipient = self.order(world, order)["recipient"]
        self.assertEqual((recipient["buyerEmail"], recipient["buyerEmailUndisclosed"]), ("shop@example.com", True))
        world.sim.advance(7300)
        until(lambda: self.order(world, order)["recipient"]["buyerEmail"] == "real@example.com", "the real one took its place", 120)
        with self.assertRaises(CliError):
            self.change(world, "undisclosed_email=no-address")

    def test_utc_offset(self):
        world = self.shop(MUG=10)
        order = self.buy(world, "MUG")
        before = self.order(world, order)
        self.assertEqual(before["receiveUtcOffsetMinutes"], 60, "one hour, when nobody says otherwise")
        self.change(world, "utc_offset=-3:30")
        after = self.order(world, order)
        self.assertEqual(after["receiveUtcOffsetMinutes"], -210)
        self.assertEqual(after["receiveTime"], before["receiveTime"], "what is stored is UTC")
        self.assertIn("-03:30", world.host.run("orders", "show", order).stdout)
        with self.assertRaises(CliError):
            self.change(world, "utc_offset=1:10")

    def test_last_inventory_sync(self):
        world = self.world(speed=120, listings=[{"sku": "MUG", "quantity": 10}], settings=WIDE_LIMITS)
        world.set_up(channels=("uk",), listed=1)
        channel = world.host.ask("channel", "show", "uk")["channel"]
        made = datetime.datetime.fromisoformat(channel["createTime"][:10])
        self.assertEqual(channel["lastInventorySyncTime"], (made - datetime.timedelta(days=3)).strftime("%Y-%m-%dT00:00:00Z"))
        world.link(("uk",))
        world.host.run("stock", "set", "MUG", "8")
        world.settle(lambda: world.sim.quantity("MUG") == 8, "it was sent")
        until(lambda: world.host.ask("channel", "show", "uk")["channel"]["lastInventorySyncTime"] > channel["createTime"],
              "the time of sending is shown", 60)

    def test_last_inventory_sync_of_a_shared_quantity(self):
        """One number for the whole account: the first channel decides, and it was sent for the other one as well."""
        world = self.world(speed=120, listings=[{"sku": "MUG", "quantity": 10}], settings=WIDE_LIMITS)
        world.set_up(channels=("de", "uk"), listed=1)
        world.link(("de", "uk"))
        world.host.run("stock", "set", "MUG", "8")
        world.settle(lambda: world.sim.quantity("MUG") == 8, "it was sent")
        channels = {name: world.host.ask("channel", "show", name)["channel"] for name in ("de", "uk")}
        self.assertGreater(channels["de"]["lastInventorySyncTime"], channels["de"]["createTime"])
        self.assertEqual(channels["uk"]["lastInventorySyncTime"], channels["de"]["lastInventorySyncTime"])
        self.assertEqual(world.host.stopped_channels(), [], "the other one has nothing that waits")

    def test_account_credentials(self):
        world = self.shop(MUG=10)
        world.host.set_secret("lwa_refresh_token", "Atzr|nobody-knows-this-one")
        tested = world.host.run("account", "test", "shop", check=False)
        self.assertEqual(tested.returncode, 1)
        self.assertIn("not ok", tested.stdout)
        self.assertNotIn("nobody-knows-this-one", tested.stdout + world.host.run("account", "show", "shop").stdout)
        whole = world.host.run("channel", "test", "uk", check=False)
        self.assertEqual(whole.returncode, 1)
        self.assertRegex(whole.stdout, r"account credentials +not ok")
        self.assertRegex(whole.stdout, r"enabled +ok")
        self.assertNotIn("nobody-knows-this-one", whole.stdout + whole.stderr)
        world.host.run("stock", "adjust", "MUG", "-1", "--note", "sold at the counter")
        world.host.set_secret("lwa_refresh_token", "Atzr|first-light-refresh-token")
        until(lambda: world.host.run("account", "test", "shop", check=False).returncode == 0, "the right one works", 60)
        for lane in ("shop.inventory", "shop.orders"):
            world.host.run("sync", "resume", lane, check=False)
            world.host.sync(lane)
        self.shows(world, "MUG", 9, "with the right credentials it is sent")
        until(lambda: world.host.run("channel", "test", "uk", check=False).returncode == 0, "nothing is missing", 60)

    def test_the_wrong_region_is_named(self):
        world = self.world()
        world.set_up(channels=())
        host = world.host
        host.run("account", "add", "away", "--plugin", "amazon", "--option", "region=na", "--option", "seller_id=A1QUAYSIDE0EU")
        for name, value in CREDENTIALS.items():
            host.set_secret(name, value, "away")
        tested = host.run("account", "test", "away", check=False)
        self.assertEqual(tested.returncode, 1)
        self.assertRegex(tested.stdout, r"region +not ok")
        self.assertIn("belongs to region eu", tested.stdout)
        # Nothing was read for it yet: it can be corrected, but no seller is two accounts.
        refused = host.run("account", "update", "away", "--option", "region=eu", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("'accounts/shop' has the same region and seller_id", refused.stdout + refused.stderr)
        host.run("account", "delete", "shop")
        host.run("account", "update", "away", "--option", "region=eu")
        self.assertEqual(host.run("account", "test", "away", check=False).returncode, 0)


class WarehouseOptionsTest(WorldTest):
    def shop(self):
        """Mugs that the merchant ships, of which Amazon's British warehouse has some as well."""
        world = self.world(speed=120, settings=WIDE_LIMITS,
                           listings=[{"sku": "MUG", "quantity": 50}, {"sku": "MUG-FBA", "fba": True, "fba_stock": {"uk": 20}}])
        world.set_up(channels=("uk", "de"), listed=2)
        world.link(("uk", "de"))
        for channel in ("uk", "de"):
            world.host.run("listings", "unlink", channel, "MUG-FBA")
            world.host.run("listings", "link", channel, "MUG-FBA", "MUG")
        world.host.run("stock", "set", "MUG", "50")
        return world

    def test_fba_sync_inventory(self):
        world = self.shop()
        world.host.run("channel", "config", "uk", "--set", "fba_enabled=on", "--set", "fba_sync_inventory=off")
        world.sim.advance(7200)
        world.host.sync("shop.uk.fulfilment-stock")
        self.assertIsNone(level_at(world, "MUG"), "the location is there, and its stock is not read")
        self.assertEqual(world.sim.calls("getInventorySummaries"), 0)
        world.host.run("channel", "config", "uk", "--set", "fba_sync_inventory=on")
        until(lambda: level_at(world, "MUG") == 20, "it is read", 90)
        world.host.run("channel", "config", "uk", "--set", "inventory_from_location=on", "--set", "inventory_locations=uk-fba")
        self.assertNotIn("nobody reads", " ".join(world.host.ask("channel", "show", "uk")["channel"].get("warnings", [])))
        world.host.run("channel", "config", "uk", "--set", "fba_sync_inventory=off")
        self.assertIsNone(level_at(world, "MUG"), "what was read there is not known any more")
        self.assertIn("nobody reads the stock of the inventory location uk-fba",
                      " ".join(world.host.ask("channel", "show", "uk")["channel"]["warnings"]))
        world.sim.act("set-fba-stock", sku="MUG-FBA", pool="uk", fulfillable=1)
        world.host.run("channel", "config", "uk", "--set", "fba_sync_inventory=on")
        until(lambda: level_at(world, "MUG") == 1, "it is read again", 90)

    def test_convert_currency(self):
        world = self.shop()
        world.host.run("channel", "config", "uk", "--set", "fba_enabled=on")
        until(lambda: level_at(world, "MUG") == 20, "the mugs there are read", 90)
        order = world.sim.place(("MUG", 1), marketplace="DE",
                                buyer={"name": "Nora Nolan", "city": "Leeds", "postal_code": "LS1 4DY", "country": "GB"})
        until(lambda: any(each["state"] == "ORDER_STATE_OPEN" for each in world.host.orders().get(order, [])), "the order is open", 90)
        world.host.run("orders", "allocate", order, "--location", "uk-fba")

        def allocation():
            return world.host.ask("orders", "allocations", order)["allocations"][-1]
        until(lambda: allocation().get("reason") == "CURRENCY_MISMATCH", "euros are not declared in Britain", 120)
        self.assertEqual(world.sim.look("ledger", section="outbound")["outbound"], [], "it is not sent")
        world.host.run("channel", "config", "uk", "--set", "convert_currency=on")
        world.host.run("orders", "allocate", order, "--location", "uk-fba")
        until(lambda: allocation()["state"] == "ALLOCATION_STATE_ACCEPTED", "declared in pounds one to one", 120)
        self.assertEqual(len(world.sim.look("ledger", section="outbound")["outbound"]), 1)


if __name__ == "__main__":
    unittest.main()
