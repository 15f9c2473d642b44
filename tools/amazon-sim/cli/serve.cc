#include "cli/serve.h"

#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "core/json_fields.h"
#include "core/simulator.h"
#include "server/http_server.h"

namespace amazon_sim {
namespace {

boost::json::object ReadScenario(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw InputError("cannot read " + path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  if (error || !value.is_object()) throw InputError(path + " is not a JSON object: " + error.message());
  return value.get_object();
}

// Written under another name first, so that whoever waits for the file never reads half of it.
void WritePortFile(const std::string& path, std::uint16_t port) {
  const std::string draft = path + ".tmp";
  {
    std::ofstream file(draft);
    file << port << "\n";
    if (!file) throw InputError("cannot write " + path);
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0) throw InputError("cannot write " + path);
}

Micros WallMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void Serve(const ServeOptions& options) {
  // Blocked before any thread starts, so that no moment is left in which a signal would kill the process.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);

  Simulator simulator({.base = WallMicros(), .speed = options.speed.value_or(1), .real_time = SteadyMicros});
  const Simulator::Overrides overrides{.seed = options.seed, .speed = options.speed};
  simulator.LoadScenario(options.scenario.empty() ? boost::json::object() : ReadScenario(options.scenario), overrides);
  HttpServer server(
      options.port, options.threads, [&](const Request& request) { return simulator.Handle(request); },
      [&] { simulator.Tick(); });
  if (!options.port_file.empty()) WritePortFile(options.port_file, server.port());
  std::cout << "amazon-sim " << server.url() << std::endl;
  int signal = 0;
  sigwait(&stop, &signal);
}

}  // namespace amazon_sim
