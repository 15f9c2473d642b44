"""A host that other machines reach: certificates as docs/remote-access.md makes them, its listener, tokens."""
import os
import pathlib
import subprocess

from .host import Host
from .pages import block
from .places import program
from .ports import free_port

NAME = "localhost"
# Whom `issue` of the page makes a certificate for beside the laptop.
STRANGER = "issue stranger stranger.example clientAuth"
# One of another authority.
OTHER = ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=other "
         "-keyout tls/other.key -out tls/other.pem")


def clean_environment(**more):
    """Without the settings of whoever runs the tests; the programs under test come first."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("QUAYSIDE_")}
    env["PATH"] = f"{pathlib.Path(program('quayside')).parent}:{env['PATH']}:/usr/sbin"
    env.update({key: str(value) for key, value in more.items()})
    return env


def shell(script, folder, **environment):
    """Commands as a person would type them; the finished process."""
    return subprocess.run(["bash", "-euc", script], cwd=folder, env=clean_environment(**environment), text=True, capture_output=True,
                          timeout=120, check=False)


def typed(script, folder, **environment):
    """The same, and they succeed."""
    done = shell(script, folder, **environment)
    if done.returncode != 0:
        raise AssertionError(f"{script}\n{done.stdout}{done.stderr}")
    return done


def make_certificates(folder, *more):
    """The folder `tls` below this one: ca, server, laptop, and what further commands make."""
    typed("\n".join([block("certificates"), *more]), folder, QUAYSIDE_NAME=NAME)
    return pathlib.Path(folder) / "tls"


class RemoteHost(Host):
    """A host with a TCP listener: with `tls` it takes client certificates, without it is plain, for a front."""

    def __init__(self, folder, tls=None, limits=(), metrics=False, **options):
        super().__init__(folder, **options)
        self.port = free_port()
        self.tls = tls
        self.metrics_port = free_port() if metrics else None
        text = block("configuration" if tls else "front-configuration").replace(":8443", f":{self.port}")
        if tls:
            text = text.replace("0.0.0.0", "127.0.0.1").replace("/etc/quayside/tls", str(tls))
        if limits:
            text += "\n[limits]\n" + "".join(f"{name} = {value}\n" for name, value in dict(limits).items())
        if metrics:
            text += f'\n[metrics]\nlisten = "127.0.0.1:{self.metrics_port}"\n'
        with open(self.config, "a", encoding="utf-8") as config:
            config.write("\n" + text)

    def token(self, name, *arguments):
        """The file of a token that is made now."""
        path = self.folder / f"{name}.token"
        self.run("token", "create", name, *arguments, "--out", path)
        return path
