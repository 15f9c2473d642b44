// The library in a quayside-runner, started and spoken to as the host does it, one call at a time.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "host/plugin/isolation/frame.h"
#include "host/plugin/isolation/runner_process.h"
#include "sdk/conformance/seat.h"
#include "sdk/src/bytes.h"

namespace quayside::conformance {
namespace {

// The process and its frames. Its end is an exception for who waits for it.
class Connection {
 public:
  explicit Connection(const Trial& trial) {
    const auto library = SealBytes("plugin.so", trial.bundle.library);
    if (!library.ok()) throw CaseOver(std::string(library.status().message()));
    RunnerStart start;
    start.program = trial.runner;
    start.label = trial.bundle.manifest.id() + " " + trial.bundle.manifest.version();
    start.workers = 1;
    auto process = StartRunner(start, *library);
    if (!process.ok()) throw CaseOver(std::string(process.status().message()));
    process_ = *std::move(process);
  }
  ~Connection() { Kill(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] pid_t pid() const { return process_.pid; }
  void Kill() {
    if (std::exchange(ended_, true)) return;
    KillRunner(process_);
    (void)ReapRunner(process_);
  }

  void Send(const std::string& where, const FrameHeader& header, std::initializer_list<std::string_view> parts) {
    if (!SendFrame(process_.socket.get(), header, parts)) Ended(where);
  }

  // Meanwhile what the plugin writes is passed on: a full pipe would stop it.
  Frame Receive(const std::string& where) {
    Frame frame;
    while (true) {
      switch (decoder_.Next(&frame)) {
        case FrameDecoder::State::kFrame:
          return frame;
        case FrameDecoder::State::kBroken:
          Kill();
          throw CaseOver(where + ": it writes into the runner's connection: " + decoder_.finding());
        case FrameDecoder::State::kNeedMore:
          break;
      }
      pollfd waiting[2] = {{process_.socket.get(), POLLIN, 0}, {output_open_ ? process_.output.get() : -1, POLLIN, 0}};
      if (poll(waiting, 2, -1) < 0) {
        if (errno == EINTR) continue;
        throw CaseOver(where + ": the kit cannot wait for the runner: " + std::strerror(errno));
      }
      if (waiting[1].revents != 0) PassOutputOn();
      if (waiting[0].revents == 0) continue;
      size_t room = 0;
      char* to = decoder_.Room(&room);
      const ssize_t n = recv(process_.socket.get(), to, room, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) Ended(where);
      decoder_.Added(static_cast<size_t>(n));
    }
  }

 private:
  [[noreturn]] void Ended(const std::string& where) {
    ended_ = true;
    const RunnerEnd end = ReapRunner(process_);
    PassOutputOn();
    throw CaseOver(where + ": its runner " + end.text);
  }

  // A host would log it; here it stands below what is found.
  void PassOutputOn() {
    char buffer[4096];
    while (true) {
      const ssize_t n = read(process_.output.get(), buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n == 0) output_open_ = false;
      if (n <= 0) return;
      (void)!write(STDERR_FILENO, buffer, static_cast<size_t>(n));  // without it the findings are still there
    }
  }

  RunnerProcess process_;
  FrameDecoder decoder_;
  bool ended_ = false;
  bool output_open_ = true;
};

class SeatInRunner final : public Seat {
 public:
  explicit SeatInRunner(const Trial& trial) : log_(trial.log), connection_(trial) {
    constexpr char kWhere[] = "loading the library into a runner";
    log_.At(kWhere);
    const Frame ready = connection_.Receive(kWhere);
    if (ready.header.kind != FrameKind::kReady) throw CaseOver("its runner does not say what it loaded");
    if (ready.header.status != QS_OK) throw CaseOver("a runner cannot load it: " + ready.body);
    const auto body = ParseReadyBody(ready.body);
    if (!body) throw CaseOver("its runner does not say what it loaded");
    describe_reply_ = std::string(body->describe_reply);
  }

  [[nodiscard]] const qs_plugin* table() const override { return nullptr; }

