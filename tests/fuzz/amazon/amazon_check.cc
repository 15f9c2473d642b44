// The check of an account: findings, whatever Amazon answers.
#include "conversation.h"
#include "quayside/plugin/v1/plugin.pb.h"

QUAYSIDE_FUZZ_TARGET(amazon_check) {
  Conversation amazon(input);
  const auto reply = amazon.Call<pb::CheckReply>("plugin/1", "check", pb::CheckRequest());
  if (!reply.ok()) return;
  Require(reply.value().findings_size() > 0, "a check finds something");
  for (const pb::CheckFinding& finding : reply.value().findings()) {
    Require(!finding.subject().empty(), "a finding has a subject");
    Require(finding.ok() || !finding.message().empty(), "a finding that is not good says why");
  }
}
