"""Watchers of a real host that is killed: what they saw is held to what the database says afterwards.

The truth is the log of events in the database of the dead host, and what earlier lives left of it: it is compacted now and then between
two lives. A watcher goes on, life after life, from the last revision that it was told.
"""
import dataclasses
import json
import random
import re
import sqlite3
import threading
import time

import grpc
from google.protobuf import json_format

from api.reflected_api import Api
from campaign.deaths import end_life
from campaign.report import Progress
from harness import database
from harness.host import Host
from harness.polling import TimedOut, until

_FILTERS = ((), ("stock.",), ("item.", "account."))
_LONGEST_LIFE = 0.6     # seconds
_SETTLE_SECONDS = 30
_BOOKMARK_SECONDS = 31
_POINTS = ("change-before-commit", "change-after-commit")
_REASON = re.compile(rb"google\.rpc\.ErrorInfo\x12.{1,3}?\x0a.([A-Z_]+)\x12\x08quayside", re.DOTALL)


@dataclasses.dataclass
class Message:
    after: int      # where the watcher was
    events: list    # (revision, type, resource)
    revision: int
    is_first: bool  # of its stream


class Watcher:
    """One that follows the events; `position` None: from now on. A stream of it lasts as long as its host."""

    def __init__(self, name, prefixes):
        self.name = name
        self.prefixes = prefixes
        self.position = None
        self.messages = []
        self.reason = ""   # why the last stream ended
        self.code = None
        self._thread = None
        self._call = None

    def follow(self, api):
        self.reason, self.code = "", None
        fields = {"typePrefixes": list(self.prefixes)}
        if self.position:
            fields["afterRevision"] = str(self.position)
        self._call = api.endless("EventService", "Watch", **fields)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        is_first = True
        try:
            for response in self._call:
                events = [(event.revision, event.type, event.resource) for event in response.events]
                self.messages.append(Message(self.position or 0, events, response.revision, is_first))
                self.position = response.revision
                is_first = False
        except grpc.RpcError as error:
            details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
            found = _REASON.search(details)
            self.code = error.code()
            self.reason = found.group(1).decode() if found else ""

    def leave(self):
        self._call.cancel()

    def join(self):
        self._thread.join(_SETTLE_SECONDS)
        if self._thread.is_alive():
            raise TimedOut(f"the stream of {self.name} does not end with its host")


class _EndlessApi(Api):
    """Streams without a deadline. How their method looks is asked once in a host's life: what comes to a host that dies is the stream."""

    def __init__(self, channel):
        super().__init__(channel)
        self._looks = {}

    def endless(self, service, method, /, **fields):
        if (service, method) not in self._looks:
            self._looks[service, method] = self.method(service, method)
        path, request, response = self._looks[service, method]
        return self.connection.unary_stream(path, request.SerializeToString, response.FromString)(json_format.ParseDict(fields, request()))


