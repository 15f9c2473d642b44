// Ids of new traces and spans. They name things for people and are no secret. A generator of its own: what it gives out
// must not move the choices that the engine makes under a seed.
#pragma once

#include <cstdint>
#include <utility>

#include "host/base/rng.h"
#include "host/base/trace_context.h"

namespace quayside {

// Thread-safe.
class TraceIds {
 public:
  explicit TraceIds(uint64_t seed) : rng_(seed) {}

  // The first span of a trace nobody asked for. Sampled: what it does is in the host's log.
  [[nodiscard]] TraceContext Fresh() { return {NextId(), NextId(), NextId(), true, {}}; }
  // A span of `parent`'s trace, with what its sender wants to be told along.
  [[nodiscard]] TraceContext ChildOf(TraceContext parent) {
    parent.span_id = NextId();
    return parent;
  }

 private:
  // Never 0, which stands for no id.
  uint64_t NextId() { return rng_.Below(UINT64_MAX) + 1; }

  SeededRng rng_;
};

}  // namespace quayside
