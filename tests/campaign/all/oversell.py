"""Three channels on two accounts sell the same few items for simulated days while a part of all calls to Amazon fails. Two of the
channels are marketplaces of one account, which keeps one quantity for both: one decides for a third of the items, the other for the
rest, and an oversell window of either is one of both. The rules differ (none, a ceiling, a share with a rest), and each must have decided
a number that was sent. Orders come and are cancelled, a shop counter sells, deliveries arrive.

It prints what was sold, and each unit that was sold without being there with its cause: the order that took it was not read yet
(order_not_read_yet), the host knew and the lower number was under way (window_travelling), waited for its turn (window_waiting) or for a
person (window_brake), or failed (window_fault); or a buyer cancelled and the marketplace put the units on sale by itself while others
waited for them (restocked_by_marketplace). A unit without a cause is a problem.

Every number that is written down to be sent is worked out once more by an independent calculation, from the stock at the very
revision it was decided at, and every number that came into force at Amazon must be one that was written down: none may exceed the rule.
When the trouble stops, host, marketplaces and shelf must agree.

A round is a simulated hour of one world. Worlds are independent (a seed, a database, a simulated Amazon of their own) and live for at
most 24 hours each: 500 rounds are 20 worlds of 24 hours and one of 20. In an hour the whole market goes on, all three channels of both
accounts: one thing a minute on the average, of which 70 in 100 are a buyer's, the rest cancellations, sales at the counter and
deliveries, and every 20 minutes somebody approves what waits. The trouble lasts as long as the world's hours; the time before them, in
which the shop opens, and after them, until everything agrees, is no round.
"""
import concurrent.futures
import os

from campaign.engine_lives import live
from campaign.report import Progress, Result

SUMMARY = "three channels on two accounts sell the same items under faults; no quantity sent exceeds the rule at its revision"
ROUNDS = 500
TARGETS = ["quayside_oversell", "amazon"]

_HOURS_PER_WORLD = 24
_FAULTS_PERCENT = 10
_SUMS = ["orders", "units", "lost_sales", "cancelled", "deliveries", "counter_sales", "oversold", "submissions", "exceeded", "below", "arrived",
         "arrived_older", "not_at_rest", "calls"]


def _live(number, seed, hours, keep):
    # In every third world quantities travel in documents whenever Amazon allows one.
    arguments = ("--hours", hours, "--rate", _FAULTS_PERCENT, "--document-from", int(number % 3 == 2))
    return live("quayside_oversell", arguments, seed, keep, needs_bytes=1 << 30)


def _windows(lines):
    """The worst world of each channel."""
    worst = {}
    for line in lines:
        for window in line.get("windows", []):
            known = worst.setdefault(window["channel"], {"closed": 0, "p50_s": 0, "p99_s": 0, "shared_with": window["shared_with"]})
            known["closed"] += window["closed"]
            for name in ("p50_s", "p99_s"):
                known[name] = max(known[name], window[name])
    return worst


def run(options):
    hours = [min(_HOURS_PER_WORLD, options.rounds - begin) for begin in range(0, options.rounds, _HOURS_PER_WORLD)]
    progress = Progress(options.rounds)
    totals, causes, by_channel = dict.fromkeys(_SUMS, 0), {}, {}
    problems, lines, done = [], [], 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        lives = [pool.submit(_live, number, options.seed + 1000 * number, each, options.keep) for number, each in enumerate(hours)]
        for life in concurrent.futures.as_completed(lives):
            line = life.result()
            lines.append(line)
            problems += line["problems"]
            done += line.get("hours", 0)
            for name in _SUMS:
                totals[name] += line.get(name, 0)
            for sums, name in ((causes, "causes"), (by_channel, "units_by_channel")):
                for key, units in line.get(name, {}).items():
                    sums[key] = sums.get(key, 0) + units
            progress.show(done, f"{totals['units']} units sold, {totals['oversold']} oversold, {len(problems)} problems")
    for channel, units in sorted(by_channel.items()):
        progress.say(f"  {channel}: {units} units sold")
    for channel, window in sorted(_windows(lines).items()):
        shared = f" (of what it decides, shown on {' and '.join(window['shared_with'])} too)" if window["shared_with"] else ""
        progress.say(f"  {channel}{shared}: {window['closed']} oversell windows, p50 {window['p50_s']:.1f} s, p99 {window['p99_s']:.1f} s "
                     "in the worst world")
    for cause, units in sorted(causes.items(), key=lambda one: -one[1]):
        progress.say(f"  oversold, {cause}: {units} units")
    return Result({"rounds": options.rounds, "seed": options.seed, "worlds": len(hours), **totals, "problems": len(problems),
                   "seconds": round(progress.seconds)}, problems)
