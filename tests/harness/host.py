"""The host as a process, spoken to through the CLI."""
import json
import os
import pathlib
import re
import shutil
import subprocess

from .places import AMAZON_BUNDLE, program
from .polling import until
from .process import Child
from .signing import signed

ORIGINS = ("https://sellingpartnerapi-eu.amazon.com", "https://api.amazon.com", "https://*.s3-eu-west-1.amazonaws.com")
ACCOUNT = "shop"
# Where plugins run, for tests that are carried through in both modes; nothing: as their keys grant.
MODE = os.environ.get("QUAYSIDE_TEST_ISOLATION", "")


class CliError(Exception):
    """A command of the CLI failed."""

    def __init__(self, arguments, result):
        self.code = result.returncode
        self.text = (result.stderr + result.stdout).strip()
        super().__init__(f"quayside {' '.join(arguments)}: exit {self.code}: {self.text}")


def _toml(value):
    return json.dumps(value)


class Host:
    """A data folder, its configuration, and the process that serves it while it runs.

    `sim_url`: Amazon's origins and the clock are the simulator's. `origins`: which address stands for which origin instead.
    """

    def __init__(self, folder, sim_url=None, sync=None, log_level="info", name="host", origins=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.database = self.data / "quayside.db"
        self.socket = self.data / "run" / "quayside.sock"
        self.master_key = self.folder / "master.key"
        self.trusted_keys = self.folder / "trusted-keys"
        self.config = self.folder / "quayside.toml"
        self.log = self.folder / f"{name}.log"
        self.child = None
        self.log.touch()
        lines = ["[host]", f"data_dir = {_toml(str(self.data))}",
                 "[plugins]", f"trusted_keys = {_toml(str(self.trusted_keys))}",
                 *([f"isolation = {_toml(MODE)}"] if MODE else []),
                 "[security]", f"master_key_file = {_toml(str(self.master_key))}",
                 "[log]", f"level = {_toml(log_level)}",
                 # What happened is what tests compare with, however fast the host's clock runs.
                 "[events]", "keep_days = 0"]
        if sync:
            lines += ["[sync]"] + [f"{key} = {_toml(value)}" for key, value in sync.items()]
        if sim_url:
            origins = {origin: sim_url for origin in ORIGINS}
            # By these names the simulator is the end point of one region.
            origins |= {f"https://sellingpartnerapi-{region}.amazon.com": sim_url.replace("127.0.0.1", f"{region}.localhost")
                        for region in ("na", "fe")}
        if origins:
            clock = [f"simulator_clock_url = {_toml(sim_url + '/sim/v1/clock')}"] if sim_url else []
            lines += ["[development]", "enabled = true", *clock,
                      "[development.origin_map]"] + [f"{_toml(origin)} = {_toml(url)}" for origin, url in origins.items()]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def launch(self, failpoint=None, arguments=(), **child_options):
        """Starts the process and does not wait for it."""
        env = {key: value for key, value in os.environ.items() if not key.startswith("QUAYSIDE_")}
        if failpoint:
            env["QUAYSIDE_FAILPOINT"] = failpoint
        self.child = Child([program("quaysided"), "--config", self.config, *arguments], self.log, env=env, **child_options)
        return self.child

    def start(self, seconds=30, **options):
        """Starts the process and waits until the API answers."""
        self.launch(**options)
        self.wait_ready(seconds)
        return self

    def wait_ready(self, seconds=30):
        def ready():
            if self.child.returncode is not None:
                raise AssertionError(f"the host ended with {self.child.returncode}:\n{self.tail()}")
            return self.answers()
        until(ready, "the host answers", seconds)

    def answers(self):
        return self.socket.exists() and self.run("sync", "status", check=False).returncode == 0

    def refused(self, seconds=30, **options):
        """Starts a process that is expected not to come up: its exit status and what it said."""
        before = len(self.child.log_text()) if self.child else len(self.log.read_text(errors="replace"))
        child = self.launch(**options)
        code = child.wait(seconds)
        if code is None:
            child.kill()
            raise AssertionError("the host came up although it should have refused to:\n" + self.tail())
        return code, child.log_text()[before:]

    def fail_points(self):
        """The names it knows: it lists them when it refuses one."""
        code, text = self.refused(failpoint="no-such-point")
        if code != 2:
            raise AssertionError(f"an unknown fail point is answered with {code}: {text}")
        return re.search(r"with a name of: (.*)", text).group(1).strip().split(", ")

    def run(self, *arguments, stdin=None, check=True, timeout=90):
        """One CLI command; the finished process."""
        arguments = [str(each) for each in arguments]
        result = subprocess.run([program("quayside"), "--socket", self.socket, *arguments], input=stdin, text=True,
                                capture_output=True, timeout=timeout, check=False)
        if check and result.returncode != 0:
            raise CliError(arguments, result)
        return result

    def ask(self, *arguments):
        """One CLI command with --json; its answer."""
        text = self.run("--json", *arguments).stdout
        return json.loads(text) if text.strip() else {}

    def local(self, *arguments):
        """The answer of a --json command that asks no host."""
        return json.loads(self.run(*arguments).stdout)

    # The set-up of every world: plugin, account, secrets, channels.
    def install(self):
        self.run("plugin", "install", self.trust(AMAZON_BUNDLE))

    def trust(self, bundle):
        """The signed copy of a bundle, whose key this host trusts in its own process from now on."""
        copy, key = signed(bundle)
        self.trusted_keys.mkdir(exist_ok=True)
        shutil.copy(key, self.trusted_keys)
        return copy

    def add_account(self, secrets, account=ACCOUNT):
        self.run("account", "add", account, "--plugin", "amazon", "--option", "region=eu", "--option", "seller_id=A1QUAYSIDE0EU")
        for name, value in secrets.items():
            self.set_secret(name, value, account)

    def set_secret(self, name, value, account=ACCOUNT):
        self.run("account", "secret", account, name, "--stdin", stdin=value)

    def add_channel(self, channel, marketplace, enable=True, account=ACCOUNT):
        self.run("channel", "add", channel, "--account", account, "--marketplace", marketplace)
        if enable:
            self.run("channel", "enable", channel)

    # What the API says.
    def lanes(self):
        """Lanes by id ("shop.orders")."""
        return {lane["name"].split("/", 1)[1]: lane for lane in self.ask("sync", "status").get("lanes", [])}

    def orders(self, account=ACCOUNT):
        """Every order of an account by the marketplace's id; a list each, so that a double is seen."""
        found = {}
        for order in self.ask("orders", "list", "--account", account, "--limit", "0").get("orders", []):
            found.setdefault(order["externalId"], []).append(order)
        return found

    def listings(self, channel):
        return {listing["sku"]: listing for listing in self.ask("listings", "list", channel, "--limit", "0").get("listings", [])}

    def items(self):
        return {item["sku"]: item for item in self.ask("stock", "list", "--limit", "0").get("items", [])}

    def plan(self, channel):
        """What waits for a person."""
        return self.ask("channel", "plan", channel).get("plan", {})

    def stopped_channels(self):
        """Channels whose quantities wait for a person."""
        return [stopped["channel"].split("/", 1)[1] for lane in self.lanes().values() for stopped in lane.get("stoppedChannels", [])]

    def approve_plans(self):
        """As an operator who agrees with everything: each plan that waits is looked at and applied."""
        for channel in self.stopped_channels():
            plan = self.plan(channel)
            if plan.get("state") == "PLAN_STATE_WAITING":
                # What changed between the look and the word is refused; the next look shows it.
                self.run("channel", "plan", "apply", channel, plan["hash"], check=False)

    def sync(self, lane, check=False):
        return self.run("sync", "start", lane, check=check)

    def stop(self, seconds=30):
        """SIGTERM; the exit status."""
        return self.child.terminate(seconds) if self.child else 0

    def kill(self):
        if self.child:
            self.child.kill()

    def tail(self, lines=25):
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
