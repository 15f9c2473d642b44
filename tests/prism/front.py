"""One address for the host: hands each request to the judge of its path, or past them, and keeps what they find. Documents, whose
presigned addresses lead here too, are no part of a model: a judge of their own looks at what is in them."""
import collections
import http.client
import http.server
import json
import threading
import urllib.parse

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "sl-violations", "access-control-allow-origin",
        "access-control-allow-headers", "access-control-allow-credentials", "access-control-expose-headers"}


class Front:
    """`findings`: one text per violation, "request" or "response" first. `calls`: how many passed each judge, by prefix."""

    def __init__(self, judges, upstream, documents):
        self.findings = []
        self.calls = collections.Counter()
        self._lock = threading.Lock()
        self._judges = judges.ports
        self._documents = documents
        self._upstream = urllib.parse.urlsplit(upstream).port
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _pass(self):
                front.carry(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that hung up; it sees that itself

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _route(self, path):
        for prefix, port in self._judges.items():
            if path.startswith(prefix):
                return prefix, port
        return None, self._upstream

    def carry(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length) if length else None
        if length and len(body) < length:
            # Who asked hung up in the middle: half a request is none.
            handler.close_connection = True
            return
        prefix, port = self._route(handler.path)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            headers = {name: value for name, value in handler.headers.items() if name.lower() not in _HOP}
            connection.request(handler.command, handler.path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):
            # Amazon hung up: so does this.
            handler.close_connection = True
            return
        finally:
            connection.close()
        if prefix:
            self._note(prefix, handler, answer)
        elif handler.path.startswith("/documents/"):
            self._judge_document(handler, body, answer.status, data)
        handler.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        try:
            handler.wfile.write(data)
        except OSError:
            handler.close_connection = True

    def _note(self, prefix, handler, answer):
        violations = json.loads(answer.getheader("sl-violations") or "[]")
        with self._lock:
            self.calls[prefix.strip("/")] += 1
            for each in violations:
                if each.get("severity", "Error") in ("Error", 0):
                    where = ".".join(str(part) for part in each.get("location", []))
                    self.findings.append(f"{where}: {each.get('message')} ({handler.command} {handler.path.split('?')[0]} -> {answer.status})")

    def _judge_document(self, handler, sent, status, received):
        found = self._documents.kind_of(handler.command, status, received, sent or b"")
        if not found:
            return
        problems = self._documents.problems(*found)
        with self._lock:
            side = "request" if found[0] == "feed" else "response"
            self.findings += [f"{side}: document of a feed's {found[0]}: {problem}" for problem in problems]

    def take_findings(self):
        with self._lock:
            taken, self.findings = self.findings, []
            return taken

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
