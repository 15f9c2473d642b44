"""Every change of the API as a dry run: it is checked as the change would be, its etag and request id, too, and not a row of the database
is another one afterwards. Then each for good and twice, which makes it once. The methods are what reflection tells; one that is not told of
here fails the test."""
import hashlib
import pathlib
import shutil
import sqlite3
import tempfile
import unittest

import grpc
from api.reflected_api import Api
from google.protobuf import json_format
from harness.host import Host
from harness.places import AMAZON_BUNDLE
from harness.polling import until
from harness.process import stop_all
from harness.sim import CREDENTIALS, MARKETPLACES, Sim

_MUG = "channels/uk/listings/MUG"
_PLATE = "channels/uk/listings/PLATE"
_LANE = "lanes/shop.orders"
_STALE = "999999"  # an etag that nothing here has
# "x" in a field 1000, which no request has: another body, whatever the method.
_UNKNOWN_FIELD = b"\xc2\x3e\x01x"

# By method: a request, and the reason it is refused for, if there is nothing here that it could be about. `{...}` is what the world below
# has.
_CHANGES = {
    "AccountService/CreateAccount": {"account": {"plugin": "plugins/amazon", "options": {"region": "eu", "seller_id": "A2QUAYSIDE0EU"}}},
    "AccountService/UpdateAccount": {"account": {"name": "accounts/shop", "displayName": "Shop"}, "updateMask": "displayName"},
    "AccountService/DeleteAccount": ({"name": "accounts/shop"}, "ACCOUNT_HAS_CHANNELS"),
    "AccountService/SetAccountSecret": {"name": "accounts/shop", "secret": "lwa_client_secret", "value": "another"},
    "AdminService/SetLogLevel": {"level": "LOG_LEVEL_DEBUG"},
    "AdminService/Drain": {},
    "AdminService/Resume": {},
    "AdminService/CreateToken": {"tokenId": "dry", "token": {"roles": ["ROLE_VIEWER"]}},
    "AdminService/RevokeToken": {"name": "tokens/kept"},
    "AdminService/RotateKey": {"masterKey": True},
    "AdminService/CreateBackup": {},
    "ChannelService/CreateChannel": {"channel": {"account": "accounts/shop", "marketplace": MARKETPLACES["de"]}},
    "ChannelService/UpdateChannel": {"channel": {"name": "channels/uk", "config": {"maxListedQuantity": 3}},
                                     "updateMask": "config.maxListedQuantity"},
    "ChannelService/DeleteChannel": ({"name": "channels/uk"}, "CHANNEL_ENABLED"),
    "ChannelService/EnableChannel": {"name": "channels/uk"},
    "ChannelService/DisableChannel": {"name": "channels/uk"},
    "DeadLetterService/EditDeadLetter": ({"name": "deadLetters/1", "record": "{}"}, "DEAD_LETTER_NOT_FOUND"),
    "DeadLetterService/RetryDeadLetter": ({"name": "deadLetters/1"}, "DEAD_LETTER_NOT_FOUND"),
    "DeadLetterService/RetryDeadLetters": {},
    "DeadLetterService/DiscardDeadLetter": ({"name": "deadLetters/1", "note": "dry"}, "DEAD_LETTER_NOT_FOUND"),
    "InventoryService/CreateItem": {"item": {"sku": "BOWL", "title": "Bowl"}},
    "InventoryService/UpdateItem": {"item": {"name": "{item}", "title": "A mug"}, "updateMask": "title"},
    "InventoryService/DeleteItem": ({"name": "{item}"}, "ITEM_IN_USE"),
    "InventoryService/CreateLocation": {"locationId": "attic"},
    "InventoryService/UpdateLocation": {"location": {"name": "locations/default", "displayName": "House"}},
    "InventoryService/SetLevels": {"changes": [{"sku": "MUG", "level": 3}, {"sku": "BOWL", "level": 1}], "createItems": True},
    "InventoryService/AdjustLevel": {"sku": "MUG", "delta": -1, "note": "dry"},
    "ListingService/LinkListing": {"name": _PLATE, "createItem": True},
    "ListingService/UnlinkListing": {"name": _MUG},
    "ListingService/LinkListingsBySku": {"parent": "channels/uk", "createItems": True},
    "ListingService/UpdateListing": {"listing": {"name": _MUG, "ignored": True}, "updateMask": "ignored"},
    "ListingService/SetQuantityOwner": {"name": _MUG},
    "ListingService/ForceUpdate": {"parent": "channels/uk"},
    "ListingService/ClearLatency": {"parent": "channels/uk"},
    "ListingService/RequestPass": {"parent": "channels/uk"},
    "OrderService/DespatchOrder": {"name": "{order}", "packages": [{"carrierName": "Royal Mail", "trackingNumber": "DRY1"}]},
    "OrderService/RetryDespatch": ({"name": "{order}/despatches/1"}, "DESPATCH_NOT_FOUND"),
    "OrderService/RetryDespatches": {},
    "OrderService/ErasePersonalData": {"name": "{order}"},
    "OrderService/AllocateOrder": ({"name": "{order}", "location": "locations/default"}, "ORDER_NOT_ALLOCATABLE"),
    "OrderService/TakeBackOrder": ({"name": "{order}"}, "ALLOCATION_NOT_FOUND"),
    "OrderService/CancelOrder": {"name": "{order}", "reason": "CANCEL_REASON_NO_INVENTORY"},
    "OrderService/RefundOrder": ({"name": "{order}", "reason": "REFUND_REASON_GOODWILL", "lines": [
        {"line": "{line}", "amounts": [{"component": "REFUND_COMPONENT_ITEM", "amount": {"currencyCode": "GBP", "units": "1"}}]}]},
                                 "ORDER_NOT_REFUNDABLE"),
    "OrderService/RetryPostSaleAction": ({"name": "{order}/postSaleActions/1"}, "POST_SALE_ACTION_NOT_FOUND"),
    "OrderService/SettlePostSaleAction": ({"name": "{order}/postSaleActions/1", "done": True}, "POST_SALE_ACTION_NOT_FOUND"),
    "PluginService/InstallPlugin": {"path": "{bundle}"},
    "PluginService/ReloadPlugin": {"name": "plugins/amazon"},
    "PluginService/RollbackPlugin": ({"name": "plugins/amazon"}, "NOTHING_TO_ROLL_BACK_TO"),
    "PluginService/UnloadPlugin": ({"name": "plugins/amazon"}, "PLUGIN_IN_USE"),
    "PluginService/ReleasePlugin": ({"name": "plugins/amazon", "version": "9.9.9"}, "VERSION_NOT_FOUND"),
    "RuleImportService/StageRules": {"parent": "channels/uk", "columns": {"maxListedQuantity": {}}, "last": True,
                                     "rows": [{"line": "2", "sku": "MUG", "maxListedQuantity": "4"}]},
    "RuleImportService/ApplyRuleImport": {"parent": "channels/uk", "hash": "{import}"},
    "ShippingService/CreatePostalMethod": {"postalMethodId": "dry", "postalMethod": {"vendor": "DPD", "displayName": "Next day"}},
    "ShippingService/UpdatePostalMethod": {"postalMethod": {"name": "postalMethods/tracked", "displayName": "Other"},
                                           "updateMask": "displayName"},
    "ShippingService/DeletePostalMethod": {"name": "postalMethods/tracked"},
    "ShippingService/SetShippingMapping": {"parent": "channels/uk", "tag": "Standard", "postalMethod": "postalMethods/tracked"},
    "SyncService/StartSync": {"lane": _LANE},
    "SyncService/PauseLane": {"name": _LANE, "note": "dry"},
    "SyncService/ResumeLane": {"name": _LANE},
    "SyncService/ScheduleLane": {"name": _LANE, "interval": "3600s"},
    "SyncService/SetCheckpoint": {"name": _LANE, "time": "2020-01-01T00:00:00Z"},
    "SyncService/CancelRun": {"name": "{run}"},
    "SyncService/RecoverOrder": {"channel": "channels/uk", "externalId": "{external}"},
    "SyncService/PlanSync": {"channel": "channels/uk"},
    "SyncService/ApplyPlan": {"name": "{plan}"},
    "SyncService/DiscardPlan": {"name": "{plan}"},
}
# A stream of a client, which has no single request; its dry run is told of in host/api/level_import_test.cc.
_STREAMED = {"InventoryService/ImportLevels"}


class ChangesTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qs-dry-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(stop_all)
        self.sim = Sim(self.folder, listings=[{"sku": sku, "quantity": 5} for sku in ("MUG", "PLATE")])
        self.host = Host(self.folder / "h", sim_url=self.sim.url).start()
        connection = grpc.insecure_channel(f"unix:{self.host.socket}")
        self.addCleanup(connection.close)
        self.api = Api(connection)
        self.known = self.make_world()

    def make_world(self):
        """What requests are about, by name. Afterwards the host does nothing by itself."""
        host, api = self.host, self.api
        bundle = host.trust(AMAZON_BUNDLE)
        host.run("plugin", "install", bundle)
        host.add_account(CREDENTIALS)
        host.add_channel("uk", MARKETPLACES["uk"])
        until(lambda: len(host.listings("uk")) == 2, "the listings are known", 60)
        external = self.sim.place(("MUG", 1), marketplace="UK", status="UNSHIPPED")
        until(lambda: external in host.orders(), "the order is here", 60)
        host.run("stock", "set", "MUG", "7", "--create")
        api.call("ListingService", "LinkListingsBySku", parent="channels/uk")
        api.call("AdminService", "CreateToken", tokenId="kept", token={"roles": ["ROLE_VIEWER"]})
        api.call("ShippingService", "CreatePostalMethod", postalMethodId="tracked",
                 postalMethod={"vendor": "Royal Mail", "displayName": "Tracked"})
        staged = api.call("RuleImportService", "StageRules", parent="channels/uk", columns={"maxListedQuantity": {}}, last=True,
                          rows=[{"line": "2", "sku": "MUG", "maxListedQuantity": "4"}])
        plan = until(lambda: api.call("SyncService", "GetPlan", channel="channels/uk").plan.name, "the first quantity waits", 60)
        api.call("AdminService", "Drain", patience="5s")
        order = host.orders()[external][0]
        return {"item": api.call("InventoryService", "GetItem", name="items/-", sku="MUG").item.name, "order": order["name"],
                "line": order["lines"][0]["externalId"], "external": external, "bundle": str(bundle), "plan": plan,
                "import": staged.rule_import.hash, "run": api.call("SyncService", "StartSync", lane=_LANE).run.name}

    def filled(self, value):
        if isinstance(value, dict):
            return {key: self.filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if isinstance(value, str):
            for name, known in self.known.items():
                value = value.replace("{" + name + "}", known)
        return value

    def rows(self):
        """A digest of each table, as readers see it now; without what the host notes in its own time: allowances, and that it swept."""
        connection = sqlite3.connect(f"file:{self.host.database}?mode=ro", uri=True)
        try:
            tables = [name for name, in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name != 'budgets'")]
            found = {table: sorted(map(repr, connection.execute(f'SELECT * FROM "{table}"'))) for table in tables}
            found["counters"] = [row for row in found["counters"] if "'event_revision'" in row or "'audit_id'" in row]
            self.assertEqual(len(found["counters"]), 2)
            return {table: hashlib.sha256(repr(rows).encode()).hexdigest() for table, rows in found.items()}
        finally:
            connection.close()

    def answer(self, name, fields, more=b""):
        """The last message of a stream, or the only one. `more`: bytes behind the request's."""
        path, request, response = self.api.method(*name.split("/"))
        # A unary answer reads like a stream of one.
        call = self.api.connection.unary_stream(path, lambda asked: asked.SerializeToString() + more, response.FromString)
        return list(call(json_format.ParseDict(fields, request()), timeout=60))[-1]

    def outcome(self, name, fields, more=b""):
        """Its reason, or "" when it was accepted; and the fields that are wrong."""
        try:
            self.answer(name, fields, more)
        except grpc.RpcError as error:
            details = self.api.details(error)
            return details["ErrorInfo"].reason, [each.field for each in getattr(details.get("BadRequest"), "field_violations", [])]
        return "", []

    def times_made(self, name):
        """By the audit trail."""
        return len(self.api.call("AuditService", "ListAuditRecords", pageSize=1000,
                                 filter={"action": name.replace("/", "."), "outcome": "ok"}).records)

    def with_stale_etag(self, name, fields):
        """The request of somebody who saw an older state; None: the method compares none."""
        _, request, _ = self.api.method(*name.split("/"))
        if "etag" in request.DESCRIPTOR.fields_by_name:
            return fields | {"etag": _STALE}
        if name.split("/")[1].startswith("Create"):
            return None
        for field in request.DESCRIPTOR.fields:
            if field.message_type and "etag" in field.message_type.fields_by_name and field.json_name in fields:
                return fields | {field.json_name: fields[field.json_name] | {"etag": _STALE}}
        return None

    def test_as_a_dry_run_each_is_checked_and_changes_nothing(self):
        for service in self.api.services():
            self.api.learn(service)
        found = {f"{service.split('.')[-1]}/{method.name}" for service in self.api.services() if service.startswith("quayside.v1.")
                 for method in self.api.pool.FindServiceByName(service).methods if "validate_only" in method.input_type.fields_by_name}
        self.assertEqual(found, _CHANGES.keys() | _STREAMED)
        before = self.rows()
        self.assertGreater(len(before), 30)
        wrong, compared = [], 0
        for name, change in _CHANGES.items():
            fields, expected = change if isinstance(change, tuple) else (change, "")
            fields = self.filled(fields) | {"validateOnly": True}
            reason, violations = self.outcome(name, fields | {"requestId": "dry"})
            if reason != expected:
                wrong.append(f"{name}: {reason or 'accepted'} {violations}, not {expected or 'accepted'}")
            # An id that is none is wrong in a dry run, too, and whatever else is.
            if self.outcome(name, fields | {"requestId": "with space"}) != ("INVALID_ARGUMENT", ["request_id"]) and not expected:
                wrong.append(f"{name} takes any request id")
            stale = self.with_stale_etag(name, fields)
            if stale:
                compared += 1
                if self.outcome(name, stale)[0] not in ("ETAG_MISMATCH", expected or None):
                    wrong.append(f"{name} does not compare its etag: {self.outcome(name, stale)}")
            after = self.rows()
            changed = [table for table, rows in after.items() if rows != before[table]]
            if changed:
                wrong.append(f"{name} changed {changed}")
            before = after
        self.assertEqual(wrong, [])
        self.assertGreater(compared, 10)
        self.assertEqual(self.host.stop(), 0)

    def test_asked_for_twice_each_is_made_once(self):
        wrong, made = [], 0
        for name, change in _CHANGES.items():
            # What was refused as a dry run is nothing to repeat; and what others took away meanwhile.
            if isinstance(change, tuple) or name == "AdminService/Resume":
                continue
            fields = self.filled(change) | {"requestId": "once"}
            try:
                first = self.answer(name, fields)
            except grpc.RpcError:
                continue
            made += 1
            times = self.times_made(name)
            again = self.answer(name, fields)
            if name == "AdminService/CreateToken":
                first.secret = ""  # told once
            if again != first:
                wrong.append(f"{name} answered {first}, and asked again {again}")
            if self.times_made(name) != times:
                wrong.append(f"{name} was made again")
            if self.outcome(name, fields, _UNKNOWN_FIELD)[0] != "REQUEST_ID_REUSED":
                wrong.append(f"{name} takes another body with the same id")
        self.assertEqual(wrong, [])
        print(f"{made} of {len(_CHANGES)} changes were made, once each")
        self.assertGreater(made, 35)
        self.assertEqual(self.host.stop(), 0)


if __name__ == "__main__":
    unittest.main()
