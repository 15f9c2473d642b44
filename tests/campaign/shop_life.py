"""Random life of a shop: buyers order, pay, cancel; the merchant ships at Amazon or here, cancels and refunds here, counts and sells
elsewhere, lists and delists."""
from harness.host import CliError
from harness.sim import ControlError

# Enough that no sale ever finds an empty shelf: here levels must add up to the unit.
PLENTY = [f"PLENTY-{n:02}" for n in range(1, 21)]
# Sells out and is oversold.
SCARCE = [f"SCARCE-{n:02}" for n in range(1, 11)]
# Counted anew now and then ("stock set").
COUNTED = [f"COUNTED-{n:02}" for n in range(1, 9)]
# In Amazon's warehouse; has a level of ours all the same, which must never get there.
FBA = [f"FBA-{n:02}" for n in range(1, 7)]
PLENTY_LEVEL = 5000

LISTINGS = ([{"sku": sku, "quantity": PLENTY_LEVEL} for sku in PLENTY] + [{"sku": sku, "quantity": 6} for sku in SCARCE] +
            [{"sku": sku, "quantity": 40} for sku in COUNTED] + [{"sku": sku, "fba": True} for sku in FBA])
LEVELS = {**{sku: PLENTY_LEVEL for sku in PLENTY}, **{sku: 6 for sku in SCARCE}, **{sku: 40 for sku in COUNTED},
          **{sku: 25 for sku in FBA}}
_BURST = 120  # more than a page of orders
_MANY_LINES = 8
# With these nothing has changed.
_REFUSALS = ("LEVEL_BELOW_ZERO", "ORDER_NOT_FOUND", "ORDER_NOT_DESPATCHABLE", "CARRIER_MISSING",
             "INVALID_NAME", "INVALID_ARGUMENT", "ORDER_NOT_CANCELLABLE", "ORDER_NOT_REFUNDABLE")


