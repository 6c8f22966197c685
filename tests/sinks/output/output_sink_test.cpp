#include "sinks/output/output_sink.hpp"

#include <condition_variable>
#include <mutex>

#include <fcntl.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "tests/sinks/sink_contract.hpp"

namespace millbeck::sinks {
namespace {

using namespace std::chrono_literals;

struct Ends {
    Ends() {
        int ends[2] = {-1, -1};  // NOLINT(modernize-avoid-c-arrays): pipe2's own type
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        read = base::UniqueFd(ends[0]);
        write = base::UniqueFd(ends[1]);
    }
    base::UniqueFd read;
    base::UniqueFd write;
};

// Reads a pipe to its end, beside the test.
class Reader {
  public:
    explicit Reader(Ends& ends) : ends_(ends) {}
    ~Reader() {
        ends_.write.reset();
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    void start() {
        thread_ = std::jthread([this] {
            std::string buffer(1 << 16, '\0');
            for (ssize_t got = 1; got > 0;) {
                got = ::read(ends_.read.get(), buffer.data(), buffer.size());
                const std::lock_guard lock(mutex_);
                text_.append(buffer, 0, got > 0 ? static_cast<std::size_t>(got) : 0);
                changed_.notify_all();
            }
        });
    }

    // All that was written until now.
    std::string text() {
        const std::string mark = "mark " + std::to_string(++marks_) + "\n";
        EXPECT_EQ(::write(ends_.write.get(), mark.data(), mark.size()),
                  static_cast<ssize_t>(mark.size()));
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return text_.ends_with(mark); });
        text_.erase(text_.size() - mark.size());
        return text_;
    }

  private:
    Ends& ends_;
    int marks_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string text_;
    std::jthread thread_;
};

class OutputBase {
  public:
    std::unique_ptr<Sink> open(int descriptor, OutputOptions options = {}) {
        options.descriptor = descriptor;
        auto sink = open_output(std::move(options), {.name = "out",
                                                     .table = "orders",
                                                     .clock = clock,
                                                     .random = *random,
                                                     .metrics = metrics,
                                                     .files = *files});
        EXPECT_TRUE(sink) << sink.error().message;
        return std::move(*sink);
    }
    base::SystemClock clock;
    std::unique_ptr<base::Random> random = base::seeded_random(1);
    base::Metrics metrics;
    std::unique_ptr<base::FileSystem> files = base::system_files();
};

class OutputTarget final : public SinkTarget {
  public:
    std::unique_ptr<Sink> open_working() override {
        reader_.start();
        is_read_ = true;
        return sinks_.open(ends_.write.get());
    }
    std::unique_ptr<Sink> open_refusing() override {
        ends_.read.reset();
        return sinks_.open(ends_.write.get());
    }
    std::unique_ptr<Sink> open_hanging() override {
        ::fcntl(ends_.write.get(), F_SETFL, O_NONBLOCK);
        const std::string full(1 << 16, 'x');
        while (::write(ends_.write.get(), full.data(), full.size()) > 0) {
        }
        ::fcntl(ends_.write.get(), F_SETFL, 0);
        return sinks_.open(ends_.write.get());
    }
    std::vector<std::string> durable_ids() override {
        static constexpr std::string_view kMark = "{\"seq\":\"";
        std::vector<std::string> ids;
        const std::string text = is_read_ ? reader_.text() : "";
        for (std::size_t at = text.find(kMark); at != std::string::npos;
             at = text.find(kMark, at + 1)) {
            const std::size_t begin = at + kMark.size();
            ids.push_back(text.substr(begin, text.find('"', begin) - begin));
        }
        return ids;
    }

  private:
    OutputBase sinks_;
    Ends ends_;
    Reader reader_{ends_};
    bool is_read_ = false;
};

INSTANTIATE_TEST_SUITE_P(Output, SinkContract, testing::Values(&make_target<OutputTarget>));

class Output : public testing::Test {
  protected:
    [[nodiscard]] base::Instant in(std::chrono::milliseconds time) const {
        return sinks.clock.instant() + time;
    }
    OutputBase sinks;
    Ends ends;
};

TEST_F(Output, WritesRowsAsLines) {
    OutputOptions options;
    options.form = MessageForm::Rows;
    options.mapping.include = {"id"};
    const auto sink = sinks.open(ends.write.get(), options);
    ASSERT_EQ(sink->deliver(make_batch(1, 1), in(60s)).kind, Outcome::Kind::Delivered);
    std::string text(1'000, '\0');
    text.resize(static_cast<std::size_t>(::read(ends.read.get(), text.data(), text.size())));
    EXPECT_EQ(text,
              R"({"_key":{"id":{"S":"1"}},"_event":"INSERT","_sequence":"1","_shard":"shard",)"
              R"("_time":0,"id":"1"})"
              "\n");
}

// If it fails, the next program of the pipe stumbles over half a line.
TEST_F(Output, LinesAreNeverTorn) {
    auto sink = sinks.open(ends.write.get());
    const Batch batch = make_batch(1, 3, 50'000);
    const Outcome late = sink->deliver(batch, in(20ms));
    EXPECT_EQ(late.kind, Outcome::Kind::Failed);
    EXPECT_EQ(late.error.code, base::Code::DeadlineExceeded);
    Reader reader(ends);
    reader.start();
    EXPECT_EQ(sink->deliver(batch, in(60s)).kind, Outcome::Kind::Delivered);
    std::string expected;
    for (const int i : {0, 1, 0, 1, 2}) {
        expected += std::string(batch.messages[static_cast<std::size_t>(i)].record) + "\n";
    }
    EXPECT_EQ(reader.text(), expected);
    sink.reset();  // it has the pipe open too: the reader waits for its end
}

TEST_F(Output, AReaderThatLeavesEndsItInWords) {
    const auto sink = sinks.open(ends.write.get());
    ends.read.reset();
    for (int attempt = 0; attempt < 2; ++attempt) {
        const Outcome outcome = sink->deliver(make_batch(1, 1), in(60s));
        EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
        EXPECT_EQ(outcome.error.code, base::Code::Cancelled);
        EXPECT_EQ(outcome.error.message,
                  "nobody reads standard output any more: this sink has ended");
    }
}

// O_NONBLOCK on a shared pipe would surprise whoever shares it.
TEST_F(Output, LeavesTheModeOfThePipeAlone) {
    const auto sink = sinks.open(ends.write.get());
    EXPECT_EQ(::fcntl(ends.write.get(), F_GETFL) & O_NONBLOCK, 0);
}

}  // namespace
}  // namespace millbeck::sinks
