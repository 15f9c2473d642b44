"""A client with Python's grpcio, the API learnt by reflection: does what interop_test.py asks for and prints what it saw, one JSON object."""
import json
import pathlib
import sys

import grpc
from api.reflected_api import Api

asked = json.loads(sys.argv[1])


def pem(file):
    return pathlib.Path(file).read_bytes() if file else None


def channel(ca=asked["ca"], cert=None, key=None, token=asked["token"]):
    credentials = grpc.ssl_channel_credentials(pem(ca), pem(key), pem(cert))
    if token:
        credentials = grpc.composite_channel_credentials(credentials, grpc.access_token_call_credentials(token))
    return grpc.secure_channel(asked["address"], credentials)


LAPTOP = {"cert": asked["cert"], "key": asked["key"]}
api = Api(channel(**LAPTOP))


def number(code):
    return code.value[0]


def refused(service, method, **how):
    """The code of a call over another connection."""
    path, request, response = api.method(service, method)
    call = channel(**how).unary_unary(path, request.SerializeToString, response.FromString)
    try:
        call(request(), timeout=60)
    except grpc.RpcError as error:
        return number(error.code())
    raise AssertionError(f"{method} was not refused")


def end_of(stream, after_first=lambda: None):
    """Whether a stream answered, and the code it ended with."""
    answered = False
    try:
        for _ in stream:
            answered = True
            after_first()
    except grpc.RpcError as error:
        return {"answered": answered, "code": number(error.code())}
    raise AssertionError("the stream ended by itself")


def watch(timeout):
    path, request, response = api.method("EventService", "Watch")
    return api.connection.unary_stream(path, request.SerializeToString, response.FromString)(request(), timeout=timeout)


def unary():
    change = {"changes": [{"sku": asked["sku"], "level": asked["level"], "title": "Mug"}], "createItems": True,
              "requestId": f"{asked['sku']}-1"}
    first = api.call("InventoryService", "SetLevels", **change)
    again = api.call("InventoryService", "SetLevels", **change)
    item = api.call("InventoryService", "GetItem", name="items/-", sku=asked["sku"]).item
    return {"changed": first.changed, "repeated": again == first, "level": item.levels[0].level}


def stream():
    responses = api.stream("EventService", "Watch", typePrefixes=["stock."])
    begin = next(responses)
    api.call("InventoryService", "SetLevels", changes=[{"sku": asked["sku"], "level": asked["level"] + 1}], createItems=True,
             requestId=f"{asked['sku']}-2")
    event = next(response.events[0] for response in responses if response.events)
    responses.cancel()
    return {"beginEvents": len(begin.events), "later": event.revision > begin.revision, "type": event.type,
            "level": event.attributes["level"]}


def upload():
    sku, import_id = f"{asked['sku']}-IMPORT", f"{asked['sku']}-import"
    chunks = [{"changes": [{"sku": sku, "level": 1}, {"sku": sku, "level": 2}], "createItems": True, "requestId": import_id},
              {"changes": [{"sku": sku, "level": asked["level"]}]}]
    levels = [api.upload("InventoryService", "ImportLevels", messages).levels for messages in (chunks, chunks, [{"requestId": import_id}])]
    try:
        api.upload("InventoryService", "ImportLevels", [{"changes": [{"sku": sku, "level": 1}]}, {"changes": [{"sku": sku, "level": -1}]}])
    except grpc.RpcError as error:
        details = api.details(error)
        return {"levels": levels, "reason": details["ErrorInfo"].reason, "told": details["ErrorInfo"].metadata["levels"],
                "fields": [each.field for each in details["BadRequest"].field_violations]}
    raise AssertionError("a wrong level was not refused")


def errors():
    code, missing = api.refusal("InventoryService", "GetItem", name="items/-", sku="NO-SUCH-SKU")
    bad, details = api.refusal("InventoryService", "SetLevels", changes=[{"sku": asked["sku"], "level": -1}, {"sku": "", "level": 1}])
    return {"missing": number(code), "reason": missing["ErrorInfo"].reason, "domain": missing["ErrorInfo"].domain,
            "traced": missing["RequestInfo"].request_id != "", "bad": number(bad),
            "fields": sorted(each.field for each in details["BadRequest"].field_violations)}


def deadline():
    return end_of(watch(15))


def cancel():
    responses = watch(60)
    return end_of(responses, responses.cancel)


def mutual_tls():
    by_certificate = Api(channel(**LAPTOP, token=None))
    return {"channels": len(by_certificate.call("ChannelService", "ListChannels").channels),
            "change": number(by_certificate.refusal("AdminService", "Drain")[0]),
            "without": refused("ChannelService", "ListChannels"),
            "stranger": refused("ChannelService", "ListChannels", cert=asked["otherCert"], key=asked["otherKey"]),
            "otherHost": refused("ChannelService", "ListChannels", ca=asked["otherCert"], **LAPTOP)}


print(json.dumps({"unary": unary, "stream": stream, "upload": upload, "errors": errors, "deadline": deadline, "cancel": cancel,
                  "mutualTls": mutual_tls}[asked["scenario"]]()))
