"""An FTP server with TLS on loopback, which cuts connections when it is told to. Run as a process of its own (`ftps.py` does):
ftps_server.py PORT FOLDER ftps|ftpes [COMMAND it does not know ...]. In FOLDER lie `server.pem` and `server.key`, `password` of the user
`partner`, and `cuts`: a first line "RETR 1000", taken away when it is used, cuts the next fetch of a file after that many of its bytes.
STOR likewise. A file `instead` takes the place of the one whose fetch was cut.
"""
import os
import pathlib
import socket
import sys

from OpenSSL import SSL
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.ioloop import RetryError
from pyftpdlib.servers import FTPServer

USER = "partner"


def _break(connection):
    """As when a line goes dead: neither TLS nor FTP says goodbye."""
    with socket.socket(fileno=os.dup(connection.fileno())) as same:
        same.shutdown(socket.SHUT_RDWR)


def _take_cut(path, command):
    """After how many bytes this transfer is to be cut; None: not at all."""
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    if not lines or not lines[0].startswith(f"{command} "):
        return None
    path.write_text("".join(f"{line}\n" for line in lines[1:]), encoding="ascii")
    return int(lines[0].split()[1])


class _Data(TLS_DTPHandler):
    left = None

    def readable(self):
        # The library takes bytes before the command for a goodbye; they are the client's part of the handshake.
        return self._ssl_want_read or self.receive or not self._initialized

    def push_with_producer(self, producer):
        if hasattr(producer, "file"):
            self.left = _take_cut(self.cmd_channel.cuts, "RETR")
        super().push_with_producer(producer)

    def enable_receiving(self, type, cmd):  # noqa: A002 - the library's own names
        self.left = _take_cut(self.cmd_channel.cuts, cmd)
        super().enable_receiving(type, cmd)

    def _cut(self):
        instead = self.cmd_channel.cuts.with_name("instead")
        if self.file_obj is not None and instead.exists():
            instead.replace(self.file_obj.name)
        _break(self.socket)
        _break(self.cmd_channel.socket)

    def send(self, data):
        if self.left is None:
            return super().send(data)
        sent = super().send(data[:self.left]) if self.left else 0
        self.left -= sent
        if self.left == 0:
            self._cut()
        return sent

    def recv(self, buffer_size):
        if self.left is None:
            return super().recv(buffer_size)
        if self.left == 0:
            self._cut()
            raise RetryError
        received = super().recv(min(buffer_size, self.left))
        self.left -= len(received)
        return received


class _Explicit(TLS_FTPHandler):
    dtp_handler = _Data
    tls_control_required = True
    tls_data_required = True


class _Implicit(_Explicit):
    def handle(self):
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self):
        super().handle()

    def ftp_AUTH(self, line):
        self.respond("503 This connection has TLS already.")


def main(port, folder, scheme, *without):
    folder = pathlib.Path(folder)
    authorizer = DummyAuthorizer()
    # Paths are those of the machine, as with the sftp server beside it.
    authorizer.add_user(USER, (folder / "password").read_text(encoding="ascii"), "/", perm="elradfmwMT")
    handler = {"ftpes": _Explicit, "ftps": _Implicit}[scheme]
    handler.authorizer = authorizer
    handler.cuts = folder / "cuts"
    handler.proto_cmds = {name: facts for name, facts in handler.proto_cmds.items() if name not in without}
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(str(folder / "server.pem"))
    context.use_privatekey_file(str(folder / "server.key"))
    handler.ssl_context = context
    FTPServer(("127.0.0.1", int(port)), handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
