// A report of Reports 2021-06-30.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "core/byte_source.h"
#include "core/jobs.h"
#include "core/report_type.h"

namespace amazon_sim {

class Report final : public Job {
 public:
  void Begin(World& world, Micros now) override;
  void End(World& world, Micros now) override;
  void Forget(World& world) override;

  const ReportType* kind = nullptr;
  boost::json::object options;
  std::optional<Micros> data_start;
  std::optional<Micros> data_end;

  std::string document_id;  // once DONE
  std::int64_t rows = 0;
  Micros data_time = 0;  // when the data were looked at
  std::string note;      // why it ended as it did, for the test author

 private:
  // Same seller, type, marketplace and span of data.
  bool IsLike(const Report& other) const;
  const Report* FindRecent(const World& world, Micros since, Micros Report::*when) const;
  void Make(World& world, Micros now);

  Bytes content_;
  std::string content_type_;
  bool gzip_ = false;
};

}  // namespace amazon_sim
