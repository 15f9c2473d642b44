"""The other side of folders in which files are exchanged: hands orders in, and takes quantities and despatches out as soon as they have
their names: none may ever be half.
"""
import collections
import threading

from campaign import file_warehouse
from campaign.file_exchange import MARKER, FileExchange
from harness.comparison import level_of

_QUANTITY_HEADER = "sku,quantity,latency_days"
_DESPATCH_HEADER = "despatch_id,order_id,package,line_id,quantity,carrier_code,carrier,service,tracking_number,shipped"


_PLACES = {"orders": "orders", "listings": "listings", "quantities": "out", "despatches": "despatches"}


def open_folders(exchange, *more):
    for name in (*_PLACES.values(), *more):
        (exchange / name).mkdir(parents=True)


class FilePartner:
    """What the other side of the folders does and sees. `bad_share`: of its orders that have a bad line."""

    def __init__(self, folder, rng, skus, most_orders=120, bad_share=0.03):
        self.exchange = FileExchange(folder, rng.random())
        self.rng, self.skus = rng, list(skus)
        self.most_orders, self.bad_share = most_orders, bad_share
        self.orders = {}      # id: {sku: quantity}
        self.warehouse_orders = {}
        self.bad_orders = set()
        self.bad_letters = 0  # dead letters that they become
        self.warehouse = None           # a FileWarehouse that the same account reaches
        self.meanwhile = lambda: None   # between the halves of a file of orders
        self.batches = 0
        self.over = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)

    def options(self):
        """Of an account that meets this partner, as arguments of the CLI."""
        places = {**_PLACES, **(file_warehouse.PLACES if self.warehouse else {})}
        options = [f"marker={MARKER}", *(f"{place}_address=file://{self.exchange.folder}/{folder}" for place, folder in places.items())]
        return [part for option in options for part in ("--option", option)]

    def hand_in_listings(self):
        skus = self.skus + (self.warehouse.skus if self.warehouse else [])
        rows = "".join(f"{sku},{sku},0\n" for sku in skus)
        self.exchange.hand_in("listings", "all.csv", f"sku,title,quantity\n{rows}".encode())

    def hand_in_orders(self):
        number = self.batches
        self.batches += 1
        lines = []
        for index in range(self.rng.randint(1, self.most_orders)):
            order = f"F{number}-{index}"
            skus = self.rng.sample(self.skus, self.rng.choice([1, 1, 2, 3]))
            wanted = {sku: self.rng.randint(1, 3) for sku in skus}
            if self.rng.random() < self.bad_share:
                self.bad_orders.add(order)
                lines += self._bad_lines(order, skus)
                continue
            self.orders[order] = wanted
            lines += [f"{order},{sku},{quantity}" for sku, quantity in wanted.items()]
        text = ("order_id,sku,quantity\r\n" + "\r\n".join(lines) + "\r\n").encode()
        self.exchange.hand_in("orders", f"orders-{number:05}.csv", text, self.meanwhile)
        if self.rng.random() < 0.15:
            self.exchange.hand_in("orders", f"orders-{number:05}-again.csv", text)

    def _bad_lines(self, order, skus):
        """One of them has a wrong quantity, and the order is a dead letter; or it is no line at all, and is one of its own."""
        wrong = self.rng.choice(skus)
        if self.rng.random() < 0.5:
            self.bad_letters += 1
            return [f"{order},{sku},{'many' if sku == wrong else 1}" for sku in skus]
        self.bad_letters += min(len(skus), 2)
        return [f"{order},{sku},1{',and more' if sku == wrong else ''}" for sku in skus]

    def hand_in_warehouse_order(self):
        """One that the merchant does not ship: its id."""
        order = f"W{self.batches}"
        self.batches += 1
        skus = self.rng.sample(self.warehouse.skus, self.rng.choice([1, 2]))
        self.warehouse_orders[order] = wanted = {sku: self.rng.randint(1, 3) for sku in skus}
        lines = "".join(f"{order},{sku},{quantity},Ada,1 Long Lane,York,YO1 7HH,GB\r\n" for sku, quantity in wanted.items())
        text = f"order_id,sku,quantity,name,address1,city,postal_code,country\r\n{lines}"
        self.exchange.hand_in("orders", f"{order}.csv", text.encode(), self.meanwhile)

    def waiting(self):
        return self.exchange.waiting("orders", "stock")

    def start(self):
        self.reader.start()

    def stop(self):
        self.over.set()
        self.reader.join()
        self._look()

    def _read(self):
        while not self.over.wait(0.02):
            self._look()

    def _look(self):
        for where, header in (("out", _QUANTITY_HEADER), ("despatches", _DESPATCH_HEADER)):
            for name in self.exchange.names(where):
                if self.exchange.look_at(where, name, header) is not None:
                    self.exchange.take_away(where, name)
        if self.warehouse:
            self.warehouse.look()

    def rows(self, where):
        taken = self.exchange.taken
        for name in sorted(taken):
            if name.startswith(where + "/"):
                yield from (line.split(",") for line in taken[name].decode().splitlines()[1:])

    def held(self):
        """Units of each SKU in the orders that were handed in."""
        units = collections.Counter()
        for wanted in self.orders.values():
            units.update(wanted)
        return units

    def orders_wrong(self, host, account):
        """Every good order is there once with all its lines, every bad one is a dead letter."""
        wrong = []
        copies = host.orders(account)
        handed_in = {**self.orders, **self.warehouse_orders}
        for order, wanted in handed_in.items():
            mine = copies.get(order, [])
            if len(mine) != 1:
                wrong.append(f"order {order} is here {len(mine)} times")
                continue
            lines = {line["sku"]: int(line["quantity"]) for line in mine[0].get("lines", [])}
            if lines != wanted:
                wrong.append(f"order {order} has {lines}, handed in {wanted}")
        wrong += [f"order {order} was never handed in whole" for order in copies if order not in handed_in]
        letters = int(host.lanes()[f"{account}.orders"].get("openDeadLetters", 0))
        if letters != self.bad_letters:
            wrong.append(f"{letters} dead letters of {len(self.bad_orders)} bad orders, which make {self.bad_letters}")
        return wrong

    def quantities_wrong(self, host):
        """The last quantity written of each SKU is the rule's."""
        last = {row[0]: row[1] for row in self.rows("out")}
        wrong = []
        for sku, item in host.items().items():
            if sku not in self.skus:
                continue
            level, reserved = level_of(item)
            should = max(0, (level or 0) - reserved)
            if last.get(sku) != str(should):
                wrong.append(f"{sku}: the last file says {last.get(sku)}, the rule {should}")
        return wrong
