#!/usr/bin/python3
"""A client that shares no code with the host: it learns the API from the server's reflection and uses it.

    python_client_test.py /path/to/api.sock

Needs python3-grpcio. Nothing is generated from the protos: every message type, also those of errors, comes over the wire.
Exits with 0 when everything holds, with 1 and the reason when not. Leaves one item behind (SKU PYTHON-CLIENT-1).
"""

import sys
import uuid

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

TIMEOUT_S = 10
SERVICES = ["Account", "Channel", "Event", "Inventory", "Listing", "Order", "Plugin", "Shipping", "Sync"]
SKU = "PYTHON-CLIENT-1"


def message_class(pool, full_name):
    descriptor = pool.FindMessageTypeByName(full_name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def reflection_pool():
    """The part of grpc.reflection.v1alpha that is used here: the one thing a client must know beforehand."""
    text, count, raw, nested = 9, 5, 12, 11  # descriptor.proto's numbers of string, int32, bytes, message
    file = descriptor_pb2.FileDescriptorProto(name="reflection.proto", package="grpc.reflection.v1alpha", syntax="proto3")
    messages = {
        "ServerReflectionRequest": [("file_by_filename", 3, text), ("file_containing_symbol", 4, text), ("list_services", 7, text)],
        "ServerReflectionResponse": [("file_descriptor_response", 4, "FileDescriptorResponse"),
                                     ("list_services_response", 6, "ListServiceResponse"),
                                     ("error_response", 7, "ErrorResponse")],
        "FileDescriptorResponse": [("file_descriptor_proto", 1, raw, True)],
        "ListServiceResponse": [("service", 1, "ServiceResponse", True)],
        "ServiceResponse": [("name", 1, text)],
        "ErrorResponse": [("error_code", 1, count), ("error_message", 2, text)],
    }
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field_name, number, kind, *repeated in fields:
            field = message.field.add(name=field_name, number=number, label=3 if repeated else 1)
            field.type = nested if isinstance(kind, str) else kind
            if isinstance(kind, str):
                field.type_name = ".grpc.reflection.v1alpha." + kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


class Api:
    """Calls by name: api.call("InventoryService", "GetItem", name="items/-", sku="A")."""

    def __init__(self, channel):
        self.connection = channel
        self._pool = descriptor_pool.DescriptorPool()
        self._files = {}
        own = reflection_pool()
        self._request = message_class(own, "grpc.reflection.v1alpha.ServerReflectionRequest")
        response = message_class(own, "grpc.reflection.v1alpha.ServerReflectionResponse")
        self._reflect = channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            request_serializer=self._request.SerializeToString, response_deserializer=response.FromString)

    def _ask(self, **question):
        answer = next(iter(self._reflect(iter([self._request(**question)]), timeout=TIMEOUT_S)))
        if answer.HasField("error_response"):
            raise RuntimeError(f"reflection does not know {question}: {answer.error_response.error_message}")
        return answer

    def services(self):
        return sorted(s.name for s in self._ask(list_services="*").list_services_response.service)

    def _add(self, file_bytes):
        file = descriptor_pb2.FileDescriptorProto.FromString(file_bytes)
        if file.name in self._files:
            return
        self._files[file.name] = file
        for dependency in file.dependency:
            if dependency not in self._files:
                for found in self._ask(file_by_filename=dependency).file_descriptor_response.file_descriptor_proto:
                    self._add(found)
        self._pool.Add(file)

    def learn(self, symbol):
        for found in self._ask(file_containing_symbol=symbol).file_descriptor_response.file_descriptor_proto:
            self._add(found)

    def methods(self):
        """(service, MethodDescriptorProto) of every method in the host's package, as reflection tells them."""
        for service in self.services():
            if service.startswith("quayside.v1."):
                self.learn(service)
        for file in self._files.values():
            for service in file.service:
                if file.package == "quayside.v1":
                    yield from ((f"quayside.v1.{service.name}", method) for method in service.method)

    def option(self, method, name):
        """The value of a method's option, by the option's full name."""
        options = self.message("google.protobuf.MethodOptions").FromString(method.options.SerializeToString())
        return options.Extensions[self._pool.FindExtensionByName(name)]

    def message(self, full_name):
        return message_class(self._pool, full_name)

    def method(self, service, method):
        """Path, request class and response class."""
        full_name = service if "." in service else f"quayside.v1.{service}"
        self.learn(full_name)
        descriptor = self._pool.FindServiceByName(full_name).FindMethodByName(method)
        return f"/{full_name}/{method}", self.message(descriptor.input_type.full_name), self.message(descriptor.output_type.full_name)

    def call(self, service, method, /, **fields):
        path, request, response = self.method(service, method)
        stub = self.connection.unary_unary(path, request.SerializeToString, response.FromString)
        return stub(json_format.ParseDict(fields, request()), timeout=TIMEOUT_S)

    def stream(self, service, method, /, **fields):
        path, request, response = self.method(service, method)
        stub = self.connection.unary_stream(path, request.SerializeToString, response.FromString)
        return stub(json_format.ParseDict(fields, request()), timeout=TIMEOUT_S)

    def details(self, error):
        """Of a failed call, by message name; none when it came without."""
        packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
        if packed is None:
            return {}
        status = self.unpack(packed)
        expect(status.code == error.code().value[0], "the details have the call's own code")
        return {each.type_url.split(".")[-1]: self.message(each.type_url.split("/")[-1]).FromString(each.value) for each in status.details}

    def unpack(self, packed):
        """A google.rpc.Status, whose details can be read from here on."""
        self.learn("google.rpc.Status")
        self.learn("google.rpc.ErrorInfo")
        return self.message("google.rpc.Status").FromString(packed)

    def refusal(self, service, method, /, **fields):
        """The code of a call that must fail, with its details by message name."""
        try:
            self.call(service, method, **fields)
        except grpc.RpcError as error:
            return error.code(), self.details(error)
        raise AssertionError(f"{method} was not refused")


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
