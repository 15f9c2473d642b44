"""A partner hands files in and takes files out while the host dies at random moments and folders go away.

Files of orders come by a rename, some with bad lines, some a second time under another name. Quantities and despatches are read by the
partner as soon as they have their names: none may ever be half. At the end every good order is there once with all its lines, every
bad one is a dead letter, the last quantity written of each SKU is the rule's, and every package is in one file. A file that the partner
had taken and that a dead host could not know of may come again, with the same name and bytes: `again` counts them.
"""
import collections
import random
import shutil
import threading
import time

from campaign.carry import carry_through
from campaign.host_world import HostWorld
from campaign.report import Progress, Result
from harness import database
from harness.comparison import level_of
from harness.host import CliError
from harness.places import BUILD
from harness.polling import TimedOut, until

SUMMARY = "files come and go while the host dies and folders vanish; no line lost, none doubled, no half file seen"
ROUNDS = 300
TARGETS = ("quaysided", "quayside-probe", "quayside-runner", "quayside", "flatfile")

_ACCOUNT, _CHANNEL = "supplier", "files"
_SKUS = [f"MUG-{n}" for n in range(8)]
_LEVEL = 100_000
_MOST_ORDERS = 120           # in a file
_ROUND_SECONDS = (0.3, 1.2)
_SETTLE_SECONDS = 180
_QUANTITY_HEADER = "sku,quantity,latency_days"
_DESPATCH_HEADER = "despatch_id,order_id,package,line_id,quantity,carrier_code,carrier,service,tracking_number,shipped"
_POINTS = ("transfer-before-rename", "transfer-after-rename", "document-before-commit", "document-after-commit",
           "order-step-before-commit", "order-step-after-commit")


class Partner:
    """What the other side of the folders does and sees."""

    def __init__(self, exchange, rng):
        self.exchange, self.rng = exchange, rng
        self.orders = {}      # id: {sku: quantity}
        self.bad_orders = set()
        self.files = 0
        self.taken = {}       # path: bytes
        self.again = 0
        self.problems = []
        self.over = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)

    def hand_in_listings(self):
        rows = "".join(f"{sku},{sku},0\n" for sku in _SKUS)
        self._hand_in("listings", "all.csv", f"sku,title,quantity\n{rows}".encode())

    def hand_in_orders(self):
        number = self.files
        lines = []
        for index in range(self.rng.randint(1, _MOST_ORDERS)):
            order = f"F{number}-{index}"
            skus = self.rng.sample(_SKUS, self.rng.choice([1, 1, 2, 3]))
            wanted = {sku: self.rng.randint(1, 3) for sku in skus}
            if self.rng.random() < 0.03:
                self.bad_orders.add(order)
                lines += [f"{order},{sku},{'many' if sku == skus[-1] else 1}" for sku in skus]
                continue
            self.orders[order] = wanted
            lines += [f"{order},{sku},{quantity}" for sku, quantity in wanted.items()]
        text = ("order_id,sku,quantity\r\n" + "\r\n".join(lines) + "\r\n").encode()
        self._hand_in("orders", f"orders-{number:05}.csv", text)
        if self.rng.random() < 0.15:
            self._hand_in("orders", f"orders-{number:05}-again.csv", text)

    def _hand_in(self, where, name, text):
        part = self.exchange / f".{name}"
        part.write_bytes(text)
        while True:
            try:
                part.rename(self.exchange / where / name)
                break
            except FileNotFoundError:  # the folder is away
                time.sleep(0.01)
        self.files += 1

    def waiting(self):
        orders = self.exchange / "orders"
        return [path.name for folder in (orders, orders / "work") if folder.is_dir() for path in folder.iterdir() if path.is_file()]

    def start(self):
        self.reader.start()

    def stop(self):
        self.over.set()
        self.reader.join()
        self._look()

    def _read(self):
        while not self.over.wait(0.02):
            self._look()

    def _look(self):
        for where, header in (("out", _QUANTITY_HEADER), ("despatches", _DESPATCH_HEADER)):
            folder = self.exchange / where
            try:
                names = sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
            except FileNotFoundError:
                continue
            for name in names:
                self._take(folder / name, f"{where}/{name}", header)

    def _take(self, path, name, header):
        try:
            text = path.read_bytes()
        except FileNotFoundError:  # the folder went away
            return
        lines = text.decode().splitlines()
        width = len(header.split(","))
        if not text.endswith(b"\n") or len(lines) < 2 or lines[0] != header or any(len(line.split(",")) != width for line in lines):
            self.problems.append(f"{name} is half a file: {text[:200]!r}")
        if name in self.taken:
            self.again += 1
            if self.taken[name] != text:
                self.problems.append(f"{name} came again with other bytes")
        self.taken[name] = text
        path.unlink(missing_ok=True)

    def rows(self, where):
        for name in sorted(self.taken):
            if name.startswith(where + "/"):
                yield from (line.split(",") for line in self.taken[name].decode().splitlines()[1:])


