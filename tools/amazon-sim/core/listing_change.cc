#include "core/listing_change.h"

#include <algorithm>

#include "core/call.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

constexpr std::string_view kAttributes = "/attributes/";
constexpr std::string_view kAvailability = "fulfillment_availability";
constexpr int kMaxLeadTimeDays = 30;

json::object IssueJson(std::string_view code, std::string message, std::string_view category) {
  return {{"code", code},
          {"message", std::move(message)},
          {"severity", "ERROR"},
          {"attributeNames", json::array{kAvailability}},
          {"categories", json::array{category}}};
}

PatchOp ReadOp(const json::object& patch) {
  const json::value* op = patch.if_contains("op");
  const std::string_view name = op && op->is_string() ? std::string_view(op->get_string()) : "";
  if (name == "add") return PatchOp::kAdd;
  if (name == "replace") return PatchOp::kReplace;
  if (name == "merge") return PatchOp::kMerge;
  if (name == "delete") return PatchOp::kDelete;
  RefuseInput("'op' must be add, replace, merge or delete.");
}

json::array ReadObjects(const json::value& value, const std::string& name) {
  if (!value.is_array()) RefuseInput("'" + name + "' must be a list.");
  const json::array& list = value.get_array();
  if (!std::all_of(list.begin(), list.end(), [](const json::value& each) { return each.is_object(); })) {
    RefuseInput("Every element of '" + name + "' must be an object.");
  }
  return list;
}

std::optional<std::int64_t> WholeNumber(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_uint64() && value.get_uint64() <= INT64_MAX) return static_cast<std::int64_t>(value.get_uint64());
  return std::nullopt;
}

}  // namespace

ListingChange ListingChange::FromPatches(const boost::json::array& patches) {
  ListingChange change;
  for (const json::value& element : patches) change.Add(ReadPatch(element));
  return change;
}

ListingChange ListingChange::FromAttributes(const boost::json::object& attributes, bool forget_rest) {
  ListingChange change;
  change.forget_rest_ = forget_rest;
  for (const auto& [name, value] : attributes) {
    change.Add({PatchOp::kReplace, std::string(name), ReadObjects(value, std::string(name)), {}});
  }
  return change;
}

void ListingChange::Add(Patch patch) {
  if (patch.attribute == kAvailability) {
    for (const json::value& element : patch.value) patch.availability.push_back(ReadAvailability(element.get_object()));
  }
  patches_.push_back(std::move(patch));
}

ListingChange::Patch ListingChange::ReadPatch(const boost::json::value& element) {
  if (!element.is_object()) RefuseInput("A patch must be an object.");
  const json::object& object = element.get_object();
  Patch patch{.op = ReadOp(object)};
  const json::value* path = object.if_contains("path");
  const std::string_view text = path && path->is_string() ? std::string_view(path->get_string()) : "";
  if (text.substr(0, kAttributes.size()) != kAttributes || text.size() == kAttributes.size() ||
      text.find('/', kAttributes.size()) != std::string_view::npos) {
    RefuseInput("'path' must name a top-level attribute: /attributes/...");
  }
  patch.attribute = text.substr(kAttributes.size());
  if (const json::value* value = object.if_contains("value")) {
    patch.value = ReadObjects(*value, "value");
  } else if (patch.op != PatchOp::kDelete) {
    RefuseInput("'value' is required.");
  }
  return patch;
}

