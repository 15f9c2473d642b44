// What the plugin meets while it is tested: an account, what the marketplace answers, files at places, writes to try
// and cursors of earlier versions. One JSON file, kept beside the plugin's source:
//
//   {
//     "options": {"region": "eu"}, "marketplaces": ["main"], "now_us": 1790000000000000, "changed_from_us": 0,
//     "exchanges": [
//       {"request": {"method": "GET", "origin": "shop", "path": "/orders", "query": {"since": "*"}},
//        "reply": {"status": 200, "headers": {"content-type": "application/json"}, "json": {"orders": []}}}],
//     "files": {"orders/today.csv": "order_id,sku,quantity\r\n..."},
//     "documents": {"https://store.example/report": "text"},
//     "requests": {"inventory_push/1 push": {"intents": [{"intentId": "1", "sku": "MUG", "quantity": 3}]}},
//     "expected": {"order_sync/1 pull": ["main A-1", "main A-2"]},
//     "replies": {"order_sync/1 pull": "9f86d081884c7d65..."},
//     "cursors": {"order_sync/1": [{"schema": 1, "state": "base64", "watermarkUs": "0", "expected": ["main A-2"]}]}
//   }
//
// All members are optional. `expected` names what a lane hands over in the end: marketplace and id, or the SKU.
// `cursors` are of earlier versions, by contract, or by contract and method where it has several lanes; `expected`
// names what, at least, is handed over from there. `replies` is for `quayside plugin replay`: the SHA-256 of a method's
// replies; the kit itself does not look at it. A request is answered by the exchanges with its method, origin, path and
// query (and body, when the exchange has one);
// "*" stands for any value. The first that matches answers; several of the very same request are answers in turn, the
// last one stays.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "quayside/plugin/v1/plugin.pb.h"
#include "quayside/plugin/v1/services.pb.h"
#include "quayside/plugin/v1/types.pb.h"

namespace quayside::conformance {

namespace pb = ::quayside::plugin::v1;

struct Exchange {
  std::string method;
  std::string origin;
  std::string path;
  std::multimap<std::string, std::string> query;
  std::optional<std::string> body;  // of the request
  pb::HttpReply reply;
};

// Of an earlier version.
struct KeptCursor {
  pb::Cursor cursor;
  std::set<std::string> expected;  // keys that a lane hands over from there
};

struct Cassette {
  pb::InstanceConfig config;
  int64_t now_us = 1'790'000'000'000'000;
  int64_t changed_from_us = 0;
  std::vector<Exchange> exchanges;
  std::map<std::string, std::string> files;                // "place/path" -> bytes
  std::map<std::string, std::string> documents;            // presigned address -> text
  std::map<std::string, std::string> requests;             // "contract method" -> message as JSON
  std::map<std::string, std::set<std::string>> expected;   // "contract method" -> keys
  std::map<std::string, std::string> replies;              // "contract method" -> hexadecimal digits
  std::map<std::string, std::vector<KeptCursor>> cursors;  // by contract, or "contract method"
};

struct CassetteReading {
  std::string problem;  // empty, or what is wrong with the text
  Cassette cassette;
};

[[nodiscard]] CassetteReading ParseCassette(const std::string& text);

[[nodiscard]] bool Matches(const Exchange& exchange, const pb::HttpRequest& request);

// They answer the same requests.
[[nodiscard]] bool IsSameRequest(const Exchange& a, const Exchange& b);

// "GET shop /orders?since=0", for messages.
[[nodiscard]] std::string Describe(const pb::HttpRequest& request);

}  // namespace quayside::conformance
