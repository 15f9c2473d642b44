"""Packages at Amazon against those the host knows: none twice, none lost, none of unknown fate."""
from harness import database

_WAITING, _SENDING, _UNKNOWN, _ACCEPTED, _CONFIRMED, _NOT_REQUIRED, _REJECTED, _OTHERWISE, _FAILED = range(1, 10)
_OPEN = (_WAITING, _SENDING, _UNKNOWN, _ACCEPTED)
_WORDS = dict(enumerate(("waiting", "sending", "unknown", "submitted", "confirmed", "not required", "rejected", "shipped otherwise",
                         "failed"), 1))
# The host's own range of numbers; others count from 1.
BASE = 10**9


def number_there(despatch_id):
    """A package's number at Amazon."""
    return str(BASE + despatch_id % BASE)


def _packages(database_file):
    with database.copy_of(database_file) as connection:
        return connection.execute(
            "SELECT orders.external_id, despatches.id, despatches.number, despatches.state, despatches.version, despatches.reason, "
            "despatches.message FROM despatches JOIN orders ON orders.id = despatches.order_id").fetchall()


def unfinished(host, *more_states):
    """Packages without an end, and those in `more_states` ("failed"), in words, as the running host tells them; of each state some."""
    found = []
    for state in ("waiting", "sending", "unknown", "submitted", *more_states):
        shown = host.ask("orders", "despatches", "--state", state, "--limit", "20").get("despatches", [])
        found += [f"{each['name']} is {state}: {each.get('message', '')} [{each.get('reason', '')}]" for each in shown]
    return found


def problems(sim, host):
    """What is wrong, in words. Nothing is under way any more; the host stands still or is stopped."""
    found, ours = [], {}
    there = {(order_id, package["reference"]): package
             for order_id, order in sim.orders().items() for package in order["packages"]}
    for order_id, order in sim.orders().items():
        references = [package["reference"] for package in order["packages"]]
        if len(set(references)) < len(references):
            found.append(f"{order_id} has a package twice: {references}")
        for line in order["lines"]:
            packed = sum(item["quantity"] for package in order["packages"] for item in package["items"]
                         if item["order_item_id"] == line["order_item_id"])
            if packed > line["quantity"]:
                found.append(f"{order_id}: {packed} of {line['sku']} left, {line['quantity']} were ordered")
    for order_id, despatch_id, number, state, version, reason, message in _packages(host.database):
        key = (order_id, number_there(despatch_id))
        ours[key] = state
        name = f"package {number} of {order_id}"
        package = there.get(key)
        if state in _OPEN:
            found.append(f"{name} is still {_WORDS[state]}")
        elif state == _CONFIRMED and package is None and reason != "CONFIRMED_BY_OTHERS":
            found.append(f"{name} is confirmed here, and not at Amazon")
        elif state not in (_CONFIRMED, _NOT_REQUIRED):
            found.append(f"{name} is {_WORDS[state]}: {message} [{reason}]")
        # An edit is told again; anything else once.
        if package is not None and version == 1 and package["times_told"] > 1:
            found.append(f"{name} was told {package['times_told']} times")
    for order_id, reference in there.keys() - ours.keys():
        if int(reference) >= BASE:
            found.append(f"package {reference} of {order_id} is at Amazon, and the host does not know it")
    return found
