"""Runs the kit and reads what it says."""
import json
import subprocess
import tempfile

from harness.places import program


def run(bundle, *arguments):
    """The kit's report as parsed JSON, with its exit code as "exit_code" and its table as "table"."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        done = subprocess.run(
            [program("quayside-conformance"), bundle, "--json", report.name, "--seed", "20261129", *arguments],
            capture_output=True, text=True, timeout=900, check=False)
        text = report.read()
    if not text:
        raise AssertionError(f"the kit wrote no report: {done.stdout}{done.stderr}")
    return {**json.loads(text), "exit_code": done.returncode, "table": done.stdout}


def findings(report, name):
    """Of the case with this name; None when it passed."""
    for case in report["cases"]:
        if case["name"] == name:
            return None if case["state"] == "passed" else "\n".join(case["findings"])
    raise AssertionError(f"there is no case '{name}' in: {report['table']}")
