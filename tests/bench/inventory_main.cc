// quayside_bench_inventory --make DATA_DIR MASTER_KEY: a database with 1,000,000 listings.
// quayside_bench_inventory DATA_DIR: measures on it and prints one JSON object per row. A process of its own: its peak
// memory is a figure, and making the database is no part of it.
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include "host/base/clock.h"
#include "host/security/cipher.h"
#include "host/store/sqlite_store.h"
#include "tests/bench/big_catalogue.h"
#include "tests/bench/figures.h"
#include "tests/bench/inventory.h"

namespace {

std::unique_ptr<quayside::Store> Open(const std::string& data_dir) {
  auto store = quayside::OpenSqliteStore({.data_dir = data_dir});
  quayside::Check(store.status());
  return *std::move(store);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 4 && std::string(argv[1]) == "--make") {
      const auto store = Open(argv[2]);
      const quayside::SystemClock clock;
      quayside::Check(quayside::OpenEnvelopeCipher(*store, clock, argv[3], true).status());
      quayside::MakeBigCatalogue(*store);
      return 0;
    }
    if (argc != 2) {
      std::cerr << "usage: quayside_bench_inventory [--make] DATA_DIR [MASTER_KEY]\n";
      return 2;
    }
    quayside::MeasureInventory(*Open(argv[1]));
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "quayside_bench_inventory: " << e.what() << "\n";
    return 1;
  }
}
