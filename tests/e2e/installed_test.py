"""`cmake --install` gives a product that works from where it was put, without the tree it came from."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import places
from harness.host import Host

_FROM = places.BUILD


def only(pattern, folder):
    found = sorted(folder.glob(pattern))
    assert len(found) == 1, f"{pattern}: {found}"
    return found[0]


class InstalledTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = pathlib.Path(tempfile.mkdtemp(prefix="quayside-installed-"))
        cls.prefix = cls.scratch / "prefix"
        subprocess.run(["cmake", "--install", _FROM, "--prefix", cls.prefix], check=True, stdout=subprocess.DEVNULL)
        places.BUILD = cls.prefix  # programs are in its bin, too

    @classmethod
    def tearDownClass(cls):
        places.BUILD = _FROM
        shutil.rmtree(cls.scratch, ignore_errors=True)

    def test_everything_a_user_needs_is_there(self):
        share = self.prefix / "share"
        for place in ("bin/quaysided", "bin/quayside-probe", "bin/quayside", "bin/quayside-conformance", "bin/amazon-sim",
                      "bin/quayside-marketplace-sim", "share/doc/*/sdk/contracts.md",
                      "share/quayside/scenarios/first-light.json",
                      "share/quayside/protos/quayside/v1/order_service.proto", "share/doc/*/LICENSE", "share/doc/*/reasons.md",
                      "lib*/**/quayside/plugins/amazon/plugin.so", "lib*/**/quayside/plugins/amazon/manifest.json",
                      "lib*/**/cmake/QuaysideSDK/QuaysideSDKConfig.cmake", "include/quayside-sdk/quayside/sdk.h"):
            only(place, self.prefix)
        bash = only("bash-completion/completions/quayside", share)
        subprocess.run(["bash", "-n", bash], check=True)
        self.assertIn("plugin", bash.read_text(encoding="utf-8"))
        self.assertIn("#compdef quayside", only("zsh/site-functions/_quayside", share).read_text(encoding="utf-8"))
        self.assertIn("complete -c quayside", only("fish/vendor_completions.d/quayside.fish", share).read_text(encoding="utf-8"))

    def test_the_protos_compile_by_themselves(self):
        protos = self.prefix / "share" / "quayside" / "protos"
        files = sorted(path.relative_to(protos) for path in protos.glob("quayside/v1/*.proto"))
        self.assertGreater(len(files), 8)
        subprocess.run(["protoc", f"-I{protos}", "--descriptor_set_out=/dev/null", *map(str, files)], check=True)

    def test_the_host_runs_with_the_plugin(self):
        host = Host(self.scratch / "host")
        self.addCleanup(host.kill)
        host.start()
        host.run("plugin", "install", host.trust(only("lib*/**/quayside/plugins/amazon", self.prefix)))
        plugin, = host.ask("plugin", "list")["plugins"]
        self.assertEqual((plugin["name"], plugin["state"]), ("plugins/amazon", "PLUGIN_STATE_ACTIVE"))
        self.assertEqual(host.stop(), 0)

    def test_the_simulator_runs_a_scenario(self):
        help_text = subprocess.run([places.program("amazon-sim"), "serve", "--help"], check=True, capture_output=True, text=True).stdout
        self.assertIn("--scenario", help_text)

    def test_nothing_points_back_into_the_tree(self):
        listing = subprocess.run(["grep", "-rlI", str(places.ROOT), self.prefix], capture_output=True, text=True, check=False).stdout
        self.assertEqual(listing, "")


if __name__ == "__main__":
    unittest.main()
