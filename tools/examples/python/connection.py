"""How to reach a host: the options of the command line, and the channel that they mean."""
import os
import pathlib
import sys

import grpc

# Messages and stubs: generate.sh makes them.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "generated"))

# For calls that are answered once.
TIMEOUT_S = 10
# gRPC's own pause between two tries to connect grows to two minutes unless it is told otherwise.
_OPTIONS = [("grpc.max_reconnect_backoff_ms", 5_000)]

_HELP = {"socket": "Unix socket of a host on this machine", "address": "host and port of a host elsewhere",
         "ca": "authorities of the host's certificate (PEM)", "cert": "client certificate (PEM)", "key": "its key (PEM)",
         "token-file": "file with the token to sign in with"}


def add_options(parser):
    for name, text in _HELP.items():
        variable = "QUAYSIDE_" + name.upper().replace("-", "_")
        parser.add_argument(f"--{name}", default=os.environ.get(variable), help=f"{text}; else ${variable}")


def _content(path):
    return pathlib.Path(path).read_bytes() if path else None


def connect(options):
    """A channel that signs in by itself. It connects at the first call, and again whenever it has to."""
    if not options.address:
        # The socket's owner needs no token.
        return grpc.insecure_channel(f"unix:{options.socket or '/var/lib/quayside/run/quayside.sock'}", options=_OPTIONS)
    credentials = grpc.ssl_channel_credentials(_content(options.ca), _content(options.key), _content(options.cert))
    if options.token_file:
        token = _content(options.token_file).decode("ascii").strip()
        credentials = grpc.composite_channel_credentials(credentials, grpc.access_token_call_credentials(token))
    return grpc.secure_channel(options.address, credentials, options=_OPTIONS)


def explain(error):
    """A failed call in words."""
    return f"{error.code().name}: {error.details()}"
