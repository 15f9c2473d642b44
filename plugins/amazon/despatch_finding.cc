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

bool IsSame(const pb::DespatchIntent& intent, const pb::Package& package) {
  return Plain(package.tracking_number()) == Plain(intent.tracking_number()) &&
         (package.lines().empty() || UnitsOf(package.lines()) == UnitsOf(intent.lines()));
}

bool IsOwn(const pb::DespatchIntent& intent, const pb::Package& package) {
  if (package.external_id() == std::to_string(intent.package_number())) return true;
  return std::any_of(intent.own_package_numbers().begin(), intent.own_package_numbers().end(),
                     [&](int64_t number) { return package.external_id() == std::to_string(number); });
}

const pb::OrderLine* FindLine(const pb::Order& order, const std::string& id) {
  const auto found = std::find_if(order.lines().begin(), order.lines().end(),
                                  [&](const pb::OrderLine& line) { return line.external_id() == id; });
  return found == order.lines().end() ? nullptr : &*found;
}

// A line that has fewer units left than the intent means to ship; null = all have enough. Of what is gone nothing says
// with which package it went.
const pb::PackageLine* ShortLine(const pb::DespatchIntent& intent, const pb::Order& order) {
  for (const pb::PackageLine& line : intent.lines()) {
    const pb::OrderLine* there = FindLine(order, line.external_line_id());
    if (there == nullptr) return &line;
    if (there->quantity() - there->quantity_shipped() - there->quantity_cancelled() < line.quantity()) return &line;
  }
  return nullptr;
}

// A line of which the packages of others that show hold so many units that the intent's are not left; null = none.
const pb::PackageLine* LineHeldByOthers(const pb::DespatchIntent& intent, const pb::Order& order) {
  Units held;
  for (const pb::Package& package : order.packages()) {
    if (IsOwn(intent, package)) continue;
    for (const auto& [line, units] : UnitsOf(package.lines())) held[line] += units;
  }
  for (const pb::PackageLine& line : intent.lines()) {
    const pb::OrderLine* there = FindLine(order, line.external_line_id());
    const auto by_others = held.find(line.external_line_id());
    if (there == nullptr || by_others == held.end()) continue;
    if (there->quantity() - there->quantity_cancelled() - by_others->second < line.quantity()) return &line;
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
    if (package.external_id() != number) continue;
    if (IsSame(intent, package)) return Say(intent, Finding::STATE_CONFIRMED, "package " + number + " is there");
    // An edit that arrived may show late, too.
    return Say(intent, certain ? Finding::STATE_OTHER_DATA : Finding::STATE_UNDECIDED,
               "package " + number + " is there with other data");
  }
  for (const pb::Package& package : order.packages()) {
    if (!intent.tracking_number().empty() && !IsOwn(intent, package) && IsSame(intent, package)) {
      return Say(intent, Finding::STATE_CONFIRMED,
                 "somebody else has confirmed it as package " + package.external_id() + ", with the same data");
    }
  }
  if (order.status() == pb::ORDER_STATUS_CANCELLED) {
    return Say(intent, Finding::STATE_ORDER_GONE, "the order is cancelled");
  }
  if (const pb::PackageLine* line = LineHeldByOthers(intent, order)) {
    return Say(intent, Finding::STATE_OTHER_DATA,
               "packages of others hold units of line " + line->external_line_id() + " that this package holds");
  }
  if (!certain) return Say(intent, Finding::STATE_UNDECIDED, "package " + number + " does not show yet");
  if (const pb::PackageLine* line = ShortLine(intent, order)) {
    return Say(intent, Finding::STATE_OTHER_DATA,
               "line " + line->external_line_id() + " has fewer units left than this package holds");
  }
  return Say(intent, Finding::STATE_ABSENT, "package " + number + " is not there");
}

}  // namespace

Finding FindPackage(const pb::DespatchIntent& intent, const pb::Order* order, bool certain) {
  if (order == nullptr) return Say(intent, Finding::STATE_ORDER_GONE, "Amazon does not know the order");
  Finding finding = Judge(intent, *order, certain);
  *finding.mutable_packages() = order->packages();
  return finding;
}

bool ShowsNumber(const pb::DespatchIntent& intent, const Finding& finding) {
  return std::any_of(finding.packages().begin(), finding.packages().end(), [&](const pb::Package& package) {
    return package.external_id() == std::to_string(intent.package_number());
  });
}

}  // namespace quayside::amazon
