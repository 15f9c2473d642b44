"""Orders of a British channel that Amazon's warehouse ships, in the life of a shop: given to it, taken back, planned anew, shipped."""
import collections

from harness import outbounds
from harness.host import CliError
from harness.polling import until

OLDER, LATER = "2020-07-01", "2026-07-04"
# What either version of the API is asked.
OPERATIONS = {
    OLDER: ("getFulfillmentPreview", "createFulfillmentOrder", "getFulfillmentOrder", "cancelFulfillmentOrder"),
    LATER: ("outbound2026.getOrderPreview", "outbound2026.createOrder", "outbound2026.getOrder", "outbound2026.cancelOrder"),
}
SKUS = [f"CUP-{n}" for n in range(1, 5)]
LEVEL = 5000  # of the merchant's own
STOCK = 5000  # in the warehouse
LISTINGS = ([{"sku": sku, "quantity": LEVEL} for sku in SKUS] +
            [{"sku": sku + "-FBA", "fba": True, "fba_stock": {"uk": STOCK}} for sku in SKUS])
# Long enough in planning that an order can be taken back.
PATIENT = {"plan_s": [7200, 14400], "ship_s": [3600, 7200]}
# A setting of worlds ("outbound"): some orders leave in two shipments, some are refused for what they say, some stay in planning until they
# are told to go, which `unfinished()` does.
SPLITS = {"split_share": 0.3, "invalid_share": 0.04, "stuck_share": 0.04}
_OPEN = ("waiting", "sending", "unknown", "accepted", "cancelling")


def take_backs_wrong(sim, host, life):
    """How the life's allocations ended that should not have ended so; nothing is under way any more, the host is stopped."""
    return outbounds.take_backs_wrong(sim, host, life.taken_back, life.asked_back)


class WarehouseLife:
    """`act()` does one thing; nothing of it is needed for the next. The listings are known and linked by SKU before `turn_on()`."""

    def __init__(self, rng, sim, host):
        self.rng = rng
        self.sim = sim
        self.host = host
        self.orders = []
        self.allocated = collections.Counter()  # how often it was acknowledged, by order
        self.taken_back = []    # allocations whose take-back was acknowledged, by name
        self.asked_back = set()  # orders that were asked for, whether that was acknowledged or not
        self.version = OLDER

    def turn_on(self):
        for sku in SKUS:
            self.host.run("listings", "unlink", "uk", sku + "-FBA")
            self.host.run("listings", "link", "uk", sku + "-FBA", sku)
            self.host.run("stock", "set", sku, str(LEVEL))
        self.host.run("channel", "config", "uk", "--set", "fba_enabled=on")
        until(lambda: all(self._level(sku) == STOCK for sku in SKUS), "the warehouse's stock is read", 120)

    def use(self, version):
        """What is under way stays where it is."""
        self.host.run("account", "update", "shop", "--option", f"outbound_api={version}")
        self.version = version

    def ship_one_and_take_one_back(self):
        kept, returned = self._order(), self._order()
        for order in (kept, returned):
            until(lambda order=order: self._told("orders", "allocate", order, "--location", "uk-fba"), f"{order} is given away", 120)
        until(lambda: self._allocation(returned).get("cancellable"), f"{returned} may be taken back", 120)
        self.asked_back.add(returned)
        self.taken_back.append(self.host.ask("orders", "take-back", returned)["allocation"]["name"])
        until(lambda: self._allocation(returned)["state"] == "ALLOCATION_STATE_CANCELLED", f"{returned} is taken back", 120)
        self.sim.act("ship-outbound", all=True, carrier="AMZN_UK")
        until(lambda: self._allocation(kept)["state"] == "ALLOCATION_STATE_DONE", f"{kept} is shipped", 120)

    def act_at_amazon(self):
        """The same while no host answers."""
        getattr(self, "_" + self.rng.choices(["order", "ship", "plan_anew"], [60, 30, 10])[0])()

    def act(self):
        kind = self.rng.choices(["order", "allocate", "take_back", "ship", "plan_anew"], [35, 35, 10, 15, 5])[0]
        getattr(self, "_" + kind)()

    def unfinished(self):
        """Orders in the warehouse's hands, in words; all that it has leaves now."""
        left = [f"{each['name']} is {state}: {each.get('message', '')} [{each.get('reason', '')}]" for state in _OPEN
                for each in self.host.ask("orders", "allocations", "--state", state, "--limit", "20").get("allocations", [])]
        self._ship()
        return left

    def stock_differs(self):
        """Once nothing is in the warehouse's hands: its levels are what it had less what left it, ours are as they were at first."""
        self.host.sync("shop.uk.fulfilment-stock")
        self.sim.advance(60)
        left, found = outbounds.units_left(self.sim), []
        for sku in SKUS:
            if self._level(sku) != STOCK - left[sku]:
                found.append(f"{sku}: {left[sku]} of {STOCK} left the warehouse, the level there is {self._level(sku)}")
            if self._level(sku, "default") != LEVEL:
                found.append(f"{sku}: {self._level(sku, 'default')} of the merchant's own are left, none of {LEVEL} has left")
        return found

    def _order(self):
        self.orders.append(self.sim.place((self.rng.choice(SKUS), self.rng.randint(1, 3)), marketplace="UK"))
        return self.orders[-1]

    def _allocate(self):
        if self.orders:
            order = self.rng.choice(self.orders[-20:])
            self.allocated[order] += self._told("orders", "allocate", order, "--location", "uk-fba")

    def _take_back(self):
        if self.orders:
            order = self.rng.choice(self.orders[-20:])
            self.asked_back.add(order)
            if name := outbounds.take_back(self.host, order):
                self.taken_back.append(name)

    def _ship(self):
        self.sim.act("ship-outbound", all=True, carrier="AMZN_UK")

    def _plan_anew(self):
        self.sim.act("cancel-shipments", all=True)

    def _told(self, *command):
        """True: it was acknowledged. What is not was refused, for the order is not known yet, is there already or has left, or the host
        was killed in between."""
        try:
            self.host.run("--timeout", "5", *command)
            return True
        except CliError:
            return False

    def _allocation(self, order):
        return self.host.ask("orders", "allocations", order)["allocations"][-1]

    def _level(self, sku, location="uk-fba"):
        levels = self.host.ask("stock", "show", sku)["item"].get("levels", [])
        return next((int(each["level"]) for each in levels if each["location"] == "locations/" + location and "level" in each), None)
