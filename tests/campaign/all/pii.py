"""Canaries in names, addresses, e-mails, gift messages, tracking numbers and credentials, through errors and 40 simulated days.

After that they are found nowhere: not in logs, errors, events, the audit trail, dead letters, the database file and its log, nor in a
backup that `quayside backup create` made after the erasure. What is kept in the meantime is sealed: nothing of it is in the clear at any
moment. The bytes are read while the host works, and once more when it has stopped. That what
was sealed is gone as well, and not only unreadable, is looked for byte by byte: the sealed columns are read before the erasure, and
pieces of them must stand nowhere after it. The host must say so, too: every order is erased, the audit trail says when and by which
rule, and an export tells nothing.
"""
import contextlib
import json
import pathlib
import random
import sqlite3

from campaign.report import Progress, Result
from harness import database
from harness.host import CliError
from harness.polling import until
from harness.sim import CREDENTIALS, ControlError, WIDE_LIMITS
from harness.world import World

SUMMARY = "personal data and credentials through errors and 40 days; afterwards found nowhere"
ROUNDS = 60
TARGETS = ("quaysided", "quayside-probe", "quayside-runner", "quayside", "amazon-sim", "amazon")

_SPEED = 120              # simulated seconds per second
_DAYS = 40
_DAY = 24 * 3600
_FAULTS = ("html-200", "truncated-body", "internal-error", "malformed-order")
_SECONDS = 180
_WAREHOUSE_FAULTS = ("getFulfillmentPreview", "createFulfillmentOrder", "getFulfillmentOrder")
_IN_WAREHOUSE = "SKU-00-FBA"  # Amazon's warehouse has some of SKU-00 under this name
_ERASED = "after the erasure"
_PIECE = 32               # bytes of a sealed text that are looked for
_SEALED = ("SELECT document FROM orders WHERE personal_erased = 0", "SELECT tracking FROM despatches WHERE tracking <> x''",
           "SELECT request FROM despatches WHERE request <> x''", "SELECT raw FROM dead_letters WHERE raw <> x''")


def buyer_of(number):
    """A person whose every part is a word that stands nowhere else."""
    word = f"CANARY{number:05}"
    return {"name": f"{word}name Doe", "email": f"{word}mail@canary.example", "company": f"{word}company",
            "address_line1": f"{word}street 1", "address_line2": f"{word}flat", "postal_code": f"{word}pc", "city": "Leeds",
            "phone": f"+44 20 {number:08}", "gift_message": f"{word}gift, with love"}


