"""Events are kept for as long as the configuration says, by the host's clock; who was away for longer is told, or begins anew."""
import unittest

from harness.case import WorldTest
from harness.polling import until

_DAY = 86_400


class EventsTest(WorldTest):
    def test_old_events_go_and_who_resumes_from_them_is_told(self):
        world = self.world(speed=60, listings=[{"sku": "MUG", "quantity": 5}])
        host = world.host
        host.config.write_text(host.config.read_text(encoding="utf-8").replace("keep_days = 0", "keep_days = 2"), encoding="utf-8")
        world.set_up(channels=("uk",), listed=1)
        self.assertEqual(host.ask("admin", "info")["firstRevision"], "1")
        self.assertEqual(host.ask("admin", "limits")["eventLifetime"], f"{2 * _DAY}s")

        # The host's clock follows the simulator's; its housekeeping comes round by it.
        world.sim.advance(3 * _DAY)
        until(lambda: self.compacted(host), "what is older than two days is gone", 90)
        host.run("stock", "set", "MUG", "3", "--create")
        info = self.compacted(host)
        first, last = int(info["firstRevision"]), int(info["lastRevision"])
        self.assertLess(first, last)
        kept = host.ask("sync", "events", "--limit", "0")["events"]
        self.assertEqual(int(kept[0]["revision"]), first)
        self.assertIn("stock.set", [event["type"] for event in kept])

        gone = host.run("sync", "watch", "--after", "1", check=False)
        self.assertEqual(gone.returncode, 1, gone.stdout)
        self.assertIn("[HISTORY_GONE]", gone.stderr)
        self.assertNotEqual(host.run("sync", "events", "--after", "1", check=False).returncode, 0)

        # A restart changes nothing about it.
        self.assertEqual(host.stop(), 0)
        host.start()
        self.assertEqual(host.ask("admin", "info")["firstRevision"], info["firstRevision"])

    @staticmethod
    def compacted(host):
        info = host.ask("admin", "info")
        return info if int(info["firstRevision"]) > 1 else None


if __name__ == "__main__":
    unittest.main()
