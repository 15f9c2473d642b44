"""The channel over files by FTP with TLS: what holds over sftp, and connections that break within a file."""
import time
import unittest

from harness.exchange import ACCOUNT, ExchangeTest, names
from harness.ftps import INSTALLED, PASSWORD, USER, FtpsServer
from harness.needs import need
from harness.polling import until

_MANY = 5_000
_LANE = f"{ACCOUNT}.orders"


class _FtpsTest(ExchangeTest):
    scheme = "ftpes"
    without = ()

    def setUp(self):
        super().setUp()
        need(self, INSTALLED, "python3-pyftpdlib and python3-openssl are not installed: tools/setup --tests does that")
        self.server = FtpsServer(self.folder / "ftp", self.scheme, self.without)
        self.addCleanup(self.server.kill)
        self.address = f"{self.server.address}{self.exchange}"
        self.trusts_server = True

    def arguments(self, address):
        trust = ("--set", f"transfers.ca_file={self.server.certificate}") if self.trusts_server else ()
        return (*super().arguments(address), *trust)

    def log_in(self, password=PASSWORD, options=()):
        self.set_up(self.address, options=(f"user={USER}", *options))
        self.host.set_secret("password", password, ACCOUNT)

    def refusal(self):
        refused = self.host.run("account", "test", ACCOUNT, check=False)
        self.assertEqual(refused.returncode, 1, refused.stdout)
        return refused.stdout + refused.stderr

    def orders_arrive_by_ftp(self):
        self.log_in()
        tested = self.host.run("account", "test", ACCOUNT, check=False)
        self.assertEqual(tested.returncode, 0, tested.stdout + tested.stderr)
        self.host.add_channel("files", "files", account=ACCOUNT)
        self.orders_arrive()
        self.assertNotIn(PASSWORD, self.host.log.read_text(errors="replace"))


class ImplicitTest(_FtpsTest):
    scheme = "ftps"

    def test_orders_arrive_where_tls_comes_first(self):
        self.orders_arrive_by_ftp()


class SimpleServerTest(_FtpsTest):
    without = ("MLSD", "MLST", "MDTM", "SIZE", "EPSV")

    def test_orders_arrive_from_a_server_that_lists_as_ls_does(self):
        self.orders_arrive_by_ftp()

    def test_quantities_go_out_to_a_server_that_does_not_say_what_is_there(self):
        self.log_in()
        self.quantities_go_out()

    def test_a_place_that_is_not_there_is_no_empty_one(self):
        self.log_in()
        (self.exchange / "orders").rmdir()
        self.assertIn("the place's folder is not there", self.refusal())


class ExplicitTest(_FtpsTest):
    def test_orders_arrive_where_tls_is_asked_for(self):
        self.orders_arrive_by_ftp()

    def test_a_marker_is_taken_away_with_its_file(self):
        self.log_in(options=("marker=.done",))
        self.hand_in("orders", "first.csv", b"order_id,sku,quantity\r\nA-1,MUG,1\r\n")
        self.hand_in("orders", "second.csv", b"order_id,sku,quantity\r\nA-2,MUG,1\r\n")
        self.hand_in("orders", "first.csv.done", b"")
        self.host.add_channel("files", "files", account=ACCOUNT)
        self.read_all()
        until(lambda: set(self.host.orders(ACCOUNT)) == {"A-1"}, "the marked file is read", 60)
        self.assertEqual(names(self.exchange / "orders"), ["second.csv"])

    def test_a_wrong_password_is_told(self):
        self.log_in(password="another")
        self.assertIn("refused the login", self.refusal())

    def test_a_server_whom_nobody_vouches_for_learns_nothing(self):
        self.trusts_server = False
        self.log_in()
        self.assertIn("certificate", self.refusal())
        self.assertIn("FTP session opened", self.server.log())
        self.assertNotIn(f"USER '{USER}'", self.server.log())
        # Nor is a place that is not there an empty one, once the server is trusted.
        self.host.stop()
        self.trusts_server = True
        self.start(self.address)
        (self.exchange / "orders").rmdir()
        self.assertIn("the place's folder is not there", self.refusal())

    def test_a_fetch_that_breaks_goes_on_where_it_broke_and_no_half_file_is_read(self):
        self.log_in()
        lines = "".join(f"A-{n},MUG,1\r\n" for n in range(_MANY)).encode()
        whole = b"order_id,sku,quantity\r\n" + lines
        # Cut again and again while something comes; at once, which ends the step; within the last line; behind it, before the server
        # says that this was all.
        self.server.cut("RETR 20000", "RETR 20000", "RETR 0", f"RETR {len(whole) - 3}", "RETR 3")
        self.hand_in("orders", "large.csv", whole)
        self.host.add_channel("files", "files", account=ACCOUNT)

        def read():
            self.host.sync(_LANE)
            found = self.host.orders(ACCOUNT)
            # A file cut in its last line would bring an order too many or one with a wrong quantity, or a dead letter.
            self.assertEqual(int(self.host.lanes()[_LANE].get("openDeadLetters", 0)), 0)
            return len(found) == _MANY and found
        found = until(read, "every order is there", 120, every=0.5)
        self.assertEqual(self.server.cuts_left(), [])
        self.assertEqual({len(each) for each in found.values()}, {1})

        def put_away():
            self.host.sync(_LANE)
            return names(self.exchange / "orders" / "archive")
        (archived,) = until(put_away, "the file is in the archive", 60, every=0.5)
        self.assertEqual((self.exchange / "orders" / "archive" / archived).read_bytes(), whole)

    def test_a_file_that_is_another_one_behind_the_break_is_read_from_its_beginning(self):
        self.log_in()

        def orders(letter):
            return b"order_id,sku,quantity\r\n" + "".join(f"{letter}-{n:05},MUG,1\r\n" for n in range(_MANY)).encode()
        self.server.cut("RETR 20000")
        self.server.put_instead(orders("B"), written=time.time() - 60)
        self.hand_in("orders", "large.csv", orders("A"))
        self.host.add_channel("files", "files", account=ACCOUNT)

        def read():
            self.host.sync(_LANE)
            return len(self.host.orders(ACCOUNT)) >= _MANY
        until(read, "every order is there", 120, every=0.5)
        self.assertEqual({order[0] for order in self.host.orders(ACCOUNT)}, {"B"})

    def test_a_write_that_breaks_leaves_no_half_file(self):
        self.log_in()
        self.server.cut("STOR 5", "STOR 0")
        self.quantities_go_out()
        self.assertEqual(self.server.cuts_left(), [])


if __name__ == "__main__":
    unittest.main()
