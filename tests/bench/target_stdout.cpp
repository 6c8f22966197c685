// The sink of standard output into a pipe, and bare write() of the same lines into the same pipe.
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "sinks/output/output_sink.hpp"
#include "tests/bench/target_bench.hpp"

namespace millbeck::bench {
namespace {

constexpr std::size_t kReadBytes = 65'536;  // what a pipe holds

class StdoutTarget final : public Target {
  public:
    explicit StdoutTarget(std::size_t records) : load_(repeated_load(records)) {
        int ends[2] = {-1, -1};  // NOLINT(modernize-avoid-c-arrays): pipe2's own type
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            give_up("there is no pipe");
        }
        read_ = base::UniqueFd(ends[0]);
        write_ = base::UniqueFd(ends[1]);
        for (const auto& batches : load_.shards) {
            std::string& lines = lines_.emplace_back();
            for (const sinks::Message& message : batches[0].messages) {
                lines += message.record;
                lines += '\n';
            }
        }
        sinks::OutputOptions options;
        options.descriptor = write_.get();
        sink_ = must(sinks::open_output(std::move(options), world_.context()));
        reader_ = std::jthread([this] {
            std::string buffer(kReadBytes, '\0');
            while (::read(read_.get(), buffer.data(), buffer.size()) > 0) {
            }
        });
    }
    StdoutTarget(const StdoutTarget&) = delete;
    StdoutTarget& operator=(const StdoutTarget&) = delete;
    ~StdoutTarget() override {
        sink_.reset();
        write_.reset();  // the last writer: the reader comes to the end
        reader_.join();
    }

    void write_by_sink() override { feed(world_, *sink_, load_); }

    void write_by_hand() override {
        std::mutex turn;
        on_each_shard([&](std::size_t shard) {
            for (std::size_t i = 0; i < load_.times; ++i) {
                const std::lock_guard lock(turn);
                for (std::string_view rest = lines_[shard]; !rest.empty();) {
                    const ssize_t count = ::write(write_.get(), rest.data(), rest.size());
                    if (count < 0) {
                        give_up("the pipe takes nothing");
                    }
                    rest.remove_prefix(static_cast<std::size_t>(count));
                }
            }
        });
    }

    [[nodiscard]] std::string_view yardstick() const override { return "bare write()"; }

  private:
    World world_;
    const Load load_;
    std::vector<std::string> lines_;  // of each shard's batch
    base::UniqueFd read_;
    base::UniqueFd write_;
    std::unique_ptr<sinks::Sink> sink_;
    std::jthread reader_;
};

}  // namespace

std::unique_ptr<Target> stdout_target(std::size_t records) {
    return std::make_unique<StdoutTarget>(records);
}

}  // namespace millbeck::bench
