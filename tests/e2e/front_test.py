"""nginx with the configuration that the package brings, before a host, by the commands of docs/remote-access.md: clients with a token and
no certificate. python3-grpcio is the client, and the CLI where people would use it."""
import base64
import json
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import grpc
from api.reflected_api import Api
from harness.front import SHIPPED, Front
from harness.pages import block
from harness.places import ROOT, program
from harness.polling import until
from harness.process import stop_all
from harness.remote import NAME, RemoteHost, clean_environment, make_certificates, typed

# nginx gives up on a silent answer after so long unless it is told otherwise.
_NGINX_DEFAULT_S = 60
_MIB = 1024 * 1024


class FrontTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="qs-front-"))
        try:
            tls = make_certificates(cls.folder)
            cls.ca = (tls / "ca.pem").read_bytes()
            # The bounds to be met are nginx's.
            cls.host = RemoteHost(cls.folder / "h", limits={"calls_per_second": 100_000, "streams": 1_000}).start()
            cls.front = Front(cls.folder / "nginx", cls.host.port, tls).start()
            # What the messages look like is learnt on the host itself.
            cls.api = Api(grpc.insecure_channel(f"unix:{cls.host.socket}"))
            cls.tokens = {role: cls.host.token(role, "--role", role) for role in ("operator", "viewer")}
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        stop_all()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def setUp(self):
        self.opened = []
        self.addCleanup(lambda: [each.close() for each in self.opened])

    def channel(self, token="operator", port=None):
        """A connection of its own with the token of that name, or this secret; None: without."""
        credentials = grpc.ssl_channel_credentials(self.ca)
        if token is not None:
            secret = self.tokens[token].read_text(encoding="ascii").strip() if token in self.tokens else token
            credentials = grpc.composite_channel_credentials(credentials, grpc.access_token_call_credentials(secret))
        channel = grpc.secure_channel(f"{NAME}:{port or self.front.port}", credentials, options=[("grpc.use_local_subchannel_pool", 1)])
        self.opened.append(channel)
        return channel

    def cli(self, *arguments, token):
        command = [program("quayside"), "--address", f"{NAME}:{self.front.port}", "--ca", self.folder / "tls" / "ca.pem", "--timeout", "5",
                   "--token-file", token, *arguments]
        return subprocess.run([str(each) for each in command], text=True, capture_output=True, timeout=60, check=False,
                              env=clean_environment())

    def refusal(self, call):
        """The error of a call that is refused."""
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        return caught.exception

    def reason(self, error):
        """Of the details that came along; None without."""
        info = self.api.details(error).get("ErrorInfo")
        return info and info.reason

    def test_the_page(self):
        shutil.copy(self.tokens["viewer"], self.folder / "console.token")
        call = block("front-call").replace(":443", f":{self.front.port}")
        said = typed(call, self.folder, QUAYSIDE_NAME=NAME)
        self.assertIn("There is no channel.", said.stdout)
        self.assertIn("reload nginx", (self.front.folder / "asked").read_text(encoding="utf-8"))

    def test_a_call_a_change_and_a_stream(self):
        api = Api(self.channel())
        watch = api.stream("EventService", "Watch", typePrefixes=["stock."])
        begin = next(watch)
        answer = api.call("InventoryService", "SetLevels", changes=[{"sku": "FRONT-1", "level": 7, "title": "Mug"}], createItems=True,
                          requestId="front-1")
        self.assertEqual(answer.changed, 1)
        event = next(each for response in watch for each in response.events)
        self.assertGreater(event.revision, begin.revision)
        code, details = api.refusal("InventoryService", "GetItem", name="items/-", sku="NONE")
        self.assertEqual((code, details["ErrorInfo"].reason), (grpc.StatusCode.NOT_FOUND, "ITEM_NOT_FOUND"))
        watch.cancel()

    def test_a_token_is_needed_and_decides(self):
        cases = {None: "NOT_SIGNED_IN", "qst_guess": "TOKEN_REFUSED"}
        path, request, response = self.api.method("ChannelService", "ListChannels")
        for token, reason in cases.items():
            call = self.channel(token).unary_unary(path, request.SerializeToString, response.FromString)
            error = self.refusal(lambda call=call: call(request(), timeout=10))
            self.assertEqual((error.code(), self.reason(error)), (grpc.StatusCode.UNAUTHENTICATED, reason))
        path, request, response = self.api.method("InventoryService", "SetLevels")
        call = self.channel("viewer").unary_unary(path, request.SerializeToString, response.FromString)
        error = self.refusal(lambda: call(request(), timeout=10))
        self.assertEqual((error.code(), self.reason(error)), (grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED"))

    def test_silence_longer_than_nginx_grants_by_itself(self):
        """The health stream says nothing while nothing changes; events bring a bookmark now and then."""
        api = Api(self.channel())
        path, request, response = api.method("grpc.health.v1.Health", "Watch")
        health = self.channel().unary_stream(path, request.SerializeToString, response.FromString)(request(), timeout=600)
        path, request, response = api.method("EventService", "Watch")
        watch = self.channel().unary_stream(path, request.SerializeToString, response.FromString)(
            request(type_prefixes=["nothing."]), timeout=600)
        self.assertEqual(next(health).status, 1)
        self.assertEqual(len(next(watch).events), 0)
        began = time.monotonic()
        while time.monotonic() - began < _NGINX_DEFAULT_S + 5:
            self.assertEqual(len(next(watch).events), 0)
            self.assertTrue(health.is_active(), "the silent stream was cut")
        self.assertTrue(watch.is_active())
        health.cancel()
        watch.cancel()

    def test_what_is_too_large_is_refused_and_the_connection_lives(self):
        api = Api(self.channel())
        path, request, response = api.method("InventoryService", "SetLevels")
        call = api.connection.unary_unary(path, request.SerializeToString, response.FromString)
        too_large = request(request_id="x" * (5 * _MIB))
        error = self.refusal(lambda: call(too_large, timeout=20))
        self.assertEqual((error.code(), self.reason(error)), (grpc.StatusCode.RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE"), error)
        self.assertIn("larger than 4 MiB", error.details())
        self.assertIn("intended to send too large", self.front.child.log_text())
        api.call("ChannelService", "ListChannels")
        # Below both bounds it arrives.
        large = request(request_id="x" * (3 * _MIB))
        self.assertEqual(self.refusal(lambda: call(large, timeout=20)).code(), grpc.StatusCode.INVALID_ARGUMENT)
        other = self.channel().unary_unary(path, request.SerializeToString, response.FromString)
        error = self.refusal(lambda: other(request(), timeout=20, metadata=[("x-large", "x" * 16_000)]))
        self.assertEqual(error.code(), grpc.StatusCode.UNAVAILABLE, error)
        api.call("ChannelService", "ListChannels")

    def test_a_clients_stream_is_longer_than_a_message_may_be(self):
        chunks = [{"changes": [{"sku": f"{'S' * 230}-{chunk}-{number}", "level": number} for number in range(1000)]} for chunk in range(25)]
        self.assertGreater(sum(len(json.dumps(chunk)) for chunk in chunks), 5 * _MIB)
        chunks[0] |= {"createItems": True, "requestId": "front-import"}
        api = Api(self.channel())
        self.assertEqual(api.upload("InventoryService", "ImportLevels", chunks, timeout=120).levels, 25_000)
        self.assertEqual(api.upload("InventoryService", "ImportLevels", [{"requestId": "front-import"}]).levels, 25_000)

    def test_streams_of_one_address_are_bounded(self):
        path, request, response = self.api.method("EventService", "Watch")
        watch = self.channel().unary_stream(path, request.SerializeToString, response.FromString)
        streams = [watch(request(), timeout=120) for _ in range(110)]
        refused = []
        for stream in streams:
            try:
                next(stream)
            except grpc.RpcError as error:
                refused.append(error)
        # Streams of other tests that have just ended may still count.
        self.assertIn(len(refused), range(10, 20))
        self.assertEqual({(each.code(), self.reason(each)) for each in refused}, {(grpc.StatusCode.RESOURCE_EXHAUSTED, "STREAM_LIMIT")})
        for stream in streams:
            stream.cancel()

    def test_calls_of_one_address_are_bounded(self):
        """With a slow allowance, so that a slow machine meets it, too: 200 at once and one a second."""
        front = Front(self.folder / "slow", self.host.port, self.folder / "tls", rate=1).start()
        path, request, response = self.api.method("ChannelService", "ListChannels")
        call = self.channel(port=front.port).unary_unary(path, request.SerializeToString, response.FromString)

        def refused():
            try:
                call(request(), timeout=20)
            except grpc.RpcError as error:
                return error
            return None
        began = time.monotonic()
        answered = 0
        error = None
        while error is None:
            error = refused()
            answered += error is None
        self.assertIn(answered, range(200, 203 + int(time.monotonic() - began)))
        self.assertEqual((error.code(), self.reason(error)), (grpc.StatusCode.RESOURCE_EXHAUSTED, "CALL_LIMIT"))
        self.assertEqual(self.api.details(error)["RetryInfo"].retry_delay.seconds, 1)
        until(lambda: refused() is None, "the allowance comes back")
        self.assertEqual(front.stop(), 0)

    def test_two_tokens_are_malformed(self):
        path, request, response = self.api.method("ChannelService", "ListChannels")
        call = self.channel(token=None).unary_unary(path, request.SerializeToString, response.FromString)
        error = self.refusal(lambda: call(request(), timeout=20, metadata=[("authorization", "Bearer a"), ("authorization", "Bearer b")]))
        self.assertEqual((error.code(), self.reason(error)), (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT"), error)

    def test_a_host_that_says_nothing(self):
        """Its connections are taken by the system, and nobody reads from them."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            front = Front(self.folder / "silent", silent.getsockname()[1], self.folder / "tls", patience_s=1).start()
            path, request, response = self.api.method("ChannelService", "ListChannels")
            call = self.channel(port=front.port).unary_unary(path, request.SerializeToString, response.FromString)
            error = self.refusal(lambda: call(request(), timeout=50))
            self.assertEqual((error.code(), error.details(), self.reason(error)),
                             (grpc.StatusCode.DEADLINE_EXCEEDED, "the host took too long", "DEADLINE_EXCEEDED"))
            self.assertEqual(front.stop(), 0)

    def test_an_nginx_without_room(self):
        """A stream takes a connection to the host; there are fewer than streams."""
        front = Front(self.folder / "narrow", self.host.port, self.folder / "tls", connections=12).start()
        path, request, response = self.api.method("EventService", "Watch")
        watch = self.channel(port=front.port).unary_stream(path, request.SerializeToString, response.FromString)
        streams = [watch(request(), timeout=50) for _ in range(20)]
        refused = []
        for stream in streams:
            try:
                next(stream)
            except grpc.RpcError as error:
                refused.append(error)
        self.assertIn(len(refused), range(5, 20))
        self.assertEqual({(each.code(), self.reason(each)) for each in refused}, {(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")})
        self.assertEqual({self.api.details(each)["RetryInfo"].retry_delay.seconds for each in refused}, {1})
        for stream in streams:
            stream.cancel()
        front.stop()

    def test_a_host_that_is_restarted(self):
        api = Api(self.channel())
        watch = api.stream("EventService", "Watch")
        revision = next(watch).revision
        api.learn("quayside.v1.InventoryService")
        path, request, response = api.method("ChannelService", "ListChannels")
        call = api.connection.unary_unary(path, request.SerializeToString, response.FromString)
        self.assertEqual(self.host.stop(), 0)
        error = self.refusal(lambda: [each for each in watch])
        self.assertEqual(error.code(), grpc.StatusCode.UNAVAILABLE)
        error = self.refusal(lambda: call(request(), timeout=10))
        self.assertEqual((error.code(), error.details()), (grpc.StatusCode.UNAVAILABLE, "the host does not answer"))
        # Its details are read when the host, which knows how, is there again.
        away = error
        result = self.cli("channel", "list", token=self.tokens["viewer"])
        self.assertEqual(result.returncode, 3, result.stderr)
        self.host.start()
        until(lambda: self.cli("channel", "list", token=self.tokens["viewer"]).returncode == 0, "the host is there again")
        self.assertEqual(self.reason(away), "HOST_UNAVAILABLE")
        self.assertEqual(self.api.details(away)["RetryInfo"].retry_delay.seconds, 1)
        resumed = api.stream("EventService", "Watch", afterRevision=str(revision))
        self.assertGreaterEqual(next(resumed).revision, revision)
        resumed.cancel()

    def test_the_doctor_sees_what_clients_see(self):
        def states(front):
            said = self.host.run("--json", "doctor", "--config", self.host.config, "--front", front, check=False).stdout
            return [(each["state"], each["found"]) for each in json.loads(said)["findings"] if each["check"] == "front"]
        shown = self.front.folder / "conf.d" / "quayside.conf"
        fine = states(shown)
        self.assertEqual([state for state, _ in fine], ["ok", "ok", "ok"], fine)
        self.assertIn(f"a call through 127.0.0.1:{self.front.port} reaches the host", fine[1][1])
        wrong = self.folder / "wrong.conf"
        wrong.write_text(shown.read_text(encoding="utf-8").replace(f"server 127.0.0.1:{self.host.port};",
                                                                   f"server unix:{self.host.socket};"), encoding="utf-8")
        self.assertIn("problem", [state for state, found in states(wrong) if "is admin" in found])

    def test_whoever_speaks_no_grpc_stays_outside(self):
        done = subprocess.run(["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{self.front.port}", "-servername", NAME],
                              input="GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", capture_output=True, text=True,
                              timeout=30, check=False)
        self.assertIn("415", done.stdout.splitlines()[0])

    def test_every_stream_of_the_protos_may_be_silent(self):
        """A method that returns a stream and is not told of in the configuration is cut after 75 s."""
        long = re.search(r"location ~ (\S+) \{", SHIPPED.read_text(encoding="utf-8")).group(1)
        methods = [(f"/{service}/{method.name}", method) for service, method in Api(self.channel()).methods()]
        found = [path for path, method in methods if method.server_streaming]
        self.assertGreater(len(found), 1)
        self.assertEqual([each for each in found if not re.match(long, each)], [])
        self.assertIsNone(re.match(long, "/quayside.v1.OrderService/ListOrders"))
        told = re.findall(r"location = (\S+) \{", SHIPPED.read_text(encoding="utf-8"))
        self.assertEqual([path for path, method in methods if method.client_streaming], told)

    def test_each_answer_of_its_own_carries_a_documented_reason(self):
        """And its details say what its headers say."""
        reasons = (ROOT / "docs" / "reasons.md").read_text(encoding="utf-8")
        shipped = SHIPPED.read_text(encoding="utf-8")
        answers = re.findall(r'add_header grpc-status (\d+);\n +add_header grpc-message "([^"]+)";\n'
                             r' +add_header grpc-status-details-bin "([^"]+)";', shipped)
        self.assertEqual(len(answers), shipped.count("add_header grpc-status "))
        self.assertEqual(len(answers), len(re.findall(r"error_page ", shipped)))
        for code, message, text in answers:
            status = self.api.unpack(base64.b64decode(text + "=="))
            self.assertEqual((status.code, status.message), (int(code), message))
            info = self.api.message("google.rpc.ErrorInfo").FromString(status.details[0].value)
            self.assertEqual(info.domain, "quayside")
            self.assertIn(f"| `{info.reason}` |", reasons)

    def run(self, result=None):
        result = result or self.defaultTestResult()
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            print(json.dumps({"nginx": self.front.tail(), "host": self.host.tail()}, indent=1).replace("\\n", "\n"))
        return result


if __name__ == "__main__":
    unittest.main()
