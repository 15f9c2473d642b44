#include "order_decoder.h"

#include <algorithm>

#include "json_fields.h"
#include "money.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;

constexpr size_t kMaxRawBytes = size_t{64} * 1024;

pb::OrderStatus StatusOf(std::string_view raw) {
  if (raw == "PENDING" || raw == "PENDING_AVAILABILITY") return pb::ORDER_STATUS_PENDING;
  if (raw == "UNSHIPPED") return pb::ORDER_STATUS_OPEN;
  if (raw == "PARTIALLY_SHIPPED") return pb::ORDER_STATUS_PARTLY_SHIPPED;
  if (raw == "SHIPPED") return pb::ORDER_STATUS_SHIPPED;
  if (raw == "CANCELLED") return pb::ORDER_STATUS_CANCELLED;
  if (raw == "UNFULFILLABLE") return pb::ORDER_STATUS_UNFULFILLABLE;
  return pb::ORDER_STATUS_UNKNOWN;  // also when Amazon leaves it out: the order is held, not guessed
}

pb::FulfilmentChannel FulfilmentOf(std::string_view fulfilled_by) {
  if (fulfilled_by == "MERCHANT") return pb::FULFILMENT_CHANNEL_MERCHANT;
  if (fulfilled_by == "AMAZON") return pb::FULFILMENT_CHANNEL_MARKETPLACE;
  return pb::FULFILMENT_CHANNEL_UNSPECIFIED;
}

class OrderReader {
 public:
  OrderReader(const DecodeOptions& options, pb::Order& order) : options_(options), order_(order) {}

  void Read(const json::object& object);
  [[nodiscard]] const std::string& problem() const { return fields_.problem(); }

 private:
  void ReadHead(const json::object& object);
  void ReadChannel(const json::object& channel);
  void ReadFulfillment(const json::object& fulfillment);
  void ReadBuyer(const json::object& buyer);
  void ReadAddress(const json::object& address);
  void ReadLine(const json::object& item);
  void ReadLineQuantities(const json::object& item, pb::OrderLine& line);
  void ReadLineMoney(const json::object& item, pb::OrderLine& line);
  void ReadPackage(const json::object& package);

  // Touches the field only when there is text: most are absent, and absent is empty.
  template <typename Message>
  void Copy(const json::object& object, std::string_view key, Message& to, std::string* (Message::*mutable_field)()) {
    const std::string_view text = fields_.GetText(object, key);
    if (!text.empty()) (to.*mutable_field)()->assign(text.data(), text.size());
  }

  const DecodeOptions& options_;
  pb::Order& order_;
  JsonFields fields_;
};

void OrderReader::Read(const json::object& object) {
  ReadHead(object);
  // Lines need the status: it says how their quantities are to be read.
  if (const json::object* fulfillment = fields_.GetObject(object, "fulfillment")) {
    ReadFulfillment(*fulfillment);
  } else {
    order_.set_status(pb::ORDER_STATUS_UNKNOWN);
  }
  if (options_.personal_data) {
    if (const json::object* buyer = fields_.GetObject(object, "buyer")) ReadBuyer(*buyer);
    if (const json::object* recipient = fields_.GetObject(object, "recipient")) {
      if (const json::object* address = fields_.GetObject(*recipient, "deliveryAddress")) ReadAddress(*address);
    }
  }
  if (const json::object* proceeds = fields_.GetObject(object, "proceeds")) {
    if (auto total = fields_.GetMoney(*proceeds, "grandTotal")) *order_.mutable_total() = std::move(*total);
  }
  const json::array* items = fields_.GetArray(object, "orderItems");
  if (items == nullptr) fields_.Fail("orderItems", "is missing");
  ForEachObject(fields_, items, "orderItems", [&](const json::object& item) { ReadLine(item); });
  ForEachObject(fields_, fields_.GetArray(object, "packages"), "packages",
                [&](const json::object& package) { ReadPackage(package); });
}

