"""The listener on TCP with certificates and tokens, set up by the commands of docs/remote-access.md; and who is not let in."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

from harness.host import Host
from harness.pages import block
from harness.places import program
from harness.polling import until
from harness.ports import free_port
from harness.process import stop_all
from harness.remote import NAME, OTHER, STRANGER, clean_environment, typed


class RemoteAccessTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qs-remote-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(stop_all)
        self.port = free_port()
        self.host = Host(self.folder / "h")

    def shell(self, script, **more):
        """Commands as a person would type them, in the test's folder; the names block is the test's."""
        return typed(script, self.folder, QUAYSIDE_NAME=NAME, QUAYSIDE_PORT=self.port, **more)

    def certificates(self):
        self.shell(block("certificates"))

    def configure(self, text):
        text = text.replace(":8443", f":{self.port}").replace("/etc/quayside/tls", str(self.folder / "tls"))
        with open(self.host.config, "a", encoding="utf-8") as config:
            config.write("\n" + text)

    def open_remote(self):
        self.certificates()
        self.configure(block("configuration"))
        self.host.start()

    def remote(self, *arguments, cert="laptop", token=None, ca="ca.pem"):
        tls = self.folder / "tls"
        options = ["--address", f"localhost:{self.port}", "--ca", tls / ca, "--timeout", "5"]
        if cert:
            options += ["--cert", tls / f"{cert}.pem", "--key", tls / f"{cert}.key"]
        if token:
            options += ["--token-file", token]
        return subprocess.run([program("quayside"), *map(str, options), *arguments], text=True, capture_output=True, timeout=60,
                              env=clean_environment(), check=False)

    def token(self, name, *arguments):
        path = self.folder / f"{name}.token"
        self.host.run("token", "create", name, *arguments, "--out", path)
        return path

    def assert_refused(self, result, *said, code=1):
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        for words in said:
            self.assertIn(words, result.stderr)

    def test_no_secret_is_anywhere_but_in_its_file(self):
        self.open_remote()
        bootstrap = self.host.data / "bootstrap.token"
        self.assertEqual(bootstrap.stat().st_mode & 0o777, 0o600)
        self.assertIn(str(bootstrap), self.host.log.read_text(encoding="utf-8"))
        certificate = block("certificate")
        self.shell(certificate)
        self.shell(block("token"), QUAYSIDE_SOCKET=str(self.host.socket))
        self.shell(certificate + block("with-token"))
        secrets = [bootstrap.read_text().strip(), (self.folder / "console.token").read_text().strip()]
        for path in [self.host.log, *self.host.data.rglob("*")]:
            if path.is_file() and path != bootstrap:
                for secret in secrets:
                    self.assertNotIn(secret.encode(), path.read_bytes(), path)
        self.host.run("audit", "verify")
        self.assertEqual(self.host.stop(), 0)

    def test_who_is_not_let_in(self):
        self.open_remote()
        self.assert_refused(self.remote("channel", "list", cert=None), "no host answers", code=3)
        self.shell("umask 077\n" + OTHER)
        self.assert_refused(self.remote("channel", "list", cert="other"), "no host answers", code=3)
        self.assert_refused(self.remote("channel", "list", ca="other.pem"), "no host answers", code=3)
        # In through the door, but nobody the host knows.
        functions = block("certificates").split("issue server")[0].split("issue()")[1]
        self.shell("umask 077\nissue()" + functions + "\n" + STRANGER)
        self.assert_refused(self.remote("channel", "list", cert="stranger"), "[NOT_SIGNED_IN]")
        # Known, and not allowed.
        self.assert_refused(self.remote("admin", "drain"), "[PERMISSION_DENIED]", "admin")
        self.assert_refused(self.remote("token", "list"), "[PERMISSION_DENIED]")

        operator = self.token("op", "--role", "operator")
        self.assertEqual(self.remote("channel", "list", cert="stranger", token=operator).returncode, 0)
        self.assert_refused(self.remote("token", "list", token=operator), "[PERMISSION_DENIED]")
        self.host.run("token", "revoke", "op", "--yes")
        self.assert_refused(self.remote("channel", "list", token=operator), "[TOKEN_REFUSED]", "revoked")
        guess = self.folder / "guess.token"
        guess.write_text("qst_guess\n")
        guess.chmod(0o600)
        self.assert_refused(self.remote("channel", "list", token=guess), "[TOKEN_REFUSED]")

        self.assertEqual(self.host.stop(), 0)
        self.host.start()
        records = self.host.ask("audit", "list", "--limit", "0")["records"]
        seen = {(record["actor"], record["outcome"]) for record in records}
        for expected in [("nobody", "NOT_SIGNED_IN"), ("nobody", "TOKEN_REFUSED"), ("tokens/op", "PERMISSION_DENIED"),
                         ("certificates/dns:laptop.ops.example", "PERMISSION_DENIED"), ("local", "ok")]:
            self.assertIn(expected, seen)
        self.host.run("audit", "verify")
        self.assertEqual(self.host.stop(), 0)

    def test_certificates_are_read_anew_while_the_host_runs(self):
        self.open_remote()
        old = self.folder / "tls"
        old.rename(self.folder / "old")
        self.certificates()
        for name in ("ca.pem", "server.key", "server.pem"):
            os.utime(self.folder / "tls" / name)
        until(lambda: self.remote("channel", "list").returncode == 0, "the new authority's certificates are taken", 60)
        shutil.copy(self.folder / "old" / "laptop.pem", self.folder / "tls" / "former.pem")
        shutil.copy(self.folder / "old" / "laptop.key", self.folder / "tls" / "former.key")
        self.assert_refused(self.remote("channel", "list", cert="former"), "no host answers", code=3)
        self.assertEqual(self.host.stop(), 0)

    def test_bad_settings_are_all_told(self):
        self.configure('[remote]\nlisten = "0.0.0.0:8443"\n')
        code, said = self.host.refused()
        self.assertEqual(code, 1)
        self.assertIn("remote.certificate", said)
        self.assertIn("remote.client_ca", said)

        self.certificates()
        tls = self.folder / "tls"
        self.shell("openssl x509 -req -in tls/server.csr -CA tls/ca.pem -CAkey tls/ca.key -CAcreateserial -days -1 -out tls/past.pem")
        (tls / "server.key").chmod(0o644)
        shutil.copy(tls / "laptop.key", tls / "wrong.key")
        cases = {("server.pem", "server.key"): ["chmod 600"], ("past.pem", "wrong.key"): ["expired", "does not belong"],
                 ("none.pem", "ca.pem"): ["cannot read", "no private key"]}
        for (certificate, key), words in cases.items():
            other = Host(self.folder / certificate / key)
            with open(other.config, "a", encoding="utf-8") as config:
                config.write(f"[remote]\nlisten = \"127.0.0.1:{self.port}\"\ncertificate = {json.dumps(str(tls / certificate))}\n"
                             f"key = {json.dumps(str(tls / key))}\n")
            code, said = other.refused()
            self.assertEqual(code, 1, said)
            for each in words:
                self.assertIn(each, said)

    def test_a_second_host_gets_no_address_that_is_taken(self):
        self.open_remote()
        other = Host(self.folder / "second")
        with open(other.config, "a", encoding="utf-8") as config:
            config.write(f"[remote]\nlisten = \"127.0.0.1:{self.port}\"\n")
        code, said = other.refused()
        self.assertEqual(code, 1, said)
        self.assertIn("ADDRESS_IN_USE", said)
        self.assertEqual(self.remote("channel", "list").returncode, 0)
        self.assertEqual(self.host.stop(), 0)

    def test_idle_connections_take_no_one_elses_place_for_long(self):
        self.certificates()
        self.configure(block("configuration").replace("[remote.cert", "max_connections = 8\nhandshake_timeout = \"1s\"\n[remote.cert"))
        self.host.start()
        idle = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(40)]
        # All still held by the one who attacks; the host has let go of them.
        until(lambda: self.remote("channel", "list").returncode == 0, "others are served again", 30)
        for each in idle:
            each.close()
        self.assertEqual(self.host.stop(), 0)

    def test_keys_are_rotated_while_the_host_runs(self):
        self.host.start()
        before = self.host.master_key.read_text()
        self.assertEqual(self.host.ask("key", "rotate")["dataKey"], "2")
        self.assertEqual(self.host.master_key.read_text(), before)
        self.assertEqual(self.host.ask("key", "rotate", "--master-key", "--yes")["dataKey"], "3")
        self.assertNotEqual(self.host.master_key.read_text(), before)
        self.assertEqual(self.host.stop(), 0)
        self.host.start()
        self.assertEqual(self.host.stop(), 0)
        self.host.master_key.write_text(before)
        code, said = self.host.refused()
        self.assertEqual(code, 1)
        self.assertIn("KEY_UNAVAILABLE", said)


if __name__ == "__main__":
    unittest.main()
