// A host's order lane of one account, over a database of its own.
#pragma once

#include <memory>
#include <string>

#include "host/security/cipher.h"
#include "host/store/store.h"
#include "tests/bench/plugin_world.h"

namespace quayside {

class OrderLane {
 public:
  // `data_dir`: the database's folder; its key is made beside it.
  OrderLane(PluginWorld& world, const Clock& clock, const std::string& data_dir, const std::string& plugin_id,
            const std::string& marketplace);

  struct Imported {
    double seconds = 0;
    int64_t orders = 0;
  };
  // One step: what the plugin hands over, committed.
  Imported Step();

 private:
  PluginWorld& world_;
  const Clock& clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Cipher> cipher_;
  SeededRng rng_{1};
  IdSource ids_{clock_, rng_};
  LaneRecord lane_{.id = "bench.orders", .account_id = "bench", .job = Job::kOrders, .epoch = 1};
};

}  // namespace quayside
