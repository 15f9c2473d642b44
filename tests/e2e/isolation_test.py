"""A plugin in a process of its own: its end is an event, not an outage; the host's end is its end."""
import os
import signal
import unittest

from harness import database
from harness.case import WorldTest
from harness.polling import until
from harness.runners import ISOLATED, runners_of
from harness.sim import CREDENTIALS, MARKETPLACES

_LISTINGS = [{"sku": "LAMP", "quantity": 10}]


class IsolationTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.killed = 0

    def isolated(self, *settings):
        world = self.world(speed=120, listings=_LISTINGS)
        host = world.host
        host.start(arguments=ISOLATED + settings)
        host.install()
        host.add_account(CREDENTIALS)
        host.add_channel("uk", MARKETPLACES["uk"])
        until(lambda: len(host.listings("uk")) == len(_LISTINGS), "the listings are known", 60)
        return world

    def kill_runner(self, host, number=signal.SIGKILL):
        # One that has loaded the library: the end of one that has not is told in other words.
        until(lambda: host.child.log_text().count("runner started plugin=amazon") > self.killed, "a runner has started", 30)
        self.killed += 1
        pid = until(lambda: runners_of(host.child.pid, "amazon"), "a runner is there", 10)[0]
        os.kill(pid, number)
        until(lambda: pid not in runners_of(host.child.pid, "amazon"), "it is gone", 10)

    def test_its_end_is_told_and_orders_go_on_coming(self):
        world = self.isolated()
        host = world.host
        self.assertEqual(len(runners_of(host.child.pid)), 1)
        for number in (signal.SIGKILL, signal.SIGSEGV):
            self.kill_runner(host, number)
            order = world.sim.place(("LAMP", 1), marketplace="UK")
            until(lambda order=order: order in host.orders(), f"order {order} arrives", 60)
        self.assertEqual(host.stop(), 0)
        with database.copy_of(host.database) as connection:
            crashed = database.events(connection, "plugin.crashed")
            restarted = database.events(connection, "plugin.restarted")
        self.assertEqual([resource for _, resource, _ in crashed], ["plugins/amazon"] * 2)
        self.assertIn("SIGKILL", crashed[0][2]["how"])
        self.assertIn("SIGSEGV", crashed[1][2]["how"])
        self.assertEqual(len(restarted), 2)
        for _, _, attributes in restarted:
            self.assertLess(int(attributes["after_us"]), 1_000_000)

    def test_too_many_ends_are_quarantined_and_a_start_tries_again(self):
        world = self.isolated("--set", "runner.quarantine_crashes=3")
        host = world.host
        for _ in range(3):
            self.kill_runner(host)
        lane = until(lambda: [each for each in host.lanes().values() if "quarantined" in each.get("lastError", "")],
                     "a lane says that the plugin is quarantined", 60)[0]
        self.assertIn("its runner ended 3 times within 60 s, the last time it died of Killed (SIGKILL)", lane["lastError"])
        self.assertEqual(runners_of(host.child.pid), [])
        self.assertEqual(host.stop(), 0)
        with database.copy_of(host.database) as connection:
            self.assertEqual(len(database.events(connection, "plugin.quarantined")), 1)
        host.start(arguments=ISOLATED)
        order = world.sim.place(("LAMP", 1), marketplace="UK")
        until(lambda: order in host.orders(), "orders arrive again", 60)

    def test_no_runner_outlives_a_killed_host(self):
        host = self.isolated().host
        runners = runners_of(host.child.pid)
        self.assertEqual(len(runners), 1)
        os.kill(host.child.pid, signal.SIGKILL)  # it alone: not its group
        until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in runners), "the runner is gone, too", 10)


if __name__ == "__main__":
    unittest.main()
