"""Every decoder of bytes from outside under libFuzzer, with the address and undefined-behaviour sanitizers.

Builds the preset fuzz. A round is a second of each target. Inputs that reach new code go into tests/fuzz/corpus, which the
ordinary tests replay; a finding's input is kept in build/fuzz/findings. As many targets at a time as there are processors. Libraries
of the distribution are not instrumented.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from campaign.report import Progress, Result
from harness.places import ROOT

SUMMARY = "libFuzzer looks for inputs that break a decoder's promises; a round is a second of each target"
ROUNDS = 60
TARGETS = ()

_BUILD = ROOT / "build" / "fuzz"
_CORPUS = ROOT / "tests" / "fuzz" / "corpus"
_LONGEST_INPUT = 8192
_MOST_NEW = 25           # inputs that one run adds to a target's corpus, the smallest first
_FINDINGS = re.compile(r"^(?:broken promise: .*|.*runtime error: .*|==\d+== ?(?:ERROR|WARNING): .*|SUMMARY: .*)$", re.M)


def targets():
    """Names of all targets, from the files that declare them."""
    return sorted(path.stem for path in (ROOT / "tests" / "fuzz").glob("*/*.cc"))


class Target:
    def __init__(self, name, options, folder):
        self.name = name
        self.options = options
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir()
        self.corpus = _CORPUS / name
        self.findings = _BUILD / "findings"
        self.executions = 0
        self.added = 0
        self.problem = ""

    def fuzz(self):
        self.findings.mkdir(parents=True, exist_ok=True)
        done = self._run(f"-max_total_time={self.options.rounds}", f"-seed={self.options.seed % 2**31}", "-print_final_stats=1",
                         f"-max_len={_LONGEST_INPUT}", "-timeout=20", "-rss_limit_mb=2048", f"-artifact_prefix={self.findings}/{self.name}-",
                         self.folder, self.corpus)
        executed = re.search(r"stat::number_of_executed_units: +(\d+)", done.stderr)
        self.executions = int(executed[1]) if executed else 0
        if done.returncode != 0:
            said = _FINDINGS.findall(done.stderr)
            kept = re.search(r"Test unit written to (\S+)", done.stderr)
            self.problem = f"{self.name}: {said[0] if said else f'ended with {done.returncode}'}" + (f" ({kept[1]})" if kept else "")
        elif not self.executions:
            self.problem = f"{self.name}: nothing was run"
        else:
            self._keep()

    def _keep(self):
        """What the corpus has no input for yet, at the smallest."""
        merged = self.folder.with_suffix(".merged")
        shutil.copytree(self.corpus, merged)
        known = {path.name for path in merged.iterdir()}
        self._run("-merge=1", f"-max_len={_LONGEST_INPUT}", merged, self.folder)
        new = sorted((path for path in merged.iterdir() if path.name not in known), key=lambda path: path.stat().st_size)
        for path in new[:_MOST_NEW]:
            shutil.copy(path, self.corpus)
            self.added += 1

    def _run(self, *arguments):
        return subprocess.run([_BUILD / "bin" / f"fuzz_{self.name}", *arguments], capture_output=True, text=True, errors="replace", check=False,
                              env={**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1"})


def _fuzzed(target):
    target.fuzz()
    return target


def run(options):
    subprocess.run([ROOT / "tools" / "build", "-p", "fuzz", "fuzzers"], check=True)
    names = targets()
    progress = Progress(len(names))
    executions = added = 0
    problems = []
    with tempfile.TemporaryDirectory(prefix="quayside-fuzz-") as folder:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            fuzzed = [pool.submit(_fuzzed, Target(name, options, folder)) for name in names]
            for number, done in enumerate(concurrent.futures.as_completed(fuzzed), 1):
                target = done.result()
                executions += target.executions
                added += target.added
                problems += [target.problem] if target.problem else []
                progress.show(number, f"{target.name}: {target.executions} inputs, {target.added} kept, {len(problems)} findings")
    return Result({"rounds": options.rounds, "seed": options.seed, "targets": len(names), "inputs": executions, "kept": added,
                   "findings": len(problems), "seconds": round(progress.seconds)}, problems)
