#include "tools/quayside/playing.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "host/security/ed25519.h"
#include "sdk/conformance/methods.h"
#include "sdk/conformance/reading.h"
#include "sdk/conformance/session.h"

namespace quayside::cli {
namespace {

namespace kit = quayside::conformance;

// What the plugin did that no plugin may.
class Findings final : public kit::Log {
 public:
  void Fail(const std::string& what) override { absl::StrAppend(&text_, text_.empty() ? "" : "; ", what); }
  void At(const std::string&) override {}
  [[nodiscard]] std::string Take() { return std::exchange(text_, {}); }

 private:
  std::string text_;
};

// Each with its length before it, so that no two sequences are the same text.
std::string DigestOf(const std::vector<std::string>& replies) {
  std::string all;
  for (const std::string& reply : replies) absl::StrAppend(&all, reply.size(), ":", reply);
  return Sha256Hex(all);
}

void Fill(const kit::Read& read, PlayedMethod& played) {
  for (const auto& [key, record] : read.items) played.keys.insert(key);
  played.replies = static_cast<int>(read.replies.size());
  played.digest = DigestOf(read.replies);
  played.problem = read.problem;
  if (!read.unanswered.empty()) {
    played.problem = absl::StrCat("the cassette has no answer to ", *read.unanswered.begin());
  } else if (played.problem.empty() && !read.flaws.empty()) {
    played.problem = read.flaws.front();
  } else if (played.problem.empty() && !read.violations.empty()) {
    played.problem = read.violations.front();
  }
}

class Player {
 public:
  Player(const kit::Bundle& bundle, const kit::Cassette& cassette, const PlayOptions& options)
      : trial_{bundle, cassette, 0, findings_, {}}, options_(options) {}

  std::vector<PlayedMethod> Run() {
    std::vector<PlayedMethod> all;
    try {
      kit::Plugin plugin(trial_);
      for (const kit::Method& method : kit::DeclaredMethods(trial_.bundle)) {
        PlayedMethod played{.title = method.Title()};
        if (!IsWanted(method)) continue;
        try {
          method.kind == kit::MethodKind::kRead ? Read(plugin, method, played) : Call(plugin, method, played);
        } catch (const kit::CaseOver& over) {
          played.problem = over.what();
        }
        if (std::string found = findings_.Take(); !found.empty() && played.problem.empty()) played.problem = found;
        all.push_back(std::move(played));
      }
      plugin.Leave();
    } catch (const kit::CaseOver& over) {
      all.push_back({.title = "load", .problem = over.what()});
    }
    return all;
  }

 private:
  bool IsWanted(const kit::Method& method) const {
    if (method.kind == kit::MethodKind::kRead) return true;
    if (method.kind == kit::MethodKind::kWrite) return options_.writes && options_.writes(method.Title());
    return method.Title() == "plugin/1 check";
  }

  void Read(kit::Plugin& plugin, const kit::Method& method, PlayedMethod& played) {
    kit::ReadingPlan plan;
    if (options_.prepare) plan.prepare = [this](kit::World& world) { options_.prepare(world, true); };
    Fill(kit::ReadAll(plugin, method, plan), played);
  }

  void Call(kit::Plugin& plugin, const kit::Method& method, PlayedMethod& played) {
    kit::World world(trial_.bundle, trial_.cassette);
    const bool writes = method.kind == kit::MethodKind::kWrite;
    if (options_.prepare) options_.prepare(world, !writes);
    const auto request = kit::RequestFor(method, trial_.bundle, trial_.cassette);
    if (writes && !google::protobuf::util::MessageToJsonString(*request, &played.request).ok())
      throw kit::CaseOver("the request cannot be written as JSON");
    kit::Instance instance(plugin, world);
    const kit::Answer answer = instance.Call(method.contract, method.name, request->SerializeAsString());
    played.replies = 1;
    played.digest = DigestOf({answer.bytes});
    if (!answer.ok()) played.problem = answer.Text();
    if (!world.unanswered().empty())
      played.problem = absl::StrCat("the cassette has no answer to ", *world.unanswered().begin());
  }

  Findings findings_;
  const kit::Trial trial_;
  const PlayOptions& options_;
};

}  // namespace

std::vector<PlayedMethod> Play(const kit::Bundle& bundle, const kit::Cassette& cassette, const PlayOptions& options) {
  return Player(bundle, cassette, options).Run();
}

}  // namespace quayside::cli
