#include "tools/quayside-runner/server.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "host/plugin/isolation/runner_descriptors.h"
#include "tools/quayside-runner/reply.h"

namespace quayside::runner {
namespace {

// The call this thread runs; 0 = none.
thread_local uint64_t t_call_id = 0;

// After a system call on one of the runner's descriptors failed for good.
[[noreturn]] void ConnectionLost() { _exit(errno == EBADF ? kRunnerLostDescriptors : kRunnerHostGone); }

[[noreturn]] void BadFrame(const char* what) {
  std::fprintf(stderr, "quayside-runner: the host sent %s\n", what);
  _exit(kRunnerBadFrame);
}

// An Error with this message (field 2), short enough for a length of one byte.
qs_status Refuse(qs_sink* sink, std::string_view message) {
  uint8_t* room = sink->reserve(sink->ctx, message.size() + 2);
  if (room != nullptr) {
    room[0] = 0x12;
    room[1] = static_cast<uint8_t>(message.size());
    std::memcpy(room + 2, message.data(), message.size());
  }
  return QS_INTERNAL;
}

}  // namespace

void Server::StartThreads(int count) {
  for (int i = 0; i < count; ++i) threads_.emplace_back([this] { Work(); });
}

void Server::Send(FrameHeader header, std::initializer_list<std::string_view> parts) {
  {
    const std::lock_guard<std::mutex> lock(send_mutex_);
    if (!SendFrame(socket_, header, parts)) ConnectionLost();
  }
  CountSent(sent_.by_runner());
}

void Server::Serve(const qs_plugin& table) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    table_ = &table;
  }
  idle_.notify_all();
  while (true) {
    pollfd waiting{bell_, POLLIN, 0};
    if (poll(&waiting, 1, -1) < 0 && errno == EINTR) continue;
    uint64_t rung = 0;
    if (read(bell_, &rung, sizeof rung) < 0 && errno != EAGAIN && errno != EINTR) ConnectionLost();
    const std::lock_guard<std::mutex> lock(mutex_);
    if (reading_) {
      rung_ = true;
    } else if (waiters_.empty()) {
      idle_.notify_one();
    } else {
      PassOn();
    }
  }
}

void Server::PassOn() {
  if (reading_) return;
  for (const auto& [id, waiter] : waiters_) {
    if (waiter->answer.has_value()) continue;
    waiter->changed.notify_one();
    return;
  }
}

void Server::Dispatch(Frame frame) {
  switch (frame.header.kind) {
    case FrameKind::kCall:
      calls_.push_back(std::move(frame));
      return;
    case FrameKind::kInvokeReply: {
      const auto found = waiters_.find(frame.header.call_id);
      if (found == waiters_.end() || found->second->answer.has_value()) BadFrame("an answer nobody asked for");
      found->second->answer = std::move(frame);
      found->second->changed.notify_one();
      return;
    }
    default:
      BadFrame("a frame of a kind that only a runner sends");
  }
}

void Server::Read(std::unique_lock<std::mutex>& lock) {
  reading_ = true;
  lock.unlock();
  Frame frame;
  FrameDecoder::State state;
  while ((state = decoder_.Next(&frame)) == FrameDecoder::State::kNeedMore) {
    size_t room = 0;
    char* to = decoder_.Room(&room);
    const ssize_t n = reader_.Read(socket_, to, room);
    if (n == 0) _exit(kRunnerHostGone);
    if (n < 0) ConnectionLost();
    decoder_.Added(static_cast<size_t>(n));
  }
  lock.lock();
  reading_ = false;
  while (state == FrameDecoder::State::kFrame) {
    Dispatch(std::move(frame));
    frame = {};
    state = decoder_.Next(&frame);
  }
  if (state == FrameDecoder::State::kBroken) BadFrame(decoder_.finding().c_str());
  if (std::exchange(rung_, false)) idle_.notify_one();
}

void Server::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  idle_.wait(lock, [&] { return table_ != nullptr; });
  while (true) {
    if (calls_.empty()) {
      if (reading_) {
        idle_.wait(lock);
      } else {
        Read(lock);
      }
      continue;
    }
    const Frame frame = std::move(calls_.front());
    calls_.pop_front();
    if (!calls_.empty()) idle_.notify_one();
    PassOn();
    lock.unlock();
    Handle(frame);
    lock.lock();
  }
}

