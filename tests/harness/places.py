"""Where the programs under test are."""
import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("QUAYSIDE_BUILD_DIR") or ROOT / "build" / "release").resolve()
SCENARIOS = ROOT / "tools" / "amazon-sim" / "scenarios"
AMAZON_BUNDLE = BUILD / "bundles" / "amazon"


def program(name):
    path = BUILD / "bin" / name
    if not path.exists():
        raise SystemExit(f"{path} is missing: run tools/build {name}, or set QUAYSIDE_BUILD_DIR")
    return path


def is_sanitized():
    """Is it a build with a sanitizer? It has handlers of signals of its own and no limit of a runner's memory, keeps what was freed, and is
    several times slower: its figures are nobody's, and are not judged."""
    cache = BUILD / "CMakeCache.txt"
    return cache.exists() and re.search(r"^QUAYSIDE_SANITIZE:STRING=.", cache.read_text(encoding="utf-8"), re.M) is not None
