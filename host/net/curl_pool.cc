#include "host/net/curl_pool.h"

#include <utility>

namespace quayside {
namespace {

constexpr auto kGiveUpPoll = std::chrono::milliseconds(50);
// Servers close idle connections after a minute or so; keeping ours longer only holds dead sockets.
constexpr auto kLongestIdle = std::chrono::seconds(90);

}  // namespace

CurlSlot::CurlSlot() : multi(curl_multi_init()), easy(curl_easy_init()) {}

CurlSlot::~CurlSlot() {
  if (easy != nullptr) curl_easy_cleanup(easy);
  if (multi != nullptr) curl_multi_cleanup(multi);
}

std::unique_ptr<CurlSlot> CurlPool::Take(const std::string& host, const std::function<bool()>& give_up) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    if (give_up()) return nullptr;
    Host& entry = hosts_[host];
    if (entry.in_use < max_per_host_) {
      ++entry.in_use;
      if (entry.idle.empty()) break;
      std::unique_ptr<CurlSlot> slot = std::move(entry.idle.back());
      entry.idle.pop_back();
      return slot;
    }
    returned_.wait_for(lock, kGiveUpPoll);
  }
  lock.unlock();
  return std::make_unique<CurlSlot>();
}

void CurlPool::Return(const std::string& host, std::unique_ptr<CurlSlot> slot) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard<std::mutex> guard(mutex_);
  Host& entry = hosts_[host];
  --entry.in_use;
  slot->idle_since = now;
  entry.idle.push_back(std::move(slot));
  DropOldSlots(now);
  returned_.notify_all();
}

void CurlPool::Discard(const std::string& host) {
  const std::lock_guard<std::mutex> guard(mutex_);
  --hosts_[host].in_use;
  returned_.notify_all();
}

void CurlPool::DropOldSlots(std::chrono::steady_clock::time_point now) {
  for (auto it = hosts_.begin(); it != hosts_.end();) {
    std::erase_if(it->second.idle, [&](const auto& slot) { return now - slot->idle_since > kLongestIdle; });
    it = it->second.in_use == 0 && it->second.idle.empty() ? hosts_.erase(it) : std::next(it);
  }
}

}  // namespace quayside
