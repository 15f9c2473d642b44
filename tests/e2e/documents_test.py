"""Documents between real processes: a report whose address has expired and whose text is Windows-1252 and packed, and documents of
quantities that Amazon gives up half way, or never ends, or that are taken because items would be slower. What lies on the disk for an
account goes with it.
"""
import pathlib
import shutil
import tempfile
import unittest

from harness import database
from harness.case import WorldTest
from harness.host import Host
from harness.polling import until
from harness.sim import WIDE_LIMITS

_SPEED = 240
_MANY = 1_100            # more than a search gives, so that a pass is a report
_LARGE = 8_000
_HOURS = 3600
_WORKS = {"queue_s": [1, 2], "work_s": [10**6, 10**6]}  # for ever, unless somebody ends it


class ReportsTest(WorldTest):
    def test_a_packed_report_in_an_old_charset_is_read_behind_an_expired_address(self):
        world = self.world(speed=_SPEED, sync={"completeness_hours": 0},  # reports of orders would be counted, too
                           settings={**WIDE_LIMITS, "reports": {"queue_s": [5, 10], "work_s": [5, 10], "compression": "gzip"}},
                           listings=[{"sku": "GLASS", "title": "Größe 3½ für 5 €", "quantity": 1},
                                     {"sku": "HAT", "title": "Шапка", "quantity": 1},
                                     {"generate": {"count": _MANY, "prefix": "MANY-", "quantity": [0, 80]}}])
        world.sim.fault("expired-address", operation="downloadDocument", count=1)
        world.set_up(channels=("uk",), listed=_MANY + 2)
        self.assertEqual(world.sim.fired(), {"expired-address": 1})
        self.assertGreaterEqual(world.sim.calls("getReportDocument"), 2, "a new address is asked for")
        self.assertEqual(world.sim.calls("createReport"), 1, "but no new report")
        listings = world.host.listings("uk")
        self.assertEqual(listings["GLASS"].get("title"), "Größe 3½ für 5 €")
        self.assertNotIn("?", listings["HAT"].get("title", ""), "what the charset lacks is not known, rather than question marks")
        self.assertEqual([sku for sku, listing in listings.items() if listing.get("vanished")], [])

    def test_a_report_that_takes_longer_than_a_step_comes_in_several(self):
        world = self.world(speed=_SPEED, sync={"completeness_hours": 0},
                           settings={**WIDE_LIMITS, "reports": {"queue_s": [5, 10], "work_s": [5, 10]}},
                           listings=[{"generate": {"count": _LARGE, "prefix": "MANY-", "quantity": [0, 80]}}])
        # A step has a second here, the report takes about three.
        world.sim.fault("slow-drip", operation="downloadDocument", bytes=16_384, interval_ms=80)
        world.set_up(channels=("uk",), listed=_LARGE)
        self.assertGreater(world.sim.calls("downloadDocument"), 1)
        self.assertEqual(world.sim.calls("createReport"), 1)
        world.host.stop()
        with database.copy_of(world.host.database) as connection:
            self.assertEqual([attributes for _, _, attributes in database.events(connection, "lane.failed")], [],
                             "what is on its way is no failure")


