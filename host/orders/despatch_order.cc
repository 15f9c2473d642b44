#include "host/orders/despatch_order.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/orders/despatch_rules.h"
#include "host/orders/despatch_trail.h"
#include "host/orders/order_events.h"
#include "host/orders/order_rules.h"
#include "host/orders/outbound_order.h"
#include "host/orders/post_sale_rules.h"
#include "host/orders/shipping_mapping.h"

namespace quayside {
namespace {

std::string FieldOf(size_t wish) { return Concat("packages[", wish, "]"); }

absl::StatusOr<std::optional<ChannelRecord>> ChannelOf(ReadTx& tx, const std::string& channel_id) {
  if (channel_id.empty()) return std::optional<ChannelRecord>();
  absl::StatusOr<ChannelRecord> channel = tx.GetChannel(channel_id);
  if (absl::IsNotFound(channel.status())) return std::optional<ChannelRecord>();
  if (!channel.ok()) return channel.status();
  return std::optional<ChannelRecord>(*std::move(channel));
}

absl::Status CheckCarrier(const DespatchRecord& package, const OrderRecord& order) {
  if (package.state != DespatchState::kWaiting || !package.carrier_code.empty() || !package.carrier_name.empty())
    return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kCarrierMissing,
                   Concat("nobody knows who carries the package: name a carrier or a postal method, or map service '",
                          order.service_level, "' of channel ", order.channel_id),
                   {{"resource", OrderName(order.id)}});
}

absl::Status CloseDeadLetter(Tx& tx, TimeUs now, DespatchRecord& package) {
  const int64_t letter_id = std::exchange(package.dead_letter_id, 0);
  if (letter_id == 0) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(std::vector<DeadLetterRecord> found,
                      tx.ListDeadLetters({.before_id = letter_id + 1, .limit = 1}));
  // Somebody may have settled it already.
  if (found.empty() || found.front().id != letter_id || found.front().state != DeadLetterState::kOpen)
    return absl::OkStatus();
  found.front().state = DeadLetterState::kRetried;
  found.front().last_seen_us = now;
  return tx.PutDeadLetter(found.front());
}

// Somebody wants it to be confirmed, as it is now: everything begins anew.
void StartAnew(const DespatchGate& gate, std::string_view reason, TimeUs now, DespatchRecord& package) {
  package.state = gate.state;
  package.reason = gate.reason.empty() ? std::string(reason) : gate.reason;
  package.message = gate.message;
  package.due_us = now;
  package.looked_us = 0;
  package.attempts = 0;
  package.failures = 0;
  package.updated_us = now;
}

class Processing {
 public:
  explicit Processing(const DespatchInputs& in) : in_(in) {}

  absl::StatusOr<DespatchedOrder> Run(int64_t order_id, const std::vector<PackageWish>& wishes);

 private:
  // Finds the package that each wish names or repeats.
  absl::Status Match(const std::vector<PackageWish>& wishes);
  absl::StatusOr<std::optional<size_t>> PackageOf(const PackageWish& wish);
  absl::Status Check(const std::vector<PackageWish>& wishes);
  absl::StatusOr<DespatchRecord> MakePackage(const PackageWish& wish, const std::string& field);
  absl::StatusOr<DespatchRecord> Edit(DespatchRecord package, const PackageWish& wish);
  absl::Status SetCarrier(const PackageWish& wish, std::string method, bool asked_for, DespatchRecord& package);
  // An id under whose number at the marketplace the order has no package yet.
  int64_t NextId();
  absl::Status SettleStock();
  void GiveBackSpokenFor();

