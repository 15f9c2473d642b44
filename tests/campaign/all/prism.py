"""A simulated day with Stoplight's Prism between the host and the simulated Amazon: orders, listings, packages that leave,
quantities one by one and in bulk, the stock of Amazon's warehouse and orders that it ships, before noon through one version of its
API and then through the other, and Amazon's own errors. Amazon's published models judge every request of the plugin and every answer
of the simulator.

A round is a simulated hour. Without Amazon's models (QUAYSIDE_SP_API_MODELS, or shared/sp-api beside the project) nothing can be
judged: with CI=true that is a failure, elsewhere it says so and ends well.
"""
import collections
import json
import os
import pathlib
import random
import shutil
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from campaign import warehouse_life
from campaign.report import Progress, Result
from campaign.shop_life import COUNTED, LEVELS, LISTINGS, ShopLife
from campaign.warehouse_life import WarehouseLife
from harness import comparison, despatches
from harness.host import Host
from harness.places import ROOT
from harness.polling import TimedOut, until
from harness.sim import CREDENTIALS, MARKETPLACES, WIDE_LIMITS, Sim
from prism.document_judge import DocumentJudge
from prism.front import Front
from prism.judges import MODELS, Judges, models_folder

SUMMARY = "a simulated day between plugin and simulator, judged by Prism with Amazon's models; no violation on either side"
ROUNDS = 24
TARGETS = ["quaysided", "quayside-probe", "quayside-runner", "quayside", "amazon-sim", "amazon"]

_SPEED = 240             # simulated seconds per second
_MANY = 6_000            # listings beside the shop's: more than a search gives, so that a pass is a report
_DOCUMENT_FROM = 500     # quantities that wait: fewer go one by one
_TOO_LONG_S = [6 * 3600, 6 * 3600]  # in Amazon's queue: the plugin's manifest says when a document is passed
_QUEUE_S = [60, 600]
# Offered by the plugin; the host asks for each order by itself.
_NOT_ASKED = ("listAllFulfillmentOrders", "outbound2026.listOrders")
_ERRORS = ["throttle", "throttle-with-rate", "internal-error", "unavailable"]
_OPERATIONS = ["searchOrders", "patchListingsItem", "searchListingsItems", "getListingsItem", "getReport", "createReport",
               "getReportDocument", "createFeed", "getFeed", "getFeedDocument", "confirmShipment", "getOrder", "getInventorySummaries",
               *warehouse_life.OPERATIONS[warehouse_life.OLDER], *warehouse_life.OPERATIONS[warehouse_life.LATER]]


