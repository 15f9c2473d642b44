"""Base of the end-to-end tests: worlds that end with the test, and logs when it fails."""
import sys
import unittest

from .process import stop_all
from .world import World


class WorldTest(unittest.TestCase):
    """self.world(...) makes a World that is closed after the test; a failure prints the tails of its logs."""
    longMessage = True
    maxDiff = None

    def setUp(self):
        self._worlds = []

    def world(self, **options):
        world = World(**options)
        self._worlds.append(world)
        return world

    def run(self, result=None):
        result = result or self.defaultTestResult()
        before = len(result.failures) + len(result.errors)
        super().run(result)
        failed = len(result.failures) + len(result.errors) > before
        for world in getattr(self, "_worlds", []):
            if failed:
                print(f"=== {self.id()} failed; its world:\n{world.tails()}", file=sys.stderr)
            world.close()
        self._worlds = []
        stop_all()
        return result
