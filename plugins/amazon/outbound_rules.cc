#include "outbound_rules.h"

#include <algorithm>
#include <set>

#include "settings.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;

constexpr size_t kMaxOrderId = 40;
constexpr size_t kMaxLineId = 50;
constexpr int kMaxLines = 100;
constexpr int64_t kMaxUnits = 250;

bool IsId(const std::string& text, size_t longest) {
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::optional<OutboundProblem> ProblemOfAddress(const pb::Address& address) {
  const char* missing = address.name().empty()                                     ? "a name"
                        : address.lines_size() == 0 || address.lines(0).empty()    ? "a street"
                        : address.postal_code().empty()                            ? "a postal code"
                        : address.country_code().empty()                           ? "a country"
                        : address.city().empty() && address.country_code() != "JP" ? "a city"
                                                                                   : nullptr;
  if (missing == nullptr) return std::nullopt;
  return OutboundProblem{"ADDRESS_INCOMPLETE", std::string("The delivery address lacks ") + missing + "."};
}

}  // namespace

std::optional<OutboundProblem> ProblemOf(const pb::OutboundOrder& order) {
  const auto marketplace = FindMarketplace(order.marketplace());
  if (!marketplace) return OutboundProblem{"MARKETPLACE_MISSING", "The order names no marketplace of Amazon's."};
  if (!IsId(order.outbound_id(), kMaxOrderId))
    return OutboundProblem{"OUTBOUND_ID_INVALID", "An id is 1 to 40 letters, digits and hyphens."};
  if (auto problem = ProblemOfAddress(order.ship_to())) return problem;
  if (order.lines().empty() || order.lines_size() > kMaxLines)
    return OutboundProblem{"LINES_INVALID", "An outbound order has 1 to 100 lines."};
  std::set<std::string> ids;
  int64_t units = 0;
  for (const pb::OutboundLine& line : order.lines()) {
    if (!IsId(line.line_id(), kMaxLineId) || !ids.insert(line.line_id()).second)
      return OutboundProblem{"LINES_INVALID", "A line's id is 1 to 50 letters, digits and hyphens, once in the order."};
    if (line.sku().empty() || line.quantity() < 1)
      return OutboundProblem{"LINES_INVALID", "Line " + line.line_id() + " has no SKU or no units."};
    if (line.has_declared_value() && line.declared_value().currency_code() != marketplace->currency_code) {
      return OutboundProblem{"CURRENCY_MISMATCH", "Line " + line.line_id() + " is declared in " +
                                                      line.declared_value().currency_code() + ", " + marketplace->name +
                                                      " wants " + marketplace->currency_code + "."};
    }
    units += line.quantity();
  }
  if (units > kMaxUnits) return OutboundProblem{"LINES_INVALID", "An outbound order has 250 units at most."};
  return std::nullopt;
}

}  // namespace quayside::amazon
