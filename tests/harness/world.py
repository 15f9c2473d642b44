"""A simulator and a host beside each other in a folder of their own."""
import pathlib
import shutil
import tempfile

from .host import Host
from .polling import until
from .sim import CREDENTIALS, MARKETPLACES, Sim


class World:
    """`keep`: the folder stays when the world ends, for whoever wants to look. `production`: the host knows nothing of the simulator
    and is not in development mode."""

    def __init__(self, speed=60, seed=1, listings=(), settings=None, sync=None, log_level="info", sim_seconds=30,
                 production=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="quayside-world-"))
        self.keep = False
        self.sim = Sim(self.folder, speed=speed, seed=seed, listings=listings, settings=settings, seconds=sim_seconds)
        self.host = Host(self.folder / "host", None if production else self.sim.url, sync=sync, log_level=log_level)

    def set_up(self, channels=("uk", "de"), secrets=None, listed=None):
        """Host started, plugin installed, account and channels there; waits until `listed` listings of each are known."""
        self.host.start()
        self.host.install()
        self.host.add_account(CREDENTIALS if secrets is None else secrets)
        for channel in channels:
            self.host.add_channel(channel, MARKETPLACES[channel])
        for channel in channels if listed else ():
            until(lambda channel=channel: len(self.host.listings(channel)) == listed, f"{listed} listings of {channel} are known", 60)
        return self

    def link(self, channels=("uk", "de")):
        for channel in channels:
            self.host.run("listings", "link", channel, "--by-sku", "--create-items")

    def settle(self, condition, what, seconds=60.0, every=0.05):
        """Waits for the condition while an operator approves whatever waits for a word."""
        def look():
            self.host.approve_plans()
            return condition()
        return until(look, what, seconds, every)

    def tails(self):
        """The ends of all logs, for a failure's report."""
        texts = []
        for log in sorted(self.folder.rglob("*.log")):
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            texts.append(f"--- {log.name} (last of {len(lines)} lines)\n" + "\n".join(lines[-25:]))
        return "\n".join(texts)

    def close(self):
        self.host.kill()
        self.sim.stop()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
