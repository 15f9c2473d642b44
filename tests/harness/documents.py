"""Documents of quantities at Amazon against those the host knows: none twice, none unknown."""
import itertools

from harness import database

_TOLD = ("document.handed_over", "document.stuck", "document.ended", "document.withdrawn")


def problems(sim, host):
    """What is wrong, in words, when nothing is under way any more. The host stands still or is stopped."""
    with database.copy_of(host.database) as connection:
        rows = connection.execute("SELECT id, handle, state FROM bulks WHERE handle <> ''").fetchall()
        without = connection.execute("SELECT * FROM bulks WHERE handle = ''").fetchall()
        twice = _twice(sim, connection)
        told = {attributes["handle"] for _, _, attributes in database.events(connection, *_TOLD) if "handle" in attributes}
    handles = [handle for _, handle, _ in rows]
    if len(set(handles)) < len(handles):
        twice.append(f"two documents share a feed: {sorted(handles)}")
    # The host keeps its newest documents, and Amazon its feeds for four weeks; what the host has forgotten it has told.
    unknown = [feed for feed in _feeds(sim) if feed["id"] not in told.union(handles)]
    if unknown:
        twice.append(f"the host does not know {unknown}; without a feed: {without}")
    return twice


def handed_over_twice(sim, host):
    """What went to Amazon a second time, in words, whatever else is under way: a feed whose answer the host has yet to look for is no
    problem. The host stands still or is stopped, killed included."""
    with database.copy_of(host.database) as connection:
        return _twice(sim, connection)


def _feeds(sim):
    return sim.look("feeds", type="JSON_LISTINGS_FEED", limit=10**6)["feeds"]


def _twice(sim, connection):
    told = database.events(connection, *_TOLD)
    pairs = repeated(_feeds(sim), sim.look("ledger", section="feed_contents")["feed_contents"])
    if not pairs:
        return shared_names(told)
    return shared_names(told) + sent_again(
        pairs, told, database.events(connection, "quantity.accepted", "quantity.mismatch", "drift.found"),
        connection.execute("SELECT id, target, quantity, bulk_id FROM intents ORDER BY id").fetchall(),
        sim.look("ledger", section="quantities")["quantities"])


def shared_names(told):
    """One document under two feeds, or one feed for two documents. `told`: events of documents."""
    feeds, documents = {}, {}
    for _, _, attributes in told:
        if "handle" in attributes:
            feeds.setdefault(attributes["document"], set()).add(attributes["handle"])
            documents.setdefault(attributes["handle"], set()).add(attributes["document"])
    return ([f"document {document} was handed over as {sorted(its)}" for document, its in feeds.items() if len(its) > 1] +
            [f"feed {feed} is documents {sorted(its)}" for feed, its in documents.items() if len(its) > 1])


def repeated(feeds, contents):
    """Pairs of neighbouring feeds that carried the same content, the earlier one first."""
    often = {content["digest"] for content in contents if content["feeds"] > 1}
    by_content = {}
    for feed in sorted(feeds, key=lambda feed: (feed["created"], int(feed["id"]))):
        if feed["digest"] in often:
            by_content.setdefault(feed["digest"], []).append(feed)
    return [pair for its in by_content.values() for pair in itertools.pairwise(its)]


def sent_again(pairs, told, of_quantities, intents, changes):
    """Content that went out again although the host knew of the first time. It may: after a feed that Amazon gave up or that was taken
    back; after one whose outcome nobody knows; and when one of its SKUs had another number since, or was to have one: what is right
    changes, and changes back. `told`, `of_quantities`: events; `intents`: (id, SKU, quantity, document) in order, as far as the host
    keeps them; `changes`: Amazon's, of its ledger."""
    first, end, document, unclear = {}, {}, {}, set()
    for number, (kind, _, attributes) in enumerate(told):
        feed = attributes.get("handle")
        first.setdefault(feed, number)
        document[feed] = int(attributes["document"])
        if kind in ("document.ended", "document.withdrawn"):
            end[feed] = number
        if int(attributes.get("unknown", 0)) > 0:
            unclear.add(feed)
    accepted, doubted, moved, submitted = {}, set(), {}, {}
    for kind, _, attributes in of_quantities:
        if kind == "quantity.accepted":
            accepted.setdefault(attributes.get("reference"), set()).add(attributes["sku"])
        else:
            doubted.add(attributes["sku"])
    for change in changes:
        moved.setdefault(change["sku"], []).append(change)
    for number, sku, quantity, its_document in intents:
        submitted.setdefault(sku, []).append((number, quantity, its_document))

    def had_another_number(sku, earlier, later):
        its = submitted.get(sku, [])
        begin = next((each for each in its if each[2] == document[earlier["id"]]), None)
        last = next((each for each in its if each[2] == document[later["id"]]), None)
        if begin is None or last is None:
            return True  # so long ago that the host has forgotten
        return any(begin[0] < number < last[0] and quantity != begin[1] for number, quantity, _ in its) or any(
            earlier["created"] <= change["time"] <= later["created"] and change["reference"] != earlier["id"]
            for change in moved.get(sku, []))

    def may_be(earlier, later):
        if end.get(earlier["id"], len(told)) >= first.get(later["id"], len(told)):
            return False  # for the host it was not over
        if earlier["id"] in unclear:
            return True
        if not earlier["ended"] or earlier["ended"] > later["created"]:
            return False
        if earlier["status"] in ("FATAL", "CANCELLED") or later["id"] not in document:
            return True
        its = accepted.get(f"feed {earlier['id']}", ())
        return not its or any(sku in doubted or had_another_number(sku, earlier, later) for sku in its)
    return [f"feed {later['id']} of {later['created']} repeats feed {earlier['id']}, {earlier['status']} since {earlier['ended']}"
            for earlier, later in pairs if not may_be(earlier, later)]
