"""Orders that a marketplace's warehouse ships for us, there against what the host knows: no unit twice, none lost."""
import collections
import json

from harness import database
from harness.host import CliError

_DONE, _CANCELLED, _FAILED = 6, 7, 8  # OutboundPhase
# What the warehouse itself finds wrong with an order (setting `invalid_share`): the only way to fail that is no fault of anybody's.
_FAILS_RIGHTLY = ("INVALID",)


def there(sim):
    """The warehouse's orders by our id of them."""
    return {each["outbound_id"]: each for each in sim.look("ledger", section="outbound")["outbound"]}


def units_left(sim):
    """Units that left the warehouse, by SKU without its "-FBA"."""
    left = collections.Counter()
    for each in there(sim).values():
        for line in each["lines"]:
            left[line["sku"].removesuffix("-FBA")] += line["shipped"]
    return left


def take_back(host, order):
    """The name of the allocation when it was acknowledged; None when it was refused, or nobody knows."""
    try:
        return host.ask("--timeout", "5", "orders", "take-back", order)["allocation"]["name"]
    except CliError:
        return None


def in_parts(sim):
    """How many orders left in several shipments."""
    return sum(1 for each in there(sim).values() if sum(1 for part in each["shipments"] if part["status"] == "SHIPPED") > 1)


def take_backs_wrong(sim, host, taken_back, asked_back):
    """How each allocation ended that should not have ended so, in words. `taken_back`: the names of those whose take-back was acknowledged;
    `asked_back`: the orders of which any was asked for. Nothing is under way any more; the host stands still or is stopped."""
    found, outbound = [], there(sim)
    with database.copy_of(host.database) as connection:
        rows = connection.execute("SELECT outbounds.id, outbounds.order_id, outbounds.number, orders.external_id, outbounds.phase, "
                                  "outbounds.reason FROM outbounds JOIN orders ON orders.id = outbounds.order_id").fetchall()
    known = set()
    for row, order_id, number, order, phase, reason in rows:
        name = f"orders/{order_id}/allocations/{number}"
        known.add(name)
        of_warehouse = outbound.get(f"QS-{row}")
        status = of_warehouse["status"] if of_warehouse else "unknown"
        left = sum(line["shipped"] for line in of_warehouse["lines"]) if of_warehouse else 0
        what = f"{name} of {order}" + (", which was taken back" if name in taken_back else "")
        if phase == _CANCELLED:
            if order not in asked_back:
                found.append(f"{what} was cancelled [{reason}], and nobody asked for that")
            if status not in ("Cancelled", "unknown") or left:
                found.append(f"{what} is cancelled here; at the warehouse it is {status}, {left} units have left")
        elif phase == _FAILED:
            if reason not in _FAILS_RIGHTLY or left:
                found.append(f"{what} failed [{reason}]; at the warehouse it is {status}, {left} units have left")
        elif phase != _DONE:
            found.append(f"{what} has no end: phase {phase} [{reason}]; at the warehouse it is {status}")
        elif not left:
            found.append(f"{what} is done here, and nothing of it has left; at the warehouse it is {status}")
    return found + [f"the acknowledged take-back of {name} is of an allocation that is not known" for name in set(taken_back) - known]


def problems(sim, host, allocated):
    """What is wrong, in words, and how many orders the warehouse shipped. `allocated`: how often it was acknowledged that the warehouse
    gets it, by order. Nothing is under way any more; the host stands still or is stopped."""
    found, outbound = [], there(sim)
    with database.copy_of(host.database) as connection:
        if not database.is_sound(connection):
            found.append("the database is damaged")
        rows = connection.execute("SELECT outbounds.id, orders.external_id, outbounds.phase, outbounds.parts FROM outbounds "
                                  "JOIN orders ON orders.id = outbounds.order_id").fetchall()
    made, done = collections.Counter(), collections.Counter()
    known = set()
    for number, order, phase, parts in rows:
        made[order] += 1
        known.add(f"QS-{number}")
        of_warehouse = outbound.get(f"QS-{number}")
        left = sum(line["shipped"] for line in of_warehouse["lines"]) if of_warehouse else 0
        taken = sum(part["shipped"] for part in json.loads(parts))
        if left != taken:
            found.append(f"{order}: {left} units left the warehouse under QS-{number}, {taken} were taken over")
        if phase == _DONE:
            done[order] += 1
    found += [f"the warehouse has {each}, which the host does not know" for each in outbound.keys() - known]
    found += [f"{order} was shipped {times} times" for order, times in done.items() if times > 1]
    found += [f"{order} was given to the warehouse {times} times, {made[order]} are known"
              for order, times in allocated.items() if made[order] < times]
    return found, len(done)
