"""Commands that a page tells people to type: a test that runs them holds the page."""
import re

from .places import ROOT

REMOTE_ACCESS = "docs/remote-access.md"


def block(name, page=REMOTE_ACCESS):
    """The code after <!-- name --> on the page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.search(rf"<!-- {re.escape(name)} -->\n```\w+\n(.*?)```", text, re.DOTALL)
    if found is None:
        raise AssertionError(f"{page} has no block '{name}'")
    return found.group(1)
