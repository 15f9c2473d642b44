#include "tests/watch/watch_host.h"

#include <stdexcept>
#include <utility>

#include "grpcpp/grpcpp.h"
#include "host/base/errors.h"
#include "host/store/sqlite_store.h"

namespace quayside::watch {
namespace {

// For streams that nobody reads.
constexpr DurationUs kGraceUs = 50 * kMillisecondUs;
// Smaller than a large transaction.
constexpr int kClientBufferBytes = 64 * 1024;
constexpr int kMostEventsOfAChange = 10'000;

template <class T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) throw std::runtime_error(std::string(result.status().message()));
  return *std::move(result);
}

absl::StatusOr<int64_t> Append(Tx& tx, TimeUs now, const std::vector<ModelEvent>& events,
                               const std::map<std::string, std::string>& attributes) {
  int64_t first = 0;
  for (const ModelEvent& event : events) {
    QS_ASSIGN_OR_RETURN(
        const int64_t revision,
        tx.AppendEvent({.time_us = now, .type = event.type, .resource = event.resource, .attributes = attributes}));
    if (first == 0) first = revision;
  }
  return first;
}

}  // namespace

WatchHost::WatchHost(const HostOptions& options) : options_(options), rng_(options.seed) { Open(); }

void WatchHost::Open() {
  inner_ = Must(OpenSqliteStore({.data_dir = options_.folder + "/data"}));
  store_ = std::make_unique<NotifyingStore>(*inner_, [this] { signal_->Notify(); });
  cipher_ = Must(OpenEnvelopeCipher(*store_, clock, options_.folder + "/master.key", true));
  ApiOptions api;
  api.bookmark_interval = options_.bookmark_interval;
  api.max_watch_lag = options_.max_watch_lag;
  server_ = Must(StartApiServer({*store_, clock, ids_, *logger_, catalog_, engine_, *cipher_, *signal_, budgets_},
                                socket(), std::move(api)));
}

void WatchHost::Close() {
  if (server_ != nullptr) server_->Stop(kGraceUs);
  server_.reset();
  cipher_.reset();
  store_.reset();
  inner_.reset();
}

void WatchHost::Write(absl::FunctionRef<absl::Status(Tx&)> fn) {
  const absl::Status status = store_->Write(fn);
  if (!status.ok()) throw std::runtime_error(std::string(status.message()));
}

int64_t WatchHost::Commit(const std::vector<ModelEvent>& events, const std::map<std::string, std::string>& attributes) {
  int64_t first = 0;
  Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(first, Append(tx, clock.Now(), events, attributes));
    return absl::OkStatus();
  });
  return first;
}

WatchHost::Written WatchHost::Change(absl::FunctionRef<absl::Status(Tx&, IdSource&, TimeUs)> rules) {
  Written written;
  Write([&](Tx& tx) -> absl::Status {
    written = {};
    QS_ASSIGN_OR_RETURN(const int64_t before, tx.LastEventRevision());
    QS_RETURN_IF_ERROR(rules(tx, ids_, clock.Now()));
    QS_ASSIGN_OR_RETURN(const std::vector<EventRecord> events,
                        tx.ListEvents({.after_revision = before, .limit = kMostEventsOfAChange}));
    written.first_revision = before + 1;
    for (const EventRecord& event : events) written.events.push_back({event.type, event.resource});
    return absl::OkStatus();
  });
  return written;
}

void WatchHost::CommitNothing(const std::vector<ModelEvent>& events) {
  const absl::Status status = store_->Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(Append(tx, clock.Now(), events, {}).status());
    return absl::AbortedError("the change is taken back");
  });
  if (status.ok()) throw std::runtime_error("a transaction that failed was committed");
}

void WatchHost::CompactBefore(int64_t revision) {
  Write([&](Tx& tx) { return tx.DeleteEventsBefore(revision); });
}

std::shared_ptr<grpc::Channel> WatchHost::Connect() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kClientBufferBytes);
  return grpc::CreateCustomChannel("unix:" + socket(), grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace quayside::watch
