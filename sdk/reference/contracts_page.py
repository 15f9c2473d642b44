#!/usr/bin/env python3
"""Writes docs/sdk/contracts.md from the protos of the plugin boundary: their comments are the reference.

    sdk/reference/contracts_page.py            # writes the page
    sdk/reference/contracts_page.py --check    # exit code 1 and the difference when the page is another
"""
import argparse
import difflib
import pathlib
import re
import sys

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_PROTOS = _ROOT / "protos" / "quayside" / "plugin" / "v1"
_PAGE = _ROOT / "docs" / "sdk" / "contracts.md"
# In the order in which an author meets them.
_FILES = ("plugin", "order_sync", "listing_sync", "inventory_push", "despatch", "post_sale", "fulfilment", "outcome", "types", "services",
          "options")

_TOKEN = re.compile(r"//[^\n]*|\"(?:[^\"\\]|\\.)*\"|[A-Za-z_][A-Za-z0-9_.]*|-?[0-9][0-9xA-Fa-f]*|\n|[^\sA-Za-z0-9_]")


class Reader:
    """The tokens of one file; comments go to the declaration that they stand before."""

    def __init__(self, name, text):
        self.name = name
        self.tokens = _TOKEN.findall(text)
        self.at = 0
        self.comment = []
        self.floating = []  # comments that an empty line parts from what follows

    def peek(self):
        """The next token that is neither a comment nor a line end; None at the end of the file."""
        ends = 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.startswith("//"):
                if ends > 1:
                    self._part()
                self.comment.append(token[2:].strip())
                ends = 0
            elif token == "\n":
                ends += 1
            else:
                if ends > 1:
                    self._part()
                return token
            self.at += 1
        self._part()
        return None

    def _part(self):
        if self.comment:
            self.floating.append(" ".join(self.comment))
            self.comment = []

    def next(self, expected=None):
        token = self.peek()
        if token is None or (expected is not None and token != expected):
            raise SystemExit(f"{self.name}: '{expected}' expected, not '{token}'")
        self.at += 1
        return token

    def take_comment(self):
        """What stands before the declaration that begins here."""
        self.peek()
        text, self.comment = " ".join(self.comment), []
        return text

    def take_floating(self):
        texts, self.floating = self.floating, []
        return texts

    def skip_to(self, *ends):
        while self.peek() not in ends:
            self.next()
        return self.next()


def read_field(reader, comment, oneof=""):
    """One field: (name, number, type, comment, sensitivity, oneof)."""
    label = reader.next() if reader.peek() in ("repeated", "optional") else ""
    kind = reader.next()
    if kind == "map":
        reader.next("<")
        key = reader.next()
        reader.next(",")
        kind = f"map<{key}, {reader.next()}>"
        reader.next(">")
    name = reader.next()
    reader.next("=")
    number = reader.next()
    options = []
    while reader.peek() != ";":
        options.append(reader.next())
    reader.next(";")
    marks = re.findall(r"SENSITIVITY_(\w+)", " ".join(options))
    return {"name": name, "number": number, "type": f"{label} {kind}".strip(), "comment": comment,
            "mark": marks[0].lower() if marks else "", "oneof": oneof}


def read_enum(reader, comment):
    enum = {"kind": "enum", "name": reader.next(), "comment": comment, "values": []}
    reader.next("{")
    while reader.peek() != "}":
        value_comment = reader.take_comment()
        name = reader.next()
        reader.next("=")
        enum["values"].append((name, reader.next(), value_comment))
        reader.next(";")
    reader.take_comment()  # before the brace: it belongs to nothing
    reader.next("}")
    return enum


