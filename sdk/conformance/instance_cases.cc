// Instances: made of any configuration or refused with the field's name, as many as one likes, each by itself.
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "sdk/conformance/plain_config.h"
#include "sdk/conformance/process_state.h"
#include "sdk/conformance/reading.h"
#include "sdk/conformance/writing.h"

namespace quayside::conformance {
namespace {

constexpr int kSeconds = 30;
constexpr int64_t kMostGrowthBytes = 8 << 20;

// A refusal of what can be read names the field to change; of garbage there is none.
void ExpectAnswered(const Trial& trial, const Instance& instance, const std::string& config, const std::string& what) {
  if (instance.there()) return;
  const Answer& answer = instance.created();
  if (answer.status != QS_INVALID)
    trial.log.Fail("create answers " + answer.Text() + " to " + what + "; a refusal is INVALID");
  if (answer.error.reason().empty()) trial.log.Fail("create refuses " + what + " without a reason");
  if (answer.error.field().empty() && IsPlainConfig(config))
    trial.log.Fail("create refuses " + what + " without naming a field");
}

void EmptyConfiguration(const Trial& trial) {
  Plugin plugin(trial);
  pb::InstanceConfig account_only;
  account_only.set_account_id(trial.cassette.config.account_id());
  for (const std::string& config : {std::string(), account_only.SerializeAsString()}) {
    const std::string what = config.empty() ? "an empty configuration" : "a configuration without options";
    World world(trial.bundle, trial.cassette);
    Instance instance(plugin, world, config);
    ExpectAnswered(trial, instance, config, what);
    for (const std::string& violation : world.violations()) trial.log.Fail("in create: " + violation);
    if (!instance.there() || !Declares(trial.bundle.manifest, "plugin/1", "check")) continue;
    // Or the first call says it.
    Answer answer;
    (void)instance.Call<pb::CheckReply>("plugin/1", "check", pb::CheckRequest(), answer);
    if (answer.status == QS_INVALID && answer.error.field().empty())
      trial.log.Fail("check refuses " + what + " without naming a field");
  }
}

void GarbageConfiguration(const Trial& trial) {
  Plugin plugin(trial);
  World world(trial.bundle, trial.cassette);
  std::mt19937_64 random(trial.seed);
  const std::string whole = trial.cassette.config.SerializeAsString();
  for (int round = 0; round < 200; ++round) {
    std::string bytes(random() % 64, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (round % 2 == 1) bytes = whole.substr(0, random() % (whole.size() + 1));
    const Instance instance(plugin, world, bytes);
    ExpectAnswered(trial, instance, bytes, "garbage");
    if (instance.there() && !pb::InstanceConfig().ParseFromString(bytes))
      trial.log.Fail("create makes an instance of bytes that are no InstanceConfig");
  }
}

// Each option in turn holds what no schema would let through.
void WrongOptions(const Trial& trial) {
  Plugin plugin(trial);
  World world(trial.bundle, trial.cassette);
  for (const std::string& option : trial.bundle.options) {
    for (const char* value : {"", "\x01nonsense", "-1", "999999999999999999999999"}) {
      pb::InstanceConfig config = trial.cassette.config;
      (*config.mutable_options())[option] = value;
      trial.log.At("option " + option + " = '" + value + "'");
      Instance instance(plugin, world, config.SerializeAsString());
      ExpectAnswered(trial, instance, config.SerializeAsString(), "option " + option + " = '" + value + "'");
      if (!instance.there()) continue;
      pb::ValidateConfigRequest request;
      *request.mutable_config() = config;
      Answer answer;
      const auto reply = instance.Call<pb::ValidateConfigReply>("plugin/1", "validate_config", request, answer);
      if (!reply) {
        if (answer.status != QS_UNSUPPORTED) trial.log.Fail("validate_config answers " + answer.Text());
        continue;
      }
      for (const pb::FieldProblem& problem : reply->problems()) {
        if (problem.field().empty() || problem.description().empty())
          trial.log.Fail("a problem of validate_config has no field or no description");
      }
    }
  }
}

void Thousand(const Trial& trial) {
  Plugin plugin(trial);
  World world(trial.bundle, trial.cassette);
  ProcessState before;
  for (int round = 0; round < 1'000; ++round) {
    if (round == 100) before = LookAtProcess();  // what is taken once is taken by then
    const Instance instance(plugin, world);
  }
  const ProcessState after = LookAtProcess(before.threads);
  for (const std::string& change : Changes(before, after)) trial.log.Fail("after 1000 instances " + change);
  if (after.resident_bytes - before.resident_bytes > kMostGrowthBytes)
    trial.log.Fail("memory grew by " + std::to_string((after.resident_bytes - before.resident_bytes) >> 20) +
                   " MiB over 900 instances that were made and destroyed");
}

// What other accounts may say of themselves: the same, all options but one, nothing.
std::vector<std::string> OtherAccounts(const pb::InstanceConfig& config) {
  pb::InstanceConfig other = config;
  other.set_account_id(config.account_id() + "-2");
  std::vector<std::string> others = {other.SerializeAsString()};
  for (const auto& [name, value] : config.options()) {
    pb::InstanceConfig less = other;
    less.mutable_options()->erase(name);
    others.push_back(less.SerializeAsString());
  }
  pb::InstanceConfig nothing;
  nothing.set_account_id(other.account_id());
  others.push_back(nothing.SerializeAsString());
  return others;
}

// The plugin has another account's instance, made last and called last, unless it refuses that configuration.
class Neighbour {
 public:
  Neighbour(Plugin& plugin, std::string config)
      : plugin_(plugin), world_(plugin.trial().bundle, plugin.trial().cassette), config_(std::move(config)) {}
  void MoveIn(const Method& method, const std::string& request) {
    instance_ = std::make_unique<Instance>(plugin_, world_, config_);
    if (instance_->there()) (void)instance_->Call(method.contract, method.name, request);
  }

 private:
  Plugin& plugin_;
  World world_;
  const std::string config_;
  std::unique_ptr<Instance> instance_;
};

void ReadsForItself(Plugin& plugin, const Method& method, const Read& alone, const std::string& other_config) {
  Neighbour neighbour(plugin, other_config);
  ReadingPlan plan;
  plan.beside = [&](const std::optional<pb::Cursor>& cursor) {
    neighbour.MoveIn(method, PageRequest(plugin.trial(), method, cursor, 0));
  };
  const Read beside = ReadAll(plugin, method, plan);
  if (const std::string difference = Difference(alone, beside, true); !difference.empty())
    plugin.trial().log.Fail(method.Title() + " beside another account's instance: " + difference);
}

void WritesForItself(Plugin& plugin, const Method& method, const std::string& other_config) {
  const Trial& trial = plugin.trial();
  const auto request = RequestFor(method, trial.bundle, trial.cassette);
  std::set<std::string> effects[2];
  std::map<std::string, std::string> outcomes[2];
  for (const int others : {0, 1}) {
    World world(trial.bundle, trial.cassette);
    Instance instance(plugin, world);
    Neighbour neighbour(plugin, other_config);
    if (others > 0) neighbour.MoveIn(method, request->SerializeAsString());
    for (const auto& [id, outcome] : Write(instance, method, *request).outcomes) outcomes[others][id] = KindOf(outcome);
    effects[others] = world.Effects(!IsAbsolute(method));
  }
  if (effects[0] != effects[1])
    trial.log.Fail(method.Title() + " beside another account's instance: something else is sent");
  if (outcomes[0] != outcomes[1])
    trial.log.Fail(method.Title() + " beside another account's instance: the intents have other outcomes");
}

// An account must not see what another has read, nor speak for another.
void TwoInstances(const Trial& trial) {
  Plugin plugin(trial);
  const std::vector<std::string> others = OtherAccounts(trial.cassette.config);
  for (const Method& method : DeclaredMethods(trial.bundle)) {
    if (method.kind == MethodKind::kWrite) {
      for (const std::string& other : others) WritesForItself(plugin, method, other);
    }
    if (method.kind != MethodKind::kRead) continue;
    const Read alone = ReadUndisturbed(plugin, method);
    for (const std::string& other : others) ReadsForItself(plugin, method, alone, other);
    World other_world(trial.bundle, trial.cassette);
    Instance other(plugin, other_world);
    // The other account has read everything, and its instance lives on.
    ReadingPlan plan;
    plan.new_instances = true;
    plan.prepare = [&](World&) {
      for (const auto& cursor : alone.cursors)
        (void)other.Call(method.contract, method.name, PageRequest(trial, method, cursor, 0));
    };
    const Read beside = ReadAll(plugin, method, plan);
    if (const std::string difference = Difference(alone, beside, true); !difference.empty())
      trial.log.Fail(method.Title() + " beside another instance: " + difference);
  }
}

}  // namespace

void AddInstanceCases(const Bundle&, Cases& cases) {
  const auto add = [&](const char* name, const char* claim, void (*run)(const Trial&)) {
    cases.push_back({name, "instance", "", claim, kSeconds, run});
  };
  add("instance/empty", "an empty configuration is taken, or refused by naming the field", &EmptyConfiguration);
  add("instance/garbage", "bytes that are no configuration are refused", &GarbageConfiguration);
  add("instance/options", "a wrong option is met by naming the field", &WrongOptions);
  add("instance/thousand", "a thousand instances leave nothing behind", &Thousand);
  add("instance/two", "two instances share nothing", &TwoInstances);
}

}  // namespace quayside::conformance
