"""What breaks a connection of HTTP/2: frames that may not be, where they may not be. Each answers the bytes to send and whether it is
instead of the preface."""
import struct

from harness.http2 import (CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PREFACE, PRIORITY, PUSH_PROMISE,
                           RST_STREAM, SETTINGS, WINDOW_UPDATE, WITH_PRIORITY, frame, header, headers, hello)

_CALL = ((b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/quayside.v1.ChannelService/ListChannels"), (b":authority", b"a"),
         (b"te", b"trailers"), (b"content-type", b"application/grpc"))
_HTTP1 = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
_TLS = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


def _first(rng):
    """Instead of the preface."""
    return rng.choice((lambda: _HTTP1, lambda: _TLS, lambda: b"", lambda: PREFACE[:rng.randrange(1, 24)], lambda: rng.randbytes(200),
                       lambda: PREFACE + frame(HEADERS, END_HEADERS, 1, headers(_CALL)), lambda: PREFACE + PREFACE,
                       lambda: PREFACE + rng.randbytes(60), lambda: b"\x00" * 100, lambda: PREFACE.lower()))()


def _then(rng, stream):
    """After any number of calls, the last of them on a stream below `stream`."""
    call = headers(_CALL)
    block = frame(HEADERS, END_HEADERS, stream, call)
    noise = rng.randbytes(rng.choice((1, 9, 40, 300)))
    odd = struct.pack(">HI", rng.choice((0, 2, 3, 4, 5, 6, 255)), rng.choice((0, 1, 16_383, 2**24, 2**31, 2**32 - 1)))
    return rng.choice((
        lambda: noise,
        lambda: frame(rng.randrange(256), rng.randrange(256), rng.choice((0, 1, stream, 2**31 - 1)), noise),
        lambda: frame(DATA, 0, 0, b"x"), lambda: frame(DATA, 0, stream, b"x"), lambda: frame(DATA, 0, 2, b"x"),
        lambda: frame(DATA, 0, 1, b"", length=2**24 - 1) + noise,
        lambda: block + frame(DATA, PADDED, stream, b"\xff" + noise[:20]),
        lambda: block + frame(DATA, PADDED, stream, b""),
        lambda: frame(HEADERS, END_HEADERS, 0, call), lambda: frame(HEADERS, END_HEADERS, 2, call), lambda: block + block,
        lambda: frame(HEADERS, END_HEADERS, stream + 100, call) + block,
        lambda: frame(HEADERS, END_HEADERS, stream, rng.choice((b"\x80", b"\xff\xff\xff\xff\xff\xff\xff", b"\x40\x7f\xff\xff\xff\xff\x0f",
                                                                 b"\x3f\xff\xff\xff\xff\x0f", b"\xbf", b"\x00\x05ab", b"\x40\x8f\xff"))),
        lambda: frame(HEADERS, END_HEADERS, stream, noise),
        lambda: frame(HEADERS, END_HEADERS | PADDED, stream, b"\xff" + call[:50]),
        lambda: frame(HEADERS, END_HEADERS | WITH_PRIORITY, stream, struct.pack(">IB", stream, 1) + call),
        lambda: frame(HEADERS, END_HEADERS | WITH_PRIORITY, stream, b"\x00"),
        lambda: frame(HEADERS, 0, stream, call) + frame(DATA, END_STREAM, stream, b""),
        lambda: frame(HEADERS, 0, stream, call) + frame(CONTINUATION, END_HEADERS, stream + 2, b""),
        lambda: frame(HEADERS, 0, stream, call) + b"".join(frame(CONTINUATION, 0, stream, b"") for _ in range(100)),
        lambda: frame(HEADERS, 0, stream, call) + b"".join(frame(CONTINUATION, 0, stream, header(b"x", b"a" * 8_000)) for _ in range(20)),
        lambda: frame(CONTINUATION, END_HEADERS, stream, call),
        lambda: frame(SETTINGS, 0, 0, odd), lambda: frame(SETTINGS, 0, stream, odd), lambda: frame(SETTINGS, 0, 0, odd[:5]),
        lambda: frame(SETTINGS, 1, 0, odd), lambda: frame(SETTINGS, 0, 0, odd * 500),
        lambda: frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0)), lambda: frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**31 - 1)),
        lambda: frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", 5)), lambda: frame(WINDOW_UPDATE, 0, 0, b"\x01"),
        lambda: frame(PING, 0, 0, b"\x00" * rng.choice((0, 7, 9))), lambda: frame(PING, 0, stream, b"\x00" * 8),
        lambda: frame(PING, 0, 0, b"\x00" * 8) * 50,
        lambda: frame(RST_STREAM, 0, 0, struct.pack(">I", 8)), lambda: frame(RST_STREAM, 0, stream, struct.pack(">I", 8)),
        lambda: block + frame(RST_STREAM, 0, stream, b"\x00"),
        lambda: frame(PRIORITY, 0, stream, struct.pack(">IB", stream, 1)), lambda: frame(PRIORITY, 0, 0, b"\x00" * 5),
        lambda: frame(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 2) + call),
        lambda: frame(GOAWAY, 0, 0, b"\x00"), lambda: frame(GOAWAY, 0, 0, struct.pack(">II", 0, 2) + noise),
        lambda: block[:rng.randrange(1, len(block))]))()


def whole(rng):
    """A connection that is wrong from its first byte on, or soon after it."""
    return _first(rng) if rng.random() < 0.3 else hello() + _then(rng, 1)


def ending(rng, stream):
    """The end of a connection that went well so far."""
    return _then(rng, stream)