  const DespatchInputs& in_;
  DespatchedOrder out_;
  std::vector<OrderLineRecord> lines_before_;
  std::vector<DespatchRecord> known_;           // those of before, then those made here
  std::vector<std::optional<size_t>> matches_;  // by wish: which of known_; nullopt = a new one
  std::optional<ChannelRecord> channel_;
};

// Only packages of before, each for one wish: two wishes of one request are two packages, however alike. So are two
// that a warehouse tells of, under names of its own: whoever asks for it knows which it was told of before.
absl::StatusOr<std::optional<size_t>> Processing::PackageOf(const PackageWish& wish) {
  if (in_.by_centre) return std::optional<size_t>();
  for (size_t i = 0; i < known_.size(); ++i) {
    const DespatchRecord& package = known_[i];
    if (wish.number != 0) {
      if (package.number == wish.number) return std::optional(i);
      continue;
    }
    if (std::find(matches_.begin(), matches_.end(), std::optional(i)) != matches_.end()) continue;
    if (wish.tracking.empty() || package.tracking.empty()) continue;
    const bool same_lines =
        wish.lines.empty() ? AllThatIsLeft(out_.lines).empty() : SameLines(wish.lines, package.lines);
    if (!same_lines) continue;
    QS_ASSIGN_OR_RETURN(const std::string tracking, OpenTracking(in_.cipher, package));
    if (PlainTracking(tracking) == PlainTracking(wish.tracking)) return std::optional(i);
  }
  return std::optional<size_t>();
}

absl::Status Processing::Match(const std::vector<PackageWish>& wishes) {
  for (const PackageWish& wish : wishes) {
    QS_ASSIGN_OR_RETURN(const std::optional<size_t> match, PackageOf(wish));
    matches_.push_back(match);
  }
  return absl::OkStatus();
}

absl::Status Processing::Check(const std::vector<PackageWish>& wishes) {
  std::vector<FieldViolation> violations;
  size_t fresh = 0;
  bool any_without_lines = false;
  for (size_t i = 0; i < wishes.size(); ++i) {
    const PackageWish& wish = wishes[i];
    const std::string field = FieldOf(i);
    const DespatchRecord* known = matches_[i].has_value() ? &known_[*matches_[i]] : nullptr;
    if (known == nullptr && wish.number != 0) {
      violations.push_back({Concat(field, ".number"), Concat("the order has no package ", wish.number)});
    } else if (known != nullptr && !wish.lines.empty() && !SameLines(wish.lines, known->lines)) {
      violations.push_back({Concat(field, ".lines"), "what left in a package cannot be changed; leave them out"});
    } else if (known == nullptr) {
      ++fresh;
      any_without_lines = any_without_lines || wish.lines.empty();
    }
    if (wish.shipped_us > in_.now) violations.push_back({Concat(field, ".ship_time"), "must not be in the future"});
  }
  if (wishes.empty()) violations.push_back({"packages", "must name at least one package"});
  if (any_without_lines && fresh > 1) {
    violations.push_back({"packages", "each of several packages must name its lines"});
  }
  if (known_.size() + fresh > static_cast<size_t>(kMostPackages)) {
    violations.push_back({"packages", Concat("an order has at most ", kMostPackages, " packages")});
  }
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
  if (fresh == 0) return absl::OkStatus();
  if (AllThatIsLeft(out_.lines).empty() && !AllThatIsLeft(lines_before_).empty()) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, Reason::kOrderNotDespatchable,
        Concat("order ", out_.order.external_id, " cannot be despatched: all that is left of it is being cancelled"),
        {{"resource", OrderName(out_.order.id)}});
  }
  return CheckDespatchable(out_.order, out_.lines);
}

// Spoken for is not cancelled yet.
void Processing::GiveBackSpokenFor() {
  for (size_t i = 0; i < out_.lines.size(); ++i) out_.lines[i].cancelled = lines_before_[i].cancelled;
}

