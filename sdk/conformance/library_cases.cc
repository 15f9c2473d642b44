// The library by itself: entry, table, manifest, and names it does not know.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <vector>

#include "sdk/conformance/library.h"
#include "sdk/conformance/methods.h"
#include "sdk/conformance/session.h"
#include "sdk/src/bytes.h"

namespace quayside::conformance {
namespace {

constexpr int kSeconds = 20;

void OpensFast(const Trial& trial) {
  constexpr int kRounds = 5;
  constexpr int64_t kMostUs = 100'000;
  int64_t best_us = INT64_MAX;
  for (int round = 0; round < kRounds; ++round) {
    const PrivateCopy copy(trial.bundle);
    trial.log.At("loading the library");
    timespec began{};
    timespec ended{};
    // Of this thread's own time: the machine may be busy with something else.
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
    const Library library(copy.path());
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ended);
    if (!library.problem().empty()) throw CaseOver(library.problem());
    best_us =
        std::min<int64_t>(best_us, (ended.tv_sec - began.tv_sec) * 1'000'000 + (ended.tv_nsec - began.tv_nsec) / 1'000);
  }
  if (best_us > kMostUs)
    trial.log.Fail("loading takes " + std::to_string(best_us / 1'000) + " ms; at most 100 are meant");
}

void EntryIsIdempotent(const Trial& trial) {
  const PrivateCopy copy(trial.bundle);
  trial.log.At("loading the library");
  const Library library(copy.path());
  if (!library.problem().empty()) throw CaseOver(library.problem());
  trial.log.At("qs_plugin_entry_v1");
  const qs_plugin* first = library.entry()(QS_ABI_MINOR);
  if (std::string problem = TableProblem(first); !problem.empty()) throw CaseOver(problem);
  qs_plugin before;
  std::memcpy(&before, first, sizeof before);
  if (library.entry()(QS_ABI_MINOR) != first) trial.log.Fail("the entry answers another table the second time");
  // A host of another minor gets the table or none; what it got before stays as it is.
  for (const uint32_t minor : {1u, 2u, 999u, UINT32_MAX}) {
    trial.log.At("qs_plugin_entry_v1(" + std::to_string(minor) + ")");
    const qs_plugin* table = library.entry()(minor);
    if (table == nullptr) continue;
    if (std::string problem = TableProblem(table); !problem.empty())
      trial.log.Fail("for a host of ABI minor " + std::to_string(minor) + ": " + problem);
  }
  if (std::memcmp(&before, first, sizeof before) != 0) trial.log.Fail("the table has changed after it was handed out");
}

void DescribeIsTheManifest(const Trial& trial) {
  Plugin plugin(trial);
  const pb::Manifest& manifest = trial.bundle.manifest;
  if (manifest.id() != plugin.table().id || manifest.version() != plugin.table().version)
    trial.log.Fail(std::string("the table says ") + plugin.table().id + " " + plugin.table().version +
                   ", the manifest " + manifest.id() + " " + manifest.version());
  for (int round = 0; round < 2; ++round) {
    const Answer answer = plugin.Describe();
    pb::DescribeReply reply;
    if (!answer.ok()) throw CaseOver("describe answers " + answer.Text());
    if (!reply.ParseFromString(answer.bytes)) throw CaseOver("the answer of describe is no DescribeReply");
    if (reply.manifest_json() != trial.bundle.manifest_json)
      throw CaseOver("describe answers another manifest than manifest.json: build and ship them together");
  }
}

// A struct as a host of tomorrow has it: what is appended means something to nobody here.
template <typename Struct>
class Tomorrows {
 public:
  // `size` is at least that of today's.
  Tomorrows(const Struct& today, size_t size) : room_(size / sizeof(std::max_align_t) + 1) {
    std::memset(room_.data(), 0xA5, room_.size() * sizeof(std::max_align_t));
    std::memcpy(room_.data(), &today, sizeof today);
    get()->size = static_cast<uint32_t>(size);
  }
  Struct* get() { return reinterpret_cast<Struct*>(room_.data()); }

 private:
  std::vector<std::max_align_t> room_;
};

void LivesUnder(const Trial& trial, Plugin& plugin, size_t appended, uint32_t minor) {
  const std::string what = "a host of ABI minor " + std::to_string(minor) + " whose structs have " +
                           std::to_string(appended) + " bytes more";
  World world(trial.bundle, trial.cassette);
  Tomorrows<qs_host> host(world.host(), sizeof(qs_host) + appended);
  host.get()->abi_minor = minor;
  const std::string config = trial.cassette.config.SerializeAsString();
  trial.log.At("create with " + what);
  qs_instance* instance = nullptr;
  sdk::internal::ReplyBuffer error;
  qs_sink sink = error.sink();
  const qs_status status = plugin.table().create(host.get(), sdk::internal::BytesOf(config), &instance, &sink);
  if (status != QS_OK || instance == nullptr) throw CaseOver("create answers " + StatusName(status) + " to " + what);
  constexpr uint64_t kCallId = 1;
  // One that reaches for the host and one that nobody offers.
  for (const char* contract : {"plugin/1", "no_such_contract/1"}) {
    Tomorrows<qs_call> call({sizeof(qs_call), 0, kCallId, contract, "check", world.deadline_us(), {nullptr, 0}},
                            sizeof(qs_call) + appended);
    trial.log.At(std::string(contract) + " check with " + what);
    sdk::internal::ReplyBuffer reply;
    qs_sink room = reply.sink();
    world.SetCall(kCallId);
    const qs_status answered = plugin.table().call(instance, call.get(), &room);
    world.SetCall(0);
    const bool offered = Declares(trial.bundle.manifest, contract, "check");
    if (offered ? answered == QS_INTERNAL : answered != QS_UNSUPPORTED)
      trial.log.Fail(std::string(contract) + " check answers " + StatusName(answered) + " to " + what);
  }
  trial.log.At("destroy");
  plugin.table().destroy(instance);
  for (const std::string& violation : world.violations()) trial.log.Fail(what + ": " + violation);
}

// Structs grow by appending; a plugin of today meets hosts of tomorrow.
void LargerHost(const Trial& trial) {
  Plugin plugin(trial);
  for (const size_t appended : {0u, 1u, 3u, 4u, 7u, 8u, 15u, 64u, 4'095u, 65'536u}) {
    for (const uint32_t minor : {QS_ABI_MINOR + 1u, 7u, UINT32_MAX}) LivesUnder(trial, plugin, appended, minor);
  }
}

// The last word is what the misbehaving plugins of the project's own tests wait for.
constexpr const char* kNonsense[] = {"", "no_such_method", "PULL", "pull ", "pull/1", "../pull", "%s%n", "misbehave"};

void UnknownNames(const Trial& trial) {
  Plugin plugin(trial);
  World world(trial.bundle, trial.cassette);
  Instance instance(plugin, world);
  const auto expect_refused = [&](const std::string& contract, const std::string& method) {
    trial.log.At("calling '" + contract + "' '" + method + "'");
    const Answer answer = instance.Call(contract, method, "");
    if (answer.status != QS_UNSUPPORTED)
      trial.log.Fail("'" + contract + "' '" + method + "' answers " + answer.Text() + ", not UNSUPPORTED");
  };
  for (const char* contract : {"", "no_such_contract/1", "order_sync", "order_sync/2", "order_sync/1 "})
    expect_refused(contract, "pull");
  for (const pb::Contract& contract : trial.bundle.manifest.contracts()) {
    for (const char* method : kNonsense) expect_refused(contract.id(), method);
  }
  // What exists and is not declared is not offered.
  for (const Method& method : AllMethods()) {
    const pb::Contract* contract = FindContract(trial.bundle.manifest, method.contract);
    if (contract == nullptr && method.contract != std::string("plugin/1")) expect_refused(method.contract, method.name);
  }
}

}  // namespace

void AddLibraryCases(const Bundle&, Cases& cases) {
  const auto add = [&](const char* name, const char* claim, void (*run)(const Trial&)) {
    cases.push_back({name, "library", "", claim, kSeconds, run});
  };
  add("library/opens", "it opens within 100 ms", &OpensFast);
  add("library/entry", "the entry answers the same table to every host, and it stays as it is", &EntryIsIdempotent);
  add("library/describe", "describe answers the manifest, byte by byte, each time", &DescribeIsTheManifest);
  add("library/larger_host", "a host of a later minor version, whatever the size of its structs, can use it",
      &LargerHost);
  add("library/unknown_names", "contracts and methods it does not offer are UNSUPPORTED", &UnknownNames);
}

}  // namespace quayside::conformance
