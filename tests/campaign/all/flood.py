"""Attacks on the listener that other machines can reach, with client certificates: strangers who reset calls by the thousand, take every
connection, or shake hands byte by byte; callers with a certificate who do not read, or send for ever. A round is a second of each attack.

Printed beside the figures of the API's promise: memory may grow by less than 50 MiB and calls are served again less than 5 s after the
first was refused, under resets and exhausted descriptors by strangers; meanwhile the p99 of a client that means well, on a connection it
has, stays below 250 ms. What callers with a certificate do is told, and must not end the host. Times are judged from ten rounds on: fewer
are a test beside others.
"""
import multiprocessing
import resource
import subprocess
import threading
import time

from campaign import attacks
from campaign.carry import carry_through
from campaign.host_world import HostWorld
from campaign.report import Progress, Result
from campaign.well_meaning import WellMeaning
from harness.polling import until
from harness.ports import free_port

SUMMARY = "rapid reset, exhausted descriptors and slow clients on the TLS listener; a round is a second of each attack"
ROUNDS = 20
TARGETS = ("quaysided", "quayside")

_MOST_GROWTH_MIB = 50
_LONGEST_RECOVERY = 5.0   # seconds
_HIGHEST_P99_MS = 250
_DESCRIPTORS = 512        # that the host may have; an attacker holds ten times as many connections
_TIMES_JUDGED_FROM = 10   # rounds
_FEWEST_SECONDS = 10      # of an attack on connections: a handshake's time must run out in it
_EVENTS = 3_000           # there for those who read slowly
_SAMPLE_SECONDS = 0.05
_LARGEST_LOG_KIB = 256     # strangers must not fill a disk with what is said about them
_ISSUE = """umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem
issue() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr"
  printf 'subjectAltName=DNS:%s\nextendedKeyUsage=%s\n' "$2" "$3" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile "$1.ext" -out "$1.pem"
}
issue server localhost serverAuth
issue laptop laptop.ops.example clientAuth
"""


class _Memory(threading.Thread):
    """The most that a process has resident while it is watched, in MiB."""

    def __init__(self, child):
        super().__init__(daemon=True)
        self._child = child
        self._over = threading.Event()
        self.before = self.most = child.resident_mib()
        self.start()

    def run(self):
        while not self._over.wait(_SAMPLE_SECONDS):
            try:
                self.most = max(self.most, self._child.resident_mib())
            except (OSError, IndexError):
                return  # it is gone, which others tell

    def grown(self):
        self._over.set()
        self.join()
        return self.most - self.before