absl::Status Processing::SetCarrier(const PackageWish& wish, std::string method, bool asked_for,
                                    DespatchRecord& package) {
  package.postal_method.clear();
  CarrierAs carrier;
  if (!method.empty()) {
    absl::StatusOr<PostalMethodRecord> found = in_.tx.GetPostalMethod(method);
    // The order's own may be gone since it was looked up.
    if (absl::IsNotFound(found.status()) && !asked_for) {
      method = kDefaultPostalMethod;
      found = in_.tx.GetPostalMethod(method);
    }
    if (!found.ok()) return found.status();
    carrier = CarrierOf(*found, package.channel_id, in_.plugin_id);
    package.postal_method = std::move(method);
  }
  package.carrier_code = wish.carrier_code.empty() ? carrier.code : wish.carrier_code;
  package.carrier_name = wish.carrier_name.empty() ? carrier.name : wish.carrier_name;
  package.service_name = wish.service_name.empty() ? carrier.service : wish.service_name;
  return absl::OkStatus();
}

int64_t Processing::NextId() {
  const auto is_taken = [&](int64_t id) {
    return std::any_of(known_.begin(), known_.end(), [&](const DespatchRecord& package) {
      return PackageNumberThere(package.id) == PackageNumberThere(id);
    });
  };
  int64_t id = in_.ids.Next();
  while (is_taken(id)) id = in_.ids.Next();
  return id;
}

absl::StatusOr<DespatchRecord> Processing::MakePackage(const PackageWish& wish, const std::string& field) {
  DespatchRecord package;
  package.id = NextId();
  package.order_id = out_.order.id;
  package.number = known_.empty() ? 1 : known_.back().number + 1;
  package.account_id = out_.order.account_id;
  package.channel_id = out_.order.channel_id;
  package.lines = wish.lines.empty() ? AllThatIsLeft(out_.lines) : wish.lines;
  QS_ASSIGN_OR_RETURN(out_.lines, WithoutUnits(std::move(out_.lines), package.lines, field));
  QS_ASSIGN_OR_RETURN(package.tracking, SealTracking(in_.cipher, package.id, wish.tracking));
  package.shipped_us = wish.shipped_us > 0 ? wish.shipped_us : in_.now;
  const bool names_carrier = !wish.carrier_code.empty() || !wish.carrier_name.empty();
  std::string method = wish.postal_method;
  if (method.empty() && !names_carrier)
    method = out_.order.postal_method.empty() ? kDefaultPostalMethod : out_.order.postal_method;
  QS_RETURN_IF_ERROR(SetCarrier(wish, std::move(method), !wish.postal_method.empty(), package));
  const DespatchGate gate = GateOf(channel_, in_.offered);
  package.state = gate.state;
  package.reason = gate.reason;
  package.message = gate.message;
  package.due_us = in_.now;
  package.created_us = package.updated_us = in_.now;
  QS_RETURN_IF_ERROR(CheckCarrier(package, out_.order));
  known_.push_back(package);
  return package;
}

absl::StatusOr<DespatchRecord> Processing::Edit(DespatchRecord package, const PackageWish& wish) {
  const DespatchRecord before = package;
  if (package.channel_id.empty()) package.channel_id = out_.order.channel_id;
  QS_ASSIGN_OR_RETURN(const std::string tracking, OpenTracking(in_.cipher, package));
  // Named by its number, its tracking number can also be written otherwise.
  const bool same_tracking =
      wish.number != 0 ? wish.tracking == tracking : PlainTracking(wish.tracking) == PlainTracking(tracking);
  if (!wish.tracking.empty() && !same_tracking) {
    QS_ASSIGN_OR_RETURN(package.tracking, SealTracking(in_.cipher, package.id, wish.tracking));
  }
  if (wish.shipped_us > 0) package.shipped_us = wish.shipped_us;
  if (!wish.postal_method.empty()) {
    QS_RETURN_IF_ERROR(SetCarrier(wish, wish.postal_method, true, package));
  } else if (!wish.carrier_code.empty() || !wish.carrier_name.empty()) {
    // Another carrier does not mean another service.
    PackageWish carrier = wish;
    if (carrier.service_name.empty()) carrier.service_name = package.service_name;
    QS_RETURN_IF_ERROR(SetCarrier(carrier, "", false, package));
  } else if (!wish.service_name.empty()) {
    package.service_name = wish.service_name;
  }
  // Said again as it is: nothing follows.
  if (package == before) return package;
  ++package.version;
  package.updated_us = in_.now;
  // On its way: the edit follows when its outcome is known.
  const bool under_way = IsOpen(package.state) && package.state != DespatchState::kWaiting;
  if (!under_way) {
    StartAnew(GateOf(channel_, in_.offered), "EDITED", in_.now, package);
    QS_RETURN_IF_ERROR(CloseDeadLetter(in_.tx, in_.now, package));
  }
  QS_RETURN_IF_ERROR(CheckCarrier(package, out_.order));
  QS_RETURN_IF_ERROR(under_way ? in_.tx.PutDespatch(package) : TellDespatch(in_.tx, in_.now, package));
  return package;
}

