// The ways to fail that several plugins of this folder share.
#pragma once

#include <chrono>
#include <csignal>
#include <string>
#include <string_view>
#include <thread>

#include "tests/bad_plugins/raw_plugin.h"

namespace bad {

// A real one, which no sanitizer and no optimiser takes for something else.
[[noreturn]] inline void Crash() {
  std::signal(SIGSEGV, SIG_DFL);
  while (true) std::raise(SIGSEGV);
}

[[noreturn]] inline void Block() {
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

// A call with this method does what the plugin is here for; any other is answered with its request.
inline bool IsMisbehave(const qs_call* call) { return std::string_view(call->method) == "misbehave"; }

// The answer of an attempt: "0" when it succeeded, else the number of the error.
inline qs_status AnswerErrno(qs_sink* reply, bool succeeded, int error) {
  return Answer(reply, succeeded ? "0" : std::to_string(error));
}

}  // namespace bad
