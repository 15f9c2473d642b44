// patchListingsItem of Listings Items 2021-08-01: what a request may say, and what it does to stock.
#include <algorithm>

#include "core/call.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

constexpr std::string_view kAttributes = "/attributes/";
constexpr std::string_view kAvailability = "fulfillment_availability";
constexpr int kMaxLeadTimeDays = 30;

enum class PatchOp { kAdd, kReplace, kMerge, kDelete };

struct Patch {
  PatchOp op;
  std::string attribute;
  json::array value;
};

// What a valid element of fulfillment_availability says about the merchant channel.
struct Availability {
  std::string channel;
  std::optional<std::int64_t> quantity;
  std::optional<int> lead_time_days;
  std::optional<std::string> restock_date;
};

// A listing refused for its content: HTTP 200, status INVALID.
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

Patch ReadPatch(const json::value& element) {
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
    if (!value->is_array()) RefuseInput("'value' must be a list.");
    patch.value = value->get_array();
    if (!std::all_of(patch.value.begin(), patch.value.end(), [](const json::value& v) { return v.is_object(); })) {
      RefuseInput("Every element of 'value' must be an object.");
    }
  } else if (patch.op != PatchOp::kDelete) {
    RefuseInput("'value' is required.");
  }
  return patch;
}

std::vector<Patch> ReadPatches(const Request& request) {
  const json::object body = ReadBodyObject(request);
  const json::value* product_type = body.if_contains("productType");
  if (!product_type || !product_type->is_string() || product_type->get_string().empty()) {
    RefuseInput("'productType' is required.");
  }
  const json::value* patches = body.if_contains("patches");
  if (!patches || !patches->is_array() || patches->get_array().empty()) RefuseInput("'patches' needs an element.");
  std::vector<Patch> read;
  for (const json::value& element : patches->get_array()) read.push_back(ReadPatch(element));
  return read;
}

std::optional<std::int64_t> WholeNumber(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_uint64() && value.get_uint64() <= INT64_MAX) return static_cast<std::int64_t>(value.get_uint64());
  return std::nullopt;
}

// Reads one element, adding an issue for each thing wrong with it.
Availability ReadAvailability(const json::object& element, json::array& issues) {
  Availability read;
  const json::value* channel = element.if_contains("fulfillment_channel_code");
  if (!channel || !channel->is_string() || channel->get_string().empty()) {
    issues.push_back(IssueJson("90220",
                               "The field 'fulfillment_channel_code' for the attribute 'fulfillment_availability' does "
                               "not have enough values. The required minimum is '1' value(s).",
                               "MISSING_ATTRIBUTE"));
    return read;
  }
  read.channel = channel->get_string();
  if (read.channel != "DEFAULT" && read.channel.rfind("AMAZON_", 0) != 0) {
    issues.push_back(
        IssueJson("90244", "'" + read.channel + "' is not a fulfillment_channel_code.", "INVALID_ATTRIBUTE"));
  }
  if (const json::value* quantity = element.if_contains("quantity")) {
    read.quantity = WholeNumber(*quantity);
    if (!read.quantity || *read.quantity < 0) {
      issues.push_back(IssueJson("90117", "'quantity' must be a whole number of 0 or more.", "INVALID_ATTRIBUTE"));
    }
  }
  if (const json::value* lead = element.if_contains("lead_time_to_ship_max_days")) {
    const auto days = WholeNumber(*lead);
    if (!days || *days < 0 || *days > kMaxLeadTimeDays) {
      issues.push_back(
          IssueJson("90117", "'lead_time_to_ship_max_days' must be between 0 and 30.", "INVALID_ATTRIBUTE"));
    } else {
      read.lead_time_days = static_cast<int>(*days);
    }
  }
  if (const json::value* date = element.if_contains("restock_date")) {
    if (!date->is_string() || !IsCalendarDate(date->get_string())) {
      issues.push_back(IssueJson("90117", "'restock_date' must be YYYY-MM-DD.", "INVALID_ATTRIBUTE"));
    } else {
      read.restock_date = std::string(date->get_string());
    }
  }
  return read;
}

