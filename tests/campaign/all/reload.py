"""Reloads between good and bad versions while every lane works, the marketplace fails now and then, and a client asks all the time.

In process first, then with the plugin in a process of its own, where versions that abort, exit or hang take part as well. Nothing may be
lost, no call may fail, nothing may stay mapped, and what the process holds must not grow.

A step counts as lost when its commit was refused because its lane's position had been taken back or restored meanwhile, after a bad
version or on the way to one that reads older positions only: the lane does it again, and no order is lost by it. Where nothing is taken
back, from a good version to one that reads its positions, none may be.
"""
import json
import subprocess

from campaign.report import Progress, Result
from harness.places import BUILD, is_sanitized

SUMMARY = "reloads between good and bad versions under full load and faults; nothing lost, failed, mapped or grown"
ROUNDS = 1000
TARGETS = ("quayside-reload-campaign", "quayside-runner", "quayside_versions")

_ISOLATED_SHARE = 0.3
_MOST_CONTROL_MS = {"p50": 5, "p99": 10}   # the targets of the design; printed beside, judged by the benchmark
_MOST_STALL_US = 50_000                    # a busy machine takes the processor away for so long; the target (1 ms) is the benchmark's
_MOST_GAP_US = 2_000_000                   # a lane that goes on rests no longer than any commit beside it, and this
_MOST_MEMORY_KIB = 24 * 1024               # the allocator's play, without SQLite's pages; a leaked library is 2 MiB a round
_MOST_LATE_KIB = 6 * 1024                  # of it in the second half, when all that has a size of its own has come to it
_MOST_DESCRIPTORS = 12                     # of readers of the database, steps and calls under way; a leak grows by the round
_MOST_THREADS = 6                          # of gRPC's, which come and go
_SECONDS_BESIDE = 120                      # until everything has come to rest, and the shops show what they should
_MOST_SECONDS_A_ROUND = 10                 # on average; with the line above a short run ends before its test is ended
_ENOUGH_ROUNDS = 100                       # for a judgement of the second half
_ENOUGH_FOR_EVERY_KIND = 40                # by then each kind of round has come


def _drive(rounds, seed, isolation):
    """One run of the driver; its line, or what went wrong."""
    seconds = _SECONDS_BESIDE + rounds * _MOST_SECONDS_A_ROUND
    try:
        done = subprocess.run([BUILD / "bin/quayside-reload-campaign", "--rounds", str(rounds), "--seed", str(seed), "--isolation",
                               isolation], capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return None, f"{isolation}: {rounds} rounds did not end within {seconds} s"
    if done.returncode != 0:
        return None, f"{isolation}: the driver ended with {done.returncode}: {done.stderr[-2000:]}"
    return json.loads(done.stdout.splitlines()[-1]), None


def _out_of_bounds(seen):
    """What is too large or took too long."""
    mode = seen["isolation"]
    problems = []
    if seen["memory_growth_kib"] > _MOST_MEMORY_KIB:
        problems.append(f"{mode}: the process grew by {seen['memory_growth_kib']} KiB")
    if seen["rounds"] >= _ENOUGH_ROUNDS and seen["memory_growth_late_kib"] > _MOST_LATE_KIB:
        problems.append(f"{mode}: the process grew by {seen['memory_growth_late_kib']} KiB in the second half")
    if seen["longest_stall_us"] > _MOST_STALL_US:
        problems.append(f"{mode}: a lane had to wait {seen['longest_stall_us']} us for the catalog; {_MOST_STALL_US} are allowed")
    if seen["own_lane_gap_us"] > _MOST_GAP_US:
        problems.append(f"{mode}: a lane stood still for {seen['longest_lane_gap_us']} us during a good reload, {seen['own_lane_gap_us']} "
                        "us of them while everybody else got on")
    return problems


def _judge(seen):
    mode = seen["isolation"]
    problems = [f"{mode}: {problem}" for problem in seen["problems"]]
    for name, word in (("orders_lost", "orders lost"), ("orders_doubled", "orders doubled"), ("quantities_lost", "quantities lost"),
                       ("quantities_doubled", "quantities doubled"), ("client_failures", "calls of a client failed"),
                       ("mapped_at_end", "libraries still mapped"),
                       ("steps_lost_forward", "steps lost in reloads that took nothing back")):
        if seen[name] != 0:
            problems.append(f"{mode}: {seen[name]} {word}")
    for name, most in (("descriptor_growth", _MOST_DESCRIPTORS), ("thread_growth", _MOST_THREADS)):
        if seen[name] > most:
            problems.append(f"{mode}: {name} {seen[name]}")
    problems += [] if is_sanitized() else _out_of_bounds(seen)
    if seen["quantities"] == 0:
        problems.append(f"{mode}: no quantity was sent")
    if seen["client_calls"] == 0:
        problems.append(f"{mode}: no client called")
    if seen["rounds"] >= _ENOUGH_FOR_EVERY_KIND:
        problems += [f"{mode}: {word}" for name, word in (("forward", "no reload followed another that took nothing back"),
                                                          ("rolled_back", "nothing was taken back after a flip")) if seen[name] == 0]
    if seen["accepted"] == 0 or seen["refused"] == 0:
        problems.append(f"{mode}: {seen['accepted']} reloads were taken and {seen['refused']} refused; both must happen")
    return problems


def run(options):
    progress = Progress(options.rounds)
    isolated = max(1, round(options.rounds * _ISOLATED_SHARE))
    figures = {"rounds": options.rounds, "seed": options.seed}
    problems = []
    for isolation, rounds in (("in_process", max(1, options.rounds - isolated)), ("isolated", isolated)):
        seen, failure = _drive(rounds, options.seed, isolation)
        if failure:
            problems.append(failure)
            continue
        problems += _judge(seen)
        progress.say(f"{isolation}: {seen['accepted']} taken, {seen['refused']} refused ({seen['reasons']}), "
                     f"{seen['rolled_back']} taken back; "
                     f"control p50 {seen['control_p50_us'] / 1000:.1f} ms (target {_MOST_CONTROL_MS['p50']}), "
                     f"p99 {seen['control_p99_us'] / 1000:.1f} ms (target {_MOST_CONTROL_MS['p99']}), longest wait of "
                     f"a claim {seen['longest_stall_us'] / 1000:.2f} ms (target 1); longest gap of a lane beyond its pace "
                     f"{seen['longest_lane_gap_us'] / 1000:.1f} ms, {seen['steps_lost']} steps lost, "
                     f"{seen['steps_lost_forward']} of them in {seen['forward']} reloads that took nothing back; {seen['orders']} orders, "
                     f"{seen['client_calls']} calls")
        for name in ("control_p50_us", "control_p99_us", "longest_stall_us", "longest_lane_gap_us", "own_lane_gap_us", "steps_lost",
                     "forward", "steps_lost_forward", "accepted", "refused", "rolled_back", "orders", "orders_lost",
                     "orders_doubled", "quantities", "quantities_lost", "quantities_doubled",
                     "client_calls", "client_failures", "mapped_at_end", "memory_growth_kib", "memory_growth_late_kib",
                     "database_growth_kib", "descriptor_growth", "thread_growth"):
            figures[f"{isolation}_{name}"] = seen[name]
    figures["problems"] = len(problems)
    figures["seconds"] = round(progress.seconds)
    return Result(figures, problems)
