// `amazon-sim serve`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace amazon_sim {

struct ServeOptions {
  std::string scenario;  // path; empty: an empty world
  std::uint16_t port = 0;
  std::string port_file;  // written once the port answers; empty: none
  std::optional<double> speed;
  std::optional<std::uint64_t> seed;
  int threads = 2;
};

// Serves until SIGINT or SIGTERM. Throws when the scenario or the port is unusable.
void Serve(const ServeOptions& options);

}  // namespace amazon_sim
