"""Records plugins/amazon/tests/cassette.json: what the simulated Amazon answers to the plugin while the kit tries it.

    QUAYSIDE_BUILD_DIR=build/release PYTHONPATH=tests python3 -m conformance.record_amazon plugins/amazon/tests/cassette.json

The kit puts down each request that the cassette has no answer to; it goes to the simulator as it is, with an access token that is not
recorded, and the kit runs again, until it misses nothing. The simulator's clock stands still, so the same requests are recorded each time.
"""
import base64
import datetime
import gzip
import http.client
import json
import pathlib
import sys
import tempfile
import urllib.parse

from conformance import kit
from harness.places import AMAZON_BUNDLE, program
from harness.polling import until
from harness.process import Child
from harness.sim import ACCOUNT, CREDENTIALS, MARKETPLACES, SELLER

NOW_S = 1_790_000_000
UK = MARKETPLACES["uk"]
# Times that follow the clock. A recorded request answers at its own times; any other time is answered as the first one was.
TIMES = {"lastUpdatedAfter", "lastUpdatedBefore", "createdAfter", "createdBefore", "createdSince", "startDateTime", "queryStartDate",
         "updatedAfter"}
# Of an answer, what the plugin may look at. Dates and ids of requests would differ each time.
HEADERS = {"content-type", "x-amzn-ratelimit-limit"}
# Cases that ask for all there is to ask. Reading comes first: it must not see what was written meanwhile.
STAGES = (r"^pages/(sound|sizes|resume)", r"^(calls/declared|writes/(total|reconcile))")
MOST_ROUNDS = 60

SCENARIO = {
    "seed": 6,
    "clock": {"base": datetime.datetime.fromtimestamp(NOW_S, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), "speed": 0},
    "settings": {"rate_limits_enabled": False, "token_life_s": 100_000_000, "feeds": {"compression": "none"},
                 "outbound": {"queue_s": 86_400, "echo_orders": False}},
    "accounts": [ACCOUNT],
    "listings": [{"sku": "MUG", "quantity": 10, "price": 12.5}, {"sku": "BOWL", "quantity": 5, "price": 20},
                 {"sku": "PLATE", "quantity": 7, "price": 8}, {"sku": "CUP", "fba": True, "fba_stock": {"uk": 20}}],
}


