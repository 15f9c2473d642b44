// Cursors of earlier versions: each is read, and what is no cursor is refused.
#include <algorithm>
#include <random>

#include "sdk/conformance/reading.h"

namespace quayside::conformance {
namespace {

constexpr int kSeconds = 30;

void RefusesGarbage(const Trial& trial) {
  Plugin plugin(trial);
  std::mt19937_64 random(trial.seed);
  for (const pb::Contract& contract : trial.bundle.manifest.contracts()) {
    for (int round = 0; round < 50; ++round) {
      std::string bytes(1 + random() % 100, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random());
      const Answer answer = plugin.UpgradeCursor(contract.id(), bytes);
      if (answer.ok() && !pb::Cursor().ParseFromString(answer.bytes))
        trial.log.Fail(contract.id() + ": upgrade_cursor answers OK with bytes that are no Cursor");
    }
    pb::Cursor foreign;
    foreign.set_schema(999'999);
    foreign.set_state("foreign");
    const Answer answer = plugin.UpgradeCursor(contract.id(), foreign.SerializeAsString());
    if (answer.status != QS_INVALID)
      trial.log.Fail(contract.id() + ": upgrade_cursor answers " + answer.Text() +
                     " to a cursor of a schema that was never declared, not INVALID");
  }
}

void UpgradesOne(Plugin& plugin, const Method& method, const pb::Contract& contract, const KeptCursor& kept) {
  Log& log = plugin.trial().log;
  const std::string of_schema = " cursor of schema " + std::to_string(kept.cursor.schema());
  const std::string bytes = kept.cursor.SerializeAsString();
  const Answer answer = plugin.UpgradeCursor(contract.id(), bytes);
  pb::Cursor upgraded;
  if (!answer.ok() || !upgraded.ParseFromString(answer.bytes) || upgraded.schema() != contract.cursor_schema()) {
    log.Fail("a" + of_schema + " does not become one of schema " + std::to_string(contract.cursor_schema()) + ": " +
             answer.Text());
    return;
  }
  if (upgraded.watermark_us() > kept.cursor.watermark_us())
    log.Fail("the upgrade of a" + of_schema + " moves its watermark forwards");
  if (plugin.UpgradeCursor(contract.id(), bytes).bytes != answer.bytes)
    log.Fail("upgrade_cursor answers something else the second time");
  ReadingPlan plan;
  plan.from = upgraded;
  const Read read = ReadAll(plugin, method, plan);
  const std::string where = "from an upgraded" + of_schema + ": ";
  if (!read.unanswered.empty())
    throw CaseOver(where + "the cassette has no answer to " + *read.unanswered.begin() + ": record it (--cassette)");
  if (!read.problem.empty()) log.Fail(where + read.problem);
  for (const std::string& key : kept.expected) {
    if (!read.items.contains(key)) log.Fail(where + "'" + key + "' is expected and is not handed over");
  }
}

// Those of the lane, or of its contract.
const std::vector<KeptCursor>& KeptFor(const Cassette& cassette, const Method& method) {
  static const auto& none = *new std::vector<KeptCursor>();
  for (const std::string& name : {method.Title(), std::string(method.contract)}) {
    if (const auto found = cassette.cursors.find(name); found != cassette.cursors.end()) return found->second;
  }
  return none;
}

void UpgradesOlder(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const pb::Contract& contract = *FindContract(trial.bundle.manifest, method.contract);
  for (const uint32_t schema : contract.reads_cursor_schemas()) {
    if (schema == contract.cursor_schema()) continue;
    bool tried = false;
    for (const KeptCursor& kept : KeptFor(trial.cassette, method)) {
      if (kept.cursor.schema() != schema) continue;
      tried = true;
      UpgradesOne(plugin, method, contract, kept);
    }
    if (!tried)
      trial.log.Fail("the cassette has no cursor of schema " + std::to_string(schema) +
                     ", which the manifest says is read: keep one of each (cursors)");
  }
}

}  // namespace

void AddUpgradeCases(const Bundle& bundle, Cases& cases) {
  cases.push_back({"upgrade/garbage", "upgrade", "", "upgrade_cursor refuses what is no cursor it declares", kSeconds,
                   &RefusesGarbage});
  for (const Method& method : DeclaredMethods(bundle)) {
    if (method.kind != MethodKind::kRead) continue;
    cases.push_back({"upgrade/older " + method.Title(), "upgrade", method.contract,
                     "every cursor of an older schema that it declares to read is read", kSeconds,
                     [method](const Trial& trial) { UpgradesOlder(trial, method); }});
  }
}

}  // namespace quayside::conformance
