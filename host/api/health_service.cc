#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "host/api/lane_view.h"
#include "host/api/services.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

namespace health = grpc::health::v1;
using Serving = health::HealthCheckResponse::ServingStatus;

constexpr char kChannels[] = "channels/";

class HealthService;

// Says how it is, and again whenever that changes.
class HealthStream final : public grpc::ServerWriteReactor<health::HealthCheckResponse> {
 public:
  // `name` of what is watched.
  HealthStream(HealthService& service, std::string name, Serving status, std::string actor, StreamPlace place);
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& actor() const { return actor_; }
  void Say(Serving status);
  void SayNotServingAndEnd(const grpc::Status& end);
  // Says no more.
  void End(const grpc::Status& end);
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  // At most one of writing and ended; what is wanted meanwhile waits for the write.
  void Step();

  HealthService& service_;
  const std::string name_;
  const std::string actor_;  // whose it is; nobody's, of the whole host
  const StreamPlace place_;
  std::mutex mutex_;
  health::HealthCheckResponse response_;
  Serving wanted_;
  bool writing_ = true;
  bool ending_ = false;
  bool cancelled_ = false;
  bool ended_ = false;
  grpc::Status end_{grpc::StatusCode::CANCELLED, "the caller is gone"};  // the host's word when it is ending
};

// An enabled channel serves while none of the lanes that work for it is sick.
Serving HealthOfChannel(const ApiParts& parts, const std::string& id) {
  ChannelRecord channel;
  const absl::Status read = parts.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(channel, tx.GetChannel(id));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(read)) return health::HealthCheckResponse::SERVICE_UNKNOWN;
  if (!read.ok()) return health::HealthCheckResponse::UNKNOWN;
  const std::vector<LaneStatus> lanes = parts.engine.LanesOfChannels({channel});
  const bool works = channel.enabled && std::none_of(lanes.begin(), lanes.end(), IsSick);
  return works ? health::HealthCheckResponse::SERVING : health::HealthCheckResponse::NOT_SERVING;
}

class HealthService final : public StreamingService, public health::Health::CallbackService {
 public:
  HealthService(const ApiContext& context, std::vector<std::string> names)
      : context_(context), names_(std::move(names)), watcher_([this] { Follow(); }) {}
  ~HealthService() override { EndStreams(); }

  grpc::Service& service() override { return *this; }

