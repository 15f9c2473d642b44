"""Runs the measurements of tools/bench and sets them beside their targets."""
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import files
import go_plugin
import inventory
import market
import sdk
from harness.signing import signed

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("QUAYSIDE_BUILD_DIR") or ROOT / "build" / "release")
# name: (which figure the target is about, "most" or "least", the target); None = for information
TARGETS = {
    "plugin_call_small": ("value", "most", 0.5),
    "plugin_page_100": ("value", "most", 100),
    "plugin_verify": None,
    "plugin_verify_load_unload": ("value", "most", 2.6),
    "plugin_call_runner": ("value", "most", 6),
    go_plugin.CALL: None,
    "runner_restart": ("value", "most", 1000),
    go_plugin.RESTART: None,
    "order_import": ("ratio", "least", 0.60),
    "file_import": None,
    "api_read_1": ("ratio", "least", 0.90),
    "api_read_saturated": ("ratio", "least", 0.75),
    "api_read_order_1": None,
    "api_list_100": None,
    "api_watch_fan_out": None,
    "api_levels_bulk": None,
    "rss_idle": ("value", "most", 40),
    "cold_start_10000": ("value", "most", 1),
    "rss_10000_idle_channels": ("value", "most", 200),
} | inventory.TARGETS | market.TARGETS | files.TARGETS | sdk.TARGETS
# Measured by quayside_bench alone; those of HOSTS need a host.
IN_PROCESS = {"plugin_call_small", "plugin_call_runner", "runner_restart", "plugin_page_100", "plugin_verify", "plugin_verify_load_unload",
              "order_import", "file_import"}
HOSTS = {"api_read_1", "api_read_saturated", "api_read_order_1", "api_list_100", "api_watch_fan_out", "api_levels_bulk", "rss_idle",
         "cold_start_10000", "rss_10000_idle_channels"}
GO_PLUGIN = {go_plugin.CALL, go_plugin.RESTART}
# By quayside_bench_reload: 100 channels at work, each as often as it likes.
RELOAD = {"reload_control_p50": ("value", "most", 5), "reload_control_p99": ("value", "most", 10),
          "reload_prepare_p50": None, "reload_flip_p50": None, "reload_longest_stall": ("value", "most", 1)}
TARGETS |= RELOAD


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024


def start_host(folder):
    """A running host and the seconds from its start until the API answered."""
    config = folder / "quayside.toml"
    config.write_text(f'[host]\ndata_dir = "{folder}/data"\n[plugins]\ntrusted_keys = "{folder}/trusted"\n'
                      f'[security]\nmaster_key_file = "{folder}/master.key"\n')
    socket = folder / "data" / "run" / "quayside.sock"
    began = time.monotonic()
    with open(folder / "host.log", "ab") as log:
        host = subprocess.Popen([BUILD / "bin" / "quaysided", "--config", config], stdout=log, stderr=log)
    while True:
        if host.poll() is not None:
            raise SystemExit("the host ended:\n" + (folder / "host.log").read_text())
        if socket.exists() and quayside(folder, "plugin", "list", check=False).returncode == 0:
            return host, time.monotonic() - began
        time.sleep(0.005)


