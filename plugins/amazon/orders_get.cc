// `get`: single orders by id, on getOrder's own allowance.
#include <boost/json.hpp>

#include "client.h"
#include "errors.h"
#include "json_fields.h"
#include "order_decoder.h"
#include "orders_api.h"
#include "orders_pull.h"
#include "step_room.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Result;

// The order in an answer of success, as an order or a bad record of `reply`. False when the answer is unreadable.
bool TakeOrder(const pb::HttpReply& answer, const std::string& id, const DecodeOptions& options,
               pb::GetOrdersReply& reply) {
  json::monotonic_resource memory;
  const auto page = ParsePage(answer.body(), memory);
  const json::value* order = page ? page->get_object().if_contains("order") : nullptr;
  if (order == nullptr) return false;
  const DecodeResult result = DecodeOrder(*order, options, *reply.add_orders());
  if (result.kind == Decoded::kOrder) return true;
  reply.mutable_orders()->RemoveLast();
  *reply.add_bad_records() = MakeBadRecord(*order, id, result.problem);
  return true;
}

bool IsAnything(const pb::GetOrdersReply& reply) {
  return reply.orders_size() + reply.bad_records_size() + reply.not_found_size() > 0;
}

}  // namespace

// What was fetched before the allowance or the time ran out is handed over; the ids left are in no list of the reply.
Result<pb::GetOrdersReply> Orders::Get(const pb::GetOrdersRequest& request, sdk::Step& step) const {
  DecodeOptions options;
  if (settings_.marketplaces.size() == 1) options.default_marketplace = settings_.marketplaces.front();
  pb::GetOrdersReply reply;
  for (const std::string& id : request.external_ids()) {
    if (IsAnything(reply) && !HasRoom(step)) break;
    pb::HttpRequest http = NewRequest(settings_, kGetOrder, "GET", std::string(kOrdersPath) + "/" + EncodeSegment(id));
    AddQuery(http, "includedData", kIncludedData);
    auto answer = Read(step, http);
    if (!answer.ok()) {
      if (IsAnything(reply)) break;
      return std::move(answer.error());
    }
    const pb::HttpReply& got = answer.value();
    const int64_t now_us = step.NowUs();
    clock_.Learn(got, now_us);
    if (got.status() == 404) {
      reply.add_not_found(id);
    } else if (got.status() == 400) {
      pb::BadRecord* bad = reply.add_bad_records();
      bad->set_key(id);
      bad->set_reason(ErrorFrom(got, kGetOrder, now_us).message);
    } else if (got.status() != 200) {
      if (IsAnything(reply)) break;
      return ErrorFrom(got, kGetOrder, now_us);
    } else if (!TakeOrder(got, id, options, reply)) {
      if (IsAnything(reply)) break;
      return Unreadable(got, kGetOrder);
    }
  }
  return reply;
}

}  // namespace quayside::amazon
