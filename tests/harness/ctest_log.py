"""What a run of ctest did, from its LastTest.log: the cases of every binary and script, what was left out and why, and what was measured.

python3 -m harness.ctest_log FILE STATUS: prints what was left out and what was measured, then the closing count. STATUS is
ctest's exit code.
"""
import dataclasses
import re
import sys


@dataclasses.dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __str__(self):
        line = f"{self.passed} passed, {self.failed} failed"
        return line + (f", {self.skipped} skipped" if self.skipped else "")


def _number(pattern, block):
    return sum(int(n) for n in re.findall(pattern, block, re.M))


def _of_entry(block):
    """One ctest entry: GoogleTest and unittest say how many cases they ran, anything else is one case."""
    ok = re.search(r"^Test Passed\.", block, re.M) is not None
    count = Count(_number(r"^\[  PASSED  \] (\d+) tests?\.", block), _number(r"^\[  FAILED  \] (\d+) tests?, listed below", block),
                  _number(r"^\[  SKIPPED \] (\d+) tests?, listed below", block))
    ran = _number(r"^Ran (\d+) tests? in ", block)
    if ran:
        bad = sum(_number(rf"^FAILED \(.*?{word}=(\d+)", block) for word in ("failures", "errors"))
        left_out = _number(r"^(?:OK|FAILED) \(.*?skipped=(\d+)", block)
        count = Count(count.passed + ran - bad - left_out, count.failed + bad, count.skipped + left_out)
    if not count.passed and not count.failed and not count.skipped:
        return Count(passed=1) if ok else Count(failed=1)
    if not ok and not count.failed:
        count.failed = 1  # it crashed, or ran out of time
    return count


def left_out(text):
    """Cases that were skipped and published examples that were not used, each with its reason, in the order of the log."""
    lines = []
    for found in re.finditer(r"^not used: .*$|^\S+:\d+: Skipped\n(?P<reason>.*)\n(?:.*\n)*?\[  SKIPPED \] (?P<case>\S+)"
                             r"|^(?P<method>test_\w+) \([\w.]+\)(?:\n(?!test_\w+ \().*?)? \.\.\. skipped (?P<why>.*)$", text, re.M):
        if found["case"]:
            lines.append(f"skipped: {found['case']}: {found['reason']}")
        elif found["method"]:
            lines.append(f"skipped: {found['method']}: {found['why'].strip(chr(39))}")
        else:
            lines.append(found[0])
    return lines


def told(text):
    """What a test measured for whoever reads the end of the run: ctest shows no output of a test that passes."""
    return re.findall(r"the tutorial took \d+ s\b.*", text)


def count(text, status):
    total = Count()
    for block in re.split(r"^\d+/\d+ Testing: ", text, flags=re.M)[1:]:
        entry = _of_entry(block)
        total = Count(total.passed + entry.passed, total.failed + entry.failed, total.skipped + entry.skipped)
    if status != 0 and total.failed == 0:
        total.failed = 1
    return total


def main(path, status):
    with open(path, errors="replace", encoding="utf-8") as log:
        text = log.read()
    for line in left_out(text) + told(text):
        print(line)
    print(count(text, int(status)))


if __name__ == "__main__":
    main(*sys.argv[1:])
