"""Clients that share no code with the host: Python's grpcio, @grpc/grpc-js, Connect for Node, buf curl. Each does the same (peers/) and
tells what it saw; what is right is said here, once for all."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import urllib.request

from harness import npm
from harness.places import ROOT
from harness.polling import until
from harness.process import stop_all
from harness.remote import NAME, OTHER, RemoteHost, clean_environment, make_certificates

PEERS = pathlib.Path(__file__).with_name("peers")
PROTOS = ROOT / "protos"
# google/rpc/*.proto of the distribution.
GOOGLE = pathlib.Path("/usr/share/gocode/src/github.com/gogo/googleapis")
# Codes of gRPC.
CANCELLED, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, PERMISSION_DENIED, ABORTED, INTERNAL, UNAVAILABLE = 1, 3, 4, 5, 7, 10, 13, 14


def node_peers():
    """The folder with the Node peers, their packages, and what is generated for Connect."""
    folder = npm.installed(pathlib.Path(__file__).with_name("package.json"), "interop")
    generated = folder / "gen"
    shutil.rmtree(generated, ignore_errors=True)
    generated.mkdir()
    files = [str(path.relative_to(PROTOS)) for pattern in ("quayside/v1/*.proto", "quayside/plugin/v1/options.proto")
             for path in sorted(PROTOS.glob(pattern))]
    subprocess.run(["protoc", f"-I{PROTOS}", f"-I{GOOGLE}", f"--plugin={folder}/node_modules/.bin/protoc-gen-es", f"--es_out={generated}",
                    "--es_opt=target=js,import_extension=js", *files, "google/rpc/error_details.proto"], check=True)
    # Modules are looked for beside the program that names them.
    for path in PEERS.glob("*.js"):
        shutil.copy(path, folder)
    return folder


class Peer:
    """The claims; a class below names the program."""
    level = 40
    cancelled = CANCELLED
    # How the program calls it when there is no connection. UNAUTHENTICATED would be the host's word, which none of these may hear.
    no_connection = (UNAVAILABLE,)

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="qs-interop-"))
        try:
            tls = make_certificates(cls.folder, OTHER)
            cls.host = RemoteHost(cls.folder / "h", tls=tls, metrics=True).start()
            token = cls.host.token("peer", "--role", "operator")
            cls.asked = {"address": f"{NAME}:{cls.host.port}", "ca": tls / "ca.pem", "cert": tls / "laptop.pem", "key": tls / "laptop.key",
                         "otherCert": tls / "other.pem", "otherKey": tls / "other.key", "token": token.read_text(encoding="ascii").strip(),
                         "protos": PROTOS, "google": GOOGLE, "sku": "PEER-1", "level": cls.level}
            cls.command = cls.prepare()
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        stop_all()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def saw(self, scenario):
        asked = json.dumps({**self.asked, "scenario": scenario}, default=str)
        done = subprocess.run([*map(str, self.command), asked], capture_output=True, text=True, timeout=120, check=False,
                              env=clean_environment())
        self.assertEqual(done.returncode, 0, f"{done.stdout}{done.stderr}{self.host.tail()}")
        return json.loads(done.stdout.splitlines()[-1])

    def assert_the_host_lets_go(self):
        def watchers():
            with urllib.request.urlopen(f"http://127.0.0.1:{self.host.metrics_port}/metrics", timeout=10) as answer:
                lines = answer.read().decode().splitlines()
            return next(float(line.split()[-1]) for line in lines if line.startswith("quayside_watchers "))
        until(lambda: watchers() == 0, "nobody watches any more")

    def test_a_change_is_made_once_and_read_back(self):
        self.assertEqual(self.saw("unary"), {"changed": 1, "repeated": True, "level": self.level})

    def test_a_stream_tells_of_a_change(self):
        self.assertEqual(self.saw("stream"), {"beginEvents": 0, "later": True, "type": "stock.set", "level": str(self.level + 1)})

    def test_a_clients_stream_is_stored_once_and_says_how_far_it_came(self):
        self.assertEqual(self.saw("upload"), {"levels": [3, 3, 3], "reason": "INVALID_LEVEL", "told": "1", "fields": ["changes[1].level"]})

    def test_errors_carry_their_details(self):
        self.assertEqual(self.saw("errors"), {"missing": NOT_FOUND, "reason": "ITEM_NOT_FOUND", "domain": "quayside", "traced": True,
                                              "bad": INVALID_ARGUMENT, "fields": ["changes[0].level", "changes[1].sku"]})

    def test_a_deadline_ends_a_stream(self):
        self.assertEqual(self.saw("deadline"), {"answered": True, "code": DEADLINE_EXCEEDED})
        self.assert_the_host_lets_go()

    def test_the_host_notices_a_client_that_cancels(self):
        self.assertEqual(self.saw("cancel"), {"answered": True, "code": self.cancelled})
        self.assert_the_host_lets_go()

    def test_mutual_tls(self):
        """By certificate alone a viewer; without one, with one of another authority, or to another host than meant: no connection."""
        saw = self.saw("mutualTls")
        self.assertEqual((saw["channels"], saw["change"]), (0, PERMISSION_DENIED))
        for who in ("without", "stranger", "otherHost"):
            self.assertIn(saw[who], self.no_connection, who)


class GrpcioTest(Peer, unittest.TestCase):
    @classmethod
    def prepare(cls):
        return ["/usr/bin/python3", PEERS / "grpcio.py"]


class GrpcJsTest(Peer, unittest.TestCase):
    @classmethod
    def prepare(cls):
        return ["node", node_peers() / "grpc_js.js"]


class ConnectNodeTest(Peer, unittest.TestCase):
    no_connection = (CANCELLED, ABORTED, INTERNAL, UNAVAILABLE)

    @classmethod
    def prepare(cls):
        return ["node", node_peers() / "connect_node.js"]


class BufCurlTest(Peer, unittest.TestCase):
    # A connection that the host closes right after the handshake is called cancelled.
    no_connection = (CANCELLED, UNAVAILABLE)

    @classmethod
    def prepare(cls):
        cls.asked["buf"] = node_peers() / "node_modules" / ".bin" / "buf"
        return ["/usr/bin/python3", PEERS / "buf_curl.py"]


if __name__ == "__main__":
    unittest.main()
