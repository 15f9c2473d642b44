#include "host/orders/order_check.h"

#include <set>

#include "host/base/text.h"

namespace quayside {
namespace {

constexpr int kMaxLines = 10'000;
constexpr size_t kMaxIdBytes = 256;

}  // namespace

std::string ProblemOf(const quayside::plugin::v1::Order& order) {
  if (order.external_id().empty() || order.external_id().size() > kMaxIdBytes) return "the order has no usable id";
  if (order.marketplace().empty()) return "the order names no marketplace";
  if (order.updated_us() <= 0) return "the order has no time of change";
  if (order.lines_size() > kMaxLines) return Concat("the order has more than ", kMaxLines, " lines");
  std::set<std::string> ids;
  for (const auto& line : order.lines()) {
    if (line.external_id().empty()) return "a line has no id";
    if (!ids.insert(line.external_id()).second) return "two lines have the same id";
    if (line.quantity() < 0 || line.quantity_shipped() < 0 || line.quantity_cancelled() < 0)
      return "a line has a negative quantity";
  }
  return "";
}

}  // namespace quayside
