"""How strangers and callers try to take a host's memory, descriptors and time. Each runs in a process of its own for some seconds."""
import dataclasses
import random
import socket
import ssl
import struct
import time

from harness import http2

HELD = 5_120  # connections of someone who wants every descriptor
_CALL = ((b":method", b"POST"), (b":scheme", b"https"), (b":path", b"/quayside.v1.ChannelService/ListChannels"),
         (b":authority", b"localhost"), (b"te", b"trailers"), (b"content-type", b"application/grpc"))
_WATCH = tuple((name, b"/quayside.v1.EventService/Watch" if name == b":path" else value) for name, value in _CALL)
_SET_LEVELS = tuple((name, b"/quayside.v1.InventoryService/SetLevels" if name == b":path" else value) for name, value in _CALL)
_STREAMS_AT_ONCE = 500      # opened and reset in one write
_LAST_STREAM = 2**31 - 1
_SLOW_CONNECTIONS = 40
_SLOW_STREAMS = 20          # of each of them
_PIECE = b"a" * 16_000


@dataclasses.dataclass
class Target:
    """Where calls are taken, and what a client shows there. Travels to other processes."""
    address: tuple
    ca: str
    cert: str = ""
    key: str = ""
    token: str = ""
    source: str = ""   # the address a client comes from, of 127.0.0.0/8; "": this machine's usual one

    def stranger(self):
        return Target(self.address, self.ca, source=self.source)

    def elsewhere(self, source):
        """The same client on another machine, as far as addresses tell."""
        return dataclasses.replace(self, source=source)

    def headers(self, call):
        token = ((b"authorization", b"Bearer " + self.token.encode("ascii")),) if self.token else ()
        return http2.headers(call + token)

    def knock(self):
        """A connection that is on its way."""
        plain = socket.socket()
        if self.source:
            plain.bind((self.source, 0))
        plain.setblocking(False)
        plain.connect_ex(self.address)
        return plain

    def tls(self):
        context = ssl.create_default_context(cafile=self.ca)
        context.check_hostname = False
        context.set_alpn_protocols(["h2"])
        if self.cert:
            context.load_cert_chain(self.cert, self.key)
        return context


class _Until:
    def __init__(self, seconds):
        self._end = time.monotonic() + seconds

    def __bool__(self):
        return time.monotonic() < self._end

    @property
    def left(self):
        return max(0.0, self._end - time.monotonic())


def _opened(target, first):
    """A connection past its handshake that has sent `first`; None: it was refused."""
    try:
        connection = http2.connect(target.address, 5, target.tls(), target.source)
        connection.sendall(first)
        return connection
    except OSError:
        return None


def rapid_reset(target, seconds):
    """Calls that are begun and given up at once, as many as the connection takes."""
    going, resets, connections = _Until(seconds), 0, 0
    block = target.headers(_CALL)
    while going:
        connection = _opened(target, http2.hello())
        connections += 1
        if connection is None:
            continue
        stream = 1
        try:
            while going and stream < _LAST_STREAM - 2 * _STREAMS_AT_ONCE:
                piece = []
                for _ in range(_STREAMS_AT_ONCE):
                    piece.append(http2.frame(http2.HEADERS, http2.END_HEADERS, stream, block))
                    piece.append(http2.frame(http2.RST_STREAM, 0, stream, struct.pack(">I", http2.CANCEL)))
                    stream += 2
                connection.sendall(b"".join(piece))
                resets += _STREAMS_AT_ONCE
        except OSError:
            pass  # thrown out; the next connection
        connection.close()
    return {"resets": resets, "connections": connections}


def hold_descriptors(target, seconds):
    """Connections that say nothing, all at once, and held to the end, whatever the host does with them."""
    going, held = _Until(seconds), []
    while going and len(held) < HELD:
        held.append(target.knock())
    time.sleep(going.left)
    for plain in held:
        plain.close()
    return {"connections": len(held)}


def slow_handshake(target, seconds, connections=1_000):
    """Hellos of TLS that come byte by byte, anew as soon as the host has had enough."""
    going, rng, begun = _Until(seconds), random.Random(1), 0
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + rng.randbytes(500)
    at = {}
    while going:
        while going and len(at) < connections:
            at[target.knock()] = 0
            begun += 1
        for plain, sent in list(at.items()):
            try:
                at[plain] += plain.send(hello[sent:sent + 1] or b"\x00")
            except BlockingIOError:
                pass
            except OSError:
                plain.close()
                del at[plain]
        time.sleep(min(0.2, going.left))
    for plain in at:
        plain.close()
    return {"connections": begun}


def _hold_open(target, seconds, first, piece=None):
    """Connections that begin with `first` and then send `piece` now and then, if any, and read nothing."""
    going, held, begun = _Until(seconds), [], 0
    while going:
        while going and len(held) < _SLOW_CONNECTIONS:
            connection = _opened(target, first)
            begun += 1
            if connection is None:
                break
            connection.settimeout(0.05)
            held.append(connection)
        for connection in list(held) if piece else ():
            try:
                connection.sendall(piece)
            except TimeoutError:
                pass  # the host takes no more of it
            except OSError:
                connection.close()
                held.remove(connection)
        time.sleep(min(0.5, going.left))
    for connection in held:
        connection.close()
    return {"connections": begun}


def slow_reader(target, seconds):
    """Streams of events whose client gives no room for a single one."""
    no_room = http2.PREFACE + http2.settings([(4, 0)])
    streams = b"".join(http2.frame(http2.HEADERS, http2.END_HEADERS, stream, target.headers(_WATCH)) +
                       http2.frame(http2.DATA, http2.END_STREAM, stream, http2.message(b"\x08\x01"))
                       for stream in range(1, 2 * _SLOW_STREAMS, 2))
    return _hold_open(target, seconds, no_room + streams)


def slow_body(target, seconds):
    """Requests that are announced as large as they may be and come in pieces, for ever."""
    announced = http2.message(b"", length=4 * 1024 * 1024)
    streams = b"".join(http2.frame(http2.HEADERS, http2.END_HEADERS, stream, target.headers(_SET_LEVELS)) +
                       http2.frame(http2.DATA, 0, stream, announced) for stream in range(1, 2 * _SLOW_STREAMS, 2))
    piece = b"".join(http2.frame(http2.DATA, 0, stream, _PIECE[:200]) for stream in range(1, 2 * _SLOW_STREAMS, 2))
    return _hold_open(target, seconds, http2.hello() + streams, piece)


def fresh_call(target, seconds=3):
    """Seconds that a call on a connection of its own takes, handshakes and all; None: it was refused, or took too long."""
    began = time.monotonic()
    connection = None
    try:
        connection = http2.Connection(target.address, seconds, target.tls())
        connection.send(http2.hello() + http2.frame(http2.HEADERS, http2.END_HEADERS, 1, target.headers(_CALL)) +
                        http2.frame(http2.DATA, http2.END_STREAM, 1, http2.message(b"")))
        connection.wait([1])
        answered = connection.answers[1].headers.get(b"grpc-status") == b"0"
    except (OSError, http2.Closed):
        answered = False
    finally:
        if connection is not None:
            connection.close()
    return time.monotonic() - began if answered else None


def run(attack, target, seconds, results):
    """In a process of its own. What it did, or what stopped it."""
    try:
        results.put(attack(target, seconds))
    except Exception as error:  # the campaign must hear of it
        results.put(error)
