#include "host/api/despatch_view.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/base/names.h"
#include "host/orders/despatch_rules.h"
#include "host/orders/despatch_trail.h"
#include "host/orders/order_document.h"
#include "host/orders/shipping_mapping.h"

namespace quayside {
namespace {

namespace api = quayside::v1;
namespace pb = quayside::plugin::v1;

constexpr int kMostInACall = 100;
constexpr int kMostLines = 10'000;
constexpr size_t kMaxTextBytes = 128;
// The range of a Timestamp ends with the year 9999.
constexpr int64_t kLastSecond = 253'402'300'799;
constexpr int32_t kNanosOfASecond = 1'000'000'000;

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
    const google::protobuf::Timestamp& time = package.ship_time();
    const bool is_a_time =
        time.seconds() > 0 && time.seconds() <= kLastSecond && time.nanos() >= 0 && time.nanos() < kNanosOfASecond;
    if (is_a_time) {
      wish.shipped_us = time.seconds() * kSecondUs + time.nanos() / 1000;
    } else {
      violations.push_back({absl::StrCat(field, ".ship_time"), "must be a time after 1970"});
    }
  }
  return wish;
}

bool IsOurs(const std::string& number, const std::vector<DespatchRecord>& of_order) {
  return std::any_of(of_order.begin(), of_order.end(), [&](const DespatchRecord& package) {
    return number == absl::StrCat(PackageNumberThere(package.id));
  });
}

// What others confirmed of the order, as far as it was read from the marketplace since.
absl::Status AddOtherPackages(ReadTx& tx, const Cipher& cipher, const DespatchRecord& package, api::Despatch& out) {
  QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(package.order_id));
  if (order.document.empty()) return absl::OkStatus();
  const absl::StatusOr<pb::Order> document = OpenOrderDocument(cipher, order);
  // Whoever asks for the order is told that it cannot be read; the packages of all others are shown.
  if (absl::IsDataLoss(document.status())) return absl::OkStatus();
  if (!document.ok()) return document.status();
  QS_ASSIGN_OR_RETURN(const std::vector<DespatchRecord> of_order, tx.ListDespatchesOfOrder(package.order_id));
  for (const pb::Package& theirs : document->packages()) {
    if (IsOurs(theirs.external_id(), of_order)) continue;
    api::OtherPackage& shown = *out.add_other_packages();
    shown.set_number(theirs.external_id());
    shown.set_carrier(theirs.carrier());
    shown.set_service(theirs.service());
    if (!order.personal_erased) shown.set_tracking_number(theirs.tracking_number());
    SetTime(shown, &api::OtherPackage::mutable_ship_time, theirs.shipped_us());
    shown.set_status(theirs.raw_status());
    for (const pb::PackageLine& line : theirs.lines()) {
      api::PackageLine* added = shown.add_lines();
      added->set_line(line.external_line_id());
      added->set_quantity(line.quantity());
    }
  }
  return absl::OkStatus();
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

absl::StatusOr<std::vector<PackageWish>> WithMethods(ReadTx& tx, const Cipher& cipher, const OrderRecord& order,
                                                     std::vector<PackageWish> wishes) {
  if (!order.postal_method.empty() || order.channel_id.empty()) return wishes;
  std::vector<std::string> tags;
  if (!order.document.empty()) {
    QS_ASSIGN_OR_RETURN(const pb::Order document, OpenOrderDocument(cipher, order));
    tags = ShippingTagsOf(document);
  } else if (!order.service_level.empty()) {
    tags = {order.service_level};
  }
  QS_ASSIGN_OR_RETURN(const std::vector<ShippingMappingRecord> mappings, tx.ListShippingMappings(order.channel_id));
  const std::string method = PostalMethodFor(mappings, tags, order.marketplace);
  if (method == kDefaultPostalMethod) return wishes;
  for (PackageWish& wish : wishes) {
    const bool is_new = wish.number == 0;
    const bool by_carrier = !wish.carrier_code.empty() || !wish.carrier_name.empty();
    if (is_new && !by_carrier && wish.postal_method.empty()) wish.postal_method = method;
  }
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
  if (package.state == DespatchState::kShippedOtherwise) QS_RETURN_IF_ERROR(AddOtherPackages(tx, cipher, package, out));
  return out;
}

}  // namespace quayside
