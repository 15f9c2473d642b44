"""The power goes below the store: unsynced writes are lost, kept out of order and torn; what was acknowledged is there.

The program works on a disk it simulates (host/store/testing), so the seed fixes where the power goes and what the disk keeps. Every
other life of a database has several writers at once, whose turns a seed does not fix.
"""
import json
import os
import re
import subprocess
import tempfile

from campaign import folders
from campaign.report import Progress, Result
from harness.places import program

SUMMARY = "power cuts under the store at any step of the disk; nothing acknowledged lost, nothing half, nothing corrupt"
ROUNDS = 2000
TARGETS = ("quayside-powercut", "host_store_tests")

_WRONG = ("lost", "corrupt", "half", "phantom", "gaps", "fences_broken", "errors")
_LIES = ("contents", "database", "names")
_LYING_ROUNDS = 300
_ROUNDS_PER_SUITE = 500  # cuts of the campaign for each run of the conformance suite


class PowerCutCampaign:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.progress = Progress(options.rounds)
        self.problems = []

    def run(self):
        report = self._cut(self.options.rounds, [])
        self.problems += report["findings"]
        suite_cuts = self._conformance_suites()
        lies_seen = sum(self._sees(lie) for lie in _LIES)
        phases = {key: value for key, value in report.items() if key.startswith("cut_")}
        self.progress.say("the power went: " + ", ".join(f"{key[4:]} {value}" for key, value in phases.items()))
        figures = {"rounds": self.options.rounds, "seed": self.options.seed, "cuts": report["cuts"],
                   "acknowledged": report["acknowledged"], **{key: report[key] for key in _WRONG},
                   "under_way": report["under_way"], "under_way_kept": report["under_way_kept"],
                   "disk_steps": report["disk_steps"], "conformance_cuts": suite_cuts,
                   "lies_seen": f"{lies_seen}/{len(_LIES)}", "seconds": round(self.progress.seconds)}
        return Result(figures, self.problems)

    def _cut(self, rounds, arguments):
        """The program's report."""
        command = [str(program("quayside-powercut")), "--rounds", str(rounds), "--seed", str(self.options.seed), "--folder", self.folder,
                   *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            last = ""
            for last in child.stdout:
                if last.startswith("cuts ") and not arguments:
                    self.progress.show(int(last.split()[1]), "power cuts")
        if not last.startswith("{"):
            raise RuntimeError(f"{' '.join(command)} ended with {child.returncode} and no report")
        return json.loads(last)

    def _sees(self, lie):
        """A disk that lies about its syncs must make the campaign fail; otherwise it would not see a loss of ours."""
        report = self._cut(_LYING_ROUNDS, ["--lie", lie])
        seen = bool(report["lost"] or report["corrupt"])
        if not seen:
            self.problems.append(f"a disk that lies about its {lie} goes unnoticed in {_LYING_ROUNDS} cuts")
        return seen

    def _conformance_suites(self):
        """The store's own suite, with the power going between its calls. Answers the number of cuts."""
        cuts = 0
        for number in range(max(1, self.options.rounds // _ROUNDS_PER_SUITE)):
            seed = self.options.seed + number
            done = subprocess.run([program("host_store_tests"), "--gtest_filter=PowerCuts/*"], text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT,
                                  env={**os.environ, "QUAYSIDE_POWER_CUT_SEED": str(seed), "TMPDIR": self.folder})
            said = re.search(r"^power cuts: (\d+)$", done.stdout, re.M)
            cuts += int(said.group(1)) if said else 0
            if done.returncode != 0 or not said or int(said.group(1)) == 0:
                failed = re.findall(r"^\[  FAILED  \] (PowerCuts/\S+)", done.stdout, re.M)
                self.problems.append(f"conformance suite, seed {seed}: ended with {done.returncode}; failed: {sorted(set(failed))}")
        return cuts


def run(options):
    with tempfile.TemporaryDirectory(prefix="quayside-powercut-", dir=folders.fast()) as folder:  # the disk is simulated
        return PowerCutCampaign(options, folder).run()
