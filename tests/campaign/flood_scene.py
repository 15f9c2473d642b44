"""One place where a host takes calls, attacked while a client that means well calls on and others come anew."""
import multiprocessing
import threading
import time

from campaign import attacks
from campaign.well_meaning import WellMeaning
from harness.places import is_sanitized
from harness.polling import until

MOST_GROWTH_MIB = 50
LONGEST_RECOVERY = 5.0   # seconds
HIGHEST_P99_MS = 250
_TIMES_JUDGED_FROM = 10  # rounds: fewer are a test beside others
_SAMPLE_SECONDS = 0.05


class Memory(threading.Thread):
    """The most that a process has resident while it is watched, in MiB. `resident`: what it has now."""

    def __init__(self, resident):
        super().__init__(daemon=True)
        self._resident = resident
        self._over = threading.Event()
        self.before = self.most = resident()
        self.start()

    def run(self):
        while not self._over.wait(_SAMPLE_SECONDS):
            try:
                self.most = max(self.most, self._resident())
            except (OSError, IndexError):
                return  # it is gone, which others tell

    def grown(self):
        self._over.set()
        self.join()
        return self.most - self.before


class Scene:
    """`caller`: an attacks.Target as a client that is let in; `healthy`: the same for WellMeaning, (address, options). `front`: nginx
    before the host, if there is one. Figures get `prefix`; what is wrong is added to `problems`."""

    def __init__(self, rounds, host, caller, healthy, progress, prefix="", front=None):
        self.rounds = rounds
        self.host = host
        self.caller = caller
        self.healthy = healthy
        self.progress = progress
        self.prefix = prefix
        self.front = front
        self.figures = {}
        self.problems = []
        self._context = multiprocessing.get_context("spawn")

    def attack(self, name, attack, target, seconds, promised=False, most_growth_mib=None):
        """One attack, while a client that means well calls on, and others come anew. `promised`: the API's figures are judged;
        `most_growth_mib`: only that of the memory, by this one."""
        name = self.prefix + name
        if self.host.child.returncode is not None:
            return
        address, options = self.healthy
        healthy = WellMeaning(address, **options)
        try:
            until(lambda: healthy.fared().times, "the well-meaning client is served", 30)
            memory = Memory(self.host.child.resident_mib)
            front_memory = Memory(self.front.resident_mib) if self.front else None
            results = self._context.Queue()
            process = None
            if attack is not None:
                process = self._context.Process(target=attacks.run, args=(attack, target, seconds, results), daemon=True)
                process.start()
            recovery, refused, served = self._come_anew(process, seconds)
            did = results.get(timeout=60) if process else {}
            if process:
                process.join(30)
            fared = healthy.fared()
            grown = memory.grown()
            front_grown = front_memory.grown() if front_memory else None
        finally:
            healthy.end()
        if isinstance(did, Exception):
            raise did
        self._tell(name, did, grown, front_grown, recovery, refused, served, fared)
        self._judge(name, promised, MOST_GROWTH_MIB if promised else most_growth_mib, grown, recovery, served, fared)
        if self.host.child.returncode is None:
            until(lambda: attacks.fresh_call(self.caller) is not None, f"calls are served after '{name}'", 30)

    def _come_anew(self, process, seconds):
        """Calls on connections of their own until the attack is over: (longest time from a refusal to the next service, refusals,
        services)."""
        end = time.monotonic() + seconds
        longest, refused_since, refused, served = 0.0, None, 0, 0
        while time.monotonic() < end or (process and process.is_alive()):
            began = time.monotonic()
            if attacks.fresh_call(self.caller) is None:
                refused += 1
                refused_since = refused_since or began
            else:
                served += 1
                if refused_since is not None:
                    longest = max(longest, time.monotonic() - refused_since)
                refused_since = None
            time.sleep(max(0.0, 0.1 - (time.monotonic() - began)))
        if refused_since is not None:
            longest = max(longest, time.monotonic() - refused_since)
        return longest, refused, served

    def _tell(self, name, did, grown, front_grown, recovery, refused, served, fared):
        what = ", ".join(f"{count} {key}" for key, count in did.items()) or "nobody attacks"
        front = "" if front_grown is None else f", the front's +{front_grown:.0f}"
        self.progress.say(f"{name}: {what}; memory +{grown:.0f} MiB (promised < {MOST_GROWTH_MIB}){front}, served again after {recovery:.1f} s "
                          f"(promised < {LONGEST_RECOVERY:.0f}; {refused} of {refused + served} that came anew were refused), "
                          f"p99 {fared.p99_ms} ms of {len(fared.times)} calls (promised < {HIGHEST_P99_MS}), failed {sum(fared.failures.values())}")
        self.figures.update({f"{name}_grown_mib": round(grown), f"{name}_recovery_s": round(recovery, 1), f"{name}_p99_ms": fared.p99_ms,
                             f"{name}_refused": f"{refused}/{refused + served}", f"{name}_failed": sum(fared.failures.values())})
        if front_grown is not None:
            self.figures[f"{name}_front_grown_mib"] = round(front_grown)

    def _judge(self, name, promised, most_growth_mib, grown, recovery, served, fared):
        if self.host.child.returncode is not None:
            self.problems.append(f"{name}: the host ended with {self.host.child.returncode}:\n{self.host.tail()}")
            return
        if fared.failures or not fared.times:
            self.problems.append(f"{name}: of the well-meaning client {len(fared.times)} calls were answered, {fared.failures} failed: "
                                 f"{fared.last_failure}")
        if most_growth_mib is not None and grown >= most_growth_mib and not is_sanitized():
            self.problems.append(f"{name}: the memory grew by {grown:.0f} MiB")
        if not promised:
            return
        if not served:
            self.problems.append(f"{name}: nobody who came anew was served")
        if self.rounds < _TIMES_JUDGED_FROM or is_sanitized():
            return
        if recovery >= LONGEST_RECOVERY:
            self.problems.append(f"{name}: nobody who came anew was served for {recovery:.1f} s")
        if fared.p99_ms is not None and fared.p99_ms >= HIGHEST_P99_MS:
            self.problems.append(f"{name}: the p99 of the well-meaning client is {fared.p99_ms} ms")