  // Asked once, by the runner, when the library was loaded.
  SeatReply Describe() override { return {QS_OK, describe_reply_, false}; }

  SeatReply UpgradeCursor(const std::string& contract, const std::string& cursor) override {
    return Run("upgrade_cursor", RunnerOp::kUpgradeCursor, 0, {contract, "", cursor, kNoCall, 0}, nullptr);
  }

  SeatReply Create(uint64_t instance, World&, const std::string& config) override {
    return Run("create", RunnerOp::kCreate, instance, {"", "", config, kNoCall, 0}, nullptr);
  }

  SeatReply Call(uint64_t instance, World& world, const SeatCall& call) override {
    return Run(call.contract + " " + call.method, RunnerOp::kCall, instance, call, &world);
  }

  void Destroy(uint64_t instance) override {
    if (connection_.ended()) return;
    try {
      (void)Run("destroy", RunnerOp::kDestroy, instance, {"", "", "", kNoCall, 0}, nullptr);
    } catch (const CaseOver& over) {
      log_.Fail(over.what());
    }
  }

  void Unload() override { (void)Run("unload", RunnerOp::kUnload, 0, {"", "", "", kNoCall, 0}, nullptr); }

  void Close() override { connection_.Kill(); }

  [[nodiscard]] int64_t BusyUs() const override {
    int64_t busy_us = BusyUsOf("/proc/thread-self/schedstat");
    std::error_code error;
    std::filesystem::directory_iterator threads("/proc/" + std::to_string(connection_.pid()) + "/task", error);
    if (error || busy_us < 0) return -1;
    for (; threads != std::filesystem::directory_iterator(); threads.increment(error)) {
      const int64_t thread_us = BusyUsOf((threads->path() / "schedstat").string());
      if (thread_us < 0) return -1;
      busy_us += thread_us;
    }
    return busy_us;
  }

 private:
  // The frames of what is no call of the plugin's; one at a time is open, so that the number may come again.
  static constexpr uint64_t kNoCall = 1;

  SeatReply Run(const std::string& where, RunnerOp op, uint64_t instance, const SeatCall& call, World* world) {
    CallHead head;
    head.op = op;
    head.contract_bytes = static_cast<uint32_t>(call.contract.size() + 1);
    head.method_bytes = static_cast<uint32_t>(call.method.size() + 1);
    head.instance = instance;
    head.deadline_us = call.deadline_us;
    FrameHeader header;
    header.kind = FrameKind::kCall;
    header.call_id = call.call_id;
    connection_.Send(where, header,
                     {{reinterpret_cast<const char*>(&head), sizeof head},
                      {call.contract.c_str(), call.contract.size() + 1},
                      {call.method.c_str(), call.method.size() + 1},
                      call.request});
    while (true) {
      Frame frame = connection_.Receive(where);
      if (frame.header.kind == FrameKind::kReply) {
        return {frame.header.status, std::move(frame.body), (frame.header.flags & FrameHeader::kRefused) != 0};
      }
      const auto invoke = ParseInvokeBody(frame.body);
      const bool fits = frame.header.kind == FrameKind::kInvoke && frame.header.call_id == call.call_id &&
                        invoke.has_value() && world != nullptr;
      if (!fits) throw CaseOver(where + ": its runner sends a frame that has no place here");
      sdk::internal::ReplyBuffer reply;
      qs_sink sink = reply.sink();
      FrameHeader answer;
      answer.kind = FrameKind::kInvokeReply;
      answer.call_id = call.call_id;
      answer.status = world->host().invoke(world->host().ctx, call.call_id, invoke->service,
                                           sdk::internal::BytesOf(invoke->request), &sink);
      connection_.Send(where, answer, {reply.bytes()});
    }
  }

  Log& log_;
  Connection connection_;
  std::string describe_reply_;
};

}  // namespace

std::unique_ptr<Seat> TakeSeatInRunner(const Trial& trial) { return std::make_unique<SeatInRunner>(trial); }

}  // namespace quayside::conformance
