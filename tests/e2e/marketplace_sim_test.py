"""The SDK's simulated marketplace: a plugin in a host, recorded, and played again without it."""
import json
import pathlib
import subprocess
import tempfile
import unittest

from harness.case import WorldTest
from harness.host import Host
from harness.marketplace import Marketplace
from harness.places import BUILD, program
from harness.polling import until

_KEY = "key-of-the-example"
_BUNDLE = BUILD / "bundles" / "minimal"
# What the plugin does not look at, and nobody shall find in a cassette.
_PERSONAL = {"buyer": {"name": "Ada Lovelace", "note": "ring +44 20 7946 0958"}, "mail": "ada@example.com"}


def shop(orders, **members):
    """The marketplace of the SDK's example."""
    order = {"id": "A-{n}", "changed": {"$ago_s": 600, "every_s": 1}, "lines": [{"id": "1", "sku": "MUG", "units": 2}], **_PERSONAL}
    return {
        "credential": {"header": "x-api-key", "value": _KEY},
        "state": {"orders": [{"$repeat": orders, "item": order}]},
        "routes": [{"method": "GET", "path": "/orders", "operation": "orders",
                    "list": {"from": "orders", "where": [{"field": "changed", "at_least": "since"}], "sort": "changed", "limit": 50,
                             "as": "orders"}}], **members}


def quayside(*arguments):
    return subprocess.run([program("quayside"), *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False)


class MarketplaceSimTest(WorldTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="quayside-marketplace-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_orders_arrive_whatever_goes_wrong_and_the_host_records_them(self):
        faults = [{"fault": "status", "status": 503, "retry_after_s": 1, "operation": "orders", "count": 1},
                  {"fault": "partial", "bytes": 20, "operation": "orders", "count": 1},
                  {"fault": "slow", "hold_ms": 300, "operation": "orders", "count": 1},
                  {"fault": "timeout", "hold_ms": 100, "operation": "orders", "skip": 1, "count": 1}]
        marketplace = Marketplace(self.folder, shop(120, faults=faults))
        host = Host(self.folder / "host", origins={"https://api.shop.example": marketplace.url})
        host.start(arguments=["--set", f"development.record_dir={self.folder / 'tapes'}"])
        host.run("plugin", "install", _BUNDLE)
        host.run("account", "add", "demo", "--plugin", "minimal")
        host.set_secret("api_key", _KEY, "demo")
        host.add_channel("shop-front", "main", account="demo")
        wanted = {f"A-{number}" for number in range(1, 121)}
        until(lambda: set(host.orders("demo")) == wanted, "all orders are there", 120)
        self.assertEqual([len(each) for each in host.orders("demo").values()], [1] * 120)
        calls = marketplace.calls("orders")
        self.assertEqual(calls[503], 1)
        self.assertEqual(calls[0], 1)
        self.assertNotIn(401, calls)
        # An order that is placed now comes, too.
        marketplace.control("POST", "items", {"into": "orders", "key": ["id"], "item": {
            "id": "B-1", "changed": {"$ago_s": 0}, "lines": [{"id": "1", "sku": "MUG", "units": 1}]}})
        until(lambda: (host.run("sync", "start", "demo.orders", "--wait", check=False), "B-1" in host.orders("demo"))[1],
              "the order of this moment is there", 60)
        self.assertEqual(host.stop(), 0)
        tape = (self.folder / "tapes" / "demo.json").read_text(encoding="utf-8")
        self.assertIn("A-120", tape)
        self.assert_clean(tape)

    def test_a_recording_plays_without_the_marketplace(self):
        marketplace = Marketplace(self.folder, shop(60, rate_limits={"orders": {"per_second": 2, "burst": 2}}))
        key = self.folder / "key"
        key.write_text(_KEY + "\n", encoding="ascii")
        cassette = self.folder / "recorded.json"
        arguments = ["plugin", "record", _BUNDLE, "--origin", f"shop={marketplace.url}", "--secret", f"api_key=@{key}",
                     "--marketplace", "main", "--out", cassette]
        recorded = quayside(*arguments)
        self.assertEqual(recorded.returncode, 0, recorded.stderr)
        self.assertIn("taken out: ", recorded.stdout)
        text = cassette.read_text(encoding="utf-8")
        self.assert_clean(text)
        self.assertEqual(len(json.loads(text)["expected"]["order_sync/1 pull"]), 60)
        again = quayside(*arguments)
        self.assertNotEqual(again.returncode, 0, "a cassette is never written over")
        self.assertEqual(cassette.read_text(encoding="utf-8"), text)
        self.assertEqual(marketplace.stop(), 0)

        played = quayside("plugin", "replay", _BUNDLE, "--cassette", cassette)
        self.assertEqual(played.returncode, 0, played.stderr)
        self.assertRegex(played.stdout, r"order_sync/1 pull +[0-9]+ +60 +[0-9a-f]{16}")
        self.assertEqual(quayside("plugin", "replay", _BUNDLE, "--cassette", cassette).stdout, played.stdout)
        # One order that is another, and one that is missing.
        order = next(one for exchange in json.loads(text)["exchanges"] for one in exchange["reply"]["json"]["orders"]
                     if one["id"] == "A-2")
        order_text = json.dumps(order, separators=(",", ":"))
        self.assertIn(order_text + ",", text)
        for instead, what in ((order_text.replace('"units":2', '"units":3') + ",", "the replies are not those that were recorded"),
                              ("", " items, not the 60 that the cassette expects")):
            changed = self.folder / "changed.json"
            changed.write_text(text.replace(order_text + ",", instead), encoding="utf-8")
            refused = quayside("plugin", "replay", _BUNDLE, "--cassette", changed)
            self.assertEqual(refused.returncode, 1, refused.stdout)
            self.assertIn(what, refused.stderr)

    def test_a_wrong_secret_and_a_marketplace_that_is_away_are_told(self):
        marketplace = Marketplace(self.folder, shop(1))
        arguments = ["plugin", "record", _BUNDLE, "--origin", f"shop={marketplace.url}", "--out", self.folder / "none.json"]
        refused = quayside(*arguments)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--secret api_key=@FILE", refused.stderr)
        key = self.folder / "key"
        key.write_text("wrong", encoding="ascii")
        refused = quayside(*arguments, "--secret", f"api_key=@{key}")
        self.assertIn("the marketplace does not accept the credentials", refused.stderr)
        self.assertNotIn("wrong", refused.stderr)
        self.assertFalse((self.folder / "none.json").exists())

    def assert_clean(self, text):
        for personal in (_KEY, "Ada", "+44 20", "ada@example.com"):
            self.assertNotIn(personal, text)


if __name__ == "__main__":
    unittest.main()
