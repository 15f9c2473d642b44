"""The later version of Amazon's API for orders that its warehouse ships, and the option that chooses between the versions."""
import unittest

from e2e import failpoints_test, outbound_test
from e2e.outbound_test import LATER, OLDER, SLOW, becomes, given, look_again, shop_of, there, use
from harness.case import WorldTest


class LaterOutboundTest(outbound_test.EitherVersion, WorldTest):
    version, creates = LATER, "outbound2026.createOrder"

    def test_an_order_that_is_taken_first_and_decided_later_is_followed(self):
        world = self.shop(outbound={**SLOW, "create_later": True, "visible_after_s": [60, 60]})
        order, outbound = given(world)
        world.sim.act("ship-outbound", order_id=outbound)
        look_again(world)
        becomes(world, order, "DONE")
        self.assertEqual(len(there(world.sim)), 1)


class ChosenVersionTest(WorldTest):
    def test_an_order_under_way_is_followed_when_the_version_is_changed(self):
        world = shop_of(self, OLDER, outbound=SLOW)
        first, outbound = given(world)
        use(world, LATER)
        second, _ = given(world)
        self.assertEqual((world.sim.calls("createFulfillmentOrder"), world.sim.calls("outbound2026.createOrder")), (1, 1))
        world.sim.act("ship-outbound", all=True)
        look_again(world)
        for order in (first, second):
            becomes(world, order, "DONE")
        self.assertEqual(len(there(world.sim)), 2, f"{outbound} was sent once")

    def test_a_version_amazon_does_not_have_is_refused(self):
        world = self.world(listings=[])
        world.set_up(channels=())
        refused = world.host.run("account", "update", "shop", "--option", "outbound_api=2019-01-01", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("outbound_api", refused.stderr)


class LaterOutboundFailPointsTest(outbound_test.EveryFailPoint, failpoints_test.FailPointCase):
    version = LATER


if __name__ == "__main__":
    unittest.main()
