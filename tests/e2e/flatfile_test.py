"""The channel over files in a real host: local folders, and an sftp server on loopback."""
import os
import shutil
import socket
import subprocess
import time
import unittest

from harness.exchange import ACCOUNT, ExchangeTest, names
from harness.needs import need
from harness.polling import until
from harness.ports import free_port
from harness.process import Child

_MANY = 20_000
_SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin")


class LocalTest(ExchangeTest):
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
        places = {"despatches": "despatches", "stock": "stock", "outbound": "to-ship", "shipments": "shipped"}
        for folder in places.values():
            (self.exchange / folder).mkdir()
        address = f"file://{self.exchange}"
        self.set_up(address, options=[f"{place}_address={address}/{folder}" for place, folder in places.items()])
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
        before_order = time.time()
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


class SftpTest(ExchangeTest):
    """The same over sftp: a server of the user who runs the test, who logs in with a key."""

    def setUp(self):
        super().setUp()
        need(self, _SSHD, "openssh-server is not installed: tools/setup does that")
        self.keys = self.folder / "keys"
        self.keys.mkdir(mode=0o700)
        for name in ("server", "other", "client"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.keys / name)], check=True)
        self.port = free_port()
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)  # where it locks itself in before a login
        config = self.keys / "sshd_config"
        config.write_text("\n".join((f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {self.keys}/server",
                                     f"AuthorizedKeysFile {self.keys}/client.pub", "PidFile none", "StrictModes no", "UsePAM no",
                                     "PasswordAuthentication no", "PermitRootLogin prohibit-password",
                                     "Subsystem sftp internal-sftp")) + "\n", encoding="utf-8")
        self.server = Child([_SSHD, "-D", "-e", "-f", config], self.folder / "sshd.log")
        self.addCleanup(self.server.kill)
        until(self.listens, "the sftp server listens", 20)

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def key_of(self, name):
        shown = subprocess.run(["ssh-keygen", "-lf", str(self.keys / f"{name}.pub")], check=True, stdout=subprocess.PIPE, text=True).stdout
        return shown.split()[1]

    def set_key(self, account):
        self.host.run("account", "secret", account, "private_key", "--file", self.keys / "client")

    def sftp(self):
        user = subprocess.run(["id", "-un"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        address = f"sftp://127.0.0.1:{self.port}{self.exchange}"
        self.set_up(address, options=(f"user={user}", f"host_key={self.key_of('server')}"))
        self.set_key(ACCOUNT)
        return address, user

    def test_orders_arrive_by_sftp(self):
        address, user = self.sftp()
        self.assertEqual(self.host.run("account", "test", ACCOUNT, check=False).returncode, 0)
        self.host.add_channel("files", "files", account=ACCOUNT)
        self.orders_arrive()
        # Another key of the server ends everything before a login.
        self.host.run("account", "add", "wary", "--plugin", "flatfile", "--option", f"orders_address={address}/orders",
                      "--option", f"user={user}", "--option", f"host_key={self.key_of('other')}")
        self.set_key("wary")
        refused = self.host.run("account", "test", "wary", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("another key", refused.stdout + refused.stderr)
        self.assertNotIn("PRIVATE KEY", self.host.log.read_text(errors="replace"))


if __name__ == "__main__":
    unittest.main()
