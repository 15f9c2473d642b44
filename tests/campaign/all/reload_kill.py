"""The host is killed at random moments, and at every fail point of a reload, while versions of a plugin replace each other.

Afterwards a version that works is at work, every order is there once, and no version that harmed nobody is held to have.
"""
import collections
import pathlib
import random
import shutil
import signal
import tempfile
import time

from campaign.carry import carry_through
from campaign.report import Progress, Result
from harness.host import Host
from harness.places import BUILD, program
from harness.polling import until
from harness.process import Child, stop_all

SUMMARY = "kill -9 of the host in the middle of reloads, canaries and ways back; a good version works, nothing lost or doubled"
ROUNDS = 100
TARGETS = ("quaysided", "quayside-probe", "quayside-runner", "quayside", "quayside_versions")

_VERSIONS = BUILD / "bundles" / "versions"
_GOOD = {"v1": "1.0.0", "v1_next": "1.0.1", "v2": "1.1.0"}
_BAD = {"throws": "2.0.0", "late": "2.0.1", "fails": "2.0.2", "refuses_upgrade": "2.0.8", "late_upgraded": "2.1.2"}
_SHOPS = ("a", "b", "c", "d", "e", "f")
_LONGEST_LIFE = 1.2    # seconds from the order to reload to the kill
_POINT_PATIENCE = 20   # the same for a fail point, at which it dies sooner or not at all


class _World:
    """A host with shops of the counter plugin whose lanes never rest."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="quayside-reload-kill-"))
        self.keep = False
        self.host = Host(self.folder / "host")
        key = self.host.local("--json", "plugin", "keygen", "--name", "Counter releases", "--plugin", "counter", "--isolation",
                              "in_process", "--out", self.folder)["key"]
        self.host.run("plugin", "trust", "add", self.folder / f"{key}.toml", "--trusted-keys", self.host.trusted_keys)
        for name in (*_GOOD, *_BAD):
            shutil.copytree(_VERSIONS / name, self.bundle(name))
            self.host.run("plugin", "sign", self.bundle(name), "--key", self.folder / f"{key}.pem")

    def bundle(self, name):
        return self.folder / "bundles" / name

    def tails(self):
        return self.host.tail()

    def close(self):
        self.host.kill()
        stop_all()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)


class ReloadKillCampaign:
    def __init__(self, options):
        self.options = options
        self.rng = random.Random(options.seed)
        self.progress = Progress(options.rounds)
        self.world = _World()
        self.host = self.world.host
        self.points = [name for name in self.host.fail_points() if name.startswith("reload-")]
        self.point_kills = collections.Counter()
        self.kills = 0
        self.problems = []

    def run(self):
        self._set_up()
        for number in range(1, self.options.rounds + 1):
            self._round(number)
            self.progress.show(number, f"{self.kills} kills, {sum(self.point_kills.values())} of them at fail points")
            if len(self.problems) > 20:
                break
        return self._judge()

    def _set_up(self):
        self.host.start()
        self.host.run("plugin", "install", self.world.bundle("v1"))
        for shop in _SHOPS:
            self.host.run("account", "add", shop, "--plugin", "counter", "--option", "pace_us=5000")
            self.host.run("channel", "add", f"{shop}-main", "--account", shop, "--marketplace", "main")
            self.host.run("channel", "enable", f"{shop}-main")
        for name in (*_GOOD, *_BAD):
            if name != "v1":
                self.host.run("plugin", "install", self.world.bundle(name), "--allow-downgrade")
        self._until_orders(5)

    def _until_orders(self, more):
        def items():
            return {name: int(lane.get("itemsTotal", 0)) for name, lane in self.host.lanes().items()}
        before = items()
        until(lambda: all(now >= before.get(name, 0) + more for name, now in items().items()), f"{more} more orders of each shop", 90)

    def _version(self):
        return self.host.ask("plugin", "show", "counter")["plugin"]["version"]

    def _round(self, number):
        at_point = self.rng.random() < 0.5
        if at_point:
            point = self.points[number % len(self.points)]
            self.host.kill()
            self.host.start(failpoint=point)
            self._until_orders(1)
        going_back = self.rng.random() < 0.3
        good = self.rng.random() < 0.6
        target = self.rng.choice(list((_GOOD if good else _BAD).values()))
        order = ["plugin", "rollback", "counter"] if going_back else [
            "plugin", "reload", "counter", "--version", target, "--allow-downgrade", "--canary-seconds", "10"]
        if going_back and at_point:
            # There has to be somewhere to go.
            self.host.run("plugin", "reload", "counter", "--version", self.rng.choice(list(_GOOD.values())), "--allow-downgrade", check=False)
        asked = Child([program("quayside"), "--socket", self.host.socket, *order], self.world.folder / "cli.log")
        if at_point:
            deadline = time.monotonic() + _POINT_PATIENCE
            while self.host.child.returncode is None and asked.returncode is None and time.monotonic() < deadline:
                time.sleep(0.02)
            if self.host.child.returncode == -signal.SIGKILL:
                self.point_kills[point] += 1
        else:
            time.sleep(self.rng.uniform(0, _LONGEST_LIFE))
        self.host.kill()
        self.kills += 1
        if asked.wait(60) is None:
            self.problems.append(f"round {number}: the command does not end although its host is gone")
            asked.kill()
        self.host.start()
        version = self._version()
        if version not in _GOOD.values() and version not in ("2.0.1", "2.1.2"):
            self.problems.append(f"round {number}: version {version}, which never did a step well, works after the kill")
        try:
            self._until_orders(2)
        except AssertionError as error:
            self.problems.append(f"round {number}: with version {version}: {error}")

    def _judge(self):
        lost = doubled = orders = 0
        for shop in _SHOPS:
            numbers = sorted(int(external.split("-")[1]) for external, copies in self.host.orders(shop).items() for _ in copies)
            orders += len(numbers)
            doubled += len(numbers) - len(set(numbers))
            lost += (numbers[-1] + 1 if numbers else 0) - len(set(numbers))
        if lost or doubled:
            self.problems.append(f"{lost} orders lost, {doubled} doubled")
        quarantined = [each["version"] for each in self.host.ask("plugin", "status", "counter")["plugin"]["versions"]
                       if each["state"] == "PLUGIN_VERSION_STATE_QUARANTINED"]
        if quarantined:
            self.problems.append(f"a kill from outside is held against {', '.join(quarantined)}")
        if self.host.stop() != 0:
            self.problems.append("the host did not end with 0 at SIGTERM:\n" + self.host.tail())
        missed = [point for point in self.points if not self.point_kills[point]]
        if missed and self.options.rounds >= 20 * len(self.points):
            self.problems.append(f"never died at {', '.join(missed)}")
        self.progress.say("fail points: " + ", ".join(f"{name} {self.point_kills[name]}" for name in self.points))
        return Result({"rounds": self.options.rounds, "seed": self.options.seed, "kills": self.kills,
                       "at_fail_points": sum(self.point_kills.values()), "orders": orders, "orders_lost": lost, "orders_doubled": doubled,
                       "problems": len(self.problems), "seconds": round(self.progress.seconds)}, self.problems)


def run(options):
    return carry_through(ReloadKillCampaign(options), options)