Server::Instance* Server::Find(uint64_t id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = instances_.find(id);
  return found != instances_.end() ? found->second.get() : nullptr;
}

qs_status Server::Create(const CallBody& call, qs_sink* error) {
  auto instance = std::make_unique<Instance>();
  instance->host = {sizeof(qs_host), QS_ABI_MINOR, this, &Server::Invoke};
  const qs_bytes config{reinterpret_cast<const uint8_t*>(call.request.data()), call.request.size()};
  const qs_status status = table_->create(&instance->host, config, &instance->handle, error);
  if (status != QS_OK) return status;
  if (instance->handle == nullptr) return Refuse(error, "create answered OK without an instance");
  const std::lock_guard<std::mutex> lock(mutex_);
  instances_[call.head.instance] = std::move(instance);
  return QS_OK;
}

void Server::Handle(const Frame& frame) {
  const auto call = ParseCallBody(frame.body);
  if (!call) BadFrame("a malformed call");
  const qs_bytes request{reinterpret_cast<const uint8_t*>(call->request.data()), call->request.size()};
  Reply reply;
  qs_sink sink = reply.sink();
  qs_status status = QS_OK;
  switch (call->head.op) {
    case RunnerOp::kCreate:
      status = Create(*call, &sink);
      break;
    case RunnerOp::kCall: {
      Instance* instance = Find(call->head.instance);
      if (instance == nullptr) BadFrame("a call of an instance that does not exist");
      const qs_call abi_call{sizeof(qs_call),        0,      frame.header.call_id, call->contract, call->method,
                             call->head.deadline_us, request};
      t_call_id = frame.header.call_id;
      status = table_->call(instance->handle, &abi_call, &sink);
      t_call_id = 0;
      break;
    }
    case RunnerOp::kUpgradeCursor:
      status = table_->upgrade_cursor(call->contract, request, &sink);
      break;
    case RunnerOp::kDestroy: {
      std::unique_ptr<Instance> instance;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (auto node = instances_.extract(call->head.instance)) instance = std::move(node.mapped());
      }
      if (instance == nullptr) BadFrame("the end of an instance that does not exist");
      table_->destroy(instance->handle);
      break;
    }
    case RunnerOp::kUnload:
      table_->unload();
      break;
  }
  FrameHeader header;
  header.kind = FrameKind::kReply;
  header.call_id = frame.header.call_id;
  header.status = status;
  header.flags = reply.refused() ? FrameHeader::kRefused : 0;
  Send(header, {reply.bytes()});
}

qs_status Server::Invoke(void* ctx, uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply) {
  if (t_call_id == 0 || t_call_id != call_id || service == nullptr || reply == nullptr) return QS_INVALID;
  return static_cast<Server*>(ctx)->InvokeHost(call_id, service, request, reply);
}

qs_status Server::InvokeHost(uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply) {
  const size_t name_bytes = std::strlen(service) + 1;
  if (name_bytes > 256) return QS_UNSUPPORTED;
  if (request.size > Reply::kMaxBytes) return QS_INVALID;
  Waiter waiter;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiters_.emplace(call_id, &waiter);
  }
  FrameHeader header;
  header.kind = FrameKind::kInvoke;
  header.call_id = call_id;
  Send(header, {{service, name_bytes}, {reinterpret_cast<const char*>(request.data), request.size}});
  {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!waiter.answer.has_value()) {
      if (reading_) {
        waiter.changed.wait(lock);
        continue;
      }
      Read(lock);
      // Calls that came meanwhile are for others.
      if (!calls_.empty()) idle_.notify_one();
    }
    waiters_.erase(call_id);
    PassOn();
  }
  const std::string& bytes = waiter.answer->body;
  uint8_t* room = reply->reserve(reply->ctx, bytes.size());
  if (room == nullptr && !bytes.empty()) return QS_INTERNAL;
  if (!bytes.empty()) std::memcpy(room, bytes.data(), bytes.size());
  return waiter.answer->header.status;
}

}  // namespace quayside::runner
