"""Records plugins/amazon/tests/cassette.json: what the simulated Amazon answers to the plugin, for the kit to try it with.

    QUAYSIDE_BUILD_DIR=build/release PYTHONPATH=tests python3 -m conformance.record_amazon plugins/amazon/tests/cassette.json

`quayside plugin record` reads everything once and takes personal data out. What the kit asks besides, in pages of other sizes, is asked
here until it misses nothing, and the same is taken out of it. Then the same for what is written: reading must not see that.
"""
import datetime
import http.client
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse

from conformance import kit
from harness.places import AMAZON_BUNDLE, program
from harness.polling import until
from harness.process import Child
from harness.sim import ACCOUNT, CREDENTIALS, MARKETPLACES, SELLER

UK = MARKETPLACES["uk"]
# Times that follow the clock. A recorded request answers at its own times; any other time is answered as the first one was.
TIMES = {"lastUpdatedAfter", "lastUpdatedBefore", "createdAfter", "createdBefore", "createdSince", "startDateTime", "queryStartDate",
         "updatedAfter"}
# Where a pass over all listings begins: no time that follows the clock.
FIRST_LISTING = "2000-01-01T00:00:00Z"
# Of an answer, what the plugin may look at. Dates and ids of requests would differ each time.
HEADERS = {"content-type", "x-amzn-ratelimit-limit"}
MOST_ROUNDS = 40
HOUR_S = 3600
_MISSED = re.compile(r"no answer to GET eu ([^\s?:]+)(?:\?(\S*?))?(?::? record it|$|\s)", re.MULTILINE)

SETTINGS = {"rate_limits_enabled": False, "token_life_s": 100_000_000, "outbound": {"queue_s": 86_400, "echo_orders": False},
            "documents": {"base_url": "https://documents.s3-eu-west-1.amazonaws.com"}}
LISTINGS = [{"sku": "MUG", "quantity": 10, "price": 12.5}, {"sku": "BOWL", "quantity": 5, "price": 20},
            {"sku": "PLATE", "quantity": 7, "price": 8}, {"sku": "CUP", "fba": True, "fba_stock": {"uk": 20}},
            {"sku": "JUG", "fba": True, "fba_stock": {"uk": 9}}]
# What the plugin asks of an order to see its packages.
PACKAGES = {"includedData": "FULFILLMENT,PACKAGES,CANCELLATION"}
# Names that the kit gives are nobody's.
OURS = "KIT"


