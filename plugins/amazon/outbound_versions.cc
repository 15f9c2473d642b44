// Which version of Fulfillment Outbound serves an account, and what becomes of orders that were sent through the other.
#include "outbound_api.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Result;

class ConfiguredOutbound final : public OutboundApi {
 public:
  ConfiguredOutbound(std::unique_ptr<OutboundApi> configured, std::unique_ptr<OutboundApi> other)
      : configured_(std::move(configured)), other_(std::move(other)) {}

  Result<pb::QuoteOutboundReply> Quote(const pb::OutboundOrder& order) override { return configured_->Quote(order); }

  WriteAnswer Create(const pb::OutboundOrder& order) override { return configured_->Create(order); }

  WriteAnswer Cancel(const std::string& outbound_id) override {
    WriteAnswer answer = configured_->Cancel(outbound_id);
    return answer.kind == WriteAnswer::Kind::kNotFound ? other_->Cancel(outbound_id) : answer;
  }

  Result<std::optional<pb::OutboundState>> Get(const std::string& outbound_id) override {
    auto state = configured_->Get(outbound_id);
    if (!state.ok() || state.value().has_value()) return state;
    auto elsewhere = other_->Get(outbound_id);
    // Whoever may not use the other version has sent nothing through it.
    const bool refused =
        !elsewhere.ok() && (elsewhere.error().status == QS_AUTH || elsewhere.error().status == QS_INVALID);
    return refused ? std::move(state) : std::move(elsewhere);
  }

  Result<OutboundPage> List(int64_t since_us, const std::string& token) override {
    return configured_->List(since_us, token);
  }

 private:
  const std::unique_ptr<OutboundApi> configured_;
  const std::unique_ptr<OutboundApi> other_;
};

}  // namespace

std::unique_ptr<OutboundApi> MakeOutbound(Caller& caller) {
  const bool later = caller.settings().outbound_api == kOutbound2026;
  return later ? std::make_unique<ConfiguredOutbound>(MakeOutbound2026(caller), MakeOutbound2020(caller))
               : std::make_unique<ConfiguredOutbound>(MakeOutbound2020(caller), MakeOutbound2026(caller));
}

}  // namespace quayside::amazon
