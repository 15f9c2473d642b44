"""Documents of feeds and what Amazon makes of them, held to Amazon's JSON schemas by Ajv, which comes with Prism."""
import gzip
import json
import os
import pathlib
import subprocess
import threading

from prism import judges


class DocumentJudge:
    """Thread-safe. `judged`: how many documents of each kind."""

    def __init__(self):
        modules = judges.installed() / "node_modules"
        self.judged = {"feed": 0, "result": 0}
        self._lock = threading.Lock()
        self._child = subprocess.Popen(["node", pathlib.Path(__file__).with_name("documents.js"), judges.models_folder().parent / "schemas" / "feeds"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "NODE_PATH": str(modules)})

    @staticmethod
    def kind_of(method, answer_status, body, request_body):
        """("feed" or "result", text) when such a document crosses; None for reports, XML and refusals."""
        if answer_status != 200:
            return None
        if method == "PUT":
            # Order feeds are XML, of which Amazon publishes no schema in JSON.
            text = request_body.decode("utf-8", errors="replace")
            return None if text.lstrip()[:1] == "<" else ("feed", text)
        if method != "GET":
            return None
        data = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        # A listing report is a table; a processing report is JSON.
        return ("result", data.decode("utf-8", errors="replace")) if data.lstrip()[:1] == b"{" else None

    def problems(self, kind, text):
        with self._lock:
            self.judged[kind] += 1
            self._child.stdin.write(json.dumps({"kind": kind, "text": text}) + "\n")
            self._child.stdin.flush()
            answer = self._child.stdout.readline()
        if not answer:
            raise RuntimeError(f"the judge of documents ended with {self._child.poll()}")
        return json.loads(answer)

    def stop(self):
        self._child.stdin.close()
        self._child.wait(10)
        self._child.stdout.close()
