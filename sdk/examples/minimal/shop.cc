// A complete plugin for an imaginary shop: GET /orders?since=T answers {"orders": [{"id", "changed", "lines": [{"id",
// "sku", "units"}]}]}, oldest change first, at most 50, with T and "changed" in UTC microseconds.
#include <boost/json/src.hpp>  // Boost.JSON from its headers alone

#include "quayside/json.h"
#include "quayside/request.h"
#include "quayside/retry.h"
#include "quayside/sdk.h"

using namespace quayside::sdk;

namespace {

class Shop final : public Plugin, public OrderSync {
 public:
  static Result<std::unique_ptr<Shop>> Create(const pb::InstanceConfig&) { return std::make_unique<Shop>(); }

  Result<pb::CheckReply> Check(Step& step) override {
    const auto page = OrdersSince(step.NowUs(), step);
    pb::CheckReply reply;
    pb::CheckFinding& finding = *reply.add_findings();
    finding.set_subject("credentials");
    finding.set_ok(page.ok());
    if (!page.ok()) finding.set_message(page.error().message);
    return reply;
  }

  // at() and as_...() throw when the shop answers something else: the step ends as PLUGIN_FAULT.
  Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest& request, Step& step) override {
    if (request.has_cursor() && request.cursor().schema() != 1)
      return Error::Invalid("CURSOR_SCHEMA_UNKNOWN", "this version reads cursors of schema 1");
    int64_t position = request.has_cursor() ? request.cursor().watermark_us() : request.changed_from_us();
    QS_TRY(const boost::json::value page, OrdersSince(position, step));
    pb::PullOrdersReply reply;
    for (const boost::json::value& json : page.at("orders").as_array()) {
      position = json.at("changed").as_int64();
      pb::Order& order = *reply.add_orders();
      order.set_external_id(json.at("id").as_string().c_str());
      order.set_marketplace("main");
      order.set_status(pb::ORDER_STATUS_OPEN);
      order.set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
      order.set_updated_us(position);
      for (const boost::json::value& item : json.at("lines").as_array()) {
        pb::OrderLine& line = *order.add_lines();
        line.set_external_id(item.at("id").as_string().c_str());
        line.set_sku(item.at("sku").as_string().c_str());
        line.set_quantity(item.at("units").to_number<int32_t>());
      }
    }
    reply.set_has_more(reply.orders_size() == 50 && position > request.cursor().watermark_us());
    reply.mutable_next_cursor()->set_schema(1);
    reply.mutable_next_cursor()->set_watermark_us(position);  // the last order comes once more, unharmed
    return reply;
  }

 private:
  static Result<boost::json::value> OrdersSince(int64_t since_us, Step& step) {
    pb::HttpRequest request = MakeRequest("GET", "shop", "/orders", "orders");
    AddQuery(request, "since", std::to_string(since_us));
    AddCredential(request, "key", pb::CredentialUse::PLACE_HEADER, "x-api-key");
    QS_TRY(const pb::HttpReply reply, step.Http(request));
    if (reply.status() == 200) return ParseJson(reply.body(), "GET /orders");
    if (reply.status() == 429) return Error::RetryAt(step.NowUs() + 10'000'000, "THROTTLED", "the shop asks to wait");
    return ErrorOf(reply, "GET /orders", step.NowUs());
  }
};

}  // namespace

QUAYSIDE_PLUGIN(Shop)
