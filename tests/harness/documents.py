"""Documents of quantities at Amazon against those the host knows: none twice, none unknown."""
from harness import database


def problems(sim, host):
    """What is wrong, in words. The host stands still or is stopped."""
    shown = sim.look("feeds", type="JSON_LISTINGS_FEED", limit=10**6)["feeds"]
    with database.copy_of(host.database) as connection:
        told = {attributes["handle"] for kind in ("document.handed_over", "document.ended", "document.withdrawn")
                for _, _, attributes in database.events(connection, kind) if "handle" in attributes}
        rows = connection.execute("SELECT id, handle, state FROM bulks WHERE handle <> ''").fetchall()
        without = connection.execute("SELECT * FROM bulks WHERE handle = ''").fetchall()
    handles = [handle for _, handle, _ in rows]
    found = []
    if len(set(handles)) < len(handles):
        found.append(f"two documents share a feed: {sorted(handles)}")
    # The host keeps its newest documents, and Amazon its feeds for four weeks; what the host has forgotten it has told.
    unknown = [feed for feed in shown if feed["id"] not in told.union(handles)]
    if unknown:
        found.append(f"the host does not know {unknown}; without a feed: {without}")
    return found