def read_message(reader, comment, outer=""):
    message = {"kind": "message", "name": outer + reader.next(), "comment": comment, "fields": [], "inner": []}
    reader.next("{")
    while reader.peek() != "}":
        text = reader.take_comment()
        word = reader.peek()
        if word in ("message", "enum"):
            reader.next()
            inner = read_message(reader, text, message["name"] + ".") if word == "message" else read_enum(reader, text)
            if word == "enum":
                inner["name"] = f"{message['name']}.{inner['name']}"
            message["inner"].append(inner)
        elif word == "reserved":
            reader.skip_to(";")
        elif word == "oneof":
            reader.next()
            name = reader.next()
            reader.next("{")
            while reader.peek() != "}":
                field_comment = reader.take_comment()
                message["fields"].append(read_field(reader, field_comment, name))
            reader.next("}")
        else:
            message["fields"].append(read_field(reader, text))
    reader.take_comment()  # before the brace: it belongs to nothing
    reader.next("}")
    return message


def read_file(name):
    """[declaration or floating comment] of one proto."""
    reader = Reader(name, (_PROTOS / f"{name}.proto").read_text(encoding="utf-8"))
    parts = []
    while reader.peek() is not None:
        parts += reader.take_floating()
        comment = reader.take_comment()
        word = reader.next()
        if word in ("syntax", "package", "import", "option"):
            if comment:
                parts.append(comment)
            reader.skip_to(";")
        elif word == "extend":
            reader.skip_to("{")
            while reader.peek() != "}":
                reader.next()
            reader.take_comment()
            reader.next("}")
        elif word == "message":
            parts.append(read_message(reader, comment))
        elif word == "enum":
            parts.append(read_enum(reader, comment))
        else:
            raise SystemExit(f"{name}: what is '{word}'?")
    return parts + reader.take_floating()


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def render(declaration):
    yield f"### {declaration['name']}"
    yield ""
    if declaration["comment"]:
        yield cell(declaration["comment"])
        yield ""
    if declaration["kind"] == "enum":
        yield "| value | number | meaning |"
        yield "|---|---|---|"
        for name, number, comment in declaration["values"]:
            yield f"| `{name}` | {number} | {cell(comment)} |"
        yield ""
        return
    if declaration["fields"]:
        yield "| field | number | type | meaning |"
        yield "|---|---|---|---|"
        for field in declaration["fields"]:
            notes = [f"**{field['mark']}**"] if field["mark"] else []
            notes += [f"one of `{field['oneof']}`"] if field["oneof"] else []
            meaning = ". ".join(notes) + (". " if notes and field["comment"] else "") + cell(field["comment"])
            yield f"| `{field['name']}` | {field['number']} | {cell(field['type'])} | {meaning} |"
        yield ""
    for inner in declaration["inner"]:
        yield from render(inner)


def page():
    lines = ["# Contracts", "",
             "What crosses the boundary between the host and a plugin, message by message. Written from `protos/quayside/plugin/v1/` by",
             "`sdk/reference/contracts_page.py`; do not edit.", "",
             "A field marked **personal** is encrypted where it is kept, hidden in logs and erased on time; one marked **secret** is never kept in",
             "the clear. Times are UTC microseconds. How cursors and intents are meant: [cursors-and-intents.md](cursors-and-intents.md).", ""]
    lines += [f"* [{name}.proto](#{name}proto)" for name in _FILES] + [""]
    for name in _FILES:
        lines += [f"## {name}.proto", ""]
        for part in read_file(name):
            lines += [cell(part), ""] if isinstance(part, str) else list(render(part))
    return "\n".join(lines).rstrip("\n") + "\n"


def main():
    parser = argparse.ArgumentParser(description="The reference of the contracts, from the protos.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the page is another")
    arguments = parser.parse_args()
    there = {file.stem for file in _PROTOS.glob("*.proto")}
    if there != set(_FILES):
        raise SystemExit(f"the protos are {sorted(there)}, the page has {sorted(_FILES)}")
    text = page()
    if not arguments.check:
        _PAGE.write_text(text, encoding="utf-8")
        return 0
    present = _PAGE.read_text(encoding="utf-8")
    if present == text:
        return 0
    sys.stdout.writelines(difflib.unified_diff(present.splitlines(True), text.splitlines(True), str(_PAGE.name), "from the protos"))
    print("run sdk/reference/contracts_page.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
