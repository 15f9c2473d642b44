"""Orders beside the usual way in: asked for one by one, read from before the host was there, and read again."""
import datetime
import unittest

from harness.case import WorldTest
from harness.host import CliError
from harness.polling import until
from harness.sim import MARKETPLACES

_DAY = 24 * 3600


def utc(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class RecoverTest(WorldTest):
    def test_one_order_is_asked_for_by_its_id(self):
        world = self.world(listings=[{"sku": "MUG", "quantity": 50}])
        world.set_up(listed=1)
        host, sim = world.host, world.sim
        host.run("sync", "pause", "shop.orders", "--note", "the test asks by itself")
        order = sim.place(("MUG", 1), status="UNSHIPPED", marketplace="UK")
        self.assertNotIn(order, host.orders())
        answer = host.ask("orders", "recover", "uk", order, "--dry-run")
        self.assertEqual(answer["outcome"], "ORDER_RECOVERY_RECEIVED")
        self.assertNotIn(order, host.orders())
        answer = host.ask("orders", "recover", "uk", order)
        self.assertEqual(answer["outcome"], "ORDER_RECOVERY_RECEIVED")
        self.assertEqual(host.orders()[order][0]["name"], answer["order"])
        self.assertEqual(host.ask("orders", "recover", "uk", order)["outcome"], "ORDER_RECOVERY_UNCHANGED")
        sim.act("cancel", order_id=order, by="BUYER")
        self.assertEqual(host.ask("orders", "recover", "uk", order)["outcome"], "ORDER_RECOVERY_UPDATED")
        self.assertEqual(host.orders()[order][0]["state"], "ORDER_STATE_CANCELLED")
        # What stands against it has a name.
        for channel, wanted, reason in (("de", order, "ORDER_ELSEWHERE"), ("uk", "203-7654321-7654321", "ORDER_NOT_FOUND"),
                                        ("fr", order, "CHANNEL_NOT_FOUND")):
            with self.assertRaises(CliError) as refused:
                host.run("orders", "recover", channel, wanted)
            self.assertIn(reason, refused.exception.text)
        host.run("channel", "disable", "uk")
        with self.assertRaises(CliError) as refused:
            host.run("orders", "recover", "uk", order)
        self.assertIn("LANE_DISABLED", refused.exception.text)
        records = host.ask("audit", "list", "--resource", "channels/uk").get("records", [])
        self.assertIn("SyncService.RecoverOrder", [record["action"] for record in records])


class HistoryTest(WorldTest):
    def test_recent_orders_come_first_and_older_ones_after_them(self):
        world = self.world(listings=[{"sku": "MUG", "quantity": 500}])
        sim, host = world.sim, world.host
        oldest = sim.place(("MUG", 1), status="UNSHIPPED", marketplace="UK")
        sim.advance(45 * _DAY)
        older = sim.place(("MUG", 1), status="UNSHIPPED", marketplace="UK")
        sim.advance(20 * _DAY)
        recent = sim.place(("MUG", 1), status="UNSHIPPED", marketplace="UK")
        sim.advance(3600)
        world.set_up(channels=("uk",))
        lane = until(lambda: host.lanes()["shop.orders"].get("backfill", {}).get("completeTime") and host.lanes()["shop.orders"],
                     "the history is read", 120)
        self.assertEqual(set(host.orders()), {oldest, older, recent})
        received = {order: host.orders()[order][0]["receiveTime"] for order in (oldest, older, recent)}
        self.assertLess(received[recent], received[older])
        self.assertLessEqual(received[older], received[oldest])
        self.assertGreaterEqual(int(lane["backfill"]["orders"]), 2)
        self.assertTrue(host.orders()[oldest][0].get("personalDataErased"), "it is past its retention")
        self.assertFalse(host.orders()[recent][0]["personalDataErased"])
        self.assertEqual(sim.violations(), [])

    def test_a_lane_is_set_back_and_forward(self):
        world = self.world(listings=[{"sku": "MUG", "quantity": 500}])
        sim, host = world.sim, world.host
        world.set_up(channels=("uk",))
        until(lambda: host.lanes()["shop.orders"].get("backfill", {}).get("completeTime"), "the history is read", 120)
        begun = host.lanes()["shop.orders"]["backfill"]["beginTime"]
        back = sim.now_us() / 1e6 - 3 * _DAY
        answer = host.ask("sync", "checkpoint", "shop.orders", utc(back))
        self.assertNotEqual(answer["lane"]["backfill"]["beginTime"], begun)

        def read_again():
            backfill = host.lanes()["shop.orders"]["backfill"]
            return backfill["beginTime"] != begun and "completeTime" in backfill
        until(read_again, "what lies between was read again", 120)
        # Forward: not without a word.
        host.run("sync", "pause", "shop.orders", "--note", "the test")
        sim.advance(4 * 3600)
        skipped = sim.place(("MUG", 1), status="UNSHIPPED", marketplace="UK")
        sim.advance(4 * 3600)
        forward = utc(sim.now_us() / 1e6 - 1800)

        def is_to_be_confirmed():
            with self.assertRaises(CliError) as refused:
                host.run("sync", "checkpoint", "shop.orders", forward)
            return "CHECKPOINT_NOT_CONFIRMED" in refused.exception.text
        until(is_to_be_confirmed, "the host's clock has followed", 60)
        host.run("sync", "checkpoint", "shop.orders", forward, "--skip-orders", "--yes")
        kept = sim.place(("MUG", 1), status="UNSHIPPED", marketplace="UK")
        host.run("sync", "resume", "shop.orders")
        until(lambda: kept in host.orders(), "the later order is there", 60)
        self.assertNotIn(skipped, host.orders())


class IdentityTest(WorldTest):
    def test_an_account_does_not_become_another_seller_once_orders_were_read(self):
        world = self.world(listings=[{"sku": "MUG", "quantity": 50}])
        world.set_up(channels=("uk",), listed=1)
        host = world.host
        until(lambda: host.lanes()["shop.orders"].get("lastSuccessTime"), "orders were read", 60)
        for option in ("seller_id=A2OTHERSELLER", "region=na"):
            with self.assertRaises(CliError) as refused:
                host.run("account", "update", "shop", "--option", option)
            self.assertIn(option.split("=", 1)[0], refused.exception.text)
            self.assertIn("add another account", refused.exception.text)
        host.run("account", "update", "shop", "--option", "outbound_api=2026-07-04")
        passed = host.lanes()["shop.orders"]["lastSuccessTime"]
        until(lambda: host.lanes()["shop.orders"]["lastSuccessTime"] != passed, "orders are read as before", 60)


class SecondChannelTest(WorldTest):
    """The orders of an account are read for the marketplaces that are on. One that comes beside them had orders before."""

    @staticmethod
    def known(host, *orders):
        return until(lambda: set(orders) <= set(host.orders()), "the orders are here", 120)

    def test_a_channel_enabled_later_brings_its_orders_of_before(self):
        world = self.world(listings=[{"sku": "MUG", "quantity": 30}])
        sim, host = world.sim, world.host
        old = sim.place(("MUG", 1), status="UNSHIPPED", marketplace="DE")
        sim.advance(20 * _DAY)
        days = sim.place(("MUG", 2), status="UNSHIPPED", marketplace="DE")
        sim.advance(5 * _DAY)
        hours = sim.place(("MUG", 4), status="UNSHIPPED", marketplace="DE")
        sim.advance(2 * 3600)
        world.set_up(channels=("uk",))
        until(lambda: host.lanes()["shop.orders"].get("backfill", {}).get("completeTime"), "the history of uk is read", 120)
        self.assertEqual(host.orders(), {})
        host.add_channel("de", MARKETPLACES["de"])
        self.known(host, days, hours, old)
        until(lambda: "completeTime" in host.lanes()["shop.orders"]["backfill"], "the history of both is read", 120)
        self.assertEqual(set(host.orders()), {old, days, hours})
        self.assertEqual(sim.violations(), [])

    def test_open_orders_of_a_channel_added_later_are_not_offered_again(self):
        world = self.world(listings=[{"sku": "MUG", "quantity": 12}])
        sim, host = world.sim, world.host
        world.set_up(channels=("uk",), listed=1)
        order = sim.place(("MUG", 7), status="UNSHIPPED", marketplace="DE")
        sim.advance(3600)
        world.link(channels=("uk",))
        host.add_channel("de", MARKETPLACES["de"])
        until(lambda: len(host.listings("de")) == 1, "the new channel's listings are known", 60)
        world.link(channels=("de",))
        self.known(host, order)
        host.run("stock", "set", "MUG", "20")
        world.settle(lambda: sim.quantity("MUG") == 13, "what is left of twenty is shown")
        self.assertNotIn(20, [change["new"] for change in sim.look("ledger", section="quantities", sku="MUG")["quantities"]])

    def test_a_channel_that_was_off_for_a_while_brings_what_was_sold_meanwhile(self):
        world = self.world(listings=[{"sku": "MUG", "quantity": 12}])
        sim, host = world.sim, world.host
        world.set_up(listed=1)
        world.link()
        host.run("channel", "disable", "de")
        order = sim.place(("MUG", 5), status="UNSHIPPED", marketplace="DE")
        sim.advance(3600)
        passed = host.lanes()["shop.orders"]["lastSuccessTime"]
        until(lambda: host.lanes()["shop.orders"]["lastSuccessTime"] != passed, "orders were read without it", 60)
        self.assertNotIn(order, host.orders())
        host.run("channel", "enable", "de")
        host.run("stock", "set", "MUG", "21")
        self.known(host, order)
        world.settle(lambda: sim.quantity("MUG") == 16, "what is left of 21 is shown")
        self.assertNotIn(21, [change["new"] for change in sim.look("ledger", section="quantities", sku="MUG")["quantities"]],
                         "nothing is raised before its orders are known")


if __name__ == "__main__":
    unittest.main()
