"""Random faults at Amazon, all of kinds that a host must get over by itself."""
from campaign.warehouse_life import OPERATIONS as _AT_THE_WAREHOUSE

_ANSWERS = ["throttle", "throttle-with-rate", "internal-error", "unavailable", "html-503", "html-200", "html-400"]
_TRANSPORT = ["timeout-before", "timeout-after", "truncated-body", "slow-answer", "slow-drip"]
_DOCUMENTS = ["internal-error", "unavailable", "expired-address", *_TRANSPORT]
_OPERATIONS = {
    "searchOrders": _ANSWERS + _TRANSPORT + ["clock-skew", "clock-skew", "repeated-page", "repeated-page", "expired-token"],
    "patchListingsItem": _ANSWERS + _TRANSPORT + ["timeout-after", "truncated-body", "expired-token"],
    "searchListingsItems": _ANSWERS + _TRANSPORT + ["repeated-page", "expired-token"],
    "getListingsItem": _ANSWERS + _TRANSPORT,
    "createFeedDocument": _ANSWERS + _TRANSPORT,
    "uploadDocument": _DOCUMENTS,
    "createFeed": _ANSWERS + _TRANSPORT + ["timeout-after", "truncated-body", "slow-job", "fatal-job"],
    "getFeeds": _ANSWERS + _TRANSPORT,
    "getFeed": _ANSWERS + _TRANSPORT,
    "getFeedDocument": _ANSWERS + _TRANSPORT,
    "createReport": _ANSWERS + _TRANSPORT + ["timeout-after", "truncated-body", "slow-job", "fatal-job", "cancelled-job"],
    "getReports": _ANSWERS + _TRANSPORT,
    "getReport": _ANSWERS + _TRANSPORT,
    "getReportDocument": _ANSWERS + _TRANSPORT,
    "downloadDocument": _DOCUMENTS + ["cut-document", "spoilt-document"],
    # Whether it happened, nobody knows after these: it must not happen twice.
    "confirmShipment": _ANSWERS + _TRANSPORT + ["timeout-after", "truncated-body", "expired-token"],
    "getOrder": _ANSWERS + _TRANSPORT,
    "getInventorySummaries": _ANSWERS + _TRANSPORT,
    "token": ["internal-error", "unavailable", "html-503", "html-200", "timeout-before", "timeout-after", "truncated-body"],
}
for _quoted, _created, _looked_at, _cancelled in _AT_THE_WAREHOUSE.values():
    _OPERATIONS |= {_quoted: _ANSWERS + _TRANSPORT, _created: _ANSWERS + _TRANSPORT + ["timeout-after", "truncated-body"],
                    _looked_at: _ANSWERS + _TRANSPORT, _cancelled: _ANSWERS + _TRANSPORT + ["timeout-after", "truncated-body"]}
_WEIGHTS = {**dict.fromkeys(_OPERATIONS, 4), "searchOrders": 29, "patchListingsItem": 35, "searchListingsItems": 9, "getListingsItem": 6,
            "createFeed": 8, "confirmShipment": 9, "token": 10}
# The plugin reads 15 minutes of overlap: what shows later than that is lost by contract.
_LATEST_SHOW_SECONDS = 800
_LARGEST_SKEW_SECONDS = 600  # of Amazon's Date header, either way


class Trouble:
    """Adds fault rules that fire a few times each, and knows how often each kind did. `weights`: of these operations only, and how often
    of each; nothing else goes wrong then."""

    def __init__(self, rng, sim, weights=None):
        self.rng = rng
        self.sim = sim
        self.weights = weights or _WEIGHTS
        self._shows_late = weights is None
        self._fired = {}
        self._token_rule = None

    def add_some(self):
        for _ in range(self.rng.randint(1, 2)):
            if self._shows_late and self.rng.random() < 0.12:
                self.sim.fault("late-visibility", variant=self.rng.choice(["place", "change"]), count=self.rng.randint(1, 3),
                               seconds=self.rng.randint(60, _LATEST_SHOW_SECONDS))
                continue
            operation = self.rng.choices(list(self.weights), list(self.weights.values()))[0]
            fault = self.rng.choice(_OPERATIONS[operation])
            more = {}
            if fault.startswith("timeout"):
                more["hold_ms"] = self.rng.choice([0, 0, 20])
            if fault == "slow-job":
                more["seconds"] = self.rng.randint(60, 900)
            if fault == "fatal-job" and operation == "createFeed":
                more["variant"] = self.rng.choice(["none", "some", "all"])
            if fault == "slow-answer":
                more["hold_ms"] = self.rng.randint(20, 150)
            if fault == "slow-drip":
                more.update(bytes=self.rng.choice([500, 5000]), interval_ms=self.rng.choice([0, 1, 5]))
            if fault == "clock-skew":
                more["seconds"] = self.rng.randint(-_LARGEST_SKEW_SECONDS, _LARGEST_SKEW_SECONDS)
            if fault == "expired-token":
                # Twice in a row is a refusal, which rightly waits for a person.
                if self._token_rule_open():
                    continue
                self._token_rule = self.sim.fault(fault, operation=operation, count=1)["id"]
                continue
            self.sim.fault(fault, operation=operation, count=self.rng.choice([1, 1, 1, 2, 3]), **more)

    def _token_rule_open(self):
        rules = self.sim.look("faults")["rules"]
        return any(rule["id"] == self._token_rule and rule["count"] for rule in rules)

    def end(self):
        """No more trouble from now on."""
        self._remember()
        self.sim.clear_faults()
        self._token_rule = None

    def _remember(self):
        for name, count in self.sim.fired().items():
            self._fired[name] = self._fired.get(name, 0) + count

    @property
    def fired(self):
        return {name: count for name, count in sorted(self._fired.items()) if count}
