"""Requests and frames that no client of ours would send go to a real host on loopback, many to a connection.

Wrong are: the bytes of messages (changed, cut, of another message, no UTF-8, too deep, too large), their prefixes, headers, page tokens
that come from elsewhere or were altered, and frames of HTTP/2. Whatever comes, the host lives, answers with documented codes and reasons,
holds no connection, and serves a client that means well. Methods that take paths of the host's machine, or would lock the campaign out,
are called by somebody who may not call them.
"""
import collections
import contextlib
import json
import multiprocessing
import os
import random
import re

import grpc

from api.reflected_api import Api
from campaign import folders
from campaign.bad_requests import with_variants
from campaign.carry import carry_through
from campaign.host_world import HostWorld
from campaign.malformed_worker import Orders, work
from campaign.report import Progress, Result
from campaign.well_meaning import WellMeaning
from harness.places import ROOT, is_sanitized
from harness.polling import until
from harness.ports import free_port

SUMMARY = "malformed frames, headers, messages and tokens: no crash, only documented codes, others are served"
ROUNDS = 1_000_000
TARGETS = ("quaysided", "quayside")

_WORKERS = 2
_CAREFUL = {"AdminService/CreateBackup", "AdminService/CreateToken", "AdminService/RevokeToken", "AdminService/RotateKey", "AdminService/SetLogLevel",
            "PluginService/InspectPlugin", "PluginService/InstallPlugin"}
_MOST_GROWTH_MIB = 300   # with stock, items and their events, which some of the requests make
_FEW_DESCRIPTORS = 20
_ITEMS = 30