void ApplyToMerchantChannel(Call& call, Listing& listing, PatchOp op, const Availability& wanted,
                            const std::string& submission_id) {
  // Amazon takes it, and the units in its warehouse are stranded behind a merchant offer.
  if (listing.fba && op != PatchOp::kDelete) {
    call.ledger.AddFbaViolation({call.now, &call.book.seller_id(), listing.sku, wanted.quantity, submission_id});
  }
  const bool keeps_rest = op == PatchOp::kMerge;
  const auto quantity = op == PatchOp::kDelete ? std::nullopt
                        : wanted.quantity      ? wanted.quantity
                        : keeps_rest           ? listing.quantity
                                               : std::nullopt;
  const auto lead_time = wanted.lead_time_days ? wanted.lead_time_days
                         : keeps_rest          ? listing.lead_time_days
                                               : std::nullopt;
  const std::string restock = wanted.restock_date ? *wanted.restock_date : keeps_rest ? listing.restock_date : "";
  const bool rest_changed = lead_time != listing.lead_time_days || restock != listing.restock_date;
  if (quantity == listing.quantity && !rest_changed) call.ledger.CountRedundantPatch();
  listing.lead_time_days = lead_time;
  listing.restock_date = restock;
  if (quantity != listing.quantity) {
    call.book.SetQuantity(listing, quantity, QuantityCause::kPatch, submission_id, call.now);
  } else if (rest_changed) {
    call.book.TouchListing(listing, call.now);
  }
}

void ApplyOtherAttribute(Call& call, Listing& listing, const Patch& patch) {
  if (patch.op == PatchOp::kDelete) {
    listing.other_attributes.erase(patch.attribute);
  } else if (patch.attribute == "item_name" && !patch.value.empty()) {
    const json::value* value = patch.value[0].get_object().if_contains("value");
    if (value && value->is_string()) listing.title = value->get_string();
  } else {
    listing.other_attributes[patch.attribute] = json::serialize(patch.value);
  }
  call.book.TouchListing(listing, call.now);
}

json::array IdentifiersJson(const Listing& listing, const std::vector<const Marketplace*>& marketplaces) {
  json::array identifiers;
  for (const Marketplace* marketplace : marketplaces) {
    identifiers.push_back({{"marketplaceId", marketplace->id}, {"asin", listing.asin}});
  }
  return identifiers;
}

}  // namespace

Response PatchListingsItem(Call& call) {
  const Query& query = call.target.query;
  const auto marketplaces = ReadMarketplaces(call);
  if (marketplaces.empty()) RefuseInput("'marketplaceIds' is required.");
  auto blocks = ReadEnumList(query, "includedData", {"identifiers", "issues"});
  if (blocks.empty()) blocks.emplace_back("issues");
  ReadEnumList(query, "mode", {"VALIDATION_PREVIEW"});
  const bool preview = query.Has("mode");
  const std::vector<Patch> patches = ReadPatches(call.request);

  json::array issues;
  std::vector<std::vector<Availability>> wanted(patches.size());
  for (std::size_t i = 0; i < patches.size(); ++i) {
    if (patches[i].attribute != kAvailability) continue;
    for (const json::value& element : patches[i].value) {
      wanted[i].push_back(ReadAvailability(element.get_object(), issues));
    }
  }
  const bool valid = issues.empty();
  const std::string& sku = call.target.segments.back();
  const std::string submission_id = MakeUuid(call.rng);
  Listing* listing = call.book.FindListing(sku);

  if (valid && !preview) {
    // Amazon accepts a patch for a SKU it has never heard of, without an issue: an offer that waits for its product.
    if (!listing) call.ledger.CountUnknownSkuPatch();
    for (std::size_t i = 0; listing && i < patches.size(); ++i) {
      if (patches[i].attribute != kAvailability) {
        ApplyOtherAttribute(call, *listing, patches[i]);
        continue;
      }
      for (const Availability& each : wanted[i]) {
        if (each.channel == "DEFAULT") ApplyToMerchantChannel(call, *listing, patches[i].op, each, submission_id);
      }
      if (patches[i].op == PatchOp::kDelete && wanted[i].empty()) {
        ApplyToMerchantChannel(call, *listing, PatchOp::kDelete, {}, submission_id);
      }
    }
  }

  json::object body{{"sku", sku},
                    {"status", !valid    ? "INVALID"
                               : preview ? "VALID"
                                         : "ACCEPTED"},
                    {"submissionId", submission_id}};
  for (const std::string& block : blocks) {
    if (block == "issues") body["issues"] = issues;
    if (block == "identifiers" && listing) body["identifiers"] = IdentifiersJson(*listing, marketplaces);
  }
  return JsonAnswer(200, body);
}

}  // namespace amazon_sim
