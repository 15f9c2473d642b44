"""A scaffolded plugin that offers everything: built outside the tree, its own tests, and what its simulated shop answers."""
import json
import re
import tempfile
import unittest

from harness.sdk import Author

_CONTRACTS = ("order_sync", "listing_sync", "inventory_push", "despatch", "fulfilment", "post_sale")
# Unoptimised: what is tested is that it builds, and what it does.
_BUILD = """
export PATH="$SDK/bin:$PATH"
quayside plugin new all_shop --contracts CONTRACTS
cd all_shop
cmake -B build -DCMAKE_PREFIX_PATH="$SDK" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS="-O0 -g0"
cmake --build build --parallel 2
ctest --test-dir build --verbose
"""
_PLAY = """
export PATH="$SDK/bin:$PATH"
cd all_shop
exec 3< <(quayside-marketplace-sim tests/shop.json)
sim=$!
read -r _ address <&3
printf demo-key > key
quayside plugin record build/bundles/all_shop --origin "shop=$address" --secret api_key=@key --writes --out tests/recorded.json
kill "$sim"
quayside plugin replay build/bundles/all_shop --cassette tests/recorded.json
"""
# What is read to its end, with the items of tests/shop.json; and what is written.
_READ = {"order_sync/1 pull": 120, "listing_sync/1 pull": 250, "fulfilment/1 pull_stock": 250}
_WRITTEN = ("inventory_push/1 push", "despatch/1 confirm", "post_sale/1 cancel")


class ScaffoldTest(unittest.TestCase):
    def test_a_plugin_with_every_contract_keeps_its_promises_and_trades(self):
        with tempfile.TemporaryDirectory(prefix="quayside-scaffold-") as scratch:
            author = Author(scratch)
            code, said = author.run(_BUILD.replace("CONTRACTS", ",".join(_CONTRACTS)), 800)
            self.assertEqual(code, 0, said)
            for contract in _CONTRACTS:
                self.assertRegex(said, rf"{contract}/1: passes all \d+ cases")
            self.assertIn("CONFORMS: every declared contract passes all its cases", said)
            self.assertIn("all_shop_tests", said)  # GoogleTest is here: its unit tests are, too
            author.forget()
            code, said = author.run(_PLAY, 120)
            self.assertEqual(code, 0, said)
            for method, items in _READ.items():
                self.assertEqual(len(re.findall(rf"^{method} +\d+ +{items} ", said, re.MULTILINE)), 2, said)
            for method in _WRITTEN:
                self.assertEqual(len(re.findall(rf"^{method} +1 ", said, re.MULTILINE)), 2, said)
            self.assertIn("played twice, byte for byte the same", said)
            recorded = (author.work / "all_shop" / "tests" / "recorded.json").read_text(encoding="utf-8")
            self.assertNotIn("Buyer ", recorded)
            self.assertNotIn("demo-key", recorded)
            sent = {request for request in _WRITTEN if request in json.loads(recorded)["requests"]}
            self.assertEqual(sent, set(_WRITTEN))


if __name__ == "__main__":
    unittest.main()