void OrderReader::ReadHead(const json::object& object) {
  order_.set_created_us(fields_.NeedTime(object, "createdTime"));
  order_.set_updated_us(fields_.NeedTime(object, "lastUpdatedTime"));
  if (const json::object* channel = fields_.GetObject(object, "salesChannel")) {
    ReadChannel(*channel);
  } else {
    fields_.Fail("salesChannel", "is missing");
  }
  ForEachObject(fields_, fields_.GetArray(object, "orderAliases"), "orderAliases", [&](const json::object& alias) {
    if (fields_.GetText(alias, "aliasType") == "SELLER_ORDER_ID") {
      Copy(alias, "aliasId", order_, &pb::Order::mutable_merchant_order_id);
    }
  });
  ForEachText(fields_, fields_.GetArray(object, "programs"), "programs",
              [&](std::string_view program) { order_.add_programs(program.data(), program.size()); });
  ForEachObject(fields_, fields_.GetArray(object, "associatedOrders"), "associatedOrders",
                [&](const json::object& other) {
                  const std::string_view id = fields_.GetText(other, "orderId");
                  if (!id.empty()) order_.add_replaces(id.data(), id.size());
                });
}

void OrderReader::ReadChannel(const json::object& channel) {
  const std::string_view marketplace = fields_.GetText(channel, "marketplaceId");
  if (!marketplace.empty()) {
    order_.set_marketplace(marketplace.data(), marketplace.size());
  } else if (!options_.default_marketplace.empty()) {
    order_.set_marketplace(options_.default_marketplace);
  } else {
    fields_.Fail("salesChannel.marketplaceId", "is missing");
  }
}

void OrderReader::ReadFulfillment(const json::object& fulfillment) {
  const std::string_view status = fields_.GetText(fulfillment, "fulfillmentStatus");
  order_.set_status(StatusOf(status));
  order_.set_raw_status(status.data(), status.size());
  order_.set_fulfilment(FulfilmentOf(fields_.GetText(fulfillment, "fulfilledBy")));
  Copy(fulfillment, "fulfillmentServiceLevel", order_, &pb::Order::mutable_service_level);
  if (const json::object* window = fields_.GetObject(fulfillment, "shipByWindow")) {
    order_.set_ship_by_us(fields_.GetTime(*window, "latestDateTime"));
  }
  if (const json::object* window = fields_.GetObject(fulfillment, "deliverByWindow")) {
    order_.set_deliver_by_us(fields_.GetTime(*window, "latestDateTime"));
  }
}

void OrderReader::ReadBuyer(const json::object& buyer) {
  pb::Buyer* out = order_.mutable_buyer();
  Copy(buyer, "buyerName", *out, &pb::Buyer::mutable_name);
  Copy(buyer, "buyerEmail", *out, &pb::Buyer::mutable_email);
  Copy(buyer, "buyerCompanyName", *out, &pb::Buyer::mutable_company);
  Copy(buyer, "buyerPurchaseOrderNumber", *out, &pb::Buyer::mutable_purchase_order_number);
}

void OrderReader::ReadAddress(const json::object& address) {
  pb::Address* out = order_.mutable_ship_to();
  Copy(address, "name", *out, &pb::Address::mutable_name);
  Copy(address, "companyName", *out, &pb::Address::mutable_company);
  for (const char* key : {"addressLine1", "addressLine2", "addressLine3"}) {
    const std::string_view line = fields_.GetText(address, key);
    if (!line.empty()) out->add_lines(line.data(), line.size());
  }
  Copy(address, "city", *out, &pb::Address::mutable_city);
  Copy(address, "districtOrCounty", *out, &pb::Address::mutable_district);
  Copy(address, "stateOrRegion", *out, &pb::Address::mutable_region);
  Copy(address, "postalCode", *out, &pb::Address::mutable_postal_code);
  Copy(address, "countryCode", *out, &pb::Address::mutable_country_code);
  Copy(address, "phone", *out, &pb::Address::mutable_phone);
  // Where the city is told apart as a municipality only.
  if (out->city().empty()) {
    Copy(address, "municipality", *out, &pb::Address::mutable_city);
  }
}

