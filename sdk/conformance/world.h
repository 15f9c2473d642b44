// The host the plugin meets: the cassette behind the SDK's fake host, every service call counted and checked against
// the manifest, and any of them made to fail.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "quayside/plugin.h"
#include "quayside/testing/fake_host.h"
#include "sdk/conformance/bundle.h"
#include "sdk/conformance/cassette.h"

namespace quayside::conformance {

enum class Fault {
  kRetry,     // QS_RETRY: nothing happened
  kLost,      // it happened, and the answer was lost: QS_UNKNOWN
  kUnknown,   // it did not happen, and nobody knows: QS_UNKNOWN
  kDeadline,  // QS_DEADLINE: nothing happened
  kInternal,  // QS_INTERNAL without a reason
  kGarbage,   // QS_OK with bytes that are no message
};

[[nodiscard]] std::string NameOf(Fault fault);

// What crossed the boundary: a call of the plugin ("order_sync/1 pull"), or of a service by it ("http/1").
struct Crossing {
  std::string name;
  bool by_plugin = false;
  std::string request;
  qs_status status = QS_INTERNAL;
  std::string reply;  // an Error unless the status is OK
};

// [one thread]
class World {
 public:
  World(const Bundle& bundle, const Cassette& cassette);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] const qs_host& host() const { return host_; }
  [[nodiscard]] sdk::testing::FakeHost& fake() { return fake_; }
  [[nodiscard]] int64_t now_us() const { return fake_.now(); }
  // A call that comes then has a minute.
  void AdvanceTo(int64_t time_us);
  // Of the calls that come, UTC on this world's clock.
  void SetDeadline(int64_t deadline_us);
  [[nodiscard]] int64_t deadline_us() const { return deadline_us_; }
  // A call of the plugin begins: services may be used under this id. 0 = no call is under way.
  void SetCall(uint64_t call_id);

  // The n-th service call from here on fails, n from 1. `services` is the beginning of its name ("" = any).
  void FailNth(int n, Fault fault, std::string services = "");
  // Every exchange is answered by this instead of the cassette. It gets the cassette's reply, or one with status 0 when
  // the cassette has none.
  void AnswerHttp(std::function<sdk::Result<pb::HttpReply>(pb::HttpReply)> change) { change_ = std::move(change); }
  // Asked before each exchange with a presigned address: an Error is its answer, and nothing happens.
  void OnDocument(std::function<std::optional<sdk::Error>()> fault) { document_fault_ = std::move(fault); }
  // Before the n-th service call since the world began, n from 1, once.
  void BeforeNth(int n, std::function<void()> happens) { before_nth_ = {n, std::move(happens)}; }
  // Told of everything that crosses, when it has.
  void Listen(std::function<void(const Crossing&)> listener) { listener_ = std::move(listener); }
  void Tell(const Crossing& crossing) const {
    if (listener_) listener_(crossing);
  }
  // Service calls since the world began.
  [[nodiscard]] int invocations() const { return invocations_; }
  // Those of them that leave the host: requests, files at places, documents at presigned addresses.
  [[nodiscard]] size_t exchanges() const;

  // What the plugin did that the manifest or the ABI forbids.
  [[nodiscard]] std::vector<std::string> violations() const;
  // Requests for which the cassette has no answer.
  [[nodiscard]] const std::set<std::string>& unanswered() const { return unanswered_; }
  // What it did outside: requests that are no reads, and files written, each once however often it was sent. With
  // `names` a file is told by its path and its bytes, otherwise by its bytes alone.
  [[nodiscard]] std::set<std::string> Effects(bool names) const;

 private:
  static qs_status InvokeThunk(void* ctx, uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply);
  qs_status Invoke(uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply);
  qs_status Serve(uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply);
  qs_status Fail(Fault fault, const char* service, qs_bytes request, qs_sink* reply);
  // Empty, or why the host would deny it.
  [[nodiscard]] std::string Denial(const std::string& service, const std::string& request) const;
  [[nodiscard]] std::string HttpDenial(const pb::HttpRequest& request) const;
  sdk::Result<pb::HttpReply> Answer(const pb::HttpRequest& request);

  const Bundle& bundle_;
  const Cassette& cassette_;
  sdk::testing::FakeHost fake_;
  qs_host host_;
  const std::thread::id thread_ = std::this_thread::get_id();
  uint64_t call_id_ = 0;
  int64_t deadline_us_ = 0;
  int invocations_ = 0;
  std::vector<size_t> played_;  // how often each exchange was the answer
  std::function<sdk::Result<pb::HttpReply>(pb::HttpReply)> change_;
  std::function<std::optional<sdk::Error>()> document_fault_;
  int documents_asked_ = 0;
  std::pair<int, std::function<void()>> before_nth_;
  std::function<void(const Crossing&)> listener_;
  struct Planned {
    int n;
    Fault fault;
    std::string services;
  };
  std::optional<Planned> planned_;
  std::vector<std::string> violations_;
  std::atomic<bool> foreign_thread_ = false;  // a service was invoked on another thread than this object's
  std::set<std::string> unanswered_;
  std::set<std::string> written_;
};

}  // namespace quayside::conformance
