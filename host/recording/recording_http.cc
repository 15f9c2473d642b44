#include "host/recording/recording_http.h"

#include <cstdio>
#include <fstream>

namespace quayside {
namespace {

namespace pb = plugin::v1;

constexpr size_t kPart = 16;

// Under another name first, so that whoever copies the file never has half of it.
bool WriteFile(const std::string& path, const std::string& text) {
  const std::string draft = path + ".tmp";
  std::ofstream file(draft, std::ios::binary | std::ios::trunc);
  file << text << "\n";
  file.close();
  return file.good() && std::rename(draft.c_str(), path.c_str()) == 0;
}

}  // namespace

absl::StatusOr<pb::HttpReply> RecordingHttp::Send(const pb::HttpRequest& request, const CallContext& context) {
  auto reply = inner_.Send(request, context);
  if (!reply.ok()) return reply;
  Tape* tape = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto& entry = tapes_[context.account_id];
    if (entry == nullptr) entry = std::make_unique<Tape>();
    tape = entry.get();
  }
  tape->recorder.Add(request, *reply);
  Write(context.account_id, *tape, 1 + tape->recorder.size() / kPart);
  return reply;
}

RecordingHttp::~RecordingHttp() {
  for (auto& [account_id, tape] : tapes_) Write(account_id, *tape, 1);
}

void RecordingHttp::Write(const std::string& account_id, Tape& tape, size_t least) {
  const std::lock_guard lock(tape.writing);
  if (tape.recorder.size() < tape.written + least) return;
  boost::json::array exchanges = tape.recorder.Exchanges();
  tape.written = exchanges.size();
  const std::string path = folder_ + "/" + account_id + ".json";
  const boost::json::object cassette{{"exchanges", std::move(exchanges)}};
  // A tape that cannot be written must not stop what it listens to.
  if (!WriteFile(path, boost::json::serialize(cassette)))
    logger_.Warning("a cassette cannot be written", {Field("file", path)});
}

}  // namespace quayside
