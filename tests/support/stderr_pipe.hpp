// What this process says on stderr, to be waited for.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/unique_fd.hpp"

namespace millbeck::tests {

// What the process writes to stderr, to be waited for.
class StderrPipe {
  public:
    StderrPipe() : stderr_(::dup(STDERR_FILENO)) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        read_ = base::UniqueFd(ends[0]);
        const base::UniqueFd write(ends[1]);
        ::dup2(write.get(), STDERR_FILENO);
    }
    StderrPipe(const StderrPipe&) = delete;
    StderrPipe& operator=(const StderrPipe&) = delete;
    ~StderrPipe() { restore(); }

    // All that was written until `text` is in it.
    std::string wait_for(std::string_view text) {
        while (said_.find(text) == std::string::npos && receive()) {
        }
        return said_;
    }
    // All that was written.
    std::string end() {
        restore();
        while (receive()) {
        }
        return said_;
    }

  private:
    void restore() { ::dup2(stderr_.get(), STDERR_FILENO); }
    bool receive() {
        std::array<char, 4096> buffer{};
        const ssize_t n = ::read(read_.get(), buffer.data(), buffer.size());
        said_.append(buffer.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
        return n > 0;
    }

    base::UniqueFd stderr_;
    base::UniqueFd read_;
    std::string said_;
};

}  // namespace millbeck::tests
