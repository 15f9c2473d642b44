#include <algorithm>
#include <list>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "host/api/services.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

namespace health = grpc::health::v1;

class HealthService;

// Says the state once, and again with the end: there is no other change.
class HealthStream final : public grpc::ServerWriteReactor<health::HealthCheckResponse> {
 public:
  HealthStream(HealthService& service, health::HealthCheckResponse::ServingStatus status, StreamPlace place);
  void SayNotServingAndEnd();
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  // At most one of writing and ended; what is wanted meanwhile waits for the write.
  void Step();

  HealthService& service_;
  const StreamPlace place_;
  std::mutex mutex_;
  health::HealthCheckResponse response_;
  bool writing_ = true;
  bool not_serving_wanted_ = false;
  bool cancelled_ = false;
  bool ended_ = false;
};

class HealthService final : public StreamingService, public health::Health::CallbackService {
 public:
  HealthService(const ApiContext& context, std::vector<std::string> names)
      : context_(context), names_(std::move(names)) {}

  grpc::Service& service() override { return *this; }

  void EndStreams() override {
    const std::lock_guard<std::mutex> guard(mutex_);
    stopping_ = true;
    for (HealthStream* stream : streams_) stream->SayNotServingAndEnd();
  }

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context, const health::HealthCheckRequest* request,
                                  health::HealthCheckResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    if (const absl::Status admitted = Admit(*context, *request, "Health.Check"); !admitted.ok()) {
      reactor->Finish(context_.calls.Answer(admitted));
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
    absl::Status admitted = Admit(*context, *request, "Health.Watch");
    StreamPlace place;
    if (admitted.ok()) {
      absl::StatusOr<StreamPlace> taken = context_.gate.PlaceForNobody();
      admitted = taken.status();
      if (taken.ok()) place = *std::move(taken);
    }
    if (!admitted.ok()) return new RefusedStream<health::HealthCheckResponse>(context_.calls.Answer(admitted));
    auto* stream = new HealthStream(*this, StatusOf(request->service()), std::move(place));
    const std::lock_guard<std::mutex> guard(mutex_);
    streams_.push_back(stream);
    if (stopping_) stream->SayNotServingAndEnd();
    return stream;
  }

  void Remove(HealthStream* stream) {
    const std::lock_guard<std::mutex> guard(mutex_);
    streams_.remove(stream);
  }

 private:
  // The host as a whole is everybody's to ask for; what there is inside is not.
  absl::Status Admit(const grpc::ServerContextBase& context, const health::HealthCheckRequest& request,
                     const std::string& action) {
    if (request.service().empty()) return absl::OkStatus();
    return context_.gate.AdmitTo(context, action, api::ROLE_VIEWER).status();
  }

  health::HealthCheckResponse::ServingStatus StatusOf(const std::string& name) {
    if (!name.empty() && std::find(names_.begin(), names_.end(), name) == names_.end()) {
      return health::HealthCheckResponse::SERVICE_UNKNOWN;
    }
    const std::lock_guard<std::mutex> guard(mutex_);
    return stopping_ ? health::HealthCheckResponse::NOT_SERVING : health::HealthCheckResponse::SERVING;
  }

  const ApiContext& context_;
  const std::vector<std::string> names_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::list<HealthStream*> streams_;
};

HealthStream::HealthStream(HealthService& service, health::HealthCheckResponse::ServingStatus status, StreamPlace place)
    : service_(service), place_(std::move(place)) {
  response_.set_status(status);
  StartWrite(&response_);
}

void HealthStream::SayNotServingAndEnd() {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    not_serving_wanted_ = true;
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
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (writing_ || ended_) return;
    const bool said = response_.status() == health::HealthCheckResponse::NOT_SERVING;
    if (cancelled_ || (not_serving_wanted_ && said)) {
      ended_ = true;
      next = Next::kEnd;
    } else if (not_serving_wanted_) {
      writing_ = true;
      response_.set_status(health::HealthCheckResponse::NOT_SERVING);
      next = Next::kWrite;
    }
  }
  if (next == Next::kWrite) StartWrite(&response_);
  if (next == Next::kEnd) Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the host is stopping"));
}

}  // namespace

std::unique_ptr<StreamingService> MakeHealthService(const ApiContext& context, std::vector<std::string> service_names) {
  return std::make_unique<HealthService>(context, std::move(service_names));
}

}  // namespace quayside
