#include "host/sync/testing/document_shop.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

template <typename Message>
Message Parsed(const std::string& bytes) {
  Message message;
  if (!message.ParseFromString(bytes)) throw std::runtime_error("unreadable request");
  return message;
}

}  // namespace

DocumentShop::DocumentShop(std::string journal) : journal_(std::move(journal)) {
  std::ifstream lines(journal_);
  for (std::string line; std::getline(lines, line);) Apply(line);
}

void DocumentShop::Do(const std::string& line) {
  // Durable as far as a killed process goes: it has left it.
  if (!journal_.empty()) std::ofstream(journal_, std::ios::app) << line << '\n' << std::flush;
  Apply(line);
}

// "item SKU 7", "document HANDLE SKU 7 SKU 8", "in-force HANDLE", "withdrawn HANDLE". SKUs of tests hold no blanks.
void DocumentShop::Apply(const std::string& line) {
  std::istringstream words(line);
  std::string what;
  std::string name;
  words >> what >> name;
  if (what == "item") {
    int32_t quantity = 0;
    words >> quantity;
    items_.emplace_back(name, quantity);
    shown_[name] = quantity;
  } else if (what == "document") {
    ends_[name] = End::kOpen;
    std::string sku;
    for (int32_t quantity = 0; words >> sku >> quantity;) documents_[name][sku] = quantity;
  } else if (what == "in-force") {
    ends_[name] = End::kInForce;
    for (const auto& [sku, quantity] : documents_[name]) {
      if (!refuses.contains(sku)) shown_[sku] = quantity;
    }
  } else {
    ends_[name] = End::kWithdrawn;
  }
}

void DocumentShop::WorkOff(const std::string& handle) { Do(Concat("in-force ", handle)); }

void DocumentShop::WorkOffAll() {
  for (const auto& [handle, numbers] : documents_) {
    if (ends_[handle] == End::kOpen) WorkOff(handle);
  }
}

int DocumentShop::MostOften() const {
  std::map<std::string, int> times;
  int most = 0;
  for (const auto& [handle, numbers] : documents_) {
    if (ends_.at(handle) == End::kWithdrawn) continue;
    for (const auto& [sku, quantity] : numbers) most = std::max(most, ++times[sku]);
  }
  return most;
}

absl::StatusOr<std::string> DocumentShop::UpgradeCursor(const char*, const std::string&) {
  return absl::UnimplementedError("no");
}

absl::StatusOr<std::string> DocumentShop::Call(const char*, const char* method, const std::string& request) {
  methods_.emplace_back(method);
  if (!fails.ok()) return fails;
  const std::string name = method;
  if (name == "push") return Push(request);
  if (name == "push_bulk") return PushBulk(request);
  if (name == "poll") return Poll(request);
  if (name == "find_bulk") return Find(request);
  if (name == "withdraw_bulk") return Withdraw(request);
  return ReadBack(request);
}

absl::StatusOr<std::string> DocumentShop::Push(const std::string& bytes) {
  const auto request = Parsed<pb::PushRequest>(bytes);
  pb::PushReply reply;
  for (const pb::QuantityIntent& intent : request.intents()) {
    pb::Outcome* outcome = reply.add_outcomes();
    outcome->set_intent_id(intent.intent_id());
    if (refuses.contains(intent.sku())) {
      outcome->mutable_rejected()->set_reason("REFUSED");
    } else {
      Do(Concat("item ", intent.sku(), " ", intent.quantity()));
      outcome->mutable_done()->set_reference("item");
    }
  }
  return reply.SerializeAsString();
}

absl::StatusOr<std::string> DocumentShop::PushBulk(const std::string& bytes) {
  const auto request = Parsed<pb::PushRequest>(bytes);
  const Loses lost = std::exchange(loses, Loses::kNothing);
  const std::string handle = Concat("document-", documents_.size() + 1);
  pb::PushReply reply;
  std::string line = Concat("document ", handle);
  for (const pb::QuantityIntent& intent : request.intents()) {
    pb::Outcome* outcome = reply.add_outcomes();
    outcome->set_intent_id(intent.intent_id());
    if (retry_at_us.has_value()) {
      outcome->mutable_retry()->set_at_us(*retry_at_us);
    } else if (keeps_out.contains(intent.sku())) {
      outcome->mutable_rejected()->set_reason("KEPT_OUT");
    } else {
      line += Concat(" ", intent.sku(), " ", intent.quantity());
      outcome->mutable_accepted()->set_handle(handle);
    }
  }
  if (!retry_at_us.has_value() && lost != Loses::kRequest) Do(line);
  if (lost == Loses::kNothing) return reply.SerializeAsString();
  return MakeError(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown, "the answer was lost");
}

absl::StatusOr<std::string> DocumentShop::Poll(const std::string& bytes) {
  const auto request = Parsed<pb::PollRequest>(bytes);
  pb::PollReply reply;
  reply.set_progress("in the shop's hands");
  for (const pb::AcceptedIntents& accepted : request.accepted()) {
    const std::string& handle = accepted.handle();
    if (works_off_polled && ends_.at(handle) == End::kOpen) WorkOff(handle);
    if (ends_.at(handle) == End::kOpen) continue;
    for (const pb::QuantityIntent& intent : accepted.intents()) {
      pb::Outcome* outcome = reply.add_outcomes();
      outcome->set_intent_id(intent.intent_id());
      if (ends_.at(handle) == End::kWithdrawn) {
        outcome->mutable_retry()->set_reason("CANCELLED");
      } else if (refuses.contains(intent.sku())) {
        outcome->mutable_rejected()->set_reason("REFUSED");
      } else {
        outcome->mutable_done()->set_reference(handle);
      }
    }
  }
  return reply.SerializeAsString();
}

absl::StatusOr<std::string> DocumentShop::Find(const std::string& bytes) const {
  const auto request = Parsed<pb::FindBulkRequest>(bytes);
  pb::FindBulkReply reply;
  reply.set_answer(is_undecided ? pb::FindBulkReply::ANSWER_UNDECIDED : pb::FindBulkReply::ANSWER_ABSENT);
  if (is_undecided) return reply.SerializeAsString();
  for (const auto& [handle, numbers] : documents_) {
    const auto& known = request.known_handles();
    if (std::find(known.begin(), known.end(), handle) != known.end()) continue;
    reply.set_answer(pb::FindBulkReply::ANSWER_FOUND);
    reply.set_handle(handle);
  }
  return reply.SerializeAsString();
}

absl::StatusOr<std::string> DocumentShop::Withdraw(const std::string& bytes) {
  const std::string handle = Parsed<pb::WithdrawBulkRequest>(bytes).handle();
  pb::WithdrawBulkReply reply;
  reply.set_withdrawn(withdraws && ends_.at(handle) == End::kOpen);
  if (reply.withdrawn()) Do(Concat("withdrawn ", handle));
  return reply.SerializeAsString();
}

absl::StatusOr<std::string> DocumentShop::ReadBack(const std::string& bytes) const {
  if (!read_back_fails.ok()) return read_back_fails;
  const auto request = Parsed<pb::ReadBackRequest>(bytes);
  pb::ReadBackReply reply;
  for (const std::string& sku : request.skus()) {
    pb::ReadBack* result = reply.add_results();
    result->set_sku(sku);
    result->set_found(!unlisted.contains(sku));
    result->set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
    if (const auto found = shown_.find(sku); found != shown_.end()) result->set_quantity(found->second);
  }
  return reply.SerializeAsString();
}

}  // namespace quayside
