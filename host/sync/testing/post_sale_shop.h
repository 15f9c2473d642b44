// A marketplace that cancels and refunds, as a step's plugin: a test says what it refuses, loses or has in work. What
// it was told can be kept in a journal on the disk, so that it outlives a host that is killed. Like Amazon it takes
// documents, which bear no mark of ours, and pays twice whoever asks twice.
#pragma once

#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/post_sale.pb.h"

namespace quayside {

class PostSaleShop final : public PluginCaller {
 public:
  enum class Loses { kNothing, kRequest, kAnswer };

  // A journal that is there is taken up: a line "feed-N WHAT ORDER" for each intent that arrived.
  explicit PostSaleShop(std::string journal = "") : journal_(std::move(journal)) {
    std::ifstream lines(journal_);
    std::string handle;
    std::string deed;
    std::string order;
    while (lines >> handle >> deed >> order) Take(handle, Concat(deed, " ", order));
  }

  absl::StatusOr<std::string> Call(const char*, const char* method, const std::string& request) override {
    methods_.emplace_back(method);
    const std::string name = method;
    if (!fails.ok() && (fails_at.empty() || fails_at == name)) return fails;
    if (name == "cancel") {
      return HandOver<quayside::plugin::v1::CancelOrdersReply>(
          Read<quayside::plugin::v1::CancelOrdersRequest>(request).intents(), "cancel");
    }
    if (name == "refund") {
      return HandOver<quayside::plugin::v1::RefundOrdersReply>(
          Read<quayside::plugin::v1::RefundOrdersRequest>(request).intents(), "refund");
    }
    return name == "poll" ? Poll(request) : Find(request);
  }
  absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override {
    return absl::UnimplementedError("no");
  }

  Loses loses = Loses::kNothing;  // of the next hand-over
  absl::Status fails;             // of every call, or of this method only
  std::string fails_at;
  std::map<std::string, quayside::plugin::v1::Outcome> answers;  // by order, instead of the usual one
  bool works_off = true;                                         // documents end when they are polled
  bool is_undecided = false;                                     // cannot say yet what is there
  bool is_vague = false;                                         // its report leaves open what became of it
  std::set<std::string> refuses;                                 // orders refused when a document ends

  // "cancel o1": what arrived, in order.
  [[nodiscard]] const std::vector<std::string>& deeds() const { return deeds_; }
  [[nodiscard]] const std::vector<std::string>& methods() const { return methods_; }
  // How many intents each hand-over held.
  [[nodiscard]] const std::vector<int>& sizes() const { return sizes_; }
  [[nodiscard]] const std::vector<quayside::plugin::v1::FindPostSaleRequest>& searches() const { return searches_; }

 private:
  template <typename Message>
  static Message Read(const std::string& bytes) {
    Message message;
    if (!message.ParseFromString(bytes)) throw std::runtime_error("unreadable request");
    return message;
  }

  void Take(const std::string& handle, const std::string& deed) {
    feeds_.insert(handle);
    deeds_.push_back(deed);
  }

  template <typename Reply, typename Intents>
  absl::StatusOr<std::string> HandOver(const Intents& intents, const std::string& what) {
    sizes_.push_back(intents.size());
    const Loses lost = std::exchange(loses, Loses::kNothing);
    const std::string handle = Concat("feed-", feeds_.size() + 1);
    Reply reply;
    for (const auto& intent : intents) {
      auto& outcome = *reply.add_outcomes();
      if (const auto answer = answers.find(intent.order_external_id()); answer != answers.end()) {
        outcome = answer->second;
      } else {
        outcome.mutable_accepted()->set_handle(handle);
        if (lost != Loses::kRequest) Arrive(handle, Concat(what, " ", intent.order_external_id()));
      }
      outcome.set_intent_id(intent.intent_id());
    }
    if (lost == Loses::kNothing) return reply.SerializeAsString();
    return MakeError(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown, "the answer was lost");
  }

  void Arrive(const std::string& handle, const std::string& deed) {
    // Durable as far as a killed process goes: it has left it.
    if (!journal_.empty()) std::ofstream(journal_, std::ios::app) << handle << ' ' << deed << '\n' << std::flush;
    Take(handle, deed);
  }

  absl::StatusOr<std::string> Poll(const std::string& bytes) {
    const auto request = Read<quayside::plugin::v1::PollPostSaleRequest>(bytes);
    quayside::plugin::v1::PollPostSaleReply reply;
    for (const auto& accepted : request.accepted()) {
      if (!works_off) continue;
      for (const auto& intent : accepted.cancels()) End(intent, accepted.handle(), *reply.add_outcomes());
      for (const auto& intent : accepted.refunds()) End(intent, accepted.handle(), *reply.add_outcomes());
    }
    return reply.SerializeAsString();
  }

  template <typename Intent>
  void End(const Intent& intent, const std::string& handle, quayside::plugin::v1::Outcome& outcome) {
    outcome.set_intent_id(intent.intent_id());
    if (is_vague) {
      outcome.mutable_unknown()->set_message("the report does not say");
    } else if (refuses.contains(intent.order_external_id())) {
      outcome.mutable_rejected()->set_reason("REFUSED");
    } else {
      outcome.mutable_done()->set_reference(handle);
    }
  }

  absl::StatusOr<std::string> Find(const std::string& bytes) {
    const auto request = Read<quayside::plugin::v1::FindPostSaleRequest>(bytes);
    searches_.push_back(request);
    using Reply = quayside::plugin::v1::FindPostSaleReply;
    std::set<std::string> others = feeds_;
    for (const std::string& known : request.known_handles()) others.erase(known);
    Reply reply;
    if (is_undecided || others.size() > 1) {
      reply.set_answer(Reply::ANSWER_UNDECIDED);
    } else if (others.empty()) {
      reply.set_answer(Reply::ANSWER_ABSENT);
    } else {
      reply.set_answer(Reply::ANSWER_FOUND);
      reply.set_handle(*others.begin());
    }
    return reply.SerializeAsString();
  }

  const std::string journal_;
  std::set<std::string> feeds_;
  std::vector<std::string> deeds_;
  std::vector<std::string> methods_;
  std::vector<int> sizes_;
  std::vector<quayside::plugin::v1::FindPostSaleRequest> searches_;
};

}  // namespace quayside
