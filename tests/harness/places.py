"""Where the programs under test are."""
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("QUAYSIDE_BUILD_DIR") or ROOT / "build" / "release").resolve()
SCENARIOS = ROOT / "tools" / "amazon-sim" / "scenarios"
AMAZON_BUNDLE = BUILD / "bundles" / "amazon"


def program(name):
    path = BUILD / "bin" / name
    if not path.exists():
        raise SystemExit(f"{path} is missing: run tools/build {name}, or set QUAYSIDE_BUILD_DIR")
    return path
