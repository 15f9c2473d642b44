"""One client of the campaign `malformed`: sends what is wrong and holds each answer to what is documented."""
import base64
import collections
import dataclasses
import random
import re
import socket
import time

from campaign import bad_frames
from campaign.bad_requests import BadRequests
from harness import http2

_BATCH = 32            # requests under way together
_MOST_BATCHES = 6      # of a connection
_FRAME_CONNECTIONS = 4  # connections with wrong frames from the first byte on, after each of the others
_LONGEST_SECONDS = 30
_HEADERS = ((b":method", b"POST"), (b":scheme", b"http"), (b":path", b""), (b":authority", b"localhost"), (b"te", b"trailers"),
            (b"content-type", b"application/grpc"), (b"grpc-timeout", b"8S"), (b"authorization", b""))
# What the host answers, and what gRPC answers before the host sees a call. UNKNOWN is gRPC's word for what is no call of gRPC by its
# headers, and nobody's else; DATA_LOSS is for damage on the disk, which there is none of here.
_CODES = {b"0": "OK", b"1": "CANCELLED", b"3": "INVALID_ARGUMENT", b"4": "DEADLINE_EXCEEDED", b"5": "NOT_FOUND", b"6": "ALREADY_EXISTS",
          b"7": "PERMISSION_DENIED", b"8": "RESOURCE_EXHAUSTED", b"9": "FAILED_PRECONDITION", b"10": "ABORTED", b"11": "OUT_OF_RANGE",
          b"12": "UNIMPLEMENTED", b"13": "INTERNAL", b"14": "UNAVAILABLE", b"16": "UNAUTHENTICATED"}
_DETAILS = b"grpc-status-details-bin"
_ENDED = ("OK", "CANCELLED", "DEADLINE_EXCEEDED")
_WITHOUT_DETAILS = {("large", "RESOURCE_EXHAUSTED")}  # gRPC looks at the size before the host sees anything
_ERROR_INFO = re.compile(rb"google\.rpc\.ErrorInfo\x12.{1,3}?\x0a(.)([A-Z_]+)\x12\x08quayside", re.DOTALL)


@dataclasses.dataclass
class Orders:
    """What a worker is to do. Travels to another process."""
    address: tuple
    seed: int
    rounds: int
    methods: list
    careful: set        # paths of methods that only someone without the right to may call
    token: str          # of an admin
    powerless: str      # of who may nothing but look
    page_tokens: list
    reasons: set        # documented


@dataclasses.dataclass
class Report:
    rounds: int = 0
    requests: int = 0
    frames: int = 0
    connections: int = 0
    broken_off: int = 0  # calls whose connection went, as HTTP/2 wants it
    answers: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # by code
    kinds: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # (what was wrong, code)
    reasons: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    resets: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    problems: list = dataclasses.field(default_factory=list)


