"""A merchant's day from end to end: orders flow in, stock flows out, the host stops and goes on; and there is one host only."""
import unittest

from harness.case import WorldTest
from harness.comparison import level_of
from harness.host import Host
from harness.polling import until
from harness.sim import MARKETPLACES

# LAMP and LAMP-EU are two listings of one item.
_LISTINGS = [{"sku": "LAMP", "quantity": 10}, {"sku": "LAMP-EU", "quantity": 10}, {"sku": "MUG", "quantity": 20},
             {"sku": "CHAIR", "fba": True}]


class FirstLightTest(WorldTest):
    def shop(self):
        world = self.world(speed=120, listings=_LISTINGS)
        host = world.set_up(listed=len(_LISTINGS)).host
        for sku, level in (("LAMP", 10), ("MUG", 20), ("CHAIR", 5)):
            host.run("stock", "set", sku, str(level), "--create")
        for channel in MARKETPLACES:
            for sku, item in (("LAMP", "LAMP"), ("LAMP-EU", "LAMP"), ("MUG", "MUG"), ("CHAIR", "CHAIR")):
                host.run("listings", "link", channel, sku, item)
        self.first_quantities_wait(world)
        self.quantities(world, {"LAMP": 10, "LAMP-EU": 10, "MUG": 20})
        return world

    def first_quantities_wait(self, world):
        """Nothing leaves before a person has seen it; the CLI names the command for that wherever one looks."""
        host = world.host
        stopped = until(host.stopped_channels, "the first quantities wait", 60)
        self.assertEqual(len(stopped), 1, "one of the two channels owns the seller's quantities")
        channel = stopped[0]
        until(lambda: int(host.plan(channel).get("rows", 0)) == 3, "all three wait", 60)
        self.assertEqual(world.sim.calls("patchListingsItem"), 0)
        advice = f"quayside channel plan {channel}"
        self.assertIn(advice, host.run("sync", "status").stdout)
        self.assertIn(advice, host.run("listings", "list", channel).stdout)
        plan = host.plan(channel)
        self.assertEqual((plan["reason"], int(plan["zeros"])), ("PLAN_REASON_FIRST_QUANTITIES", 0))
        rows = host.ask("channel", "plan", channel, "--rows")["rows"]
        self.assertEqual([(row["sku"], row["quantity"], row["reason"]) for row in rows],
                         [("LAMP", 10, "10 available"), ("LAMP-EU", 10, "10 available"), ("MUG", 20, "20 available")])
        self.assertIn(f"quayside channel plan apply {channel} {plan['hash']}", host.run("channel", "plan", channel).stdout)
        applied = host.run("channel", "plan", "apply", channel, plan["hash"]).stdout
        self.assertIn("3 quantities go out", applied)
        self.assertNotEqual(host.run("channel", "plan", "apply", channel, plan["hash"], check=False).returncode, 0)

    def quantities(self, world, wanted):
        def shown():
            listings = world.host.listings("uk")
            return all(world.sim.quantity(sku) == quantity and listings[sku].get("quantityAccepted") == quantity
                       for sku, quantity in wanted.items())
        until(shown, f"Amazon shows {wanted}", 60)

    def state(self, world, order, state):
        return until(lambda: [each for each in world.host.orders().get(order, []) if each["state"] == "ORDER_STATE_" + state],
                     f"order {order} is {state}", 60)[0]

    def test_a_day(self):
        world = self.shop()
        host, sim = world.host, world.sim

        # A sale at Amazon lowers the item's other listing too.
        order = sim.place(("LAMP", 2), marketplace="UK", buyer={"name": "Nora Nolan", "city": "Leeds"})
        here = self.state(world, order, "OPEN")
        self.assertEqual([(line["sku"], line["quantity"], line["reserved"]) for line in here["lines"]], [("LAMP", 2, 2)])
        self.assertEqual(here["channel"], "channels/uk")
        self.quantities(world, {"LAMP": 8, "LAMP-EU": 8, "MUG": 20})
        shown = host.ask("orders", "show", order)["order"]
        self.assertEqual((shown["recipient"]["name"], shown["recipient"]["city"]), ("Nora Nolan", "Leeds"))

        # A sale elsewhere.
        host.run("stock", "adjust", "LAMP", "-3", "--note", "sold at the counter")
        self.quantities(world, {"LAMP": 5, "LAMP-EU": 5, "MUG": 20})

        # An unpaid order reserves; its cancellation releases.
        unpaid = sim.place(("LAMP-EU", 1), ("MUG", 4), marketplace="DE", status="PENDING")
        self.state(world, unpaid, "PENDING")
        self.quantities(world, {"LAMP": 4, "LAMP-EU": 4, "MUG": 16})
        sim.act("cancel", order_id=unpaid)
        self.state(world, unpaid, "CANCELLED")
        self.quantities(world, {"LAMP": 5, "LAMP-EU": 5, "MUG": 20})

        # Shipping takes the units out of the level; nothing changes at Amazon.
        sim.act("ship", order_id=order)
        self.state(world, order, "DESPATCHED")
        self.assertEqual(level_of(host.items()["LAMP"]), (5, 0))
        self.quantities(world, {"LAMP": 5, "LAMP-EU": 5, "MUG": 20})

        # What Amazon sells from its own warehouse is an order, and no business of the shelf.
        theirs = sim.place(("CHAIR", 2))
        self.state(world, theirs, "OPEN")
        self.assertEqual(level_of(host.items()["CHAIR"]), (5, 0))
        self.assertEqual(sim.violations(), [])
        for name, lane in host.lanes().items():
            self.assertEqual(int(lane.get("openDeadLetters", 0)), 0, name)

    def test_sigterm_drains_and_a_restart_resumes(self):
        world = self.shop()
        host, sim = world.host, world.sim
        before = sim.place(("MUG", 1))
        self.state(world, before, "OPEN")
        host.sync("shop.orders")
        host.run("stock", "adjust", "MUG", "-1", "--note", "on its way when the signal comes")
        watermark = host.lanes()["shop.orders"]["watermarkTime"]
        self.assertEqual(host.stop(), 0, host.tail())
        log = host.log.read_text(encoding="utf-8")
        self.assertIn("stopped", log)
        for word in ("could not be unloaded", "fenced", " error "):
            self.assertNotIn(word, log)
        self.assertEqual(list((host.data / "loaded").iterdir()), [], "a loaded copy of the plugin is left")
        self.assertFalse(host.socket.exists(), "the socket is left")

        while_down = sim.place(("MUG", 2))
        sim.advance(600)
        host.start()
        self.state(world, while_down, "OPEN")
        self.quantities(world, {"MUG": 16})
        self.assertGreaterEqual(host.lanes()["shop.orders"]["watermarkTime"], watermark)
        self.assertEqual({order: len(copies) for order, copies in host.orders().items()}, {before: 1, while_down: 1})
        self.assertEqual(host.stop(), 0)

    def test_a_second_host_is_refused_and_does_no_harm(self):
        world = self.world(listings=_LISTINGS)
        host = world.host.start()

        same_folder = Host(world.folder / "host", world.sim.url, name="second")
        code, text = same_folder.refused(arguments=["--set", f"host.socket={world.folder}/other/q.sock"])
        self.assertNotEqual(code, 0)
        self.assertIn("DATABASE_LOCKED", text)
        self.assertIn(str(host.child.pid), text, "it says who holds the folder")
        self.assertIn("stop it or choose another folder", text)

        same_socket = Host(world.folder / "third", world.sim.url, name="third")
        code, text = same_socket.refused(arguments=["--set", f"host.socket={host.socket}"])
        self.assertNotEqual(code, 0)
        self.assertIn("SOCKET_IN_USE", text)

        self.assertTrue(host.answers(), "the first host goes on")
        self.assertEqual(host.stop(), 0)


if __name__ == "__main__":
    unittest.main()
