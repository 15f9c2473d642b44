"""The simulated Amazon as a process, and its control API."""
import http.client
import json
import pathlib
import urllib.parse

from .places import program
from .polling import until
from .process import Child

CREDENTIALS = {
    "lwa_client_id": "amzn1.application-oa2-client.first-light",
    "lwa_client_secret": "amzn1.oa2-cs.v1.first-light-secret",
    "lwa_refresh_token": "Atzr|first-light-refresh-token",
}
SELLER = "A1QUAYSIDE0EU"
MARKETPLACES = {"uk": "A1F83G8C2ARO7P", "de": "A1PA6795UKMFR9"}
ACCOUNT = {
    "seller_id": SELLER, "region": "EU", "marketplaces": ["UK", "DE"], "store_name": "Quayside Goods",
    "client_id": CREDENTIALS["lwa_client_id"], "client_secret": CREDENTIALS["lwa_client_secret"],
    "refresh_token": CREDENTIALS["lwa_refresh_token"],
}
# Amazon's hourly allowance of searches would make a test last hours.
WIDE_LIMITS = {"rate_limits": {
    "searchOrders": {"rate": 1, "burst": 20, "advertised": 1},
    "getMarketplaceParticipations": {"rate": 1, "burst": 15, "advertised": 1},
}}


class ControlError(Exception):
    """The simulator refused a command."""


class Sim:
    """Time in it runs `speed` times as fast as real time; 0 = it stands still until advance(). `seconds`: until it listens."""

    def __init__(self, folder, speed=60, seed=1, listings=(), settings=None, seconds=30):
        folder = pathlib.Path(folder)
        scenario = folder / "scenario.json"
        scenario.write_text(json.dumps({
            "seed": seed, "clock": {"base": "now", "speed": speed}, "settings": settings or WIDE_LIMITS,
            "accounts": [ACCOUNT], "listings": list(listings)}), encoding="utf-8")
        port_file = folder / "sim.port"
        port_file.unlink(missing_ok=True)
        self.child = Child([program("amazon-sim"), "serve", "--scenario", scenario, "--port", "0", "--port-file", port_file],
                           folder / "sim.log")
        until(lambda: port_file.exists() or self.child.returncode is not None, "the simulator listens", seconds)
        if self.child.returncode is not None:
            raise RuntimeError("the simulator did not start: " + self.child.log_text())
        self.port = int(port_file.read_text(encoding="ascii"))
        self.url = f"http://127.0.0.1:{self.port}"
        self._connection = None

    def _ask(self, method, path, body=None):
        payload = None if body is None else json.dumps(body)
        for attempt in (1, 2):
            try:
                if self._connection is None:
                    self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                self._connection.request(method, "/sim/v1/" + path, payload, {"Content-Type": "application/json"} if payload else {})
                answer = self._connection.getresponse()
                data = json.loads(answer.read())
                break
            except (http.client.HTTPException, ConnectionError):
                # An idle connection the server has closed. Commands are not repeated: they may have happened.
                self._connection = None
                if attempt == 2 or method != "GET":
                    raise
        if answer.status != 200:
            raise ControlError(f"{path}: {data.get('error', data)}")
        return data

    def look(self, path, **query):
        return self._ask("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def act(self, command, **arguments):
        # A fresh connection: a command must not be lost to an idle one.
        self._connection = None
        return self._ask("POST", command, arguments)

    def place(self, *lines, **more):
        """One order of (sku, quantity) pairs; its id."""
        answer = self.act("place-orders", lines=[{"sku": sku, "quantity": quantity} for sku, quantity in lines], **more)
        if not answer["placed"]:
            raise ControlError("refused: " + str(answer["refused"]))
        return answer["placed"][0]["order_id"]

    def fault(self, name, **more):
        return self.act("faults", fault=name, **more)

    def clear_faults(self):
        self.act("clear-faults")

    def advance(self, seconds):
        self.act("clock", advance_s=seconds)

    def now_us(self):
        return self.look("clock")["now_us"]

    def orders(self):
        """Every order as it really is, by id."""
        return {order["order_id"]: order for order in self.look("ledger", section="orders")["orders"]}

    def listings(self):
        return {listing["sku"]: listing for listing in self.look("listings", limit=100000)["listings"]}

    def quantity(self, sku):
        return self.look("listings", sku=sku)["listings"][0]["quantity"]

    def violations(self):
        return self.look("ledger", section="violations")["violations"]

    def calls(self, operation):
        """How often the seller's operation was called."""
        return self.look("ledger", section="calls")["calls"].get(SELLER, {}).get(operation, {}).get("calls", 0)

    def fired(self):
        """How often each kind of fault has struck."""
        total = {}
        for rule in self.look("faults")["rules"]:
            total[rule["fault"]] = total.get(rule["fault"], 0) + rule["fired"]
        return total

    def stop(self):
        self.child.terminate(10)
