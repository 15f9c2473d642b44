// Times as Amazon writes them.
#include "tests/fuzz/target.h"
#include "time_text.h"

QUAYSIDE_FUZZ_TARGET(amazon_time) {
  const auto time = amazon::ParseTime(input);
  if (!time) return;
  const int64_t second = amazon::FloorSecond(*time);
  Require(second <= *time && *time - second < amazon::kSecondUs, "a second begins before what is in it");
  const std::string text = amazon::FormatTime(second);
  Require(amazon::ParseTime(text) == second, "a time survives being written: " + text);
}
