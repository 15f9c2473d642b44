#include "quantities.h"

#include <cstdio>

#include "columns.h"
#include "hand_over.h"
#include "values.h"

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;

constexpr int kMostLatencyDays = 30;

// False: it may not be sent, and `outcome` says why.
bool IsSendable(const pb::QuantityIntent& intent, pb::Outcome& outcome) {
  if (intent.fulfilment() != pb::FULFILMENT_CHANNEL_MERCHANT) {
    Reject(outcome, "NOT_MERCHANT_FULFILLED", "The merchant does not ship this listing, or it is not known who does.");
  } else if (intent.sku().empty()) {
    Reject(outcome, "SKU_INVALID", "There is no SKU.");
  } else if (intent.quantity() < 0) {
    Reject(outcome, "QUANTITY_INVALID", "A quantity is never negative.");
  } else if (intent.has_latency_days() && (intent.latency_days() < 1 || intent.latency_days() > kMostLatencyDays)) {
    Reject(outcome, "LATENCY_INVALID", "Handling time is 1 to 30 days.");
  } else {
    return true;
  }
  return false;
}

// Later files have later names, within a second as well; the same batch at the same moment is the same file.
std::string NameOf(const pb::PushRequest& request, int64_t now_us) {
  std::string ids;
  for (const pb::QuantityIntent& intent : request.intents()) ids += intent.intent_id() + "\n";
  char micros[8];
  std::snprintf(micros, sizeof(micros), "%06d", static_cast<int>(now_us % kSecondUs));
  return "quantities-" + TimeStamp(now_us) + "-" + micros + "-" + ShortHash(ids) + ".csv";
}

}  // namespace

sdk::Result<pb::PushReply> PushQuantities(const Settings& settings, const pb::PushRequest& request, sdk::Step& step) {
  pb::PushReply reply;
  OutTable table(settings.format, QuantityFields(), settings.quantities.columns);
  std::vector<int> in_file;
  for (const pb::QuantityIntent& intent : request.intents()) {
    pb::Outcome& outcome = *reply.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    if (settings.quantities.place.empty()) {
      Reject(outcome, "NOT_CONFIGURED", "Option quantities_address names no place for quantities.");
    } else if (IsSendable(intent, outcome)) {
      const bool added = table.Add(
          {{"sku", intent.sku()},
           {"quantity", std::to_string(intent.quantity())},
           {"latency_days", intent.has_latency_days() ? std::to_string(intent.latency_days()) : std::string()}});
      if (added) {
        in_file.push_back(reply.outcomes_size() - 1);
      } else {
        Reject(outcome, "NOT_IN_CHARSET", "The SKU has a character that the files' charset lacks.");
      }
    }
  }
  if (in_file.empty()) return reply;
  const std::string name = NameOf(request, step.NowUs());
  const WriteResult result = WriteFile(settings.quantities.place, name, table.text(), step);
  if (result.written == Written::kStop) return result.error;
  for (const int index : in_file) Settle(result, name, *reply.mutable_outcomes(index));
  return reply;
}

}  // namespace quayside::flatfile
