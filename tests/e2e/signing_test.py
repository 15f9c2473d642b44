"""A host in production: what is signed runs, what is not is refused, and a revoked key stops at the next start."""
import shutil

from harness.case import WorldTest
from harness.host import CliError
from harness.places import BUILD


class SigningTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.host = self.world(listings=[], production=True).host
        self.bundle = self.host.folder / "minimal"
        shutil.copytree(BUILD / "bundles" / "minimal", self.bundle)
        self.id = self.host.local("--json", "plugin", "inspect", self.bundle)["plugin"]["name"].split("/", 1)[1]

    def key(self, name, *more):
        made = self.host.local("--json", "plugin", "keygen", "--name", name, "--plugin", self.id, "--out", self.host.folder, *more)
        return made["key"]

    def sign_and_trust(self, key):
        self.host.run("plugin", "sign", self.bundle, "--key", self.host.folder / f"{key}.pem")
        self.trust("add", self.host.folder / f"{key}.toml")

    def trust(self, *arguments):
        self.host.run("plugin", "trust", *arguments, "--trusted-keys", self.host.trusted_keys)

    def refused(self, reason, *more):
        with self.assertRaises(CliError) as caught:
            self.host.run("plugin", "install", self.bundle, *more)
        self.assertIn(f"[{reason}]", caught.exception.text)

    def plugin(self):
        plugins = self.host.ask("plugin", "list")["plugins"]
        self.assertEqual(len(plugins), 1, plugins)
        return plugins[0]

    def test_unsigned_signed_rotated_revoked(self):
        host = self.host.start()
        self.refused("PLUGIN_UNSIGNED")
        first = self.key("Acme 2026")
        host.run("plugin", "sign", self.bundle, "--key", host.folder / f"{first}.pem")
        self.refused("KEY_UNKNOWN")
        self.assertEqual(host.ask("plugin", "list")["plugins"], [])
        self.trust("add", host.folder / f"{first}.toml")
        host.run("plugin", "install", self.bundle)
        self.assertEqual(self.plugin()["signer"], f"Acme 2026 ({first})")
        self.assertEqual(self.plugin()["signingKeys"], [first])

        # A new key beside the old one, for the version that runs; then the old one goes.
        second = self.key("Acme 2027")
        self.sign_and_trust(second)
        host.run("plugin", "install", self.bundle)
        self.assertEqual(set(self.plugin()["signingKeys"]), {first, second})
        self.trust("revoke", first, "--reason", "replaced by " + second)
        self.assertEqual(host.stop(), 0)
        host.start()
        self.assertEqual(self.plugin()["state"], "PLUGIN_STATE_ACTIVE")
        self.assertEqual(self.plugin()["signer"], f"Acme 2027 ({second})")

        self.trust("revoke", second, "--reason", "laptop stolen")
        self.assertEqual(host.stop(), 0)
        host.start()
        self.assertEqual(self.plugin()["state"], "PLUGIN_STATE_REJECTED")
        self.assertIn("laptop stolen", self.plugin()["error"])
        self.assertEqual(host.stop(), 0)

    def test_a_changed_library_is_refused(self):
        host = self.host.start()
        self.sign_and_trust(self.key("Acme"))
        with open(self.bundle / "plugin.so", "ab") as library:
            library.write(b"x")
        self.refused("BUNDLE_CHANGED")
        self.refused("BUNDLE_CHANGED", "--dry-run")
        shown = host.ask("plugin", "inspect", self.bundle, "--host")
        self.assertEqual(shown["signatures"][0]["state"], "SIGNATURE_STATE_CHANGED")
        self.assertEqual(host.stop(), 0)
