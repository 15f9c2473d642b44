// quayside_bench_api --prepare HOST_SOCKET: gives the host what the measurements ask for.
// quayside_bench_api --echo ECHO_SOCKET HOST_SOCKET: is the bare server, with the replies the host gives.
// quayside_bench_api HOST_SOCKET ECHO_SOCKET: measures calls to a running host beside the bare server.
// quayside_bench_api --explain HOST_SOCKET: asks a running host with a big catalogue why its quantities are what they
// are.
// quayside_bench_api --listings HOST_SOCKET: pages through its listings and searches them.
#include <csignal>
#include <exception>
#include <iostream>
#include <string>

#include "tests/bench/api_explain.h"
#include "tests/bench/api_listings.h"
#include "tests/bench/api_lists.h"
#include "tests/bench/api_reads.h"
#include "tests/bench/api_replies.h"
#include "tests/bench/echo_server.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const std::string mode = argc > 1 ? argv[1] : "";
    if (argc == 3 && mode == "--prepare") {
      quayside::PrepareHost(argv[2]);
      return 0;
    }
    if (argc == 4 && mode == "--echo") {
      quayside::ServeEcho(argv[2], quayside::RepliesOf(argv[3]));
      return 0;
    }
    if (argc == 3 && mode == "--explain") {
      quayside::MeasureExplain(argv[2]);
      return 0;
    }
    if (argc == 3 && mode == "--listings") {
      quayside::MeasureListings(argv[2]);
      return 0;
    }
    if (argc == 3) {
      const quayside::EchoReplies replies = quayside::RepliesOf(argv[1]);
      quayside::MeasureApiReads(argv[1], argv[2], replies);
      quayside::MeasureApiLists(argv[1], argv[2], replies);
      return 0;
    }
    std::cerr << "usage: quayside_bench_api [--prepare | --explain | --listings] SOCKET | [--echo] SOCKET SOCKET\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "quayside_bench_api: " << error.what() << "\n";
    return 1;
  }
}
