"""A bundle that hosts load into their own process: signed with a key made on the spot."""
import atexit
import functools
import json
import pathlib
import shutil
import subprocess
import tempfile

from .places import program


def _quayside(*arguments):
    return subprocess.run([program("quayside"), *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


@functools.cache
def signed(bundle):
    """A copy of the bundle with a signature, and the file of the key to trust. Made once, gone with this process."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="quayside-signed-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = folder / "bundle"
    shutil.copytree(bundle, copy)
    key = json.loads(_quayside("--json", "plugin", "keygen", "--name", "Tests", "--plugin", "*", "--isolation", "in_process",
                               "--out", folder))["key"]
    _quayside("plugin", "sign", copy, "--key", folder / f"{key}.pem")
    return copy, folder / f"{key}.toml"