class Marketplace:
    """The simulator, asked as the host asks Amazon."""

    def __init__(self, folder):
        scenario = folder / "scenario.json"
        scenario.write_text(json.dumps(SCENARIO), encoding="utf-8")
        port_file = folder / "port"
        self.child = Child([program("amazon-sim"), "serve", "--scenario", scenario, "--port", "0", "--port-file", port_file],
                           folder / "sim.log")
        until(lambda: port_file.exists() or self.child.returncode is not None, "the simulator listens", 30)
        self.connection = http.client.HTTPConnection("127.0.0.1", int(port_file.read_text(encoding="ascii")), timeout=60)
        form = urllib.parse.urlencode({
            "grant_type": "refresh_token", "refresh_token": CREDENTIALS["lwa_refresh_token"],
            "client_id": CREDENTIALS["lwa_client_id"], "client_secret": CREDENTIALS["lwa_client_secret"]})
        _, _, answer = self.send("POST", "/auth/o2/token", form.encode(), {"Content-Type": "application/x-www-form-urlencoded"})
        self.token = json.loads(answer)["access_token"]

    def send(self, method, target, body=None, headers=None):
        self.connection.request(method, target, body, headers or {})
        reply = self.connection.getresponse()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()

    def act(self, command, **arguments):
        status, _, body = self.send("POST", "/sim/v1/" + command, json.dumps(arguments).encode(), {"Content-Type": "application/json"})
        if status != 200:
            raise SystemExit(f"{command}: {body.decode()}")
        return json.loads(body)

    def answer(self, request):
        """Of a request as the kit puts it down; an exchange of the cassette."""
        query = [(one["name"], one.get("value", "")) for one in request.get("query", [])]
        target = request["path"] + ("?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote) if query else "")
        headers = {one["name"]: one.get("value", "") for one in request.get("headers", [])}
        headers |= {"x-amz-access-token": self.token, "User-Agent": "quayside-conformance"}
        body = base64.b64decode(request.get("body", ""))
        status, names, text = self.send(request["method"], target, body or None, headers)
        recorded = {"method": request["method"], "origin": request["origin"], "path": request["path"]}
        if query:
            recorded["query"] = dict(query)
        return {"request": recorded,
                "reply": {"status": status, "headers": {name: names[name] for name in sorted(HEADERS & names.keys())},
                          "body": text.decode()}}

    def document(self, request):
        """What a presigned address serves, as the host would hand it on."""
        address = urllib.parse.urlsplit(request["url"])
        status, _, body = self.send("GET", f"{address.path}?{address.query}")
        if status != 200:
            raise SystemExit(f"{request['url']}: HTTP {status}")
        return (gzip.decompress(body) if request.get("gzip") else body).decode("utf-8")

    def send_from_warehouse(self, order):
        """An outbound order, as the plugin would send it."""
        address = order["shipTo"]
        body = {"sellerFulfillmentOrderId": order["outboundId"], "marketplaceId": order["marketplace"],
                "displayableOrderId": order["displayId"], "displayableOrderDate": SCENARIO["clock"]["base"],
                "displayableOrderComment": order["comment"], "shippingSpeedCategory": "Standard",
                "destinationAddress": {"name": address["name"], "addressLine1": address["lines"][0], "city": address["city"],
                                       "postalCode": address["postalCode"], "countryCode": address["countryCode"]},
                "items": [{"sellerSku": line["sku"], "sellerFulfillmentOrderItemId": line["lineId"], "quantity": line["quantity"]}
                          for line in order["lines"]]}
        headers = {"x-amz-access-token": self.token, "User-Agent": "quayside-conformance", "Content-Type": "application/json"}
        status, _, text = self.send("POST", "/fba/outbound/2020-07-01/fulfillmentOrders", json.dumps(body).encode(), headers)
        if status != 200:
            raise SystemExit(f"{order['outboundId']}: {text.decode()}")

    def order(self, sku, quantity, **more):
        """Id and line of an order that was placed now."""
        placed = self.act("place-orders", lines=[{"sku": sku, "quantity": quantity}], marketplace="UK", **more)["placed"][0]
        order_id = placed["order_id"]
        _, _, body = self.send("GET", f"/sim/v1/orders?order_id={order_id}")
        return order_id, json.loads(body)["orders"][0]["lines"][0]["order_item_id"]


def prepare(amazon):
    """The cassette without its exchanges, for a shop in which there is something of everything."""
    orders = {name: amazon.order(sku, 1, buyer={"name": "Test Person " + name, "email": "x@marketplace.example"})
              for name, sku in (("first", "MUG"), ("second", "BOWL"), ("cancelled", "PLATE"), ("refunded", "MUG"))}
    amazon.act("ship", order_id=orders["refunded"][0])
    address = {"name": "Kit Recipient", "lines": ["1 Kit Street"], "city": "York", "postalCode": "YO1 7HH", "countryCode": "GB"}
    outbound = {"outboundId": "KIT-OUT-1", "marketplace": UK, "displayId": "KIT-1", "displayUs": str((NOW_S - 60) * 1_000_000),
                "comment": "Thank you", "speed": 1, "lines": [{"lineId": "1", "sku": "CUP", "quantity": 1}], "shipTo": address}
    standing = {**outbound, "outboundId": "KIT-OUT-0", "displayId": "KIT-0"}
    amazon.send_from_warehouse(standing)
    amazon.act("clock", advance_s=3600)  # searches show what was settled a while ago
    line = lambda name: {"orderExternalId": orders[name][0], "marketplace": UK}
    units = lambda name: {"lines": [{"externalLineId": orders[name][1], "quantity": 1}]}
    package = {"carrierCode": "Royal Mail", "carrierName": "Royal Mail", "shippedUs": str((NOW_S + 600) * 1_000_000), "packageNumber": "1"}
    push = [{"intentId": "kit-1", "sku": "MUG", "marketplace": UK, "quantity": 3, "fulfilment": 1},
            {"intentId": "kit-2", "sku": "BOWL", "marketplace": UK, "quantity": 0, "latencyDays": 2, "fulfilment": 1}]
    return {
        "options": {"region": "eu", "seller_id": SELLER}, "marketplaces": [UK],
        "now_us": (NOW_S + 3600) * 1_000_000, "changed_from_us": (NOW_S - 3600) * 1_000_000, "documents": {},
        "requests": {
            "inventory_push/1 push": {"intents": push},
            "inventory_push/1 push_bulk": {"intents": push},
            "inventory_push/1 read_back": {"skus": ["MUG"], "marketplace": UK},
            "order_sync/1 get": {"externalIds": [orders["first"][0]]},
            "despatch/1 confirm": {"intents": [
                {"intentId": "kit-1", **line("first"), **units("first"), **package, "trackingNumber": "KITTRACKING1"},
                {"intentId": "kit-2", **line("second"), **units("second"), **package, "trackingNumber": "KITTRACKING2"}]},
            "post_sale/1 cancel": {"intents": [
                {"intentId": "kit-1", **line("cancelled"), **units("cancelled"), "reason": 2, "wholeOrder": True}]},
            "post_sale/1 refund": {"intents": [
                {"intentId": "kit-1", **line("refunded"), "reason": 1, "lines": [
                    {"externalLineId": orders["refunded"][1], "quantity": 1,
                     "amounts": [{"component": 1, "amount": {"currencyCode": "GBP", "units": "1"}}]}]}]},
            "fulfilment/1 quote": {"order": outbound},
            "fulfilment/1 submit": {"intents": [{"intentId": "kit-1", "order": outbound}]},
            "fulfilment/1 cancel": {"intents": [{"intentId": "kit-1", "outboundId": standing["outboundId"]}]},
            "fulfilment/1 reconcile": {"outboundIds": ["KIT-OUT-1"]},
        },
        "expected": {"order_sync/1 pull": sorted(f"{UK} {order_id}" for order_id, _ in orders.values()),
                     "listing_sync/1 pull": sorted(listing["sku"] for listing in SCENARIO["listings"]),
                     "fulfilment/1 pull_stock": ["CUP"], "fulfilment/1 pull_updates": [standing["outboundId"]]},
    }


def timeless(query):
    return {name: "*" if name in TIMES else value for name, value in query.items()}


def at_any_time(exchanges):
    """The first answer of each kind of request, for times that were not recorded: of first pages, and of each later page."""
    kinds = {}
    for exchange in exchanges:
        request = exchange["request"]
        query = request.get("query", {})
        if not TIMES.isdisjoint(query):
            anyhow = {**request, "query": timeless(query)}
            kinds.setdefault(json.dumps(anyhow, sort_keys=True), {"request": anyhow, "reply": exchange["reply"]})
    return list(kinds.values())


def first_of_each_kind(requests):
    """What is to be asked now. A step without an answer is made again a minute later, when the times in it are others."""
    kinds = {}
    for request in requests:
        if "path" in request:
            query = {one["name"]: one.get("value", "") for one in request.get("query", [])}
            kinds.setdefault((request["method"], request["path"], json.dumps(timeless(query), sort_keys=True)), request)
    return kinds.values()


def write(path, shop, exchanges):
    path.write_text(json.dumps({**shop, "exchanges": exchanges + at_any_time(exchanges)}, indent=1) + "\n", encoding="utf-8")


def learn(amazon, path, shop, exchanges, cases, missing):
    """Runs these cases until they miss nothing; the kit's report."""
    for _ in range(MOST_ROUNDS):
        write(path, shop, exchanges)
        missing.unlink(missing_ok=True)
        report = kit.run(AMAZON_BUNDLE, "--cassette", path, "--missing", missing, "--isolation", "in-process", "--only", cases)
        if not missing.exists():
            return report
        requests = [json.loads(line) for line in missing.read_text(encoding="utf-8").splitlines()]
        exchanges += [amazon.answer(request) for request in first_of_each_kind(requests)]
        shop["documents"] |= {request["url"]: amazon.document(request) for request in requests if "url" in request}
    raise SystemExit(f"after {MOST_ROUNDS} rounds the kit still misses: {missing.read_text(encoding='utf-8')}")


def record(path):
    with tempfile.TemporaryDirectory(prefix="quayside-record-") as scratch:
        folder = pathlib.Path(scratch)
        amazon = Marketplace(folder)
        shop = prepare(amazon)
        exchanges = []
        for cases in STAGES:
            print(learn(amazon, path, shop, exchanges, cases, folder / "missing")["table"])
        print(f"{len(exchanges)} exchanges")


if __name__ == "__main__":
    record(pathlib.Path(sys.argv[1]))
