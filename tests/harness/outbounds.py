"""Orders that a marketplace's warehouse ships for us, there against what the host knows: no unit twice, none lost."""
import collections
import json

from harness import database

_DONE = 6  # OutboundPhase::kDone


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
