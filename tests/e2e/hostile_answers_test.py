"""What Amazon or somebody in between may answer: malformed orders, endless bodies, redirects, names that look like credentials."""
import unittest

from harness.case import WorldTest
from harness.polling import until

_REFRESH_TOKEN = "Atzr|first-light-refresh-token"
_LOOKS_LIKE_SECRETS = ["{{lwa_refresh_token}}", "${lwa}", "Atzr|somebody-elses-token"]


def _resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


class HostileAnswersTest(WorldTest):
    def shop(self):
        world = self.world(speed=120, listings=[{"sku": "MUG", "quantity": 50}])
        world.set_up(listed=1)
        return world

    def lane(self, world, name="shop.orders"):
        return next(lane for lane in world.host.ask("sync", "status")["lanes"] if lane["name"].endswith(name))

    def test_malformed_order_becomes_a_dead_letter_and_the_rest_goes_on(self):
        world = self.shop()
        # Also a page without orders uses one up, and an order shows late.
        world.sim.fault("malformed-order", operation="searchOrders", count=1000, variant="text-quantity")
        orders = [world.sim.place(("MUG", 1), status="UNSHIPPED") for _ in range(3)]
        until(lambda: len(set(orders) & set(world.host.orders())) >= 2, "the good orders are here", 60)
        until(lambda: int(self.lane(world).get("openDeadLetters", 0)) >= 1, "the bad one is a dead letter", 60)

    def test_two_gigabytes_and_endless_redirects_do_no_harm(self):
        world = self.shop()
        world.sim.fault("huge-body", operation="searchOrders", count=1, gigabytes=2)
        order = world.sim.place(("MUG", 1), status="UNSHIPPED")
        world.host.sync("shop.orders")
        until(lambda: order in world.host.orders(), "the order is here after the huge answer", 90)
        self.assertLess(_resident_mb(world.host.child.pid), 200)
        world.sim.fault("redirect-loop", operation="searchOrders", count=1)
        order = world.sim.place(("MUG", 1), status="UNSHIPPED")
        until(lambda: order in world.host.orders(), "the order is here after the redirects", 90)

    def test_names_that_look_like_credentials_stay_names(self):
        world = self.shop()
        orders = [world.sim.place(("MUG", 1), status="UNSHIPPED", buyer={"name": name}) for name in _LOOKS_LIKE_SECRETS]
        until(lambda: set(orders) <= set(world.host.orders()), "the orders are here", 60)
        for order, name in zip(orders, _LOOKS_LIKE_SECRETS):
            shown = str(world.host.ask("orders", "show", order))
            self.assertIn(name, shown)
            self.assertNotIn(_REFRESH_TOKEN, shown)
        self.assertEqual(world.host.stop(), 0)
        for path in [world.host.log, *world.host.data.glob("quayside.db*")]:
            content = path.read_bytes()
            for secret in [_REFRESH_TOKEN, *_LOOKS_LIKE_SECRETS]:
                self.assertNotIn(secret.encode(), content, f"{secret} stands in {path.name}")

    def test_wrong_credentials_wait_for_an_operator_and_recover(self):
        world = self.shop()
        world.host.set_secret("lwa_refresh_token", "Atzr|wrong")
        world.host.sync("shop.orders")
        until(lambda: self.lane(world)["state"] == "LANE_STATE_NEEDS_OPERATOR", "the lane waits for an operator", 60)
        self.assertEqual(self.lane(world)["lastErrorReason"], "CREDENTIALS_REFUSED")
        world.host.set_secret("lwa_refresh_token", _REFRESH_TOKEN)
        order = world.sim.place(("MUG", 1), status="UNSHIPPED")
        until(lambda: order in world.host.orders(), "orders flow again", 60)


if __name__ == "__main__":
    unittest.main()