void OrderReader::ReadLine(const json::object& item) {
  pb::OrderLine* line = order_.add_lines();
  const std::string_view id = fields_.NeedText(item, "orderItemId");
  line->set_external_id(id.data(), id.size());
  if (const json::object* product = fields_.GetObject(item, "product")) {
    Copy(*product, "sellerSku", *line, &pb::OrderLine::mutable_sku);
    Copy(*product, "title", *line, &pb::OrderLine::mutable_title);
    Copy(*product, "asin", *line, &pb::OrderLine::mutable_product_id);
    if (const json::object* price = fields_.GetObject(*product, "price")) {
      if (auto money = fields_.GetMoney(*price, "unitPrice")) *line->mutable_unit_price() = std::move(*money);
    }
  }
  ReadLineQuantities(item, *line);
  ReadLineMoney(item, *line);
  if (!options_.personal_data) return;
  const json::object* fulfillment = fields_.GetObject(item, "fulfillment");
  const json::object* packing = fulfillment == nullptr ? nullptr : fields_.GetObject(*fulfillment, "packing");
  const json::object* gift = packing == nullptr ? nullptr : fields_.GetObject(*packing, "giftOption");
  if (gift != nullptr) {
    Copy(*gift, "giftMessage", *line, &pb::OrderLine::mutable_gift_message);
  }
}

// Amazon counts what is ordered, shipped and still to ship. What is in none of the last two was cancelled, but only
// where both are told and the order is past payment, or where a cancellation is on record: to take a pending line for
// cancelled would put its units on sale twice.
void OrderReader::ReadLineQuantities(const json::object& item, pb::OrderLine& line) {
  const int32_t ordered = fields_.NeedCount(item, "quantityOrdered");
  line.set_quantity(ordered);
  const json::object* fulfillment = fields_.GetObject(item, "fulfillment");
  const pb::OrderStatus status = order_.status();
  const int32_t shipped_if_untold = status == pb::ORDER_STATUS_SHIPPED ? ordered : 0;
  int32_t shipped = shipped_if_untold;
  int32_t open = -1;
  if (fulfillment != nullptr) {
    shipped = fields_.GetCount(*fulfillment, "quantityFulfilled", shipped_if_untold);
    open = fields_.GetCount(*fulfillment, "quantityUnfulfilled", -1);
  }
  line.set_quantity_shipped(std::min(shipped, ordered));

  bool executed = false;
  if (const json::object* cancellation = fields_.GetObject(item, "cancellation")) {
    executed = fields_.GetObject(*cancellation, "cancellationExecution") != nullptr;
    line.set_cancellation_requested(!executed && fields_.GetObject(*cancellation, "cancellationRequest") != nullptr);
  }
  const int32_t not_shipped = ordered - line.quantity_shipped();
  const bool paid = status == pb::ORDER_STATUS_OPEN || status == pb::ORDER_STATUS_PARTLY_SHIPPED ||
                    status == pb::ORDER_STATUS_SHIPPED;
  if (status == pb::ORDER_STATUS_CANCELLED) {
    line.set_quantity_cancelled(not_shipped);
  } else if (open >= 0 ? (paid || executed) : executed) {
    line.set_quantity_cancelled(std::max(0, not_shipped - std::max(0, open)));
  }
}