class PersonalDataCampaign:
    def __init__(self, options):
        self.options = options
        self.rng = random.Random(options.seed)
        self.progress = Progress(options.rounds)
        listings = [{"sku": f"SKU-{n:02}", "quantity": 5000} for n in range(10)]
        listings.append({"sku": _IN_WAREHOUSE, "fba": True, "fba_stock": {"uk": 5000}})
        self.world = World(speed=_SPEED, seed=options.seed, listings=listings, settings=WIDE_LIMITS, log_level="debug")
        self.host, self.sim = self.world.host, self.world.sim
        self.canaries = ["CANARY", "canary.example", *CREDENTIALS.values(), "Atza|"]
        self.problems = []
        self.told = []      # what commands that failed said
        self.despatched = self.allocated = self.errors = 0
        self.placed = []
        self.warehoused = []    # orders of what the warehouse has
        self.sealed = []    # pieces of what is kept sealed

    def run(self):
        self.world.set_up(listed=11)
        self.world.link()
        for channel in ("uk", "de"):
            self.host.run("listings", "unlink", channel, _IN_WAREHOUSE)
            self.host.run("listings", "link", channel, _IN_WAREHOUSE, "SKU-00")
        self.host.run("channel", "config", "uk", "--set", "fba_enabled=on")
        until(lambda: self.host.ask("stock", "locations", "centre", "uk-fba").get("centreStock"), "the warehouse's stock is read", _SECONDS)
        self.host.run("stock", "set", "--file", "-", stdin="SKU,Level\n" + "".join(f"SKU-{n:02},5000\n" for n in range(10)))
        for number in range(1, self.options.rounds + 1):
            self._round(number)
            self.progress.show(number, f"{len(self.placed)} orders, {self.despatched} despatched, {self.allocated} for the warehouse, "
                                       f"{self.errors} errors")
        self.sim.clear_faults()
        self._one_of_each()
        self._until_known()
        self._remember_what_is_sealed()
        for what, count in (("order", len(self.placed)), ("despatch", self.despatched), ("allocation", self.allocated),
                            ("error", self.errors)):
            if count == 0:
                self.problems.append(f"not one {what} happened, so that nothing is proved of any")
        self._look_for("while it is kept")
        self._pass_the_days()
        self._ask_the_host()
        self._look_for(_ERASED)
        return Result({"rounds": self.options.rounds, "orders": len(self.placed), "despatched": self.despatched,
                       "allocated": self.allocated, "errors": self.errors, "days": _DAYS, "found": len(self.problems)}, self.problems)

    def _round(self, number):
        status = "PENDING" if self.rng.random() < 0.2 else "UNSHIPPED"
        sku = "SKU-00" if self.rng.random() < 0.3 else f"SKU-{self.rng.randrange(10):02}"
        order = self.sim.place((sku, 1), status=status, buyer=buyer_of(number), marketplace=self.rng.choice(["UK", "DE"]))
        self.placed.append(order)
        if sku == "SKU-00":
            self.warehoused.append(order)
        if self.rng.random() < 0.5:
            fault = self.rng.choice(_FAULTS)
            try:
                self.sim.fault(fault, operation=self.rng.choice(["searchOrders", "token", "getOrder"]), count=1)
            except ControlError:  # a fault that the operation does not know
                self.sim.fault("html-200", operation="searchOrders", count=1)
        chance = self.rng.random()
        if chance < 0.4:
            self._despatch(self.rng.choice(self.placed), number)
        elif chance < 0.5:
            self.sim.act("cancel", order_id=order, by="BUYER")
        elif chance < 0.6:
            self._told("orders", "recover", self.rng.choice(["uk", "de"]), order)
        elif chance < 0.7:
            self._told("account", "test", "shop")
        elif chance < 0.74:
            name = self.rng.choice(list(CREDENTIALS))
            self.host.set_secret(name, CREDENTIALS[name])
        elif chance < 0.8:
            self._told("orders", "cancel", self.rng.choice(self.placed), "--reason", "buyer-cancelled")
        elif self.warehoused:
            self._allocate(self.rng.choice(self.warehoused), number)
        self._told("sync", "start", "shop.orders")
        self.sim.advance(self.rng.uniform(60, 600))

    def _told(self, *command):
        try:
            self.host.run("--timeout", "20", *command)
            return True
        except CliError as error:
            self.errors += 1
            self.told.append(error.text)
            return False

    def _despatch(self, order, number):
        if self._told("orders", "despatch", order, "--carrier", "Royal Mail", "--tracking", f"CANARY{number:05}track"):
            self.despatched += 1

    def _allocate(self, order, number):
        """Its address goes to the warehouse, and may come back in what that says."""
        if self.rng.random() < 0.5:
            with contextlib.suppress(ControlError):  # a fault that the operation does not know
                self.sim.fault(self.rng.choice(_FAULTS), operation=self.rng.choice(_WAREHOUSE_FAULTS), count=1)
        if self._told("orders", "allocate", order, "--location", "uk-fba"):
            self.allocated += 1
        self._told("sync", "start", "shop.fulfilment-outbound")
        if self.rng.random() < 0.5:
            self.sim.act("ship-outbound", all=True, carrier="AMZN_UK", tracking=f"CANARY{number:05}parcel")

    def _one_of_each(self):
        """Whatever chance brought: a dead letter with a record, a package on its way, an order of the warehouse's, a refusal."""
        first = self.options.rounds + 1
        sent, moved = self._buy(first, "SKU-01"), self._buy(first + 1, "SKU-00")
        # Several: a page without orders uses one up as well.
        self.sim.fault("malformed-order", operation="searchOrders", count=5, variant="text-quantity")
        broken = [self._buy(number, "SKU-02") for number in range(first + 2, first + 5)]

        def buried():
            self._told("sync", "start", "shop.orders")
            return self._rows("SELECT raw FROM dead_letters WHERE raw <> x''")
        until(buried, "an order that is none became a dead letter", _SECONDS, every=0.5)
        self.sim.clear_faults()
        for order in broken:
            self._told("orders", "recover", "uk", order)
        self._until_known()
        self._told("orders", "allocate", sent, "--location", "nowhere")
        self._despatch(sent, first)
        self._allocate(moved, first)
        self.sim.clear_faults()
        until(lambda: self._rows("SELECT request FROM despatches WHERE request <> x''"), "a package was handed over", _SECONDS, every=0.5)

    def _buy(self, number, sku):
        order = self.sim.place((sku, 1), status="UNSHIPPED", buyer=buyer_of(number), marketplace="UK")
        self.placed.append(order)
        if sku == "SKU-00":
            self.warehoused.append(order)
        return order

    def _rows(self, query):
        with self._database() as connection:
            return connection.execute(query).fetchall()

    def _until_known(self):
        def known():
            self._told("sync", "start", "shop.orders")
            return set(self.placed) <= set(self.host.orders())
        until(known, "every order is known", _SECONDS, every=0.5)

    def _pass_the_days(self):
        for _ in range(_DAYS):
            self.sim.advance(_DAY)

        def erased():
            orders = self.host.orders()
            return all(orders[order][0].get("personalDataErased") for order in self.placed)
        until(erased, "everything is erased", _SECONDS, every=0.5)
        until(lambda: not self._sealed_left(), "no sealed text is left in the database and its log", _SECONDS, every=0.5)
        # Read again by Amazon's latest word: nothing comes back.
        for order in self.placed[:5]:
            for channel in ("uk", "de"):
                self._told("orders", "recover", channel, order)

    @contextlib.contextmanager
    def _database(self):
        """The host's database while it runs, to be read."""
        connection = sqlite3.connect(f"file:{self.host.database}?mode=ro", uri=True, timeout=10)
        try:
            yield connection
        finally:
            connection.close()

    def _remember_what_is_sealed(self):
        kept = {query: [bytes(blob) for blob, in self._rows(query)] for query in _SEALED}
        for query, blobs in kept.items():
            if not blobs:
                self.problems.append(f"nothing sealed was there to be erased: {query}")
        blobs = [blob for found in kept.values() for blob in found]
        self.sealed = [blob[at:at + _PIECE] for blob in blobs for at in (len(blob) // 3, 2 * len(blob) // 3)
                       if len(blob) >= 3 * _PIECE]
        contents = list(database.raw_bytes(self.host.database).values())
        if not self.sealed or not any(piece in content for piece in self.sealed for content in contents):
            self.problems.append("the campaign looks for sealed texts where none are")

    def _sealed_left(self):
        contents = list(database.raw_bytes(self.host.database).values())
        return sum(1 for piece in self.sealed if any(piece in content for content in contents))

    def _ask_the_host(self):
        evidence = {}
        for record in self.host.ask("audit", "list", "--actor", "host", "--limit", "0").get("records", []):
            if record["action"] == "order.personal_data_erased":
                evidence[record["details"]["external_id"]] = record["details"]
        for order in self.placed:
            if order not in evidence:
                self.problems.append(f"no evidence of the erasure of {order}")
            told = self.host.ask("orders", "export", order)
            if told.get("fields"):
                self.problems.append(f"the export of {order} still tells {[field['path'] for field in told['fields']]}")
        for order in self.warehoused:
            if "CANARY" in json.dumps(self.host.ask("orders", "allocations", order)):
                self.problems.append(f"what became of {order} at the warehouse names its buyer")
        for letter in self.host.ask("deadletters", "list", "--all", "--limit", "0").get("deadLetters", []):
            shown = self.host.ask("deadletters", "show", letter["name"].split("/")[1])["deadLetter"]
            if "CANARY" in json.dumps(shown):
                self.problems.append(f"{letter['name']} still holds a record")

    def _look_for(self, when):
        """In files, in what commands said, and in a backup: while the host works, and after it was stopped. It is started again."""
        backup = pathlib.Path(self.host.ask("backup", "create", f"{when.replace(' ', '-')}.db")["path"])
        # Else the log would not be among the files that a host at work has.
        if not self.host.database.with_name(self.host.database.name + "-wal").exists():
            self.problems.append(f"{when}: the database of the host at work has no log to look into")
        self._look_into_files(f"{when}, the host works")
        self._look_into(backup, when)
        if self.host.stop() != 0:
            self.problems.append(f"{when}: the host did not stop cleanly")
        self._look_into_files(f"{when}, the host has stopped")
        for text in self.canaries:
            if any(text in said for said in self.told):
                self.problems.append(f"{when}: an error says {text}")
        self.host.start()

    def _look_into_files(self, when):
        """Every byte in the host's folder: the database, its log, backups, the host's log, fetched documents, installed plugins."""
        for path in sorted(self.host.folder.rglob("*")):
            if path == self.host.master_key:
                continue
            try:
                content = path.read_bytes() if path.is_file() else b""
            except FileNotFoundError:  # the host has taken it away
                continue
            for text in self.canaries:
                if text.encode() in content or text.encode("utf-16-le") in content:
                    self.problems.append(f"{when}: {path.relative_to(self.host.folder)} holds {text}")

    def _look_into(self, backup, when):
        content = backup.read_bytes()
        if when != _ERASED:
            # One from before holds what is sealed, as it must: the search finds it.
            if not any(piece in content for piece in self.sealed):
                self.problems.append(f"{when}: no sealed text is in the backup, so that nothing is proved by looking into one")
            return
        left = sum(1 for piece in self.sealed if piece in content)
        if left:
            self.problems.append(f"the backup holds {left} pieces of sealed texts")
        self.host.run("backup", "verify", str(backup))
        connection = sqlite3.connect(f"file:{backup}?mode=ro", uri=True)
        try:
            if not database.is_sound(connection):
                self.problems.append("the backup is damaged")
            for what, query in {"a package keeps its tracking number": "SELECT count(*) FROM despatches WHERE state >= 5 AND tracking <> x''",
                                "a dead letter keeps its record": "SELECT count(*) FROM dead_letters WHERE raw <> x''",
                                "an order is not erased": "SELECT count(*) FROM orders WHERE personal_erased = 0"}.items():
                count, = connection.execute(query).fetchone()
                if count:
                    self.problems.append(f"{what} ({count})")
        finally:
            connection.close()


def run(options):
    campaign = PersonalDataCampaign(options)
    try:
        return campaign.run()
    finally:
        campaign.world.keep = options.keep
        campaign.world.close()
