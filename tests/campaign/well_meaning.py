"""The client of healthy.py, from the side of who attacks the host meanwhile."""
import dataclasses
import json
import subprocess
import sys

from harness.places import ROOT


@dataclasses.dataclass
class Fared:
    """How it went since the last look. `times`: of each call that was answered, (begin on the monotonic clock, seconds)."""
    times: list
    failures: dict
    last_failure: str

    @property
    def p99_ms(self):
        delays = sorted(delay for _, delay in self.times)
        return round(delays[len(delays) - 1 - len(delays) // 100] * 1000, 1) if delays else None


class WellMeaning:
    """`address` as gRPC writes it; `options`: ca, cert, key, token, every, as healthy.py takes them."""

    def __init__(self, address, **options):
        arguments = [word for key, value in options.items() if value is not None for word in (f"--{key}", str(value))]
        self._child = subprocess.Popen([sys.executable, "-m", "campaign.healthy", address, *arguments], cwd=ROOT / "tests",
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def fared(self):
        self._child.stdin.write("told\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise RuntimeError(f"the well-meaning client ended with {self._child.wait()}")
        said = json.loads(line)
        return Fared([tuple(each) for each in said["delays"]], said["failures"], said["last"])

    def end(self):
        self._child.stdin.close()
        self._child.wait(30)
        self._child.stdout.close()