// Adds an issue for each thing that is wrong.
ListingChange::Availability ListingChange::ReadAvailability(const boost::json::object& element) {
  Availability read;
  const json::value* channel = element.if_contains("fulfillment_channel_code");
  if (!channel || !channel->is_string() || channel->get_string().empty()) {
    issues_.push_back(IssueJson("90220",
                                "The field 'fulfillment_channel_code' for the attribute 'fulfillment_availability' "
                                "does not have enough values. The required minimum is '1' value(s).",
                                "MISSING_ATTRIBUTE"));
    return read;
  }
  read.channel = channel->get_string();
  if (read.channel != "DEFAULT" && read.channel.rfind("AMAZON_", 0) != 0) {
    issues_.push_back(
        IssueJson("90244", "'" + read.channel + "' is not a fulfillment_channel_code.", "INVALID_ATTRIBUTE"));
  }
  if (const json::value* quantity = element.if_contains("quantity")) {
    read.quantity = WholeNumber(*quantity);
    if (!read.quantity || *read.quantity < 0) {
      issues_.push_back(IssueJson("90117", "'quantity' must be a whole number of 0 or more.", "INVALID_ATTRIBUTE"));
    }
  }
  if (const json::value* lead = element.if_contains("lead_time_to_ship_max_days")) {
    const auto days = WholeNumber(*lead);
    if (!days || *days < 0 || *days > kMaxLeadTimeDays) {
      issues_.push_back(
          IssueJson("90117", "'lead_time_to_ship_max_days' must be between 0 and 30.", "INVALID_ATTRIBUTE"));
    } else {
      read.lead_time_days = static_cast<std::int16_t>(*days);
    }
  }
  if (const json::value* date = element.if_contains("restock_date")) {
    if (!date->is_string() || !IsCalendarDate(date->get_string())) {
      issues_.push_back(IssueJson("90117", "'restock_date' must be YYYY-MM-DD.", "INVALID_ATTRIBUTE"));
    } else {
      read.restock_date = std::string(date->get_string());
    }
  }
  return read;
}

void ListingChange::Apply(const ChangeOrigin& origin, Listing& listing) const {
  if (forget_rest_) {
    listing.ForgetOtherAttributes();
    const bool keeps_stock = std::any_of(patches_.begin(), patches_.end(),
                                         [](const Patch& patch) { return patch.attribute == kAvailability; });
    if (!keeps_stock) ApplyAvailability(origin, listing, PatchOp::kDelete, {});
  }
  for (const Patch& patch : patches_) {
    if (patch.attribute != kAvailability) {
      ApplyOther(origin, listing, patch);
      continue;
    }
    for (const Availability& each : patch.availability) {
      if (each.channel == "DEFAULT") ApplyAvailability(origin, listing, patch.op, each);
    }
    if (patch.op == PatchOp::kDelete && patch.availability.empty()) {
      ApplyAvailability(origin, listing, PatchOp::kDelete, {});
    }
  }
}

void ListingChange::ApplyAvailability(const ChangeOrigin& origin, Listing& listing, PatchOp op,
                                      const Availability& wanted) {
  // Amazon takes it, and the units in its warehouse are stranded behind a merchant offer.
  if (listing.fba && op != PatchOp::kDelete) {
    origin.ledger.AddFbaViolation(
        {origin.now, &origin.book.seller_id(), std::string(listing.sku), wanted.quantity, origin.reference});
  }
  const bool keeps_rest = op == PatchOp::kMerge;
  const auto quantity = op == PatchOp::kDelete ? std::nullopt
                        : wanted.quantity      ? wanted.quantity
                        : keeps_rest           ? listing.quantity
                                               : std::nullopt;
  const auto lead_time = wanted.lead_time_days ? wanted.lead_time_days
                         : keeps_rest          ? listing.lead_time_days
                                               : std::nullopt;
  const std::string restock = wanted.restock_date ? *wanted.restock_date : keeps_rest ? listing.RestockDate() : "";
  const bool rest_changed = lead_time != listing.lead_time_days || restock != listing.RestockDate();
  if (quantity == listing.quantity && !rest_changed) origin.ledger.CountRedundant(origin.cause);
  listing.lead_time_days = lead_time;
  listing.SetRestockDate(restock);
  if (quantity != listing.quantity) {
    origin.book.SetQuantity(listing, quantity, origin.cause, origin.reference, origin.now);
  } else if (rest_changed) {
    origin.book.TouchListing(listing, origin.now);
  }
}

void ListingChange::ApplyOther(const ChangeOrigin& origin, Listing& listing, const Patch& patch) {
  if (patch.op == PatchOp::kDelete) {
    listing.ForgetOtherAttribute(patch.attribute);
  } else if (patch.attribute == "item_name" && !patch.value.empty()) {
    const json::value* value = patch.value[0].get_object().if_contains("value");
    if (value && value->is_string()) listing.SetTitle(std::string(value->get_string()));
  } else {
    listing.SetOtherAttribute(patch.attribute, json::serialize(patch.value));
  }
  origin.book.TouchListing(listing, origin.now);
}

}  // namespace amazon_sim
