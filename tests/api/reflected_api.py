"""The API as the server's reflection tells it, for clients that share no code with the host.

Needs python3-grpcio. Nothing is generated from the protos: every message type, also those of errors, comes over the wire.
"""
import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

TIMEOUT_S = 10


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
        self.pool = descriptor_pool.DescriptorPool()
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
        self.pool.Add(file)

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
        return options.Extensions[self.pool.FindExtensionByName(name)]

    def message(self, full_name):
        return message_class(self.pool, full_name)

    def method(self, service, method):
        """Path, request class and response class."""
        full_name = service if "." in service else f"quayside.v1.{service}"
        self.learn(full_name)
        descriptor = self.pool.FindServiceByName(full_name).FindMethodByName(method)
        return f"/{full_name}/{method}", self.message(descriptor.input_type.full_name), self.message(descriptor.output_type.full_name)

    def call(self, service, method, /, **fields):
        path, request, response = self.method(service, method)
        stub = self.connection.unary_unary(path, request.SerializeToString, response.FromString)
        return stub(json_format.ParseDict(fields, request()), timeout=TIMEOUT_S)

    def stream(self, service, method, /, **fields):
        path, request, response = self.method(service, method)
        stub = self.connection.unary_stream(path, request.SerializeToString, response.FromString)
        return stub(json_format.ParseDict(fields, request()), timeout=TIMEOUT_S)

    def upload(self, service, method, messages, timeout=TIMEOUT_S):
        """Sends a client's stream; each message a dictionary of fields."""
        path, request, response = self.method(service, method)
        stub = self.connection.stream_unary(path, request.SerializeToString, response.FromString)
        return stub((json_format.ParseDict(fields, request()) for fields in messages), timeout=timeout)

    def details(self, error):
        """Of a failed call, by message name; none when it came without."""
        packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
        if packed is None:
            return {}
        status = self.unpack(packed)
        if status.code != error.code().value[0]:
            raise AssertionError(f"the call ended with {error.code()}, its details have {status.code}")
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
