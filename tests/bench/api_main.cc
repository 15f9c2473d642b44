// quayside_bench_api HOST_SOCKET ECHO_SOCKET: measures reads of a running host beside the bare server.
// quayside_bench_api --explain HOST_SOCKET: asks a running host with a big catalogue why its quantities are what they
// are. quayside_bench_api --echo ECHO_SOCKET HOST_SOCKET: is the bare server, with the replies the host gives.
#include <csignal>
#include <exception>
#include <iostream>
#include <string>

#include "tests/bench/api_explain.h"
#include "tests/bench/api_reads.h"
#include "tests/bench/echo_server.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    if (argc == 4 && std::string(argv[1]) == "--echo") {
      quayside::ServeEcho(argv[2], quayside::RepliesOf(argv[3]));
      return 0;
    }
    if (argc == 3 && std::string(argv[1]) == "--explain") {
      quayside::MeasureExplain(argv[2]);
      return 0;
    }
    if (argc == 3) {
      quayside::MeasureApiReads(argv[1], argv[2]);
      return 0;
    }
    std::cerr << "usage: quayside_bench_api [--echo] SOCKET SOCKET, or --explain SOCKET\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "quayside_bench_api: " << error.what() << "\n";
    return 1;
  }
}
