"""The host is killed at random moments, and at every fail point of the warehouse, while orders are given to Amazon's warehouse, shipped
there, taken back and planned anew, its stock moves, and Amazon misbehaves. Half the time they go through one version of Amazon's API, then
through the other, with orders under way.

At the end the trouble stops and all that is there is shipped. Then no unit has left twice, every channel was told of its packages, what
was acknowledged was done, and nothing of the merchant's own has left.
"""
import collections
import random
import time

from campaign.carry import carry_through
from campaign.deaths import end_life
from campaign.report import Progress, Result
from campaign.trouble import Trouble
from campaign.warehouse_life import LATER, OLDER, OPERATIONS, SPLITS
from harness import comparison, despatches, outbounds
from harness.host import CliError
from harness.polling import TimedOut, until
from harness.sim import WIDE_LIMITS
from harness.world import World

SUMMARY = "kill -9 while a marketplace's warehouse ships orders; every unit leaves once, and its channel is told"
ROUNDS = 60
TARGETS = ("quaysided", "quayside-probe", "quayside-runner", "quayside", "amazon-sim", "amazon")

_SPEED = 100             # simulated seconds per second
_SKUS = [f"MUG-{n}" for n in range(1, 5)]
_LEVEL = 5000            # of the merchant's own
_STOCK = 5000            # in the warehouse
_LONGEST_LIFE = 2.0      # seconds from start to kill
_LONGEST_WAIT = 5.0      # the same for a fail point, at which it dies sooner
_LONGEST_DOWN = 600      # simulated seconds between kill and restart
_SETTLE_SECONDS = 180
_LANES = ("shop.fulfilment-outbound", "shop.uk.fulfilment-stock", "shop.orders")
_BESIDE = ("getInventorySummaries", "searchOrders")
_VERSIONS_FROM = 30      # rounds: with fewer a version may have had nothing to do
_OPEN = ("waiting", "sending", "unknown", "accepted", "cancelling")


