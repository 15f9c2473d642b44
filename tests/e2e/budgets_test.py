"""Allowances of the real processes: what an operator reads of them, and what a restart remembers."""
import unittest

from harness.case import WorldTest
from harness.polling import until

_OPERATION = "patchListingsItem"
_SPEED = 60
_SKUS = 120


class BudgetsTest(WorldTest):
    def shop(self):
        limits = {"rate_limits": {
            "searchOrders": {"rate": 1, "burst": 20, "advertised": 1},
            _OPERATION: {"rate": 0.5, "burst": 5, "advertised": 0.5}}}
        world = self.world(speed=_SPEED, settings=limits,
                           listings=[{"sku": f"MUG-{i:03}", "quantity": 1000} for i in range(_SKUS)])
        world.set_up(channels=("uk",), listed=_SKUS)
        world.link(("uk",))
        self.level = 1000
        self.lower(world)
        world.settle(lambda: len(self.accepted(world)) == _SKUS, "the first quantities are let go and sent")
        return world

    @staticmethod
    def accepted(world):
        return [sku for sku, listing in world.host.listings("uk").items() if "quantityAccepted" in listing]

    def lower(self, world):
        """Every quantity is too high from now on: a raise would wait for orders."""
        self.level -= 1
        table = world.folder / "levels.csv"
        table.write_text("SKU,Level\n" + "".join(f"MUG-{i:03},{self.level}\n" for i in range(_SKUS)), encoding="utf-8")
        world.host.run("stock", "set", "--file", str(table))

    @staticmethod
    def budget(world):
        answer = world.host.ask("sync", "budgets", "shop")
        return next(budget for budget in answer["rateBudgets"] if budget["operation"] == _OPERATION)

    def test_a_backlog_says_how_long_it_will_take(self):
        world = self.shop()
        world.host.run("sync", "pause", "shop.inventory", "--note", "nothing is sent yet")
        self.lower(world)
        paused = self.budget(world)["backlog"]
        self.assertEqual(int(paused["waiting"]) + int(paused["undecided"]), _SKUS)
        self.assertNotIn("doneTime", paused)
        self.assertIn("quayside sync resume shop.inventory", world.host.run("sync", "budgets", "shop").stdout)
        world.host.run("sync", "resume", "shop.inventory")
        self.assertIn("done about in", world.host.run("sync", "budgets", "shop").stdout)
        until(lambda: "doneTime" not in self.budget(world)["backlog"], "all of it is sent", 60)

    def test_another_program_is_noticed_told_and_remembered_and_forgotten_when_it_ends(self):
        world = self.shop()

        def alone():
            # On a slow machine a call can come a moment too early; the next good ones make up for it.
            self.lower(world)
            return self.budget(world)["share"] == 1
        until(alone, "all of the allowance is used", 60, every=1)
        world.sim.act("other-program", operation=_OPERATION, per_s=0.4)

        def noticed():
            self.lower(world)
            return self.budget(world)["share"] < 1
        until(noticed, "calls are refused and the share falls", 60, every=1)
        told = world.host.run("sync", "budgets").stdout
        self.assertIn(f"shop {_OPERATION}: another program seems to use this allowance since", told)
        budget = self.budget(world)
        self.assertEqual([user["lane"] for user in budget["usedBy"]], ["lanes/shop.inventory"])
        self.assertIn("lastRefusedTime", budget)

        world.sim.act("other-program", operation=_OPERATION, per_s=0)
        world.host.stop()
        world.host.start()
        remembered = self.budget(world)
        self.assertLess(remembered["share"], 1)
        self.assertEqual(remembered["sharedSinceTime"], budget["sharedSinceTime"])

        # Hours pass without a call; the next ones find out that the other has gone.
        world.sim.advance(4 * 3600)

        def forgotten():
            self.lower(world)
            return self.budget(world)["share"] == 1
        until(forgotten, "the share is whole again", 60, every=1)
        self.assertNotIn("another program", world.host.run("sync", "budgets").stdout)


if __name__ == "__main__":
    unittest.main()
