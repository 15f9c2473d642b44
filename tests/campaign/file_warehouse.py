"""A warehouse that is reached by files: takes orders as soon as they have their names, says that they were shipped, and how much is left.

It ships an order once, however often its file comes. It says so before it takes the file away: an order that lies nowhere and of which
nothing is said would have to be sent again.
"""
import collections
import json

from harness import database

_ORDER_HEADER = ("outbound_id,order_id,ordered,speed,sales_channel,comment,name,company,address1,address2,address3,city,district,region,"
                 "postal_code,country,phone,line_id,sku,quantity,declared_value,currency,gift_message")
_ANSWER_HEADER = "outbound_id,status,line_id,sku,quantity,carrier,tracking_number"
_UNKNOWN, _DONE = 3, 6  # OutboundPhase
OPEN = ("waiting", "sending", "accepted", "cancelling")
PLACES = {"stock": "stock", "outbound": "to-ship", "shipments": "shipped"}


class FileWarehouse:
    def __init__(self, exchange, skus, stock):
        self.exchange, self.skus, self.stock = exchange, list(skus), stock
        self.shipped = {}   # outbound id: (order id, {sku: units})
        self.undecided = {}  # of unknown orders, as problems() saw them: their units
        self.counts = 0

    def count_stock(self, meanwhile=lambda: None):
        """A file of all it has."""
        left = self.units_left()
        rows = "".join(f"{sku},{self.stock - left[sku]}\n" for sku in self.skus)
        self.exchange.hand_in("stock", f"stock-{self.counts:05}.csv", f"sku,quantity\n{rows}".encode(), meanwhile)
        self.counts += 1

    def look(self):
        for name in self.exchange.names("to-ship"):
            rows = self.exchange.look_at("to-ship", name, _ORDER_HEADER)
            if rows:
                self._ship(rows)
                self.exchange.take_away("to-ship", name)

    def _ship(self, rows):
        outbound = rows[0]["outbound_id"]
        if outbound in self.shipped:
            return
        units = collections.Counter()
        for row in rows:
            units[row["sku"]] += int(row["quantity"])
        text = _ANSWER_HEADER + "\r\n" + "".join(
            f"{outbound},shipped,{row['line_id']},{row['sku']},{row['quantity']},DHL,WH-{outbound}\r\n" for row in rows)
        self.exchange.hand_in("shipped", f"{outbound}.csv", text.encode())
        self.shipped[outbound] = (rows[0]["order_id"], units)

    def units_left(self):
        left = collections.Counter()
        for _, units in list(self.shipped.values()):
            left.update(units)
        return left

    def problems(self, host, wanted, undecided_is_fine):
        """`wanted`: orders that were given to it, with their units. Nothing is under way any more, except orders that a host which died had
        in its hands and of which nothing is to be seen: a file on its way might still come, and they are sent again ten minutes later."""
        found = []
        self.undecided = {}
        with database.copy_of(host.database) as connection:
            rows = connection.execute("SELECT outbounds.id, orders.external_id, outbounds.phase, outbounds.parts FROM outbounds "
                                      "JOIN orders ON orders.id = outbounds.order_id").fetchall()
        given = collections.Counter(order for _, order, _, _ in rows)
        found += [f"{order} was given to the warehouse, {given[order]} times as the host knows" for order in wanted if given[order] != 1]
        for number, order, phase, parts in rows:
            told, units = self.shipped.get(f"QS-{number}", ("", {}))
            if phase == _UNKNOWN and not told and undecided_is_fine:
                self.undecided[order] = wanted.get(order, {})
                continue
            if phase != _DONE or told != order or dict(units) != wanted.get(order):
                found.append(f"QS-{number} of {order} is in phase {phase}, the warehouse shipped {dict(units)} of '{told}'")
            if sum(part["shipped"] for part in json.loads(parts)) != sum(units.values()):
                found.append(f"QS-{number} of {order}: {sum(units.values())} units left, taken over: {parts}")
        known = {f"QS-{number}" for number, _, _, _ in rows}
        return found + [f"the warehouse shipped {each}, which the host does not know" for each in self.shipped.keys() - known]

    def stock_wrong(self, host, location):
        left, reserved = self.units_left(), collections.Counter()
        for units in self.undecided.values():
            reserved.update(units)
        found = []
        for sku in self.skus:
            levels = {each["location"]: each for each in host.ask("stock", "show", sku)["item"].get("levels", [])}
            mine = levels.get(f"locations/{location}", {})
            if mine.get("level") != str(self.stock - left[sku]) or int(mine.get("reserved", 0)) != reserved[sku]:
                found.append(f"{sku}: {self.stock - left[sku]} are left, the host has {mine}")
        return found
