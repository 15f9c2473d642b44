#include "order_row.h"

#include <algorithm>
#include <array>
#include <utility>

#include "quayside/money.h"
#include "values.h"

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;

constexpr size_t kMostRawBytes = 16 << 10;
constexpr int64_t kMostUnits = 1'000'000;

struct StatusWord {
  std::string_view word;
  pb::OrderStatus status;
};
constexpr std::array<StatusWord, 14> kStatusWords = {{{"", pb::ORDER_STATUS_OPEN},
                                                      {"open", pb::ORDER_STATUS_OPEN},
                                                      {"new", pb::ORDER_STATUS_OPEN},
                                                      {"paid", pb::ORDER_STATUS_OPEN},
                                                      {"unshipped", pb::ORDER_STATUS_OPEN},
                                                      {"processing", pb::ORDER_STATUS_OPEN},
                                                      {"pending", pb::ORDER_STATUS_PENDING},
                                                      {"unpaid", pb::ORDER_STATUS_PENDING},
                                                      {"partly shipped", pb::ORDER_STATUS_PARTLY_SHIPPED},
                                                      {"shipped", pb::ORDER_STATUS_SHIPPED},
                                                      {"despatched", pb::ORDER_STATUS_SHIPPED},
                                                      {"complete", pb::ORDER_STATUS_SHIPPED},
                                                      {"cancelled", pb::ORDER_STATUS_CANCELLED},
                                                      {"canceled", pb::ORDER_STATUS_CANCELLED}}};

