#include "host/base/names.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "host/base/errors.h"
#include "host/base/utf8.h"

namespace quayside {
namespace {

constexpr size_t kMaxSkuBytes = 256;
constexpr size_t kMaxHashBytes = 64;

absl::Status InvalidName(std::string_view field, const std::string& form) {
  return MakeFieldError(Reason::kInvalidName, {{std::string(field), "must have the form " + form}});
}

// The part after "{collection}/" when it is one segment.
std::optional<std::string_view> SegmentOf(std::string_view name, std::string_view collection) {
  if (!name.starts_with(collection)) return std::nullopt;
  name.remove_prefix(collection.size());
  if (!name.starts_with('/')) return std::nullopt;
  name.remove_prefix(1);
  if (name.empty() || name.find('/') != std::string_view::npos) return std::nullopt;
  return name;
}

absl::StatusOr<std::string> ParseChosen(std::string_view name, std::string_view collection, std::string_view field) {
  const auto id = SegmentOf(name, collection);
  if (!id.has_value() || !IsChosenId(*id)) {
    return InvalidName(field, "'" + std::string(collection) + "/{id}', the id [a-z][a-z0-9-]{0,62}");
  }
  return std::string(*id);
}

absl::StatusOr<int64_t> ParseNumbered(std::string_view name, std::string_view collection, std::string_view field) {
  const auto id = SegmentOf(name, collection);
  int64_t number = 0;
  // Digits only: SimpleAtoi also takes signs and spaces, which would give one thing two names.
  const bool plain = id.has_value() && std::all_of(id->begin(), id->end(), absl::ascii_isdigit) && id->front() != '0';
  if (!plain || !absl::SimpleAtoi(std::string(*id), &number)) {
    return InvalidName(field, "'" + std::string(collection) + "/{number}'");
  }
  return number;
}

bool IsUnreserved(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' || c == '~';
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    uint32_t byte = 0;
    if (i + 2 >= text.size() || !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2])) ||
        !absl::SimpleHexAtoi(std::string(text.substr(i + 1, 2)), &byte)) {
      return std::nullopt;
    }
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

}  // namespace

bool IsChosenId(std::string_view id) {
  if (id.empty() || id.size() > 63 || !absl::ascii_islower(static_cast<unsigned char>(id.front()))) return false;
  return std::all_of(id.begin(), id.end(),
                     [](unsigned char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; });
}

std::string PluginName(std::string_view id) { return std::string("plugins/").append(id); }
std::string AccountName(std::string_view id) { return std::string("accounts/").append(id); }
std::string ChannelName(std::string_view id) { return std::string("channels/").append(id); }
std::string LocationName(std::string_view id) { return std::string("locations/").append(id); }
std::string LaneName(std::string_view id) { return std::string("lanes/").append(id); }
std::string RunName(int64_t id) { return absl::StrCat("runs/", id); }
std::string OperationName(int64_t id) { return absl::StrCat("operations/", id); }
std::string OrderName(int64_t id) { return absl::StrCat("orders/", id); }
std::string ItemName(int64_t id) { return absl::StrCat("items/", id); }
std::string DocumentName(int64_t id) { return absl::StrCat("documents/", id); }
std::string DeadLetterName(int64_t id) { return absl::StrCat("deadLetters/", id); }
std::string PostalMethodName(std::string_view id) { return std::string("postalMethods/").append(id); }
std::string DespatchName(int64_t order_id, int32_t number) {
  return absl::StrCat(OrderName(order_id), "/despatches/", number);
}
std::string PostSaleName(int64_t order_id, int32_t number) {
  return absl::StrCat(OrderName(order_id), "/postSaleActions/", number);
}

std::string AllocationName(int64_t order_id, int32_t number) {
  return absl::StrCat(OrderName(order_id), "/allocations/", number);
}

std::string PlanName(std::string_view channel_id, std::string_view hash) {
  return ChannelName(channel_id) + "/plans/" + std::string(hash);
}
std::string ListingName(std::string_view channel_id, std::string_view sku) {
  std::string name = ChannelName(channel_id) + "/listings/";
  for (const char c : sku) {
    if (IsUnreserved(c)) {
      name += c;
    } else {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      (((name += '%') += kDigits[byte >> 4]) += kDigits[byte & 15]);
    }
  }
  return name;
}

absl::StatusOr<std::string> ParsePluginName(std::string_view name, std::string_view field) {
  const auto id = SegmentOf(name, "plugins");
  const bool good = id.has_value() && id->size() >= 2 && id->size() <= 32 &&
                    absl::ascii_islower(static_cast<unsigned char>(id->front())) &&
                    std::all_of(id->begin(), id->end(), [](unsigned char c) {
                      return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_';
                    });
  if (!good) return InvalidName(field, "'plugins/{id}', the id [a-z][a-z0-9_-]{1,31}");
  return std::string(*id);
}

