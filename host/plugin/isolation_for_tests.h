// For suites whose tests are carried through in the host's process and in a runner:
//   INSTANTIATE_TEST_SUITE_P(Modes, Shop, InBothModes(), ModeName);
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "host/plugin/isolation.h"

namespace quayside {

inline auto InBothModes() { return ::testing::Values(IsolationMode::kInProcess, IsolationMode::kIsolated); }

inline std::string ModeName(const ::testing::TestParamInfo<IsolationMode>& info) {
  return std::string(IsolationModeText(info.param));
}

}  // namespace quayside
