"""The same small call through HashiCorp's go-plugin, and its way from a kill to the next answered call, for comparison; built from
Debian's packages when they are there.
"""
import os
import pathlib
import shutil
import subprocess

CALL = "go_plugin_call"
RESTART = "go_plugin_restart"
_UNITS = {CALL: "us", RESTART: "ms"}
_PACKAGES = "golang-go golang-github-hashicorp-go-plugin-dev golang-google-grpc-dev"
_LIBRARIES = pathlib.Path("/usr/share/gocode")
_SOURCES = pathlib.Path(__file__).resolve().parent / "go_plugin"
_CALLS = 20_000


def _absent(why):
    return [{"name": name, "value": None, "unit": unit, "why": why} for name, unit in _UNITS.items()]


def rows(scratch):
    """Both rows, or the same that say why there are no figures."""
    if shutil.which("go") is None or not (_LIBRARIES / "src/github.com/hashicorp/go-plugin").is_dir():
        return _absent(f"not installed: apt-get install {_PACKAGES}")
    work = scratch / "go"
    tree = work / "src/quayside/bench"
    shutil.copytree(_SOURCES, tree)
    env = os.environ | {"GO111MODULE": "off", "GOPROXY": "off", "GOPATH": f"{work}:{_LIBRARIES}", "GOFLAGS": "",
                        "GOCACHE": str(work / "cache")}
    for program in ("host", "plugin"):
        built = subprocess.run(["go", "build", "-o", work / program, f"quayside/bench/{program}"], env=env, capture_output=True,
                               text=True, check=False)
        if built.returncode != 0:
            return _absent("it does not build: " + built.stderr.strip().splitlines()[-1])
    # Its multiplexer complains on standard error about each connection that broke.
    run = subprocess.run([work / "host", work / "plugin", str(_CALLS)], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return _absent("it failed: " + run.stderr.strip().splitlines()[-1])
    output = run.stdout
    return [{"name": name, "value": float(value), "unit": unit} for (name, unit), value in zip(_UNITS.items(), output.split(), strict=True)]
