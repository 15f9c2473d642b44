// Curl handles that outlive single transfers, so that connections (and TLS sessions) are used again. Thread-safe.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace quayside {

// An easy handle inside a multi handle of its own: the multi handle owns the connections and lets the caller's thread
// look at `stop` several times a second while it waits (curl_easy_perform would look once a second).
struct CurlSlot {
  CurlSlot();
  ~CurlSlot();
  CurlSlot(const CurlSlot&) = delete;
  CurlSlot& operator=(const CurlSlot&) = delete;

  CURLM* const multi;
  CURL* const easy;
  std::chrono::steady_clock::time_point idle_since;
};

class CurlPool {
 public:
  explicit CurlPool(int max_per_host) : max_per_host_(max_per_host) {}

  // A slot for `host` ("https://host:port"). Waits while all of the host's are in use; nullptr once `give_up` says so.
  [[nodiscard]] std::unique_ptr<CurlSlot> Take(const std::string& host, const std::function<bool()>& give_up);
  void Return(const std::string& host, std::unique_ptr<CurlSlot> slot);
  // Instead of Return, for a slot that cannot be used again.
  void Discard(const std::string& host);

 private:
  struct Host {
    int in_use = 0;
    std::vector<std::unique_ptr<CurlSlot>> idle;  // most recently used last
  };
  void DropOldSlots(std::chrono::steady_clock::time_point now);

  const int max_per_host_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::map<std::string, Host> hosts_;
};

}  // namespace quayside
