// Versions of one plugin, "counter", for tests of reload: good ones and bad ones, told apart at compile time
// (CMakeLists.txt). Its marketplace is a counter: order n of an account is "{account}-{n}", and a cursor is the number
// of the next one. So whatever was handed over twice, or not at all, shows. Quantities, where the manifest offers them,
// go to its origin "market", one PUT each (tests/reload/shown_quantities.h).
//
// QS_SCHEMA: the schema of its cursors; it takes over the one below. QS_BEHAVIOUR:
//   good            -
//   throws          every pull throws
//   late            every pull after an instance's fifth throws
//   fails           every pull reports a failure
//   auth            every pull says that the marketplace does not let it in
//   hangs           every pull waits while the file of option `latch` exists
//   aborts, exits   every pull ends the process
//   refuses_create  create refuses
//   hangs_create    create waits while the file of option `latch` exists
//   refuses_upgrade upgrade_cursor refuses
//   empty           every pull brings nothing and moves on
// Those that throw, fail, are not let in, abort or exit do so in a push, too, once its numbers are in force.
// Options: `pace_us`, how long to rest between pages; `hold`, a file: while it exists pulls wait, in any version;
// `fail_every`, n: the marketplace is down at every n-th pull; `shut`, a file: while it exists the marketplace lets
// nobody in to pull, in any version.
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "quayside/sdk.h"

namespace {

using namespace quayside::sdk;

constexpr std::string_view kBehaviour = QS_BEHAVIOUR;

std::string Option(const pb::InstanceConfig& config, const std::string& name) {
  const auto found = config.options().find(name);
  return found == config.options().end() ? "" : found->second;
}

void WaitWhileThere(const std::string& file) {
  while (!file.empty() && access(file.c_str(), F_OK) == 0) {
    poll(nullptr, 0, 1);
  }
}

Error NotLetIn() { return Error::Auth("CREDENTIALS_REFUSED", "the marketplace answered 403"); }

class Counter final : public Plugin, public OrderSync, public InventoryPush {
 public:
  explicit Counter(pb::InstanceConfig config) : config_(std::move(config)) {}

  static Result<std::unique_ptr<Counter>> Create(const pb::InstanceConfig& config) {
    if (kBehaviour == "refuses_create") return Error::Invalid("NO_CREATE", "told to refuse", "options.site");
    if (kBehaviour == "hangs_create") WaitWhileThere(Option(config, "latch"));
    return std::make_unique<Counter>(config);
  }

  static Result<pb::Cursor> UpgradeCursor(const std::string& contract, const pb::Cursor& cursor) {
    if (kBehaviour == "refuses_upgrade" || cursor.schema() + 1 != QS_SCHEMA)
      return Plugin::UpgradeCursor(contract, cursor);
    pb::Cursor upgraded = cursor;
    upgraded.set_schema(QS_SCHEMA);
    return upgraded;
  }

  Result<pb::CheckReply> Check(Step&) override {
    pb::CheckReply reply;
    pb::CheckFinding* finding = reply.add_findings();
    finding->set_subject("counter");
    finding->set_ok(true);
    return reply;
  }

  Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest& request, Step& step) override {
    ++pulls_;
    WaitWhileThere(Option(config_, "hold"));
    if (kBehaviour == "hangs") WaitWhileThere(Option(config_, "latch"));
    if (kBehaviour == "throws" || (kBehaviour == "late" && pulls_ > 5)) throw std::runtime_error("told to throw");
    if (kBehaviour == "fails") return Error::RetryAt(0, "DOWN", "told to fail");
    if (kBehaviour == "auth") return NotLetIn();
    if (const std::string shut = Option(config_, "shut"); !shut.empty() && access(shut.c_str(), F_OK) == 0) {
      return NotLetIn();
    }
    // What is not asked for is not even imported: the lint would find it.
    if constexpr (kBehaviour == "aborts") std::abort();
    if constexpr (kBehaviour == "exits") std::exit(3);
    const std::string every = Option(config_, "fail_every");
    if (!every.empty() && pulls_ % std::stol(every) == 0) return Error::RetryAt(0, "DOWN", "the marketplace is down");

    const long number = request.cursor().state().empty() ? 0 : std::stol(request.cursor().state());
    pb::PullOrdersReply reply;
    if (kBehaviour != "empty") {
      pb::Order* order = reply.add_orders();
      order->set_external_id(config_.account_id() + "-" + std::to_string(number));
      order->set_marketplace("main");
      order->set_status(pb::ORDER_STATUS_OPEN);
      order->set_created_us(step.NowUs());
      order->set_updated_us(step.NowUs());
    }
    reply.mutable_next_cursor()->set_schema(QS_SCHEMA);
    reply.mutable_next_cursor()->set_state(std::to_string(kBehaviour == "empty" ? number : number + 1));
    reply.mutable_next_cursor()->set_watermark_us(step.NowUs());
    if (const std::string pace = Option(config_, "pace_us"); !pace.empty()) {
      reply.set_next_poll_us(step.NowUs() + std::stol(pace));
    }
    return reply;
  }

  Result<pb::PushReply> PushQuantities(const pb::PushRequest& request, Step& step) override {
    ++pushes_;
    pb::PushReply reply;
    for (const pb::QuantityIntent& intent : request.intents()) {
      pb::Outcome* outcome = reply.add_outcomes();
      outcome->set_intent_id(intent.intent_id());
      if (Show(intent, step)) {
        outcome->mutable_done()->set_reference(intent.intent_id());
      } else {
        outcome->mutable_unknown();
      }
    }
    WaitWhileThere(Option(config_, "hold"));
    if (kBehaviour == "throws" || (kBehaviour == "late" && pushes_ > 5)) throw std::runtime_error("told to throw");
    if (kBehaviour == "fails") return Error::RetryAt(0, "DOWN", "told to fail");
    if (kBehaviour == "auth") return NotLetIn();
    if constexpr (kBehaviour == "aborts") std::abort();
    if constexpr (kBehaviour == "exits") std::exit(3);
    return reply;
  }

 private:
  static bool Show(const pb::QuantityIntent& intent, Step& step) {
    pb::HttpRequest request;
    request.set_origin("market");
    request.set_method("PUT");
    request.set_path("/quantities/" + intent.sku());
    const auto say = [&](const char* name, std::string value) {
      pb::QueryParameter* parameter = request.add_query();
      parameter->set_name(name);
      parameter->set_value(std::move(value));
    };
    say("intent", intent.intent_id());
    say("quantity", std::to_string(intent.quantity()));
    const auto answer = step.Http(request);
    return answer.ok() && answer.value().status() == 200;
  }

  const pb::InstanceConfig config_;
  long pulls_ = 0;
  long pushes_ = 0;
};

}  // namespace

QUAYSIDE_PLUGIN(Counter)
