"""The Debian package of the build under test."""
import pathlib
import subprocess

from . import places


def build(folder):
    """Makes it in the folder; its file."""
    made = subprocess.run(["cpack", "-G", "DEB", "--config", str(places.BUILD / "CPackConfig.cmake"), "-B", str(folder)],
                          capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise AssertionError(made.stdout + made.stderr)
    package, = pathlib.Path(folder).glob("*.deb")
    return package