// What was held is held no longer, and what left has left the level, once: `taken` remembers. A fulfilment centre's own
// figure is the marketplace's to lower.
absl::Status Processing::SettleStock() {
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, in_.tx.ListLocations());
  const bool at_centre = std::any_of(locations.begin(), locations.end(), [&](const LocationRecord& location) {
    return location.id == out_.order.location_id && location.fulfilment_centre;
  });
  std::set<std::string> accounts;
  for (size_t i = 0; i < out_.lines.size(); ++i) {
    OrderLineRecord& line = out_.lines[i];
    const OrderLineRecord& before = lines_before_[i];
    if (line.shipped == before.shipped) continue;
    line.reserved = ReservedUnits(out_.order.state, ReservesAs(out_.order), line);
    line.taken = TakenUnits(LeavesAs(out_.order), line);
    if (line.item_id == 0) continue;
    if (line.reserved != before.reserved) {
      QS_RETURN_IF_ERROR(
          in_.tx.AddReserved(line.item_id, out_.order.location_id, line.reserved - before.reserved, in_.now));
    }
    QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> levels, in_.tx.GetLevels(line.item_id));
    for (const LevelRecord& level : levels) {
      if (at_centre || level.location_id != out_.order.location_id || !level.level.has_value()) continue;
      const int64_t leaving = std::min(*level.level, line.taken - before.taken);
      if (leaving > 0) QS_RETURN_IF_ERROR(in_.tx.AddLevel(line.item_id, out_.order.location_id, -leaving, in_.now));
    }
    QS_ASSIGN_OR_RETURN(const std::vector<std::string> touched, in_.tx.MarkTargetsOfItem(line.item_id, in_.now));
    accounts.insert(touched.begin(), touched.end());
  }
  out_.accounts.assign(accounts.begin(), accounts.end());
  return absl::OkStatus();
}