class ShopLife:
    """`act()` does one thing. What is known to have happened is kept for the final comparison. Of the `passing` SKUs nothing is sold:
    they are taken off Amazon, and put back or replaced by new ones."""

    def __init__(self, rng, sim, host, passing=(), despatches=False, post_sales=False):
        self.rng = rng
        self.sim = sim
        self.host = host
        self.pending, self.unshipped = [], []
        self.adjusted = {}  # note -> (sku, delta, "done" | "refused" | "unknown")
        self.counted = {}   # sku -> levels set one after the other, each (level, known to be stored)
        self.passing, self.gone = list(passing), []
        self.delisted = set()  # every SKU that was ever off Amazon
        self._listed = 0
        self._comes_and_goes = 6 if passing else 0
        self._leaves_here = 14 if despatches else 0
        self._taken_back = 5 if post_sales else 0
        self.partly = []        # orders of which a first package may have left here
        self.despatched = {}    # tracking number -> (order, "done" | "refused" | "unknown")
        self.untracked = 0
        self.cancelled_here = {}  # order -> "done" | "unknown"
        self.refunded = {}        # order -> "done" | "refused" | "unknown"
        self.actions = 0
        self._last_adjusted = None

    def act(self):
        """True when something happened."""
        kind = self.rng.choices(
            ["order", "pay", "ship", "cancel", "ask-cancel", "adjust", "count", "sync", "burst", "list", "delist", "despatch",
             "cancel-here", "refund"],
            [30, 8, 12, 8, 2, 22, 9, 8, 1, self._comes_and_goes, self._comes_and_goes, self._leaves_here, self._taken_back,
             self._taken_back])[0]
        self.actions += 1
        return getattr(self, "_" + kind.replace("-", "_"))()

    def act_at_amazon(self):
        """The same while no host answers."""
        kind = self.rng.choices(["order", "pay", "ship", "cancel", "list", "delist"],
                                [60, 12, 18, 10, self._comes_and_goes, self._comes_and_goes])[0]
        self.actions += 1
        return getattr(self, "_" + kind)()

    def order_of_many(self):
        """So many quantities change at once that they travel in a document."""
        self.actions += 1
        self.unshipped.append(self.sim.place(*[(sku, 1) for sku in self.rng.sample(PLENTY, _MANY_LINES)], marketplace="UK"))

    def _lines(self):
        group = self.rng.choices([PLENTY, SCARCE, COUNTED, FBA], [60, 15, 15, 10])[0]
        skus = self.rng.sample(group, 2 if self.rng.random() < 0.2 else 1)
        return [(sku, self.rng.randint(1, 3)) for sku in skus]

    def _order(self):
        lines = self._lines()
        status = "PENDING" if self.rng.random() < 0.4 else "UNSHIPPED"
        more = {"marketplace": self.rng.choice(["UK", "DE"]), "status": status}
        if lines[0][0].startswith("SCARCE") and self.rng.random() < 0.3:
            more["force"] = True
        try:
            order = self.sim.place(*lines, **more)
        except ControlError:
            return False  # sold out
        if not lines[0][0].startswith("FBA"):
            (self.pending if status == "PENDING" else self.unshipped).append(order)
        return True

    def _burst(self):
        answer = self.sim.act("place-orders", count=_BURST, skus=PLENTY, quantity=1)
        self.unshipped += [order["order_id"] for order in answer["placed"]]
        return True

    def _take(self, orders):
        return orders.pop(self.rng.randrange(len(orders))) if orders else None

    def _pay(self):
        order = self._take(self.pending)
        if order:
            self.sim.act("pay", order_id=order)
            self.unshipped.append(order)
        return bool(order)

    def _ship(self):
        order = self._take(self.unshipped)
        if order:
            self.sim.act("ship", order_id=order, carrier="DPD")
        return bool(order)

    def _despatch(self):
        """A package leaves here: all that is left, or a part and the rest later; most are tracked. Afterwards nobody ships or cancels
        the order at Amazon: whose word counts would be chance."""
        second = bool(self.partly) and self.rng.random() < 0.5
        order = self._take(self.partly if second else self.unshipped)
        if not order:
            return False
        command = ["orders", "despatch", order, "--carrier", self.rng.choice(["Royal Mail", "DHL", "Our own van"])]
        part = not second and self.rng.random() < 0.4
        if part:
            command += ["--line", f"{self.sim.look('orders', order_id=order)['orders'][0]['lines'][0]['sku']}=1"]
        tracking = None
        if self.rng.random() < 0.75:
            tracking = f"QK{len(self.despatched) + 1:06}"
            command += ["--tracking", tracking]
        outcome = self._told(*command)
        if tracking:
            self.despatched[tracking] = (order, outcome)
        elif outcome != "refused":
            self.untracked += 1
        if outcome == "refused":
            # The host does not know it yet, or not as paid; or a part was all there was.
            (self.partly if second else self.unshipped).append(order)
        elif part:
            self.partly.append(order)
        return outcome != "refused"

    def _cancel_here(self):
        """The merchant cancels the whole order; afterwards nobody ships or cancels it at Amazon."""
        order = self._take(self.unshipped)
        if not order:
            return False
        outcome = self._told("orders", "cancel", order, "--reason", self.rng.choice(["no-inventory", "buyer-cancelled"]))
        if outcome == "refused":
            self.unshipped.append(order)  # the host does not know it yet, or not as paid
        else:
            self.cancelled_here[order] = outcome
        return outcome != "refused"

    def _refund(self):
        """A little money for an order that left here; once for an order, so that nobody has to guess which of several it was."""
        left = [order for order, outcome in self.despatched.values()
                if outcome == "done" and self.refunded.get(order, "refused") == "refused"]
        if not left:
            return False
        order = self.rng.choice(left)
        true = self.sim.look("orders", order_id=order)["orders"][0]
        if true["status"] != "SHIPPED":
            return False
        self.refunded[order] = self._told("orders", "refund", order, "--reason", "goodwill", "--line", f"{true['lines'][0]['sku']}=0.50")
        return self.refunded[order] != "refused"

    def _cancel(self):
        order = self._take(self.pending if self.rng.random() < 0.5 else self.unshipped)
        if not order:
            return False
        # Out of stock: Amazon does not put the units back on sale by itself.
        reason = {"by": "MERCHANT", "reason": "NO_INVENTORY"} if self.rng.random() < 0.3 else {"by": "BUYER"}
        self.sim.act("cancel", order_id=order, **reason)
        return True

    def _ask_cancel(self):
        if self.unshipped:
            self.sim.act("request-cancel", order_id=self.rng.choice(self.unshipped))
        return bool(self.unshipped)

    def _list(self):
        again = self._take(self.gone) if self.rng.random() < 0.5 else None
        if not again:
            self._listed += 1
        sku = again or f"NEW-{self._listed:04}"
        self.sim.act("set-listing", sku=sku, quantity=self.rng.randint(0, 9))
        self.passing.append(sku)
        return True

    def _delist(self):
        sku = self._take(self.passing)
        if sku:
            self.delisted.add(sku)
            self.sim.act("delete-listing", sku=sku)
            self.gone.append(sku)
        return bool(sku)

    def _adjust(self):
        # There and back again: the number that was right before is right once more, whatever was sent in between.
        back = self._last_adjusted is not None and self.rng.random() < 0.4
        sku, delta = self._last_adjusted if back else (self.rng.choice(PLENTY + SCARCE), self.rng.choice([-3, -2, -1, -1, 1, 2, 4]))
        self._last_adjusted = None if back else (sku, -delta)
        note = f"change {len(self.adjusted) + 1}"
        self.adjusted[note] = (sku, delta, self._told("stock", "adjust", sku, str(delta), "--note", note))
        return True

    def _count(self):
        sku = self.rng.choice(COUNTED)
        level = self.rng.choice([0, 3, 25, 40, 40, 60])
        self.counted.setdefault(sku, []).append((level, self._told("stock", "set", sku, str(level))))
        return True

    def _sync(self):
        self.host.sync(self.rng.choice(["shop.orders", "shop.orders", "shop.inventory", "shop.uk.listings"]))
        return True

    def _told(self, *command):
        try:
            self.host.run("--timeout", "5", *command)
            return "done"
        except CliError as error:
            return "refused" if any(reason in error.text for reason in _REFUSALS) else "unknown"