class WarehouseCampaign:
    def __init__(self, options):
        self.options = options
        self.rng = random.Random(options.seed)
        self.progress = Progress(options.rounds)
        listings = ([{"sku": sku, "quantity": _LEVEL} for sku in _SKUS] +
                    [{"sku": sku + "-FBA", "fba": True, "fba_stock": {"uk": _STOCK}} for sku in _SKUS])
        self.world = World(speed=_SPEED, seed=options.seed, listings=listings, settings={**WIDE_LIMITS, "outbound": SPLITS})
        self.host, self.sim = self.world.host, self.world.sim
        self.points = [name for name in self.host.fail_points() if name.startswith(("outbound-", "centre-stock-"))]
        self.point_kills = collections.Counter()
        self.kills = 0
        self.version = OLDER
        self.trouble = Trouble(random.Random(options.seed + 1), self.sim, self._weights())
        self.taken_back = []     # allocations whose take-back was acknowledged, by name
        self.asked_back = set()  # orders that were asked for, whether that was acknowledged or not
        self.orders = []
        self.allocated = collections.Counter()  # how often it was acknowledged, by order
        self.problems = []

    def run(self):
        self._set_up()
        for number in range(1, self.options.rounds + 1):
            if number == self.options.rounds // 2 + 1:
                self._change_version()
            self._round(number)
            self.progress.show(number, f"{self.kills} kills ({sum(self.point_kills.values())} at fail points), {len(self.orders)} orders, "
                                       f"{sum(self.allocated.values())} given to the warehouse")
            if len(self.problems) > 20:
                break
        return self._judge()

    def _set_up(self):
        self.world.set_up(channels=("uk",), listed=2 * len(_SKUS))
        self.world.link(("uk",))
        for sku in _SKUS:
            self.host.run("listings", "unlink", "uk", sku + "-FBA")
            self.host.run("listings", "link", "uk", sku + "-FBA", sku)
            self.host.run("stock", "set", sku, str(_LEVEL))
        self.host.run("channel", "config", "uk", "--set", "fba_enabled=on")
        self.world.settle(lambda: all(self._level(sku, "uk-fba") == _STOCK for sku in _SKUS), "the warehouse's stock is read", 90)
        self.host.kill()

    def _change_version(self):
        """What is under way stays where it is."""
        self.host.start()
        self.host.run("account", "update", "shop", "--option", f"outbound_api={LATER}")
        self.host.kill()
        self.version = LATER
        self.trouble.weights = self._weights()

    def _round(self, number):
        point = self.rng.choice(self.points) if self.rng.random() < 0.5 else None
        self.host.launch(failpoint=f"{point}:{self.rng.choice([1, 1, 2, 3])}" if point else None)
        if self.rng.random() < 0.5:
            self.trouble.add_some()
        end = time.monotonic() + self.rng.uniform(0.2, _LONGEST_WAIT if point else _LONGEST_LIFE)
        while time.monotonic() < end and self.host.child.returncode is None:
            self._act()
            time.sleep(min(self.rng.uniform(0, 0.05), max(0.0, end - time.monotonic())))
        if end_life(self.host, point, f"round {number}", self.problems):
            self.point_kills[point] += 1
        self.kills += 1
        self.sim.advance(self.rng.uniform(0, _LONGEST_DOWN))

    def _weights(self):
        """Of what may go wrong: orders are created most of all."""
        operations = OPERATIONS[self.version]
        return {**dict.fromkeys((*operations, *_BESIDE), 1), operations[1]: 2}

    def _act(self):
        kind = self.rng.choices(["order", "allocate", "take-back", "ship", "plan-anew", "sync"], [25, 35, 8, 12, 4, 16])[0]
        if kind == "order" or not self.orders:
            self._order()
        elif kind == "ship":
            self.sim.act("ship-outbound", all=True, carrier="AMZN_UK")
        elif kind == "plan-anew":
            self.sim.act("cancel-shipments", all=True)
        elif not self.host.socket.exists():
            self._order()
        elif kind == "allocate":
            order = self.rng.choice(self.orders[-20:])
            if self._told("orders", "allocate", order, "--location", "uk-fba"):
                self.allocated[order] += 1
        elif kind == "take-back":
            order = self.rng.choice(self.orders[-20:])
            self.asked_back.add(order)
            if name := outbounds.take_back(self.host, order):
                self.taken_back.append(name)
        else:
            self.host.sync(self.rng.choice(_LANES))
            self.sim.advance(self.rng.uniform(0, 120))

    def _order(self):
        skus = self.rng.sample(_SKUS, 2 if self.rng.random() < 0.3 else 1)
        self.orders.append(self.sim.place(*[(sku, self.rng.randint(1, 3)) for sku in skus], marketplace="UK"))

    def _told(self, *command):
        """True: it was acknowledged. What is not was refused, for the order is there already or has left, or a kill came in between."""
        try:
            self.host.run("--timeout", "5", *command)
            return True
        except CliError:
            return False

    def _level(self, sku, location):
        levels = self.host.ask("stock", "show", sku)["item"].get("levels", [])
        return next((int(each["level"]) for each in levels if each["location"] == "locations/" + location and "level" in each), None)

    def _reserved(self, sku):
        """(where the merchant's own are, in the warehouse)"""
        held = {each["location"]: int(each.get("reserved", 0)) for each in self.host.ask("stock", "show", sku)["item"].get("levels", [])}
        return held.get("locations/default", 0), held.get("locations/uk-fba", 0)

    def _until(self, condition, what):
        """`condition` answers what still stands against it."""
        left = []

        def holds():
            left[:] = condition()
            return not left
        try:
            until(holds, what, _SETTLE_SECONDS, every=0.5)
        except TimedOut:
            self.problems += [f"{what}: not so: {text}" for text in left]

    def _unfinished(self):
        left = [f"{each['name']} is {state}: {each.get('message', '')} [{each.get('reason', '')}]"
                for state in _OPEN
                for each in self.host.ask("orders", "allocations", "--state", state, "--limit", "20").get("allocations", [])]
        left += despatches.unfinished(self.host, "failed")
        if any(" is failed" in text for text in left):
            self.host.run("orders", "retry", "--all")
        self.sim.act("ship-outbound", all=True, carrier="AMZN_UK")
        self.sim.advance(60)
        return left

    def _orders_differ(self):
        true_orders, mine = self.sim.orders(), self.host.orders()
        return [f"{order}: {true_orders[order]['status']} at Amazon, {[each.get('state') for each in mine.get(order, [])]} here"
                for order in self.orders
                if [each.get("state") for each in mine.get(order, [])] != [comparison.STATES[true_orders[order]["status"]]]]

    def _stock_differs(self):
        """Of what is open the merchant's own are reserved, and nothing in the warehouse; levels are its figure, and ours as at first."""
        self.host.sync("shop.uk.fulfilment-stock")
        self.sim.advance(60)
        held = comparison.open_units({order: self.sim_orders[order] for order in self.orders})
        there = {stock["sku"]: int(stock["fulfillable"])
                 for stock in self.host.ask("stock", "locations", "centre", "uk-fba", "--limit", "0").get("centreStock", [])}
        found = []
        for sku in _SKUS:
            if self._reserved(sku) != (held.get(sku, 0), 0):
                found.append(f"{sku}: open orders hold {held.get(sku, 0)}, reserved are {self._reserved(sku)}")
            if self._level(sku, "default") != _LEVEL:
                found.append(f"{sku}: {self._level(sku, 'default')} of the merchant's own are left, none has left")
            if there.get(sku + "-FBA") != _STOCK - self.left_there.get(sku, 0) or self._level(sku, "uk-fba") != there.get(sku + "-FBA"):
                found.append(f"{sku}: {self.left_there.get(sku, 0)} of {_STOCK} left the warehouse, which shows {there.get(sku + '-FBA')}; "
                             f"the level there is {self._level(sku, 'uk-fba')}")
        return found

    def _judge(self):
        self.trouble.end()
        self.sim.advance(1800)
        self.host.start()
        self._until(self._unfinished, "every order at the warehouse is over, every package confirmed")
        self._until(self._orders_differ, "orders are as Amazon has them")
        self.sim_orders = self.sim.orders()
        self.left_there = outbounds.units_left(self.sim)
        self._until(self._stock_differs, "stock and reservations add up")
        if self.host.stop() != 0:
            self.problems.append("the host did not end with 0 at SIGTERM:\n" + self.host.tail())
        wrong_outbounds, shipped = outbounds.problems(self.sim, self.host, self.allocated)
        self.problems += wrong_outbounds
        wrong_ends = outbounds.take_backs_wrong(self.sim, self.host, self.taken_back, self.asked_back)
        self.problems += wrong_ends
        wrong_packages = despatches.problems(self.sim, self.host)
        self.problems += wrong_packages
        through = {version: self.sim.calls(operations[1]) for version, operations in OPERATIONS.items()}
        if self.options.rounds >= _VERSIONS_FROM:
            self.problems += [f"no order went through {version}" for version, count in through.items() if not count]
            met = {"was taken back": len(self.taken_back), "left in several shipments": outbounds.in_parts(self.sim)}
            self.problems += [f"no order {what}" for what, count in met.items() if not count]
        figures = {"rounds": self.options.rounds, "seed": self.options.seed, "kills": self.kills,
                   "at_fail_points": sum(self.point_kills.values()), "fail_points_hit": f"{len(self.point_kills)}/{len(self.points)}",
                   "faults": sum(self.trouble.fired.values()), "orders": len(self.orders), "allocated": sum(self.allocated.values()),
                   "taken_back": len(self.taken_back), "ended_wrong": len(wrong_ends), "in_parts": outbounds.in_parts(self.sim),
                   "outbound_orders": len(outbounds.there(self.sim)), "shipped_there": shipped,
                   **{f"through_{version}": count for version, count in through.items()},
                   "packages_wrong": len(wrong_packages), "problems": len(self.problems), "seconds": round(self.progress.seconds)}
        self.progress.say("kills at fail points: " + ", ".join(f"{name} {self.point_kills[name]}" for name in self.points))
        return Result(figures, self.problems)


def run(options):
    return carry_through(WarehouseCampaign(options), options)
