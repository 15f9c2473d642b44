"""A stranger's path: docs/remote-access.md, typed from its first line to its last, from the package to a remote, authenticated, encrypted
`quayside channel list` in less than five minutes."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from harness import package, places
from harness.host import Host
from harness.pages import block
from harness.ports import free_port
from harness.process import stop_all
from harness.remote import NAME

_LIMIT_S = 300
_FROM = places.BUILD
# What the page's commands mean here: the test is the host's user already, a package is unpacked into a folder instead of `/`, and services
# are started by the test, which is told.
_COMMANDS = """
sudo() { if [[ $1 == -u ]]; then shift 2; fi; "$@"; }
apt() { [[ $1 == install ]] && dpkg-deb --extract "$2" "$ROOT"; }
systemctl() { echo "$*" >> "$ROOT/asked"; }
"""


class FreshInstallTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qs-fresh-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(stop_all)
        self.addCleanup(setattr, places, "BUILD", _FROM)
        self.root = self.folder / "root"
        self.downloads = self.folder / "downloads"
        self.laptop = self.folder / "laptop"
        for each in (self.root, self.downloads, self.laptop):
            each.mkdir()
        built = package.build(self.folder / "package")
        shutil.copy(built, self.downloads)
        self.port = free_port()

    def type(self, where, *blocks, **more):
        """Blocks of the page one after the other in one shell; what was asked of systemd."""
        script = "\n".join(block(each) for each in blocks)
        for path, place in self.places.items():
            script = script.replace(path, str(place))
        asked = self.root / "asked"
        asked.unlink(missing_ok=True)
        env = {"PATH": f"{self.root}/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.folder), "LANG": "C.UTF-8",
               "ROOT": str(self.root), **{key: str(value) for key, value in more.items()},
               **{key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")}}
        done = subprocess.run(["bash", "-euc", _COMMANDS + script], cwd=where, env=env, text=True, capture_output=True, timeout=120,
                              check=False)
        self.assertEqual(done.returncode, 0, f"{script}\n{done.stdout}{done.stderr}{self.host.tail() if self.host else ''}")
        return done.stdout, asked.read_text(encoding="utf-8").splitlines() if asked.exists() else []

    def test_the_page(self):
        began = time.monotonic()
        self.host = None
        self.places = {}
        _, asked = self.type(self.downloads, "install")
        self.assertEqual(asked, ["enable --now quaysided"])
        places.BUILD = self.root / "usr"
        self.host = Host(self.root / "etc" / "quayside")
        self.host.start()
        self.places = {"/etc/quayside": self.host.folder, "quayside.example": NAME, "8443": self.port}

        self.type(self.host.folder, "names", "certificates")
        added = block("configuration")
        for path, place in self.places.items():
            added = added.replace(path, str(place))
        with open(self.host.config, "a", encoding="utf-8") as config:
            config.write("\n" + added)
        _, asked = self.type(self.host.folder, "restart")
        self.assertEqual(asked, ["restart quaysided"])
        self.assertEqual(self.host.stop(), 0)
        self.host.start()

        tls = self.laptop / "tls"
        tls.mkdir()
        for name in ("ca.pem", "laptop.pem", "laptop.key"):
            shutil.copy(self.host.folder / "tls" / name, tls)
        knows = {"QUAYSIDE_NAME": NAME, "QUAYSIDE_PORT": self.port}
        said, _ = self.type(self.laptop, "certificate", **knows)
        elapsed = time.monotonic() - began
        print(f"from the package to a remote, authenticated, encrypted channel list: {elapsed:.1f} s of {_LIMIT_S}")
        self.assertIn("There is no channel.", said)
        self.assertLess(elapsed, _LIMIT_S)

        self.type(self.host.folder, "token", QUAYSIDE_SOCKET=self.host.socket)
        shutil.move(self.host.folder / "console.token", self.laptop)
        said, _ = self.type(self.laptop, "certificate", "with-token", **knows)
        self.assertEqual(said.count("There is no channel."), 2)
        # It was this host that answered, to whom the page says.
        records = self.host.ask("token", "list")["tokens"]
        self.assertIn("tokens/console", [each["name"] for each in records])
        self.assertEqual(self.host.stop(), 0)


if __name__ == "__main__":
    unittest.main()
