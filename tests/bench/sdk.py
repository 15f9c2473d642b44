"""Rows about the SDK: how much an author writes, and how long the conformance kit takes.

smallest_plugin_lines: of the smallest complete plugin, the example minimal, without blank lines and comments; the contract is offered
and the kit passes. kit: a whole run, every case in both isolation modes, of that example, of the flat-file and of the Amazon plugin.
"""
import pathlib
import subprocess
import time

_SOURCE = pathlib.Path("sdk/examples/minimal/shop.cc")
_CASSETTES = {"minimal": "sdk/examples/minimal/cassette.json", "flatfile": "plugins/flatfile/tests/cassette.json",
              "amazon": "plugins/amazon/tests/cassette.json"}
_LINES = "smallest_plugin_lines"
TARGETS = {_LINES: ("value", "most", 60), **{f"kit_{plugin}": None for plugin in _CASSETTES}}


def lines_of_code(text):
    lines = (line.strip() for line in text.splitlines())
    return sum(1 for line in lines if line and not line.startswith("//"))


def rows(root, build, wanted):
    """Only what is needed of `wanted` is measured; all when it is empty."""
    if not wanted or _LINES in wanted:
        yield {"name": _LINES, "value": lines_of_code((root / _SOURCE).read_text(encoding="utf-8")), "unit": "lines"}
    for plugin, cassette in _CASSETTES.items():
        if wanted and f"kit_{plugin}" not in wanted:
            continue
        began = time.monotonic()
        done = subprocess.run([build / "bin" / "quayside-conformance", build / "bundles" / plugin, "--cassette", root / cassette],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{plugin} does not conform:\n{done.stdout}{done.stderr}")
        yield {"name": f"kit_{plugin}", "value": time.monotonic() - began, "unit": "s"}