bool IsCountry(std::string_view text) {
  return text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

pb::OrderStatus ParseStatus(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '_' || c == '-' ? ' ' : c;
  const auto* const found = std::find_if(kStatusWords.begin(), kStatusWords.end(),
                                         [&](const StatusWord& known) { return known.word == lower; });
  return found == kStatusWords.end() ? pb::ORDER_STATUS_UNKNOWN : found->status;
}

pb::BadRecord BadLine(const std::string& file, const sdk::CsvRecord& record, std::string problem) {
  pb::BadRecord bad;
  bad.set_key(file + ":" + std::to_string(record.line));
  bad.set_raw(std::string(record.raw.substr(0, kMostRawBytes)));
  bad.set_reason(std::move(problem));
  return bad;
}

void OrderBuilder::Problem(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
}

std::string OrderBuilder::CurrencyOf(const Row& row) const {
  const std::string_view own = row.Get("currency");
  return own.empty() ? currency_ : std::string(own);
}

int64_t OrderBuilder::Time(const Row& row, std::string_view field) {
  const std::string_view text = row.Get(field);
  if (text.empty()) return 0;
  const auto time = ParseTime(text, format_.dates);
  if (!time) Problem(row.At(field, "is no date or time in the form that the account's options name"));
  return time.value_or(0);
}

void OrderBuilder::Amount(const Row& row, std::string_view field, pb::Money* (pb::OrderLine::*set)(),
                          pb::OrderLine& line) {
  const std::string_view text = row.Get(field);
  if (text.empty()) return;
  const std::string currency = CurrencyOf(row);
  const auto amount = ParseAmount(text, format_.decimal_separator, currency);
  if (!amount) {
    Problem(row.At(field, "is no amount, or has separators of thousands"));
  } else if (!sdk::IsCurrency(currency)) {
    Problem(row.At("currency", "must be three capitals, such as EUR"));
  } else {
    *(line.*set)() = *amount;
  }
}

void OrderBuilder::Begin(const Row& row) {
  id_ = row.Get("order_id");
  if (id_.empty()) Problem(row.At("order_id", "is empty"));
  order_.set_external_id(id_);
  order_.set_marketplace(kMarketplace);
  order_.set_merchant_order_id(std::string(row.Get("merchant_order_id")));
  order_.set_raw_status(std::string(row.Get("status")));
  order_.set_status(ParseStatus(row.Get("status")));
  order_.set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
  const int64_t created = Time(row, "created");
  const int64_t updated = Time(row, "updated");
  order_.set_updated_us(updated != 0 ? updated : taken_us_);
  order_.set_created_us(created != 0 ? created : order_.updated_us());
  order_.set_ship_by_us(Time(row, "ship_by"));
  order_.set_deliver_by_us(Time(row, "deliver_by"));
  order_.set_service_level(std::string(row.Get("service_level")));
  order_.mutable_buyer()->set_name(std::string(row.Get("buyer_name")));
  order_.mutable_buyer()->set_email(std::string(row.Get("buyer_email")));
  order_.mutable_buyer()->set_company(std::string(row.Get("buyer_company")));
  pb::Address& address = *order_.mutable_ship_to();
  address.set_name(std::string(row.Get("name")));
  address.set_company(std::string(row.Get("company")));
  for (const char* field : {"address1", "address2", "address3"})
    if (const std::string_view line = row.Get(field); !line.empty()) address.add_lines(std::string(line));
  address.set_city(std::string(row.Get("city")));
  address.set_region(std::string(row.Get("region")));
  address.set_postal_code(std::string(row.Get("postal_code")));
  address.set_phone(std::string(row.Get("phone")));
  const std::string_view country = row.Get("country");
  if (!country.empty() && !IsCountry(country)) Problem(row.At("country", "must be two capitals, such as DE"));
  address.set_country_code(std::string(country));
  if (const std::string_view total = row.Get("total"); !total.empty()) {
    const auto amount = ParseAmount(total, format_.decimal_separator, CurrencyOf(row));
    if (!amount) Problem(row.At("total", "is no amount, or has separators of thousands"));
    if (amount && !sdk::IsCurrency(amount->currency_code()))
      Problem(row.At("currency", "must be three capitals, such as EUR"));
    if (amount) *order_.mutable_total() = *amount;
  }
}

void OrderBuilder::AddLine(const Row& row) {
  pb::OrderLine& line = *order_.add_lines();
  const std::string_view own_id = row.Get("line_id");
  line.set_external_id(own_id.empty() ? std::to_string(lines_) : std::string(own_id));
  line.set_sku(std::string(row.Get("sku")));
  if (line.sku().empty()) Problem(row.At("sku", "is empty"));
  line.set_title(std::string(row.Get("title")));
  line.set_product_id(std::string(row.Get("product_id")));
  line.set_gift_message(std::string(row.Get("gift_message")));
  const auto quantity = ParseCount(row.Get("quantity"), kMostUnits, format_.decimal_separator);
  if (!quantity) Problem(row.At("quantity", "must be a whole number from 0 to " + std::to_string(kMostUnits)));
  line.set_quantity(static_cast<int32_t>(quantity.value_or(0)));
  if (order_.status() == pb::ORDER_STATUS_SHIPPED) line.set_quantity_shipped(line.quantity());
  if (order_.status() == pb::ORDER_STATUS_CANCELLED) line.set_quantity_cancelled(line.quantity());
  Amount(row, "unit_price", &pb::OrderLine::mutable_unit_price, line);
  Amount(row, "line_total", &pb::OrderLine::mutable_line_total, line);
  Amount(row, "tax", &pb::OrderLine::mutable_tax, line);
  Amount(row, "shipping", &pb::OrderLine::mutable_shipping, line);
  Amount(row, "discount", &pb::OrderLine::mutable_discount, line);
  for (int i = 0; i + 1 < order_.lines_size(); ++i) {
    if (order_.lines(i).external_id() == line.external_id())
      Problem(row.At("line_id", "'" + line.external_id() + "' is twice in the order"));
  }
}

void OrderBuilder::Add(const Row& row) {
  if (lines_ == 0) Begin(row);
  ++lines_;
  const std::string_view raw = row.record().raw;
  if (raw_.size() < kMostRawBytes) raw_.append(raw_.empty() ? "" : "\n").append(raw.substr(0, kMostRawBytes));
  if (lines_ > kMostOrderLines) {
    Problem(row.At("order_id", "the order has more than " + std::to_string(kMostOrderLines) + " lines"));
  } else {
    AddLine(row);
  }
}

void OrderBuilder::AddBad(std::string_view order_id, pb::BadRecord bad) {
  if (empty()) id_ = order_id;
  // Whatever its other lines say, it is not whole.
  Problem("one of its lines cannot be used: " + bad.reason());
  if (bad_lines_.size() < kMostOrderLines) bad_lines_.push_back(std::move(bad));
}

void OrderBuilder::TakeInto(pb::PullOrdersReply& reply, bool without_personal_data) {
  for (pb::BadRecord& bad : bad_lines_) *reply.add_bad_records() = std::move(bad);
  if (lines_ > 0 && !problem_.empty()) {
    pb::BadRecord& bad = *reply.add_bad_records();
    bad.set_key(id_);
    bad.set_raw(raw_);
    bad.set_reason(problem_);
  } else if (lines_ > 0) {
    pb::Order& order = *reply.add_orders();
    order = std::move(order_);
    if (without_personal_data) {
      order.clear_buyer();
      pb::Address kept;
      kept.set_country_code(order.ship_to().country_code());
      *order.mutable_ship_to() = kept;
      for (pb::OrderLine& line : *order.mutable_lines()) line.clear_gift_message();
    }
  }
  order_.Clear();
  id_.clear();
  raw_.clear();
  problem_.clear();
  bad_lines_.clear();
  lines_ = 0;
}

}  // namespace quayside::flatfile
