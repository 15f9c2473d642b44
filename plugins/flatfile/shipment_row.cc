#include "shipment_row.h"

#include <algorithm>
#include <array>

#include "values.h"

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;

constexpr int64_t kMostUnitsOfLine = 1'000'000;

struct OutboundWord {
  std::string_view word;
  pb::OutboundStatus status;
};
constexpr std::array<OutboundWord, 18> kOutboundWords = {{{"received", pb::OUTBOUND_STATUS_RECEIVED},
                                                          {"accepted", pb::OUTBOUND_STATUS_RECEIVED},
                                                          {"new", pb::OUTBOUND_STATUS_RECEIVED},
                                                          {"planning", pb::OUTBOUND_STATUS_PLANNING},
                                                          {"waiting", pb::OUTBOUND_STATUS_PLANNING},
                                                          {"processing", pb::OUTBOUND_STATUS_PROCESSING},
                                                          {"packed", pb::OUTBOUND_STATUS_PROCESSING},
                                                          {"partly shipped", pb::OUTBOUND_STATUS_PROCESSING},
                                                          {"shipped", pb::OUTBOUND_STATUS_COMPLETE},
                                                          {"complete", pb::OUTBOUND_STATUS_COMPLETE},
                                                          {"completed", pb::OUTBOUND_STATUS_COMPLETE},
                                                          {"complete partly", pb::OUTBOUND_STATUS_COMPLETE_PARTLY},
                                                          {"short", pb::OUTBOUND_STATUS_COMPLETE_PARTLY},
                                                          {"cancelled", pb::OUTBOUND_STATUS_CANCELLED},
                                                          {"canceled", pb::OUTBOUND_STATUS_CANCELLED},
                                                          {"unfulfillable", pb::OUTBOUND_STATUS_UNFULFILLABLE},
                                                          {"invalid", pb::OUTBOUND_STATUS_INVALID},
                                                          {"rejected", pb::OUTBOUND_STATUS_INVALID}}};

std::string Or(std::string_view text, std::string_view otherwise) {
  return std::string(text.empty() ? otherwise : text);
}

}  // namespace

pb::OutboundStatus ParseOutboundStatus(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '_' || c == '-' ? ' ' : c;
  const auto* const found = std::find_if(kOutboundWords.begin(), kOutboundWords.end(),
                                         [&](const OutboundWord& known) { return known.word == lower; });
  return found == kOutboundWords.end() ? pb::OUTBOUND_STATUS_UNKNOWN : found->status;
}

OutboundAnswer::OutboundAnswer(std::string outbound_id, const FileFormat& format) : format_(format) {
  state_.set_outbound_id(std::move(outbound_id));
}

std::string OutboundAnswer::Add(const Row& row) {
  if (row.Get("outbound_id") != state_.outbound_id())
    return row.At("outbound_id", "names another order than the file's name does");
  int64_t updated_us = 0;
  if (const std::string_view text = row.Get("updated"); !text.empty()) {
    const auto updated = ParseTime(text, format_.dates);
    if (!updated) return row.At("updated", "is no date or time in the form that the account's options name");
    updated_us = *updated;
  }
  if (!row.Get("quantity").empty()) {
    if (std::string problem = AddPackageLine(row); !problem.empty()) return problem;
  }
  state_.set_updated_us(std::max(state_.updated_us(), updated_us));
  if (const std::string_view word = row.Get("status"); !word.empty()) {
    state_.set_raw_status(std::string(word));
    state_.set_status(ParseOutboundStatus(word));
  }
  return {};
}

std::string OutboundAnswer::AddPackageLine(const Row& row) {
  const auto quantity = ParseCount(row.Get("quantity"), kMostUnitsOfLine, format_.decimal_separator);
  if (!quantity || *quantity < 1) return row.At("quantity", "must be a whole number, 1 or more");
  const std::string_view line_id = row.Get("line_id");
  if (line_id.empty()) return row.At("line_id", "is empty");
  int64_t shipped_us = 0;
  if (const std::string_view text = row.Get("shipped"); !text.empty()) {
    const auto shipped = ParseTime(text, format_.dates);
    if (!shipped) return row.At("shipped", "is no date or time in the form that the account's options name");
    shipped_us = *shipped;
  }
  const std::string_view tracking = row.Get("tracking_number");
  Package& package =
      shipments_[Or(row.Get("shipment_id"), "1")][Or(row.Get("package_id"), tracking.empty() ? "1" : tracking)];
  package.carrier_code = row.Get("carrier_code");
  package.carrier = row.Get("carrier");
  package.tracking = tracking;
  package.shipped_us = shipped_us;
  package.lines[std::string(line_id)] = {std::string(row.Get("sku")), static_cast<int32_t>(*quantity)};
  return {};
}

pb::OutboundState OutboundAnswer::State() const {
  pb::OutboundState state = state_;
  if (state.raw_status().empty()) {
    state.set_status(shipments_.empty() ? pb::OUTBOUND_STATUS_RECEIVED : pb::OUTBOUND_STATUS_PROCESSING);
    state.set_raw_status(shipments_.empty() ? "received" : "partly shipped");
  }
  const bool is_untouched =
      state.status() == pb::OUTBOUND_STATUS_RECEIVED || state.status() == pb::OUTBOUND_STATUS_PLANNING;
  state.set_cancellable(is_untouched && shipments_.empty());
  for (const auto& [shipment_id, packages] : shipments_) {
    pb::OutboundShipment& shipment = *state.add_shipments();
    shipment.set_shipment_id(shipment_id);
    shipment.set_status(pb::OutboundShipment::STATUS_SHIPPED);
    for (const auto& [package_id, package] : packages) {
      shipment.set_shipped_us(std::max(shipment.shipped_us(), package.shipped_us));
      pb::OutboundPackage& told = *shipment.add_packages();
      told.set_package_id(package_id);
      told.set_carrier_code(package.carrier_code);
      told.set_carrier_name(package.carrier);
      told.set_tracking_number(package.tracking);
      for (const auto& [line_id, units] : package.lines) {
        pb::OutboundPackageLine& line = *told.add_lines();
        line.set_line_id(line_id);
        line.set_sku(units.first);
        line.set_quantity(units.second);
      }
    }
  }
  return state;
}

}  // namespace quayside::flatfile
