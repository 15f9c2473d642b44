#include "despatch_finding.h"

#include <algorithm>
#include <map>
#include <string>

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using Finding = pb::DespatchFinding;
using Units = std::map<std::string, int64_t>;

Units UnitsOf(const google::protobuf::RepeatedPtrField<pb::PackageLine>& lines) {
  Units units;
  for (const pb::PackageLine& line : lines) units[line.external_line_id()] += line.quantity();
  return units;
}

// Tracking numbers are compared as people write them: without spaces, in any case.
std::string Plain(const std::string& tracking) {
  std::string plain;
  for (const char c : tracking) {
    if (c == ' ' || c == '-') continue;
    plain += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return plain;
}

bool IsOurs(const pb::DespatchIntent& intent, const pb::Package& package) {
  return Plain(package.tracking_number()) == Plain(intent.tracking_number()) &&
         (package.lines().empty() || UnitsOf(package.lines()) == UnitsOf(intent.lines()));
}

// A line of the intent that has fewer units left than it means to ship; null = all have enough.
const pb::PackageLine* ShortLine(const pb::DespatchIntent& intent, const pb::Order& order) {
  for (const pb::PackageLine& line : intent.lines()) {
    const auto found = std::find_if(order.lines().begin(), order.lines().end(), [&](const pb::OrderLine& candidate) {
      return candidate.external_id() == line.external_line_id();
    });
    if (found == order.lines().end()) return &line;
    if (found->quantity() - found->quantity_shipped() - found->quantity_cancelled() < line.quantity()) return &line;
  }
  return nullptr;
}

Finding Say(const pb::DespatchIntent& intent, Finding::State state, std::string message) {
  Finding finding;
  finding.set_intent_id(intent.intent_id());
  finding.set_state(state);
  finding.set_message(std::move(message));
  return finding;
}

Finding Judge(const pb::DespatchIntent& intent, const pb::Order& order, bool certain) {
  const std::string number = std::to_string(intent.package_number());
  for (const pb::Package& package : order.packages()) {
    if (package.external_id() == number) {
      return IsOurs(intent, package)
                 ? Say(intent, Finding::STATE_CONFIRMED, "package " + number + " is there")
                 : Say(intent, Finding::STATE_OTHER_DATA, "package " + number + " is there with other data");
    }
  }
  for (const pb::Package& package : order.packages()) {
    if (!intent.tracking_number().empty() && IsOurs(intent, package)) {
      return Say(intent, Finding::STATE_CONFIRMED,
                 "somebody else has confirmed it as package " + package.external_id() + ", with the same data");
    }
  }
  if (order.status() == pb::ORDER_STATUS_CANCELLED) {
    return Say(intent, Finding::STATE_ORDER_GONE, "the order is cancelled");
  }
  if (const pb::PackageLine* line = ShortLine(intent, order)) {
    return Say(intent, Finding::STATE_OTHER_DATA,
               "line " + line->external_line_id() + " has fewer units left than this package holds");
  }
  return certain ? Say(intent, Finding::STATE_ABSENT, "package " + number + " is not there")
                 : Say(intent, Finding::STATE_UNDECIDED, "package " + number + " does not show yet");
}

}  // namespace

Finding FindPackage(const pb::DespatchIntent& intent, const pb::Order* order, bool certain) {
  if (order == nullptr) return Say(intent, Finding::STATE_ORDER_GONE, "Amazon does not know the order");
  Finding finding = Judge(intent, *order, certain);
  *finding.mutable_packages() = order->packages();
  return finding;
}

}  // namespace quayside::amazon
