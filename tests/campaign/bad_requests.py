"""Requests that no client of ours would send: bytes of messages, their prefixes, and headers. All from one generator of random numbers."""
import base64
import dataclasses
import struct

from google.protobuf import descriptor as descriptors

from harness.http2 import message

_INTEGERS = (0, 1, -1, 2, 100, 1001, 2**31 - 1, -2**31, 2**63 - 1, -2**63)
_UNSIGNED = (0, 1, 2, 2**32 - 1)
_TEXTS = ("", "-", "shop", "uk", "accounts/shop", "channels/uk", "channels/uk/listings/MUG", "items/-", "items/1", "orders/1", "MUG",
          "locations/default", "lanes/shop.orders", "plugins/amazon", "tokens/x", "name", "*", "revision", "revision desc", "../../etc",
          "a" * 300, "\u00fcn\u00efc\u00f6de \U0001f4a3", "line\nbreak\x00nul", "channels/uk/channels/uk", "%s%n", "' OR 1=1 --")
_BAD_UTF8 = (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x80", b"\xe2\x82")
_EDGES = (b"\x00", b"\xff", b"\x80" * 9 + b"\x01", b"\xff" * 10, b"\x7f", b"\xff\xff\xff\xff\x0f", b"\x0b" * 8, b"\x07", b"\x00\x00")
_DEEPEST = 3_000
_LONGEST_TEXT = 64 * 1024
_MOST_BYTES = 4 * 1024 * 1024  # of a message that the host takes
_VARIANTS = 12                 # well-formed messages of each method, to begin with


@dataclasses.dataclass
class Method:
    path: str
    is_stream: bool
    variants: list      # serialized requests
    page_token: int     # the field's number, 0: it has none


@dataclasses.dataclass
class Request:
    kind: str           # of what is wrong with it
    method: Method
    headers: list       # of pairs, without those that any call has
    body: bytes         # with its prefix
    replaced: dict = dataclasses.field(default_factory=dict)  # ordinary headers by name; None: left out
    may_close: bool = False  # the whole connection may go with it
    ends: bool = True   # the client's side of the stream is closed


def methods(api):
    """Every method that reflection tells of, and the class of its request."""
    found = []
    for service in api.services():
        if service.startswith("grpc.reflection"):
            continue
        api.learn(service)
        for method in api.pool.FindServiceByName(service).methods:
            field = method.input_type.fields_by_name.get("page_token")
            found.append((Method(f"/{service}/{method.name}", method.server_streaming, [], field.number if field else 0),
                          api.message(method.input_type.full_name)))
    return found


def fill(rng, request, depth=0):
    """Random values, odd ones more often than not, in some of the fields."""
    for field in request.DESCRIPTOR.fields:
        if rng.random() < 0.4:
            continue
        repeated = field.label == descriptors.FieldDescriptor.LABEL_REPEATED
        if field.message_type is not None:
            if depth > 3:
                continue
            if field.message_type.GetOptions().map_entry:
                _fill_map(rng, request, field)
            elif repeated:
                for _ in range(rng.choice((0, 1, 1, 3))):
                    fill(rng, getattr(request, field.name).add(), depth + 1)
            else:
                getattr(request, field.name).SetInParent()
                fill(rng, getattr(request, field.name), depth + 1)
        elif repeated:
            getattr(request, field.name).extend(_value(rng, field) for _ in range(rng.choice((0, 1, 2, 60))))
        else:
            setattr(request, field.name, _value(rng, field))
    return request


def _fill_map(rng, request, field):
    if field.message_type.fields_by_name["value"].message_type is not None:
        return
    for _ in range(rng.choice((0, 1, 4))):
        key, value = (_value(rng, field.message_type.fields_by_name[name]) for name in ("key", "value"))
        getattr(request, field.name)[key] = value


def _value(rng, field):
    kind = field.cpp_type
    if kind == descriptors.FieldDescriptor.CPPTYPE_STRING:
        text = rng.choice(_TEXTS)
        return text.encode() if field.type == descriptors.FieldDescriptor.TYPE_BYTES else text
    if kind == descriptors.FieldDescriptor.CPPTYPE_BOOL:
        return rng.random() < 0.5
    if kind == descriptors.FieldDescriptor.CPPTYPE_ENUM:
        return rng.choice([value.number for value in field.enum_type.values])
    if kind in (descriptors.FieldDescriptor.CPPTYPE_DOUBLE, descriptors.FieldDescriptor.CPPTYPE_FLOAT):
        return rng.choice((0.0, -1.0, 1e30, float("inf"), float("nan")))
    if kind in (descriptors.FieldDescriptor.CPPTYPE_UINT32, descriptors.FieldDescriptor.CPPTYPE_UINT64):
        return rng.choice(_UNSIGNED)
    fits = kind == descriptors.FieldDescriptor.CPPTYPE_INT64
    return rng.choice([value for value in _INTEGERS if fits or -2**31 <= value < 2**31])


class BadRequests:
    """`tokens`: page tokens the host gave out, of any lists."""

    def __init__(self, rng, known_methods, tokens=()):
        self.rng = rng
        self.methods = known_methods
        self.lists = [method for method in known_methods if method.page_token]
        self.tokens = list(tokens) or [b"AAAAAAAAAAAAAAAA"]
        self.all = [variant for method in known_methods for variant in method.variants if variant] or [b"\x0a\x00"]
        self.kinds = [(self.bytes_changed, 40), (self.well_formed, 10), (self.noise, 9), (self.not_utf8, 8), (self.deep, 6),
                      (self.large, 1), (self.foreign_token, 9), (self.other_message, 3), (self.wrong_prefix, 6), (self.wrong_headers, 9),
                      (self.unfit_headers, 0.4)]
        self._weights = [weight for _, weight in self.kinds]
        self._makers = [maker for maker, _ in self.kinds]

    def next(self):
        return self.rng.choices(self._makers, self._weights)[0](self.rng.choice(self.methods))

    def well_formed(self, method):
        return Request("well_formed", method, [], message(self.rng.choice(method.variants)))

    def bytes_changed(self, method):
        body = bytearray(self.rng.choice(method.variants))
        for _ in range(self.rng.randint(1, 4)):
            at = self.rng.randint(0, len(body))
            what = self.rng.random()
            if what < 0.3 and at < len(body):
                body[at] = self.rng.randrange(256)
            elif what < 0.5:
                body[at:at] = self.rng.choice(_EDGES)
            elif what < 0.7:
                del body[at:at + self.rng.randint(1, 8)]
            elif what < 0.85:
                other = self.rng.choice(self.all)
                cut = self.rng.randrange(len(other) + 1)
                body[at:at] = other[cut:cut + 40]
            else:
                del body[at:]
        return Request("bytes_changed", method, [], message(bytes(body)))

    def noise(self, method):
        return Request("noise", method, [], message(self.rng.randbytes(self.rng.choice((1, 3, 10, 60, 500)))))

    def not_utf8(self, method):
        body = self.rng.choice(method.variants)
        letters = [at for at, byte in enumerate(body) if 97 <= byte <= 122]
        bad = self.rng.choice(_BAD_UTF8)
        if letters:
            at = self.rng.choice(letters)
            body = body[:at] + bad[:1] + body[at + 1:]
        else:
            body = b"\x0a" + bytes([len(bad)]) + bad
        return Request("not_utf8", method, [], message(body))

    def deep(self, method):
        depth = self.rng.choice((5, 99, 100, 101, 500, _DEEPEST))
        number = self.rng.choice((1, 2, 3, 15))
        if self.rng.random() < 0.5:
            body = bytes([number * 8 + 3]) * depth + (bytes([number * 8 + 4]) * depth if self.rng.random() < 0.7 else b"")
        else:
            body = b""
            for _ in range(min(depth, 500)):
                body = bytes([number * 8 + 2]) + _varint(len(body)) + body
        return Request("deep", method, [], message(body))

    def large(self, method):
        if self.rng.random() < 0.03:
            return Request("large", method, [], message(b"\x0a" + _varint(_MOST_BYTES) + b"a" * _MOST_BYTES))
        size = self.rng.choice((1_000, 20_000, _LONGEST_TEXT))
        one = self.rng.random() < 0.7
        body = b"\x0a" + _varint(size) + b"a" * size if one else b"\x22\x01a" * (size // 3)
        return Request("large", method, [], message(body))

    def foreign_token(self, _):
        method = self.rng.choice(self.lists)
        token = bytearray(self.rng.choice(self.tokens))
        what = self.rng.random()
        if what < 0.3 and token:
            token[self.rng.randrange(len(token))] = self.rng.choice(b"ABCabc019-_=+/ ")
        elif what < 0.5:
            del token[self.rng.randint(0, len(token)):]
        elif what < 0.7:
            token = bytearray(base64.urlsafe_b64encode(self.rng.randbytes(self.rng.choice((1, 8, 9, 16, 200)))))
        body = _varint(method.page_token * 8 + 2) + _varint(len(token)) + bytes(token)
        if self.rng.random() < 0.3:
            body = self.rng.choice(method.variants) + body
        return Request("foreign_token", method, [], message(body))

    def other_message(self, method):
        return Request("other_message", method, [], message(self.rng.choice(self.all)))

    def wrong_prefix(self, method):
        body = self.rng.choice(method.variants)
        shapes = (b"", message(body)[:self.rng.randint(1, 5)], message(body, flag=1), message(body, flag=self.rng.choice((2, 7, 255))),
                  message(body, length=len(body) + self.rng.choice((1, 1000))), message(body, length=2**32 - 1),
                  message(body) + message(body), message(body) + b"\x00\x00", struct.pack(">BI", 0, _MOST_BYTES + 1))
        # What does not end is left by its client.
        return Request("wrong_prefix", method, [], self.rng.choice(shapes), ends=self.rng.random() < 0.9)

    def wrong_headers(self, method):
        body = message(self.rng.choice(method.variants))
        rng = self.rng
        odd = rng.choice((
            lambda: ([], {b":path": rng.choice((b"/", b"", b"//", b"/quayside.v1.ChannelService/", b"/quayside.v1.NoService/No",
                                                method.path.encode() + b"x", method.path.encode().upper(), b"/" + b"a" * 3000,
                                                b"/\xff\xfe", b"/quayside.v1.ChannelService/ListChannels?x=1"))}),
            lambda: ([], {b":method": rng.choice((b"GET", b"PUT", b"", b"post", b"POST POST"))}),
            lambda: ([], {b":scheme": rng.choice((b"", b"ftp", b"https"))}),
            lambda: ([], {rng.choice((b":path", b":method", b":scheme", b":authority", b"te", b"content-type")): None}),
            lambda: ([], {b"te": rng.choice((b"x", b"", b"trailers, deflate"))}),
            lambda: ([], {b"content-type": rng.choice((b"", b"application/json", b"application/grpc+x", b"application/grpc;a=b",
                                                       b"text/html"))}),
            lambda: ([], {b"grpc-timeout": rng.choice((b"", b"1", b"-1S", b"0n", b"99999999999H", b"1X", b"S", b"1 S", b"\xff"))}),
            lambda: ([], {b"authorization": rng.choice((b"", b"Bearer", b"Bearer ", b"Basic AAAA", b"Bearer qst_guess", b"bearer \xff",
                                                        b"Bearer " + b"a" * 2000))}),
            lambda: ([(b"grpc-encoding", rng.choice((b"gzip", b"deflate", b"nothing", b"")))], {}),
            lambda: ([(b"grpc-accept-encoding", b"," * rng.choice((1, 500)))], {}),
            lambda: ([(rng.choice((b"x-bin", b"grpc-trace-bin")), rng.choice((b"AAAA", b"AAA", b"AA==", b"")))], {}),
            lambda: ([(b"traceparent", rng.choice((b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01", b"ff-x", b"", b"\xff" * 60)))], {}),
            lambda: ([(b"Upper-Case", b"1")], {}),
            lambda: ([(rng.choice((b"", b"a b", b"a:b", b"\x00", b":late", b"connection", b"transfer-encoding")), b"1")], {}),
            lambda: ([(b"x", rng.choice((b"\x00", b"\r\n", b"\xff\xfe", b" lead", b"a" * 3000)))], {}),
            lambda: ([(b"x-%d" % number, b"1") for number in range(rng.choice((10, 40)))], {}),
            lambda: ([(b":path", method.path.encode()), (b"content-length", rng.choice((b"-1", b"5", b"x")))], {})))()
        return Request("wrong_headers", method, odd[0], body, replaced=odd[1])

    def unfit_headers(self, method):
        """A binary header that is no base64, and headers beyond the limit: gRPC may take either for broken HTTP/2."""
        rng = self.rng
        odd = rng.choice((
            lambda: [(rng.choice((b"x-bin", b"grpc-trace-bin", b"grpc-tags-bin")), rng.choice((b"!!!!", b"A", b"=", b"????", b"\xff")))],
            lambda: [(b"x", b"a" * rng.choice((7_000, 8_000, 9_000, 12_000, 70_000)))],
            lambda: [(b"x-%d" % number, b"1") for number in range(rng.choice((200, 300, 2_000)))]))()
        return Request("unfit_headers", method, odd, message(rng.choice(method.variants)), may_close=True)


def _varint(value):
    out = bytearray()
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    out.append(value)
    return bytes(out)


def with_variants(rng, api):
    """The methods with well-formed requests of each."""
    known = []
    for method, kind in methods(api):
        method.variants = [b""] + [fill(rng, kind()).SerializeToString() for _ in range(_VARIANTS - 1)]
        known.append(method)
    return known
