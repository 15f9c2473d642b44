// A complete plugin for an imaginary shop: GET /orders?since=T answers {"orders": [{"id", "changed", "lines": [{"id",
// "sku", "units"}]}]}, oldest change first, at most 50, with T and "changed" in UTC microseconds.
#include <boost/json/src.hpp>  // Boost.JSON from its headers alone

#include "quayside/sdk.h"

namespace {

using namespace quayside::sdk;

class Shop final : public Plugin, public OrderSync {
 public:
  static Result<std::unique_ptr<Shop>> Create(const pb::InstanceConfig&) { return std::make_unique<Shop>(); }

  Result<pb::CheckReply> Check(Step& step) override {
    pb::CheckReply reply;
    pb::CheckFinding* finding = reply.add_findings();
    finding->set_subject("credentials");
    auto page = OrdersSince(step.NowUs(), step);
    finding->set_ok(page.ok());
    if (!page.ok()) finding->set_message(page.error().message);
    return reply;
  }

  Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest& request, Step& step) override {
    int64_t position = request.has_cursor() ? request.cursor().watermark_us() : request.changed_from_us();
    QS_TRY(const boost::json::value page, OrdersSince(position, step));
    pb::PullOrdersReply reply;
    for (const boost::json::value& json : page.at("orders").as_array()) {
      position =
          json.at("changed").as_int64();  // at() and as_...() throw on another shape: the step ends as PLUGIN_FAULT
      pb::Order& order = *reply.add_orders();
      order.set_external_id(std::string(json.at("id").as_string()));
      order.set_marketplace("main");
      order.set_status(pb::ORDER_STATUS_OPEN);
      order.set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
      order.set_updated_us(position);
      for (const boost::json::value& item : json.at("lines").as_array()) {
        pb::OrderLine& line = *order.add_lines();
        line.set_external_id(std::string(item.at("id").as_string()));
        line.set_sku(std::string(item.at("sku").as_string()));
        line.set_quantity(item.at("units").to_number<int32_t>());
      }
    }
    reply.set_has_more(reply.orders_size() == 50 && position > request.cursor().watermark_us());
    reply.mutable_next_cursor()->set_schema(1);
    reply.mutable_next_cursor()->set_watermark_us(
        position);  // `since` includes it: the last order comes once more, unharmed
    return reply;
  }

 private:
  static Result<boost::json::value> OrdersSince(int64_t since_us, Step& step) {
    pb::HttpRequest request;
    request.set_origin("shop");
    request.set_method("GET");
    request.set_path("/orders");
    request.set_operation("orders");
    pb::QueryParameter* since = request.add_query();
    since->set_name("since");
    since->set_value(std::to_string(since_us));
    pb::CredentialUse* key = request.add_credentials();  // the host fills it in; a plugin never sees a secret
    key->set_name("key");
    key->set_place(pb::CredentialUse::PLACE_HEADER);
    key->set_key("x-api-key");
    QS_TRY(const pb::HttpReply reply, step.Http(request));
    if (reply.status() == 429) return Error::RetryAt(step.NowUs() + 10'000'000, "THROTTLED", "the shop asks to wait");
    if (reply.status() == 401) return Error::Auth("CREDENTIALS_REFUSED", "the shop does not accept the API key");
    if (reply.status() != 200)
      return Error::RetryAt(0, "CHANNEL_UNAVAILABLE", "HTTP " + std::to_string(reply.status()));
    return boost::json::parse(reply.body());
  }
};

}  // namespace

QUAYSIDE_PLUGIN(Shop)
