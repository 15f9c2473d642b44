// Methods that have outcomes, chosen by the first byte of an input, and what is promised of the outcomes of any.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "conversation.h"
#include "quayside/plugin/v1/outcome.pb.h"

namespace quayside::fuzz {

// "2..." is method 2 of `count`; any other first byte one of them, too.
struct Choice {
  int method = 0;
  std::string_view rest;
};
inline Choice ChooseMethod(std::string_view input, int count) {
  if (input.empty()) return {0, input};
  return {static_cast<unsigned char>(input.front()) % 16 % count, input.substr(1)};
}

// `intents` are all that may have an outcome, each one at most. Those that have.
template <typename Reply>
std::set<std::string> CheckOutcomes(const Reply& reply, const std::set<std::string>& intents) {
  std::set<std::string> settled;
  for (const pb::Outcome& outcome : reply.outcomes()) {
    Require(outcome.result_case() != pb::Outcome::RESULT_NOT_SET, "an outcome says what it is");
    Require(intents.contains(outcome.intent_id()), "an outcome is of an intent");
    Require(settled.insert(outcome.intent_id()).second, "an intent has one outcome");
    if (outcome.has_rejected()) Require(!outcome.rejected().reason().empty(), "a rejection has a reason");
    if (outcome.has_accepted()) Require(!outcome.accepted().handle().empty(), "what is accepted has a handle");
  }
  return settled;
}

// Of a poll: each intent is settled now or asked for again.
template <typename Reply>
void CheckPolled(const Reply& reply, const std::set<std::string>& intents, int64_t now_us) {
  const size_t settled = CheckOutcomes(reply, intents).size();
  Require(settled == intents.size() || reply.next_poll_us() > now_us, "what is not settled is asked for again");
}

}  // namespace quayside::fuzz
