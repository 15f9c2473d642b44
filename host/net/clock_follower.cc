#include "host/net/clock_follower.h"

#include <boost/json.hpp>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

absl::Status Unusable(std::string_view url, std::string_view why) {
  return MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed,
                   Concat("the simulator's clock at ", url, " cannot be read: ", why));
}

}  // namespace

ClockFollower::ClockFollower(HttpClient& client, Logger& logger, std::string url, std::chrono::milliseconds every)
    : client_(client), logger_(logger), url_(std::move(url)), every_(every) {}

absl::StatusOr<std::unique_ptr<ClockFollower>> ClockFollower::Start(HttpClient& client, Logger& logger, std::string url,
                                                                    std::chrono::milliseconds every) {
  auto follower = std::unique_ptr<ClockFollower>(new ClockFollower(client, logger, std::move(url), every));
  QS_RETURN_IF_ERROR(follower->Align());
  follower->thread_ = std::thread([raw = follower.get()] { raw->Loop(); });
  return follower;
}

ClockFollower::~ClockFollower() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  stop_condition_.notify_all();
  if (thread_.joinable()) thread_.join();
}

absl::Status ClockFollower::Align() {
  HttpExchange exchange{.method = "GET", .url = url_, .timeout_us = 2 * kSecondUs};
  const auto answer = client_.Send(exchange);
  if (!answer.ok()) return Unusable(url_, std::string(answer.status().message()));
  boost::system::error_code error;
  const boost::json::value body = boost::json::parse(answer->body, error);
  const auto* object = error ? nullptr : body.if_object();
  const auto* now = object != nullptr ? object->if_contains("now_us") : nullptr;
  const auto* speed = object != nullptr ? object->if_contains("speed") : nullptr;
  if (answer->status != 200 || now == nullptr || speed == nullptr || !now->is_int64() || !speed->is_number()) {
    return Unusable(url_, Concat("HTTP ", answer->status, " without now_us and speed"));
  }
  // At speed 0 (stopped) a wait must still end: the clock crawls.
  const double rate = std::max(0.001, speed->to_number<double>());
  if (clock_ == nullptr) {
    clock_ = std::make_unique<ScaledClock>(now->as_int64(), rate);
  } else {
    clock_->Set(now->as_int64(), rate);
  }
  return absl::OkStatus();
}

void ClockFollower::Loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  bool lost = false;
  while (!stop_condition_.wait_for(lock, every_, [&] { return stopping_; })) {
    lock.unlock();
    const absl::Status aligned = Align();
    if (!aligned.ok() && !lost)
      logger_.Warning("the simulator's clock is lost; the host runs on at its speed", {Field("error", aligned)});
    lost = !aligned.ok();
    lock.lock();
  }
}

}  // namespace quayside
