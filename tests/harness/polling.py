"""Waiting for something to become true, never for time to pass."""
import time

from .places import is_sanitized

_PATIENCE = 5 if is_sanitized() else 1


class TimedOut(AssertionError):
    """The deadline passed before the condition held."""


def until(condition, what, seconds=30.0, every=0.05):
    """The first true value of condition(), within so many `seconds`; several times as many in a build with a sanitizer. An exception inside
    counts as "not yet" only when it is a NotYet."""
    seconds *= _PATIENCE
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
