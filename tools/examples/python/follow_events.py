#!/usr/bin/python3
"""Prints events as they happen, one JSON object per line, and loses none: how far it came is noted in a file, and whoever is cut off, or
killed, goes on from there. An event that was printed and not yet noted is printed again after a crash, with the same revision."""
import argparse
import json
import os
import random
import signal
import sys
import threading

import connection  # first: it knows where the generated modules are
import grpc
from google.protobuf import json_format
from quayside.v1 import event_service_pb2, event_service_pb2_grpc

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10
# What may pass by itself: the host restarts, this reader fell behind, the line was cut.
PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.DEADLINE_EXCEEDED,
           grpc.StatusCode.ABORTED, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN,
           # Not by this program, which would be stopping: by a host that stops, or by what stands in front of it.
           grpc.StatusCode.CANCELLED)


def read_revision(path):
    """The revision up to which everything was printed; 0 (from now on) at the first start."""
    try:
        with open(path, encoding="utf-8") as state:
            return int(json.load(state)["revision"])
    except FileNotFoundError:
        return 0


def note_revision(path, revision):
    """Whole or not at all, also when the power goes."""
    with open(f"{path}.new", "w", encoding="utf-8") as state:
        json.dump({"revision": revision}, state)
        state.flush()
        os.fsync(state.fileno())
    os.replace(f"{path}.new", path)


class Follower:
    def __init__(self, events, path, types):
        self._events, self._path, self._types = events, path, types
        self._revision = read_revision(path)
        self._stop = threading.Event()
        self._call = None
        self._pause = FIRST_PAUSE_S

    def stop(self, *_):
        self._stop.set()
        if self._call is not None:
            self._call.cancel()

    def _follow(self):
        """One stream, until it ends."""
        request = event_service_pb2.WatchRequest(after_revision=self._revision, type_prefixes=self._types)
        self._call = self._events.Watch(request)
        for response in self._call:
            for event in response.events:
                print(json.dumps(json_format.MessageToDict(event)))
            sys.stdout.flush()
            # A message without events is a bookmark: so far nothing happened that was asked for.
            note_revision(self._path, response.revision)
            self._revision = response.revision
            self._pause = FIRST_PAUSE_S

    def run(self):
        while not self._stop.is_set():
            try:
                self._follow()
            except grpc.RpcError as error:
                if self._stop.is_set():
                    break
                if error.code() == grpc.StatusCode.OUT_OF_RANGE:
                    print(f"events after {self._revision} are compacted: read the present state, remove {self._path}, start again",
                          file=sys.stderr)
                    return 3
                print(connection.explain(error), file=sys.stderr)
                if error.code() not in PASSING:
                    return 1
            # Not all clients at the same moment.
            self._stop.wait(self._pause * random.uniform(0.8, 1.2))
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)
        return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    connection.add_options(parser)
    parser.add_argument("--state", required=True, help="file in which is noted how far it came")
    parser.add_argument("--type", action="append", default=[], help="only events whose type begins so; may be repeated")
    options = parser.parse_args()
    with connection.connect(options) as channel:
        follower = Follower(event_service_pb2_grpc.EventServiceStub(channel), options.state, options.type)
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, follower.stop)
        return follower.run()


if __name__ == "__main__":
    sys.exit(main())
