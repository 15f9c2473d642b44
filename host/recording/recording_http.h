// The marketplace of an account with a tape beside it: every exchange goes into the account's cassette. For development
// only (setting development.record_dir).
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "host/net/http_service.h"
#include "host/ops/log.h"
#include "host/recording/cassette_recorder.h"

namespace quayside {

// Thread-safe.
class RecordingHttp final : public HttpService {
 public:
  // Cassettes are {folder}/{account}.json; the folder is there. A long one is written anew when it has grown by a part
  // of its length, and at the end.
  RecordingHttp(HttpService& inner, std::string folder, Logger& logger)
      : inner_(inner), folder_(std::move(folder)), logger_(logger) {}
  ~RecordingHttp() override;

  [[nodiscard]] absl::StatusOr<plugin::v1::HttpReply> Send(const plugin::v1::HttpRequest& request,
                                                           const CallContext& context) override;

 private:
  struct Tape {
    CassetteRecorder recorder{{}};
    std::mutex writing;
    size_t written = 0;  // exchanges in the file
  };
  // Unless fewer than `least` exchanges are new.
  void Write(const std::string& account_id, Tape& tape, size_t least);

  HttpService& inner_;
  const std::string folder_;
  Logger& logger_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Tape>> tapes_;  // by account; entries stay
};

}  // namespace quayside
