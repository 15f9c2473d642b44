"""A partner hands files in and takes files out while the host dies at random moments and folders go away; a warehouse that the same
account reaches takes orders, ships them and counts its stock.

Files come with a marker: by a rename, or written in their place in two halves between which the host looks; some have bad lines, some come
a second time under another name. Quantities, despatches and orders for the warehouse are read as soon as they have their names: none may
ever be half. At the end every good order is there once with all its lines, every bad one is a dead letter, what was put away is what was
handed in, the last quantity written of each SKU is the rule's, every package is in one file, the warehouse has shipped what it was given,
once, and its stock here is what it has left. A file that the partner had taken and that a dead host could not know of may come again, with
the same name and bytes: `again` counts them.
"""
import collections
import random
import shutil
import time

from campaign import file_warehouse
from campaign.carry import carry_through
from campaign.file_partner import FilePartner, open_folders
from campaign.file_warehouse import FileWarehouse
from campaign.host_world import HostWorld
from campaign.report import Progress, Result
from harness import database
from harness.host import CliError
from harness.places import BUILD
from harness.polling import TimedOut, until

SUMMARY = "files come and go while the host dies and folders vanish; no line lost, none doubled, no half file seen"
ROUNDS = 300
TARGETS = ("quaysided", "quayside-probe", "quayside-runner", "quayside", "flatfile")

_ACCOUNT, _CHANNEL = "supplier", "files"
_SKUS = [f"MUG-{n}" for n in range(8)]
_LANES = ("orders", "fulfilment-outbound", f"{_CHANNEL}.fulfilment-stock")
_LEVEL = 100_000
_WAREHOUSE_SKUS = [f"BOX-{n}" for n in range(4)]  # what the merchant has none of
_WAREHOUSE_STOCK = 50_000
_ROUND_SECONDS = (0.3, 1.2)
_SETTLE_SECONDS = 180
_WHOLE_FROM = 100  # rounds: in fewer a fail point may not have had its turn, and nobody waits for what takes ten minutes
_WHOLE_SETTLE_SECONDS = 900
_POINTS = ("transfer-before-rename", "transfer-after-rename", "transfer-before-move", "transfer-after-move",
           "document-before-commit", "document-after-commit", "order-step-before-commit", "order-step-after-commit")


class FilesWorld(HostWorld):
    """A host, and folders to exchange files in."""

    def __init__(self):
        super().__init__("files")
        self.exchange = self.folder / "exchange"
        open_folders(self.exchange, *file_warehouse.PLACES.values())

    @property
    def arguments(self):
        return ("--set", f"transfers.allow=exchange=file://{self.exchange}")


