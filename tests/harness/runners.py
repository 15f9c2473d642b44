"""The processes of isolated plugins."""
import pathlib

# All plugins of a host run in processes of their own.
ISOLATED = ("--set", "plugins.isolation=isolated")


def runners_of(host_pid, plugin=""):
    """Process ids of the runners that this host has, of one plugin or of all."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue  # gone meanwhile
        if parent == host_pid and words[0].endswith("quayside-runner") and words[-2].startswith(plugin + " " if plugin else ""):
            found.append(int(entry.name))
    return found
