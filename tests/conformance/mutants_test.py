"""A good plugin with one thing wrong: the kit finds it, in the case meant for it."""
import base64
import json
import pathlib
import re
import tempfile
import unittest

from conformance import kit
from harness.places import BUILD

# Mutation: (case, what it finds).
MUTATIONS = {
    "loses_an_item": ("pages/sound order_sync/1 pull", "'main A-2' is expected"),
    "follows_the_clock": ("pages/sound order_sync/1 pull", "'main A-3' is expected"),
    "goes_back": ("pages/sound order_sync/1 pull", "the watermark goes backwards"),
    "cursor_without_schema": ("pages/sound order_sync/1 pull", "INVALID CURSOR_SCHEMA_UNKNOWN"),
    "bad_record_without_reason": ("pages/sound order_sync/1 pull", "no reason"),
    "prints": ("pages/sound order_sync/1 pull", "writes to standard output"),
    "loses_in_small_pages": ("pages/sizes order_sync/1 pull", "in pages of 1: 'main A-2' is missing"),
    "keeps_position": ("pages/resume order_sync/1 pull", "every step run twice"),
    "global_state": ("pages/resume order_sync/1 pull", "'main A-2' is missing"),
    "counts_calls": ("pages/replay order_sync/1 pull", "other bytes the second time"),
    "takes_any_cursor": ("pages/cursors order_sync/1 pull", "not INVALID"),
    "begins_anew": ("pages/cursors order_sync/1 pull", "the lane begins anew"),
    "believes_any_state": ("pages/cursors order_sync/1 pull", "the lane goes on elsewhere"),
    "points_into_the_library": ("pages/resume order_sync/1 pull", "loaded anew for every step, as after a restart: 'main A-3' is missing"),
    "upgrade_refuses": ("upgrade/older order_sync/1 pull", "does not become one of schema 2: INVALID"),
    "upgrade_moves_the_watermark_on": ("upgrade/older order_sync/1 pull", "moves its watermark forwards"),
    "upgrade_loses_the_place": ("upgrade/older order_sync/1 pull", "'main A-3' is expected and is not handed over"),
    "sleeps": ("pages/trouble order_sync/1 pull", "the step sleeps"),
    "throttled_is_a_fault": ("pages/trouble order_sync/1 pull", "HTTP 429 is answered INTERNAL"),
    "takes_half_a_body": ("pages/trouble order_sync/1 pull", "half a body is answered OK"),
    "error_is_an_empty_page": ("hostile/services order_sync/1 pull", "is missing"),
    "silent_past_its_deadline": ("hostile/answers", "call 2 to the host: deadline: the outcome of 'kit-2' has no result"),
    "goes_elsewhere": ("calls/declared", "no origin 'elsewhere'"),
    "logs_names": ("calls/declared", "holds personal data"),
    "logs_names_on_bad_days": ("hostile/services order_sync/1 pull", "holds personal data"),
    "check_fails": ("calls/check", "a finding, not a failure"),
    "names_no_field": ("instance/options", "without naming a field"),
    "reads_for_the_last_account": ("instance/two", "order_sync/1 pull beside another account's instance: 'main A-1' is missing"),
    "writes_for_the_last_account": ("instance/two", "inventory_push/1 push beside another account's instance: something else is sent"),
    "leaks_memory": ("instance/thousand", "memory grew"),
    "leaks_descriptor": ("instance/thousand", "open descriptors have changed"),
    "forgets_an_intent": ("writes/total inventory_push/1 push", "has no outcome"),
    "sends_nothing": ("writes/total inventory_push/1 push", "nothing was sent"),
    "leaves_one_out": ("writes/total inventory_push/1 push", "intent 'kit-2' alone is done, and nothing was sent"),
    "stamps_writes": ("writes/twice inventory_push/1 push", "it does something else"),
    "likes_the_first": ("writes/order inventory_push/1 push", "other outcomes"),
    "guesses": ("writes/lost inventory_push/1 push", "not everything was sent"),
    "push_sleeps": ("calls/trouble inventory_push/1 push", "HTTP 429: the step sleeps"),
    "push_rejects_on_429": ("calls/trouble inventory_push/1 push", "HTTP 429: intent 'kit-1' is rejected"),
    "push_forgets_the_time": ("calls/trouble inventory_push/1 push", "without a time"),
    "push_ignores_cancelling": ("calls/cancel inventory_push/1 push", "intent 'kit-1' is done"),
    "throttled_forgets_the_time": ("pages/trouble order_sync/1 pull", "HTTP 429 is answered RETRY without a time"),
    "down_forgets_the_time": ("pages/trouble order_sync/1 pull", "HTTP 503 is answered RETRY without a time"),
    "push_takes_half_a_body": ("calls/trouble inventory_push/1 push", "half a body: intent 'kit-1' is done"),
    "gives_all_the_first_quantity": ("writes/order inventory_push/1 push", "other effects"),
    "takes_lost_for_done": ("writes/lost inventory_push/1 push", "sent again, not everything is there"),
    "never_decides": ("writes/reconcile despatch/1 reconcile", "'kit-1' was done and is not confirmed an hour later"),
    "believes_itself": ("writes/reconcile despatch/1 reconcile", "'kit-1', which was never sent, is confirmed"),
    "throttled_is_an_empty_page": ("pages/trouble order_sync/1 pull", "HTTP 429 is answered OK"),
    "stamps_documents": ("writes/twice inventory_push/1 push_bulk", "it does something else"),
    "retries_what_was_lost": ("writes/lost inventory_push/1 push_bulk", "everything was sent, and intent 'kit-1' is to be retried"),
    "finds_nothing": ("writes/find inventory_push/1 push_bulk", "is not found an hour later"),
    "finds_the_known": ("writes/find inventory_push/1 push_bulk", "is found all the same"),
    "finds_any": ("writes/find inventory_push/1 push_bulk", "is found two days before"),
    "pushes_everything": ("writes/merchant inventory_push/1 push", "is sent"),
}

