"""A foreign client drives the API of a live host: python3-grpcio, through reflection, no code of ours."""
import subprocess
import unittest

from harness.case import WorldTest
from harness.places import ROOT


class PythonClientTest(WorldTest):
    def test_python_client(self):
        world = self.world(listings=[{"sku": "MUG", "quantity": 5}])
        world.set_up(listed=1)
        result = subprocess.run(["/usr/bin/python3", ROOT / "tests" / "api" / "python_client_test.py", world.host.socket],
                                capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main()
