// What a token endpoint answers. The first line is the HTTP status, the rest the body.
#include "host/net/token_reply.h"

#include "host/base/text.h"
#include "host/net/request_rules.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(token_reply) {
  const auto [status, body] = SplitLine(input);
  HttpAnswer answer;
  answer.status = static_cast<int>(ParseWhole(status).value_or(200) % 1000);
  answer.body = body;
  quayside::plugin::v1::Credential credential;
  credential.set_name("login");
  const TokenReply reply = ReadTokenReply(answer, credential, 1'000'000);
  Require(reply.failure.status.ok() != reply.token.value.empty(), "there is a token or a failure");
  if (!reply.failure.status.ok()) {
    Require(reply.failure.remember_us > 0 && reply.failure.remember_us <= kHourUs,
            "a failure is remembered for a while");
    return;
  }
  Require(IsHeaderValue(reply.token.value), "a token fits into a header");
  Require(reply.token.lifetime_us >= 0 && reply.token.lifetime_us <= 366 * 24 * kHourUs, "a token's life has a bound");
}
