"""What a test needs of the machine, and tools/setup --tests installs."""
import os


def need(test, present, reason):
    """Without it the test is skipped and says why; in CI (CI=true) it fails, for there nobody reads why."""
    if present:
        return
    if os.environ.get("CI") == "true":
        test.fail(reason)
    test.skipTest(reason)
