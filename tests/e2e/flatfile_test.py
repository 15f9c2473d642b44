"""The channel over files in a real host: local folders, and an sftp server on loopback."""
import time
import unittest

from harness.exchange import ACCOUNT, ExchangeTest, names
from harness.needs import need
from harness.polling import until
from harness.relay import Relay
from harness.sftp import INSTALLED, SftpServer

_MANY = 20_000
_LONG = 3_000  # lines, of 100 bytes and more
_LANE = f"{ACCOUNT}.orders"
_WAREHOUSE_PLACES = {"despatches": "despatches", "stock": "stock", "outbound": "to-ship", "shipments": "shipped"}


class _FilesTest(ExchangeTest):
    """What holds by every way to the folders."""

    def a_warehouse_has_stock(self, address, set_up):
        """`set_up(options)` makes the account."""
        for folder in _WAREHOUSE_PLACES.values():
            (self.exchange / folder).mkdir()
        set_up([f"{place}_address={address}/{folder}" for place, folder in _WAREHOUSE_PLACES.items()])
        self.hand_in("listings", "all.csv", b"sku,title\nMUG,Mug\n")
        self.host.add_channel("files", "files", account=ACCOUNT)
        until(lambda: len(self.host.listings("files")) == 1, "the listing is known", 60)
        self.host.run("listings", "link", "files", "--by-sku", "--create-items")
        self.hand_in("stock", "all.csv", b"sku,quantity\nMUG,20\n")
        self.host.run("channel", "config", "files", "--set", "fba_enabled=on")

        def there():
            levels = self.host.ask("stock", "show", "MUG")["item"].get("levels", [])
            return [each["level"] for each in levels if each["location"] == "locations/files-fba" and "level" in each] == ["20"]
        until(there, "the warehouse's stock is read", 60)

    def the_warehouse_is_told(self):
        """The name of its order's file, and what the one line of it says."""
        self.hand_in("orders", "first.csv", b"order_id,sku,quantity,name,address1,city,postal_code,country\r\n"
                                            b"A-1,MUG,2,Ada,1 Long Lane,York,YO1 7HH,GB\r\n")
        self.read_all()
        until(lambda: "A-1" in self.host.orders(ACCOUNT), "the order is known", 60)
        self.host.run("orders", "allocate", "A-1", "--location", "files-fba")
        to_ship = self.exchange / "to-ship"
        # One that begins with a dot is in the making.
        until(lambda: [each for each in names(to_ship) if not each.startswith(".")], "the warehouse is told", 60)
        (name,) = [each for each in names(to_ship) if not each.startswith(".")]
        header, line = (to_ship / name).read_text(encoding="utf-8").splitlines()
        told = dict(zip(header.split(","), line.split(","), strict=True))
        self.assertEqual((told["order_id"], told["sku"], told["quantity"], told["name"], told["city"]), ("A-1", "MUG", "2", "Ada", "York"))
        return name, told


