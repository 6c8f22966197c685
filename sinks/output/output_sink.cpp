#include "sinks/output/output_sink.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <mutex>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errno_error.hpp"
#include "base/unique_fd.hpp"
#include "sinks/one_at_a_time.hpp"
#include "sinks/outcome.hpp"

namespace millbeck::sinks {

namespace {

using base::Code;
using base::Instant;
using base::Status;
using Kind = Outcome::Kind;

void ignore_broken_pipes() {
    struct sigaction action {};
    if (::sigaction(SIGPIPE, nullptr, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        ::sigaction(SIGPIPE, &action, nullptr);
    }
}

// Writes that never block. O_NONBLOCK belongs to the open file, which others share (a terminal's
// shell, the next program of a pipe), so a pipe is opened a second time.
class Pipe {
  public:
    explicit Pipe(int descriptor) : descriptor_(descriptor) {
        struct stat status {};
        if (::fstat(descriptor, &status) == 0) {
            is_socket_ = S_ISSOCK(status.st_mode);
            is_file_ = S_ISREG(status.st_mode);
            if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
                const std::string path = fmt::format("/proc/self/fd/{}", descriptor);
                // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system call's signature.
                own_ = base::UniqueFd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
            }
        }
    }

    [[nodiscard]] int descriptor() const { return own_.valid() ? own_.get() : descriptor_; }

    // Requires: poll said that there is room.
    [[nodiscard]] ssize_t write(std::string_view text) const {
        if (is_socket_) {
            return ::send(descriptor_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        }
        // Room for so much is what poll promises of a pipe that could not be opened again.
        const std::size_t most = own_.valid() || is_file_ ? text.size() : PIPE_BUF;
        return ::write(descriptor(), text.data(), std::min(text.size(), most));
    }

  private:
    int descriptor_;
    base::UniqueFd own_;
    bool is_socket_ = false;
    bool is_file_ = false;
};

class OutputSink final : public Sink {
  public:
    OutputSink(OutputOptions options, const SinkContext& context)
        : options_(std::move(options)),
          clock_(context.clock),
          pipe_(options_.descriptor),
          stopped_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

    Outcome deliver(const Batch& batch, Instant deadline) override;
    [[nodiscard]] unsigned concurrency() const override { return 1; }
    void stop(Instant deadline) override;

  private:
    Outcome write(const Batch& batch, Instant deadline);
    // Takes what was written away from `text`.
    Status write_some(std::string_view& text, Instant deadline);
    [[nodiscard]] Status wait_for_room(Instant deadline) const;

    const OutputOptions options_;
    const base::Clock& clock_;
    const Pipe pipe_;
    const base::UniqueFd stopped_;

    // Of whoever delivers:
    std::string torn_;  // the rest of a line whose beginning is out
    bool has_ended_ = false;

    OneAtATime gate_;
};

Outcome OutputSink::deliver(const Batch& batch, Instant deadline) {
    if (batch.messages.empty()) {
        return {};
    }
    if (auto refused = gate_.enter()) {
        return std::move(*refused);
    }
    Outcome outcome = write(batch, deadline);
    gate_.leave();
    return outcome;
}

Outcome OutputSink::write(const Batch& batch, Instant deadline) {
    std::string lines;
    lines.reserve(batch.payload_bytes + batch.messages.size());
    for (const Message& message : batch.messages) {
        const Status formed =
            append_message(lines, message, batch.shard_id, options_.form, options_.mapping);
        if (!formed) {
            return outcome_of(Kind::Failed, formed.error());
        }
        lines += '\n';
    }
    std::string_view rest = torn_;
    Status written = write_some(rest, deadline);
    if (!written) {
        torn_.erase(0, torn_.size() - rest.size());
        return outcome_of(Kind::Failed, written.error());
    }
    torn_.clear();
    rest = lines;
    written = write_some(rest, deadline);
    const bool is_torn = rest.size() < lines.size() && !rest.empty() &&
                         lines[lines.size() - rest.size() - 1] != '\n';
    if (is_torn) {
        torn_ = rest.substr(0, rest.find('\n') + 1);
    }
    return written ? Outcome{} : outcome_of(Kind::Failed, written.error());
}

Status OutputSink::write_some(std::string_view& text, Instant deadline) {
    while (!text.empty()) {
        if (has_ended_) {
            return base::fail(Code::Cancelled,
                              "nobody reads standard output any more: this sink has ended");
        }
        MB_TRY_STATUS(wait_for_room(deadline));
        const ssize_t count = pipe_.write(text);
        const int number = errno;
        if (count >= 0) {
            text.remove_prefix(static_cast<std::size_t>(count));
        } else if (number == EPIPE || number == ECONNRESET) {
            has_ended_ = true;
        } else if (number != EAGAIN && number != EINTR) {
            return tl::unexpected<base::Error>(base::errno_error("write standard output", number));
        }
    }
    return {};
}

Status OutputSink::wait_for_room(Instant deadline) const {
    for (;;) {
        const auto left = std::chrono::ceil<base::Milliseconds>(deadline - clock_.instant());
        if (left.count() <= 0) {
            return base::fail(Code::DeadlineExceeded, "the reader of standard output is too slow");
        }
        std::array<pollfd, 2> polled{pollfd{pipe_.descriptor(), POLLOUT, 0},
                                     pollfd{stopped_.get(), POLLIN, 0}};
        constexpr std::int64_t kPollMsMax = 60'000;
        ::poll(polled.data(), polled.size(), static_cast<int>(std::min(left.count(), kPollMsMax)));
        if (polled[1].revents != 0) {
            return base::fail(Code::Cancelled, "the sink was stopped");
        }
        if (polled[0].revents != 0) {
            return {};
        }
    }
}

void OutputSink::stop(Instant deadline) {
    if (!gate_.close(deadline)) {
        ::eventfd_write(stopped_.get(), 1);
    }
}

}  // namespace

base::Result<std::unique_ptr<Sink>> open_output(OutputOptions options, const SinkContext& context) {
    MB_TRY_STATUS(check_form(options.form, options.mapping));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system call's signature.
    if (::fcntl(options.descriptor, F_GETFD) < 0) {
        return base::fail(Code::Invalid, "standard output is closed");
    }
    ignore_broken_pipes();
    return std::make_unique<OutputSink>(std::move(options), context);
}

}  // namespace millbeck::sinks