absl::StatusOr<DespatchedOrder> Processing::Run(int64_t order_id, const std::vector<PackageWish>& wishes) {
  QS_ASSIGN_OR_RETURN(out_.order, in_.tx.GetOrder(order_id));
  QS_ASSIGN_OR_RETURN(out_.lines, in_.tx.GetOrderLines(order_id));
  lines_before_ = out_.lines;
  QS_ASSIGN_OR_RETURN(const std::vector<PostSaleRecord> actions, in_.tx.ListPostSalesOfOrder(order_id));
  out_.lines = WithoutSpokenFor(std::move(out_.lines), actions);
  QS_ASSIGN_OR_RETURN(known_, in_.tx.ListDespatchesOfOrder(order_id));
  QS_ASSIGN_OR_RETURN(channel_, ChannelOf(in_.tx, out_.order.channel_id));
  if (!in_.by_centre) QS_RETURN_IF_ERROR(CheckNotAllocated(in_.tx, out_.order, Reason::kOrderNotDespatchable));
  QS_RETURN_IF_ERROR(Match(wishes));
  QS_RETURN_IF_ERROR(Check(wishes));
  bool any_new = false;
  bool any_edit = false;
  for (size_t i = 0; i < wishes.size(); ++i) {
    if (matches_[i].has_value()) {
      DespatchRecord& known = known_[*matches_[i]];
      const int32_t version = known.version;
      QS_ASSIGN_OR_RETURN(known, Edit(known, wishes[i]));
      any_edit = any_edit || known.version != version;
      out_.packages.push_back(known);
      continue;
    }
    QS_ASSIGN_OR_RETURN(const DespatchRecord package, MakePackage(wishes[i], FieldOf(i)));
    QS_RETURN_IF_ERROR(TellDespatch(in_.tx, in_.now, package));
    out_.packages.push_back(package);
    any_new = true;
  }
  GiveBackSpokenFor();
  if (!any_new && !any_edit) return std::move(out_);
  const OrderState before = out_.order.state;
  ++out_.order.revision;
  if (!any_new) {
    QS_RETURN_IF_ERROR(in_.tx.PutOrder(out_.order, out_.lines));
    QS_RETURN_IF_ERROR(AppendOrderEvent(in_.tx, in_.now, "order.updated", out_.order));
    return std::move(out_);
  }
  // What was despatched as a whole before this host counted its lines stays so.
  out_.order.state = before == OrderState::kDespatched ? before : StateAfterDespatch(out_.lines);
  QS_RETURN_IF_ERROR(SettleStock());
  QS_RETURN_IF_ERROR(in_.tx.PutOrder(out_.order, out_.lines));
  const bool ended = out_.order.state == OrderState::kDespatched && before != OrderState::kDespatched;
  QS_RETURN_IF_ERROR(AppendOrderEvent(in_.tx, in_.now, ended ? "order.despatched" : "order.updated", out_.order));
  return std::move(out_);
}

}  // namespace

absl::StatusOr<DespatchedOrder> DespatchOrder(const DespatchInputs& in, int64_t order_id,
                                              const std::vector<PackageWish>& wishes) {
  return Processing(in).Run(order_id, wishes);
}

absl::StatusOr<DespatchRecord> RetryDespatch(const DespatchInputs& in, int64_t order_id, int32_t number) {
  const std::string name = DespatchName(order_id, number);
  QS_ASSIGN_OR_RETURN(const OrderRecord order, in.tx.GetOrder(order_id));
  QS_ASSIGN_OR_RETURN(const std::vector<DespatchRecord> packages, in.tx.ListDespatchesOfOrder(order_id));
  const auto found =
      std::find_if(packages.begin(), packages.end(), [&](const auto& package) { return package.number == number; });
  if (found == packages.end()) {
    return MakeError(absl::StatusCode::kNotFound, Reason::kDespatchNotFound, Concat("there is no '", name, "'"),
                     {{"resource", name}});
  }
  DespatchRecord package = *found;
  const auto refuse = [&](std::string_view why) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kDespatchNotRetryable,
                     Concat("package ", number, " cannot be retried: ", why), {{"resource", name}});
  };
  if (!IsRetryable(package.state)) {
    return refuse(package.state == DespatchState::kConfirmed
                      ? "it is confirmed; to change it, despatch it again with its number"
                      : "it is on its way; what became of it is being asked");
  }
  if (package.channel_id.empty()) package.channel_id = order.channel_id;
  QS_ASSIGN_OR_RETURN(const std::optional<ChannelRecord> channel, ChannelOf(in.tx, package.channel_id));
  const DespatchGate gate = GateOf(channel, in.offered);
  if (gate.state != DespatchState::kWaiting) return refuse(gate.message);
  StartAnew(gate, "RETRIED", in.now, package);
  if (package.message.empty()) package.message = "somebody asked for it again";
  QS_RETURN_IF_ERROR(CheckCarrier(package, order));
  QS_RETURN_IF_ERROR(CloseDeadLetter(in.tx, in.now, package));
  QS_RETURN_IF_ERROR(TellDespatch(in.tx, in.now, package));
  return package;
}

}  // namespace quayside
