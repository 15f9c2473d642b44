"""The host is killed at random moments, and at every fail point, while orders and stock move, packages leave, orders are cancelled and
refunded, listings come and go, reports are read, documents of quantities travel, Amazon's warehouse ships orders of ours, and Amazon
misbehaves. A second plugin is at work all the while: a supplier's orders for the same stock come in files, and quantities go out in files.

At the end the trouble stops, everything converges, and the host's world is compared with the simulator's ledger and with what the
supplier handed in and took out: what was sold there is missing at Amazon, and the other way round. No unit has left the warehouse twice,
the host knows of each that has, and what it acknowledged to give there is known. The seed fixes what happens; when a kill hits lies with
the machine's scheduling as well, so a seed reproduces the kind of a failure, not its byte.
"""
import random
import time
from urllib.parse import unquote

from campaign import leavings, warehouse_life
from campaign.carry import carry_through
from campaign.deaths import end_life
from campaign.file_partner import FilePartner, open_folders
from campaign.report import Progress, Result
from campaign.shop_life import FBA, LEVELS, LISTINGS, PLENTY, SCARCE, ShopLife
from campaign.trouble import Trouble
from campaign.warehouse_life import WarehouseLife
from harness import comparison, database, documents, outbounds
from harness.places import BUILD
from harness.polling import TimedOut, until
from harness.sim import WIDE_LIMITS
from harness.world import World

SUMMARY = "kill -9 during order sync, report passes and quantity push of two plugins, under faults; nothing lost, doubled or wrong"
ROUNDS = 100
TARGETS = ("quaysided", "quayside-probe", "quayside-runner", "quayside", "amazon-sim", "amazon", "flatfile")

_SPEED = 100              # simulated seconds per second
_LONGEST_LIFE = 1.3       # seconds from start to kill
_LONGEST_WAIT = 6.0       # the same for a fail point, at which it dies sooner
_LONGEST_DOWN = 900       # simulated seconds between kill and restart
_SETTLE_SECONDS = 180
# Reached by installing, by the first start, by what is stuck or disabled, by a plan, by a reload.
_NOT_IN_STEPS = ("install-", "start-", "fence-", "end-runs-", "poll-", "gate-", "reload-", "backup-")
# They come round so rarely that they are asked for while the host is to die in one.
_ASKED_FOR = {"reconcile": "shop.uk.reconcile", "completeness": "shop.completeness", "centre": "shop.uk.fulfilment-stock",
              "outbound": "shop.fulfilment-outbound", "bulk": "shop.inventory", "read": "shop.inventory",
              "despatch": "shop.despatch", "post": "shop.post-sale", "listing": "shop.uk.listings", "document": "shop.uk.listings",
              "transfer": "supplier.orders"}
_IN_DOCUMENTS = ("bulk", "read")
_IN_PASSES = ("listing", "document")
# After each start an allowance begins at nothing: at Amazon's own rates a document would need a longer life than any here.
_OFTEN = {"rate": 1, "burst": 15, "advertised": 1}
_RATES = {**WIDE_LIMITS["rate_limits"], **{operation: _OFTEN for operation in (
    "createFeed", "createFeedDocument", "getFeeds", "getFeed", "getFeedDocument", "createReport", "getReport", "getReportDocument")}}
# Begun only by what Amazon leaves undone for hours, or seldom: tests of their own come to each (e2e/failpoints_test.py).
_SELDOM = ("listing-between-vanish-pieces", "bulk-after-withdraw", "bulk-between-releases", "bulk-between-frees", "completeness-",
           "post-sale-after-find", "despatch-after-reconcile")
_MANY_ROUNDS = 300        # of which every other point must have been met
_WAREHOUSE_SHARE = 0.2    # of what happens
_OUTBOUND_SHARE = 0.7     # the same while the host is to die in a step of the warehouse's
_MANY = 1_200             # listings beside the shop's: more than a search gives, so that a pass is a report
_PASS_EVERY = 8           # rounds; a complete pass is due every simulated day
_DAY = 25 * 3600          # simulated seconds
_REPORTS = {"queue_s": [5, 30], "work_s": [5, 60]}
_DOCUMENT_FROM = 2        # quantities that wait, so that documents travel all the time
_CHECKPOINT_EVERY = 50    # rounds between comparisons with the ledger
_SUPPLIER, _FILES = "supplier", "files"
_SUPPLIERS_ORDERS = 12    # in a file, at most
_SUPPLIERS_SHARE, _SUPPLIERS_SHARE_IN_TRANSFERS = 0.02, 0.1  # of what happens: a file is handed in


