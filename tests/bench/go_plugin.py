"""The same small call through HashiCorp's go-plugin, for comparison; built from Debian's packages when they are there."""
import os
import pathlib
import shutil
import subprocess

NAME = "go_plugin_call"
_PACKAGES = "golang-go golang-github-hashicorp-go-plugin-dev"
_LIBRARIES = pathlib.Path("/usr/share/gocode")
_SOURCES = pathlib.Path(__file__).resolve().parent / "go_plugin"
_CALLS = 20_000


def _absent(why):
    return {"name": NAME, "value": None, "unit": "us", "why": why}


def row(scratch):
    """The row, or one that says why there is none."""
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
    output = subprocess.run([work / "host", work / "plugin", str(_CALLS)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {"name": NAME, "value": float(output), "unit": "us"}
