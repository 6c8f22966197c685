// What is wrong with a request, collected until there is one text to answer with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millbeck::runtime {

class Faults {
  public:
    static constexpr std::size_t kMax = 10;  // the service names no more

    // `value`: quoted text, or null. `path`: `keySchema.1.member.keyType`. Beyond kMax: dropped.
    void add(std::string_view value, std::string_view path, std::string_view constraint);

    // A fault in words of its own.
    void add(std::string text);

    // A parameter that is not built was given; the first one is named, if nothing else is wrong.
    void refuse(std::string_view parameter);

    [[nodiscard]] bool empty() const { return texts_.empty(); }
    [[nodiscard]] bool full() const { return texts_.size() >= kMax; }

    // Errors: Invalid ("2 validation errors detected: ..."), Unsupported.
    [[nodiscard]] base::Status status() const;

  private:
    std::vector<std::string> texts_;
    std::string refused_;
};

}  // namespace millbeck::runtime
