// A gzip file (RFC 1952), written in pieces. The same input gives the same bytes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/byte_source.h"

namespace amazon_sim {

class GzipSink final : public ByteSink {
 public:
  // `below` gets the compressed bytes and outlives this. Level 1 is fastest, 9 smallest.
  GzipSink(ByteSink& below, int level);
  ~GzipSink() override;
  GzipSink(const GzipSink&) = delete;

  void Write(std::string_view bytes) override;
  // The end of the file; nothing may be written after it.
  void Finish();

 private:
  struct Stream;
  void Run(std::string_view bytes, int flush);

  ByteSink& below_;
  std::unique_ptr<Stream> stream_;
  std::string out_;
};

}  // namespace amazon_sim
