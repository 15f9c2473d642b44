"""A shop lives for simulated days while a third of all calls to Amazon fail in every way that a host must get over by itself. From the
moment the trouble stops, orders, listings and quantities have two cycles until nothing is lost, doubled or wrong, and nobody helps but
where a lane waits for a person. A cycle takes 20 simulated minutes at most: the longest wait that trouble leaves behind, and the next
look after it; where quantities travel in documents, Amazon's own time for two is added. Packages, whose documents Amazon takes long
for, and the orders' states that follow from them are waited for apart, and then the host's world and Amazon's ledger must be equal,
and no document of quantities was handed over twice.

One world in ten lists so much that a look at all of it is a report, with a day between two: it must have read some in the trouble. That
about a third of the calls failed is judged as well, without those before the trouble.

The engine, the store and the plugin library are the real ones; the simulator's core is in the same process and the clock jumps from
one due time to the next. A round is one call.
"""
import concurrent.futures
import os

from campaign.engine_lives import live
from campaign.report import Progress, Result

SUMMARY = "30 % of all calls fail for simulated days; two cycles later nothing is lost, doubled or wrong"
ROUNDS = 100_000
TARGETS = ["quayside_faults", "amazon"]

_CALLS_PER_WORLD = 25_000  # several seeds see more than one long life
_MORE_LISTINGS = 1_200    # beside the shop's: more than a search gives
_REPORT_HOURS = 30        # of trouble, within which a report was due
_LEAST_FAULTY = 0.25      # of the calls in the trouble; not every kind of fault can strike every call
_ENOUGH_CALLS = 2_000     # before a share says something
_SUMS = ["calls", "calls_in_trouble", "faulty", "reports_read", "orders", "actions", "feed_calls", "operator_visits",
         "simulated_hours", "despatched",
         "orders_lost", "orders_doubled", "orders_wrong", "reservations_wrong", "quantities_wrong", "listings_wrong", "documents_wrong",
         "packages_wrong", "fba_violations", "dead_letters", "late", "unequal_after_two_cycles"]


def _live(number, seed, calls, keep):
    # In every other world quantities travel in documents whenever Amazon allows one.
    more = _MORE_LISTINGS if number % 10 == 1 else 0
    line = live("quayside_faults", ("--calls", calls, "--document-from", seed // 1000 % 2, "--more-listings", more), seed, keep,
                needs_bytes=4 << 30)
    if more and line.get("simulated_hours", 0) >= _REPORT_HOURS and not line["reports_read"]:
        line["problems"].append(f"seed {seed}: {line['listings']} listings, {line['simulated_hours']} hours of trouble, "
                                "and no report was read")
    return line


def _too_few_failed(totals):
    calls, faulty = totals["calls_in_trouble"], totals["faulty"]
    if calls < _ENOUGH_CALLS or faulty >= _LEAST_FAULTY * calls:
        return []
    return [f"{faulty} of {calls} calls in the trouble failed: too few for what this is about"]


def run(options):
    worlds = max(2, min(40, options.rounds // _CALLS_PER_WORLD))
    progress = Progress(options.rounds)
    totals = dict.fromkeys(_SUMS, 0)
    problems, slowest, slowest_packages = [], 0, 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        lives = [pool.submit(_live, number, options.seed + 1000 * number, options.rounds // worlds, options.keep)
                 for number in range(worlds)]
        for life in concurrent.futures.as_completed(lives):
            line = life.result()
            problems += line["problems"]
            for name in _SUMS:
                totals[name] += line.get(name, 0)
            slowest = max(slowest, line.get("converged_s", 0))
            slowest_packages = max(slowest_packages, line.get("packages_over_s", 0))
            progress.show(totals["calls"], f"{totals['orders']} orders, {len(problems)} problems")
    problems += _too_few_failed(totals)
    return Result({"rounds": options.rounds, "seed": options.seed, "worlds": worlds, **totals, "slowest_two_cycles_s": slowest,
                   "slowest_packages_s": slowest_packages, "problems": len(problems), "seconds": round(progress.seconds)}, problems)
