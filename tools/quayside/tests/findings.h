// How a test says what the doctor should have found.
#pragma once

#include <gmock/gmock.h>

#include "tools/quayside/doctor/finding.h"

namespace quayside::cli {

inline auto Found(Weight weight, const char* text) {
  return ::testing::AllOf(::testing::Field(&Finding::weight, weight),
                          ::testing::Field(&Finding::text, ::testing::HasSubstr(text)));
}
// With what to do about it.
inline auto FoundWith(Weight weight, const char* text, const char* remedy) {
  return ::testing::AllOf(Found(weight, text), ::testing::Field(&Finding::remedy, ::testing::HasSubstr(remedy)));
}

}  // namespace quayside::cli
