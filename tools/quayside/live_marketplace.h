// A real marketplace, or a simulated one, behind the host's own rules for HTTP: origins, credentials, allowances. What
// asks to wait is waited for here, so that a recording has no trouble in it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "host/recording/cassette_recorder.h"
#include "quayside/plugin/v1/plugin.pb.h"
#include "quayside/plugin/v1/services.pb.h"
#include "quayside/result.h"
#include "tools/quayside/interrupt.h"

namespace quayside::cli {

struct LiveOptions {
  std::map<std::string, std::string> origin_map;  // address in the manifest -> address used instead
  std::map<std::string, std::string> secrets;     // by name
  std::string user_agent;
};

// [one thread]
class LiveMarketplace {
 public:
  // All of them outlive it.
  LiveMarketplace(const plugin::v1::Manifest& manifest, LiveOptions options, CassetteRecorder& recorder,
                  Interrupt& interrupt);
  ~LiveMarketplace();

  // Blocks, for minutes when the allowance is small. `reads`: the request changes nothing, whatever its method.
  [[nodiscard]] sdk::Result<plugin::v1::HttpReply> Ask(const plugin::v1::HttpRequest& request, bool reads);

  // With the secrets that were given.
  [[nodiscard]] sdk::Result<plugin::v1::SignReply> Sign(const plugin::v1::SignRequest& request);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace quayside::cli
