// Who sent the request that is being worked on. A method gets a request and nothing else; what it changes is written
// down with the name of who asked.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace quayside {

// Thread-safe.
class Callers {
 public:
  // While it lives the request has a caller.
  class Scope {
   public:
    Scope(Callers& callers, const google::protobuf::Message& request, const std::string& actor);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Callers& callers_;
    const google::protobuf::Message* const request_;
  };

  // INTERNAL: the request came in by another way than Calls, which is a fault: nobody may change anything unnamed.
  [[nodiscard]] absl::StatusOr<std::string> ActorOf(const google::protobuf::Message& request) const;

 private:
  mutable std::mutex mutex_;
  std::map<const google::protobuf::Message*, std::string> actors_;
};

}  // namespace quayside
