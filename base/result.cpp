#include "base/result.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

namespace millbeck::base {

std::string_view to_string(Code code) {
    switch (code) {
        case Code::Invalid:
            return "Invalid";
        case Code::Malformed:
            return "Malformed";
        case Code::NotFound:
            return "NotFound";
        case Code::InUse:
            return "InUse";
        case Code::ConditionFailed:
            return "ConditionFailed";
        case Code::LimitExceeded:
            return "LimitExceeded";
        case Code::Trimmed:
            return "Trimmed";
        case Code::Expired:
            return "Expired";
        case Code::Unsupported:
            return "Unsupported";
        case Code::UnknownOperation:
            return "UnknownOperation";
        case Code::Unavailable:
            return "Unavailable";
        case Code::DeadlineExceeded:
            return "DeadlineExceeded";
        case Code::Cancelled:
            return "Cancelled";
        case Code::NoSpace:
            return "NoSpace";
        case Code::Io:
            return "Io";
        case Code::Corrupt:
            return "Corrupt";
        case Code::Internal:
            return "Internal";
    }
    return "?";
}

bool retryable(Code code) {
    return code == Code::Unavailable || code == Code::DeadlineExceeded || code == Code::NoSpace ||
           code == Code::Io;
}

void check_failed(const char* file, int line, const char* condition, std::string_view message) {
    const std::string text = fmt::format("millbeck: broken invariant at {}:{}: {} ({})\n", file,
                                         line, message, condition);
    // Straight to the descriptor: the process is about to end and its buffers with it.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    std::abort();
}

}  // namespace millbeck::base
