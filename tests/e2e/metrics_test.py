"""What Prometheus reads of a host at work: on loopback only, and nothing about anybody."""
import json
import urllib.error
import urllib.request

from harness.case import WorldTest
from harness.polling import until
from harness.ports import free_port


class MetricsTest(WorldTest):
    def doctor(self, host, *arguments):
        """What it finds of the figures."""
        said = host.run("--json", "doctor", "--config", host.config, *arguments, check=False).stdout
        return [(each["state"], each["found"]) for each in json.loads(said)["findings"] if each["check"] == "metrics"]

    def read(self, port, path="/metrics"):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.headers["Content-Type"], answer.read().decode()

    def test_figures_of_a_host_at_work(self):
        world = self.world(speed=120, listings=[{"sku": "MUG", "quantity": 5}])
        port = free_port()
        with world.host.config.open("a", encoding="utf-8") as config:
            config.write(f'[metrics]\nlisten = "127.0.0.1:{port}"\n')
        world.set_up(channels=("uk",), listed=1)
        world.sim.place(("MUG", 1), marketplace="UK", buyer={"name": "Nora Nolan", "city": "Leeds"})
        until(lambda: len(world.host.orders()) == 1, "the order is here", 60)
        kind, text = self.read(port)
        self.assertTrue(kind.startswith("text/plain"), kind)
        self.assertIn("serving metrics", world.host.log.read_text(encoding="utf-8"))
        for line in ('quayside_marketplace_calls_total{operation="searchOrders",status="200"}',
                     'quayside_sync_lag_seconds{account="shop",job="orders"}',
                     'quayside_checkpoint_age_seconds{account="shop"}',
                     'quayside_rate_budget_left{account="shop",operation="searchOrders"}',
                     "quayside_commit_seconds_bucket{", "quayside_scrape_failed 0"):
            self.assertIn(line, text)
        for word in ("Nora", "Nolan", "Leeds", "MUG"):
            self.assertNotIn(word, text)
        with self.assertRaises(urllib.error.HTTPError):
            self.read(port, "/else")
        self.assertEqual(self.doctor(world.host), [("ok", f"served at 127.0.0.1:{port}, to this machine only")])
        elsewhere = f"127.0.0.1:{free_port()}"
        (state, found), = self.doctor(world.host, "--set", f"metrics.listen={elsewhere}")
        self.assertEqual(state, "problem")
        self.assertIn(f"no figures at {elsewhere}", found)

    def test_a_lower_quantity_that_is_acknowledged_closes_an_oversell_window(self):
        world = self.world(speed=120, listings=[{"sku": "MUG", "quantity": 5}])
        port = free_port()
        with world.host.config.open("a", encoding="utf-8") as config:
            config.write(f'[metrics]\nlisten = "127.0.0.1:{port}"\n')
        world.set_up(channels=("uk",), listed=1)
        world.link(channels=("uk",))
        self.assertNotIn("quayside_oversell_windows_closed{", self.read(port)[1])
        world.host.run("stock", "set", "MUG", "3")
        closed = 'quayside_oversell_windows_closed{account="shop",channel="uk"} 1'
        world.settle(lambda: closed in self.read(port)[1], "Amazon has acknowledged the lower quantity")
        text = self.read(port)[1]
        self.assertIn('quayside_oversell_window_seconds{account="shop",channel="uk",quantile="0.99"}', text)
        self.assertIn('quayside_oversell_windows_open{account="shop",channel="uk"} 0', text)
        self.assertIn("oversell window of channels/uk: p50 ", world.host.run("sync", "status").stdout)

    def test_without_the_setting_nothing_is_served_and_another_address_is_refused(self):
        host = self.world().host
        code, said = host.refused(arguments=("--set", "metrics.listen=0.0.0.0:9464"))
        self.assertEqual(code, 2)
        self.assertIn("served to this machine only", said)
        host.start()
        self.assertNotIn("serving metrics", host.log.read_text(encoding="utf-8"))
        host.stop()
