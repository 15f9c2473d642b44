"""Attacks on the two ways in from other machines: the host's own listener, with client certificates, and the nginx that the package brings,
with tokens. Strangers reset calls by the thousand, take every connection, or shake hands byte by byte; callers who are let in do not read,
or send for ever. A round is a second of each attack.

Printed beside the figures of the API's promise: memory may grow by less than 50 MiB and calls are served again less than 5 s after the
first was refused, under resets, exhausted descriptors and slow handshakes by strangers; meanwhile the p99 of a client that means well, on a
connection it has, stays below 250 ms. A caller who does not read costs less than 100 MiB; what one who sends for ever does is told, and must
not end the host. Times are judged from ten rounds on: fewer are a test beside others.
"""
import resource

from campaign import attacks
from campaign.carry import carry_through
from campaign.flood_scene import Scene
from campaign.host_world import HostWorld
from campaign.report import Progress, Result
from harness.front import Front
from harness.remote import NAME, RemoteHost, make_certificates

SUMMARY = "rapid reset, exhausted descriptors and slow clients, on the TLS listener and through nginx; a round is a second of each attack"
ROUNDS = 20
TARGETS = ("quaysided", "quayside")

_DESCRIPTORS = 512        # that the host may have; an attacker holds ten times as many connections
_FRONTED_DESCRIPTORS = 4_096  # each call under way through the front is a connection
_FEWEST_SECONDS = 10      # of an attack on connections: a handshake's time must run out in it
_EVENTS = 3_000           # there for those who read slowly
_LARGEST_LOG_KIB = 256    # strangers must not fill a disk with what is said about them
# The front bounds what one address takes, so that its attackers come from another one than its clients.
_ATTACKER = "127.0.0.66"
# What callers who are let in may make the host hold back: they are limited, and known by name.
_MOST_OF_A_CALLER_MIB = 100


class FloodCampaign:
    def __init__(self, options):
        self.options = options
        self.progress = Progress(6)
        self.problems = []
        self.figures = {}
        self.world = HostWorld("flood")
        self.tls = make_certificates(self.world.folder)

    def run(self):
        self._direct()
        self._fronted()
        return Result({"rounds": self.options.rounds, "seed": self.options.seed, **self.figures, "problems": len(self.problems),
                       "seconds": round(self.progress.seconds)}, self.problems)

    def _direct(self):
        host = RemoteHost(self.world.folder / "direct", tls=self.tls, limits={"calls_per_second": 10_000})
        self.world.host = host
        # The one with the certificate also sends levels.
        host.config.write_text(host.config.read_text(encoding="utf-8").replace('"viewer"', '"operator"'), encoding="utf-8")
        self._start(host, _DESCRIPTORS)
        certificate = {"ca": str(self.tls / "ca.pem"), "cert": str(self.tls / "laptop.pem"), "key": str(self.tls / "laptop.key")}
        caller = attacks.Target(("127.0.0.1", host.port), **certificate)
        scene = Scene(self.options.rounds, host, caller, (f"{NAME}:{host.port}", certificate), self.progress)
        self._attack_all(scene, caller, caller)
        self._end(scene)

    def _fronted(self):
        host = RemoteHost(self.world.folder / "fronted", limits={"calls_per_second": 10_000})
        self.world.host = host
        self._start(host, _FRONTED_DESCRIPTORS)
        token = host.token("caller", "--role", "operator")
        front = Front(self.world.folder / "nginx", host.port, self.tls).start()
        ca = str(self.tls / "ca.pem")
        caller = attacks.Target(("127.0.0.1", front.port), ca, token=token.read_text(encoding="ascii").strip())
        scene = Scene(self.options.rounds, host, caller, (f"{NAME}:{front.port}", {"ca": ca, "token": str(token)}), self.progress,
                      prefix="fronted_", front=front)
        try:
            self._attack_all(scene, caller, caller.elsewhere(_ATTACKER))
        finally:
            if front.stop() != 0:
                scene.problems.append("the front did not end with 0:\n" + front.tail())
        self._end(scene)

    @staticmethod
    def _start(host, descriptors):
        host.start(limits=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)))
        rows = "SKU,Level\n" + "".join(f"S-{number},{number}\n" for number in range(_EVENTS))
        host.run("stock", "set", "--file", "-", "--create", stdin=rows)

    def _attack_all(self, scene, caller, attacker):
        """`attacker`: who is let in, and means ill; without what lets him in he is a stranger."""
        seconds = self.options.rounds
        stranger = attacker.stranger()
        scene.attack("calm", None, caller, min(seconds, 5))
        scene.attack("reset", attacks.rapid_reset, stranger, seconds, promised=True)
        scene.attack("descriptors", attacks.hold_descriptors, stranger, max(seconds, _FEWEST_SECONDS), promised=True)
        scene.attack("slow_handshake", attacks.slow_handshake, stranger, max(seconds, _FEWEST_SECONDS), promised=True)
        scene.attack("slow_reader", attacks.slow_reader, attacker, seconds, most_growth_mib=_MOST_OF_A_CALLER_MIB)
        scene.attack("slow_body", attacks.slow_body, attacker, seconds)

    def _end(self, scene):
        host = scene.host
        log_kib = host.log.stat().st_size // 1024
        scene.figures[f"{scene.prefix}log_kib"] = log_kib
        if log_kib > _LARGEST_LOG_KIB:
            scene.problems.append(f"{scene.prefix}the log has {log_kib} KiB, the last of it:\n{host.tail(5)}")
        if host.child.returncode is None and host.stop() != 0:
            scene.problems.append("the host did not end with 0 at SIGTERM:\n" + host.tail())
        self.figures.update(scene.figures)
        self.problems += scene.problems


def run(options):
    # As many as the attackers open, and the campaign's own.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = attacks.HELD + 500
    if soft < wanted and (hard == resource.RLIM_INFINITY or hard >= wanted):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return carry_through(FloodCampaign(options), options)
