"""Documents of quantities at Amazon against those the host knows: none twice, none unknown."""
from harness import database


def problems(sim, host):
    """What is wrong, in words. The host stands still or is stopped."""
    shown = sim.look("feeds", limit=10**6)["feeds"]
    feeds = [feed["id"] for feed in shown]
    with database.copy_of(host.database) as connection:
        events = {attributes["document"] for _, _, attributes in database.events(connection, "document.ended")}
        rows = connection.execute("SELECT id, handle, state FROM bulks WHERE handle <> ''").fetchall()
        without = connection.execute("SELECT * FROM bulks WHERE handle = ''").fetchall()
    handles = [handle for _, handle, _ in rows]
    # The host keeps its newest documents; what it has forgotten has ended and said so.
    forgotten = events - {str(number) for number, _, _ in rows}
    found = []
    if len(set(handles)) < len(handles):
        found.append(f"two documents share a feed: {sorted(handles)}")
    if len(feeds) != len(handles) + len(forgotten):
        found.append(f"Amazon has {len(feeds)} feeds, the host knows {len(handles)} and has forgotten {len(forgotten)}; "
                     f"not known: {[feed for feed in shown if feed['id'] not in handles]}; without a feed: {without}")
    return found
