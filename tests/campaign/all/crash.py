"""The process of an isolated plugin is killed, or dies of a signal of its own, at random moments while orders and stock move, packages
leave, and orders are cancelled and refunded.

Every other round leaves it alone: what the accounts of another plugin needed for a step meanwhile is the measure for the rounds in
which processes die. At the end everything converges and the host's world is compared with the simulator's ledger.
"""
import collections
import datetime
import itertools
import os
import random
import signal
import time

from campaign import leavings
from campaign.carry import carry_through
from campaign.report import Progress, Result
from campaign.shop_life import LEVELS, LISTINGS, ShopLife
from harness import comparison, database
from harness.host import CliError
from harness.places import BUILD, is_sanitized
from harness.polling import TimedOut, until
from harness.runners import ISOLATED, runners_of
from harness.sim import CREDENTIALS, MARKETPLACES, WIDE_LIMITS
from harness.world import World

SUMMARY = "a plugin's process dies under load; others keep their pace, it is back within a second, nothing lost or doubled"
ROUNDS = 100
TARGETS = ("quaysided", "quayside-probe", "quayside-runner", "quayside", "amazon-sim", "amazon", "echo")

_SPEED = 100                 # simulated seconds per second
_ROUND_SECONDS = (0.25, 0.6)
_SETTLE_SECONDS = 180
_BACK_SECONDS = 15 if is_sanitized() else 1
_PACE = 1.10                 # of the undisturbed p99
_ONE_COMMIT_SECONDS = 0.005  # more is allowed: a step that waits for its turn may find one more commit before it
_OTHERS = [f"steady-{number}" for number in range(1, 5)]  # accounts of another plugin
_ENOUGH_STEPS = 200          # each way, before a p99 is judged
_ENOUGH_ROUNDS = 100         # by then there must be so many
_ONE_END_SECONDS = 0.1       # deaths this near to each other may be one end
_DEATHS = (signal.SIGKILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM)
# Hundreds of deaths a minute are what this is about: no quarantine, and no pause that grows with what was long ago.
_ARGUMENTS = ISOLATED + ("--set", "runner.quarantine_crashes=1000000", "--set", "runner.quarantine_window=1s")


def _time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def asked_at(run):
    """When somebody asked for the run, in seconds of the host's clock: its id begins with the millisecond it was made in. It waits for
    its lane, a place and a worker before it begins."""
    return (int(run["name"].rpartition("/")[2]) >> 20) / 1e3


def least_told(moments):
    """How many ends must have been told of deaths brought about at these moments (seconds, in order)."""
    return len(moments) - sum(after - before < _ONE_END_SECONDS for before, after in zip(moments, moments[1:]))


