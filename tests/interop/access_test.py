"""Every method of the API as everybody, over TCP and through nginx: the methods and their roles are what reflection tells, so that a new
method is called here without anybody thinking of it. host/api/access_test.cc asks the same inside one process."""
import pathlib
import shutil
import tempfile
import unittest

import grpc
from api.reflected_api import Api
from harness.front import Front
from harness.polling import until
from harness.process import stop_all
from harness.remote import NAME, RemoteHost, make_certificates
from harness.sim import Sim

# What each role may call (docs/security.md), by the role a method needs.
MAY = {
    "viewer": {"ROLE_VIEWER"},
    "operator": {"ROLE_VIEWER", "ROLE_OPERATOR"},
    "channel-admin": {"ROLE_VIEWER", "ROLE_OPERATOR", "ROLE_CHANNEL_ADMIN"},
    "plugin-admin": {"ROLE_VIEWER", "ROLE_PLUGIN_ADMIN"},
    "auditor": {"ROLE_AUDITOR"},
    "admin": {"ROLE_VIEWER", "ROLE_OPERATOR", "ROLE_CHANNEL_ADMIN", "ROLE_PLUGIN_ADMIN", "ROLE_AUDITOR", "ROLE_ADMIN"},
}
_DENIED = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
# Not one of a method that was reached: nobody has it, or somebody between here and there failed.
_NOT_REACHED = (*_DENIED, grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN,
                grpc.StatusCode.DEADLINE_EXCEEDED)
_DAY_S = 86_400


def bearer(secret):
    return [("authorization", f"Bearer {secret}")]


class AccessTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qs-access-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(stop_all)
        sim = Sim(self.folder, speed=0)
        # So many calls in a hurry are meant here.
        self.host = RemoteHost(self.folder / "h", sim_url=sim.url, limits={"calls_per_second": 1_000_000, "streams": 10_000}).start()
        self.callers = self.make_callers()
        sim.advance(_DAY_S)
        with grpc.insecure_channel(f"127.0.0.1:{self.host.port}") as connection:
            until(lambda: self.code(connection, "/quayside.v1.ChannelService/ListChannels", self.callers["expired"][0])
                  == grpc.StatusCode.UNAUTHENTICATED, "the host's clock has moved")

    def secret(self, name, *arguments):
        return self.host.token(name, *arguments).read_text(encoding="ascii").strip()

    def make_callers(self):
        """Name -> (metadata, role or None)."""
        callers = {role: (bearer(self.secret(role, "--role", role, "--days", "30")), role) for role in MAY}
        admin = self.secret("boss", "--role", "admin", "--days", "30")
        other = "A" if admin[-1] != "A" else "B"
        revoked = self.secret("revoked", "--role", "admin", "--days", "30")
        self.host.run("token", "revoke", "revoked", "--yes")
        nobodies = {
            "nobody": [], "a guess": bearer("qst_guess"), "nothing": bearer(""), "revoked": bearer(revoked),
            "expired": bearer(self.secret("expired", "--role", "admin", "--days", "1")),
            "tampered, the last character": bearer(admin[:-1] + other), "tampered, cut off": bearer(admin[:-1]),
            "tampered, made longer": bearer(admin + "A"), "the id as the secret": bearer("boss"),
            "another scheme": [("authorization", f"Basic {admin}")], "another header": [("x-authorization", f"Bearer {admin}")],
            "two headers": bearer(admin) + bearer("qst_guess"),
            "a header about a certificate": [("x-ssl-client-verify", "SUCCESS"), ("x-forwarded-client-cert", "laptop.ops.example")],
        }
        callers.update({name: (metadata, None) for name, metadata in nobodies.items()})
        return callers

    @staticmethod
    def code(connection, path, metadata):
        """Of a call with an empty request; OK as soon as something is answered."""
        call = connection.unary_stream(path, request_serializer=bytes, response_deserializer=bytes)(b"", metadata=metadata, timeout=30)
        try:
            for _ in call:
                call.cancel()
                return grpc.StatusCode.OK
            return grpc.StatusCode.OK
        except grpc.RpcError as error:
            return error.code()

    def check(self, connection, learn, refused_before=()):
        """`refused_before`: callers whom somebody in front of the host sends away as malformed."""
        api = Api(learn)
        methods = [(f"/{service}/{method.name}", api.option(method, "quayside.v1.required_role")) for service, method in api.methods()]
        roles = api.pool.FindEnumTypeByName("quayside.v1.Role").values_by_number
        self.assertGreater(len(methods), 70)
        # Every role that the protos know is a caller here.
        self.assertEqual({each.name for number, each in roles.items() if number}, MAY["admin"])
        wrong, let_in = [], 0
        for path, role in methods:
            needed = roles[role].name
            self.assertNotEqual(needed, "ROLE_UNSPECIFIED", path)
            for name, (metadata, held) in self.callers.items():
                code = self.code(connection, path, metadata)
                if name in refused_before:
                    fits = code == grpc.StatusCode.INVALID_ARGUMENT
                elif held is None:
                    fits = code == grpc.StatusCode.UNAUTHENTICATED
                elif needed not in MAY[held]:
                    fits = code == grpc.StatusCode.PERMISSION_DENIED
                else:
                    let_in += 1
                    fits = code not in _NOT_REACHED
                if not fits:
                    wrong.append(f"{path} ({needed}) as {name}: {code}")
        self.assertEqual(wrong, [])
        self.assertGreater(let_in, 150)
        print(f"{len(methods)} methods as {len(self.callers)} callers, {let_in} let in")

    def test_over_tcp(self):
        with grpc.insecure_channel(f"127.0.0.1:{self.host.port}") as connection, grpc.insecure_channel(f"unix:{self.host.socket}") as learn:
            self.check(connection, learn)
        self.host.run("audit", "verify")

    def test_through_the_front(self):
        tls = make_certificates(self.folder)
        front = Front(self.folder / "nginx", self.host.port, tls, rate=100_000).start()
        credentials = grpc.ssl_channel_credentials((tls / "ca.pem").read_bytes())
        with grpc.secure_channel(f"{NAME}:{front.port}", credentials) as connection, \
                grpc.insecure_channel(f"unix:{self.host.socket}") as learn:
            self.check(connection, learn, refused_before=("two headers",))
        self.host.run("audit", "verify")


if __name__ == "__main__":
    unittest.main()