class DeletedAccountTest(WorldTest):
    def test_documents_go_with_their_account_also_those_a_killed_host_left(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="qs-documents-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        host = Host(folder).start()
        self.addCleanup(host.stop)
        host.install()
        host.add_account({})
        documents = host.data / "documents"
        for account in ("shop", "gone"):  # the second as of a host that died between the deletion and what follows
            (documents / account).mkdir()
            (documents / account / "report.doc").write_bytes(b"a report")
        host.kill()
        host.start()
        self.assertEqual([each.name for each in documents.iterdir()], ["shop"])
        host.run("account", "delete", "shop")
        self.assertEqual(list(documents.iterdir()), [])


class FeedsTest(WorldTest):
    _SKUS = [f"MUG-{number}" for number in range(12)]

    def shop(self):
        """Every quantity is to be lowered, which goes into one document."""
        world = self.world(speed=_SPEED, sync={"document_from": 3}, settings={**WIDE_LIMITS, "feeds": {"queue_s": [5, 10], "work_s": [5, 10]}},
                           listings=[{"sku": sku, "quantity": 50} for sku in self._SKUS])
        world.set_up(channels=("uk",), listed=len(self._SKUS))
        world.link(("uk",))
        return world

    def lower(self, world):
        world.host.run("stock", "set", "--file", "-", stdin="SKU,Level\n" + "".join(f"{sku},{20 + n}\n" for n, sku in enumerate(self._SKUS)))
        until(lambda: int(world.host.plan("uk").get("rows", 0)) == len(self._SKUS), "the first quantities wait for a word", 60)
        world.host.approve_plans()

    def amazon_shows_all(self, world, why):
        levels = {sku: 20 + n for n, sku in enumerate(self._SKUS)}
        until(lambda: {sku: listing["quantity"] for sku, listing in world.sim.listings().items()} == levels, why, 120)
        until(lambda: all(listing.get("quantityState") == "QUANTITY_STATE_CURRENT" for listing in world.host.listings("uk").values()),
              "and the host knows", 120)

    def documents(self, world, *types):
        world.host.stop()
        with database.copy_of(world.host.database) as connection:
            return [(kind, attributes) for kind, _, attributes in database.events(connection, *types)]

    def test_a_document_is_worked_off(self):
        world = self.shop()
        self.lower(world)
        self.amazon_shows_all(world, "all quantities arrive in a document")
        self.assertEqual(world.sim.calls("createFeed"), 1)
        ended = self.documents(world, "document.ended")
        self.assertEqual([attributes["accepted"] for _, attributes in ended], [str(len(self._SKUS))])

    def test_what_a_fatal_document_left_undone_is_sent_again(self):
        for applied in ("none", "some", "all"):
            with self.subTest(applied=applied):
                world = self.shop()
                world.sim.fault("fatal-job", operation="createFeed", variant=applied, count=1)
                self.lower(world)
                self.amazon_shows_all(world, "all quantities arrive in the end")
                ended = self.documents(world, "document.ended")
                self.assertTrue(ended)
                self.assertGreater(int(ended[0][1].get("unknown", 0)) + int(ended[0][1].get("rejected", 0)), 0,
                                   "what nobody knows is not taken for done")

    def test_a_stuck_document_is_passed_and_overwrites_nothing_when_it_ends_after_all(self):
        world = self.shop()
        sku = self._SKUS[0]
        world.sim.act("settings", feeds=_WORKS)
        self.lower(world)
        # What waits in the queue could be withdrawn.
        until(lambda: [feed["status"] for feed in world.sim.look("feeds", limit=10)["feeds"]] == ["IN_PROGRESS"],
              "a document is worked on", 60)
        world.sim.advance(3 * _HOURS)
        self.amazon_shows_all(world, "the quantities go one by one instead")
        # New numbers, and then the document's old ones after all.
        world.host.run("stock", "adjust", sku, "-4", "--note", "sold at the counter")
        until(lambda: world.sim.quantity(sku) == 16, "the newer number arrives", 60)
        feed = world.sim.look("feeds", limit=10)["feeds"][0]
        self.assertEqual(feed["status"], "IN_PROGRESS")
        world.sim.act("set-feed", feed_id=feed["id"], status="DONE")
        until(lambda: world.sim.quantity(sku) == 16 and
              world.host.listings("uk")[sku].get("quantityState") == "QUANTITY_STATE_CURRENT", "the newer number stands", 120)
        changes = world.sim.look("ledger", section="quantities", sku=sku)["quantities"]
        self.assertEqual([(change["by"], change["new"]) for change in changes if change["by"] != "setup"],
                         [("patch", 20), ("patch", 16), ("feed", 20), ("patch", 16)])
        self.assertEqual(world.sim.calls("createFeed"), 1, "what is stuck is not handed over again")
        told = [kind for kind, _ in self.documents(world, "document.stuck", "document.withdrawn", "document.ended")]
        self.assertEqual(told, ["document.stuck", "document.ended"])


class WhicheverIsSoonerTest(WorldTest):
    """Nobody says how a quantity travels: what is through sooner is taken."""
    _PACE = 0.1              # patches in a simulated second
    _ITEMS = 400             # at that pace more than an hour; a document is good for 20 minutes

    def test_a_large_backlog_takes_both_ways_and_a_small_one_goes_by_item(self):
        slow = {"rate": self._PACE, "burst": 5, "advertised": self._PACE}
        world = self.world(speed=_SPEED, listings=[{"sku": "FIRST", "quantity": 50},
                                                   {"generate": {"count": self._ITEMS, "prefix": "MANY-", "quantity": [50, 50]}}],
                           settings={"rate_limits": {**WIDE_LIMITS["rate_limits"], "patchListingsItem": slow},
                                     "feeds": {"queue_s": [5, 10], "work_s": [5, 10]}})
        world.set_up(channels=("uk",), listed=self._ITEMS + 1)
        world.link(("uk",))
        # Amazon's answer says how slow it is, and the first quantity needs a word.
        world.host.run("stock", "set", "FIRST", "20")
        world.settle(lambda: world.sim.quantity("FIRST") == 20, "the first quantity arrives")

        many = sorted(set(world.sim.listings()) - {"FIRST"})
        low, levels = many[:5], {sku: 20 + number % 20 for number, sku in enumerate(many)}
        levels.update(dict.fromkeys(low, 3))
        self._set(world, levels)
        by = {}
        for change in world.sim.look("ledger", section="quantities")["quantities"]:
            by.setdefault(change["by"], {})[change["sku"]] = change["number"]
        self.assertEqual(world.sim.calls("createFeed"), 1)
        self.assertGreater(len(by["feed"]), self._ITEMS / 2)
        self.assertGreater(len(by["patch"]), self._ITEMS / 10, "what is sent meanwhile goes by item")
        first = sorted(by["patch"], key=by["patch"].get)[:20]
        self.assertLessEqual(set(low), set(first), "low stock before all others")

        self._set(world, {sku: levels[sku] - 1 for sku in many[10:30]})
        self.assertEqual(world.sim.calls("createFeed"), 1, "a few are through sooner by item")

    def _set(self, world, levels):
        world.host.run("stock", "set", "--file", "-", stdin="SKU,Level\n" + "".join(f"{sku},{level}\n" for sku, level in levels.items()))

        def arrived():
            shown = world.sim.listings()
            return all(shown[sku]["quantity"] == level for sku, level in levels.items())
        world.settle(arrived, "every quantity arrives", 120, every=0.5)


if __name__ == "__main__":
    unittest.main()
