"""Waiting for something to become true, never for time to pass."""
import time


class TimedOut(AssertionError):
    """The deadline passed before the condition held."""


def until(condition, what, seconds=30.0, every=0.05):
    """The first true value of condition(). An exception inside counts as "not yet" only when it is a NotYet."""
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = value
        except NotYet as not_yet:
            last = not_yet
        if time.monotonic() > deadline:
            raise TimedOut(f"after {seconds:g} s still not: {what} (last: {last!r})")
        time.sleep(every)


class NotYet(Exception):
    """Raised by a condition that cannot be judged yet, with the reason."""
