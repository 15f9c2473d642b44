"""Watchers of events against a model of what they are promised: ordered, unique, reliable, atomic, resumable, bookmarked, and that a
snapshot with the events after it is what there is.

Random histories of changes (several writers, some that fail), streams that are left and resumed, compactions and restarts, in one process
with the host's own store and server on a clock moved by hand; one real kill -9 of a real host for every hundred of them; and a crowd of a
thousand watchers, ten of whom stop reading. A round is a history.
"""
import json
import subprocess
import tempfile

from campaign import folders
from campaign.killed_watchers import KilledWatchers
from campaign.report import Progress, Result
from harness.places import is_sanitized, program

SUMMARY = "watchers of events through changes, resumes, compactions and kills; a thousand of them, ten stalled"
ROUNDS = 20_000
TARGETS = ("quaysided", "quayside", "quayside-watch")

_HISTORIES_PER_KILL = 100
_WATCHERS = 1_000
_STALLED = 10
_CHANGES = 60
_CROWDS = 3  # of each kind, in turns: the best of each is compared, so that a busy moment of the machine is neither's
# The others are late for no reason of the stalled ones'.
_SLOWER = 1.5
_SLOWER_BY_MS = 20
# A smaller crowd is a test beside others, which take their time from it.
_SLOWER_BY_MS_BESIDE_OTHERS = 250


def slowed(before, beside, is_whole):
    """What is wrong with the delays in ms, {"p50": .., "p99": ..}, of a crowd beside stalled watchers."""
    room = _SLOWER_BY_MS if is_whole else _SLOWER_BY_MS_BESIDE_OTHERS
    return [f"the {name} of delivery is {before[name]:.0f} ms without stalled watchers and {beside[name]:.0f} ms beside them"
            for name in before if beside[name] > _SLOWER * before[name] + room]


class WatchCampaign:
    def __init__(self, options):
        self.options = options
        self.progress = Progress(options.rounds)
        self.problems = []

    def run(self):
        figures = {"rounds": self.options.rounds, "seed": self.options.seed, **self._histories(), **self._kills(), **self._crowds()}
        figures.update(problems=len(self.problems), seconds=round(self.progress.seconds))
        return Result(figures, self.problems)

    def _program(self, command, **options):
        """The program's report."""
        with tempfile.TemporaryDirectory(prefix="quayside-watch-", dir=folders.fast()) as folder:
            arguments = [str(program("quayside-watch")), command, "--folder", folder,
                         *(word for key, value in options.items() for word in (f"--{key}", str(value)))]
            with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
                last = ""
                for last in child.stdout:
                    if last.startswith("histories "):
                        self.progress.show(int(last.split()[1]), "histories")
        if not last.startswith("{"):
            raise RuntimeError(f"{' '.join(arguments)} ended with {child.returncode} and no report")
        return json.loads(last)

    def _histories(self):
        report = self._program("histories", rounds=self.options.rounds, seed=self.options.seed)
        self.problems += report.pop("problems")
        violations = report.pop("violations")
        self.progress.say("histories: " + ", ".join(f"{key} {value}" for key, value in report.items()))
        self.progress.say("violations: " + ", ".join(f"{key} {value}" for key, value in violations.items()))
        return {"histories": report["histories"], "events": report["events"], "resumes": report["resumes"],
                "compactions": report["compactions"], "restarts": report["restarts"], "gone": report["gone"], "cut": report["cut"],
                "snapshots": report["snapshots"], "gaps": report["gaps"], "pictures": report["pictures"],
                "violations": sum(violations.values())}

    def _kills(self):
        with tempfile.TemporaryDirectory(prefix="quayside-watch-", dir=folders.fast()) as folder:
            killed = KilledWatchers(max(2, self.options.rounds // _HISTORIES_PER_KILL), self.options.seed, folder)
            try:
                return killed.run()
            finally:
                self.problems += killed.problems
                killed.host.kill()

    def _crowds(self):
        watchers = min(_WATCHERS, max(_STALLED * 5, self.options.rounds))
        is_whole = watchers == _WATCHERS
        crowds = {0: [], _STALLED: []}
        for _ in range(_CROWDS if is_whole else 1):
            for stalled, reports in crowds.items():
                reports.append(self._program("crowd", stalled=stalled, watchers=watchers, changes=_CHANGES, seed=self.options.seed))
                self._judge_crowd(reports[-1], watchers, stalled)
        before, beside = ({name: min(report[f"{name}_us"] for report in reports) / 1000 for name in ("p50", "p99")}
                          for reports in crowds.values())
        self.problems += [] if is_sanitized() else slowed(before, beside, is_whole)
        last = crowds[_STALLED][-1]
        return {"watchers": watchers, "stalled": _STALLED, "stalled_cut": last["stalled_cut"], "delivered": last["delivered"],
                "p99_ms": round(before["p99"], 1), "p99_beside_stalled_ms": round(beside["p99"], 1)}

    def _judge_crowd(self, report, watchers, stalled):
        self.problems += report["problems"]
        if report["stalled_cut"] != stalled:
            self.problems.append(f"of {stalled} stalled watchers {report['stalled_cut']} were cut with their revision")
        if report["delivered"] != (watchers - stalled) * _CHANGES:
            self.problems.append(f"{report['delivered']} of {(watchers - stalled) * _CHANGES} events were delivered to those that read")


def run(options):
    return WatchCampaign(options).run()
