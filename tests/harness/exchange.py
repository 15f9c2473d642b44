"""Folders to exchange files in, a host beside them, and what holds however they are reached."""
import os
import pathlib
import tempfile

from .case import WorldTest
from .host import Host
from .places import BUILD
from .polling import until

ACCOUNT = "supplier"


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


class ExchangeTest(WorldTest):
    """The host is `self.host`; partners put files into `self.exchange`."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="quayside-flatfile-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.exchange = self.folder / "exchange"
        for name in ("orders", "listings", "out"):
            (self.exchange / name).mkdir(parents=True)
        self.host = Host(self.folder / "host")
        self.addCleanup(self.host.kill)

    def start(self, address):
        self.host.start(arguments=self.arguments(address))

    def arguments(self, address):
        return ("--set", f"transfers.allow=exchange={address}")

    def set_up(self, address, options=()):
        bundle = self.host.trust(BUILD / "bundles" / "flatfile")
        self.start(address)
        self.host.run("plugin", "install", bundle)
        arguments = [part for option in (f"orders_address={address}/orders", f"listings_address={address}/listings",
                                         f"quantities_address={address}/out", "stable_seconds=0", *options)
                     for part in ("--option", option)]
        self.host.run("account", "add", ACCOUNT, "--plugin", "flatfile", *arguments)

    def hand_in(self, where, name, text, written=None):
        """As a careful partner: whole, by a rename. `written`: when, in seconds since 1970; else now."""
        part = self.exchange / f".{name}"
        part.write_bytes(text)
        if written is not None:
            os.utime(part, (written, written))
        part.rename(self.exchange / where / name)

    def read_all(self):
        self.host.run("sync", "start", f"{ACCOUNT}.orders", "--wait", timeout=180)

    def reserved(self, order):
        return sum(line.get("reserved", 0) for line in self.host.ask("orders", "show", order)["order"]["lines"])

    def orders_arrive(self):
        self.hand_in("orders", "first.csv", b"order_id,sku,quantity,name\r\nA-1,MUG,2,Ada\r\nA-1,CUP,1,Ada\r\n"
                                            b"A-2,MUG,x,Bob\r\nA-3,HAT,1,Cy\r\n")

        def are_there():
            # A run that was under way may have looked before the file came.
            self.read_all()
            return set(self.host.orders(ACCOUNT)) == {"A-1", "A-3"}
        until(are_there, "the good orders are there", 60)
        shown = self.host.ask("orders", "show", "A-1")["order"]
        self.assertEqual([(line["sku"], line["quantity"]) for line in shown["lines"]], [("MUG", 2), ("CUP", 1)])
        until(lambda: int(self.host.lanes()[f"{ACCOUNT}.orders"].get("openDeadLetters", 0)) == 1, "the bad one is a dead letter", 30)
        self.read_all()
        archive = self.exchange / "orders" / "archive"
        until(lambda: len(names(archive)) == 1, "the file is in the archive", 30)
        # The same content under another name is no news.
        self.hand_in("orders", "again.csv", (archive / names(archive)[0]).read_bytes())
        self.read_all()
        self.assertEqual(names(self.exchange / "orders"), [])
        self.assertEqual([len(each) for each in self.host.orders(ACCOUNT).values()], [1, 1])

    def quantities_go_out(self, meanwhile=lambda: None):
        self.hand_in("listings", "all.csv", b"sku,title,quantity\nMUG,Mug,5\nHAT,Hat,3\n")
        self.host.add_channel("files", "files", account=ACCOUNT)
        until(lambda: len(self.host.listings("files")) == 2, "the listings are known", 60)
        self.host.run("listings", "link", "files", "--by-sku", "--create-items")
        self.host.run("stock", "set", "--file", "-", stdin="SKU,Level\nMUG,4\nHAT,9\n")
        self.read_all()  # a raise waits for the orders

        def written():
            meanwhile()
            self.host.approve_plans()
            found = {}
            for name in names(self.exchange / "out"):
                if name.startswith("."):
                    continue  # in the making: it has its name once it is whole
                header, *rows = (self.exchange / "out" / name).read_text(encoding="utf-8").splitlines()
                self.assertEqual(header, "sku,quantity,latency_days")
                found.update(row.split(",")[:2] for row in rows)
            return found == {"MUG": "4", "HAT": "9"}
        until(written, "both quantities are in files", 90)