class LocalTest(_FilesTest):
    def test_local_folders(self):
        self.set_up(f"file://{self.exchange}")
        self.assertEqual(self.host.run("account", "test", ACCOUNT, check=False).returncode, 0)
        self.host.add_channel("files", "files", account=ACCOUNT)
        self.orders_arrive()

    def test_what_is_not_allowed_is_told_and_not_read(self):
        elsewhere = self.folder / "elsewhere"
        (elsewhere / "orders").mkdir(parents=True)
        (elsewhere / "orders" / "secret.csv").write_text("order_id,sku,quantity\nX-1,MUG,1\n", encoding="utf-8")
        self.set_up(f"file://{self.exchange}")
        self.host.run("account", "add", "other", "--plugin", "flatfile", "--option", f"orders_address=file://{elsewhere}/orders")
        refused = self.host.run("account", "test", "other", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("transfers.allow", refused.stdout + refused.stderr)
        # Nor through a link that lies in an allowed folder.
        (self.exchange / "orders").rmdir()
        (self.exchange / "orders").symlink_to(elsewhere / "orders")
        self.assertEqual(self.host.run("account", "test", ACCOUNT, check=False).returncode, 1)
        self.assertEqual(names(elsewhere / "orders"), ["secret.csv"])

    def test_an_old_charset_and_a_host_that_dies_within_a_large_file(self):
        self.set_up(f"file://{self.exchange}", options=("charset=windows-1252", "delimiter=semicolon", "decimal_separator=comma"))
        self.host.add_channel("files", "files", account=ACCOUNT)
        lines = "".join(f"A-{n};GR\xd6SSE-{n % 50};1;2,50\r\n" for n in range(_MANY))
        self.host.kill()  # before the file is there: a quick host would have read it already

        def dead():
            # The lane may have had its turn just now: the next would be minutes away. The host may die before it answers.
            self.host.run("sync", "start", f"{ACCOUNT}.orders", check=False)
            return self.host.child.returncode is not None
        self.hand_in("orders", "large.csv", ("order_id;sku;quantity;unit_price\r\n" + lines).encode("cp1252"))
        for failpoint in ("document-after-commit", "order-step-before-commit:3", "order-step-after-commit:3"):
            self.host.launch(failpoint=failpoint, arguments=self.arguments(f"file://{self.exchange}"))
            until(dead, f"the host is dead at {failpoint}", 60)
        self.start(f"file://{self.exchange}")
        self.read_all()
        until(lambda: len(self.host.orders(ACCOUNT)) == _MANY, "every order is there", 180)
        self.assertEqual({len(each) for each in self.host.orders(ACCOUNT).values()}, {1})
        self.assertEqual({line["sku"] for line in self.host.ask("orders", "show", "A-7")["order"]["lines"]}, {"GRÖSSE-7"})

    def test_quantities_go_out_whole(self):
        self.set_up(f"file://{self.exchange}")
        self.quantities_go_out()

    def test_a_warehouse_is_sent_an_order_and_says_what_became_of_it(self):
        address = f"file://{self.exchange}"
        self.a_warehouse_has_stock(address, lambda options: self.set_up(address, options))
        before_order = time.time()
        name, told = self.the_warehouse_is_told()
        to_ship = self.exchange / "to-ship"
        # Its stock file is older than the order: looking for a newer one in vain does not take the two mugs off it.
        for lane in ("files.fulfilment-stock", "fulfilment-outbound"):
            self.host.run("sync", "start", f"{ACCOUNT}.{lane}", "--wait", timeout=60)
        self.assertEqual(self.reserved("A-1"), 2)
        # Nor does one that comes after the order and was written before it.
        self.hand_in("stock", "late.csv", b"sku,quantity\nMUG,19\n", written=before_order)

        def put_away():
            for lane in ("files.fulfilment-stock", "fulfilment-outbound"):
                self.host.run("sync", "start", f"{ACCOUNT}.{lane}", "--wait", timeout=60)
            return len(names(self.exchange / "stock" / "archive")) == 2
        until(put_away, "the file is in the archive", 60, every=1)
        self.assertEqual(self.reserved("A-1"), 2)
        (to_ship / name).unlink()  # the warehouse takes the order: what it counts from now on is without the two
        self.hand_in("stock", "later.csv", b"sku,quantity\nMUG,18\n")

        def counted():
            for lane in ("files.fulfilment-stock", "fulfilment-outbound"):
                self.host.sync(f"{ACCOUNT}.{lane}")
            return self.reserved("A-1") == 0
        until(counted, "the warehouse's own figure is without them", 60, every=1)
        # It ships them and says so.
        self.hand_in("shipped", f"{told['outbound_id']}.csv",
                     ("outbound_id,status,line_id,quantity,carrier,tracking_number\r\n"
                      f"{told['outbound_id']},shipped,{told['line_id']},2,DHL,TR1\r\n").encode())

        def despatched():
            self.host.sync(f"{ACCOUNT}.fulfilment-outbound")
            return self.host.orders(ACCOUNT)["A-1"][0]["state"] == "ORDER_STATE_DESPATCHED"
        until(despatched, "the order is despatched", 120, every=1)
        until(lambda: names(self.exchange / "despatches"), "the shop is told", 60)
        (package,) = names(self.exchange / "despatches")
        self.assertIn(",DHL,,TR1,", (self.exchange / "despatches" / package).read_text(encoding="utf-8"))


class SftpTest(_FilesTest):
    """The same over sftp: a server of the user who runs the test, and a way to it that can break."""

    def setUp(self):
        super().setUp()
        need(self, INSTALLED, "openssh-server is not installed: tools/setup does that")
        self.server = SftpServer(self.folder / "keys")
        self.addCleanup(self.server.kill)
        self.relay = Relay(self.server.port)
        self.addCleanup(self.relay.close)
        self.address = f"sftp://127.0.0.1:{self.relay.port}{self.exchange}"

    def set_key(self, account):
        self.host.run("account", "secret", account, "private_key", "--file", self.server.folder / "client")

    def log_in(self, options=()):
        self.set_up(self.address, options=(f"user={self.server.user}", f"host_key={self.server.key_of('server')}", *options))
        self.set_key(ACCOUNT)

    def test_orders_arrive_by_sftp(self):
        self.log_in()
        self.assertEqual(self.host.run("account", "test", ACCOUNT, check=False).returncode, 0)
        self.host.add_channel("files", "files", account=ACCOUNT)
        self.orders_arrive()
        # Another key of the server ends everything before a login.
        self.host.run("account", "add", "wary", "--plugin", "flatfile", "--option", f"orders_address={self.address}/orders",
                      "--option", f"user={self.server.user}", "--option", f"host_key={self.server.key_of('other')}")
        self.set_key("wary")
        refused = self.host.run("account", "test", "wary", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("another key", refused.stdout + refused.stderr)
        self.assertNotIn("PRIVATE KEY", self.host.log.read_text(errors="replace"))

    def test_quantities_go_out_by_sftp(self):
        self.log_in()
        self.quantities_go_out()

    def test_a_warehouse_is_sent_an_order_by_sftp_and_the_shop_what_left(self):
        self.a_warehouse_has_stock(self.address, self.log_in)
        self.the_warehouse_is_told()
        self.hand_in("orders", "second.csv", b"order_id,sku,quantity\r\nA-2,MUG,1\r\n")
        self.read_all()
        until(lambda: "A-2" in self.host.orders(ACCOUNT), "the order is known", 60)
        self.host.run("orders", "despatch", "A-2", "--carrier", "Royal Mail", "--tracking", "TR2")
        until(lambda: [name for name in names(self.exchange / "despatches") if not name.startswith(".")], "the shop is told", 60)
        (package,) = names(self.exchange / "despatches")
        header, line = (self.exchange / "despatches" / package).read_text(encoding="utf-8").splitlines()
        said = dict(zip(header.split(","), line.split(","), strict=True))
        self.assertEqual((said["order_id"], said["quantity"], said["carrier"], said["tracking_number"]), ("A-2", "1", "Royal Mail", "TR2"))

    def serve_again(self):
        """Here rather than where it was killed: a server ends with the thread that started it."""
        if self.server.child.returncode is not None:
            self.server.start()

    def parts(self):
        """Sizes of what is being written under a name that is not its own yet."""
        return [path.stat().st_size for path in (self.exchange / "out").iterdir() if path.name.startswith(".")]

    def written(self):
        return [name for name in names(self.exchange / "out") if not name.startswith(".")]

    def test_a_write_that_breaks_leaves_no_half_file_and_one_that_is_done_is_not_done_twice(self):
        self.log_in()
        seen = []
        # Nothing of it is there; all of it, without its name; with it, and only the server knows.
        self.relay.break_when(lambda _: self.parts() == [0])
        self.relay.break_when(lambda _: any(self.parts()), self.server.kill)
        self.relay.break_when(lambda _: self.written(), lambda: seen.extend(self.written()))

        self.quantities_go_out(meanwhile=self.serve_again)
        self.assertEqual(self.relay.breaks_left(), 0)
        # What had its name when the answer was lost says what it said, and nothing says it again.
        texts = [(self.exchange / "out" / name).read_bytes() for name in self.written()]
        self.assertIn(seen[0], self.written())
        self.assertEqual(len(texts), len(set(texts)))

    def test_a_fetch_that_breaks_or_whose_server_dies_brings_the_whole_file(self):
        self.log_in()
        whole = b"order_id,sku,quantity,title\r\n" + "".join(f"A-{n},MUG,1,{n:0100}\r\n" for n in range(_LONG)).encode()

        def within(received):  # no listing is as long
            return received > 100_000
        self.relay.break_when(within)
        self.relay.break_when(within)
        self.relay.break_when(within, self.server.kill)
        self.hand_in("orders", "large.csv", whole)
        self.host.add_channel("files", "files", account=ACCOUNT)

        def read():
            self.serve_again()
            self.host.sync(_LANE)
            found = self.host.orders(ACCOUNT)
            # A file cut in its last line would bring an order too many or one with a wrong quantity, or a dead letter.
            self.assertEqual(int(self.host.lanes()[_LANE].get("openDeadLetters", 0)), 0)
            return len(found) == _LONG and found
        found = until(read, "every order is there", 120, every=0.5)
        self.assertEqual(self.relay.breaks_left(), 0)
        self.assertEqual({len(each) for each in found.values()}, {1})

        def put_away():
            self.host.sync(_LANE)
            return names(self.exchange / "orders" / "archive")
        (archived,) = until(put_away, "the file is in the archive", 60, every=0.5)
        self.assertEqual((self.exchange / "orders" / "archive" / archived).read_bytes(), whole)


if __name__ == "__main__":
    unittest.main()
