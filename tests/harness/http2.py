"""HTTP/2 by hand, for tests that send what no library would: frames as bytes, headers without compression, and answers read with the
inflater of nghttp2 (which comes with libcurl)."""
import ctypes
import select
import socket
import ssl
import struct
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20
CANCEL = 8

_LARGEST_WINDOW = 2**31 - 1
_FIRST_WINDOW = 65_535


def frame(kind, flags, stream, payload=b"", length=None):
    """`length`: another than the payload's own."""
    size = len(payload) if length is None else length
    return struct.pack(">I", size)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def _text(value):
    size = len(value)
    if size < 127:
        return bytes([size]) + value
    size -= 127
    out = bytearray([127])
    while size >= 128:
        out.append(size % 128 + 128)
        size //= 128
    out.append(size)
    return bytes(out) + value


def header(name, value):
    """A literal that no table learns, so that no connection is needed to write it."""
    return b"\x10" + _text(name) + _text(value)


def headers(pairs):
    return b"".join(header(name, value) for name, value in pairs)


def settings(values=()):
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", key, value) for key, value in values))


def hello():
    """What a client begins with, with all the room there can be for answers."""
    return PREFACE + settings([(4, _LARGEST_WINDOW)]) + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", _LARGEST_WINDOW - _FIRST_WINDOW))


def message(body, flag=0, length=None):
    """A gRPC message with its prefix."""
    return struct.pack(">BI", flag, len(body) if length is None else length) + body


class _Pair(ctypes.Structure):
    _fields_ = [("name", ctypes.POINTER(ctypes.c_uint8)), ("value", ctypes.POINTER(ctypes.c_uint8)),
                ("name_size", ctypes.c_size_t), ("value_size", ctypes.c_size_t), ("flags", ctypes.c_uint8)]


def _library():
    library = ctypes.CDLL("libnghttp2.so.14")
    library.nghttp2_hd_inflate_hd2.restype = ctypes.c_ssize_t
    library.nghttp2_hd_inflate_hd2.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Pair), ctypes.POINTER(ctypes.c_int), ctypes.c_char_p,
                                               ctypes.c_size_t, ctypes.c_int]
    library.nghttp2_hd_inflate_end_headers.argtypes = [ctypes.c_void_p]
    library.nghttp2_hd_inflate_del.argtypes = [ctypes.c_void_p]
    library.nghttp2_hd_inflate_new.argtypes = [ctypes.POINTER(ctypes.c_void_p)]
    return library


class Inflater:
    """The headers of one connection's answers, in their order."""
    _FINAL, _EMIT = 1, 2
    _native = None

    def __init__(self):
        if Inflater._native is None:
            Inflater._native = _library()
        self._state = ctypes.c_void_p()
        if self._native.nghttp2_hd_inflate_new(ctypes.byref(self._state)) != 0:
            raise MemoryError("nghttp2_hd_inflate_new")

    def __del__(self):
        if self._state:
            self._native.nghttp2_hd_inflate_del(self._state)

    def read(self, block):
        """Pairs of bytes. ValueError when the block is not HPACK."""
        pairs = []
        pair, flags = _Pair(), ctypes.c_int()
        while True:
            flags.value = 0
            used = self._native.nghttp2_hd_inflate_hd2(self._state, ctypes.byref(pair), ctypes.byref(flags), block, len(block), 1)
            if used < 0:
                raise ValueError(f"no HPACK: {used}")
            block = block[used:]
            if flags.value & self._EMIT:
                pairs.append((ctypes.string_at(pair.name, pair.name_size), ctypes.string_at(pair.value, pair.value_size)))
            if flags.value & self._FINAL:
                self._native.nghttp2_hd_inflate_end_headers(self._state)
                return pairs
            if used == 0 and not flags.value & self._EMIT:
                raise ValueError("no HPACK: it does not end")


class Closed(Exception):
    """The other end has closed the connection, or broken it off."""


def connect(address, seconds=20, tls=None, source=None):
    """A socket to (host, port) or to the path of a Unix socket. `source`: the address it comes from."""
    if isinstance(address, str):
        plain = socket.socket(socket.AF_UNIX)
        plain.settimeout(seconds)
        plain.connect(address)
    else:
        plain = socket.create_connection(address, seconds, (source, 0) if source else None)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls is None:
        return plain
    return tls.wrap_socket(plain, server_hostname="localhost")


class Answer:
    """What came back on one stream."""

    def __init__(self):
        self.headers = {}
        self.data = 0       # bytes
        self.ended = False  # by the server, with END_STREAM
        self.reset = None   # the code of RST_STREAM

    @property
    def is_over(self):
        return self.ended or self.reset is not None


