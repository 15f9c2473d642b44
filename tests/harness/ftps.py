"""An FTP server with TLS (python3-pyftpdlib) in a process of its own, with a certificate that vouches for itself."""
import importlib.util
import os
import pathlib
import subprocess
import sys

from .polling import until
from .ports import free_port
from .process import Child

USER = "partner"
PASSWORD = "canary-of-the-partner"
INSTALLED = all(importlib.util.find_spec(module) for module in ("pyftpdlib", "OpenSSL"))


class FtpsServer:
    """`scheme`: "ftps" begins with TLS, "ftpes" turns to it when it is asked. `without`: commands that it does not know. Paths are those
    of this machine."""

    def __init__(self, folder, scheme, without=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.port = free_port()
        self.address = f"{scheme}://127.0.0.1:{self.port}"
        self.certificate = self.folder / "server.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=files", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.folder / "server.key",
                        "-out", self.certificate], check=True, capture_output=True)
        (self.folder / "password").write_text(PASSWORD, encoding="ascii")
        self.child = Child([sys.executable, pathlib.Path(__file__).with_name("ftps_server.py"), self.port, self.folder, scheme,
                            *without],
                           self.folder / "log")

        def ready():
            if self.child.returncode is not None:
                raise AssertionError(f"the FTP server ended with {self.child.returncode}:\n{self.log()}")
            return "starting FTP+SSL server" in self.log()
        until(ready, "the FTP server listens", 20)

    def log(self):
        return self.child.log_text()

    def cut(self, *cuts):
        """The next transfers end early: "RETR 1000" cuts a fetch after so many bytes, "STOR 10" a write."""
        (self.folder / "cuts").write_text("".join(f"{cut}\n" for cut in cuts), encoding="ascii")

    def put_instead(self, text, written):
        """Of the file whose next fetch is cut. `written`: when, in seconds since 1970."""
        instead = self.folder / "instead"
        instead.write_bytes(text)
        os.utime(instead, (written, written))

    def cuts_left(self):
        return (self.folder / "cuts").read_text(encoding="ascii").splitlines()

    def kill(self):
        self.child.kill()
