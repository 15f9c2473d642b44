"""The host's world against the simulator's ledger."""
import dataclasses

STATES = {
    "PENDING": "ORDER_STATE_PENDING", "UNSHIPPED": "ORDER_STATE_OPEN", "PARTIALLY_SHIPPED": "ORDER_STATE_PARTLY_DESPATCHED",
    "SHIPPED": "ORDER_STATE_DESPATCHED", "CANCELLED": "ORDER_STATE_CANCELLED",
}
CLOSED = ("SHIPPED", "CANCELLED")
# What is told of an order that the host does not know.
_TELLING = ("status", "marketplace", "fulfilled_by", "created", "updated", "listed_from")


def _is_centre(stock):
    """A level in the marketplace's own warehouse."""
    return stock["location"].endswith("-fba")


def level_of(item):
    """(level or None, reserved) of an item's only location of the merchant's own."""
    level, reserved = None, 0
    for stock in item.get("levels", []):
        if _is_centre(stock):
            continue
        reserved += int(stock.get("reserved", 0))
        if "level" in stock:
            level = (level or 0) + int(stock["level"])
    return level, reserved


def is_merchants(order):
    """Takes units off the merchant's own shelf."""
    return order["fulfilled_by"] == "MERCHANT"


@dataclasses.dataclass
class Differences:
    """Each list holds one text per thing that is not as it must be."""
    orders_lost: list = dataclasses.field(default_factory=list)
    orders_doubled: list = dataclasses.field(default_factory=list)
    orders_wrong: list = dataclasses.field(default_factory=list)
    reservations_wrong: list = dataclasses.field(default_factory=list)
    quantities_wrong: list = dataclasses.field(default_factory=list)
    listings_wrong: list = dataclasses.field(default_factory=list)
    fba_violations: list = dataclasses.field(default_factory=list)
    dead_letters: list = dataclasses.field(default_factory=list)
    files_wrong: list = dataclasses.field(default_factory=list)  # a campaign's that exchanges files as well

    def counts(self):
        return {field.name: len(getattr(self, field.name)) for field in dataclasses.fields(self)}

    def texts(self):
        return [f"{field.name}: {text}" for field in dataclasses.fields(self) for text in getattr(self, field.name)]

    def __bool__(self):
        return bool(self.texts())


def _compare_orders(found, true_orders, host_orders):
    for order_id, true in true_orders.items():
        mine = host_orders.get(order_id, [])
        if not mine:
            found.orders_lost.append(f"{order_id} ({', '.join(f'{key} {true[key]}' for key in _TELLING if key in true)})")
            continue
        if len(mine) > 1:
            found.orders_doubled.append(f"{order_id}: {[each['name'] for each in mine]}")
        if mine[0].get("state") != STATES[true["status"]]:
            found.orders_wrong.append(f"{order_id}: {true['status']} at Amazon, {mine[0].get('state')} here")
        # Lists carry the lines without personal data.
        here = sorted((line["sku"], int(line.get("quantity", 0))) for line in mine[0].get("lines", []))
        there = sorted((line["sku"], line["quantity"]) for line in true["lines"])
        if here != there:
            found.orders_wrong.append(f"{order_id}: lines {there} at Amazon, {here} here")
    for order_id in host_orders.keys() - true_orders.keys():
        found.orders_wrong.append(f"{order_id} is unknown at Amazon")


def open_units(true_orders):
    """Units per SKU that open merchant orders hold."""
    held = {}
    for order in true_orders.values():
        if not is_merchants(order) or order["status"] in CLOSED:
            continue
        for line in order["lines"]:
            held[line["sku"]] = held.get(line["sku"], 0) + line["quantity"] - line["shipped"]
    return held


def shipped_units(true_orders):
    """Units per SKU that left the merchant's shelf."""
    gone = {}
    for order in true_orders.values():
        if is_merchants(order):
            for line in order["lines"]:
                gone[line["sku"]] = gone.get(line["sku"], 0) + line["shipped"]
    return gone


def _compare_quantities(found, true_orders, true_listings, items, listings, held_elsewhere):
    held = open_units(true_orders)
    for sku, units in held_elsewhere.items():
        held[sku] = held.get(sku, 0) + units
    for sku, true in true_listings.items():
        item = items.get(sku)
        if item is None:
            continue
        level, reserved = level_of(item)
        if reserved != held.get(sku, 0):
            found.reservations_wrong.append(f"{sku}: open orders hold {held.get(sku, 0)}, reserved are {reserved}")
        if true["fba"]:
            if true["quantity"] is not None:
                found.quantities_wrong.append(f"{sku}: an FBA listing has the merchant quantity {true['quantity']}")
            continue
        if level is None:
            continue
        should = max(0, level - reserved)
        # What can be had altogether counts the warehouse's stock, too.
        if int(item.get("available", -1)) != should and not any(_is_centre(stock) for stock in item.get("levels", [])):
            found.quantities_wrong.append(f"{sku}: level {level}, reserved {reserved}, available {item.get('available')}")
        if true["quantity"] != should:
            found.quantities_wrong.append(f"{sku}: Amazon shows {true['quantity']}, level {level} - reserved {reserved} = {should}")
        for channel, by_sku in listings.items():
            listing = by_sku.get(sku)
            if listing is None:
                continue
            said = (listing.get("quantityWanted"), listing.get("quantityAccepted"))
            if said != (should, should):
                found.quantities_wrong.append(f"{sku} in {channel}: wanted, accepted = {said}, should be {should} "
                                              f"({listing.get('quantityState')}: {listing.get('quantityNote', '')})")


def _compare_listings(found, true_listings, listings, after_pass):
    for channel, by_sku in listings.items():
        for sku in true_listings:
            if sku not in by_sku:
                found.listings_wrong.append(f"{sku} in {channel} is not known")
            elif by_sku[sku].get("vanished"):
                found.listings_wrong.append(f"{sku} in {channel} is alive and counts as vanished")
        for sku in by_sku.keys() - true_listings.keys() if after_pass else ():
            if not by_sku[sku].get("vanished"):
                found.listings_wrong.append(f"{sku} in {channel} is gone and does not count as vanished")


def compare(sim, host, channels=("uk", "de"), after_pass=False, held_elsewhere=()):
    """Looks once; while the worlds still move, differences are normal. That a listing is gone shows only after a complete pass.
    `held_elsewhere`: units by SKU that open orders of other accounts hold."""
    found = Differences()
    # What a warehouse ships for us shows there as an order, too: of another channel, and none that was sold.
    true_orders = {name: order for name, order in sim.orders().items() if order["channel"] == "AMAZON"}
    true_listings, listings = sim.listings(), {each: host.listings(each) for each in channels}
    _compare_orders(found, true_orders, host.orders())
    _compare_quantities(found, true_orders, true_listings, host.items(), listings, dict(held_elsewhere))
    _compare_listings(found, true_listings, listings, after_pass)
    found.fba_violations += [f"{each['sku']} <- {each['quantity']}" for each in sim.violations()]
    for name, lane in host.lanes().items():
        if int(lane.get("openDeadLetters", 0)):
            found.dead_letters.append(f"{name}: {lane['openDeadLetters']}")
    return found