class Connection:
    """A client's connection. Reads frames as they come; `answers` by stream."""

    def __init__(self, address, seconds=20, tls=None):
        self.socket = connect(address, seconds, tls)
        self.seconds = seconds
        self.inflater = Inflater()
        self.answers = {}
        self.goaway = None  # (last stream, code)
        self.room = _FIRST_WINDOW     # bytes of data that the server takes on all streams
        self._stream_room = _FIRST_WINDOW  # on a stream of its own, at first
        self._rooms = {}    # by stream that has used some
        self._bytes = bytearray()
        self._block = None  # (stream, flags, parts) of headers that go on
        self._taken = 0     # bytes of data that were not given back as room

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from error

    def close(self):
        self.socket.close()

    def data(self, stream, body, ends):
        """Frames for as much as there is room for, which is taken; and what is left of the body. Always at least one frame for an empty
        body."""
        out = bytearray()
        while True:
            room = min(self.room, self._rooms.get(stream, self._stream_room), 16_384)
            piece, rest = body[:max(0, room)], body[max(0, room):]
            if body and not piece:
                return bytes(out), body
            self.room -= len(piece)
            self._rooms[stream] = self._rooms.get(stream, self._stream_room) - len(piece)
            out += frame(DATA, END_STREAM if ends and not rest else 0, stream, piece)
            body = rest
            if not body:
                return bytes(out), body

    def send_data(self, stream, body, ends):
        """All of it, as the server makes room; less when it answers before."""
        deadline = time.monotonic() + self.seconds
        while True:
            frames, body = self.data(stream, body, ends)
            self.send(frames)
            if not body or (stream in self.answers and self.answers[stream].is_over):
                return
            self.read(deadline)

    def wait(self, streams):
        """Reads until each of the streams is over. Closed when the connection goes first, TimeoutError when nothing comes."""
        deadline = time.monotonic() + self.seconds
        while not all(stream in self.answers and self.answers[stream].is_over for stream in streams):
            self.read(deadline)

    def read(self, deadline):
        """Whatever comes next."""
        left = deadline - time.monotonic()
        pending = getattr(self.socket, "pending", lambda: 0)()
        if left <= 0 or (not pending and not select.select([self.socket], [], [], left)[0]):
            raise TimeoutError("no answer")
        try:
            data = self.socket.recv(1 << 18)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from error
        if not data:
            raise Closed("closed")
        self._bytes += data
        self._take_frames()

    def _take_frames(self):
        at = 0
        while len(self._bytes) - at >= 9:
            size = int.from_bytes(self._bytes[at:at + 3], "big")
            if len(self._bytes) - at < 9 + size:
                break
            kind, flags = self._bytes[at + 3], self._bytes[at + 4]
            stream = int.from_bytes(self._bytes[at + 5:at + 9], "big") & 0x7FFFFFFF
            payload = bytes(self._bytes[at + 9:at + 9 + size])
            at += 9 + size
            self._take(kind, flags, stream, payload)
        del self._bytes[:at]

    def _take(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            for key, value in struct.iter_unpack(">HI", payload):
                if key == 4:
                    self._rooms = {each: room + value - self._stream_room for each, room in self._rooms.items()}
                    self._stream_room = value
            self.send(frame(SETTINGS, ACK, 0))
        elif kind == WINDOW_UPDATE:
            more = int.from_bytes(payload, "big")
            if stream == 0:
                self.room += more
            else:
                self._rooms[stream] = self._rooms.get(stream, self._stream_room) + more
        elif kind == PING and not flags & ACK:
            self.send(frame(PING, ACK, 0, payload))
        elif kind == GOAWAY:
            self.goaway = struct.unpack(">II", payload[:8])
        elif kind == RST_STREAM:
            self._answer(stream).reset = int.from_bytes(payload, "big")
        elif kind == DATA:
            answer = self._answer(stream)
            answer.data += len(payload)
            answer.ended = answer.ended or bool(flags & END_STREAM)
            self._taken += len(payload)
            if self._taken > 1 << 20:
                self.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", self._taken)))
                self._taken = 0
        elif kind in (HEADERS, CONTINUATION):
            self._take_headers(kind, flags, stream, payload)

    def _take_headers(self, kind, flags, stream, payload):
        if kind == HEADERS:
            self._block = (stream, flags, [payload])
        elif self._block is not None:
            self._block[2].append(payload)
        if not flags & END_HEADERS or self._block is None:
            return
        stream, first_flags, parts = self._block
        self._block = None
        answer = self._answer(stream)
        answer.headers.update(self.inflater.read(b"".join(parts)))
        answer.ended = answer.ended or bool(first_flags & END_STREAM)

    def _answer(self, stream):
        return self.answers.setdefault(stream, Answer())
