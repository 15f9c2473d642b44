#include "host/sync/testing/despatch_shop.h"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using Finding = pb::DespatchFinding;

template <typename Message>
Message ReadRequest(const std::string& bytes) {
  Message message;
  if (!message.ParseFromString(bytes)) throw std::runtime_error("unreadable request");
  return message;
}

DespatchShop::Parcel ParcelOf(const pb::DespatchIntent& intent) {
  DespatchShop::Parcel parcel{.tracking = intent.tracking_number(), .carrier = intent.carrier_name(), .lines = {}};
  for (const pb::PackageLine& line : intent.lines()) parcel.lines[line.external_line_id()] += line.quantity();
  return parcel;
}

// "parcel ORDER NUMBER TRACKING CARRIER LINE 2 LINE 1". Words of tests hold no blanks; "-" is none.
std::string LineOf(const pb::DespatchIntent& intent) {
  const DespatchShop::Parcel parcel = ParcelOf(intent);
  std::string line =
      Concat("parcel ", intent.order_external_id(), " ", intent.package_number(), " ",
             parcel.tracking.empty() ? "-" : parcel.tracking, " ", parcel.carrier.empty() ? "-" : parcel.carrier);
  for (const auto& [id, quantity] : parcel.lines) line += Concat(" ", id, " ", quantity);
  return line;
}

}  // namespace

DespatchShop::DespatchShop(std::string journal) : journal_(std::move(journal)) {
  std::ifstream lines(journal_);
  for (std::string line; std::getline(lines, line);) Apply(line);
}

void DespatchShop::Do(const std::string& line) {
  // Durable as far as a killed process goes: it has left it.
  if (!journal_.empty()) std::ofstream(journal_, std::ios::app) << line << '\n' << std::flush;
  Apply(line);
}

void DespatchShop::Apply(const std::string& line) {
  std::istringstream words(line);
  std::string what;
  std::string order;
  int64_t number = 0;
  Parcel parcel;
  words >> what >> order >> number >> parcel.tracking >> parcel.carrier;
  if (parcel.tracking == "-") parcel.tracking.clear();
  if (parcel.carrier == "-") parcel.carrier.clear();
  std::string id;
  for (int32_t quantity = 0; words >> id >> quantity;) parcel.lines[id] = quantity;
  told_.push_back(Concat(order, "/", number));
  parcels_[order][number] = std::move(parcel);
}

int DespatchShop::count(const std::string& order) const {
  const auto found = parcels_.find(order);
  return found == parcels_.end() ? 0 : static_cast<int>(found->second.size());
}

absl::Status DespatchShop::Broken() const {
  if (!breaks_with.ok()) return breaks_with;
  return MakeError(absl::StatusCode::kInternal, Reason::kPluginFault, "the shop's plugin broke");
}

absl::StatusOr<std::string> DespatchShop::UpgradeCursor(const char*, const std::string&) {
  return absl::UnimplementedError("no");
}

absl::StatusOr<std::string> DespatchShop::Call(const char*, const char* method, const std::string& request) {
  methods_.emplace_back(method);
  if (!fails.ok() && (fails_at.empty() || fails_at == method)) return fails;
  const std::string name = method;
  if (name == "confirm") return Confirm(request);
  if (name == "poll") return Poll(request);
  return Reconcile(request);
}

absl::StatusOr<std::string> DespatchShop::Confirm(const std::string& bytes) {
  const auto request = ReadRequest<pb::ConfirmDespatchRequest>(bytes);
  confirms_.push_back(request.intents_size());
  const Loses lost = std::exchange(loses, Loses::kNothing);
  pb::ConfirmDespatchReply reply;
  for (const pb::DespatchIntent& intent : request.intents()) {
    if (Breaks(intent.order_external_id())) return Broken();
  }
  const std::string handle = Concat("feed-", ++feeds_);
  for (const pb::DespatchIntent& intent : request.intents()) {
    intents_.push_back(intent);
    pb::Outcome& outcome = *reply.add_outcomes();
    if (const auto answer = answers.find(intent.order_external_id()); answer != answers.end()) {
      outcome = answer->second;
    } else if (intent.tracking_number().empty()) {
      outcome.mutable_accepted()->set_handle(handle);
    } else {
      if (lost != Loses::kRequest) Do(LineOf(intent));
      outcome.mutable_done()->set_reference("told");
    }
    outcome.set_intent_id(intent.intent_id());
  }
  if (lost == Loses::kNothing) return reply.SerializeAsString();
  return MakeError(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown, "the answer was lost");
}

absl::StatusOr<std::string> DespatchShop::Poll(const std::string& bytes) {
  const auto request = ReadRequest<pb::PollDespatchRequest>(bytes);
  pb::PollDespatchReply reply;
  for (const pb::AcceptedDespatch& accepted : request.accepted()) {
    for (const pb::DespatchIntent& intent : accepted.intents()) {
      if (Breaks(intent.order_external_id())) return Broken();
      if (!works_off) continue;
      pb::Outcome& outcome = *reply.add_outcomes();
      outcome.set_intent_id(intent.intent_id());
      if (feed_says.contains(intent.order_external_id())) {
        outcome.mutable_rejected()->set_reason("REFUSED");
      } else {
        Do(LineOf(intent));
        outcome.mutable_done()->set_reference(accepted.handle());
      }
    }
  }
  return reply.SerializeAsString();
}

Finding DespatchShop::Find(const pb::DespatchIntent& intent) const {
  Finding finding;
  finding.set_intent_id(intent.intent_id());
  const Parcel wanted = ParcelOf(intent);
  std::map<std::string, int32_t> left;
  if (const auto bought = sold.find(intent.order_external_id()); bought != sold.end()) left = bought->second;
  bool is_there = false;
  bool is_other = false;
  const std::set<int64_t> ours(intent.own_package_numbers().begin(), intent.own_package_numbers().end());
  const auto of_order = parcels_.find(intent.order_external_id());
  for (const auto& [number, parcel] : of_order == parcels_.end() ? std::map<int64_t, Parcel>() : of_order->second) {
    finding.add_packages()->set_external_id(Concat(number));
    const bool same = parcel.tracking == wanted.tracking && parcel.lines == wanted.lines;
    if (number == intent.package_number()) (same ? is_there : is_other) = true;
    if (same && !wanted.tracking.empty() && !ours.contains(number)) is_there = true;
    for (const auto& [line, quantity] : parcel.lines) left[line] -= quantity;
  }
  for (const auto& [line, quantity] : wanted.lines) is_other = is_other || left[line] < quantity;
  finding.set_state(is_there       ? Finding::STATE_CONFIRMED
                    : is_other     ? Finding::STATE_OTHER_DATA
                    : is_undecided ? Finding::STATE_UNDECIDED
                                   : Finding::STATE_ABSENT);
  return finding;
}

absl::StatusOr<std::string> DespatchShop::Reconcile(const std::string& bytes) {
  const auto request = ReadRequest<pb::ReconcileDespatchRequest>(bytes);
  looks_.push_back(request);
  pb::ReconcileDespatchReply reply;
  for (const pb::DespatchIntent& intent : request.intents()) {
    if (Breaks(intent.order_external_id())) return Broken();
    *reply.add_findings() = Find(intent);
  }
  return reply.SerializeAsString();
}

}  // namespace quayside
