"""Records plugins/amazon/tests/cassette_reports.json: a shop with more listings than a search shows, which the plugin reads from a report.

    QUAYSIDE_BUILD_DIR=build/release PYTHONPATH=tests \\
    python3 -m conformance.record_amazon_reports plugins/amazon/tests/cassette_reports.json

A report takes minutes that a recording does not have: one is ordered before, and is DONE when the plugin looks for one. Nothing here is
about a person.
"""
import gzip
import json
import pathlib
import re
import sys
import tempfile
import time
import urllib.parse

from conformance import kit
from conformance.record_amazon import HOUR_S, MOST_ROUNDS, UK, Marketplace, missed, write
from harness.places import AMAZON_BUNDLE
from harness.sim import SELLER

SKUS = [f"S-{number:04}" for number in range(1, 1002)]  # a search shows a thousand
AGE_S = 10 * 86_400  # of the listings: what is read after a report is what has changed lately
CASES = ("--only", "^(pages|hostile)/.* listing_sync/1 ")
# Columns that say nothing about a quantity; a thousand lines of them would be most of the file.
OMITTED = ["item-description", "image-url", "item-note", "zshop-shipping-fee", "zshop-category1", "zshop-browse-path",
           "zshop-storefront-feature", "zshop-boldface", "will-ship-internationally", "expedited-shipping", "bid-for-featured-placement"]
_DOCUMENT = re.compile(r"no answer to the document at (https://\S+?):? record it|no answer to the document at (https://\S+)$", re.MULTILINE)


def order_report(amazon):
    """A report of every listing, DONE."""
    amazon.act("settings", reports={"omit": OMITTED, "line_end": "\n"})
    body = {"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "marketplaceIds": [UK],
            "reportOptions": {"preferredReportDocumentLocale": "en_US"}}
    headers = amazon.headers | {"Content-Type": "application/json"}
    status, _, text = amazon.send("POST", "/reports/2021-06-30/reports", json.dumps(body).encode(), headers)
    if status != 202:
        raise SystemExit(f"the report: {text.decode()}")
    amazon.act("clock", advance_s=HOUR_S // 2)


def missed_documents(report):
    texts = [text for case in report["cases"] for text in case["findings"]]
    return {first or second for text in texts for first, second in _DOCUMENT.findall(text)}


def document(amazon, url):
    """Unpacked, as the host gives it to a plugin."""
    parts = urllib.parse.urlsplit(url)
    status, _, data = amazon.send("GET", f"{parts.path}?{parts.query}")
    if status != 200:
        raise SystemExit(f"{url}: {status}")
    return gzip.decompress(data).decode("cp1252")


def record(path):
    with tempfile.TemporaryDirectory(prefix="quayside-record-") as scratch:
        begin_s = int(time.time()) - HOUR_S
        amazon = Marketplace(pathlib.Path(scratch), begin_s - AGE_S, [{"sku": sku, "quantity": 3, "price": 5} for sku in SKUS])
        amazon.act("clock", advance_s=AGE_S)
        order_report(amazon)
        cassette = {"options": {"region": "eu", "seller_id": SELLER}, "marketplaces": [UK],
                    "now_us": (begin_s + HOUR_S // 2 + 60) * 1_000_000, "expected": {"listing_sync/1 pull": SKUS}, "documents": {}}
        exchanges = []
        for _ in range(MOST_ROUNDS):
            write(path, cassette, exchanges)
            report = kit.run(AMAZON_BUNDLE, "--cassette", path, "--isolation", "in-process", *CASES)
            wanted, documents = missed(report), missed_documents(report)
            if not wanted and not documents:
                print(report["table"])
                return
            exchanges += [amazon.answer(request["path"], request["query"]) for request in wanted]
            cassette["documents"] |= {url: document(amazon, url) for url in documents}
        raise SystemExit(f"after {MOST_ROUNDS} rounds the kit still misses {wanted} {documents}")


if __name__ == "__main__":
    record(pathlib.Path(sys.argv[1]))