class MalformedCampaign:
    def __init__(self, options):
        self.options = options
        self.progress = Progress(options.rounds)
        self.problems = []
        self.port = free_port()
        self.world = HostWorld("malformed", folders.fast(), log_level="error")
        self.host = self.world.host
        with open(self.host.config, "a", encoding="utf-8") as config:
            config.write(f'[remote]\nlisten = "127.0.0.1:{self.port}"\n[limits]\ncalls_per_second = 1000000\nstreams = 100000\n')

    def run(self):
        self.host.start()
        orders = self._set_up()
        healthy = WellMeaning(f"unix:{self.host.socket}")
        try:
            before = self.host.child.resident_mib(), self._descriptors()
            reports = self._attack(orders)
            fared = healthy.fared()
            self._look_after(fared, before)
            grown = self.host.child.resident_mib() - before[0] if self.host.child.returncode is None else 0
        finally:
            healthy.end()
        return self._judge(reports, fared, grown)

    def _set_up(self):
        for number in range(_ITEMS):
            self.host.run("stock", "set", "MUG" if number == 0 else f"MUG-{number}", number, "--create")
        powerless = self.world.folder / "powerless.token"
        self.host.run("token", "create", "powerless", "--role", "viewer", "--out", powerless)
        with grpc.insecure_channel(f"unix:{self.host.socket}") as channel:
            api = Api(channel)
            methods = with_variants(random.Random(self.options.seed), api)
            tokens = [api.call("InventoryService", "ListItems", pageSize=2).next_page_token.encode(),
                      api.call("EventService", "ListEvents", pageSize=3).next_page_token.encode()]
        if not all(tokens):
            raise RuntimeError("the lists that give page tokens have one page only")
        known = {f"/quayside.v1.{name}" for name in _CAREFUL}
        if not known <= {method.path for method in methods}:
            raise RuntimeError("a method that must be called with care is called otherwise by now")
        reasons = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "reasons.md").read_text(encoding="utf-8"), re.M))
        admin = (self.host.data / "bootstrap.token").read_text(encoding="ascii").strip()
        return [Orders(("127.0.0.1", self.port), self.options.seed * 1000 + number, -(-self.options.rounds // _WORKERS), methods, known,
                       admin, powerless.read_text(encoding="ascii").strip(), tokens, reasons) for number in range(_WORKERS)]

    def _attack(self, orders):
        """The workers' reports."""
        context = multiprocessing.get_context("spawn")  # gRPC has threads here
        results = context.Queue()
        counts = [context.Value("l", 0) for _ in orders]
        workers = [context.Process(target=work, args=(each, count, results), daemon=True) for each, count in zip(orders, counts)]
        for worker in workers:
            worker.start()
        reports = []

        def all_told():
            while not results.empty():
                reports.append(results.get())
            self.progress.show(sum(count.value for count in counts), f"{self.host.child.returncode or 'the host lives'}")
            return len(reports) == len(workers) or not any(worker.is_alive() for worker in workers)
        until(all_told, "the workers are done", 3600 + self.options.rounds / 50, every=0.2)
        while not results.empty():
            reports.append(results.get())
        if len(reports) < len(workers):
            self.problems.append("a worker ended without a report")
        for worker in workers:
            worker.join(30)
        return reports

    def _descriptors(self):
        return len(os.listdir(f"/proc/{self.host.child.pid}/fd"))

    def _look_after(self, fared, before):
        if self.host.child.returncode is not None:
            self.problems.append(f"the host ended with {self.host.child.returncode}:\n{self.host.tail()}")
            return
        if fared.failures or not fared.times:
            self.problems.append(f"of the well-meaning client {len(fared.times)} calls were answered, {fared.failures} failed: "
                                 f"{fared.last_failure}")
        grown = self.host.child.resident_mib() - before[0]
        if grown > _MOST_GROWTH_MIB and not is_sanitized():
            self.problems.append(f"the host's memory grew by {grown:.0f} MiB")
        # gRPC closes what it was left with in its own time.
        with contextlib.suppress(AssertionError):
            until(lambda: self._descriptors() <= before[1] + _FEW_DESCRIPTORS, "descriptors are given back", 30)
        if self._descriptors() > before[1] + _FEW_DESCRIPTORS:
            self.problems.append(f"the host has {self._descriptors()} descriptors open, had {before[1]}")

    def _judge(self, reports, fared, grown):
        for report in reports:
            self.problems += report.problems
        if self.host.child.returncode is None and self.host.stop() != 0:
            self.problems.append("the host did not end with 0 at SIGTERM:\n" + self.host.tail())
        answers, reasons, resets, kinds = (sum((getattr(report, name) for report in reports), collections.Counter())
                                           for name in ("answers", "reasons", "resets", "kinds"))
        self.progress.say("codes: " + ", ".join(f"{name} {count}" for name, count in answers.most_common()))
        for kind in sorted({kind for kind, _ in kinds}):
            self.progress.say(f"{kind}: " + ", ".join(f"{name} {count}" for (what, name), count in kinds.most_common() if what == kind))
        self.progress.say("reasons: " + ", ".join(f"{name} {count}" for name, count in reasons.most_common()))
        self.progress.say("streams reset: " + json.dumps(dict(resets)))
        rounds = sum(report.rounds for report in reports)
        if rounds < self.options.rounds and not self.problems:
            self.problems.append(f"only {rounds} rounds")
        figures = {"rounds": rounds, "seed": self.options.seed, "requests": sum(report.requests for report in reports),
                   "frames": sum(report.frames for report in reports), "connections": sum(report.connections for report in reports),
                   "codes": len(answers), "reasons": len(reasons), "broken_off": sum(report.broken_off for report in reports),
                   "crashes": 0 if self.host.child.returncode in (0, None) else 1, "grown_mib": round(grown),
                   "healthy_calls": len(fared.times), "healthy_failed": sum(fared.failures.values()), "healthy_p99_ms": fared.p99_ms,
                   "problems": len(self.problems), "seconds": round(self.progress.seconds)}
        return Result(figures, self.problems)


def run(options):
    return carry_through(MalformedCampaign(options), options)