def p99(values):
    values = sorted(values)
    return values[min(len(values) - 1, len(values) * 99 // 100)] if values else 0.0


def never_back(ends):
    """What is wrong with [(when in seconds, "plugin.crashed" | "plugin.restarted")]: each end has its return, unless the process died
    again before it could be back."""
    found = []
    for (when, kind), (next_when, next_kind) in zip(ends, [*ends[1:], (float("inf"), "nothing")]):
        if kind != "plugin.crashed" or next_kind == "plugin.restarted":
            continue
        if next_when - when >= _BACK_SECONDS:
            found.append(f"a plugin that died at {when:.3f} s was never back before {next_kind}")
    return found


class CrashCampaign:
    def __init__(self, options):
        self.options = options
        self.rng = random.Random(options.seed)
        self.progress = Progress(options.rounds)
        self.world = World(speed=_SPEED, seed=options.seed, listings=LISTINGS, settings={**WIDE_LIMITS, **leavings.SETTINGS})
        self.sim, self.host = self.world.sim, self.world.host
        self.life = ShopLife(random.Random(options.seed + 1), self.sim, self.host, despatches=True, post_sales=True)
        self.problems = []
        self.deaths = collections.Counter()
        self.died_at = []
        # Seconds each from being asked for to the end, of the accounts of the other plugin.
        self.steps = {"calm": [], "disturbed": []}
        self.steps_of = {kind: collections.Counter() for kind in self.steps}
        self.turns = itertools.cycle(_OTHERS)
        self.failed_steps = 0
        self.seen_runs = set()

    def run(self):
        self._set_up()
        for number in range(1, self.options.rounds + 1):
            self._round("calm", deaths=0)
            self._round("disturbed", deaths=self.rng.choice([1, 1, 1, 2]))
            self.progress.show(number, f"{sum(self.deaths.values())} deaths, {self.life.actions} changes")
            if len(self.problems) > 20:
                break
        return self._judge()

    def _set_up(self):
        self.host.start(arguments=_ARGUMENTS)
        self.host.install()
        self.host.run("plugin", "install", self.host.trust(BUILD / "bundles" / "echo"))
        self.host.add_account(CREDENTIALS)
        for channel, marketplace in MARKETPLACES.items():
            self.host.add_channel(channel, marketplace)
            until(lambda channel=channel: len(self.host.listings(channel)) == len(LISTINGS), f"the listings of {channel} are known", 60)
        self.world.link()
        rows = "SKU,Level\n" + "".join(f"{sku},{level}\n" for sku, level in LEVELS.items())
        self.host.run("stock", "set", "--file", "-", stdin=rows)
        for account in _OTHERS:
            self.host.run("account", "add", account, "--plugin", "echo")
            self.host.add_channel(account, "main", account=account)
        for plugin in ("amazon", "echo"):
            until(lambda plugin=plugin: runners_of(self.host.child.pid, plugin), f"{plugin} runs in a process of its own", 10)
        self._until_equal("before the first death")

    def _round(self, kind, deaths):
        length = self.rng.uniform(*_ROUND_SECONDS)
        end = time.monotonic() + length
        moments = sorted(time.monotonic() + self.rng.uniform(0, length) for _ in range(deaths))
        # One change may take longer than the round.
        while time.monotonic() < end or moments:
            if moments and time.monotonic() >= moments[0]:
                moments.pop(0)
                self._kill_one()
            self.host.sync(f"{next(self.turns)}.orders")
            if self.rng.random() < 0.5:
                try:
                    self.life.act()
                except CliError as error:
                    self.problems.append(f"a client's call failed: {error}")
        self._take_steps(kind)
        if self.host.child.returncode is not None:
            raise AssertionError("the host ended:\n" + self.host.tail())

    def _kill_one(self):
        runners = runners_of(self.host.child.pid, "amazon")
        if len(runners) > 1:
            self.problems.append(f"{len(runners)} processes of one loaded copy")
        for pid in runners[:1]:
            death = self.rng.choice(_DEATHS)
            try:
                os.kill(pid, death)
            except ProcessLookupError:
                continue
            self.deaths[death.name] += 1
            self.died_at.append(time.monotonic())

    def _take_steps(self, kind):
        for account in _OTHERS:
            for run in self.host.ask("sync", "runs", f"{account}.orders", "--limit", "200").get("runs", []):
                if run.get("endTime") and run["name"] not in self.seen_runs:
                    self.seen_runs.add(run["name"])
                    self._take_step(kind, account, run)

    def _take_step(self, kind, account, run):
        if run.get("errorReason"):
            self.failed_steps += 1
            self.problems.append(f"a step of the undisturbed {account} failed: {run['errorReason']}: {run.get('error')}")
            return
        self.steps[kind].append((_time(run["endTime"]) - asked_at(run)) / _SPEED)
        self.steps_of[kind][account] += 1

    def _until_equal(self, when):
        last = []

        def equal():
            last[:] = comparison.compare(self.sim, self.host).texts()
            return not last
        try:
            self.world.settle(equal, "the host's world is Amazon's", _SETTLE_SECONDS, every=0.5)
        except TimedOut:
            self.problems += [f"{when}: {text}" for text in last]
        return comparison.compare(self.sim, self.host)

    def _judge(self):
        # What an answer that died with its process was about is certain by then.
        self.sim.advance(leavings.SHOWS)
        self.problems += [f"at the end: {text}" for text in leavings.until_over(self.sim, self.host, _SETTLE_SECONDS)]
        left = self._until_equal("at the end")
        for name, lane in self.host.lanes().items():
            if lane["state"] in ("LANE_STATE_NEEDS_OPERATOR", "LANE_STATE_PAUSED", "LANE_STATE_DISABLED"):
                self.problems.append(f"lane {name} is {lane['state']}: {lane.get('lastError', '')}")
        host_pid = self.host.child.pid
        if self.host.stop() != 0:
            self.problems.append("the host did not end with 0 at SIGTERM:\n" + self.host.tail())
        if runners_of(host_pid, "amazon"):
            self.problems.append("a runner outlived the host")
        wrong_packages = leavings.wrong_packages(self.sim, self.host, self.life)
        wrong_post_sales = leavings.wrong_post_sales(self.sim, self.life)
        self.problems += wrong_packages + wrong_post_sales
        with database.copy_of(self.host.database) as connection:
            received = [attributes["external_id"] for _, _, attributes in database.events(connection, "order.received")]
            crashed = len(database.events(connection, "plugin.crashed"))
            ends = [(time_us / 1e6 / _SPEED, kind) for time_us, kind in connection.execute(
                "SELECT time_us, type FROM events WHERE type IN ('plugin.crashed', 'plugin.restarted') ORDER BY revision")]
            back = [int(attributes["after_us"]) / 1e6 for _, _, attributes in database.events(connection, "plugin.restarted")]
        doubled = len(received) - len(set(received))
        if doubled:
            self.problems.append(f"{doubled} orders were received twice")
        deaths = sum(self.deaths.values())
        if not max(1, least_told(self.died_at)) <= crashed <= deaths:
            self.problems.append(f"{deaths} deaths were brought about, {least_told(self.died_at)} of them apart, and {crashed} were told")
        self.problems += never_back(ends)
        if back and max(back) >= _BACK_SECONDS:
            self.problems.append(f"a plugin was back after {max(back):.2f} s only")
        calm, disturbed = p99(self.steps["calm"]), p99(self.steps["disturbed"])
        judged = min(len(steps) for steps in self.steps.values()) >= _ENOUGH_STEPS
        if not judged and self.options.rounds >= _ENOUGH_ROUNDS:
            self.problems.append("steps of the other accounts: "
                                 + ", ".join(f"{len(steps)} in {kind} rounds" for kind, steps in self.steps.items())
                                 + f"; {_ENOUGH_STEPS} each are needed to judge their pace")
        if judged and disturbed > calm * _PACE + _ONE_COMMIT_SECONDS and not is_sanitized():
            self.problems.append(f"steps of the other accounts: p99 {disturbed * 1e3:.2f} ms, undisturbed {calm * 1e3:.2f} ms")
        for kind, by_account in self.steps_of.items():
            self.problems += [f"{account} did no step in the {kind} rounds" for account in _OTHERS if judged and not by_account[account]]
        counts = left.counts()
        counts["orders_doubled"] += doubled
        figures = {"rounds": self.options.rounds, "seed": self.options.seed, "deaths": deaths, "told": crashed, "back": len(back),
                   "back_p50_ms": round(sorted(back)[len(back) // 2] * 1e3, 1) if back else "-",
                   "back_longest_ms": round(max(back) * 1e3, 1) if back else "-",
                   "other_accounts": len(_OTHERS), "other_account_steps": len(self.steps["calm"]) + len(self.steps["disturbed"]),
                   "other_account_failed": self.failed_steps,
                   "p99_calm_ms": round(calm * 1e3, 2), "p99_disturbed_ms": round(disturbed * 1e3, 2),
                   "pace": f"{disturbed / calm:.2f}" if calm else "-", "pace_judged": "yes" if judged else "too-few-steps",
                   "orders": len(self.sim.orders()), "changes": self.life.actions, **counts, **leavings.counts(self.sim, self.life),
                   "packages_wrong": len(wrong_packages), "post_sales_wrong": len(wrong_post_sales),
                   "problems": len(self.problems), "seconds": round(self.progress.seconds)}
        self.progress.say("deaths: " + ", ".join(f"{name} {count}" for name, count in sorted(self.deaths.items())))
        return Result(figures, self.problems)


def run(options):
    return carry_through(CrashCampaign(options), options)
