"""python3 -m campaign.healthy ADDRESS [--ca F --cert F --key F] [--token F] [--every MS]: a client that means well calls until its stdin
ends, and says on each line "told N" of it how it fared since the last: one JSON object a line.

A process of its own, so that what it measures is not the attacker's work. ADDRESS as gRPC writes it: unix:PATH, HOST:PORT.
"""
import argparse
import json
import select
import sys
import time

import grpc

_DEADLINE_SECONDS = 5
_CALL = "/quayside.v1.ChannelService/ListChannels"


def _channel(given):
    options = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 300), ("grpc.min_reconnect_backoff_ms", 100)]
    if not given.ca:
        return grpc.insecure_channel(given.address, options)

    def read(path):
        with open(path, "rb") as file:
            return file.read()
    pair = {"private_key": read(given.key), "certificate_chain": read(given.cert)} if given.cert else {}
    return grpc.secure_channel(given.address, grpc.ssl_channel_credentials(read(given.ca), **pair), options)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    for name in ("--ca", "--cert", "--key", "--token"):
        parser.add_argument(name)
    parser.add_argument("--every", type=float, default=20, help="milliseconds from one call's begin to the next one's")
    given = parser.parse_args()
    metadata = []
    if given.token:
        with open(given.token, encoding="ascii") as file:
            metadata = [("authorization", "Bearer " + file.read().strip())]
    with _channel(given) as channel:
        call = channel.unary_unary(_CALL)
        calls, failures, last = [], {}, ""
        due = time.monotonic()
        while True:
            if select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
                if not sys.stdin.readline():
                    return
                print(json.dumps({"delays": calls, "failures": failures, "last": last}), flush=True)
                calls, failures, last = [], {}, ""
                continue
            due = max(due + given.every / 1000, time.monotonic())
            began = time.monotonic()
            try:
                call(b"", timeout=_DEADLINE_SECONDS, metadata=metadata)
                calls.append([round(began, 4), round(time.monotonic() - began, 5)])
            except grpc.RpcError as error:
                name = error.code().name
                failures[name] = failures.get(name, 0) + 1
                last = f"{name}: {error.details()}"


if __name__ == "__main__":
    main()