class Worker:
    def __init__(self, orders, progress):
        self.orders = orders
        self.rng = random.Random(orders.seed)
        self.requests = BadRequests(self.rng, orders.methods, orders.page_tokens)
        self.report = Report()
        self.progress = progress  # rounds done, for who watches
        self.may_go = False       # the connection of now: something was sent on it that may close it, be it only a batch later

    def run(self):
        while self.report.rounds < self.orders.rounds and len(self.report.problems) < 20:
            stream = self._calls()
            for _ in range(_FRAME_CONNECTIONS):
                self._frames(bad_frames.whole(self.rng))
            self.progress.value = self.report.rounds
            if stream is None:
                break
        return self.report

    def _connect(self):
        self.report.connections += 1
        return http2.Connection(self.orders.address, _LONGEST_SECONDS)

    def _calls(self):
        """A connection with batches of calls, which ends with a wrong frame. None: the host does not answer."""
        try:
            connection = self._connect()
        except OSError as error:
            return self._problem(f"the host takes no connection: {error}")
        self.may_go = False
        try:
            connection.send(http2.hello())
            stream = 1
            for _ in range(self.rng.randint(1, _MOST_BATCHES)):
                stream = self._batch(connection, stream)
                if stream is None:
                    return 0
            self._end(connection.socket, bad_frames.ending(self.rng, stream))
        except http2.Closed:
            self._problem("a connection was closed under calls that are not wrong for a connection")
        finally:
            connection.close()
        return 0

    def _batch(self, connection, stream):
        """The next free stream; None: the connection is gone."""
        sent = {}
        for _ in range(_BATCH):
            sent[stream] = self.requests.next()
            stream += 2
        self.report.rounds += len(sent)
        self.report.requests += len(sent)
        self.may_go = self.may_go or any(request.may_close for request in sent.values())
        left = [each for each, request in sent.items() if not request.ends]
        begun = [each for each, request in sent.items() if request.method.is_stream]
        try:
            self._send(connection, sent)
            self._wait(connection, [each for each in sent if each not in left], set(begun))
            for each in left + begun:
                connection.send(http2.frame(http2.RST_STREAM, 0, each, http2.CANCEL.to_bytes(4, "big")))
        except http2.Closed:
            if not self.may_go:
                raise
            self._judge(connection, sent)
            return None
        except TimeoutError:
            for each, request in sent.items():
                answer = connection.answers.get(each)
                if request.ends and not (answer and (answer.is_over or (request.method.is_stream and answer.headers))):
                    self._problem(f"no answer to {request.kind} of {request.method.path}: {request.body[:200]!r} "
                                  f"{request.headers} {request.replaced}")
            return None
        self._judge(connection, sent)
        return stream

    def _wait(self, connection, streams, begun):
        deadline = time.monotonic() + _LONGEST_SECONDS
        missing = set(streams)
        while missing:
            missing = {each for each in missing if not self._is_answered(connection.answers.get(each), each in begun)}
            if missing:
                connection.read(deadline)

    @staticmethod
    def _is_answered(answer, is_stream):
        return answer is not None and (answer.is_over or (is_stream and bool(answer.headers)))

    def _send(self, connection, sent):
        """All at once, but for bodies that the host has no room for yet."""
        out = bytearray()
        for stream, request in sent.items():
            out += self._headers_of(request, stream)
            frames, rest = connection.data(stream, request.body, request.ends)
            out += frames
            if rest:
                connection.send(bytes(out))
                out.clear()
                connection.send_data(stream, rest, request.ends)
        connection.send(bytes(out))

    def _headers_of(self, request, stream):
        token = self.orders.powerless if request.method.path in self.orders.careful else self.orders.token
        ordinary = {b":path": request.method.path.encode(), b"authorization": b"Bearer " + token.encode()}
        pairs = [(name, request.replaced.get(name, ordinary.get(name, value))) for name, value in _HEADERS]
        pairs += request.headers
        block = http2.headers([pair for pair in pairs if pair[1] is not None])
        kind, data = http2.HEADERS, []
        while True:
            piece, block = block[:16_384], block[16_384:]
            data.append(http2.frame(kind, 0 if block else http2.END_HEADERS, stream, piece))
            kind = http2.CONTINUATION
            if not block:
                return b"".join(data)

    def _judge(self, connection, sent):
        for stream, request in sent.items():
            answer = connection.answers.pop(stream, None)
            if not request.ends:
                continue
            # What breaks a connection ends its neighbours' calls with words about itself.
            if self.may_go and answer and answer.headers.get(b"grpc-status") != b"0" and _DETAILS not in answer.headers:
                answer = None
            if answer is None or not (answer.is_over or answer.headers):
                self.report.broken_off += 1
                continue
            if answer.reset is not None and b"grpc-status" not in answer.headers:
                self.report.resets[answer.reset] += 1
                continue
            self._judge_answer(request, answer)
        connection.answers.clear()  # of streams that were left

    def _judge_answer(self, request, answer):
        code = answer.headers.get(b"grpc-status")
        if code is None:
            said = answer.headers.get(b":status", b"none").decode()
            self.report.answers[f"HTTP_{said}"] += 1
            if said != "200" and not said.startswith("4"):
                self._problem(f"{request.kind} of {request.method.path} gets HTTP {said}")
            return
        details = answer.headers.get(_DETAILS)
        is_no_call = request.kind == "wrong_headers" and code == b"2" and details is None
        name = "UNKNOWN" if is_no_call else _CODES.get(code)
        self.report.answers[name or code.decode()] += 1
        self.report.kinds[request.kind, name or code.decode()] += 1
        told = f"{request.kind} of {request.method.path}: {request.body[:200]!r} {request.headers} {request.replaced}"
        if name is None:
            self._problem(f"code {code.decode()} ({answer.headers.get(b'grpc-message', b'').decode()}) to {told}")
            return
        if details is None:
            # Calls that are well-formed for HTTP/2 and gRPC are answered by the host, with the details it promises.
            is_ours = request.kind not in ("wrong_headers", "wrong_prefix") and (request.kind, name) not in _WITHOUT_DETAILS
            if is_ours and name not in _ENDED:
                self._problem(f"{name} ({answer.headers.get(b'grpc-message', b'').decode()}) without details to {told}")
            return
        found = _ERROR_INFO.search(base64.b64decode(details + b"=" * (-len(details) % 4)))
        reason = found.group(2).decode() if found else "none"
        self.report.reasons[reason] += 1
        if reason not in self.orders.reasons or reason == "INTERNAL":
            self._problem(f"reason {reason} ({answer.headers.get(b'grpc-message', b'').decode()}) to {told}")

    def _frames(self, data):
        """Wrong frames on a connection of their own: the host lets go of it."""
        try:
            plain = http2.connect(self.orders.address, _LONGEST_SECONDS)
        except OSError as error:
            self._problem(f"the host takes no connection: {error}")
            return
        self.report.connections += 1
        self._end(plain, data)
        plain.close()

    def _end(self, plain, data):
        """Sends it, says no more, and waits until the host does the same."""
        self.report.rounds += 1
        self.report.frames += 1
        try:
            plain.settimeout(_LONGEST_SECONDS)
            plain.sendall(data)
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(1 << 16):
                pass
        except TimeoutError:
            self._problem(f"the host holds a connection whose client has ended it, after {data[-200:]!r}")
        except OSError:
            pass  # broken off, which is an answer

    def _problem(self, text):
        self.report.problems.append(text)


def work(orders, progress, results):
    """In a process of its own."""
    worker = Worker(orders, progress)
    try:
        results.put(worker.run())
    except Exception as error:  # the campaign must hear of it
        worker.report.problems.append(f"{type(error).__name__}: {error}")
        results.put(worker.report)
        raise
