#include "host/plugin/isolation/call_mux.h"

#include <sys/socket.h>

#include <utility>

#include "absl/cleanup/cleanup.h"

namespace quayside {

bool CallMux::Receive(Frame* frame) {
  while (true) {
    switch (decoder_.Next(frame)) {
      case FrameDecoder::State::kFrame:
        return true;
      case FrameDecoder::State::kBroken:
        return false;
      case FrameDecoder::State::kNeedMore:
        break;
    }
    size_t room = 0;
    char* to = decoder_.Room(&room);
    const ssize_t n = reader_.Read(socket_.get(), to, room);
    if (n <= 0) return false;
    decoder_.Added(static_cast<size_t>(n));
  }
}

std::optional<Frame> CallMux::AwaitReady() {
  Frame frame;
  if (Receive(&frame) && frame.header.kind == FrameKind::kReady) return frame;
  Break(decoder_.finding());
  return std::nullopt;
}

void CallMux::BreakLocked(std::string finding) {
  if (broken_) return;
  broken_ = true;
  finding_ = std::move(finding);
  shutdown(socket_.get(), SHUT_RDWR);
  for (const auto& [id, call] : calls_) call->changed.notify_one();
}

void CallMux::Break(std::string finding) {
  const std::lock_guard<std::mutex> lock(mutex_);
  BreakLocked(std::move(finding));
}

std::string CallMux::finding() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return finding_;
}

void CallMux::Deliver(Frame frame, const Call* reader) {
  const auto found = calls_.find(frame.header.call_id);
  if (found == calls_.end()) return BreakLocked("a frame of a call that is not open");
  Call& call = *found->second;
  if (frame.header.kind != FrameKind::kReply && frame.header.kind != FrameKind::kInvoke) {
    return BreakLocked("a frame that only the host sends, or only the beginning has");
  }
  if (!call.at_runner || call.frame.has_value()) return BreakLocked("a frame of a call whose turn it is not");
  call.frame = std::move(frame);
  if (&call != reader) call.changed.notify_one();
}

bool CallMux::Await(std::unique_lock<std::mutex>& lock, Call& call) {
  while (!call.frame.has_value() && !broken_) {
    if (reading_) {
      call.changed.wait(lock);
      continue;
    }
    reading_ = true;
    lock.unlock();
    Frame frame;
    const bool received = Receive(&frame);
    lock.lock();
    reading_ = false;
    if (!received) {
      BreakLocked(decoder_.finding());
      break;
    }
    Deliver(std::move(frame), &call);
    while (!broken_) {  // more that came with it
      Frame more;
      const FrameDecoder::State state = decoder_.Next(&more);
      if (state == FrameDecoder::State::kBroken) BreakLocked(decoder_.finding());
      if (state != FrameDecoder::State::kFrame) break;
      Deliver(std::move(more), &call);
    }
  }
  if (!reading_) {
    // Somebody else who still waits reads on.
    for (const auto& [id, other] : calls_) {
      if (other == &call || !other->at_runner || other->frame.has_value()) continue;
      other->changed.notify_one();
      break;
    }
  }
  return call.frame.has_value();
}

bool CallMux::Send(FrameKind kind, uint64_t call_id, qs_status status, std::initializer_list<std::string_view> parts) {
  FrameHeader header;
  header.kind = kind;
  header.call_id = call_id;
  header.status = status;
  {
    const std::lock_guard<std::mutex> lock(send_mutex_);
    if (!SendFrame(socket_.get(), header, parts)) return false;
  }
  CountSent(sent_.by_host());
  if (open_calls_.load() > 1) {
    const uint64_t one = 1;
    (void)!write(bell_.get(), &one, sizeof one);  // full: it rings already
  }
  return true;
}

std::optional<qs_status> CallMux::Run(const Request& request, const ServeFn& serve, ReplyBuffer& reply) {
  Call call;
  uint64_t id = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (broken_) return std::nullopt;
    id = next_call_id_++;
    calls_.emplace(id, &call);
  }
  ++open_calls_;
  const absl::Cleanup close = [&] {
    --open_calls_;
    const std::lock_guard<std::mutex> lock(mutex_);
    calls_.erase(id);
  };
  CallHead head;
  head.op = request.op;
  head.contract_bytes = static_cast<uint32_t>(request.contract.size() + 1);
  head.method_bytes = static_cast<uint32_t>(request.method.size() + 1);
  head.instance = request.instance;
  head.deadline_us = request.deadline_us;
  if (!Send(FrameKind::kCall, id, QS_OK,
            {{reinterpret_cast<const char*>(&head), sizeof head},
             {request.contract.data(), request.contract.size() + 1},
             {request.method.data(), request.method.size() + 1},
             request.bytes})) {
    Break("");
    return std::nullopt;
  }
  while (true) {
    Frame frame;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      if (!Await(lock, call)) return std::nullopt;
      frame = *std::move(call.frame);
      call.frame.reset();
      call.at_runner = false;
    }
    if (frame.header.kind == FrameKind::kReply) {
      const qs_status status = frame.header.status;
      const bool refused = (frame.header.flags & FrameHeader::kRefused) != 0 || frame.body.size() > kMaxReplyBytes;
      reply.Fill(std::move(frame.body), refused);
      return status;
    }
    const auto invoke = ParseInvokeBody(frame.body);
    if (!invoke) {
      Break("a malformed request for a service");
      return std::nullopt;
    }
    ReplyBuffer answer;
    qs_sink sink = answer.sink();
    const qs_status status = serve(id, invoke->service, BytesOf(invoke->request), &sink);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      call.at_runner = true;
    }
    if (!Send(FrameKind::kInvokeReply, id, status, {answer.bytes()})) {
      Break("");
      return std::nullopt;
    }
  }
}

}  // namespace quayside
