"""What tools/campaign promises whatever happens: a closing line, and exit code 0 only on PASS."""
import contextlib
import io
import os
import pathlib
import subprocess
import types
import unittest
from unittest import mock

from campaign import __main__ as tool
from campaign.all.crash import asked_at, least_told, never_back
from campaign.all.watch import slowed
from campaign.report import Result

_ROOT = pathlib.Path(__file__).resolve().parents[2]


def played(run):
    """(exit code, lines of stdout, stderr) of the campaign `kill`, with `run` in its place."""
    module = types.SimpleNamespace(SUMMARY="", ROUNDS=3, TARGETS=(), run=run)
    out, err = io.StringIO(), io.StringIO()
    with mock.patch.object(tool, "load", return_value=module), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = tool.main(["kill", "--seed", "5"])
    return code, out.getvalue().splitlines(), err.getvalue()


class NeverBack(unittest.TestCase):
    def test_each_end_with_its_return_is_fine(self):
        self.assertEqual(never_back([(1.0, "plugin.crashed"), (1.1, "plugin.restarted"),
                                     (9.0, "plugin.crashed"), (9.2, "plugin.restarted")]), [])

    def test_dying_again_before_being_back_is_fine(self):
        self.assertEqual(never_back([(1.0, "plugin.crashed"), (1.05, "plugin.crashed"), (1.2, "plugin.restarted")]), [])

    def test_an_end_without_a_return_is_told(self):
        self.assertEqual(len(never_back([(1.0, "plugin.crashed"), (3.0, "plugin.crashed"), (3.1, "plugin.restarted")])), 1)

    def test_the_last_end_needs_its_return_too(self):
        self.assertEqual(len(never_back([(1.0, "plugin.crashed"), (1.1, "plugin.restarted"), (2.0, "plugin.crashed")])), 1)


class LeastTold(unittest.TestCase):
    def test_each_death_apart_is_to_be_told(self):
        self.assertEqual(least_told([]), 0)
        self.assertEqual(least_told([1.0, 1.2, 5.0]), 3)

    def test_two_in_one_moment_may_be_one_end(self):
        self.assertEqual(least_told([1.0, 1.05, 1.09, 5.0]), 2)


class AskedAt(unittest.TestCase):
    def test_the_id_of_a_run_holds_its_moment(self):
        self.assertEqual(asked_at({"name": f"runs/{(1_700_000_000_123 << 20) | 77}"}), 1_700_000_000.123)


class Slowed(unittest.TestCase):
    def test_as_fast_as_before_is_fine(self):
        self.assertEqual(slowed({"p50": 15, "p99": 23}, {"p50": 16, "p99": 28}, is_whole=True), [])

    def test_a_crowd_that_waits_for_the_stalled_is_told(self):
        self.assertEqual(len(slowed({"p50": 15, "p99": 23}, {"p50": 16, "p99": 80}, is_whole=True)), 1)
        self.assertEqual(len(slowed({"p50": 15, "p99": 23}, {"p50": 300, "p99": 400}, is_whole=False)), 2)

    def test_a_small_crowd_beside_other_tests_has_more_room(self):
        self.assertEqual(slowed({"p50": 5, "p99": 20}, {"p50": 9, "p99": 150}, is_whole=False), [])


class ClosingLine(unittest.TestCase):
    def test_a_clean_run_passes(self):
        code, lines, _ = played(lambda options: Result({"rounds": options.rounds, "lost": 0}))
        self.assertEqual((code, lines[-1]), (0, "kill: PASS rounds=3 lost=0"))

    def test_a_problem_fails_and_is_told_before(self):
        code, lines, _ = played(lambda options: Result({"lost": 1}, ["order 1 is lost"]))
        self.assertEqual((code, lines[-2:]), (1, ["  order 1 is lost", "kill: FAIL lost=1"]))

    def test_an_exception_fails_with_its_trace_on_stderr(self):
        def run(_):
            raise TimeoutError("the host did not start")
        code, lines, errors = played(run)
        self.assertEqual((code, lines[-1]), (1, "kill: FAIL error=TimeoutError"))
        self.assertIn("the host did not start", errors)

    def test_an_interruption_fails(self):
        def run(_):
            raise KeyboardInterrupt()
        code, lines, _ = played(run)
        self.assertEqual((code, lines[-1]), (1, "kill: FAIL error=KeyboardInterrupt"))

    def test_what_cannot_be_built_fails(self):
        environment = {**os.environ, "QUAYSIDE_BUILD_DIR": "/nowhere"}
        done = subprocess.run([_ROOT / "tools" / "campaign", "kill", "--rounds", "1"], env=environment, capture_output=True,
                              text=True, timeout=300, check=False)
        self.assertEqual((done.returncode, done.stdout), (1, "kill: FAIL stopped_at=build\n"), done.stderr)
        self.assertNotEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main()
