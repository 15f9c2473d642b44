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

void UpgradesOlder(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const pb::Contract& contract = *FindContract(trial.bundle.manifest, method.contract);
  const auto kept = trial.cassette.cursors.find(contract.id());
  for (const uint32_t schema : contract.reads_cursor_schemas()) {
    if (schema == contract.cursor_schema()) continue;
    bool tried = false;
    for (const pb::Cursor& cursor : kept == trial.cassette.cursors.end() ? std::vector<pb::Cursor>() : kept->second) {
      if (cursor.schema() != schema) continue;
      tried = true;
      const std::string bytes = cursor.SerializeAsString();
      const Answer answer = plugin.UpgradeCursor(contract.id(), bytes);
      pb::Cursor upgraded;
      if (!answer.ok() || !upgraded.ParseFromString(answer.bytes) || upgraded.schema() != contract.cursor_schema()) {
        trial.log.Fail("a cursor of schema " + std::to_string(schema) + " does not become one of schema " +
                       std::to_string(contract.cursor_schema()) + ": " + answer.Text());
        continue;
      }
      if (upgraded.watermark_us() > cursor.watermark_us())
        trial.log.Fail("the upgrade of a cursor of schema " + std::to_string(schema) + " moves its watermark forwards");
      if (plugin.UpgradeCursor(contract.id(), bytes).bytes != answer.bytes)
        trial.log.Fail("upgrade_cursor answers something else the second time");
      ReadingPlan plan;
      plan.from = upgraded;
      if (const Read read = ReadAll(plugin, method, plan); !read.problem.empty())
        trial.log.Fail("from an upgraded cursor of schema " + std::to_string(schema) + ": " + read.problem);
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
