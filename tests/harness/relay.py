"""A way to a server on loopback that breaks at a place which a test names, however fast both ends are."""
import contextlib
import socket
import threading

_PART = 64 << 10


class Relay:
    """Carries connections to `target` (a port of loopback) from its own `port`, until a break is due."""

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.open = set()
        self.breaks = []
        threading.Thread(target=self._accept, daemon=True).start()

    def break_when(self, due, first=lambda: None):
        """Every connection that is open ends when due(bytes that the server sent on one of them) is true for the first time. It is asked
        before an answer of the server is handed on, so that nobody but the server knows of what it did. `first` is done before that.
        Breaks that are named one after the other come one after the other."""
        with self.lock:
            self.breaks.append((due, first))

    def breaks_left(self):
        with self.lock:
            return len(self.breaks)

    def close(self):
        self.listener.close()
        with self.lock:
            self._break()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:  # closed
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:  # nobody is there
                client.close()
                continue
            with self.lock:
                self.open |= {client, server}
            threading.Thread(target=self._carry, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._carry, args=(server, client, True), daemon=True).start()

    def _carry(self, source, target, is_answer):
        received = 0
        with contextlib.suppress(OSError):
            while part := source.recv(_PART):
                received += len(part)
                if is_answer and self._broke(received):
                    break
                target.sendall(part)
        self._end(source, target)

    def _broke(self, received):
        with self.lock:
            if not self.breaks or not self.breaks[0][0](received):
                return False
            _, first = self.breaks.pop(0)
            first()
            self._break()
            return True

    def _break(self):
        for each in self.open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _end(self, *ends):
        for each in ends:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        with self.lock:
            self.open -= set(ends)
        # The thread of the other direction may still be inside: the objects close what nobody holds any more.
