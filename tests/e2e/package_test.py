"""The Debian package: what is in it, whose it is, and the unit it brings."""
import configparser
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import package
from harness.needs import need


def output(*command):
    return subprocess.run([str(each) for each in command], check=True, capture_output=True, text=True).stdout


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="quayside-package-"))
        cls.package = package.build(cls.folder)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def test_programs_plugin_unit_and_papers_are_in_it_and_belong_to_root(self):
        rows = [line.split(maxsplit=5) for line in output("dpkg-deb", "--contents", self.package).splitlines()]
        self.assertEqual({owner for _, owner, *_ in rows}, {"root/root"})
        files = {path.removeprefix("."): mode for mode, _, _, _, _, path in rows if not path.endswith("/")}
        for program in ("quaysided", "quayside", "quayside-probe", "quayside-runner", "quayside-conformance", "quayside-marketplace-sim"):
            self.assertEqual(files[f"/usr/bin/{program}"], "-rwxr-xr-x")
        self.assertEqual(files["/usr/lib/systemd/system/quaysided.service"], "-rw-r--r--")
        for end in ("/quayside/plugins/amazon/plugin.so", "/quayside/plugins/amazon/manifest.json", "/doc/quayside/operations.md",
                    "/doc/quayside/LICENSE", "/doc/quayside/remote-access.md", "/quayside/protos/quayside/v1/order_service.proto",
                    "/quayside/nginx/quayside.conf", "/quayside/examples/python/follow_events.py",
                    "/quayside/examples/typescript/src/follow_events.ts"):
            self.assertTrue(any(path.lower().endswith(end.lower()) for path in files), f"nothing ends with {end}")
        self.assertEqual([path for path in files if not path.startswith("/usr/")], [], "outside /usr")
        open_to_all = [path for path, mode in files.items() if not mode.startswith("l") and (mode[8] == "w" or "s" in mode)]
        self.assertEqual(open_to_all, [], "open to everybody, or run as another user")

    def test_it_says_what_it_needs_and_what_it_does_when_it_comes_and_goes(self):
        control = self.folder / "control"
        output("dpkg-deb", "--control", self.package, control)
        self.assertIn("Package: quayside", (control / "control").read_text(encoding="utf-8"))
        self.assertIn("libsqlite3", output("dpkg-deb", "--field", self.package, "Depends"))
        for script in ("postinst", "prerm", "postrm"):
            self.assertEqual((control / script).stat().st_mode & 0o777, 0o755)
            subprocess.run(["sh", "-n", control / script], check=True)
            self.assertNotIn("rm ", (control / script).read_text(encoding="utf-8"), "data is not the package's to delete")

    def asked_of_systemd(self, script, *arguments):
        """What a script of the package asks, on a machine that systemd runs: its commands are stand-ins that change nothing."""
        place = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        output("dpkg-deb", "--control", self.package, place / "control")
        for name, body in {"systemctl": f'echo "$*" >> {place}/asked', "getent": "exit 0", "install": "exit 0"}.items():
            (place / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
            (place / name).chmod(0o755)
        text = (place / "control" / script).read_text(encoding="utf-8").replace("/run/systemd/system", str(place))
        subprocess.run(["sh", "-c", text, script, *arguments], check=True, env={"PATH": f"{place}:/usr/bin:/bin"})
        asked = place / "asked"
        return asked.read_text(encoding="utf-8").splitlines() if asked.exists() else []

    def test_an_upgrade_starts_a_running_host_anew(self):
        self.assertEqual(self.asked_of_systemd("postinst", "configure", ""), ["daemon-reload"])
        self.assertEqual(self.asked_of_systemd("postinst", "configure", "0.0.9"), ["daemon-reload", "try-restart quaysided.service"])
        self.assertEqual(self.asked_of_systemd("prerm", "upgrade", "0.2.0"), [])
        self.assertEqual(self.asked_of_systemd("prerm", "remove"), ["disable --now quaysided.service"])
        self.assertEqual(self.asked_of_systemd("postrm", "remove"), ["daemon-reload"])

    def test_the_unit_is_hardened_and_names_what_is_installed(self):
        root = self.folder / "root"
        output("dpkg-deb", "--extract", self.package, root)
        text = (root / "usr/lib/systemd/system/quaysided.service").read_text(encoding="utf-8")
        unit = configparser.ConfigParser(interpolation=None, strict=False)
        unit.optionxform = str
        unit.read_string(text)
        service = unit["Service"]
        self.assertEqual((service["User"], service["NoNewPrivileges"], service["ProtectSystem"], service["CapabilityBoundingSet"]),
                         ("quayside", "yes", "strict", ""))
        self.assertEqual(service["LimitCORE"], "0", "no core file with what is sealed elsewhere")
        self.assertIn("/usr/bin/quaysided", service["ExecStart"])
        self.assertNotIn("@QUAYSIDE", text)

    def test_systemd_understands_the_unit(self):
        need(self, shutil.which("systemd-analyze"), "systemd is not installed: tools/setup does that")
        root = self.folder / "understood"
        output("dpkg-deb", "--extract", self.package, root)

        def misunderstood():
            # It complains of the root as well, which has the package and nothing else.
            said = subprocess.run(["systemd-analyze", "verify", "--root", str(root), "--man=no", "quaysided.service"], capture_output=True,
                                  text=True, check=False)
            return [line for line in said.stderr.splitlines() if "Unknown" in line or "Failed to parse" in line]
        self.assertEqual(misunderstood(), [])
        unit = root / "usr/lib/systemd/system/quaysided.service"
        unit.write_text(unit.read_text(encoding="utf-8").replace("ProtectSystem=", "ProtectSistem="), encoding="utf-8")
        self.assertEqual(len(misunderstood()), 1, "a mistake would be seen")


if __name__ == "__main__":
    unittest.main()