  void EndStreams() override {
    const grpc::Status end = context_.calls.Answer(ShuttingDown());
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      stopping_ = true;
      for (HealthStream* stream : streams_) stream->SayNotServingAndEnd(end);
    }
    followed_.notify_all();
    context_.parts.events.Notify();
    if (watcher_.joinable()) watcher_.join();
  }

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context, const health::HealthCheckRequest* request,
                                  health::HealthCheckResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    if (const auto caller = Admit(*context, *request, "Health.Check"); !caller.ok()) {
      reactor->Finish(context_.calls.Answer(caller.status()));
      return reactor;
    }
    const auto status = StatusOf(request->service());
    response->set_status(status);
    if (status == health::HealthCheckResponse::SERVICE_UNKNOWN) {
      reactor->Finish(context_.calls.Answer(MakeError(absl::StatusCode::kNotFound, Reason::kInvalidName,
                                                      absl::StrCat("there is no service '", request->service(), "'"))));
    } else {
      reactor->Finish(grpc::Status::OK);
    }
    return reactor;
  }

  grpc::ServerWriteReactor<health::HealthCheckResponse>* Watch(grpc::CallbackServerContext* context,
                                                               const health::HealthCheckRequest* request) override {
    const absl::StatusOr<StreamCaller> caller = AdmitStream(*context, *request);
    if (!caller.ok()) return new RefusedStream<health::HealthCheckResponse>(context_.calls.Answer(caller.status()));
    auto* stream = new HealthStream(*this, request->service(), StatusOf(request->service()), caller->principal.actor,
                                    caller->place);
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      streams_.push_back(stream);
      if (stopping_) stream->SayNotServingAndEnd(context_.calls.Answer(ShuttingDown()));
    }
    // It may have changed before the stream was known.
    followed_.notify_all();
    context_.parts.events.Notify();
    return stream;
  }

  void Remove(HealthStream* stream) {
    const std::lock_guard<std::mutex> guard(mutex_);
    streams_.remove(stream);
  }

 private:
  static bool IsChannel(const std::string& name) { return name.rfind(kChannels, 0) == 0; }
  static std::string ChannelIn(const std::string& name) {
    return IsChannel(name) ? std::string(absl::StripPrefix(name, kChannels)) : "";
  }

  // The host as a whole is everybody's to ask for; what there is inside is not.
  absl::StatusOr<Principal> Admit(const grpc::ServerContextBase& context, const health::HealthCheckRequest& request,
                                  const std::string& action) {
    if (request.service().empty()) return Principal{.actor = kNobody};
    return context_.gate.AdmitTo(context, action, api::ROLE_VIEWER, ChannelIn(request.service()));
  }
  absl::StatusOr<StreamCaller> AdmitStream(const grpc::ServerContextBase& context,
                                           const health::HealthCheckRequest& request) {
    QS_ASSIGN_OR_RETURN(Principal caller, Admit(context, request, "Health.Watch"));
    QS_ASSIGN_OR_RETURN(StreamPlace place, context_.gate.PlaceFor(caller));
    return StreamCaller{std::move(caller), std::move(place)};
  }

  Serving StatusOf(const std::string& name) {
    const bool is_channel = IsChannel(name);
    if (!is_channel && !name.empty() && std::find(names_.begin(), names_.end(), name) == names_.end()) {
      return health::HealthCheckResponse::SERVICE_UNKNOWN;
    }
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      if (stopping_) return health::HealthCheckResponse::NOT_SERVING;
    }
    return is_channel ? HealthOfChannel(context_.parts, ChannelIn(name)) : health::HealthCheckResponse::SERVING;
  }

  // What changes a channel's health, or ends a token, is an event; each commit is a reason to look, and time is one.
  void Follow() {
    uint64_t seen = 0;
    while (true) {
      std::set<std::string> channels;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        // Commits are many: without anybody who wants to know more than that the host is there, none is looked at.
        followed_.wait(lock, [&] {
          return stopping_ || std::any_of(streams_.begin(), streams_.end(),
                                          [](const HealthStream* stream) { return !stream->name().empty(); });
        });
        if (stopping_) return;
        for (const HealthStream* stream : streams_) {
          if (IsChannel(stream->name())) channels.insert(stream->name());
        }
      }
      std::map<std::string, Serving> now;
      for (const std::string& name : channels) now.emplace(name, StatusOf(name));
      {
        const std::lock_guard<std::mutex> guard(mutex_);
        if (stopping_) return;
        for (HealthStream* stream : streams_) Tell(*stream, now);
      }
      seen = context_.parts.events.Wait(seen, std::chrono::steady_clock::now() + context_.options.bookmark_interval);
    }
  }

  void Tell(HealthStream& stream, const std::map<std::string, Serving>& channels) {
    if (const absl::Status signed_in = context_.gate.StillSignedIn(stream.actor()); !signed_in.ok()) {
      stream.End(context_.calls.Answer(signed_in));
      return;
    }
    const auto found = channels.find(stream.name());
    if (found != channels.end()) stream.Say(found->second);
  }

  const ApiContext& context_;
  const std::vector<std::string> names_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::list<HealthStream*> streams_;
  std::condition_variable followed_;
  std::thread watcher_;  // last: it uses the others
};

HealthStream::HealthStream(HealthService& service, std::string name, Serving status, std::string actor,
                           StreamPlace place)
    : service_(service), name_(std::move(name)), actor_(std::move(actor)), place_(std::move(place)), wanted_(status) {
  response_.set_status(status);
  StartWrite(&response_);
}

void HealthStream::Say(Serving status) {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (ending_) return;
    wanted_ = status;
    if (writing_) return;
  }
  Step();
}

void HealthStream::SayNotServingAndEnd(const grpc::Status& end) {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (ending_ || ended_) return;
    wanted_ = health::HealthCheckResponse::NOT_SERVING;
    ending_ = true;
    end_ = end;
    if (writing_) return;
  }
  Step();
}

void HealthStream::End(const grpc::Status& end) {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (ending_ || ended_) return;
    wanted_ = response_.status();
    ending_ = true;
    end_ = end;
    if (writing_) return;
  }
  Step();
}

void HealthStream::OnWriteDone(bool ok) {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    writing_ = false;
    cancelled_ = cancelled_ || !ok;
  }
  Step();
}

void HealthStream::OnCancel() {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    cancelled_ = true;
    if (writing_) return;
  }
  Step();
}

void HealthStream::OnDone() {
  service_.Remove(this);
  delete this;
}

void HealthStream::Step() {
  enum class Next { kWait, kWrite, kEnd } next = Next::kWait;
  grpc::Status end;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (writing_ || ended_) return;
    const bool said = response_.status() == wanted_;
    if (cancelled_ || (ending_ && said)) {
      ended_ = true;
      end = end_;
      next = Next::kEnd;
    } else if (!said) {
      writing_ = true;
      response_.set_status(wanted_);
      next = Next::kWrite;
    }
  }
  if (next == Next::kWrite) StartWrite(&response_);
  if (next == Next::kEnd) Finish(end);
}

}  // namespace

std::unique_ptr<StreamingService> MakeHealthService(const ApiContext& context, std::vector<std::string> service_names) {
  return std::make_unique<HealthService>(context, std::move(service_names));
}

}  // namespace quayside
