"""Rows of a file of 1,000,000 lines that a partner puts into a folder: how long until the host has taken every line of it once, and the
most memory that takes. In the middle of it the host is killed and started again, as the file must be resumed there. The lines are of
10,000 listings, over and over, so that the memory is that of reading and not of what is known afterwards.
"""
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from campaign.file_partner import FilePartner, open_folders  # noqa: E402
from campaign.host_world import HostWorld  # noqa: E402
from harness.polling import until  # noqa: E402

TARGETS = {"file_read_1000000": None, "file_read_peak": ("value", "most", 256)}
_LINES, _LISTINGS = 1_000_000, 10_000
_ACCOUNT, _CHANNEL = "supplier", "files"


def _taken(host):
    return int(host.lanes().get(f"{_ACCOUNT}.{_CHANNEL}.listings", {}).get("itemsTotal", 0))


def rows(build):
    world = HostWorld("bench-files")
    try:
        host = world.host
        exchange = world.folder / "exchange"
        open_folders(exchange)
        partner = FilePartner(exchange, random.Random(1), [f"M-{number % _LISTINGS}" for number in range(_LINES)])
        arguments = ("--set", f"transfers.allow=exchange=file://{exchange}")
        host.start(arguments=arguments)
        host.run("plugin", "install", host.trust(build / "bundles" / "flatfile"))
        host.run("account", "add", _ACCOUNT, "--plugin", "flatfile", *partner.options())
        partner.hand_in_listings()
        began = time.monotonic()
        host.add_channel(_CHANNEL, "files", account=_ACCOUNT)
        until(lambda: _taken(host) >= _LINES // 2, "half of the lines are taken", 1800, every=0.5)
        peaks = [host.child.peak_memory_bytes()]
        host.kill()
        host.start(arguments=arguments)
        until(lambda: _taken(host) == _LINES, "every line is taken once", 1800, every=0.5)
        yield {"name": "file_read_1000000", "value": time.monotonic() - began, "unit": "s"}
        peaks.append(host.child.peak_memory_bytes())
        yield {"name": "file_read_peak", "value": max(peaks) / 2**20, "unit": "MB"}
    finally:
        world.close()
