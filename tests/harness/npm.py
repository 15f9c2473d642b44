"""Packages of npm that tests, never the product, use: installed once per list, in the build folder."""
import fcntl
import pathlib
import shutil
import subprocess

from .places import BUILD


def installed(package_json, name):
    """The folder below the build folder that has node_modules as package_json names them. Tests that run side by side share it."""
    package_json = pathlib.Path(package_json)
    folder = BUILD / name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = package_json.read_bytes()
    done = folder / "installed.json"
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_bytes() != wanted:
            shutil.copy(package_json, folder / "package.json")
            subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL)
            done.write_bytes(wanted)
    return folder
