"""A host in a folder of its own, with no simulator beside it: the world of a campaign (carry.py)."""
import pathlib
import shutil
import tempfile

from harness.host import Host


class HostWorld:
    """`place`: where the folder is made (folders.fast()); `host_options`: of Host."""

    def __init__(self, name, place=None, **host_options):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"quayside-{name}-", dir=place))
        self.keep = False
        self.host = Host(self.folder / "host", **host_options)

    def tails(self):
        return self.host.tail()

    def close(self):
        self.host.kill()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
