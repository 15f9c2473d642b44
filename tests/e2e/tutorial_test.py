"""The commands of sdk/TUTORIAL.md, from an empty folder with nothing but the installed SDK, and a host for its last step."""
import re
import tempfile
import time
import unittest

from harness.places import ROOT
from harness.sdk import Author

_TUTORIAL = ROOT / "sdk" / "TUTORIAL.md"
_MOST_S = 600


def commands():
    """What stands in its blocks marked sh, in their order."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", _TUTORIAL.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return "\n".join(blocks)


class TutorialTest(unittest.TestCase):
    def test_its_commands_work_one_after_the_other(self):
        script = commands()
        for program in ("quayside plugin new", "cmake --build", "ctest", "quayside-marketplace-sim", "quayside plugin record",
                        "quayside plugin replay", "quayside-conformance", "quaysided", "quayside plugin install",
                        "quayside orders list"):
            self.assertIn(program, script)
        with tempfile.TemporaryDirectory(prefix="quayside-tutorial-") as scratch:
            author = Author(scratch, with_host=True)
            began = time.monotonic()
            code, said = author.run(script, 850)
            seconds = time.monotonic() - began
            self.assertEqual(code, 0, said)
            self.assertIn("CONFORMS: every declared contract passes all its cases", said)
            # Live and from the cassette alike.
            self.assertEqual(len(re.findall(r"^order_sync/1 pull +\d+ +120 ", said, re.MULTILINE)), 2, said)
            self.assertIn("played twice, byte for byte the same", said)
            recorded = (author.work / "my_shop" / "tests" / "recorded.json").read_text(encoding="utf-8")
            self.assertIn("A-120", recorded)
            # It did send names.
            self.assertIn("Buyer {n}", (author.work / "my_shop" / "tests" / "shop.json").read_text(encoding="utf-8"))
            self.assertNotIn("Buyer ", recorded)
            self.assertRegex(said, r"FAILED +[0-9.]+ s +pages/")
            self.assertRegex(said, r"(?m)^120 orders are in the host$")
            self.assertNotIn("No record waits for you", said)
            # harness/ctest_log.py shows the line at the end of tools/test.
            print(f"the tutorial took {seconds:.0f} s, of the {_MOST_S} that it promises")
            self.assertLess(seconds, _MOST_S)


if __name__ == "__main__":
    unittest.main()