def iso(time_s):
    return datetime.datetime.fromtimestamp(time_s, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Marketplace:
    """The simulator, whose clock stands still; asked as the host asks Amazon."""

    def __init__(self, folder, begin_s, listings=tuple(LISTINGS)):
        self.begin_s = begin_s
        scenario = folder / "scenario.json"
        scenario.write_text(json.dumps({"seed": 6, "clock": {"base": iso(begin_s), "speed": 0}, "settings": SETTINGS,
                                        "accounts": [ACCOUNT], "listings": list(listings)}), encoding="utf-8")
        port_file = folder / "port"
        self.child = Child([program("amazon-sim"), "serve", "--scenario", scenario, "--port", "0", "--port-file", port_file],
                           folder / "sim.log")
        until(lambda: port_file.exists() or self.child.returncode is not None, "the simulator listens", 30)
        port = int(port_file.read_text(encoding="ascii"))
        self.url = f"http://127.0.0.1:{port}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        form = urllib.parse.urlencode({
            "grant_type": "refresh_token", "refresh_token": CREDENTIALS["lwa_refresh_token"],
            "client_id": CREDENTIALS["lwa_client_id"], "client_secret": CREDENTIALS["lwa_client_secret"]})
        _, _, answer = self.send("POST", "/auth/o2/token", form.encode(), {"Content-Type": "application/x-www-form-urlencoded"})
        self.headers = {"x-amz-access-token": json.loads(answer)["access_token"], "User-Agent": "quayside-record"}

    def send(self, method, target, body=None, headers=None):
        self.connection.request(method, target, body, headers or {})
        reply = self.connection.getresponse()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()

    def act(self, command, **arguments):
        status, _, body = self.send("POST", "/sim/v1/" + command, json.dumps(arguments).encode(), {"Content-Type": "application/json"})
        if status != 200:
            raise SystemExit(f"{command}: {body.decode()}")
        return json.loads(body)

    def answer(self, path, query):
        """An exchange of the cassette."""
        target = path + ("?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote) if query else "")
        status, names, text = self.send("GET", target, None, self.headers)
        request = {"method": "GET", "origin": "eu", "path": path} | ({"query": query} if query else {})
        headers = {name: names[name] for name in sorted(HEADERS & names.keys())}
        return {"request": request, "reply": {"status": status, "headers": headers, "json": json.loads(text)}}

    def send_from_warehouse(self, order):
        """An outbound order, as the plugin would send it."""
        address = order["shipTo"]
        body = {"sellerFulfillmentOrderId": order["outboundId"], "marketplaceId": order["marketplace"],
                "displayableOrderId": order["displayId"], "displayableOrderDate": iso(self.begin_s),
                "displayableOrderComment": order["comment"], "shippingSpeedCategory": "Standard",
                "destinationAddress": {"name": address["name"], "addressLine1": address["lines"][0], "city": address["city"],
                                       "postalCode": address["postalCode"], "countryCode": address["countryCode"]},
                "items": [{"sellerSku": line["sku"], "sellerFulfillmentOrderItemId": line["lineId"], "quantity": line["quantity"]}
                          for line in order["lines"]]}
        headers = self.headers | {"Content-Type": "application/json"}
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
    """What the kit is to ask for, of a shop in which there is something of everything."""
    orders = {name: amazon.order(sku, 1)
              for name, sku in (("first", "MUG"), ("second", "BOWL"), ("cancelled", "PLATE"), ("refunded", "MUG"))}
    amazon.act("ship", order_id=orders["refunded"][0])
    address = {"name": "Kit Recipient", "lines": ["1 Kit Street"], "city": "York", "postalCode": "YO1 7HH", "countryCode": "GB"}
    outbound = {"outboundId": "KIT-OUT-1", "marketplace": UK, "displayId": "KIT-1", "displayUs": str((amazon.begin_s - 60) * 1_000_000),
                "comment": "Thank you", "speed": 1, "lines": [{"lineId": "1", "sku": "CUP", "quantity": 1}], "shipTo": address}
    standing = [{**outbound, "outboundId": f"KIT-OUT-{name}", "displayId": f"KIT-{name}"} for name in ("0", "00")]
    for order in standing:
        amazon.send_from_warehouse(order)
    amazon.act("clock", advance_s=HOUR_S)  # searches show what was settled a while ago

    def line(name):
        return {"orderExternalId": orders[name][0], "marketplace": UK}

    def units(name):
        return {"lines": [{"externalLineId": orders[name][1], "quantity": 1}]}
    shipped = str((amazon.begin_s + 600) * 1_000_000)
    package = {"carrierCode": "Royal Mail", "carrierName": "Royal Mail", "shippedUs": shipped, "packageNumber": "1"}
    push = [{"intentId": "kit-1", "sku": "MUG", "marketplace": UK, "quantity": 3, "fulfilment": 1},
            {"intentId": "kit-2", "sku": "BOWL", "marketplace": UK, "quantity": 0, "latencyDays": 2, "fulfilment": 1}]
    refund = {"externalLineId": orders["refunded"][1], "quantity": 1,
              "amounts": [{"component": 1, "amount": {"currencyCode": "GBP", "units": "1"}}]}
    return {
        "options": {"region": "eu", "seller_id": SELLER}, "marketplaces": [UK],
        "changed_from_us": (amazon.begin_s - HOUR_S) * 1_000_000,
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
            "post_sale/1 refund": {"intents": [{"intentId": "kit-1", **line("refunded"), "reason": 1, "lines": [refund]}]},
            "fulfilment/1 quote": {"order": outbound},
            "fulfilment/1 submit": {"intents": [{"intentId": "kit-1", "order": outbound}]},
            "fulfilment/1 cancel": {"intents": [{"intentId": "kit-1", "outboundId": standing[0]["outboundId"]}]},
            "fulfilment/1 reconcile": {"outboundIds": ["KIT-OUT-1"]},
        },
    }


