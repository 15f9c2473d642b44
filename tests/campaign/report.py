"""What every campaign takes and gives."""
import dataclasses
import sys
import time


@dataclasses.dataclass
class Options:
    rounds: int
    seed: int
    keep: bool = False  # leave the world's folder for whoever wants to look


@dataclasses.dataclass
class Result:
    """`figures` are printed in order; `problems` make it a FAIL and are printed before."""
    figures: dict
    problems: list = dataclasses.field(default_factory=list)

    @staticmethod
    def broken(error):
        """A campaign that could not be carried through: it never says PASS."""
        return Result({"error": type(error).__name__}, [f"{type(error).__name__}: {error}"])

    def line(self, name):
        word = "FAIL" if self.problems else "PASS"
        return f"{name}: {word} " + " ".join(f"{key}={value}" for key, value in self.figures.items())


class Progress:
    """One line that is rewritten on a terminal, a line every few seconds elsewhere."""
    _EVERY_SECONDS = 10

    def __init__(self, total):
        self.total = total
        self.started = time.monotonic()
        self._said = self.started

    def show(self, done, text):
        seconds = time.monotonic() - self.started
        line = f"{done}/{self.total} rounds, {seconds:.0f} s, {text}"
        if sys.stdout.isatty():
            print("\r\033[K" + line, end="", flush=True)
        elif time.monotonic() - self._said > self._EVERY_SECONDS or done == self.total:
            self._said = time.monotonic()
            print(line, flush=True)

    def say(self, text):
        print(("\r\033[K" if sys.stdout.isatty() else "") + text, flush=True)

    @property
    def seconds(self):
        return time.monotonic() - self.started
