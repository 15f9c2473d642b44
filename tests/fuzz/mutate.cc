#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace quayside::fuzz {
namespace {

constexpr size_t kLongestInput = 64 << 10;

constexpr std::array<std::string_view, 24> kPieces = {
    "0",
    "-1",
    "9223372036854775807",
    "-9223372036854775809",
    "1e999",
    "2147483648",
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "\\u0000",
    "\\ud800",
    "\xff",
    "\xc3\xa9",
    "\r\n",
    "\0",
    "%",
    "/../",
    "@",
    ",",
    "\"",
    "\n",
    "=",
};

class Mutation {
 public:
  Mutation(const std::vector<std::string>& inputs, std::mt19937_64& random)
      : inputs_(inputs), random_(random), text_(AnyInput()) {}

  std::string Run() {
    for (size_t changes = 1 + Below(4); changes > 0; --changes) Change();
    if (text_.size() > kLongestInput) text_.resize(kLongestInput);
    return std::move(text_);
  }

 private:
  size_t Below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  const std::string& AnyInput() { return inputs_[Below(inputs_.size())]; }
  // A piece of `text`, mostly short.
  std::string_view AnyPiece(std::string_view text) {
    const size_t begin = Below(text.size() + 1);
    const size_t longest = Below(4) == 0 ? text.size() - begin : std::min<size_t>(text.size() - begin, 16);
    return text.substr(begin, Below(longest + 1));
  }
  void InsertAnywhere(std::string_view piece) { text_.insert(Below(text_.size() + 1), piece); }

  void Change() {
    switch (Below(8)) {
      case 0:
        if (!text_.empty()) text_[Below(text_.size())] ^= static_cast<char>(1 << Below(8));
        break;
      case 1:
        if (!text_.empty()) text_[Below(text_.size())] = static_cast<char>(random_());
        break;
      case 2: {
        const std::string_view piece = AnyPiece(text_);
        text_.erase(static_cast<size_t>(piece.data() - text_.data()), piece.size());
        break;
      }
      case 3:
        InsertAnywhere(std::string(AnyPiece(text_)));
        break;
      case 4:
        InsertAnywhere(AnyPiece(AnyInput()));
        break;
      case 5:
        InsertAnywhere(kPieces[Below(kPieces.size())]);
        break;
      case 6:
        ReplaceNumber();
        break;
      default:
        text_.resize(Below(text_.size() + 1));
        break;
    }
  }

  void ReplaceNumber() {
    constexpr std::string_view kDigits = "0123456789";
    const size_t begin = text_.find_first_of(kDigits, Below(text_.size() + 1));
    if (begin == std::string::npos) return;
    const size_t end = std::min(text_.find_first_not_of(kDigits, begin), text_.size());
    text_.replace(begin, end - begin, kPieces[Below(6)]);
  }

  const std::vector<std::string>& inputs_;
  std::mt19937_64& random_;
  std::string text_;
};

}  // namespace

std::string Mutate(const std::vector<std::string>& inputs, std::mt19937_64& random) {
  return Mutation(inputs, random).Run();
}

}  // namespace quayside::fuzz