# A mutation of those above, in another case: what is called the end when the step was told to end.
WHEN_TOLD_TO_END = ("error_is_an_empty_page", "pages/cancel order_sync/1 pull", "answers OK, as if everything had been read")

# Of what only the answers show: found in a runner, too.
ISOLATED = ("points_into_the_library", "begins_anew", "never_decides", "loses_an_item", "keeps_position", "counts_calls", "sleeps",
            "error_is_an_empty_page", "goes_elsewhere", "stamps_writes", "push_sleeps", "push_rejects_on_429")


# The cassette's, unless it says another.
NOW_US = 1_790_000_000_000_000


def exchange(since, lines):
    return {"request": {"method": "GET", "origin": "shop", "path": "/orders", "query": {"since": since}},
            "reply": {"status": 200, "body": "".join(line + "\n" for line in lines)}}


def packages(order):
    """What is there before a package was sent, and after."""
    request = {"method": "GET", "origin": "shop", "path": "/packages", "query": {"order": order}}
    return [{"request": request, "reply": {"status": 200, "body": body}} for body in ("end\n", f"1,{NOW_US},\nend\n")]


def cassette(mutation):
    return {
        "options": {"mutation": mutation},
        "marketplaces": ["main"],
        "expected": {"order_sync/1 pull": ["main A-1", "main A-2", "main A-3"]},
        # Of the version before, which kept the watermark alone.
        "cursors": {"order_sync/1": [{"schema": 1, "watermarkUs": "2000", "state": base64.b64encode(mutation.encode()).decode(),
                                      "expected": ["main A-2", "main A-3"]}]},
        "exchanges": [
            exchange("0", ["A-1,1000,Ada Lovelace", "A-2,2000,Grace Hopper", "more"]),
            exchange("1999", ["A-2,2000,Grace Hopper", "A-3,3000,Mary Somerville", "end"]),
            exchange("2000", ["A-2,2000,Grace Hopper", "A-3,3000,Mary Somerville", "A-4,yesterday,Emmy Noether", "end"]),
            exchange("*", ["end"]),
            {"request": {"method": "POST", "origin": "shop", "path": "/stock"}, "reply": {"status": 200, "body": "taken\n"}},
            {"request": {"method": "POST", "origin": "shop", "path": "/packages"}, "reply": {"status": 200, "body": "taken\n"}},
            *packages("KIT-ORDER-1"), *packages("KIT-ORDER-2"),
            {"request": {"method": "POST", "origin": "shop", "path": "/documents"}, "reply": {"status": 202}},
            {"request": {"method": "GET", "origin": "shop", "path": "/documents", "query": {"since": "*"}},
             "reply": {"status": 200, "body": f"D-1,{NOW_US},\nend\n"}},
        ],
    }


class Mutants(unittest.TestCase):
    def run_kit(self, mutation, *arguments, bundle="mutant"):
        with tempfile.TemporaryDirectory(prefix="quayside-mutant-") as folder:
            path = pathlib.Path(folder) / "cassette.json"
            path.write_text(json.dumps(cassette(mutation)), encoding="utf-8")
            return kit.run(BUILD / "bundles" / bundle, "--cassette", path, *arguments)

    def test_without_a_mutation_it_conforms(self):
        report = self.run_kit("")
        self.assertTrue(report["conforms"], report["table"])
        self.assertEqual(report["exit_code"], 0)

    def test_each_mutation_is_caught_by_the_case_meant_for_it(self):
        for mutation, (case, finding) in MUTATIONS.items():
            with self.subTest(mutation=mutation):
                self.expect_caught(mutation, case, finding)

    def test_a_step_that_was_told_to_end_is_not_the_end(self):
        mutation, case, finding = WHEN_TOLD_TO_END
        for name in (case, f"{case} (isolated)"):
            with self.subTest(case=name):
                self.expect_caught(mutation, name, finding)

    def test_a_thread_is_seen_in_the_bytes_and_in_what_it_does(self):
        report = self.run_kit("", bundle="mutant_threads")
        self.assertIn("the host owns threads", kit.findings(report, "static/imports") or "passed")
        self.assertEqual(report["exit_code"], 1)
        report = self.run_kit("", "--past-static", "--only", "^calls/declared$", bundle="mutant_threads")
        self.assertIn("on another thread than the call's", kit.findings(report, "calls/declared") or "passed")

    def test_an_empty_configuration_is_not_refused_without_a_field(self):
        report = self.run_kit("", "--only", "^instance/empty$", bundle="mutant_nameless")
        for what in ("an empty configuration", "a configuration without options"):
            self.assertIn(f"create refuses {what} without naming a field", kit.findings(report, "instance/empty") or "passed")
        self.assertEqual(report["exit_code"], 1)

    def test_in_a_runner_the_same_is_found(self):
        for mutation in ISOLATED:
            case, finding = MUTATIONS[mutation]
            with self.subTest(mutation=mutation):
                self.expect_caught(mutation, f"{case} (isolated)", finding)

    def expect_caught(self, mutation, case, finding):
        report = self.run_kit(mutation, "--only", f"^{re.escape(case)}$")
        self.assertIn(finding, kit.findings(report, case) or "passed")
        self.assertEqual(report["exit_code"], 1)


if __name__ == "__main__":
    unittest.main()
