"""The other side of folders in which files are exchanged: hands orders in by a rename, and takes quantities and despatches out as soon as
they have their names: none may ever be half.
"""
import collections
import threading
import time

from harness.comparison import level_of

_QUANTITY_HEADER = "sku,quantity,latency_days"
_DESPATCH_HEADER = "despatch_id,order_id,package,line_id,quantity,carrier_code,carrier,service,tracking_number,shipped"


def open_folders(exchange):
    for name in ("orders", "listings", "out", "despatches"):
        (exchange / name).mkdir(parents=True)


class FilePartner:
    """What the other side of the folders does and sees. `bad_share`: of its orders that have a bad line."""

    def __init__(self, exchange, rng, skus, most_orders=120, bad_share=0.03):
        self.exchange, self.rng, self.skus = exchange, rng, list(skus)
        self.most_orders, self.bad_share = most_orders, bad_share
        self.orders = {}      # id: {sku: quantity}
        self.bad_orders = set()
        self.files = 0
        self.taken = {}       # path: bytes
        self.again = 0
        self.problems = []
        self.over = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)

    def options(self):
        """Of an account that meets this partner, as arguments of the CLI."""
        places = {"orders": "orders", "listings": "listings", "quantities": "out", "despatches": "despatches"}
        options = ["stable_seconds=0", *(f"{place}_address=file://{self.exchange}/{folder}" for place, folder in places.items())]
        return [part for option in options for part in ("--option", option)]

    def hand_in_listings(self):
        rows = "".join(f"{sku},{sku},0\n" for sku in self.skus)
        self._hand_in("listings", "all.csv", f"sku,title,quantity\n{rows}".encode())

    def hand_in_orders(self):
        number = self.files
        lines = []
        for index in range(self.rng.randint(1, self.most_orders)):
            order = f"F{number}-{index}"
            skus = self.rng.sample(self.skus, self.rng.choice([1, 1, 2, 3]))
            wanted = {sku: self.rng.randint(1, 3) for sku in skus}
            if self.rng.random() < self.bad_share:
                self.bad_orders.add(order)
                lines += [f"{order},{sku},{'many' if sku == skus[-1] else 1}" for sku in skus]
                continue
            self.orders[order] = wanted
            lines += [f"{order},{sku},{quantity}" for sku, quantity in wanted.items()]
        text = ("order_id,sku,quantity\r\n" + "\r\n".join(lines) + "\r\n").encode()
        self._hand_in("orders", f"orders-{number:05}.csv", text)
        if self.rng.random() < 0.15:
            self._hand_in("orders", f"orders-{number:05}-again.csv", text)

    def _hand_in(self, where, name, text):
        part = self.exchange / f".{name}"
        part.write_bytes(text)
        while True:
            try:
                part.rename(self.exchange / where / name)
                break
            except FileNotFoundError:  # the folder is away
                time.sleep(0.01)
        self.files += 1

    def waiting(self):
        orders = self.exchange / "orders"
        return [path.name for folder in (orders, orders / "work") if folder.is_dir() for path in folder.iterdir() if path.is_file()]

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
            folder = self.exchange / where
            try:
                names = sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
            except FileNotFoundError:
                continue
            for name in names:
                self._take(folder / name, f"{where}/{name}", header)

    def _take(self, path, name, header):
        try:
            text = path.read_bytes()
        except FileNotFoundError:  # the folder went away
            return
        lines = text.decode().splitlines()
        width = len(header.split(","))
        if not text.endswith(b"\n") or len(lines) < 2 or lines[0] != header or any(len(line.split(",")) != width for line in lines):
            self.problems.append(f"{name} is half a file: {text[:200]!r}")
        if name in self.taken:
            self.again += 1
            if self.taken[name] != text:
                self.problems.append(f"{name} came again with other bytes")
        self.taken[name] = text
        path.unlink(missing_ok=True)

    def rows(self, where):
        for name in sorted(self.taken):
            if name.startswith(where + "/"):
                yield from (line.split(",") for line in self.taken[name].decode().splitlines()[1:])

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
        for order, wanted in self.orders.items():
            mine = copies.get(order, [])
            if len(mine) != 1:
                wrong.append(f"order {order} is here {len(mine)} times")
                continue
            lines = {line["sku"]: int(line["quantity"]) for line in mine[0].get("lines", [])}
            if lines != wanted:
                wrong.append(f"order {order} has {lines}, handed in {wanted}")
        wrong += [f"order {order} was never handed in whole" for order in copies if order not in self.orders]
        letters = int(host.lanes()[f"{account}.orders"].get("openDeadLetters", 0))
        if letters != len(self.bad_orders):
            wrong.append(f"{letters} dead letters of {len(self.bad_orders)} bad orders")
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
