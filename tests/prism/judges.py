"""One Prism process per model, each in front of the simulator."""
import http.client
import os
import pathlib

from harness import npm
from harness.places import ROOT
from harness.polling import until
from harness.ports import free_port
from harness.process import Child

# Path prefix -> model. What is not here (tokens, presigned documents, the control API) is no part of a model.
MODELS = {
    "/orders/2026-01-01/": "orders_2026-01-01.json",
    "/orders/v0/": "ordersV0.json",
    "/listings/2021-08-01/": "listingsItems_2021-08-01.json",
    "/reports/2021-06-30/": "reports_2021-06-30.json",
    "/feeds/2021-06-30/": "feeds_2021-06-30.json",
    "/sellers/v1/": "sellers.json",
    "/fba/inventory/v1/": "fbaInventory.json",
    "/fba/outbound/2020-07-01/": "fulfillmentOutbound_2020-07-01.json",
    "/fulfillment/outbound/2026-07-04/": "fulfillmentOutbound_2026-07-04.json",
}


def models_folder():
    """Where Amazon's models are; None when they are absent."""
    named = os.environ.get("QUAYSIDE_SP_API_MODELS")
    folder = pathlib.Path(named) if named else ROOT.parent / "shared" / "sp-api"
    return folder / "models" if (folder / "models").is_dir() else None


def installed():
    """The folder with Prism and Ajv."""
    return npm.installed(pathlib.Path(__file__).with_name("package.json"), "prism")


class Judges:
    """Ports by path prefix. Violations come back in the answer's header `sl-violations`; nothing is held up."""

    def __init__(self, folder, upstream):
        self.ports, self._children = {}, []
        prism = installed() / "node_modules" / ".bin" / "prism"
        for prefix, model in MODELS.items():
            port = free_port()
            log = pathlib.Path(folder) / f"prism-{model}.log"
            self._children.append(Child([prism, "proxy", models_folder() / model, upstream, "--port", port, "--verboseLevel", "fatal"], log))
            self.ports[prefix] = port
        for prefix, port in self.ports.items():
            until(lambda port=port: self._listens(port), f"Prism listens for {prefix}", 120)

    @staticmethod
    def _listens(port):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=5).connect()
            return True
        except OSError:
            return False

    def stop(self):
        for child in self._children:
            child.kill()