class FlatfileCampaign:
    def __init__(self, options):
        self.options = options
        self.is_whole = options.rounds >= _WHOLE_FROM
        self.rng = random.Random(options.seed)
        self.progress = Progress(options.rounds)
        self.world = FilesWorld()
        self.host = self.world.host
        self.partner = FilePartner(self.world.exchange, random.Random(options.seed + 1), _SKUS)
        self.partner.meanwhile = lambda: self.host.sync(f"{_ACCOUNT}.orders")
        self.partner.warehouse = self.warehouse = FileWarehouse(self.partner.exchange, _WAREHOUSE_SKUS, _WAREHOUSE_STOCK)
        self.given = {}  # orders that the warehouse was given, as was acknowledged: their units
        self.problems = []
        self.deaths = collections.Counter()
        self.despatched = 0
        self.absences = 0

    def run(self):
        self.partner.start()
        self._set_up()
        for number in range(1, self.options.rounds + 1):
            self._round()
            self.progress.show(number, f"{sum(self.deaths.values())} deaths, {self.partner.exchange.files} files in, "
                                       f"{len(self.partner.exchange.taken)} out")
            if self.partner.exchange.problems or len(self.problems) > 20:
                break
        return self._judge()

    def _set_up(self):
        bundle = self.host.trust(BUILD / "bundles" / "flatfile")
        self.host.start(arguments=self.world.arguments)
        self.host.run("plugin", "install", bundle)
        self.host.run("account", "add", _ACCOUNT, "--plugin", "flatfile", *self.partner.options())
        self.partner.hand_in_listings()
        self.host.add_channel(_CHANNEL, "files", account=_ACCOUNT)
        until(lambda: len(self.host.listings(_CHANNEL)) == len(_SKUS) + len(_WAREHOUSE_SKUS), "the listings are known", 60)
        self.host.run("listings", "link", _CHANNEL, "--by-sku", "--create-items")
        self.host.run("stock", "set", "--file", "-", stdin="SKU,Level\n" + "".join(f"{sku},{_LEVEL}\n" for sku in _SKUS))
        self.host.sync(f"{_ACCOUNT}.orders")

        def written():
            self.host.approve_plans()
            return {row[0] for row in self.partner.rows("out")} >= set(_SKUS)
        until(written, "the first quantities are in files", 60)
        self.warehouse.count_stock()
        self.host.run("channel", "config", _CHANNEL, "--set", "fba_enabled=on")

        def counted():
            self.host.sync(f"{_ACCOUNT}.{_CHANNEL}.fulfilment-stock")
            return not self.warehouse.stock_wrong(self.host, f"{_CHANNEL}-fba")
        until(counted, "the warehouse's stock is read", 60, every=0.5)
        self.partner.hand_in_warehouse_order()
        self.host.sync(f"{_ACCOUNT}.orders")

        def given():
            self._give_to_warehouse()
            return self.given
        until(given, "the warehouse has an order", 60, every=0.2)

    def _round(self):
        end = time.monotonic() + self.rng.uniform(*_ROUND_SECONDS)
        while time.monotonic() < end:
            self._act()
        if self.rng.random() < 0.2:
            self._take_a_folder_away()
        self._die()

    def _act(self):
        draw = self.rng.random()
        if draw < 0.3:
            self.partner.hand_in_orders()
        elif draw < 0.4:
            self.partner.hand_in_warehouse_order()
        elif draw > 0.95:
            self.warehouse.count_stock(lambda: self.host.sync(f"{_ACCOUNT}.{_CHANNEL}.fulfilment-stock"))
        try:
            if draw < 0.4 or draw > 0.9:
                self.host.sync(f"{_ACCOUNT}.orders")
            elif draw > 0.75:
                self._give_to_warehouse()
            elif draw < 0.55:
                self.host.run("stock", "adjust", self.rng.choice(_SKUS), str(self.rng.choice([-2, -1, 1, 2])), "--note", "recount")
            else:
                self._despatch()
        except CliError as error:
            self.problems.append(f"a client's call failed: {error}")

    def _give_to_warehouse(self):
        order = next((each for each in self.partner.warehouse_orders if each not in self.given), None)
        if order and self.host.run("orders", "show", order, check=False).returncode == 0:
            self.host.run("orders", "allocate", order, "--location", f"{_CHANNEL}-fba")
            self.given[order] = self.partner.warehouse_orders[order]

    def _despatch(self):
        found = self.host.ask("orders", "list", "--account", _ACCOUNT, "--state", "open", "--limit", "20").get("orders", [])
        open_orders = [order for order in found if order["externalId"] in self.partner.orders]
        if open_orders:
            order = self.rng.choice(open_orders)
            self.host.run("orders", "despatch", order["name"].split("/")[-1], "--carrier", "Royal Mail", "--tracking", f"TR{self.despatched:08}")
            self.despatched += 1

    def _take_a_folder_away(self):
        folder = self.world.exchange / self.rng.choice(["orders", "out", "despatches", "to-ship", "stock"])
        away = folder.with_name(f".{folder.name}-away")
        folder.rename(away)
        self.absences += 1
        time.sleep(self.rng.uniform(0.05, 0.3))
        if folder.is_dir():  # the host made it anew: what it put there is the partner's all the same
            for path in list(folder.iterdir()):
                target = away / path.name
                if path.is_file():
                    path.rename(target)
                elif target.is_dir():
                    for inner in path.iterdir():
                        inner.rename(target / inner.name)
            shutil.rmtree(folder)
        away.rename(folder)

    def _die(self):
        point = self.rng.choice((None, *_POINTS))
        if point is None:
            time.sleep(self.rng.uniform(0, 0.2))
            self.host.kill()
            self.deaths["kill"] += 1
        else:
            self.host.kill()
            self.host.launch(failpoint=f"{point}:{self.rng.randint(1, 3)}", arguments=self.world.arguments)
            end = time.monotonic() + 1.5
            while self.host.child.returncode is None and time.monotonic() < end:
                if self.host.answers():
                    self.partner.hand_in_orders()
                    self.host.run("sync", "start", f"{_ACCOUNT}.orders", check=False)
            if self.host.child.returncode is not None:
                self.deaths[point] += 1
            self.host.kill()
        self.host.start(arguments=self.world.arguments)

    def _packages_equal(self):
        rows = collections.defaultdict(set)
        for row in self.partner.rows("despatches"):
            rows[row[0]].add(row[8])
        wrong = [f"package {name} was written with several tracking numbers: {sorted(seen)}" for name, seen in rows.items() if len(seen) > 1]
        tracked = collections.Counter(number for seen in rows.values() for number in seen)
        wrong += [f"{number} is in {count} packages" for number, count in tracked.items() if count > 1]
        left = self.despatched + len(self.warehouse.shipped)
        wrong += [f"{len(rows)} packages are in files, {left} left"] if len(rows) != left else []
        return wrong

    def _warehouse_unequal(self):
        open_there = [f"{each['name']} is {state}" for state in file_warehouse.OPEN for each in
                      self.host.ask("orders", "allocations", "--state", state, "--limit", "20").get("allocations", [])]
        if open_there:
            return open_there
        wrong_orders = self.warehouse.problems(self.host, self.given, undecided_is_fine=not self.is_whole)
        wrong = self.warehouse.stock_wrong(self.host, f"{_CHANNEL}-fba")
        if wrong and not self.partner.exchange.waiting("stock"):
            self.warehouse.count_stock()
        return wrong_orders + wrong

    def _judge(self):
        last = []

        def equal():
            self.host.approve_plans()
            for lane in _LANES:
                self.host.sync(f"{_ACCOUNT}.{lane}")
            last[:] = [f"{name} still waits" for name in self.partner.waiting()] or (
                self.partner.orders_wrong(self.host, _ACCOUNT) + self.partner.quantities_wrong(self.host) + self._packages_equal() +
                self._warehouse_unequal())
            return not last
        try:
            until(equal, "both sides are equal", _WHOLE_SETTLE_SECONDS if self.is_whole else _SETTLE_SECONDS, every=0.5)
        except TimedOut:
            self.problems += last[:20]
        self.partner.stop()
        self.problems += self.partner.exchange.problems + self.partner.exchange.half_taken("orders", "stock")
        if self.is_whole:
            self.problems += [f"no life ended at {point}" for point in _POINTS if not self.deaths[point]]
        if self.host.stop() != 0:
            self.problems.append("the host did not end with 0 at SIGTERM:\n" + self.host.tail())
        with database.copy_of(self.host.database) as connection:
            received = [attributes["external_id"] for _, _, attributes in database.events(connection, "order.received")]
        doubled = len(received) - len(set(received))
        if doubled:
            self.problems.append(f"{doubled} orders were received twice")
        self.progress.say("deaths: " + ", ".join(f"{name} {count}" for name, count in sorted(self.deaths.items())))
        figures = {"rounds": self.options.rounds, "seed": self.options.seed, "deaths": sum(self.deaths.values()), "absences": self.absences,
                   "files_in": self.partner.exchange.files, "files_in_halves": self.partner.exchange.halves,
                   "files_out": len(self.partner.exchange.taken), "again": self.partner.exchange.again,
                   "orders": len(self.partner.orders), "bad_orders": len(self.partner.bad_orders), "packages": self.despatched,
                   "warehouse_shipped": len(self.warehouse.shipped), "warehouse_undecided": len(self.warehouse.undecided),
                   "stock_counts": self.warehouse.counts,
                   "orders_doubled": doubled, "problems": len(self.problems), "seconds": round(self.progress.seconds)}
        return Result(figures, self.problems)


def run(options):
    return carry_through(FlatfileCampaign(options), options)
