"""The closing count of tools/test counts what ran, and what was left out is told with its reason."""
import unittest

from harness import ctest_log

_LOG = """\
1/5 Testing: rules
[ RUN      ] Rules.Round
[       OK ] Rules.Round (0 ms)
[ RUN      ] Rules.Models
/src/models_test.cc:47: Skipped
Amazon's models are not there

[  SKIPPED ] Rules.Models (0 ms)
[  PASSED  ] 11 tests.
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] Rules.Models
Test Passed.
2/5 Testing: sandbox
not used: getOrder 400 {"id":"x"}: the plugin never sends it
[  PASSED  ] 2 tests.
Test Passed.
3/5 Testing: process
test_before (e2e.bad_start_test.Disk.test_before) ... ok
test_full_disk (e2e.bad_start_test.Disk.test_full_disk)
A full disk is told. ... skipped 'mounting a small disk needs more rights'
test_between (e2e.bad_start_test.Disk.test_between) ... ok
test_one (e2e.bad_start_test.Disk.test_one) ... skipped 'no disk'
Ran 5 tests in 1.5s

OK (skipped=2)
Test Passed.
4/5 Testing: script
done
Test Passed.
5/5 Testing: broken
[  PASSED  ] 3 tests.
[  FAILED  ] 2 tests, listed below:
Test Failed.
"""


class CtestLog(unittest.TestCase):
    def test_cases_are_counted_whoever_ran_them(self):
        self.assertEqual(str(ctest_log.count(_LOG, 8)), "20 passed, 2 failed, 3 skipped")

    def test_failures_of_unittest_are_counted(self):
        log = "1/1 Testing: process\nRan 5 tests in 1.5s\n\nFAILED (failures=1, errors=2, skipped=1)\nTest Failed.\n"
        self.assertEqual(str(ctest_log.count(log, 8)), "1 passed, 3 failed, 1 skipped")

    def test_a_crash_is_a_failure_beside_what_passed(self):
        log = "1/2 Testing: one\n[  PASSED  ] 3 tests.\nTest Failed.\n2/2 Testing: two\n***Timeout\nTest Failed.\n"
        self.assertEqual(str(ctest_log.count(log, 8)), "3 passed, 2 failed")

    def test_a_run_that_failed_is_never_counted_as_clean(self):
        self.assertEqual(str(ctest_log.count("", 8)), "0 passed, 1 failed")

    def test_how_long_the_tutorial_took_is_told(self):
        log = ("1/1 Testing: e2e_tutorial\nCommand: tutorial_test\ntest_its_commands (e2e.tutorial_test.TutorialTest) ... ok\n\n"
               "Ran 1 test in 83.2s\n\nOK\nthe tutorial took 81 s, of the 600 that it promises\nTest Passed.\n")
        self.assertEqual(ctest_log.told(log), ["the tutorial took 81 s, of the 600 that it promises"])
        self.assertEqual(ctest_log.told(_LOG), [])

    def test_what_was_left_out_is_told_with_its_reason(self):
        self.assertEqual(ctest_log.left_out(_LOG), [
            "skipped: Rules.Models: Amazon's models are not there",
            'not used: getOrder 400 {"id":"x"}: the plugin never sends it',
            "skipped: test_full_disk: mounting a small disk needs more rights",
            "skipped: test_one: no disk"])


if __name__ == "__main__":
    unittest.main()
