// A feed of Feeds 2021-06-30.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "core/feed_type.h"
#include "core/jobs.h"

namespace amazon_sim {

class Feed final : public Job {
 public:
  void Begin(World& world, Micros now) override;
  // Effects come here, unless the settings want them at the beginning.
  void End(World& world, Micros now) override;
  void Forget(World& world) override;

  const FeedType* kind = nullptr;
  boost::json::object options;
  std::string input_id;

  std::string result_id;  // of the processing report, once there is one
  FeedOutcome outcome;    // what took effect; the report itself is in the document
  std::string digest;     // of the content processed, or there when the feed was created
  std::string note;       // why it ended as it did, for the test author

 private:
  void Process(World& world, double share, Micros now);
  void PublishReport(World& world, Micros now);

  bool processed_ = false;
};

}  // namespace amazon_sim
