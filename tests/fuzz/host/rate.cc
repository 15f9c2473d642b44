// The allowance a marketplace states in a header.
#include "host/net/request_rules.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(rate) {
  const auto rate = ParseRate(input);
  if (rate) Require(*rate >= 1.0 / 86'400 && *rate <= 10'000, "a rate is between one a day and 10,000 a second");
}