def quayside(folder, *arguments, check=True):
    done = subprocess.run([BUILD / "bin" / "quayside", "--socket", folder / "data" / "run" / "quayside.sock", *arguments],
                          capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise SystemExit(f"quayside {' '.join(arguments)}: {done.stderr}{done.stdout}")
    return done


def install_amazon(folder):
    """In the host's own process, as a merchant has it."""
    bundle, key = signed(BUILD / "bundles" / "amazon")
    (folder / "trusted").mkdir(exist_ok=True)
    shutil.copy(key, folder / "trusted")
    quayside(folder, "plugin", "install", str(bundle))


def stop(host):
    host.terminate()
    host.wait(30)


def api_calls(folder):
    """Calls to the running host beside a bare server in a process of its own."""
    host_socket, echo_socket = folder / "data" / "run" / "quayside.sock", folder / "echo.sock"
    subprocess.run([BUILD / "bin" / "quayside_bench_api", "--prepare", host_socket], check=True)
    echo = subprocess.Popen([BUILD / "bin" / "quayside_bench_api", "--echo", echo_socket, host_socket])
    try:
        return rows_of("quayside_bench_api", host_socket, echo_socket)
    finally:
        stop(echo)


def rows_of(program, *arguments):
    output = subprocess.run([BUILD / "bin" / program, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def hosts(scratch):
    """Rows that need a whole host."""
    folder = scratch / "host"
    folder.mkdir()
    host, _ = start_host(folder)
    try:
        install_amazon(folder)
        yield {"name": "rss_idle", "value": resident_mb(host.pid), "unit": "MB"}
    finally:
        stop(host)
    subprocess.run([BUILD / "bin" / "quayside_bench", "--make-channels", folder / "data", folder / "master.key", "10000"], check=True)
    starts = []
    for _ in range(5):
        host, seconds = start_host(folder)
        starts.append(seconds)
        memory = resident_mb(host.pid)
        stop(host)
    yield {"name": "cold_start_10000", "value": sorted(starts)[2], "unit": "s"}
    yield {"name": "rss_10000_idle_channels", "value": memory, "unit": "MB"}
    host, _ = start_host(folder)
    try:
        yield from api_calls(folder)
    finally:
        stop(host)


def judged(row):
    row = {"name": row["name"], "value": row["value"], "unit": row["unit"], "limit": row.get("limit"), "why": row.get("why")}
    row["ratio"] = row["value"] / row["limit"] if row["limit"] else None
    if TARGETS[row["name"]] is None:
        return row | {"target": None, "met": None}
    figure, kind, target = TARGETS[row["name"]]
    row["target"] = f"{figure} {'<=' if kind == 'most' else '>='} {target}"
    row["met"] = row[figure] <= target if kind == "most" else row[figure] >= target
    return row


def measurements(scratch, wanted):
    """The rows' names and what measures them, in order; a part whose rows nobody wants is left out."""
    work = scratch / "work"
    work.mkdir()
    only = sorted(wanted)
    parts = [
        (IN_PROCESS, lambda: rows_of("quayside_bench", BUILD / "bundles", work)),
        (GO_PLUGIN, lambda: go_plugin.rows(scratch)),
        (RELOAD.keys(), lambda: rows_of("quayside_bench_reload")),
        (HOSTS, lambda: hosts(scratch)),
        (inventory.TARGETS.keys(), lambda: inventory.rows(sys.modules[__name__], scratch)),
        *(([name for name in market.TARGETS if name.startswith(prefix)], functools.partial(measure, BUILD))
          for prefix, measure in market.PARTS.items()),
        (files.TARGETS.keys(), lambda: files.rows(BUILD)),
        (sdk.TARGETS.keys(), lambda: sdk.rows(ROOT, BUILD, [name for name in only if name in sdk.TARGETS])),
    ]
    return [(names, rows) for names, rows in parts if not wanted or wanted & set(names)]


def line_of(row):
    limit = f"{row['limit']:.4g}" if row["limit"] else "-"
    ratio = f"{row['ratio']:.2f}" if row["ratio"] else "-"
    met = {True: "yes", False: "NO", None: "-"}[row["met"]]
    value = "-" if row["value"] is None else f"{row['value']:.4g}"
    return f"{row['name']:<32}{value:>12} {row['unit']:<9}{limit:>12}{ratio:>8}  {row['target'] or '-':<16} {row['why'] or met}"


def main(arguments):
    as_json = "--json" in arguments
    wanted = {name for name in arguments if name != "--json"}
    unknown = sorted(wanted - TARGETS.keys())
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(TARGETS)}", file=sys.stderr)
        return 2
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="quayside-bench-"))
    rows, failed = [], []
    if not as_json:
        print(f"{'name':<32}{'value':>12} {'unit':<9}{'limit':>12}{'ratio':>8}  {'target':<16} met", flush=True)
    try:
        for names, measured in measurements(scratch, wanted):
            try:
                for row in map(judged, measured()):
                    if wanted and row["name"] not in wanted:
                        continue
                    rows.append(row)
                    if not as_json:
                        print(line_of(row), flush=True)
            except (Exception, SystemExit) as failure:  # what else there is to measure is measured
                missing = sorted((wanted or set(names)) & set(names) - {row["name"] for row in rows})
                failed.append(f"not measured: {', '.join(missing)}: {failure}")
                print(failed[-1], file=sys.stderr, flush=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if as_json:
        print(json.dumps(rows, indent=1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
