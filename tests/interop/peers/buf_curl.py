"""`buf curl`, the API learnt by reflection: does what interop_test.py asks for and prints what it saw, one JSON object. Each call is a
process, as people use it."""
import json
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
        made += ["-H", f"authorization: Bearer {token}", "--reflect-header", "*"]
    return [*made, "-d", json.dumps(request), f"https://{asked['address']}/quayside.v1.{method}"]


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
    return NUMBERS[error["code"]], {each["type"].split(".")[-1]: each["debug"] for each in error.get("details", [])}


def unreachable(**how):
    """The code of a call that does not come as far as the host: told of the schema, or of the call itself."""
    done = run("ChannelService/ListChannels", {}, **how)
    if done.returncode == 0:
        raise AssertionError("the call was not refused")
    return next((number for name, number in NUMBERS.items() if name in done.stderr), done.stderr)


class Stream:
    """A call that goes on; its answers are read one by one."""

    def __init__(self, request, options=()):
        self.process = subprocess.Popen(command("EventService/Watch", request, options=options), stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)

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
        said = self.process.communicate(timeout=60)[1]
        return told(said)[0] if "{" in said else -self.process.returncode


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
    call("InventoryService/SetLevels", {"changes": [{"sku": asked["sku"], "level": asked["level"] + 1}], "requestId": f"{asked['sku']}-2"})
    response = watch.message()
    while "events" not in response:
        response = watch.message()
    watch.process.send_signal(signal.SIGINT)
    watch.end()
    event = response["events"][0]
    return {"beginEvents": len(begin.get("events", [])), "later": int(event["revision"]) > int(begin.get("revision", 0)),
            "type": event["type"], "level": event["attributes"]["level"]}


def errors():
    missing, details = refusal("InventoryService/GetItem", {"name": "items/-", "sku": "NO-SUCH-SKU"})
    bad, violations = refusal("InventoryService/SetLevels", {"changes": [{"sku": asked["sku"], "level": -1}, {"sku": "", "level": 1}]})
    return {"missing": missing, "reason": details["ErrorInfo"]["reason"], "domain": details["ErrorInfo"]["domain"],
            "traced": details["RequestInfo"]["requestId"] != "", "bad": bad,
            "fields": sorted(each["field"] for each in violations["BadRequest"]["fieldViolations"])}


def deadline():
    # The time is that of the whole process, the schema included.
    watch = Stream({}, options=("--timeout", "8s"))
    watch.message()
    return {"answered": True, "code": watch.end()}


def cancel():
    watch = Stream({})
    watch.message()
    watch.process.send_signal(signal.SIGINT)
    return {"answered": True, "code": watch.end()}


def mutual_tls():
    return {"channels": len(call("ChannelService/ListChannels", {}, token=None).get("channels", [])),
            "change": refusal("AdminService/Drain", {}, token=None)[0],
            "without": unreachable(cert=None, key=None),
            "stranger": unreachable(cert=asked["otherCert"], key=asked["otherKey"]),
            "otherHost": unreachable(ca=asked["otherCert"])}


print(json.dumps({"unary": unary, "stream": stream, "errors": errors, "deadline": deadline, "cancel": cancel,
                  "mutualTls": mutual_tls}[asked["scenario"]]()))
