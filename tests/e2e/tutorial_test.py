"""The commands of sdk/TUTORIAL.md, from an empty folder with nothing but the installed SDK."""
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest

from harness.places import BUILD, ROOT

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
                        "quayside plugin replay", "quayside-conformance"):
            self.assertIn(program, script)
        with tempfile.TemporaryDirectory(prefix="quayside-tutorial-") as scratch:
            sdk = pathlib.Path(scratch) / "sdk"
            empty = pathlib.Path(scratch) / "empty"
            empty.mkdir()
            subprocess.run(["cmake", "--install", BUILD, "--component", "sdk", "--prefix", sdk], check=True, stdout=subprocess.DEVNULL)
            environment = {name: value for name, value in os.environ.items() if not name.startswith("QUAYSIDE_")}
            environment["SDK"] = str(sdk)
            began = time.monotonic()
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=empty, env=environment, capture_output=True,
                                  text=True, timeout=850, check=False)
            seconds = time.monotonic() - began
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("CONFORMS: every declared contract passes all its cases", done.stdout)
            self.assertIn("played twice, byte for byte the same", done.stdout)
            self.assertRegex(done.stdout, r"FAILED +[0-9.]+ s +pages/")
            # harness/ctest_log.py shows the line at the end of tools/test.
            print(f"the tutorial took {seconds:.0f} s, of the {_MOST_S} that it promises")
            self.assertLess(seconds, _MOST_S)


if __name__ == "__main__":
    unittest.main()
