"""Rows of the whole host beside a simulated Amazon: what of an allowance is used, calls per order, a report of 1,000,000 lines, and the
same orders read by the npm package amazon-sp-api.

allowance_used: quantities served in a minute of a backlog, of what patchListingsItem's rate allows in it; throttled: the share of calls
that were refused meanwhile. orders_1000: from the channel's start until the host shows all orders, stored and sealed; npm: the same
orders read and forgotten. Neither waits for an allowance. report_read: from the document's first byte until the host knows every
listing; peak: the host's largest resident memory (VmHWM); sim: the simulator's, which serves a report of as many listings.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.polling import until  # noqa: E402
from harness.sim import CREDENTIALS, MARKETPLACES, SELLER  # noqa: E402
from harness.world import World  # noqa: E402

_OPERATIONS = ("searchOrders", "patchListingsItem", "searchListingsItems", "getMarketplaceParticipations", "token")
TARGETS = {
    "allowance_used": ("value", "least", 99),
    "allowance_throttled": ("value", "most", 0.1),
    **{f"calls_per_1000_orders_{operation}": None for operation in (*_OPERATIONS, "other")},
    "orders_1000": None,
    "orders_1000_calls": None,
    "orders_1000_npm": None,
    "orders_1000_npm_calls": None,
    "report_read_1000000": None,
    "report_read_peak": ("value", "most", 256),
    "report_sim_peak": ("value", "most", 256),
}

_ORDERS = 1_000
_RATE = 5                # patchListingsItem, a second
_BACKLOG = 3_000
_LINES = 1_000_000
_SINCE_S = 7_200
_DAY_US = 86_400 * 10**6
_DAY_SPEED = 600


def _memory_mb(pid, name):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name + ":")) / 1024


def _known(host, channel="uk"):
    return int(host.ask("listings", "list", channel, "--limit", "1").get("total", 0))


def _allowance(_):
    world = World(speed=4, settings={}, sync={"document_from": 1_000_000},
                  listings=[{"generate": {"count": _BACKLOG, "prefix": "MUG-", "quantity": [1000, 1000]}}])
    try:
        host, sim = world.host, world.sim
        host.start()
        host.install()
        host.add_account(CREDENTIALS)
        host.add_channel("uk", MARKETPLACES["uk"])
        sim.act("clock", speed=240)
        until(lambda: _known(host) == _BACKLOG, "the listings are known", 300, every=1)
        host.run("sync", "pause", "shop.inventory", "--note", "until all of it waits")
        world.link(("uk",))
        host.run("stock", "set", "--file", "-", stdin="SKU,Level\n" + "".join(f"{sku},900\n" for sku in sim.listings()))
        # Before anything leaves: a host that has not seen yet that the clock became slower takes more than there is.
        sim.act("clock", speed=4)
        host.run("sync", "resume", "shop.inventory")
        until(lambda: host.stopped_channels() and int(host.plan("uk")["undecided"]) == 0, "all of it is decided and waits for a word", 120)
        world.settle(lambda: sim.calls("patchListingsItem") > 40, "the burst is over", 60)

        def look():
            calls = sim.look("ledger", section="calls")["calls"][SELLER]["patchListingsItem"]
            return sim.now_us(), calls["calls"], calls["throttled"]
        began = look()
        time.sleep(60)
        ended = look()
        seconds = (ended[0] - began[0]) / 1e6
        calls, throttled = ended[1] - began[1], ended[2] - began[2]
        yield {"name": "allowance_used", "value": 100 * (calls - throttled) / (_RATE * seconds), "unit": "%"}
        yield {"name": "allowance_throttled", "value": 100 * throttled / calls, "unit": "%"}
    finally:
        world.close()


def _node_modules(build):
    folder = build / "npm-alternative"
    source = pathlib.Path(__file__).with_name("npm")
    if not (folder / "node_modules" / "amazon-sp-api").exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / "package.json", folder)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
    return folder / "node_modules"


def _orders(build):
    skus = [f"MUG-{n:02}" for n in range(20)]
    # Nobody waits: what is measured is the work.
    world = World(speed=1, settings={"rate_limits_enabled": False}, listings=[{"sku": sku, "quantity": 100_000} for sku in skus])
    try:
        host, sim = world.host, world.sim
        sim.act("place-orders", count=_ORDERS, skus=skus, quantity=1, marketplace="UK")
        sim.advance(600)  # what is two minutes old can be asked for
        host.start()
        host.install()
        host.add_account(CREDENTIALS)
        began = time.monotonic()
        host.add_channel("uk", MARKETPLACES["uk"])
        until(lambda: int(host.lanes()["shop.orders"].get("itemsTotal", 0)) >= _ORDERS, "all orders are here", 120, every=0.02)
        yield {"name": "orders_1000", "value": time.monotonic() - began, "unit": "s"}
        before = sim.calls("searchOrders")
        yield {"name": "orders_1000_calls", "value": before, "unit": "calls"}
        host.stop()
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(sim.now_us() / 1e6 - _SINCE_S))
        done = subprocess.run(["node", pathlib.Path(__file__).with_name("npm") / "read_orders.js", str(sim.port), since], check=True,
                              stdout=subprocess.PIPE, text=True,
                              env={**os.environ, "NODE_PATH": str(_node_modules(build)), "LWA_ID": CREDENTIALS["lwa_client_id"],
                                   "LWA_SECRET": CREDENTIALS["lwa_client_secret"], "LWA_TOKEN": CREDENTIALS["lwa_refresh_token"]})
        read = json.loads(done.stdout.splitlines()[-1])
        if read["orders"] != _ORDERS:
            raise SystemExit(f"amazon-sp-api read {read['orders']} orders of {_ORDERS}")
        yield {"name": "orders_1000_npm", "value": read["seconds"], "unit": "s"}
        yield {"name": "orders_1000_npm_calls", "value": sim.calls("searchOrders") - before, "unit": "calls"}
    finally:
        world.close()


def _calls(sim):
    sellers = sim.look("ledger", section="calls")["calls"].values()
    return {operation: counts["calls"] for calls in sellers for operation, counts in calls.items()}


def _day(_):
    skus = [f"MUG-{n:03}" for n in range(200)]
    world = World(speed=_DAY_SPEED, settings={}, listings=[{"sku": sku, "quantity": 1_000} for sku in skus])
    try:
        host, sim = world.host, world.sim
        world.set_up(channels=("uk",), listed=len(skus))
        world.link(("uk",))
        host.run("stock", "set", "--file", "-", stdin="SKU,Level\n" + "".join(f"{sku},1000\n" for sku in skus))
        world.settle(lambda: all(each.get("quantityState") == "QUANTITY_STATE_CURRENT" for each in host.listings("uk").values()),
                     "all is settled", 120)
        before = _calls(sim)
        began_us = sim.now_us()
        for placed in range(0, _ORDERS, 10):
            sim.act("place-orders", count=10, skus=skus, quantity=1, marketplace="UK")
            until(lambda: sim.now_us() - began_us >= (placed + 10) / _ORDERS * _DAY_US, "the next come", 60, every=0.2)
        until(lambda: int(host.lanes()["shop.orders"].get("itemsTotal", 0)) >= _ORDERS, "all orders are here", 60, every=0.5)
        per = {operation: count - before.get(operation, 0) for operation, count in _calls(sim).items()}
        for operation in _OPERATIONS:
            yield {"name": f"calls_per_1000_orders_{operation}", "value": per.pop(operation, 0), "unit": "calls"}
        yield {"name": "calls_per_1000_orders_other", "value": sum(per.values()), "unit": "calls"}
    finally:
        world.close()


def _report(_):
    # scenarios/million.json
    # No faster: a step, in which the whole document is fetched, has a minute of this time.
    world = World(speed=10, settings={}, sim_seconds=300, listings=[{"generate": {
        "count": _LINES, "prefix": "M-", "quantity": [0, 80], "fba_share": 0.1, "odd_titles": 0.02, "in_ledger": False}}])
    try:
        host, sim = world.host, world.sim
        host.start()
        host.install()
        host.add_account(CREDENTIALS)
        host.add_channel("uk", MARKETPLACES["uk"])
        until(lambda: sim.calls("downloadDocument") > 0, "the report is made", 600, every=0.2)
        began = time.monotonic()
        until(lambda: _known(host) == _LINES, "every listing is known", 1800, every=1)
        yield {"name": "report_read_1000000", "value": time.monotonic() - began, "unit": "s"}
        yield {"name": "report_read_peak", "value": _memory_mb(host.child.pid, "VmHWM"), "unit": "MB"}
        yield {"name": "report_sim_peak", "value": _memory_mb(sim.child.pid, "VmHWM"), "unit": "MB"}
    finally:
        world.close()


# What measures the rows whose names begin so, of a build folder.
PARTS = {"allowance_": _allowance, "orders_": _orders, "calls_per_": _day, "report_": _report}
