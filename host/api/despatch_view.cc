#include "host/api/despatch_view.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/base/names.h"
#include "host/orders/despatch_rules.h"
#include "host/orders/despatch_trail.h"

namespace quayside {
namespace {

namespace api = quayside::v1;

constexpr int kMostInACall = 100;
constexpr int kMostLines = 10'000;
constexpr size_t kMaxTextBytes = 128;

static_assert(static_cast<int>(DespatchState::kWaiting) == api::DESPATCH_STATE_WAITING &&
                  static_cast<int>(DespatchState::kFailed) == api::DESPATCH_STATE_FAILED,
              "the two enums number their values alike");

api::DespatchState ToProto(DespatchState state) { return static_cast<api::DespatchState>(state); }

void CheckText(const std::string& text, const std::string& field, std::vector<FieldViolation>& violations) {
  const bool one_line = std::none_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); });
  if (text.size() <= kMaxTextBytes && one_line) return;
  violations.push_back({field, absl::StrCat("must be one line of at most ", kMaxTextBytes, " bytes")});
}

PackageWish ParsePackage(const api::DespatchPackage& package, const std::string& field,
                         std::vector<FieldViolation>& violations) {
  PackageWish wish;
  if (package.number() < 0) violations.push_back({absl::StrCat(field, ".number"), "must not be negative"});
  wish.number = package.number();
  if (package.lines_size() > kMostLines)
    violations.push_back({absl::StrCat(field, ".lines"), absl::StrCat("must be at most ", kMostLines)});
  for (const api::PackageLine& line : package.lines()) wish.lines.push_back({line.line(), line.quantity()});
  if (!package.postal_method().empty()) {
    const auto id = ParsePostalMethodName(package.postal_method(), absl::StrCat(field, ".postal_method"));
    if (id.ok()) wish.postal_method = *id;
    for (const FieldViolation& violation : ViolationsOf(id.status())) violations.push_back(violation);
  }
  const auto text = [&](const std::string& value, const char* name) {
    CheckText(value, absl::StrCat(field, ".", name), violations);
    return value;
  };
  wish.carrier_code = text(package.carrier_code(), "carrier_code");
  wish.carrier_name = text(package.carrier_name(), "carrier_name");
  wish.service_name = text(package.service_name(), "service_name");
  wish.tracking = text(package.tracking_number(), "tracking_number");
  if (package.has_ship_time()) {
    wish.shipped_us = package.ship_time().seconds() * kSecondUs + package.ship_time().nanos() / 1000;
    if (wish.shipped_us <= 0) violations.push_back({absl::StrCat(field, ".ship_time"), "must be after 1970"});
  }
  return wish;
}

}  // namespace

absl::StatusOr<std::vector<PackageWish>> ParsePackages(const api::DespatchOrderRequest& request) {
  std::vector<FieldViolation> violations;
  std::vector<PackageWish> wishes;
  if (request.packages_size() > kMostInACall)
    violations.push_back({"packages", absl::StrCat("must be at most ", kMostInACall)});
  for (int i = 0; i < request.packages_size() && i < kMostInACall; ++i)
    wishes.push_back(ParsePackage(request.packages(i), absl::StrCat("packages[", i, "]"), violations));
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
  return wishes;
}

api::Despatch ToProto(const DespatchRecord& package) {
  api::Despatch out;
  out.set_name(DespatchName(package.order_id, package.number));
  out.set_number(package.number);
  out.set_state(ToProto(package.state));
  for (const DespatchLine& line : package.lines) {
    api::PackageLine* added = out.add_lines();
    added->set_line(line.external_id);
    added->set_quantity(line.quantity);
  }
  if (!package.postal_method.empty()) out.set_postal_method(PostalMethodName(package.postal_method));
  out.set_carrier_code(package.carrier_code);
  out.set_carrier_name(package.carrier_name);
  out.set_service_name(package.service_name);
  out.set_tracked(!package.tracking.empty());
  SetTime(out, &api::Despatch::mutable_ship_time, package.shipped_us);
  out.set_reason(package.reason);
  out.set_message(package.message);
  out.set_reference(package.reference);
  out.set_attempts(package.attempts);
  if (IsOpen(package.state)) SetTime(out, &api::Despatch::mutable_next_try_time, package.due_us);
  SetTime(out, &api::Despatch::mutable_submit_time, package.sent_us);
  SetTime(out, &api::Despatch::mutable_confirm_time, package.confirmed_us);
  SetTime(out, &api::Despatch::mutable_create_time, package.created_us);
  SetTime(out, &api::Despatch::mutable_update_time, package.updated_us);
  return out;
}

absl::StatusOr<api::Despatch> ToProtoInFull(ReadTx& tx, const Cipher& cipher, const DespatchRecord& package) {
  api::Despatch out = ToProto(package);
  QS_ASSIGN_OR_RETURN(*out.mutable_tracking_number(), OpenTracking(cipher, package));
  QS_ASSIGN_OR_RETURN(const std::vector<DespatchNote> notes, tx.ListDespatchNotes(package.id));
  for (const DespatchNote& note : notes) {
    api::DespatchNote* added = out.add_notes();
    SetTime(*added, &api::DespatchNote::mutable_time, note.time_us);
    added->set_state(ToProto(note.state));
    added->set_reason(note.reason);
    added->set_message(note.message);
  }
  return out;
}

}  // namespace quayside
