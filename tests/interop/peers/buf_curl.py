"""`buf curl`, the API learnt by reflection: does what interop_test.py asks for and prints what it saw, one JSON object. Each call is a
process, as people use it."""
import base64
import json
import os
import re
import signal
import subprocess
import sys

asked = json.loads(sys.argv[1])
# As buf names them.
NUMBERS = {"canceled": 1, "invalid_argument": 3, "deadline_exceeded": 4, "not_found": 5, "permission_denied": 7, "unavailable": 14,
           "unauthenticated": 16}


def command(method, request, ca=asked["ca"], cert=asked["cert"], key=asked["key"], token=asked["token"], options=()):
    made = [asked["buf"], "curl", "--protocol", "grpc", "--cacert", ca, *options]
    if cert:
        made += ["--cert", cert, "--key", key]
    if token:
        made += ["-H", f"authorization: Bearer {token}"]
    if token and "--schema" not in options:
        made += ["--reflect-header", "*"]
    # A client's stream is one document after the other.
    data = "".join(map(json.dumps, request)) if isinstance(request, list) else json.dumps(request)
    return [*made, "-d", data, f"https://{asked['address']}/quayside.v1.{method}"]


def run(method, request, **how):
    return subprocess.run(command(method, request, **how), capture_output=True, text=True, timeout=60, check=False)


def call(method, request, **how):
    done = run(method, request, **how)
    if done.returncode != 0:
        raise AssertionError(f"{method}: {done.stderr}")
    return json.loads(done.stdout)


def refusal(method, request, **how):
    """The number of the code, and the details by the last part of their type."""
    done = run(method, request, **how)
    if done.returncode == 0:
        raise AssertionError(f"{method} was not refused")
    return told(done.stderr)


def told(text):
    if "{" not in text:
        raise AssertionError(f"no error in {text!r}")
    error = json.loads(text[text.index("{"):])
    return NUMBERS[error["code"]], {each["type"].split(".")[-1]: decoded(each) for each in error.get("details", [])}


def decoded(detail):
    """A detail as protoc shows it: (field, value) of every text in it."""
    done = subprocess.run(["protoc", f"-I{asked['google']}", f"--decode={detail['type']}", "google/rpc/error_details.proto"],
                          input=base64.b64decode(detail["value"] + "=="), capture_output=True, check=True)
    return re.findall(r'(\w+): "([^"]*)"', done.stdout.decode())


def unreachable(**how):
    """The code of a call that does not come as far as the host, where it would learn the schema."""
    return refusal("ChannelService/ListChannels", {}, options=("--schema", asked["protos"]), **how)[0]


class Stream:
    """A call that goes on; its answers are read one by one."""

    def __init__(self, request, options=()):
        self.process = subprocess.Popen(command("EventService/Watch", request, options=options), stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, start_new_session=True)

    def interrupt(self):
        """As Ctrl-C: what npm starts is a program that waits for the real one."""
        os.killpg(self.process.pid, signal.SIGINT)

    def message(self):
        text = ""
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError(f"the stream ended: {self.process.stderr.read()}")
            text += line
            try:
                return json.loads(text)
            except ValueError:
                continue  # An answer may have several lines.

    def end(self):
        return told(self.process.communicate(timeout=60)[1])[0]


def unary():
    change = {"changes": [{"sku": asked["sku"], "level": asked["level"], "title": "Mug"}], "createItems": True,
              "requestId": f"{asked['sku']}-1"}
    first = call("InventoryService/SetLevels", change)
    again = call("InventoryService/SetLevels", change)
    item = call("InventoryService/GetItem", {"name": "items/-", "sku": asked["sku"]})["item"]
    return {"changed": first["changed"], "repeated": again == first, "level": int(item["levels"][0]["level"])}


def stream():
    watch = Stream({"typePrefixes": ["stock."]})
    begin = watch.message()
    call("InventoryService/SetLevels", {"changes": [{"sku": asked["sku"], "level": asked["level"] + 1}], "createItems": True,
                                        "requestId": f"{asked['sku']}-2"})
    response = watch.message()
    while "events" not in response:
        response = watch.message()
    watch.interrupt()
    watch.end()
    event = response["events"][0]
    return {"beginEvents": len(begin.get("events", [])), "later": int(event["revision"]) > int(begin.get("revision", 0)),
            "type": event["type"], "level": event["attributes"]["level"]}


def upload():
    sku, import_id = f"{asked['sku']}-IMPORT", f"{asked['sku']}-import"
    chunks = [{"changes": [{"sku": sku, "level": 1}, {"sku": sku, "level": 2}], "createItems": True, "requestId": import_id},
              {"changes": [{"sku": sku, "level": asked["level"]}]}]
    levels = [int(call("InventoryService/ImportLevels", messages)["levels"]) for messages in (chunks, chunks, [{"requestId": import_id}])]
    _, details = refusal("InventoryService/ImportLevels", [{"changes": [{"sku": sku, "level": 1}]}, {"changes": [{"sku": sku, "level": -1}]}])
    # An entry of a map is its key and its value.
    info = details["ErrorInfo"]
    return {"levels": levels, "reason": dict(info)["reason"], "told": info[info.index(("key", "levels")) + 1][1],
            "fields": [value for name, value in details["BadRequest"] if name == "field"]}


def errors():
    missing, details = refusal("InventoryService/GetItem", {"name": "items/-", "sku": "NO-SUCH-SKU"})
    bad, violations = refusal("InventoryService/SetLevels", {"changes": [{"sku": asked["sku"], "level": -1}, {"sku": "", "level": 1}]})
    info = dict(details["ErrorInfo"])
    return {"missing": missing, "reason": info["reason"], "domain": info["domain"],
            "traced": dict(details["RequestInfo"])["request_id"] != "", "bad": bad,
            "fields": sorted(value for name, value in violations["BadRequest"] if name == "field")}


def deadline():
    # The time is that of the whole process, the schema included.
    watch = Stream({}, options=("--timeout", "20s"))
    watch.message()
    return {"answered": True, "code": watch.end()}


def cancel():
    watch = Stream({})
    watch.message()
    watch.interrupt()
    return {"answered": True, "code": watch.end()}


def mutual_tls():
    return {"channels": len(call("ChannelService/ListChannels", {}, token=None).get("channels", [])),
            "change": refusal("AdminService/Drain", {}, token=None)[0],
            "without": unreachable(cert=None, key=None),
            "stranger": unreachable(cert=asked["otherCert"], key=asked["otherKey"]),
            "otherHost": unreachable(ca=asked["otherCert"])}


print(json.dumps({"unary": unary, "stream": stream, "upload": upload, "errors": errors, "deadline": deadline, "cancel": cancel,
                  "mutualTls": mutual_tls}[asked["scenario"]]()))
