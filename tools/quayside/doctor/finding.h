// What the doctor found, each with what to do about it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace quayside::cli {

// kRemark: it works, and will not for ever or not well. kProblem: something does not work, or is not safe.
enum class Weight { kFine, kRemark, kProblem };

// "ok", "remark", "problem"
[[nodiscard]] inline std::string WeightWord(Weight weight) {
  return weight == Weight::kFine ? "ok" : weight == Weight::kRemark ? "remark" : "problem";
}

struct Finding {
  Weight weight = Weight::kFine;
  std::string check;   // what was looked at: "database", "lanes", ...
  std::string text;    // what was found, in words
  std::string remedy;  // what to do, without a final full stop; empty when nothing is

  bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

inline void Fine(Findings& found, std::string check, std::string text) {
  found.push_back({Weight::kFine, std::move(check), std::move(text), {}});
}
inline void Remark(Findings& found, std::string check, std::string text, std::string remedy) {
  found.push_back({Weight::kRemark, std::move(check), std::move(text), std::move(remedy)});
}
inline void Problem(Findings& found, std::string check, std::string text, std::string remedy) {
  found.push_back({Weight::kProblem, std::move(check), std::move(text), std::move(remedy)});
}

}  // namespace quayside::cli
