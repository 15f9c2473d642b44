#include "host/orders/despatch_rules.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"

namespace quayside {
namespace {

absl::Status NotDespatchable(const OrderRecord& order, std::string_view why) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kOrderNotDespatchable,
                   Concat("order ", order.external_id, " cannot be despatched: ", why),
                   {{"resource", OrderName(order.id)}});
}

}  // namespace

int32_t UnitsLeft(const OrderLineRecord& line) { return std::max(0, line.quantity - line.shipped - line.cancelled); }

std::string PlainTracking(std::string_view tracking) {
  std::string plain;
  for (const char c : tracking) {
    if (c != ' ' && c != '-') plain += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return plain;
}

bool SameLines(std::vector<DespatchLine> some, std::vector<DespatchLine> others) {
  const auto by_id = [](const DespatchLine& a, const DespatchLine& b) { return a.external_id < b.external_id; };
  std::sort(some.begin(), some.end(), by_id);
  std::sort(others.begin(), others.end(), by_id);
  return some == others;
}

std::vector<DespatchLine> AllThatIsLeft(const std::vector<OrderLineRecord>& lines) {
  std::vector<DespatchLine> left;
  for (const OrderLineRecord& line : lines) {
    if (UnitsLeft(line) > 0) left.push_back({line.external_id, UnitsLeft(line)});
  }
  return left;
}

absl::Status CheckDespatchable(const OrderRecord& order, const std::vector<OrderLineRecord>& lines) {
  if (order.fulfilment == Fulfilment::kMarketplace) {
    return NotDespatchable(order, "the marketplace's warehouse ships it");
  }
  switch (order.state) {
    case OrderState::kPending:
      return NotDespatchable(order, "it is not paid yet; wait until it is open");
    case OrderState::kCancelled:
      return NotDespatchable(order, "it is cancelled");
    case OrderState::kHeld:
      return NotDespatchable(order,
                             "its status at the marketplace is not known to this version; look at it there first");
    case OrderState::kOpen:
    case OrderState::kPartlyDespatched:
    case OrderState::kDespatched:
      break;
  }
  if (AllThatIsLeft(lines).empty()) {
    return NotDespatchable(order, "nothing of it is left; to change a package that left, name its number");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<OrderLineRecord>> WithoutUnits(std::vector<OrderLineRecord> lines,
                                                          const std::vector<DespatchLine>& gone,
                                                          const std::string& field) {
  std::vector<FieldViolation> violations;
  std::set<std::string> named;
  for (size_t i = 0; i < gone.size(); ++i) {
    const std::string at = Concat(field, ".lines[", i, "]");
    const auto line = std::find_if(lines.begin(), lines.end(), [&](const OrderLineRecord& candidate) {
      return candidate.external_id == gone[i].external_id;
    });
    if (line == lines.end()) {
      violations.push_back({Concat(at, ".line"), Concat("the order has no line '", gone[i].external_id, "'")});
    } else if (!named.insert(gone[i].external_id).second) {
      violations.push_back({Concat(at, ".line"), "is named twice in one package"});
    } else if (gone[i].quantity < 1 || gone[i].quantity > UnitsLeft(*line)) {
      violations.push_back({Concat(at, ".quantity"), UnitsLeft(*line) == 0
                                                         ? std::string("nothing of the line is left")
                                                         : Concat("must be 1..", UnitsLeft(*line), ", which is left")});
    } else {
      line->shipped += gone[i].quantity;
    }
  }
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
  return lines;
}

int64_t UnitsThatLeft(const std::vector<DespatchRecord>& packages, std::string_view line, TimeUs since) {
  int64_t units = 0;
  for (const DespatchRecord& package : packages) {
    if (package.shipped_us < since) continue;
    for (const DespatchLine& gone : package.lines) {
      if (gone.external_id == line) units += gone.quantity;
    }
  }
  return units;
}

OrderState StateAfterDespatch(const std::vector<OrderLineRecord>& lines) {
  return AllThatIsLeft(lines).empty() ? OrderState::kDespatched : OrderState::kPartlyDespatched;
}

DespatchGate GateOf(const std::optional<ChannelRecord>& channel, bool offered) {
  if (!channel.has_value()) {
    return {DespatchState::kRejected, std::string(ReasonText(Reason::kChannelNotFound)),
            "the order's channel is not here (deleted, or never added); confirm it at the marketplace by hand"};
  }
  if (!channel->config.mark_as_despatched) {
    return {DespatchState::kNotRequired, "MARK_AS_DESPATCHED_OFF",
            Concat("mark_as_despatched of channel ", channel->id, " is off")};
  }
  if (!channel->enabled) {
    return {DespatchState::kRejected, "CHANNEL_DISABLED",
            Concat("channel ", channel->id, " is disabled; enable it and retry the package")};
  }
  if (!offered) {
    return {DespatchState::kWaiting, std::string(ReasonText(Reason::kContractNotOffered)),
            "the active version of the channel's plugin does not confirm despatches; it waits for one that does"};
  }
  return {};
}

bool IsOpen(DespatchState state) { return static_cast<int>(state) < static_cast<int>(DespatchState::kConfirmed); }

bool IsRetryable(DespatchState state) {
  return state == DespatchState::kWaiting || (!IsOpen(state) && state != DespatchState::kConfirmed);
}

}  // namespace quayside
