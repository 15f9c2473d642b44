// What the host believes against what really happened at Amazon.
#pragma once

#include <string>
#include <vector>

#include "tests/engine_world/engine_world.h"

namespace quayside {

// One text per thing that is not as it must be.
struct Judgement {
  std::vector<std::string> orders_lost;
  std::vector<std::string> orders_doubled;
  std::vector<std::string> orders_wrong;
  std::vector<std::string> reservations_wrong;
  std::vector<std::string> quantities_wrong;
  std::vector<std::string> listings_wrong;  // not known, or taken for gone
  std::vector<std::string> fba_violations;
  std::vector<std::string> documents_wrong;  // documents_judge.h
  std::vector<std::string> packages_wrong;   // told twice, lost, unknown to one side, or without an end
  std::vector<std::string> dead_letters;

  [[nodiscard]] std::vector<std::string> All() const;
};

[[nodiscard]] Judgement Judge(EngineWorld& world);

}  // namespace quayside
