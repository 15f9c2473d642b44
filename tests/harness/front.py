"""nginx with the configuration that the package brings, in front of a host; on loopback, in a folder of its own."""
import os
import pathlib
import re
import shutil

from .pages import block
from .places import ROOT
from .polling import until
from .ports import free_port
from .process import Child
from .remote import NAME, clean_environment, typed

SHIPPED = ROOT / "tools" / "package" / "nginx" / "quayside.conf"
# What the page's commands mean here: nobody becomes another user, nothing is installed, and the nginx meant is this one.
_COMMANDS = """
sudo() { "$@"; }
apt() { command -v nginx >/dev/null; }
nginx() { command nginx -q -p "$FRONT" -c "$FRONT/nginx.conf" "$@"; }
systemctl() { echo "$*" >> "$FRONT/asked"; }
"""
_MAIN = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log notice;
{user}
worker_processes 2;
events {{ worker_connections {connections}; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/conf.d/*.conf;
}}
"""


def _replace(pattern, replacement, text):
    changed, count = re.subn(pattern, lambda _: replacement, text)
    if count == 0:
        raise AssertionError(f"the shipped configuration has no {pattern!r}")
    return changed


class Front:
    """Set up by the page's own commands, then by what only a test needs: the ports, and smaller bounds for tests that hurry:
    `rate` (calls a second), `patience_s` (with a call that is answered once), `connections` (of each worker, to clients and to the host)."""

    def __init__(self, folder, host_port, tls, rate=None, patience_s=None, connections=1024):
        if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None:
            raise SystemExit("nginx is missing: tools/setup --tests installs it")
        self.folder = pathlib.Path(folder).resolve()
        (self.folder / "conf.d").mkdir(parents=True)
        self.port = free_port()
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(_MAIN.format(folder=self.folder, user=user, connections=connections), encoding="utf-8")
        shipped = self.folder / "shipped.conf"
        text = SHIPPED.read_text(encoding="utf-8")
        text = _replace(r"\n  listen 443 ssl http2;\n  listen \[::\]:443 ssl http2;", f"\n  listen 127.0.0.1:{self.port} ssl http2;", text)
        text = _replace(r"server 127\.0\.0\.1:8443;", f"server 127.0.0.1:{host_port};", text)
        text = _replace("/etc/nginx", str(self.folder), text)
        if rate:
            text = _replace(r"rate=\d+r/s", f"rate={rate}r/s", text)
        if patience_s:
            text = _replace("grpc_read_timeout 75s;", f"grpc_read_timeout {patience_s}s;", text)
        shipped.write_text(text, encoding="utf-8")
        commands = block("front-nginx").replace("/usr/share/quayside/nginx/quayside.conf", str(shipped))
        commands = commands.replace("/etc/nginx", str(self.folder)).replace("/etc/quayside/tls", str(tls))
        typed(_COMMANDS + commands, self.folder, QUAYSIDE_NAME=NAME, FRONT=self.folder)
        self.child = None

    def start(self):
        self.child = Child(["nginx", "-p", self.folder, "-c", self.folder / "nginx.conf"], self.folder / "error.log",
                           env=clean_environment())

        def ready():
            if self.child.returncode is not None:
                raise AssertionError(f"nginx ended with {self.child.returncode}:\n{self.child.log_text()}")
            # Written when the sockets are open.
            return (self.folder / "pid").exists() and (self.folder / "pid").read_text(encoding="ascii").strip() == str(self.child.pid)
        until(ready, "nginx listens")
        return self

    def resident_mib(self):
        """The memory of nginx and its workers."""
        with open(f"/proc/{self.child.pid}/task/{self.child.pid}/children", encoding="ascii") as children:
            workers = children.read().split()
        pages = 0
        for pid in (self.child.pid, *workers):
            with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
                pages += int(statm.read().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self):
        return self.child.terminate(10) if self.child else 0

    def tail(self):
        return "\n".join(self.child.log_text().splitlines()[-20:]) if self.child else ""
