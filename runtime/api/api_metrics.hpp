// What the wire counts: requests by call, errors by type.
#pragma once

#include <array>
#include <string_view>

#include "base/metrics.hpp"
#include "runtime/api/operation.hpp"

namespace millbeck::runtime {

// Threads: any.
class ApiMetrics {
  public:
    // `metrics` must outlive this.
    explicit ApiMetrics(base::Metrics& metrics);

    void count_request(Operation operation);
    // `type` is a __type of error_map: few, so a label.
    void count_error(std::string_view type);

  private:
    static constexpr std::size_t kOperations = static_cast<std::size_t>(Operation::GetRecords) + 1;

    base::Metrics& metrics_;
    std::array<base::Counter*, kOperations> requests_{};
};

}  // namespace millbeck::runtime