class FilesWorld(HostWorld):
    """A host, and folders to exchange files in."""

    def __init__(self):
        super().__init__("files")
        self.exchange = self.folder / "exchange"
        for name in ("orders", "listings", "out", "despatches"):
            (self.exchange / name).mkdir(parents=True)

    @property
    def arguments(self):
        return ("--set", f"transfers.allow=exchange=file://{self.exchange}")


class FlatfileCampaign:
    def __init__(self, options):
        self.options = options
        self.rng = random.Random(options.seed)
        self.progress = Progress(options.rounds)
        self.world = FilesWorld()
        self.host = self.world.host
        self.partner = Partner(self.world.exchange, random.Random(options.seed + 1))
        self.problems = []
        self.deaths = collections.Counter()
        self.despatched = 0
        self.absences = 0

    def run(self):
        self.partner.start()
        self._set_up()
        for number in range(1, self.options.rounds + 1):
            self._round()
            self.progress.show(number, f"{sum(self.deaths.values())} deaths, {self.partner.files} files in, {len(self.partner.taken)} out")
            if self.partner.problems or len(self.problems) > 20:
                break
        return self._judge()

    def _set_up(self):
        bundle = self.host.trust(BUILD / "bundles" / "flatfile")
        self.host.start(arguments=self.world.arguments)
        self.host.run("plugin", "install", bundle)
        places = {"orders": "orders", "listings": "listings", "quantities": "out", "despatches": "despatches"}
        options = [part for place, folder in places.items() for part in ("--option", f"{place}_address=file://{self.world.exchange}/{folder}")]
        self.host.run("account", "add", _ACCOUNT, "--plugin", "flatfile", "--option", "stable_seconds=0", *options)
        self.partner.hand_in_listings()
        self.host.add_channel(_CHANNEL, "files", account=_ACCOUNT)
        until(lambda: len(self.host.listings(_CHANNEL)) == len(_SKUS), "the listings are known", 60)
        self.host.run("listings", "link", _CHANNEL, "--by-sku", "--create-items")
        self.host.run("stock", "set", "--file", "-", stdin="SKU,Level\n" + "".join(f"{sku},{_LEVEL}\n" for sku in _SKUS))
        self.host.sync(f"{_ACCOUNT}.orders")

        def written():
            self.host.approve_plans()
            return {row[0] for row in self.partner.rows("out")} == set(_SKUS)
        until(written, "the first quantities are in files", 60)

    def _round(self):
        end = time.monotonic() + self.rng.uniform(*_ROUND_SECONDS)
        while time.monotonic() < end:
            self._act()
        if self.rng.random() < 0.2:
            self._take_a_folder_away()
        self._die()

    def _act(self):
        draw = self.rng.random()
        if draw < 0.4:
            self.partner.hand_in_orders()
        try:
            if draw < 0.4 or draw > 0.85:
                self.host.sync(f"{_ACCOUNT}.orders")
            elif draw < 0.6:
                self.host.run("stock", "adjust", self.rng.choice(_SKUS), str(self.rng.choice([-2, -1, 1, 2])), "--note", "recount")
            else:
                self._despatch()
        except CliError as error:
            self.problems.append(f"a client's call failed: {error}")

    def _despatch(self):
        open_orders = self.host.ask("orders", "list", "--account", _ACCOUNT, "--state", "open", "--limit", "20").get("orders", [])
        if open_orders:
            order = self.rng.choice(open_orders)
            self.host.run("orders", "despatch", order["name"].split("/")[-1], "--carrier", "Royal Mail", "--tracking", f"TR{self.despatched:08}")
            self.despatched += 1

    def _take_a_folder_away(self):
        folder = self.world.exchange / self.rng.choice(["orders", "out", "despatches"])
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

    def _orders_equal(self):
        wrong = []
        copies = self.host.orders(_ACCOUNT)
        for order, wanted in self.partner.orders.items():
            mine = copies.get(order, [])
            if len(mine) != 1:
                wrong.append(f"order {order} is here {len(mine)} times")
                continue
            lines = {line["sku"]: int(line["quantity"]) for line in mine[0].get("lines", [])}
            if lines != wanted:
                wrong.append(f"order {order} has {lines}, handed in {wanted}")
        wrong += [f"order {order} was never handed in whole" for order in copies if order not in self.partner.orders]
        letters = int(self.host.lanes()[f"{_ACCOUNT}.orders"].get("openDeadLetters", 0))
        if letters != len(self.partner.bad_orders):
            wrong.append(f"{letters} dead letters of {len(self.partner.bad_orders)} bad orders")
        return wrong

    def _quantities_equal(self):
        last = {row[0]: row[1] for row in self.partner.rows("out")}
        wrong = []
        for item in self.host.items().values():
            level, reserved = level_of(item)
            should = max(0, (level or 0) - reserved)
            if last.get(item["sku"]) != str(should):
                wrong.append(f"{item['sku']}: the last file says {last.get(item['sku'])}, the rule {should}")
        return wrong

    def _packages_equal(self):
        rows = collections.defaultdict(set)
        for row in self.partner.rows("despatches"):
            rows[row[0]].add(row[8])
        wrong = [f"package {name} was written with several tracking numbers: {sorted(seen)}" for name, seen in rows.items() if len(seen) > 1]
        tracked = collections.Counter(number for seen in rows.values() for number in seen)
        wrong += [f"{number} is in {count} packages" for number, count in tracked.items() if count > 1]
        wrong += [f"{len(rows)} packages are in files, {self.despatched} left"] if len(rows) != self.despatched else []
        return wrong

    def _judge(self):
        last = []

        def equal():
            self.host.approve_plans()
            self.host.sync(f"{_ACCOUNT}.orders")
            last[:] = [f"{name} still waits" for name in self.partner.waiting()] or (
                self._orders_equal() + self._quantities_equal() + self._packages_equal())
            return not last
        try:
            until(equal, "both sides are equal", _SETTLE_SECONDS, every=0.5)
        except TimedOut:
            self.problems += last[:20]
        self.partner.stop()
        self.problems += self.partner.problems
        if self.host.stop() != 0:
            self.problems.append("the host did not end with 0 at SIGTERM:\n" + self.host.tail())
        with database.copy_of(self.host.database) as connection:
            received = [attributes["external_id"] for _, _, attributes in database.events(connection, "order.received")]
        doubled = len(received) - len(set(received))
        if doubled:
            self.problems.append(f"{doubled} orders were received twice")
        self.progress.say("deaths: " + ", ".join(f"{name} {count}" for name, count in sorted(self.deaths.items())))
        figures = {"rounds": self.options.rounds, "seed": self.options.seed, "deaths": sum(self.deaths.values()), "absences": self.absences,
                   "files_in": self.partner.files, "files_out": len(self.partner.taken), "again": self.partner.again,
                   "orders": len(self.partner.orders), "bad_orders": len(self.partner.bad_orders), "packages": self.despatched,
                   "orders_doubled": doubled, "problems": len(self.problems), "seconds": round(self.progress.seconds)}
        return Result(figures, self.problems)


def run(options):
    return carry_through(FlatfileCampaign(options), options)
