// The way of one batch into Redis.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/redis/guard.hpp"
#include "sinks/redis/item_writer.hpp"
#include "sinks/redis/server.hpp"
#include "sinks/sink.hpp"

namespace millbeck::sinks::redis {

// What became of it, if nothing failed.
struct Delivered {
    bool is_lost = false;       // Outcome::Kind::PositionLost
    std::uint64_t skipped = 0;  // messages older than what is there
};

// Lives as long as one deliver(). Threads: one.
class Delivery {
  public:
    Delivery(Server& server, const ItemWriter& writer, const Batch& batch, base::Instant deadline);

    base::Result<Delivered> run();

  private:
    enum class Step { Done, Lost, Quickly, Carefully };

    base::Result<Step> write_quickly();
    base::Result<Step> write_carefully();
    base::Result<std::vector<Reply>> look(Lease& lease, GuardAnswer& guard,
                                          std::vector<std::string>& versions);
    base::Result<CommandBuffer> survivors(const GuardAnswer& guard,
                                          const std::vector<std::string>& versions);
    base::Result<Step> finish(const std::vector<Reply>& replies, const GuardAnswer& guard);
    base::Status undo_position(const GuardAnswer& guard);

    [[nodiscard]] GuardQuestion question(std::string_view mode) const;
    [[nodiscard]] bool is_rows() const { return batch_.content == Content::Rows; }
    void append_items(CommandBuffer& commands, const Writing& items) const;
    void append_position(CommandBuffer& commands) const;
    [[nodiscard]] Writing writing() const;

    Server& server_;
    const ItemWriter& writer_;
    const Batch& batch_;
    const base::Instant deadline_;
    const std::string newest_key_;
    const std::string oldest_;  // version of the first message
    const std::string latest_;  // and of the last
    Delivered delivered_;
};

}  // namespace millbeck::sinks::redis