void OrderReader::ReadLineMoney(const json::object& item, pb::OrderLine& line) {
  const json::object* proceeds = fields_.GetObject(item, "proceeds");
  if (proceeds == nullptr) return;
  if (auto total = fields_.GetMoney(*proceeds, "proceedsTotal")) *line.mutable_line_total() = std::move(*total);
  ForEachObject(fields_, fields_.GetArray(*proceeds, "breakdowns"), "breakdowns", [&](const json::object& part) {
    const std::string_view type = fields_.GetText(part, "type");
    pb::Money* target = nullptr;
    bool first = false;
    if (type == "TAX") {
      first = !line.has_tax();
      target = line.mutable_tax();
    } else if (type == "SHIPPING") {
      first = !line.has_shipping();
      target = line.mutable_shipping();
    } else if (type == "DISCOUNT") {
      first = !line.has_discount();
      target = line.mutable_discount();
    } else {
      return;
    }
    auto money = fields_.GetMoney(part, "subtotal");
    if (!money) {
      fields_.Fail("subtotal", "is missing");
    } else if (first) {
      *target = std::move(*money);
    } else if (!AddMoney(*target, *money)) {
      fields_.Fail("breakdowns", "cannot be added up");
    }
  });
}

void OrderReader::ReadPackage(const json::object& package) {
  pb::Package* out = order_.add_packages();
  Copy(package, "packageReferenceId", *out, &pb::Package::mutable_external_id);
  Copy(package, "carrier", *out, &pb::Package::mutable_carrier);
  Copy(package, "shippingService", *out, &pb::Package::mutable_service);
  if (options_.personal_data) {
    Copy(package, "trackingNumber", *out, &pb::Package::mutable_tracking_number);
  }
  out->set_shipped_us(fields_.GetTime(package, "shipTime"));
  if (const json::object* status = fields_.GetObject(package, "packageStatus")) {
    Copy(*status, "status", *out, &pb::Package::mutable_raw_status);
  }
  ForEachObject(fields_, fields_.GetArray(package, "packageItems"), "packageItems", [&](const json::object& item) {
    pb::PackageLine* line = out->add_lines();
    Copy(item, "orderItemId", *line, &pb::PackageLine::mutable_external_line_id);
    line->set_quantity(fields_.GetCount(item, "quantity", 0));
  });
}

bool IsEcho(JsonFields& fields, const json::object& object) {
  const json::object* channel = fields.GetObject(object, "salesChannel");
  return channel != nullptr && fields.GetText(*channel, "channelName") == "NON_AMAZON";
}

}  // namespace

DecodeResult DecodeOrder(const json::value& json, const DecodeOptions& options, pb::Order& order) {
  if (!json.is_object()) return {Decoded::kBad, {}, "the order is no object"};
  const json::object& object = json.get_object();
  JsonFields head;
  const std::string id(head.NeedText(object, "orderId"));
  if (!head.ok()) return {Decoded::kBad, id, head.problem()};
  if (IsEcho(head, object)) return {Decoded::kSkipped, id, "NON_AMAZON"};
  order.set_external_id(id);
  OrderReader reader(options, order);
  reader.Read(object);
  if (!reader.problem().empty()) return {Decoded::kBad, id, reader.problem()};
  return {Decoded::kOrder, id, {}};
}

pb::BadRecord MakeBadRecord(const json::value& json, std::string key, std::string reason) {
  pb::BadRecord record;
  record.set_key(std::move(key));
  record.set_reason(std::move(reason));
  std::string raw = json::serialize(json);
  if (raw.size() > kMaxRawBytes) raw.resize(kMaxRawBytes);
  record.set_raw(std::move(raw));
  return record;
}

void DecodeInto(pb::PullOrdersReply& reply, const json::value& json, size_t position, const DecodeOptions& options) {
  const DecodeResult result = DecodeOrder(json, options, *reply.add_orders());
  if (result.kind == Decoded::kOrder) return;
  reply.mutable_orders()->RemoveLast();
  if (result.kind == Decoded::kSkipped) {
    pb::SkippedRecord* skipped = reply.add_skipped();
    skipped->set_external_id(result.external_id);
    skipped->set_reason(result.problem);
    return;
  }
  const std::string key = result.external_id.empty() ? "orders[" + std::to_string(position) + "]" : result.external_id;
  *reply.add_bad_records() = MakeBadRecord(json, key, result.problem);
}

}  // namespace quayside::amazon
