"""Rows of a database with 1,000,000 listings: what its quantities cost, and a host that lives on it."""
import subprocess
import time

# As in run.py. change_to_decision: a new level written, noticed by the index, and its two targets taken, decided from the store's rows
# and written, without the commits that make that durable, which are the disk's; the row beside it has those too.
# recompute: a rule of every channel changes; all 1,000,000 listings are looked at and what differs is known, in the order of urgency.
# recompute_changed: how many those are, and what it takes to decide them from the store's rows and store them (it happens
# piece by piece). index_build: the index read from the database and all of it looked at.
# rss: the running host, its index built and idle; rss_peak: the most it ever had. cold_start: until the API answers; index_ready: until
# the index is built, which a host does beside its other work.
# explain: ExplainQuantity of one listing after the other over the API of that host. listings: the mapping screen of one of its two channels
# over that API: pages of 100 one after the other, 100 from a SKU prefix anywhere, one call of a search for what one listing's title has
# (a call looks at a part of the channel), and all calls of such a search. rules_preview, rules_apply: own rules of 1,000,000
# listings, as the API stages and applies them, with their commits; rules_import_peak: the most memory the process that did it ever held,
# which must not grow with the file: a piece of the rows at a time is staged and applied.
# plan_dry_run: what a forced sync of all listings would send, judged and stored as the API does; nothing is marked.
# plan_full_sync: all listings forced, decided and stopped as a plan, and the plan read and hashed; plan_shown: the latter alone.
TARGETS = {
    "change_to_decision_p99": ("value", "most", 1),
    "change_to_decision_p99_10000": None,
    "change_to_durable_decision_p99": None,
    "cycle_1_percent_dirty": None,
    "recompute_1000000": ("value", "most", 2),
    "recompute_changed": None,
    "recompute_changed_stored": None,
    "index_build_1000000": None,
    "rss_1000000_listings": ("value", "most", 600),
    "rss_peak_1000000_listings": None,
    "cold_start_1000000": None,
    "index_ready_1000000": None,
    "explain_p50": None,
    "explain_p99": None,
    "listings_page_p99": None,
    "listings_prefix_p99": None,
    "listings_search_page_p99": None,
    "listings_search_all": None,
    "rules_preview_1000000": None,
    "rules_apply_1000000": None,
    "rules_import_peak": ("value", "most", 256),
    "plan_dry_run_1000000": None,
    "plan_full_sync_1000000": None,
    "plan_shown_1000000": None,
}
INDEXED = "quantities are indexed"


def status_mb(pid, field):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field + ":")) / 1024


def median(values):
    return sorted(values)[len(values) // 2]


def when_indexed(log, offset, host):
    """Seconds to wait here until the host says that its index is built, and looked at (it is idle)."""
    began = time.monotonic()
    while INDEXED not in log.read_text()[offset:]:
        if host.poll() is not None or time.monotonic() - began > 120:
            raise SystemExit("the host built no index:\n" + log.read_text())
        time.sleep(0.005)
    return time.monotonic() - began


def idle(pid):
    """Waits until the process has used next to nothing for a second."""
    def ticks():
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return sum(int(field) for field in stat.read().rsplit(")", 1)[1].split()[11:13])
    before = ticks()
    while True:
        time.sleep(1)
        now = ticks()
        if now - before <= 2:
            return
        before = now


def rows(run, scratch):
    """`run`: the module run.py, which starts and stops hosts."""
    folder = scratch / "inventory"
    folder.mkdir()
    host, _ = run.start_host(folder)
    try:
        run.install_amazon(folder)
    finally:
        run.stop(host)
    data, small = folder / "data", folder / "small"
    subprocess.run([run.BUILD / "bin" / "quayside_bench_inventory", "--make", data, folder / "master.key", small], check=True)
    log = folder / "host.log"
    starts, indexed = [], []
    for _ in range(5):
        offset = len(log.read_text())
        host, seconds = run.start_host(folder)
        starts.append(seconds)
        indexed.append(seconds + when_indexed(log, offset, host))
        idle(host.pid)
        resident, peak = status_mb(host.pid, "VmRSS"), status_mb(host.pid, "VmHWM")
        if len(starts) < 5:
            run.stop(host)
    try:
        explained = run.rows_of("quayside_bench_api", "--explain", data / "run" / "quayside.sock")
        listed = run.rows_of("quayside_bench_api", "--listings", data / "run" / "quayside.sock")
    finally:
        run.stop(host)
    yield {"name": "cold_start_1000000", "value": median(starts), "unit": "s"}
    yield {"name": "index_ready_1000000", "value": median(indexed), "unit": "s"}
    yield {"name": "rss_1000000_listings", "value": resident, "unit": "MB"}
    yield {"name": "rss_peak_1000000_listings", "value": peak, "unit": "MB"}
    yield from explained
    yield from listed
    yield from run.rows_of("quayside_bench_inventory", data, small)
    yield from run.rows_of("quayside_bench_inventory", "--rules", data)
    yield from run.rows_of("quayside_bench_inventory", "--plan", data)
