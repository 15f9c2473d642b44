"""Rows of a database with 1,000,000 listings: what its quantities cost, and a host that starts on it."""
import subprocess

# As in run.py. change_to_decision: a new level written, its targets marked, decided and stored, without the commit that makes it
# durable, which is the disk's; the row beside it has that too. recompute: every channel's targets marked, decided and stored.
# rss: the most that a process needs which does all of this.
TARGETS = {
    "change_to_decision_p99": ("value", "most", 1),
    "change_to_durable_decision_p99": None,
    "cycle_1_percent_dirty": None,
    "recompute_1000000": ("value", "most", 2),
    "rss_1000000_listings": ("value", "most", 600),
    "cold_start_1000000": None,
}


def rows(run, scratch):
    """`run`: the module run.py, which starts and stops hosts."""
    folder = scratch / "inventory"
    folder.mkdir()
    host, _ = run.start_host(folder)
    try:
        run.quayside(folder, "plugin", "install", str(run.BUILD / "bundles" / "amazon"))
    finally:
        run.stop(host)
    data = folder / "data"
    subprocess.run([run.BUILD / "bin" / "quayside_bench_inventory", "--make", data, folder / "master.key"], check=True)
    starts = []
    for _ in range(5):
        host, seconds = run.start_host(folder)
        starts.append(seconds)
        run.stop(host)
    yield {"name": "cold_start_1000000", "value": sorted(starts)[2], "unit": "s"}
    yield from run.rows_of("quayside_bench_inventory", data)
