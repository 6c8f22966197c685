#include "runtime/function_output.hpp"

#include <algorithm>

namespace millbeck::runtime {

void FunctionOutput::add(std::string_view function, std::string_view line) {
    const base::MutexLock lock(mutex_);
    auto found = tails_.find(function);
    if (found == tails_.end()) {
        if (tails_.size() >= kOutputFunctionsMax) {
            tails_.erase(std::min_element(tails_.begin(), tails_.end(),
                                          [](const auto& left, const auto& right) {
                                              return left.second.written < right.second.written;
                                          }));
        }
        found = tails_.emplace(std::string(function), Tail{}).first;
    }
    Tail& tail = found->second;
    tail.written = ++lines_;
    tail.lines.emplace_back(line.substr(0, kOutputBytesMax - 1));
    tail.bytes += tail.lines.back().size() + 1;
    while (tail.lines.size() > kOutputLinesMax || tail.bytes > kOutputBytesMax) {
        tail.bytes -= tail.lines.front().size() + 1;
        tail.lines.pop_front();
    }
}

std::string FunctionOutput::tail(std::string_view function) const {
    const base::MutexLock lock(mutex_);
    const auto found = tails_.find(function.substr(0, function.find(':')));
    std::string text;
    if (found != tails_.end()) {
        text.reserve(found->second.bytes);
        for (const std::string& line : found->second.lines) {
            text.append(line).push_back('\n');
        }
    }
    return text;
}

}  // namespace millbeck::runtime
