// Inputs near known ones, without a fuzzer's knowledge of the code: for the ordinary tests, where the same ones are
// tried every time.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace quayside::fuzz {

// One of `inputs` (not empty) after a few random changes: bits, bytes, pieces moved, doubled and left out, another
// input's piece, numbers at the edge of their range, a cut.
[[nodiscard]] std::string Mutate(const std::vector<std::string>& inputs, std::mt19937_64& random);

}  // namespace quayside::fuzz
