"""Rows of a file of 1,000,000 listings that a partner puts into a folder: how long until the host knows every line of it, and the most
memory that takes. In the middle of it the host is killed and started again, as the file must be resumed there.
"""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from campaign.file_partner import FilePartner, open_folders  # noqa: E402
from campaign.host_world import HostWorld  # noqa: E402
from harness.polling import until  # noqa: E402

TARGETS = {"file_read_1000000": None, "file_read_peak": ("value", "most", 256)}
_LINES = 1_000_000
_ACCOUNT, _CHANNEL = "supplier", "files"


def _known(host):
    return int(host.ask("listings", "list", _CHANNEL, "--limit", "1").get("total", 0))


def rows(build):
    world = HostWorld("bench-files")
    try:
        host = world.host
        exchange = world.folder / "exchange"
        open_folders(exchange)
        partner = FilePartner(exchange, None, [f"M-{number}" for number in range(_LINES)])
        arguments = ("--set", f"transfers.allow=exchange=file://{exchange}")
        host.start(arguments=arguments)
        host.run("plugin", "install", host.trust(build / "bundles" / "flatfile"))
        host.run("account", "add", _ACCOUNT, "--plugin", "flatfile", *partner.options())
        partner.hand_in_listings()
        began = time.monotonic()
        host.add_channel(_CHANNEL, "files", account=_ACCOUNT)
        until(lambda: _known(host) >= _LINES // 2, "half of the lines are known", 1800, every=1)
        peaks = [host.child.peak_memory_bytes()]
        host.kill()
        host.start(arguments=arguments)
        until(lambda: _known(host) == _LINES, "every line is known", 1800, every=1)
        yield {"name": "file_read_1000000", "value": time.monotonic() - began, "unit": "s"}
        peaks.append(host.child.peak_memory_bytes())
        yield {"name": "file_read_peak", "value": max(peaks) / 2**20, "unit": "MB"}
    finally:
        world.close()
