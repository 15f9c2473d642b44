// What a runner that has gone mad may send, and what a runner may get: the first line says in how large pieces it
// comes.
#include <algorithm>

#include "host/base/text.h"
#include "host/plugin/isolation/frame.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(runner_frames) {
  const auto [first, stream] = SplitLine(input);
  const size_t piece = static_cast<size_t>(ParseWhole(first).value_or(1) % 4096 + 4096) % 4096 + 1;
  FrameDecoder decoder;
  std::string_view rest = stream;
  size_t decoded = 0;
  while (true) {
    Frame frame;
    const FrameDecoder::State state = decoder.Next(&frame);
    if (state == FrameDecoder::State::kBroken) {
      Require(!decoder.finding().empty(), "a broken stream says why");
      Require(decoder.Next(&frame) == FrameDecoder::State::kBroken, "and stays broken");
      return;
    }
    if (state == FrameDecoder::State::kFrame) {
      Require(frame.body.size() == frame.header.body_bytes, "a frame has the body its header promises");
      Require(stream.substr(decoded + sizeof(FrameHeader), frame.body.size()) == frame.body, "and these very bytes");
      decoded += sizeof(FrameHeader) + frame.body.size();
      if (const auto call = ParseCallBody(frame.body)) {
        Require(sizeof(CallHead) + std::strlen(call->contract) + std::strlen(call->method) + 2 + call->request.size() ==
                    frame.body.size(),
                "a call's parts are its whole body");
      }
      if (const auto invoke = ParseInvokeBody(frame.body)) {
        Require(std::strlen(invoke->service) + 1 + invoke->request.size() == frame.body.size(),
                "a request's parts are its whole body");
      }
      if (const auto ready = ParseReadyBody(frame.body)) {
        Require(ready->id.size() + ready->version.size() + 2 + ready->describe_reply.size() == frame.body.size(),
                "a first frame's parts are its whole body");
      }
      continue;
    }
    if (rest.empty()) break;
    size_t room = 0;
    char* to = decoder.Room(&room);
    Require(room > 0, "there is always room for more");
    const size_t size = std::min({room, piece, rest.size()});
    std::memcpy(to, rest.data(), size);
    decoder.Added(size);
    rest.remove_prefix(size);
  }
  Require(decoder.InsideFrame() == (decoded < stream.size()), "what is left over is the beginning of a frame");
}
