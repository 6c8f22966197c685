// The sink's position keeper.
#pragma once

#include "sinks/position_keeper.hpp"
#include "sinks/redis/item_writer.hpp"
#include "sinks/redis/server.hpp"

namespace millbeck::sinks::redis {

// Borrows both. Threads: as the door says.
class Positions final : public PositionKeeper {
  public:
    Positions(Server& server, const ItemWriter& writer) : server_(server), writer_(writer) {}

    base::Result<std::optional<sinks::Positions>> positions(const std::string& generation,
                                                            base::Instant deadline) override;
    base::Status begin(const std::string& generation, base::Instant deadline) override;

  private:
    base::Status remove_strings(base::Instant deadline);
    base::Status remove_hashes(base::Instant deadline);
    base::Status remove_members(const std::string& set, base::Instant deadline);

    Server& server_;
    const ItemWriter& writer_;
};

}  // namespace millbeck::sinks::redis
