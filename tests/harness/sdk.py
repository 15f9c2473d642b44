"""What a plugin's author has: the installed SDK, a shell, and nothing of this tree."""
import os
import pathlib
import subprocess

from .places import BUILD, program
from .process import Child


class Author:
    """Works in `folder / "work"`, with the SDK in $SDK. `with_host`: of the product `quaysided` is in the path, too."""

    def __init__(self, folder, with_host=False):
        self.folder = pathlib.Path(folder)
        self.work = self.folder / "work"
        self.work.mkdir()
        self.sdk = self.folder / "sdk"
        subprocess.run(["cmake", "--install", BUILD, "--component", "sdk", "--prefix", self.sdk], check=True, stdout=subprocess.DEVNULL)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("QUAYSIDE_")}
        self.environment["SDK"] = str(self.sdk)
        if with_host:
            host = self.folder / "host"
            host.mkdir()
            (host / "quaysided").symlink_to(program("quaysided"))
            self.environment["PATH"] = f"{host}:{self.environment['PATH']}"

    def forget(self):
        """What was said so far."""
        (self.folder / "said").unlink()

    def run(self, script, seconds):
        """Its exit status (None: it took longer) and what it said. What it started ends with it."""
        shell = Child(["bash", "-euo", "pipefail", "-c", f"cd '{self.work}'\n{script}"], self.folder / "said", env=self.environment)
        try:
            return shell.wait(seconds), shell.log_text()
        finally:
            shell.kill()