class JudgedDay:
    def __init__(self, options):
        self.options = options
        self.rng = random.Random(options.seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="quayside-prism-"))
        many = {"generate": {"count": _MANY, "prefix": "MANY-", "quantity": [0, 80], "fba_share": 0.1}}
        # Amazon's own allowances, except of searches: orders are looked for more often than in a day of real length.
        self.sim = Sim(self.folder, speed=_SPEED, seed=options.seed, listings=[*LISTINGS, *warehouse_life.LISTINGS, many],
                       settings={**WIDE_LIMITS, "outbound": warehouse_life.PATIENT})
        self.judges = Judges(self.folder, self.sim.url)
        self.documents = DocumentJudge()
        self.front = Front(self.judges, self.sim.url, self.documents)
        self.sim.act("settings", documents={"base_url": self.front.url})
        self.host = Host(self.folder / "host", self.front.url, sync={"document_from": _DOCUMENT_FROM})
        self.life = ShopLife(random.Random(options.seed + 1), self.sim, self.host, despatches=True)
        self.warehouse = WarehouseLife(random.Random(options.seed + 2), self.sim, self.host)
        self.problems = []
        self.passes = {}
        self.fired = collections.Counter()
        self.progress = Progress(options.rounds)

    def run(self):
        self._set_up()
        begin = self.sim.now_us()
        hours = 0
        while hours < self.options.rounds:
            self.life.act()
            if self.rng.random() < 0.1:
                self.warehouse.act()
            if hours >= self.options.rounds / 2 and self.warehouse.version == warehouse_life.OLDER:
                self._change_at_noon()
            if self.rng.random() < 0.05:
                self._trouble()
            if self.rng.random() < 0.004:
                self._recount()
            if self.rng.random() < 0.02:
                self.host.approve_plans()
            time.sleep(self.rng.uniform(0, 0.2))
            hours = (self.sim.now_us() - begin) / 3.6e9
            self.progress.show(int(min(hours, self.options.rounds)), f"{sum(self.front.calls.values())} calls, "
                               f"{len(self.front.findings)} violations, {self.life.actions} changes")
        self._end_trouble()
        self._settle()
        self.check_coverage()

    def _set_up(self):
        self._prove_the_judges()
        self.host.start()
        self.host.install()
        self.host.add_account(CREDENTIALS)
        for channel in ("uk", "de"):
            self.host.add_channel(channel, MARKETPLACES[channel])
        self.host.run("account", "test", "shop")
        listed = len(LISTINGS) + len(warehouse_life.LISTINGS) + _MANY
        for channel in ("uk", "de"):
            until(lambda channel=channel: self._known(channel) == listed, f"{listed} listings of {channel} are known", 400, every=1)
            self.host.run("listings", "link", channel, "--by-sku", "--create-items")
        self._recount()
        self.warehouse.turn_on()
        self._let_first_quantities_go()
        self._change_one_behind_our_back()
        self.warehouse.ship_one_and_take_one_back()

    def _change_at_noon(self):
        """With orders under way. What is to be judged of the other version happens for sure."""
        self._end_trouble()
        self.warehouse.use(warehouse_life.LATER)
        self.warehouse.ship_one_and_take_one_back()

    def _let_first_quantities_go(self):
        """An operator waits until everything is worked out, then says his word. Amazon leaves the first document in its queue for too
        long, so that it is withdrawn; the order of a later one goes unanswered, so that it is looked for."""
        self.sim.act("settings", feeds={"queue_s": _TOO_LONG_S})
        def all_wait():
            plans = [self.host.plan(channel) for channel in self.host.stopped_channels()]
            return plans and all(int(plan["undecided"]) == 0 for plan in plans)
        until(all_wait, "the first quantities wait for a word", 300, every=1)
        self.host.approve_plans()
        until(lambda: self.sim.calls("cancelFeed"), "a document that waits for too long is withdrawn", 300, every=1)
        self.sim.act("settings", feeds={"queue_s": _QUEUE_S})
        self.sim.fault("internal-error", operation="createFeed", count=1)
        # Amazon is given time after a document that it did not take; meanwhile quantities go one by one.
        until(lambda: self.sim.calls("getFeeds") or self._recount(), "a document whose order went unanswered is looked for", 300, every=10)

    def _change_one_behind_our_back(self):
        """Which is looked at by itself."""
        sku = COUNTED[0]
        until(lambda: self.host.listings("uk")[sku].get("quantityState") == "QUANTITY_STATE_CURRENT", f"{sku} is as it is to be", 120, every=1)
        self.sim.act("change-quantity", sku=sku, quantity=LEVELS[sku] + 7)
        until(lambda: self.sim.calls("getListingsItem"), f"{sku} is read back", 120, every=1)

    def _prove_the_judges(self):
        """Before they are believed: a wrong question and a wrong answer are found."""
        token = self._post("/auth/o2/token", urllib.parse.urlencode({
            "grant_type": "refresh_token", "client_id": CREDENTIALS["lwa_client_id"],
            "client_secret": CREDENTIALS["lwa_client_secret"], "refresh_token": CREDENTIALS["lwa_refresh_token"]}))["access_token"]
        self._get("/orders/2026-01-01/orders?createdAfter=yesterday", token)
        found = self.front.take_findings()
        if not any(text.startswith("request") for text in found):
            self.problems.append(f"a wrong request was not found: {found}")
        self.sim.fault("html-200", operation="getMarketplaceParticipations", count=1)
        self._get("/sellers/v1/marketplaceParticipations", token)
        found = self.front.take_findings()
        if not any(text.startswith("response") for text in found):
            self.problems.append(f"a wrong answer was not found: {found}")
        for kind, wrong in (("feed", '{"header": {"sellerId": "S", "version": "2.0"}, "messages": [{"messageId": 1, "sku": "A", '
                                     '"operationType": "PATCH", "attributes": {}}]}'), ("result", '{"header": {}}')):
            if not self.documents.problems(kind, wrong):
                self.problems.append(f"a wrong document of a {kind} was not found")
            self.documents.judged[kind] = 0

    def _post(self, path, form):
        with urllib.request.urlopen(self.front.url + path, form.encode(), timeout=30) as answer:
            return json.load(answer)

    def _get(self, path, token):
        try:
            urllib.request.urlopen(urllib.request.Request(self.front.url + path, headers={"x-amz-access-token": token}), timeout=30).close()
        except urllib.error.HTTPError as refused:
            refused.close()

    def _known(self, channel):
        return int(self.host.ask("listings", "list", channel, "--limit", "1").get("total", 0))

    def _recount(self):
        """The whole shop is counted: more than patches carry in good time."""
        rows = [f"{sku},{level}" for sku, level in LEVELS.items()]
        rows += [f"{sku},{self.rng.randint(0, 60)}" for sku in self.sim.listings() if sku.startswith("MANY-")]
        self.host.run("stock", "set", "--file", "-", stdin="SKU,Level\n" + "\n".join(rows) + "\n")

    def _trouble(self):
        self.sim.fault(self.rng.choice(_ERRORS), operation=self.rng.choice(_OPERATIONS), count=self.rng.choice([1, 1, 2]))

    def _end_trouble(self):
        """What is cleared no longer tells how often it struck."""
        self.fired.update(self.sim.fired())
        self.sim.clear_faults()

    def check_coverage(self):
        """A day on which a model had nothing to judge proves nothing about it."""
        self.passes = {"report_passes": self.sim.calls("getReportDocument"), "feeds": self.sim.calls("createFeed"),
                       "feed_documents": self.documents.judged["feed"], "feed_results": self.documents.judged["result"],
                       "patches": self.sim.calls("patchListingsItem"), "read_backs": self.sim.calls("getListingsItem"),
                       "errors": sum(self.fired[error] for error in _ERRORS)}
        fulfilment = self.sim.look("feeds", type="POST_ORDER_FULFILLMENT_DATA", limit=1)["total"]
        self.passes |= {"confirmations": self.sim.calls("confirmShipment"), "fulfilment_feeds": fulfilment}
        manifest = json.loads((ROOT / "plugins" / "amazon" / "manifest.json").read_text(encoding="utf-8"))
        self.problems += [f"{limit['operation']} was never called" for limit in manifest["rate_limits"]
                          if limit["operation"] not in _NOT_ASKED and not self.sim.calls(limit["operation"])]
        self.passes["outbound_orders"] = self.sim.look("ledger", section="outbound", limit=1)["outbound_total"]
        self.problems += [f"no call of {prefix} was judged" for prefix in MODELS if not self.front.calls[prefix.strip("/")]]
        self.problems += [f"there were no {name.replace('_', ' ')}" for name, count in self.passes.items() if not count]

    def _settle(self):
        """What is in work comes to its end, a feed included; then both worlds are equal."""
        try:
            until(lambda: not self.warehouse.unfinished(), "no order is in the warehouse's hands", 300, every=2)
        except TimedOut:
            self.problems += self.warehouse.unfinished()[:20]

        def equal():
            self.host.approve_plans()
            return not comparison.compare(self.sim, self.host)
        try:
            until(equal, "both worlds are equal", 300, every=2)
        except TimedOut:
            self.problems += comparison.compare(self.sim, self.host).texts()[:20]
        try:
            until(lambda: not despatches.unfinished(self.host), "every package is confirmed", 300, every=2)
        except TimedOut:
            self.problems += despatches.unfinished(self.host)[:20]

    def close(self):
        self.host.kill()
        self.front.stop()
        self.judges.stop()
        self.documents.stop()
        self.sim.stop()
        if not self.options.keep and not self.problems:
            shutil.rmtree(self.folder, ignore_errors=True)


def run(options):
    if models_folder() is None:
        text = "Amazon's models are absent: set QUAYSIDE_SP_API_MODELS to a folder that holds models/"
        return Result({"judged": 0}, [text] if os.environ.get("CI") == "true" else [])
    day = JudgedDay(options)
    try:
        day.run()
    finally:
        calls = dict(sorted(day.front.calls.items()))
        day.close()
    kinds = collections.Counter(day.front.findings)
    problems = day.problems + [f"{count} times {text}" for text, count in kinds.most_common(30)]
    return Result({"rounds": options.rounds, "seed": options.seed, "violations": len(day.front.findings),
                   **{f"calls_{'_'.join(name.split('/')[:2])}": count for name, count in calls.items()}, **day.passes,
                   "changes": day.life.actions, "problems": len(problems), "seconds": round(day.progress.seconds)}, problems)
