// What a token endpoint's answer means (RFC 6749 5.1 and 5.2). Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "host/base/time.h"
#include "host/net/http_client.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

struct AccessToken {
  std::string value;
  DurationUs lifetime_us = 0;
};

// A failure and for how long it is the answer without asking again.
struct TokenFailure {
  absl::Status status;
  DurationUs remember_us = 0;
};

struct TokenReply {
  AccessToken token;     // when failure.status is OK
  TokenFailure failure;  // otherwise
};

// A refused credential is not tried again for this long, unless a secret changes (Tokens::Forget).
inline constexpr DurationUs kRefusedUs = 5 * kMinuteUs;

// Nothing of the answer but OAuth's error code gets into a message: error_description may repeat what was sent.
[[nodiscard]] TokenReply ReadTokenReply(const HttpAnswer& answer, const quayside::plugin::v1::Credential& credential,
                                        TimeUs now);

}  // namespace quayside
