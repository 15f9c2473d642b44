// quayside-marketplace-sim: a marketplace from one file, on a loopback port. See README.md.
#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "sdk/simulator/marketplace.h"
#include "server/http_server.h"

namespace {

using quayside::simulator::Marketplace;

struct Options {
  std::string script;
  std::string port_file;
  std::uint16_t port = 0;
  uint64_t seed = 1;
  bool check = false;
};

constexpr int kThreads = 4;

int Complain(const std::string& what) {
  std::fprintf(stderr, "quayside-marketplace-sim: %s\n", what.c_str());
  return 2;
}

int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Written under another name first, so that whoever waits for the file never reads half of it.
bool WritePortFile(const std::string& path, std::uint16_t port) {
  const std::string draft = path + ".tmp";
  std::ofstream file(draft);
  file << port << "\n";
  file.close();
  return file.good() && std::rename(draft.c_str(), path.c_str()) == 0;
}

int Serve(const Options& options) {
  std::ifstream file(options.script, std::ios::binary);
  std::ostringstream text;
  if (!(text << file.rdbuf())) return Complain(options.script + " cannot be read, or is empty");
  auto reading = quayside::simulator::ParseScript(text.str(), NowUs());
  if (!reading.problem.empty()) return Complain(options.script + ": " + reading.problem);
  if (options.check) return 0;

  // Blocked before any thread starts, so that no moment is left in which a signal would kill the process.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  Marketplace marketplace(std::move(reading.script), NowUs, options.seed);
  amazon_sim::HttpServer server(options.port, kThreads,
                                [&](const amazon_sim::Request& request) { return marketplace.Handle(request); });
  if (!options.port_file.empty() && !WritePortFile(options.port_file, server.port()))
    return Complain(options.port_file + " cannot be written");
  std::printf("quayside-marketplace-sim %s\n", server.url().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stop, &signal);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "A marketplace that a file describes, for plugins to talk to. It listens on 127.0.0.1 until it is stopped.");
  app.add_option("script", options.script, "State, routes, allowances and faults (JSON)")->required();
  app.add_option("--port", options.port, "Port; 0 takes a free one")->capture_default_str();
  app.add_option("--port-file", options.port_file, "Write the port there once it listens");
  app.add_option("--seed", options.seed, "Of faults that come by chance")->capture_default_str();
  app.add_flag("--check", options.check, "Read the file, serve nothing");
  CLI11_PARSE(app, argc, argv);
  try {
    return Serve(options);
  } catch (const std::exception& error) {
    return Complain(error.what());
  }
}