absl::StatusOr<std::string> ParseAccountName(std::string_view name, std::string_view field) {
  return ParseChosen(name, "accounts", field);
}
absl::StatusOr<std::string> ParseChannelName(std::string_view name, std::string_view field) {
  return ParseChosen(name, "channels", field);
}
absl::StatusOr<std::string> ParseLocationName(std::string_view name, std::string_view field) {
  return ParseChosen(name, "locations", field);
}

absl::StatusOr<std::string> ParseLaneName(std::string_view name, std::string_view field) {
  const auto id = SegmentOf(name, "lanes");
  const std::vector<std::string> parts =
      id.has_value() ? absl::StrSplit(std::string(*id), '.') : std::vector<std::string>();
  const bool good = (parts.size() == 2 || parts.size() == 3) &&
                    std::all_of(parts.begin(), parts.end(), [](const auto& part) { return IsChosenId(part); });
  if (!good) return InvalidName(field, "'lanes/{account}.{job}' or 'lanes/{account}.{channel}.{job}'");
  return std::string(*id);
}

absl::StatusOr<int64_t> ParseRunName(std::string_view name, std::string_view field) {
  return ParseNumbered(name, "runs", field);
}
absl::StatusOr<int64_t> ParseOperationName(std::string_view name, std::string_view field) {
  return ParseNumbered(name, "operations", field);
}
absl::StatusOr<int64_t> ParseOrderName(std::string_view name, std::string_view field) {
  return ParseNumbered(name, "orders", field);
}
absl::StatusOr<int64_t> ParseItemName(std::string_view name, std::string_view field) {
  return ParseNumbered(name, "items", field);
}
absl::StatusOr<int64_t> ParseDeadLetterName(std::string_view name, std::string_view field) {
  return ParseNumbered(name, "deadLetters", field);
}

absl::StatusOr<std::string> ParsePostalMethodName(std::string_view name, std::string_view field) {
  return ParseChosen(name, "postalMethods", field);
}

namespace {

// "orders/{number}/{collection}/{number}"
absl::StatusOr<DespatchKey> ParsePartOfOrder(std::string_view name, std::string_view collection,
                                             std::string_view field) {
  const size_t middle = name.find(absl::StrCat("/", std::string(collection), "/"));
  if (middle != std::string_view::npos) {
    const auto order = ParseOrderName(name.substr(0, middle), field);
    const auto number = ParseNumbered(name.substr(middle + 1), collection, field);
    if (order.ok() && number.ok() && *number <= std::numeric_limits<int32_t>::max())
      return DespatchKey{*order, static_cast<int32_t>(*number)};
  }
  return InvalidName(field, absl::StrCat("'orders/{number}/", std::string(collection), "/{number}'"));
}

}  // namespace

absl::StatusOr<DespatchKey> ParseDespatchName(std::string_view name, std::string_view field) {
  return ParsePartOfOrder(name, "despatches", field);
}

absl::StatusOr<DespatchKey> ParsePostSaleName(std::string_view name, std::string_view field) {
  return ParsePartOfOrder(name, "postSaleActions", field);
}

absl::StatusOr<PlanKey> ParsePlanName(std::string_view name, std::string_view field) {
  const std::string form = "'channels/{channel}/plans/{hash}'";
  constexpr std::string_view kMiddle = "/plans/";
  const size_t middle = name.find(kMiddle);
  if (middle == std::string_view::npos) return InvalidName(field, form);
  const auto channel = ParseChannelName(name.substr(0, middle), field);
  const std::string_view hash = name.substr(middle + kMiddle.size());
  const bool good = !hash.empty() && hash.size() <= kMaxHashBytes &&
                    std::all_of(hash.begin(), hash.end(), [](unsigned char c) { return absl::ascii_isxdigit(c); });
  if (!channel.ok() || !good) return InvalidName(field, form);
  return PlanKey{*channel, std::string(hash)};
}

absl::StatusOr<ListingKey> ParseListingName(std::string_view name, std::string_view field) {
  const std::string form = "'channels/{channel}/listings/{sku}', the SKU percent-encoded";
  constexpr std::string_view kMiddle = "/listings/";
  const size_t middle = name.find(kMiddle);
  if (middle == std::string_view::npos) return InvalidName(field, form);
  const auto channel = ParseChannelName(name.substr(0, middle), field);
  const std::string_view encoded = name.substr(middle + kMiddle.size());
  const auto sku = PercentDecode(encoded);
  if (!channel.ok() || encoded.find('/') != std::string_view::npos || !sku.has_value() || sku->empty() ||
      sku->size() > kMaxSkuBytes || !IsUtf8(*sku)) {
    return InvalidName(field, form);
  }
  return ListingKey{*channel, *sku};
}

}  // namespace quayside
