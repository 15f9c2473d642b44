"""From a call of the API to the marketplace's own name of the request, by one trace: W3C Trace Context through real processes."""
import datetime
import re
import unittest

from harness import database
from harness.case import WorldTest
from harness.polling import until

_SPEED = 60
_MINUTES = 60


def traceparent(number):
    """(trace id, the header a client sends)."""
    trace = f"{number:032x}"
    return trace, f"00-{trace}-00000000000000aa-01"


class TraceTest(WorldTest):
    def shop(self, sends_traces=False, level="info"):
        """A running world in which MUG is linked, has 10, and Amazon shows it. `sends_traces`: the simulator is told of them."""
        world = self.world(speed=_SPEED, listings=[{"sku": "MUG", "quantity": 10}], log_level=level)
        if sends_traces:
            with world.host.config.open("a", encoding="utf-8") as config:
                config.write(f'[trace]\norigins = "{world.sim.url}"\n')
        world.set_up(channels=("uk",), listed=1)
        world.link(("uk",))
        world.host.run("stock", "set", "MUG", "10")
        world.settle(lambda: world.host.listings("uk")["MUG"].get("quantityAccepted") == 10, "the first quantity is let go and sent", 60)
        return world

    @staticmethod
    def traced(world, trace, operation):
        """The simulator's record of calls of the operation that belong to the trace."""
        return [call for call in world.sim.look("ledger", section="traces")["traces"]
                if call["operation"] == operation and call["traceparent"].split("-")[1] == trace]

    @staticmethod
    def host_time(host):
        """The host's clock: that of the record of a change, here of a pause that is one already."""
        host.run("sync", "pause", "shop.orders", "--note", "the order is fetched by the traced sync")
        return datetime.datetime.fromisoformat(host.ask("audit", "list", "--limit", "1")["records"][0]["time"]).timestamp()

    @staticmethod
    def lines(world, trace):
        return [line for line in world.host.log.read_text(encoding="utf-8").splitlines() if f"trace_id={trace}" in line]

    def test_a_change_and_a_sync_lead_to_the_calls_they_cause(self):
        world = self.shop(sends_traces=True, level="debug")
        host = world.host

        # A change of stock: its own step sends the quantity.
        change, header = traceparent(0x51)
        host.run("--trace", header, "stock", "adjust", "MUG", "-2", "--note", "sold at the counter")
        sent = until(lambda: self.traced(world, change, "patchListingsItem"), "the quantity is sent in the trace of the change", 60)
        self.assertEqual(sent[0]["status"], 200)
        self.assertNotIn(sent[0]["traceparent"].split("-")[2], ("00000000000000aa", "0" * 16), "a span of its own")

        # A sync: it brings the order, and with it the quantity changes.
        self.host_time(host)
        until(lambda: host.lanes()["shop.orders"]["state"] == "LANE_STATE_PAUSED", "no step of the lane runs", 30)
        order = world.sim.place(("MUG", 1), marketplace="UK", status="UNSHIPPED")
        # Amazon shows changes of the last two minutes to nobody, and the host's clock follows when it looks next.
        world.sim.advance(10 * _MINUTES)
        late = world.sim.now_us() / 1e6
        until(lambda: self.host_time(host) >= late, "the host's clock has followed", 30)
        sync, header = traceparent(0x52)
        host.run("--trace", header, "sync", "resume", "shop.orders")
        until(lambda: order in host.orders(), "the order is here", 60)
        searched = self.traced(world, sync, "searchOrders")
        self.assertTrue(searched, "the search was part of the trace")
        until(lambda: self.traced(world, sync, "patchListingsItem"), "and so is what the order changed", 60)

        # The run is found by the trace.
        runs = until(lambda: host.ask("sync", "runs", "--trace", sync)["runs"], "the run of the traced sync is over", 60)
        self.assertIn("lanes/shop.orders", [run["lane"] for run in runs])
        self.assertEqual({run["traceId"] for run in runs}, {sync})

        # The log leads from the trace to Amazon's name of the request, and both name the same span.
        _, _, span, _ = searched[0]["traceparent"].split("-")
        call = [line for line in self.lines(world, sync) if "marketplace call" in line and f"span_id={span}" in line]
        self.assertEqual(len(call), 1, "\n".join(self.lines(world, sync)))
        self.assertIn(f"request_id={searched[0]['request_id']}", call[0])
        self.assertIn("operation=searchOrders", call[0])
        self.assertTrue([line for line in self.lines(world, sync) if "a step ended" in line and "lane=shop.orders" in line])
        self.assertTrue([line for line in self.lines(world, sync) if "ResumeLaneRequest" in line])

        # So do the audit trail and the events.
        records = host.ask("audit", "list", "--limit", "0")["records"]
        resumed = [record for record in records if record["action"] == "SyncService.ResumeLane"]
        self.assertEqual([record["details"].get("trace_id") for record in resumed], [sync])
        self.assertEqual(host.stop(), 0)
        with database.copy_of(host.database) as connection:
            events = database.events(connection, "lane.resumed", "order.received", "quantity.accepted", "stock.adjusted")
        traces = {}
        for kind, _, attributes in events:
            traces.setdefault(kind, []).append(attributes.get("trace_id"))
        self.assertEqual(traces["lane.resumed"], [sync])
        self.assertEqual(traces["order.received"], [sync])
        self.assertEqual(traces["stock.adjusted"], [change])
        self.assertIn(change, traces["quantity.accepted"])
        self.assertIn(sync, traces["quantity.accepted"])
        for trace in traces["quantity.accepted"]:
            self.assertRegex(trace or "", r"^[0-9a-f]{32}$", "a step nobody asked for has a trace of its own")

    def test_nothing_goes_to_a_marketplace_unless_somebody_says_so(self):
        world = self.shop()
        trace, header = traceparent(0x53)
        before = world.sim.calls("searchOrders")
        world.host.run("--trace", header, "sync", "start", "shop.orders")
        until(lambda: world.sim.calls("searchOrders") > before, "orders are asked for", 60)
        self.assertEqual(world.sim.look("ledger", section="traces")["traces"], [])
        failed = world.host.run("--trace", header, "sync", "start", "shop.nonsense", check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertTrue(re.search(rf"^trace: {trace}$", failed.stderr, re.M), failed.stderr)


if __name__ == "__main__":
    unittest.main()
