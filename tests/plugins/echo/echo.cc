// A plugin for tests of the host. It answers what it was asked, or does what its option `behaviour` says:
//   echo             the default
//   refuse_create    create answers INVALID with field options.behaviour
//   throw_in_create  create throws
//   throw            every method throws
//   fail             every method answers RETRY at 42 us
//   block            every method waits on the FIFOs {latch}/entered and {latch}/released: it opens the first for
//   writing,
//                    then the second for reading, and goes on when the test has opened the other ends
//   too_large        pull answers more than the host takes
#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "quayside/sdk.h"

namespace {

constexpr int64_t kOrderTimeUs = 1'767'225'600'000'000;  // 2026-01-01

using namespace quayside::sdk;

class Echo final : public Plugin, public OrderSync, public InventoryPush {
 public:
  explicit Echo(pb::InstanceConfig config) : config_(std::move(config)) {}

  static Result<std::unique_ptr<Echo>> Create(const pb::InstanceConfig& config) {
    const std::string behaviour = Option(config, "behaviour");
    if (behaviour == "refuse_create") return Error::Invalid("BEHAVIOUR", "told to refuse", "options.behaviour");
    if (behaviour == "throw_in_create") throw std::runtime_error("told to throw in create");
    return std::make_unique<Echo>(config);
  }

  // Schema 1 had no watermark.
  static Result<pb::Cursor> UpgradeCursor(const std::string& contract, const pb::Cursor& cursor) {
    if (cursor.schema() != 1) return Plugin::UpgradeCursor(contract, cursor);
    pb::Cursor upgraded = cursor;
    upgraded.set_schema(2);
    return upgraded;
  }

  Result<pb::CheckReply> Check(Step&) override {
    QS_TRY(const bool fine, Behave());
    pb::CheckReply reply;
    pb::CheckFinding* finding = reply.add_findings();
    finding->set_subject("echo");
    finding->set_ok(fine);
    return reply;
  }

  // One order, named after the account; the watermark is the host's time.
  Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest& request, Step& step) override {
    QS_TRY(const bool fine, Behave());
    pb::PullOrdersReply reply;
    pb::Order* order = reply.add_orders();
    order->set_external_id(config_.account_id());
    order->set_marketplace("main");
    order->set_created_us(kOrderTimeUs);
    order->set_updated_us(kOrderTimeUs);
    order->set_status(fine ? pb::ORDER_STATUS_OPEN : pb::ORDER_STATUS_UNKNOWN);
    if (Option(config_, "behaviour") == "too_large") order->set_raw_status(std::string(size_t{65} << 20, 'x'));
    reply.mutable_next_cursor()->set_schema(2);
    reply.mutable_next_cursor()->set_state(request.cursor().state() + ".");
    reply.mutable_next_cursor()->set_watermark_us(step.NowUs());
    return reply;
  }

  Result<pb::PushReply> PushQuantities(const pb::PushRequest& request, Step&) override {
    QS_TRY(const bool fine, Behave());
    pb::PushReply reply;
    for (const pb::QuantityIntent& intent : request.intents()) {
      pb::Outcome* outcome = reply.add_outcomes();
      outcome->set_intent_id(intent.intent_id());
      outcome->mutable_done()->set_reference(fine ? intent.sku() : "");
    }
    return reply;
  }

 private:
  static std::string Option(const pb::InstanceConfig& config, const std::string& name) {
    const auto found = config.options().find(name);
    return found == config.options().end() ? "" : found->second;
  }

  Result<bool> Behave() const {
    const std::string behaviour = Option(config_, "behaviour");
    if (behaviour == "throw") throw std::runtime_error("told to throw");
    if (behaviour == "fail") return Error::RetryAt(42, "THROTTLED", "told to fail");
    if (behaviour == "block") {
      const std::string latch = Option(config_, "latch");
      close(open((latch + "/entered").c_str(), O_WRONLY | O_CLOEXEC));
      close(open((latch + "/released").c_str(), O_RDONLY | O_CLOEXEC));
    }
    return true;
  }

  const pb::InstanceConfig config_;
};

}  // namespace

QUAYSIDE_PLUGIN(Echo)
