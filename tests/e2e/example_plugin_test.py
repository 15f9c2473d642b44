"""The SDK's example plugin in a real host, against a shop of its own kind."""
import http.server
import json
import pathlib
import tempfile
import threading
import time
import unittest
import urllib.parse

from harness.case import WorldTest
from harness.host import Host
from harness.places import BUILD
from harness.polling import until

_KEY = "key-of-the-example"
_BEGIN_US = int(time.time() * 1e6)
_ORDERS = [{"id": f"A-{number}", "changed": _BEGIN_US + number, "lines": [{"id": "1", "sku": "MUG", "units": number}]}
           for number in (1, 2, 3)]


class _Shop(http.server.BaseHTTPRequestHandler):
    """GET /orders?since=T with the key."""

    def do_GET(self):  # pylint: disable=invalid-name
        address = urllib.parse.urlsplit(self.path)
        if self.headers.get("x-api-key") != _KEY:
            status, body = 401, {}
        elif address.path != "/orders":
            status, body = 404, {}
        else:
            since = int(urllib.parse.parse_qs(address.query)["since"][0])
            status, body = 200, {"orders": [order for order in _ORDERS if order["changed"] >= since]}
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_):
        pass


class ExamplePluginTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.shop = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
        threading.Thread(target=self.shop.serve_forever, daemon=True).start()
        self.addCleanup(self.shop.server_close)
        self.addCleanup(self.shop.shutdown)

    def test_orders_of_the_example_arrive(self):
        with tempfile.TemporaryDirectory(prefix="quayside-example-") as folder:
            host = Host(pathlib.Path(folder) / "host",
                        origins={"https://api.shop.example": f"http://127.0.0.1:{self.shop.server_port}"})
            host.start()
            host.run("plugin", "install", BUILD / "bundles" / "minimal")
            host.run("account", "add", "demo", "--plugin", "minimal")
            host.set_secret("api_key", "wrong", "demo")
            refused = host.run("account", "test", "demo", check=False)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("the marketplace does not accept the credentials", refused.stdout)
            host.set_secret("api_key", _KEY, "demo")
            self.assertEqual(host.run("account", "test", "demo").returncode, 0)
            host.add_channel("shop-front", "main", account="demo")
            until(lambda: set(host.orders("demo")) == {order["id"] for order in _ORDERS}, "the orders are there", 60)
            shown = host.ask("orders", "show", "A-3")["order"]
            self.assertEqual([(line["sku"], line["quantity"]) for line in shown["lines"]], [("MUG", 3)])
            # Read once more, nothing comes twice.
            host.run("sync", "start", "demo.orders", "--wait")
            self.assertEqual([len(each) for each in host.orders("demo").values()], [1, 1, 1])
            self.assertEqual(host.stop(), 0)


if __name__ == "__main__":
    unittest.main()