def play(amazon, shop, folder, *arguments):
    """What `plugin record` makes of it, and the names of the members whose values it took out."""
    (folder / "shop.json").write_text(json.dumps(shop), encoding="utf-8")
    (folder / "recorded.json").unlink(missing_ok=True)
    command = [program("quayside"), "--json", "plugin", "record", AMAZON_BUNDLE, "--cassette", folder / "shop.json", *arguments,
               "--origin", f"eu={amazon.url}", "--origin", f"lwa={amazon.url}", "--out", folder / "recorded.json"]
    for name, value in CREDENTIALS.items():
        (folder / name).write_text(value, encoding="ascii")
        command += ["--secret", f"{name}=@{folder / name}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    recorded = json.loads((folder / "recorded.json").read_text(encoding="utf-8"))
    for exchange in recorded["exchanges"]:
        exchange["reply"].pop("server_time_us", None)  # it stands still, the kit's clock does not
    return recorded, set(json.loads(done.stdout)["hidden"])


def without(hidden, value):
    """As `plugin record` takes it out."""
    if isinstance(value, list):
        return [without(hidden, each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: "***" if name in hidden and isinstance(each, str) and not each.startswith(OURS) else without(hidden, each)
            for name, each in value.items()}


def kind(request):
    """The same for requests that differ in their times alone."""
    query = {name: "*" if name in TIMES and value != FIRST_LISTING else value for name, value in request.get("query", {}).items()}
    return json.dumps({**request, "query": query}, sort_keys=True)


def what_is_new(exchanges, more):
    """Of `more`, one of each kind: several answers would be given in turn, and a write that is made again would see another."""
    known = {kind(exchange["request"]) for exchange in exchanges}
    found = {}
    for exchange in more:
        if kind(exchange["request"]) not in known:
            found.setdefault(kind(exchange["request"]), exchange)
    return list(found.values())


def at_any_time(exchanges):
    """The first answer of each kind of request, for times that were not recorded."""
    found = {}
    for exchange in exchanges:
        request = exchange["request"]
        if not TIMES.isdisjoint(request.get("query", {})):
            found.setdefault(kind(request), {"request": json.loads(kind(request)), "reply": exchange["reply"]})
    return list(found.values())


def missed(report):
    """Requests that the cassette has no answer to, of each kind one."""
    found = {}
    for finding in (text for case in report["cases"] for text in case["findings"]):
        for path, query in _MISSED.findall(finding):
            request = {"path": path, "query": dict(part.split("=", 1) for part in query.split("&")) if query else {}}
            found.setdefault(kind(request), request)
    return list(found.values())


def as_handed_over(exchanges):
    """One answer to createFeed stands for documents of every kind: searches show its id, and one feed of a kind."""
    def of(method):
        return [each["reply"]["json"] for each in exchanges
                if (each["request"]["method"], each["request"]["path"]) == (method, "/feeds/2021-06-30/feeds")]
    for shown in of("GET"):
        shown["feeds"] = [{**feed, "feedId": of("POST")[0]["feedId"]} for feed in shown["feeds"][:1]]


def write(path, cassette, exchanges):
    as_handed_over(exchanges)
    members = {**cassette, "exchanges": exchanges + at_any_time(exchanges)}
    lines = ",\n  ".join(f"{json.dumps(name)}: " + (
        "[\n    " + ",\n    ".join(json.dumps(each, separators=(",", ":")) for each in value) + "]" if name == "exchanges"
        else json.dumps(value, separators=(",", ":"))) for name, value in members.items())
    path.write_text("{\n  " + lines + "\n}\n", encoding="utf-8")


def shown_packages(amazon, shop):
    """What Amazon shows of the orders that are despatched, now."""
    return [amazon.answer(f"/orders/2026-01-01/orders/{intent['orderExternalId']}", PACKAGES)
            for intent in shop["requests"]["despatch/1 confirm"]["intents"]]


def learn(amazon, path, cassette, exchanges, hidden, *cases):
    """Runs the kit until it misses nothing; its report."""
    for _ in range(MOST_ROUNDS):
        write(path, cassette, exchanges)
        report = kit.run(AMAZON_BUNDLE, "--cassette", path, "--isolation", "in-process", *cases)
        wanted = missed(report)
        if not wanted:
            return report
        for request in wanted:
            exchange = amazon.answer(request["path"], request["query"])
            exchange["reply"]["json"] = without(hidden, exchange["reply"]["json"])
            exchanges.append(exchange)
    raise SystemExit(f"after {MOST_ROUNDS} rounds the kit still misses {wanted}")


def record(path):
    with tempfile.TemporaryDirectory(prefix="quayside-record-") as scratch:
        folder = pathlib.Path(scratch)
        amazon = Marketplace(folder, int(time.time()) - HOUR_S)
        shop = prepare(amazon)
        recorded, hidden = play(amazon, shop, folder)
        exchanges = recorded["exchanges"]
        cassette = {**shop, "now_us": recorded["now_us"], "expected": recorded["expected"]}
        learn(amazon, path, cassette, exchanges, hidden, "--only", "^pages/")
        before = shown_packages(amazon, shop)
        written, also_hidden = play(amazon, shop, folder, "--writes")
        exchanges += without(hidden | also_hidden, before + shown_packages(amazon, shop))
        exchanges += what_is_new(exchanges, written["exchanges"])
        print(learn(amazon, path, cassette, exchanges, hidden | also_hidden)["table"])


if __name__ == "__main__":
    record(pathlib.Path(sys.argv[1]))