class KilledWatchers:
    def __init__(self, rounds, seed, folder):
        self.rounds = rounds
        self.rng = random.Random(seed)
        self.progress = Progress(rounds)
        self.host = Host(folder, log_level="error")
        self.watchers = [Watcher(f"watcher {number}", prefixes) for number, prefixes in enumerate(_FILTERS)]
        self.truth = {}         # (time, type, resource) by revision, also of what is compacted
        self.oldest_start = 0   # a watcher can resume from here on
        self.acknowledged = []  # the SKUs of each change that was answered, in their order
        self.levels = {}        # by SKU: what it may be at, as far as it was answered
        self.broken = None      # an import whose stream broke: its request_id and chunks
        self.imports = []       # the chunks, as tuples of SKUs, of imports that were answered in this life
        self.stored_as = {}     # by the SKUs of a change: the revisions of its events
        self.broken_imports = 0
        self.changes = self.compactions = self.gone = self.kills = self.at_points = self.seen = 0
        self.problems = []

    def run(self):
        self.host.start()
        self.host.stop()
        self._learn()
        for number in range(1, self.rounds + 1):
            self._life(number)
            self.progress.show(number, f"{self.kills} kills ({self.at_points} at fail points), {len(self.truth)} events, "
                                       f"{self.seen} seen, {len(self.problems)} problems")
            if len(self.problems) > 20:
                break
        self._last_life()
        return {"kills": self.kills, "at_fail_points": self.at_points, "killed_changes": self.changes, "killed_events": len(self.truth),
                "killed_imports": self.broken_imports, "killed_seen": self.seen,
                "killed_compactions": self.compactions, "killed_gone": self.gone}

    def _life(self, number):
        point = self.rng.choice(_POINTS) if self.rng.random() < 0.4 else None
        self.host.start(failpoint=f"{point}:{self.rng.randint(1, 40)}" if point else None)
        with grpc.insecure_channel(f"unix:{self.host.socket}") as channel:
            api = _EndlessApi(channel)
            self._follow(api)
            if self.broken:
                self._go_on(api)
            end = time.monotonic() + (10 if point else self.rng.uniform(0.05, _LONGEST_LIFE))
            while time.monotonic() < end and self.host.child.returncode is None:
                self._change(api)
                if self.rng.random() < 0.03:
                    self._leave_and_return(api)
            self.at_points += end_life(self.host, point, f"life {number}", self.problems)
            self.kills += 1
            for watcher in self.watchers:
                watcher.join()
        self._learn()
        for watcher in self.watchers:
            self._judge(number, watcher)
        if self.rng.random() < 0.25 and self.truth:
            self._compact()

    def _follow(self, api):
        for watcher in self.watchers:
            watcher.follow(api)

    def _leave_and_return(self, api):
        watcher = self.rng.choice(self.watchers)
        watcher.leave()
        watcher.join()
        if watcher.code is grpc.StatusCode.CANCELLED:
            watcher.follow(api)

    def _import(self, api):
        """A stream of chunks, each of them some levels of its own."""
        number = f"I-{self.rng.getrandbits(48):x}"
        chunks = [[{"sku": f"{number}-{chunk}-{row}", "level": self.rng.randrange(1_000_000)} for row in range(self.rng.randint(2, 30))]
                  for chunk in range(self.rng.randint(1, 20))]
        self.broken = (number, chunks)
        self._send(api, chunks, 0)

    def _go_on(self, api):
        """From its beginning, or from where the host says it is."""
        request_id, chunks = self.broken
        if self.rng.random() < 0.5:
            self._send(api, chunks, 0)
            return
        try:
            stored = api.upload("InventoryService", "ImportLevels", [{"requestId": request_id}]).levels
        except grpc.RpcError:
            return  # the host is gone again
        begin, rest = 0, list(chunks)
        while begin < stored:
            begin += len(rest.pop(0))
        if begin != stored:
            self.problems.append(f"of the import {request_id} {stored} levels are stored, inside a chunk")
        self._send(api, rest, begin)

    def _send(self, api, chunks, begin):
        request_id, whole = self.broken
        first = {"requestId": request_id, "createItems": True, "begin": str(begin)}
        messages = [{"changes": chunk} for chunk in chunks] or [{}]
        messages[0] |= first
        rows = [row for chunk in whole for row in chunk]
        for row in rows:
            self.levels.setdefault(row["sku"], {None}).add(row["level"])
        try:
            levels = api.upload("InventoryService", "ImportLevels", messages).levels
        except grpc.RpcError as error:
            # Killed, it has no words for it.
            if dict(error.trailing_metadata() or ()).get("grpc-status-details-bin"):
                self.problems.append(f"the import {request_id} is refused from {begin}: {error.code()} {error.details()}")
            self.broken_imports += 1
            return
        self.changes += 1
        self.broken = None
        if levels != len(rows):
            self.problems.append(f"the import {request_id} of {len(rows)} levels says that {levels} are stored")
        for row in rows:
            self.levels[row["sku"]] = {row["level"]}
        self.imports += [tuple(row["sku"] for row in chunk) for chunk in whole]

    def _change(self, api):
        """Some levels in one transaction. Whether it was stored is known only when it is answered."""
        if not self.broken and self.rng.random() < 0.2:
            self._import(api)
            return
        rows = [{"sku": f"K-{self.rng.randrange(200)}", "level": self.rng.randrange(1_000_000)}
                for _ in range(self.rng.choice((1, 1, 3, 20)))]
        rows = list({row["sku"]: row for row in rows}.values())
        try:
            api.call("InventoryService", "SetLevels", changes=rows, createItems=True)
        except grpc.RpcError:
            for row in rows:
                self.levels.setdefault(row["sku"], {None}).add(row["level"])
            return  # the host is gone
        self.changes += 1
        self.acknowledged.append([row["sku"] for row in rows])
        for row in rows:
            self.levels[row["sku"]] = {row["level"]}

    def _learn(self):
        """What the dead host's database tells beyond what is known."""
        with database.copy_of(self.host.database) as connection:
            rows = connection.execute("SELECT revision, time_us, type, resource FROM events ORDER BY revision").fetchall()
            bulk = connection.execute("SELECT revision, attributes FROM events WHERE type = 'stock.set_many'").fetchall()
            last = connection.execute("SELECT value FROM counters WHERE name = 'event_revision'").fetchone()[0]
            skus = {f"items/{item}": sku for item, sku in connection.execute("SELECT id, sku FROM items")}
            stored = [[skus[item] for item in attributes.get("items", resource).split()]
                      for _, resource, attributes in database.events(connection, "stock.set", "stock.set_many")]
            levels = dict(connection.execute("SELECT items.sku, levels.level FROM levels JOIN items ON items.id = levels.item_id"))
        for revision, *event in rows:
            if self.truth.setdefault(revision, tuple(event)) != tuple(event):
                self.problems.append(f"event {revision} was {self.truth[revision]} and is {event}")
        if len(self.truth) != last or (self.truth and max(self.truth) != last):
            self.problems.append(f"there are {len(self.truth)} events up to revision {last}")
        for revision, attributes in bulk:
            changed = tuple(skus[item] for item in json.loads(attributes)["items"].split())
            self.stored_as.setdefault(changed, set()).add(revision)
        for chunk in self.imports:
            if len(self.stored_as.get(chunk, ())) != 1:
                self.problems.append(f"of the chunk {chunk[0]} of an answered import there are {len(self.stored_as.get(chunk, ()))} events")
        self.imports.clear()
        remaining = iter(stored)
        lost = [change for change in self.acknowledged if change not in remaining]  # consumes up to the match: order matters
        if lost:
            self.problems.append(f"of the acknowledged changes these are not in the log, each as one event: {lost}")
        self.acknowledged.clear()
        for sku, possible in self.levels.items():
            if levels.get(sku) not in possible:
                self.problems.append(f"{sku} is at {levels.get(sku)}, not at one of {possible}")
            self.levels[sku] = {levels.get(sku)}

    def _judge(self, number, watcher):
        told = f"life {number}: {watcher.name}"
        is_at_host = watcher.code in (None, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
        if watcher.reason == "HISTORY_GONE":
            self.gone += 1
            if (watcher.position or 0) >= self.oldest_start:
                self.problems.append(f"{told} is refused from {watcher.position}; what is after {self.oldest_start} is kept")
            watcher.position = self.oldest_start or None
        elif not is_at_host:
            self.problems.append(f"{told} ends with {watcher.code} {watcher.reason}")
        for message in watcher.messages:
            self._judge_message(told, watcher, message)
        watcher.messages.clear()

    def _judge_message(self, told, watcher, message):
        self.seen += len(message.events)
        if message.after == 0 and message.is_first:
            if message.events:
                self.problems.append(f"{told} asked for what happens from now on and got {message.events[0]}")
            return
        wanted = [(revision, *self.truth[revision][1:]) for revision in range(message.after + 1, message.revision + 1)
                  if revision in self.truth and (not watcher.prefixes or self.truth[revision][1].startswith(watcher.prefixes))]
        if message.revision < message.after:
            self.problems.append(f"{told} goes back from {message.after} to {message.revision}")
        if message.events != wanted:
            missing = [event for event in wanted if event not in message.events][:3]
            beyond = [event for event in message.events if event not in wanted][:3]
            self.problems.append(f"{told}, after {message.after} up to {message.revision}: misses {missing}, has {beyond} beyond")
        here, there = self.truth.get(message.revision), self.truth.get(message.revision + 1)
        if here and there and here[0] == there[0]:
            self.problems.append(f"{told} is at {message.revision}, inside a transaction")

    def _compact(self):
        """As the host does it, while nobody looks."""
        last = max(self.truth)
        before = self.rng.randint(self.oldest_start + 1, last + 1)
        connection = sqlite3.connect(self.host.database)
        try:
            with connection:
                connection.execute("DELETE FROM events WHERE revision < ?", (before,))
        finally:
            connection.close()
        self.oldest_start = before - 1
        self.compactions += 1

    def _last_life(self):
        """Nobody is killed any more: everybody comes to know everything, and hears of nothing in time."""
        self.host.start()
        with grpc.insecure_channel(f"unix:{self.host.socket}") as channel:
            api = _EndlessApi(channel)
            self._follow(api)
            if self.broken:
                self._go_on(api)
            self._change(api)
            if self.broken:
                self.problems.append("an import ends although nobody is killed")
            last = api.call("EventService", "ListEvents", pageSize=1000, afterRevision=str(max(self.truth)))
            last = last.events[-1].revision
            for watcher in self.watchers:
                # One whose history was gone is told so in this life at the latest.
                if watcher.reason == "HISTORY_GONE":
                    continue
                # Bookmarks alone tell a watcher of what it did not want.
                try:
                    until(lambda watcher=watcher: watcher.position == last or watcher.reason, f"{watcher.name} is at {last}",
                          _BOOKMARK_SECONDS)
                except TimedOut as late:
                    self.problems.append(str(late))
            code = self.host.stop()
            for watcher in self.watchers:
                watcher.join()
        if code != 0:
            self.problems.append("the host did not end with 0 at SIGTERM:\n" + self.host.tail())
        self._learn()
        for watcher in self.watchers:
            self._judge(self.rounds + 1, watcher)
