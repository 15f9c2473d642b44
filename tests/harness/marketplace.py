"""The SDK's scriptable marketplace as a process, and its control API."""
import json
import pathlib
import urllib.request

from .places import program
from .polling import until
from .process import Child


class Marketplace:
    """`script`: what sdk/simulator/README.md describes, as a value."""

    def __init__(self, folder, script, seed=1, seconds=30):
        folder = pathlib.Path(folder)
        file = folder / "marketplace.json"
        file.write_text(json.dumps(script), encoding="utf-8")
        port_file = folder / "marketplace.port"
        port_file.unlink(missing_ok=True)
        self.child = Child([program("quayside-marketplace-sim"), file, "--port-file", port_file, "--seed", str(seed)],
                           folder / "marketplace.log")
        until(lambda: port_file.exists() or self.child.returncode is not None, "the marketplace listens", seconds)
        if self.child.returncode is not None:
            raise RuntimeError("the marketplace did not start: " + self.child.log_text())
        self.url = f"http://127.0.0.1:{int(port_file.read_text(encoding='ascii'))}"

    def control(self, method, path, body=None):
        """The answer of the control API; raises HTTPError for a refusal."""
        request = urllib.request.Request(f"{self.url}/sim/v1/{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def calls(self, operation):
        """Status -> how often; 0 = the line dropped."""
        return {call["status"]: call["count"] for call in self.control("GET", "calls") if call["operation"] == operation}

    def stop(self):
        return self.child.terminate()
