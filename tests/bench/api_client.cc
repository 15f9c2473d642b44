#include "tests/bench/api_client.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "grpcpp/create_channel.h"
#include "tests/bench/figures.h"

namespace quayside {
namespace {

// Keeps `in_flight` calls of each kind under way: one that is answered begins the next.
class Load {
 public:
  explicit Load(int calls) : calls_(calls) {}

  void Begin(const UnaryMethod& method) {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      if (begun_ == calls_) return;
      ++begun_;
    }
    method.begin([this, &method](const grpc::Status& status) {
      Begin(method);
      const std::lock_guard<std::mutex> guard(mutex_);
      if (!status.ok()) failed_ = status;
      if (++done_ == calls_) all_done_.notify_one();
    });
  }

  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    all_done_.wait(lock, [this] { return done_ == calls_; });
    Check(failed_);
  }

 private:
  const int calls_;
  std::mutex mutex_;
  std::condition_variable all_done_;
  int begun_ = 0;
  int done_ = 0;
  grpc::Status failed_;
};

}  // namespace

std::shared_ptr<grpc::Channel> ConnectTo(const std::string& socket_path) {
  grpc::ChannelArguments arguments;
  // Channels with the same target would share one connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  auto channel = grpc::CreateCustomChannel("unix:" + socket_path, grpc::InsecureChannelCredentials(), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
    throw std::runtime_error("nobody answers at " + socket_path);
  }
  return channel;
}

double OneInFlight(const UnaryMethod& method, int calls) {
  return calls / SecondsOf([&] {
           for (int i = 0; i < calls; ++i) method.call();
         });
}

double Saturated(const std::vector<UnaryMethod>& methods, int in_flight, int calls) {
  Load load(calls);
  return calls / SecondsOf([&] {
           for (int i = 0; i < in_flight; ++i) load.Begin(methods[static_cast<size_t>(i) % methods.size()]);
           load.Wait();
         });
}

}  // namespace quayside
