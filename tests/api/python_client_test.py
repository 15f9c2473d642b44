#!/usr/bin/python3
"""A client that shares no code with the host: it learns the API from the server's reflection and uses it.

    python_client_test.py /path/to/api.sock

Needs python3-grpcio. Exits with 0 when everything holds, with 1 and the reason when not. Leaves one item behind (SKU
PYTHON-CLIENT-1).
"""

import sys
import uuid

import grpc
from reflected_api import Api

SERVICES = ["Account", "Channel", "Event", "Inventory", "Listing", "Order", "Plugin", "Shipping", "Sync"]
SKU = "PYTHON-CLIENT-1"


def expect(condition, claim):
    if not condition:
        raise AssertionError(claim)
    print(f"ok: {claim}")


def run(api):
    present = api.services()
    expected = [f"quayside.v1.{s}Service" for s in SERVICES] + ["grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"]
    expect(not set(expected) - set(present), f"reflection lists all {len(expected)} services")

    health = api.call("grpc.health.v1.Health", "Check", service="quayside.v1.InventoryService")
    expect(health.status == 1, "health says SERVING")

    channels = api.call("ChannelService", "ListChannels", pageSize=1000)
    expect(all(c.name.startswith("channels/") for c in channels.channels), f"ListChannels answers {len(channels.channels)} channel(s)")

    watch = api.stream("EventService", "Watch", typePrefixes=["stock."])
    start = next(watch)
    expect(not start.events, "Watch begins with a bookmark that says where it is")

    level = uuid.uuid4().int % 1000
    change = {"changes": [{"sku": SKU, "level": level, "title": "From Python"}], "createItems": True, "requestId": str(uuid.uuid4())}
    answer = api.call("InventoryService", "SetLevels", **change)
    expect(answer.changed == 1, "SetLevels changes one level")
    again = api.call("InventoryService", "SetLevels", **change)
    expect(again == answer, "the same request_id gets the same answer")
    item = api.call("InventoryService", "GetItem", name="items/-", sku=SKU).item
    expect(any(l.location == "locations/default" and l.level == level for l in item.levels), f"GetItem reads {level} back")

    code, details = api.refusal("InventoryService", "GetItem", name="items/-", sku="NO-SUCH-SKU")
    expect(code == grpc.StatusCode.NOT_FOUND, "an unknown SKU is NOT_FOUND")
    expect((details["ErrorInfo"].reason, details["ErrorInfo"].domain) == ("ITEM_NOT_FOUND", "quayside"), "with reason ITEM_NOT_FOUND")
    expect(details["RequestInfo"].request_id != "", "and the id the host knows the call by")
    code, details = api.refusal("InventoryService", "SetLevels", changes=[{"sku": SKU, "level": -1}, {"sku": "", "level": 1}])
    fields = sorted(v.field for v in details["BadRequest"].field_violations)
    expect(code == grpc.StatusCode.INVALID_ARGUMENT, "a negative level is INVALID_ARGUMENT")
    expect(fields == ["changes[0].level", "changes[1].sku"], "with every violation at once")

    while True:
        response = next(watch)
        if response.events:
            break
    event = response.events[0]
    expect(event.revision > start.revision and event.type.startswith("stock."), f"Watch delivers '{event.type}'")
    expect(event.resource == item.name and event.attributes["level"] == str(level), "about the item that was changed")
    watch.cancel()

    chunks = [{"changes": [{"sku": SKU, "level": level}], "requestId": str(uuid.uuid4())}, {"changes": [{"sku": SKU, "level": level + 1}]}]
    expect(api.upload("InventoryService", "ImportLevels", chunks).levels == 2, "ImportLevels takes a stream of chunks")
    expect(api.upload("InventoryService", "ImportLevels", chunks).levels == 2, "and the same stream again changes nothing")
    item = api.call("InventoryService", "GetItem", name="items/-", sku=SKU).item
    expect(any(l.level == level + 1 for l in item.levels), "the last level counts")


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with grpc.insecure_channel(f"unix:{sys.argv[1]}") as channel:
        try:
            run(Api(channel))
        except (AssertionError, RuntimeError, grpc.RpcError, KeyError, StopIteration) as error:
            print(f"FAILED: {type(error).__name__}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
