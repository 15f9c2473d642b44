"""An sftp server (openssh-server) of the user who runs the test, who logs in with a key."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess

from .polling import until
from .ports import free_port
from .process import Child

_SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin")
INSTALLED = _SSHD is not None


def _children(pid):
    found = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
    return [each for child in found for each in (child, *_children(child))]


class SftpServer:
    """Paths are those of this machine. `folder`: for its keys ("client" is the one that may log in) and its log."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(mode=0o700)
        for name in ("server", "other", "client"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)], check=True)
        self.port = free_port()
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)  # where it locks itself in before a login
        self.config = self.folder / "sshd_config"
        self.config.write_text("\n".join((f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {self.folder}/server",
                                          f"AuthorizedKeysFile {self.folder}/client.pub", "PidFile none", "StrictModes no", "UsePAM no",
                                          "PasswordAuthentication no", "PermitRootLogin prohibit-password",
                                          "Subsystem sftp internal-sftp")) + "\n", encoding="utf-8")
        self.user = subprocess.run(["id", "-un"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        self.child = None
        self.start()

    def start(self):
        self.child = Child([_SSHD, "-D", "-e", "-f", self.config], self.folder / "sshd.log")
        until(self._listens, "the sftp server listens", 20)

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        """The server and who serves its connections, each of which has left its group."""
        serving = _children(self.child.pid) if self.child.returncode is None else []
        self.child.kill()
        for pid in serving:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def key_of(self, name):
        """As an account names it."""
        shown = subprocess.run(["ssh-keygen", "-lf", str(self.folder / f"{name}.pub")], check=True, stdout=subprocess.PIPE, text=True).stdout
        return shown.split()[1]
