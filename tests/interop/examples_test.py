"""The programs of tools/examples, built and started as their READMEs say, against a live host beside a simulated Amazon: over the socket,
and from elsewhere with certificate and token."""
import json
import pathlib
import shutil
import tempfile
import unittest

import grpc
from api.reflected_api import Api
from harness import npm
from harness.comparison import is_merchants
from harness.pages import block
from harness.places import AMAZON_BUNDLE, ROOT
from harness.polling import TimedOut, until
from harness.process import Child, stop_all
from harness.remote import NAME, RemoteHost, clean_environment, make_certificates, typed
from harness.sim import CREDENTIALS, MARKETPLACES, Sim

EXAMPLES = ROOT / "tools" / "examples"
SKUS = ("MUG", "PLATE", "BOWL")


class Example:
    """The claims; a class below names the language."""
    language = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="qs-examples-"))
        try:
            cls.place = cls.prepare()
            tls = make_certificates(cls.folder)
            cls.sim = Sim(cls.folder, listings=[*({"sku": sku, "quantity": 50} for sku in SKUS), {"sku": "CHAIR", "fba": True}])
            cls.host = RemoteHost(cls.folder / "h", tls=tls, sim_url=cls.sim.url).start()
            cls.host.run("plugin", "install", cls.host.trust(AMAZON_BUNDLE))
            cls.host.add_account(CREDENTIALS)
            cls.host.add_channel("uk", MARKETPLACES["uk"])
            levels = "SKU,Level\n" + "".join(f"{sku},50\n" for sku in SKUS)
            cls.host.run("stock", "set", "--file", "-", "--create", stdin=levels)
            cls.here = {"QUAYSIDE_SOCKET": cls.host.socket}
            token = cls.host.token("reader", "--role", "viewer")
            cls.elsewhere = {"QUAYSIDE_ADDRESS": f"{NAME}:{cls.host.port}", "QUAYSIDE_CA": tls / "ca.pem", "QUAYSIDE_TOKEN_FILE": token,
                             "QUAYSIDE_CERT": tls / "laptop.pem", "QUAYSIDE_KEY": tls / "laptop.key"}
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        stop_all()
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def readme(cls, name):
        return block(name, f"tools/examples/{cls.language}/README.md").replace("/usr/share/quayside/protos", str(ROOT / "protos"))

    def follower(self, environment, name):
        """The README's command as a process, its file of events beside it; nothing but the program answers to its signals."""
        out, state = self.folder / f"{name}.out", self.folder / f"{name}.json"
        command = self.readme("events").strip().replace("events.json", str(state))
        command = command.replace("--type order. --type despatch.", "--type stock.")
        self.assertIn("--type stock.", command)
        # What it prints and what it complains of stand apart.
        child = Child(["bash", "-c", f"cd {self.place} && exec {command} >>{out}"], self.folder / f"{name}.log",
                      env=clean_environment(**environment))
        return child, out, state

    @staticmethod
    def printed(out):
        text = out.read_text(encoding="utf-8") if out.exists() else ""
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def test_orders_that_wait_to_be_sent(self):
        host = self.host
        placed = [self.sim.place(("MUG", 2), ("PLATE", 1), marketplace="UK"), self.sim.place(("BOWL", 3), marketplace="UK"),
                  self.sim.place(("PLATE", 4), marketplace="UK"), self.sim.place(("CHAIR", 1), marketplace="UK")]
        until(lambda: set(placed) <= host.orders().keys(), "the orders are here", 90)
        until(lambda: all(host.orders()[each][0]["state"] in ("ORDER_STATE_OPEN", "ORDER_STATE_DESPATCHED") for each in placed),
              "they are paid", 90)
        gone = host.orders()[placed[2]][0]["name"].split("/")[-1]
        host.run("orders", "despatch", gone, "--carrier", "Royal Mail", "--tracking", "QK1")
        due = sorted((order, line["quantity"], line["sku"]) for order, true in self.sim.orders().items()
                     if is_merchants(true) and order != placed[2] for line in true["lines"])
        self.assertEqual(len(due), 3)
        for environment in (self.here, self.elsewhere):
            said = typed(self.readme("orders"), self.place, **environment).stdout.splitlines()
            self.assertEqual(said[0].split(), ["ship", "by", "channel", "order", "quantity", "SKU"])
            rows = [line.split() for line in said[1:]]
            self.assertEqual(sorted((order, int(quantity), sku) for _, _, order, quantity, sku in rows), due)
            self.assertEqual({row[1] for row in rows}, {"channels/uk"})
            ship_by = [row[0] for row in rows]
            self.assertEqual(ship_by, sorted(ship_by))

    def change(self, levels):
        for level in levels:
            self.host.run("stock", "set", "MUG", str(level))

    def follow(self, environment, name):
        child, out, state = self.follower(environment, name)
        until(state.exists, "the first bookmark is noted", 30)
        begin = json.loads(state.read_text(encoding="utf-8"))["revision"]

        def levels():
            return [int(event["attributes"]["level"]) for event in self.printed(out)]

        def all_noted():
            return bool(self.printed(out)) and int(json.loads(state.read_text(encoding="utf-8"))["revision"]) >= int(
                self.printed(out)[-1]["revision"])

        def see(expected, what, seconds=30):
            try:
                until(lambda: levels() == expected, what, seconds)
            except TimedOut as late:
                raise AssertionError(f"{late}\nprinted: {levels()}\nsaid: {child.log_text()}\n{self.host.tail()}") from late
        self.change([11, 12, 13])
        see([11, 12, 13], "events are printed as they happen")
        until(all_noted, "and noted")
        # Killed, it goes on where it was, with what happened meanwhile.
        child.kill()
        self.change([21, 22])
        child, out, state = self.follower(environment, name)
        see([11, 12, 13, 21, 22], "it went on")
        # It outlives the host.
        self.assertEqual(self.host.stop(), 0)
        until(lambda: child.log_text().strip(), "it says that it was cut off")
        self.host.start()
        self.change([31, 32])
        see([11, 12, 13, 21, 22, 31, 32], "it is back", 90)
        self.assertIsNone(child.returncode)
        self.assertEqual(child.terminate(), 0)
        with grpc.insecure_channel(f"unix:{self.host.socket}") as channel:
            listed = Api(channel).call("EventService", "ListEvents", afterRevision=str(begin), typePrefixes=["stock."], pageSize=1000)
        self.assertEqual([int(event["revision"]) for event in self.printed(out)], [event.revision for event in listed.events])

    def test_events_on_the_host(self):
        self.follow(self.here, "here")

    def test_events_from_elsewhere(self):
        self.follow(self.elsewhere, "elsewhere")

    def test_a_token_that_is_refused_is_no_reason_to_try_for_ever(self):
        wrong = self.folder / "wrong.token"
        wrong.write_text("qst_guess\n", encoding="ascii")
        child, _, _ = self.follower({**self.elsewhere, "QUAYSIDE_TOKEN_FILE": wrong}, "wrong")
        self.assertEqual(child.wait(30), 1, child.log_text())
        self.assertIn("UNAUTHENTICATED", child.log_text().upper())


class PythonTest(Example, unittest.TestCase):
    language = "python"

    @classmethod
    def prepare(cls):
        place = cls.folder / "python"
        shutil.copytree(EXAMPLES / "python", place, ignore=shutil.ignore_patterns("generated", "__pycache__"))
        typed(cls.readme("generate"), place)
        return place


class TypeScriptTest(Example, unittest.TestCase):
    language = "typescript"

    @classmethod
    def prepare(cls):
        place = npm.installed(EXAMPLES / "typescript" / "package.json", "examples-typescript")
        for each in ("src", "dist"):
            shutil.rmtree(place / each, ignore_errors=True)
        shutil.copytree(EXAMPLES / "typescript", place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "dist", "gen"))
        install, rest = cls.readme("build").split("\n", 1)
        assert install == "npm install"  # done, once for all runs
        typed(rest, place)
        return place


if __name__ == "__main__":
    unittest.main()
