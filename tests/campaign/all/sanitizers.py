"""Every test under the address and undefined-behaviour sanitizers, then under the thread sanitizer.

Builds presets of its own (asan, tsan). A round is one run of every test in each. Programs with one fault each are run first: a
sanitizer that does not find them is blind, and that is a FAIL. gRPC and the glue to it stay without the thread sanitizer: the
distribution's libraries are not instrumented, and what they order looks unordered.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from campaign import sanitizer_log
from campaign.report import Progress, Result
from harness import ctest_log
from harness.places import ROOT

SUMMARY = "every test under asan+ubsan and under tsan, which first have to find seeded faults"
ROUNDS = 1
TARGETS = ()

_SUPPRESSIONS = ROOT / "tests" / "sanitizers" / "tsan.supp"
_COMMON = "log_path={logs}/report:handle_segv=0:handle_abort=0:handle_sigill=0:handle_sigfpe=0:handle_sigbus=0"
# The signal handlers are left alone: tests of plugins that crash look at the signal.
_KINDS = {
    "asan": {"seeds": ("freed", "overflow"),
             "env": {"ASAN_OPTIONS": _COMMON + ":detect_leaks=1:detect_stack_use_after_return=1",
                     "UBSAN_OPTIONS": "print_stacktrace=1"}},
    "tsan": {"seeds": ("race", "raced_delete"),
             # Not ignore_noninstrumented_modules: on Linux it takes ours for such, too, and hides every free and every copy.
             # Addresses it has reported are searched one by one: with a library's thousands a test takes half an hour.
             "env": {"TSAN_OPTIONS": _COMMON + f":exitcode=0:suppressions={_SUPPRESSIONS}:second_deadlock_stack=1:suppress_equal_addresses=0"}},
}
# Judge no C++ of this project, or build with a compiler of their own.
_NOT_RUN = "^(proto_.*|format|clang_format|campaign_tool|test_tool|sanitizer_log|sdk_external_build_.*)$"
_SECONDS = 3600  # of one test: everything is several times slower


def environment(kind, logs):
    return {**os.environ, **{name: value.format(logs=logs) for name, value in _KINDS[kind]["env"].items()}}


def run_seed(program, kind, logs):
    """What is reported of a program with a fault."""
    # GCC's undefined-behaviour runtime knows no log_path: it writes to stderr, which of a test is in ctest's log.
    with open(logs / "stderr", "wb") as stderr:
        subprocess.run([program], env=environment(kind, logs), stdout=subprocess.DEVNULL, stderr=stderr, check=False, timeout=60)
    return sanitizer_log.of_folder(logs)


class Sanitized:
    def __init__(self, kind, options, progress):
        self.kind = kind
        self.options = options
        self.progress = progress
        self.build = ROOT / "build" / kind
        self.logs = pathlib.Path(tempfile.mkdtemp(prefix=f"quayside-{kind}-"))
        self.problems = []
        self.count = ctest_log.Count()
        self.foreign = 0
        self.seeds_found = 0

    def run(self):
        self.progress.say(f"{self.kind}: building")
        subprocess.run([ROOT / "tools" / "build", "-p", self.kind, "all", "seeded_faults"], check=True)
        self._see_seeded_faults()
        if not self.problems:
            self._test()

    def _see_seeded_faults(self):
        for seed in _KINDS[self.kind]["seeds"]:
            logs = self.logs / seed
            logs.mkdir()
            if any(report.ours and "quayside::seeded::" in report.text
                   for report in run_seed(self.build / "bin" / f"seeded_{seed}", self.kind, logs)):
                self.seeds_found += 1
            else:
                self.problems.append(f"{self.kind} does not find the seeded fault '{seed}': its silence means nothing")

    def _test(self):
        logs = self.logs / "tests"
        logs.mkdir()
        command = ["ctest", "--test-dir", self.build, "--no-tests=error", "-j", "2", "-E", _NOT_RUN, "--timeout", str(_SECONDS),
                   "--output-on-failure", "--repeat", f"until-fail:{self.options.rounds}"]
        with subprocess.Popen(command, env={**environment(self.kind, logs), "QUAYSIDE_BUILD_DIR": str(self.build)},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as child:
            for line in child.stdout:
                if re.match(r"^\s*\d+/\d+ Test", line):
                    self.progress.say(f"{self.kind}: {line.strip()}")
        log = self.build / "Testing" / "Temporary" / "LastTest.log"
        text = log.read_text(encoding="utf-8", errors="replace")
        self.count = ctest_log.count(text, child.returncode)
        failed = re.findall(r"^\d+/\d+ Test:? (\S+)\n(?:.*\n)*?Test Failed\.", text, re.M)
        if child.returncode != 0:
            self.problems.append(f"{self.kind}: {self.count.failed} cases failed ({', '.join(failed) or 'see ' + str(log)})")
        found = sanitizer_log.of_folder(logs) + sanitizer_log.reports(text)
        ours = [report for report in found if report.ours]
        self.foreign = len(found) - len(ours)
        self.problems += [f"{self.kind}: {line}" for line in sanitizer_log.summary(ours)]
        for report in ours[:3]:
            self.progress.say(report.text)

    def close(self):
        if self.options.keep or self.problems:
            self.progress.say(f"{self.kind}: the reports are in {self.logs}")
        else:
            shutil.rmtree(self.logs, ignore_errors=True)


def run(options):
    progress = Progress(options.rounds)
    figures, problems, seeds = {"rounds": options.rounds}, [], 0
    for kind, about in _KINDS.items():
        sanitized = Sanitized(kind, options, progress)
        try:
            sanitized.run()
        finally:
            sanitized.close()
        seeds += len(about["seeds"])
        figures.update({f"{kind}_cases": sanitized.count.passed, f"{kind}_failed": sanitized.count.failed,
                        f"{kind}_findings": len([text for text in sanitized.problems if " times " in text]),
                        f"{kind}_foreign": sanitized.foreign,
                        "seeded_found": figures.get("seeded_found", 0) + sanitized.seeds_found})
        problems += sanitized.problems
    figures["seeded_found"] = f"{figures['seeded_found']}/{seeds}"
    return Result({**figures, "problems": len(problems), "seconds": round(progress.seconds)}, problems)