def _kind(point):
    return point.split("-", 1)[0]


class KillCampaign:
    def __init__(self, options):
        self.options = options
        self.rng = random.Random(options.seed)
        self.progress = Progress(options.rounds)
        many = {"generate": {"count": _MANY, "prefix": "MANY-", "quantity": [0, 80]}}
        self.world = World(speed=_SPEED, seed=options.seed, listings=[*LISTINGS, *warehouse_life.LISTINGS, many],
                           sync={"document_from": _DOCUMENT_FROM},
                           settings={"rate_limits": _RATES, **leavings.SETTINGS, "reports": _REPORTS,
                                     "outbound": warehouse_life.SPLITS})
        self.sim, self.host = self.world.sim, self.world.host
        passing = [sku for sku in self.sim.listings() if sku.startswith("MANY-")]
        self.life = ShopLife(random.Random(options.seed + 1), self.sim, self.host, passing, despatches=True, post_sales=True)
        self.warehouse = WarehouseLife(random.Random(options.seed + 4), self.sim, self.host)
        self.trouble = Trouble(random.Random(options.seed + 2), self.sim)
        exchange = self.world.folder / "exchange"
        open_folders(exchange)
        with self.host.config.open("a", encoding="utf-8") as config:
            config.write(f'[transfers.allow]\nexchange = "file://{exchange}"\n')
        # Without bad lines: no dead letter is meant to be left.
        self.partner = FilePartner(exchange, random.Random(options.seed + 3), PLENTY, _SUPPLIERS_ORDERS, bad_share=0)
        self.fail_points = [name for name in self.host.fail_points() if not name.startswith(_NOT_IN_STEPS)]
        self.watermarks = {}
        self.watermark_backwards = []
        self.problems = []
        self.kills = 0
        self.vanished = 0
        self.killed_in_pass = 0
        self.point_kills = {name: 0 for name in self.fail_points}

    def run(self):
        self.partner.start()
        self._set_up()
        for number in range(1, self.options.rounds + 1):
            self._round(number)
            self.progress.show(number, f"{self.kills} kills ({sum(self.point_kills.values())} at fail points), "
                                       f"{self.life.actions} changes")
            if number % _CHECKPOINT_EVERY == 0 and number < self.options.rounds:
                self._converge(f"after round {number}")
                self.warehouse.use(warehouse_life.LATER if self.warehouse.version == warehouse_life.OLDER else warehouse_life.OLDER)
                self.host.kill()
                self.problems += [f"after round {number}: {text}" for text in documents.handed_over_twice(self.sim, self.host)]
            if len(self.problems) > 20:
                break
        return self._judge()

    def _set_up(self):
        self.world.set_up(listed=len(LISTINGS) + len(warehouse_life.LISTINGS) + _MANY)
        self.world.link()
        self._set_up_supplier()
        rows = "SKU,Level\n" + "".join(f"{sku},{level}\n" for sku, level in LEVELS.items())
        self.host.run("stock", "set", "--file", "-", stdin=rows)
        self.warehouse.turn_on()
        self._until_equal("before the first kill")
        self.host.kill()

    def _set_up_supplier(self):
        self.host.run("plugin", "install", self.host.trust(BUILD / "bundles" / "flatfile"))
        self.host.run("account", "add", _SUPPLIER, "--plugin", "flatfile", *self.partner.options())
        self.partner.hand_in_listings()
        self.host.add_channel(_FILES, "files", account=_SUPPLIER)
        until(lambda: len(self.host.listings(_FILES)) == len(PLENTY), "the supplier's listings are known", 60)
        self.world.link((_FILES,))

    def _round(self, number):
        point = None
        if self.rng.random() < 0.6:
            # Of some, the one that was met least: all of them in a long run, whatever they take.
            point = min(self.rng.sample(self.fail_points, 4), key=self.point_kills.get)
            if _kind(point) in _IN_PASSES:
                self.sim.advance(_DAY)
            self.host.launch(failpoint=f"{point}:{1 if _kind(point) in _ASKED_FOR else self.rng.choice([1, 1, 2, 3, 5])}")
        else:
            self.host.launch()
        if self.rng.random() < 0.5:
            self.trouble.add_some()
        longest = _LONGEST_WAIT if point else _LONGEST_LIFE
        self._live(time.monotonic() + (self.rng.uniform(0, 0.25) if self.rng.random() < 0.15 else self.rng.uniform(0.2, longest)),
                   _kind(point) if point else "")
        if end_life(self.host, point, f"round {number}", self.problems):
            self.point_kills[point] += 1
        self.kills += 1
        self._look_at_watermarks(number)
        while self.rng.random() < 0.5:
            self.life.act_at_amazon()
        if number % _PASS_EVERY == 1:
            self.sim.advance(_DAY)
        elif self.rng.random() < 0.5:
            self.sim.advance(self.rng.uniform(0, _LONGEST_DOWN))

    def _live(self, end, kind):
        """Life goes on until the moment of the kill, or until the host dies at its fail point, which is of that kind."""
        lane = _ASKED_FOR.get(kind)
        warehouse_share = _OUTBOUND_SHARE if kind == "outbound" else _WAREHOUSE_SHARE
        if kind in _IN_DOCUMENTS:
            self.life.order_of_many()
        while time.monotonic() < end and self.host.child.returncode is None:
            if lane and self.host.socket.exists():
                if kind in _IN_DOCUMENTS:
                    self.host.sync("shop.orders")
                self.host.sync(lane)
            if self.rng.random() < (_SUPPLIERS_SHARE_IN_TRANSFERS if kind == "transfer" else _SUPPLIERS_SHARE):
                self.partner.hand_in_orders()
            life = self.warehouse if self.rng.random() < warehouse_share else self.life
            if not self.host.socket.exists() or self.rng.random() < 0.4:
                life.act_at_amazon()
            else:
                life.act()
            pause = min(self.rng.uniform(0, 0.05), max(0.0, end - time.monotonic()))
            time.sleep(pause)

    def _look_at_watermarks(self, number):
        with database.copy_of(self.host.database) as connection:
            now = database.watermarks(connection)
            if number % 25 == 0 and not database.is_sound(connection):
                self.problems.append(f"round {number}: the database is damaged")
            self.killed_in_pass += any(lane.endswith(".listings") for lane in database.passes_under_way(connection))
        for lane, (watermark, epoch) in now.items():
            before = self.watermarks.get(lane, (0, 0))
            if watermark < before[0] or epoch < before[1]:
                self.watermark_backwards.append(f"round {number}: {lane} {before} -> {(watermark, epoch)}")
        self.watermarks = now

    def _compare(self, after_pass=False):
        found = comparison.compare(self.sim, self.host, after_pass=after_pass, held_elsewhere=self.partner.held())
        found.files_wrong += ([f"{name} still waits" for name in self.partner.waiting()] +
                              self.partner.orders_wrong(self.host, _SUPPLIER) + self.partner.quantities_wrong(self.host))
        return found

    def _until_equal(self, when, after_pass=False):
        """The differences that are left when they do not go away."""
        last = []

        def equal():
            self.host.approve_plans()
            last[:] = self._compare(after_pass).texts()
            return not last
        try:
            until(equal, "the host's world is Amazon's", _SETTLE_SECONDS, every=0.5)
        except TimedOut:
            self.problems += [f"{when}: {text}" for text in last]
        return self._compare(after_pass)

    def _converge(self, when):
        """No more trouble: everything that was late shows, everything settles, and stays so."""
        self.trouble.end()
        self.sim.advance(_LONGEST_DOWN + 300)
        self.host.start()
        # What trouble wore out is tried again, as an operator would; what is of unknown fate is certain after a while.
        self.sim.advance(leavings.SHOWS)
        self.problems += [f"{when}: {text}" for text in leavings.until_over(self.sim, self.host, _SETTLE_SECONDS,
                                                                          self.warehouse.unfinished)]
        left = self._until_equal(when)
        for name, lane in self.host.lanes().items():
            if lane["state"] in ("LANE_STATE_NEEDS_OPERATOR", "LANE_STATE_PAUSED", "LANE_STATE_DISABLED"):
                self.problems.append(f"{when}: lane {name} is {lane['state']}: {lane.get('lastError', '')}")
        if left:
            return left
        # Another look at everything, one poll later.
        seen = self.host.lanes()["shop.orders"].get("lastSuccessTime", "")
        until(lambda: self.host.lanes()["shop.orders"].get("lastSuccessTime", "") > seen, "another poll of the orders", 60)
        return self._until_equal(when + ", a poll later")

    def _judge(self):
        self._converge("at the end")
        # What is gone shows in the next complete pass.
        self.sim.advance(_DAY)
        left = self._until_equal("after another complete pass", after_pass=True)
        self._until_stock_adds_up()
        if self.host.stop() != 0:
            self.problems.append("the host did not end with 0 at SIGTERM:\n" + self.host.tail())
        self.partner.stop()
        self.problems += self.partner.exchange.problems + self.partner.exchange.half_taken("orders")
        levels = self._check_history()
        self.quantity_documents = self.sim.look("feeds", type="JSON_LISTINGS_FEED", limit=1)["total"]
        doubled_documents = documents.problems(self.sim, self.host)
        self.problems += doubled_documents
        wrong_packages = leavings.wrong_packages(self.sim, self.host, self.life)
        self.problems += wrong_packages
        wrong_outbounds, shipped_there = outbounds.problems(self.sim, self.host, self.warehouse.allocated)
        self.problems += wrong_outbounds
        wrong_ends = warehouse_life.take_backs_wrong(self.sim, self.host, self.warehouse)
        self.problems += wrong_ends
        wrong_post_sales = leavings.wrong_post_sales(self.sim, self.life)
        self.problems += wrong_post_sales
        self.problems += self.watermark_backwards
        self._see_that_it_met()
        fired = self.trouble.fired
        counts = left.counts()
        counts["orders_doubled"] += self.doubled
        figures = {"rounds": self.options.rounds, "seed": self.options.seed, "kills": self.kills,
                   "at_fail_points": sum(self.point_kills.values()),
                   "fail_points_hit": f"{sum(1 for count in self.point_kills.values() if count)}/{len(self.fail_points)}",
                   "faults": sum(fired.values()), "fault_kinds": len(fired), "orders": len(self.sim.orders()),
                   "changes": self.life.actions, **counts, "levels_wrong": levels, "vanished": self.vanished,
                   "killed_in_pass": self.killed_in_pass, "documents": self.quantity_documents,
                   "feeds": self.sim.calls("createFeed"), "feeds_wrong": len(doubled_documents),
                   **leavings.counts(self.sim, self.life), "packages_wrong": len(wrong_packages),
                   "allocated": sum(self.warehouse.allocated.values()), "shipped_there": shipped_there,
                   "outbounds_wrong": len(wrong_outbounds), "taken_back": len(self.warehouse.taken_back),
                   "ended_wrong": len(wrong_ends), "in_parts": outbounds.in_parts(self.sim),
                   "post_sales_wrong": len(wrong_post_sales),
                   "files_in": self.partner.exchange.files, "files_in_halves": self.partner.exchange.halves,
                   "files_out": len(self.partner.exchange.taken), "supplier_orders": len(self.partner.orders),
                   "reports": self.sim.calls("createReport"), "report_reads": self.sim.calls("downloadDocument"),
                   "watermark_backwards": len(self.watermark_backwards), "problems": len(self.problems),
                   "seconds": round(self.progress.seconds)}
        self.progress.say("kills at fail points: " + ", ".join(f"{name} {count}" for name, count in self.point_kills.items()))
        self.progress.say("faults that struck: " + ", ".join(f"{name} {count}" for name, count in fired.items()))
        return Result(figures, self.problems)

    def _see_that_it_met(self):
        """A long run that never came to what it is about would find nothing wrong with it."""
        if self.options.rounds < _MANY_ROUNDS:
            return
        self.problems += [f"never killed at {point}" for point, kills in self.point_kills.items()
                          if not kills and not point.startswith(_SELDOM)]
        self.problems += [f"no {what}" for what, count in (("kill fell into a pass of listings", self.killed_in_pass),
                                                           ("quantities went in a document", self.quantity_documents)) if not count]

    def _until_stock_adds_up(self):
        left = []

        def adds_up():
            left[:] = self.warehouse.stock_differs()
            return not left
        try:
            until(adds_up, "the warehouse's stock adds up", _SETTLE_SECONDS, every=0.5)
        except TimedOut:
            self.problems += left

    def _check_history(self):
        """What was acknowledged is there, once; levels add up to the unit. Answers how many levels do not."""
        true_orders = self.sim.orders()
        with database.copy_of(self.host.database) as connection:
            if not database.is_sound(connection):
                self.problems.append("the database is damaged")
            received = [attributes["external_id"] for _, _, attributes in database.events(connection, "order.received")]
            adjusted = [attributes for _, _, attributes in database.events(connection, "stock.adjusted")]
            counted = [attributes for _, _, attributes in database.events(connection, "stock.set")]
            vanished = self._told_gone(connection)
            levels = dict(connection.execute("SELECT items.sku, levels.level FROM levels JOIN items ON items.id = levels.item_id "
                                             "WHERE levels.location_id = 'default'"))
        self.doubled = len(received) - len(set(received))
        if self.doubled:
            self.problems.append(f"{self.doubled} orders were received twice")
        self._check_adjustments(adjusted)
        self._check_counts(counted)
        self._check_vanished(vanished)
        return self._check_levels(true_orders, adjusted, levels)

    def _check_adjustments(self, adjusted):
        notes = [attributes["note"] for attributes in adjusted]
        for note in {note for note in notes if notes.count(note) > 1}:
            self.problems.append(f"the stock adjustment '{note}' was made {notes.count(note)} times")
        for note, (sku, delta, outcome) in self.life.adjusted.items():
            if outcome == "done" and note not in notes:
                self.problems.append(f"the acknowledged stock adjustment '{note}' ({sku} {delta:+}) is lost")
            if outcome == "refused" and note in notes:
                self.problems.append(f"the refused stock adjustment '{note}' ({sku} {delta:+}) was made")

    def _check_counts(self, counted):
        for sku, levels in self.life.counted.items():
            stored = [int(attributes["level"]) for attributes in counted if attributes["sku"] == sku]
            remaining = iter(stored)
            for level, outcome in levels:
                if outcome == "done" and level not in remaining:  # consumes up to the match: order matters
                    self.problems.append(f"the acknowledged count {sku} = {level} is lost (stored: {stored})")
                    break

    def _told_gone(self, connection):
        """SKUs, as often as they were told: one by one, or several in an event, which names them unless they are very many."""
        skus = [attributes["sku"] for _, _, attributes in database.events(connection, "listing.vanished")]
        for _, _, attributes in database.events(connection, "listing.vanished_many"):
            names = attributes["listings"].split()
            if len(names) != int(attributes["count"]):
                self.problems.append(f"{attributes['count']} listings were told gone at once, more than ever left Amazon")
            skus += [unquote(name.rsplit("/", 1)[1]) for name in names]
        return skus

    def _check_vanished(self, vanished):
        """A pass that was cut off takes no listing away, not even until the next one: only what was off Amazon can be gone."""
        self.vanished = len(vanished)
        for sku in sorted(set(vanished) - self.life.delisted):
            self.problems.append(f"the listing {sku} was told gone {vanished.count(sku)} times, and was at Amazon all along")
        # Known from the beginning and off Amazon at the last complete pass: without such an event this would look at nothing.
        if any(sku.startswith("MANY-") for sku in self.life.gone) and not vanished:
            self.problems.append("listings are off Amazon, and none was told gone")

    def _check_levels(self, true_orders, adjusted, levels):
        deltas = {}
        for attributes in adjusted:
            deltas[attributes["sku"]] = deltas.get(attributes["sku"], 0) + int(attributes["delta"])
        gone = comparison.shipped_units(true_orders)
        wrong = 0
        for sku in PLENTY + SCARCE + FBA:
            should = LEVELS[sku] + deltas.get(sku, 0) - gone.get(sku, 0)
            # An oversold shelf ends at zero, not below it.
            if levels[sku] != should and (sku not in SCARCE or levels[sku] < max(0, should)):
                wrong += 1
                self.problems.append(f"{sku}: {LEVELS[sku]} at first, {deltas.get(sku, 0):+} changes, {gone.get(sku, 0)} shipped: "
                                     f"the level should be {should}, is {levels[sku]}")
        return wrong


def run(options):
    return carry_through(KillCampaign(options), options)
