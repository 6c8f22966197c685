// The Memcached sink, and libmemcached's own loop: the same entries, a set after the other.
#include <ctime>

#include <libmemcached/memcached.h>
#include <unistd.h>

#include "sinks/memcached/entry.hpp"
#include "sinks/memcached/memcached_sink.hpp"
#include "tests/bench/target_bench.hpp"
#include "tests/support/target_server.hpp"

namespace millbeck::bench {
namespace {

struct Free {
    void operator()(memcached_st* handle) const { memcached_free(handle); }
};
using Handle = std::unique_ptr<memcached_st, Free>;

std::vector<std::string> server_command(std::uint16_t port) {
    std::vector<std::string> command{"memcached", "-l", "127.0.0.1", "-p", std::to_string(port)};
    if (::geteuid() == 0) {
        command.insert(command.end(), {"-u", "nobody"});
    }
    return command;
}

class MemcachedTarget final : public Target {
  public:
    explicit MemcachedTarget(std::size_t records) : load_(repeated_load(records)) {
        sinks::MemcachedOptions options;
        options.servers = {{"127.0.0.1", server_.port()}};
        const auto maker = must(sinks::memcached::EntryMaker::create(options, "bench"));
        for (const auto& batches : load_.shards) {
            auto& entries = entries_.emplace_back();
            for (const sinks::Message& message : batches[0].messages) {
                entries.push_back(must(maker.make(message, world_.clock.wall())));
            }
            handles_.push_back(connect());
        }
        sink_ = must(sinks::open_memcached(std::move(options), world_.context()));
    }

    void write_by_sink() override { feed(world_, *sink_, load_); }

    void write_by_hand() override {
        on_each_shard([this](std::size_t shard) {
            for (std::size_t i = 0; i < load_.times; ++i) {
                for (const auto& entry : entries_[shard]) {
                    const memcached_return_t code =
                        memcached_set(handles_[shard].get(), entry.key.data(), entry.key.size(),
                                      entry.value->data(), entry.value->size(), std::time_t{0}, 0);
                    if (code != MEMCACHED_SUCCESS) {
                        give_up(memcached_last_error_message(handles_[shard].get()));
                    }
                }
            }
        });
    }

    [[nodiscard]] std::string_view yardstick() const override { return "bare libmemcached"; }

  private:
    // As the sink connects.
    [[nodiscard]] Handle connect() const {
        Handle handle(memcached_create(nullptr));
        memcached_behavior_set(handle.get(), MEMCACHED_BEHAVIOR_NO_BLOCK, 1);
        memcached_behavior_set(handle.get(), MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
        memcached_behavior_set(handle.get(), MEMCACHED_BEHAVIOR_DISTRIBUTION,
                               MEMCACHED_DISTRIBUTION_CONSISTENT);
        memcached_server_add(handle.get(), "127.0.0.1", server_.port());
        return handle;
    }

    tests::TargetServer server_{{.command = server_command}};
    World world_;
    const Load load_;
    std::vector<std::vector<sinks::memcached::Entry>> entries_;  // of each shard
    std::vector<Handle> handles_;                                // likewise
    std::unique_ptr<sinks::Sink> sink_;
};

}  // namespace

std::unique_ptr<Target> memcached_target(std::size_t records) {
    return std::make_unique<MemcachedTarget>(records);
}

}  // namespace millbeck::bench