class FloodCampaign:
    def __init__(self, options):
        self.options = options
        self.progress = Progress(6)
        self.problems = []
        self.figures = {}
        self.world = HostWorld("flood")
        self.host = self.world.host
        tls = self.world.folder / "tls"
        tls.mkdir()
        subprocess.run(["bash", "-euc", _ISSUE], cwd=tls, check=True, capture_output=True)
        port = free_port()
        self.caller = attacks.Target(("127.0.0.1", port), str(tls / "ca.pem"), str(tls / "laptop.pem"), str(tls / "laptop.key"))
        with open(self.host.config, "a", encoding="utf-8") as config:
            config.write(f'[limits]\ncalls_per_second = 10000\n[remote]\nlisten = "127.0.0.1:{port}"\ncertificate = "{tls}/server.pem"\n'
                         f'key = "{tls}/server.key"\nclient_ca = "{tls}/ca.pem"\n'
                         '[remote.certificate_roles]\n"dns:laptop.ops.example" = "operator"\n')
        self.context = multiprocessing.get_context("spawn")

    def run(self):
        self.host.start(limits=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, _DESCRIPTORS)))
        rows = "SKU,Level\n" + "".join(f"S-{number},{number}\n" for number in range(_EVENTS))
        self.host.run("stock", "set", "--file", "-", "--create", stdin=rows)
        seconds = self.options.rounds
        stranger, caller = self.caller.stranger(), self.caller
        self._attack("calm", None, stranger, min(seconds, 5))
        self._attack("reset", attacks.rapid_reset, stranger, seconds, promised=True)
        self._attack("descriptors", attacks.hold_descriptors, stranger, max(seconds, _FEWEST_SECONDS), promised=True)
        self._attack("slow_handshake", attacks.slow_handshake, stranger, max(seconds, _FEWEST_SECONDS))
        self._attack("slow_reader", attacks.slow_reader, caller, seconds)
        self._attack("slow_body", attacks.slow_body, caller, seconds)
        log_kib = self.host.log.stat().st_size // 1024
        self.figures["log_kib"] = log_kib
        if log_kib > _LARGEST_LOG_KIB:
            self.problems.append(f"the log has {log_kib} KiB, the last of it:\n{self.host.tail(5)}")
        if self.host.child.returncode is None and self.host.stop() != 0:
            self.problems.append("the host did not end with 0 at SIGTERM:\n" + self.host.tail())
        return self.result()

    def result(self):
        return Result({"rounds": self.options.rounds, "seed": self.options.seed, **self.figures, "problems": len(self.problems),
                       "seconds": round(self.progress.seconds)}, self.problems)

    def _attack(self, name, attack, target, seconds, promised=False):
        """One attack, while a client that means well calls on, and others come anew."""
        if self.host.child.returncode is not None:
            return
        host, port = "localhost", self.caller.address[1]
        healthy = WellMeaning(f"{host}:{port}", ca=self.caller.ca, cert=self.caller.cert, key=self.caller.key)
        try:
            until(lambda: healthy.fared().times, "the well-meaning client is served", 30)
            memory = _Memory(self.host.child)
            results = self.context.Queue()
            process = None
            if attack is not None:
                process = self.context.Process(target=attacks.run, args=(attack, target, seconds, results), daemon=True)
                process.start()
            recovery, refused, served = self._come_anew(process, seconds)
            did = results.get(timeout=60) if process else {}
            if process:
                process.join(30)
            fared = healthy.fared()
            grown = memory.grown()
        finally:
            healthy.end()
        if isinstance(did, Exception):
            raise did
        self._tell(name, did, grown, recovery, refused, served, fared)
        self._judge(name, promised, grown, recovery, served, fared)
        if self.host.child.returncode is None:
            until(lambda: attacks.fresh_call(self.caller) is not None, f"calls are served after '{name}'", 30)

    def _come_anew(self, process, seconds):
        """Calls on connections of their own until the attack is over. (longest time from a refusal to the next service, refusals,
        services); the time is None when it never came."""
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

    def _tell(self, name, did, grown, recovery, refused, served, fared):
        what = ", ".join(f"{count} {key}" for key, count in did.items()) or "nobody attacks"
        self.progress.say(f"{name}: {what}; memory +{grown:.0f} MiB (promised < {_MOST_GROWTH_MIB}), served again after {recovery:.1f} s "
                          f"(promised < {_LONGEST_RECOVERY:.0f}; {refused} of {refused + served} that came anew were refused), "
                          f"p99 {fared.p99_ms} ms of {len(fared.times)} calls (promised < {_HIGHEST_P99_MS}), failed {sum(fared.failures.values())}")
        self.figures.update({f"{name}_grown_mib": round(grown), f"{name}_recovery_s": round(recovery, 1), f"{name}_p99_ms": fared.p99_ms,
                             f"{name}_failed": sum(fared.failures.values())})

    def _judge(self, name, promised, grown, recovery, served, fared):
        if self.host.child.returncode is not None:
            self.problems.append(f"{name}: the host ended with {self.host.child.returncode}:\n{self.host.tail()}")
            return
        if fared.failures or not fared.times:
            self.problems.append(f"{name}: of the well-meaning client {len(fared.times)} calls were answered, {fared.failures} failed: "
                                 f"{fared.last_failure}")
        if not promised:
            return
        if grown >= _MOST_GROWTH_MIB:
            self.problems.append(f"{name}: the memory grew by {grown:.0f} MiB")
        if not served:
            self.problems.append(f"{name}: nobody who came anew was served")
        if self.options.rounds < _TIMES_JUDGED_FROM:
            return
        if recovery >= _LONGEST_RECOVERY:
            self.problems.append(f"{name}: nobody who came anew was served for {recovery:.1f} s")
        if fared.p99_ms is not None and fared.p99_ms >= _HIGHEST_P99_MS:
            self.problems.append(f"{name}: the p99 of the well-meaning client is {fared.p99_ms} ms")


def run(options):
    # As many as the attackers open, and the campaign's own.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = attacks.HELD + 500
    if soft < wanted and (hard == resource.RLIM_INFINITY or hard >= wanted):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return carry_through(FloodCampaign(options), options)
