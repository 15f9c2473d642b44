"""Nothing of a buyer and no secret leaves the places that are sealed, however much is logged."""
import json
import unittest

from harness.case import WorldTest
from harness.polling import until
from harness.sim import CREDENTIALS

_BUYER = {"name": "Quintessa Fennimore-Zabriskie", "email": "q.fennimore@canary.example", "phone": "+44 20 7946 0958",
          "address_line1": "17 Canary Wharf Approach", "postal_code": "ZQ9 9QZ", "city": "Leeds"}


def places_with(folder, texts):
    """Files of the folder that hold one of the texts, as UTF-8 or as UTF-16."""
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        for text in texts:
            if text.encode() in content or text.encode("utf-16-le") in content:
                found.append(f"{path.relative_to(folder)}: {text}")
    return found


class PersonalDataTest(WorldTest):
    def test_nothing_is_in_the_clear_at_level_debug(self):
        world = self.world(listings=[{"sku": "MUG", "quantity": 50}], log_level="debug")
        host, sim = world.host, world.sim
        sim.place(("MUG", 1), status="UNSHIPPED", buyer=_BUYER)
        world.set_up(listed=1)
        world.link()
        order, = until(lambda: list(host.orders().values())[0] if host.orders() else None, "the order is there", 60)
        # Told to whoever may ask ...
        shown = json.dumps(host.ask("orders", "show", order["name"].split("/")[1]))
        for field in ("name", "phone", "postal_code", "address_line1"):
            self.assertIn(_BUYER[field], shown)
        # ... also through calls that fail, answers that cannot be read, and a changed secret.
        for fault in ("html-200", "truncated-body", "internal-error"):
            sim.fault(fault, operation="searchOrders", count=2)
        sim.fault("html-200", operation="token", count=1)
        for name, value in CREDENTIALS.items():
            host.set_secret(name, value)
        for _ in range(8):
            sim.advance(300)
            host.sync("shop.orders")
            host.run("account", "test", "shop", check=False)
            host.run("orders", "show", "no-such-order", check=False)
        until(lambda: all(not rule["count"] for rule in sim.look("faults")["rules"]), "every fault was met", 60)
        self.assertEqual(host.stop(), 0)

        log = host.log.read_text(encoding="utf-8")
        self.assertIn("quayside.v1.SetAccountSecretRequest", log, "calls are not logged at level debug")
        self.assertIn("value: ***", log)
        texts = [text for field, text in _BUYER.items() if field != "city"] + list(CREDENTIALS.values()) + ["Atza|"]
        self.assertEqual(places_with(host.folder, texts), [])

    def test_what_is_kept_is_told_and_erased_on_request_and_never_comes_back(self):
        world = self.world(listings=[{"sku": "MUG", "quantity": 50}])
        host, sim = world.host, world.sim
        order_there = sim.place(("MUG", 1), status="UNSHIPPED", marketplace="UK", buyer={**_BUYER, "gift_message": "with love, Zeb"})
        world.set_up(listed=1)
        world.link()
        until(lambda: order_there in host.orders(), "the order is there", 60)
        told = {field["path"]: field["value"] for field in host.ask("orders", "export", order_there)["fields"]}
        self.assertEqual(told["buyer.email"], _BUYER["email"])
        self.assertEqual(told["ship_to.lines[0]"], _BUYER["address_line1"])
        self.assertEqual(told["lines[0].gift_message"], "with love, Zeb")
        self.assertIn(_BUYER["email"], host.run("orders", "export", "--buyer", _BUYER["email"].upper()).stdout)
        self.assertIn("recipient", host.ask("orders", "show", order_there)["order"])

        host.run("orders", "erase", order_there, "--yes")
        self.assertEqual(host.ask("orders", "export", order_there)["fields"], [])
        self.assertNotIn("recipient", host.ask("orders", "show", order_there)["order"])
        sim.advance(600)
        sim.act("request-cancel", order_id=order_there)  # a change of the order: it is read again
        revision = host.orders()[order_there][0]["etag"]
        until(lambda: host.sync("shop.orders") and host.orders()[order_there][0]["etag"] != revision, "it was read again", 60)
        self.assertEqual(host.ask("orders", "export", order_there)["fields"], [])
        host.ask("orders", "recover", "uk", order_there)
        self.assertEqual(host.ask("orders", "export", order_there)["fields"], [])
        actions = [(record["action"], record.get("details", {}).get("rule"))
                   for record in host.ask("audit", "list", "--resource", host.orders()[order_there][0]["name"])["records"]]
        self.assertIn(("OrderService.ErasePersonalData", "ON_REQUEST"), actions)

    def test_it_is_erased_by_itself_when_its_days_are_over(self):
        world = self.world(listings=[{"sku": "MUG", "quantity": 50}])
        host, sim = world.host, world.sim
        order = sim.place(("MUG", 1), status="UNSHIPPED", marketplace="UK", buyer=_BUYER)
        world.set_up(listed=1)
        until(lambda: order in host.orders(), "the order is there", 60)
        sim.act("ship", order_id=order, carrier="DPD")
        until(lambda: host.sync("shop.orders") and host.orders()[order][0]["state"] == "ORDER_STATE_DESPATCHED", "it is despatched", 60)
        sim.advance(34 * 24 * 3600)  # the delivery is promised within five days of the order
        self.assertIn("personalDataEraseTime", host.orders()[order][0])
        self.assertFalse(host.orders()[order][0]["personalDataErased"])
        sim.advance(2 * 24 * 3600)
        until(lambda: host.orders()[order][0]["personalDataErased"], "it is erased", 60)
        evidence = [record["details"] for record in host.ask("audit", "list", "--actor", "host", "--limit", "0")["records"]
                    if record["action"] == "order.personal_data_erased"]
        self.assertEqual([(each["external_id"], each["rule"]) for each in evidence], [(order, "DELIVERY")])


if __name__ == "__main__":
    unittest.main()
