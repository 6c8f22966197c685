#include "runtime/api/api_metrics.hpp"

#include <string>

namespace millbeck::runtime {

ApiMetrics::ApiMetrics(base::Metrics& metrics) : metrics_(metrics) {
    for (std::size_t i = 0; i < kOperations; ++i) {
        requests_[i] =
            &metrics.counter("millbeck_runtime_api_requests_total", "Requests understood, by call",
                             {{"operation", std::string(to_string(static_cast<Operation>(i)))}});
    }
}

void ApiMetrics::count_request(Operation operation) {
    requests_[static_cast<std::size_t>(operation)]->add();
}

void ApiMetrics::count_error(std::string_view type) {
    const auto hash = type.find('#');
    metrics_
        .counter("millbeck_runtime_api_errors_total", "Requests answered with an error, by type",
                 {{"type", std::string(type.substr(hash + 1))}})
        .add();
}

}  // namespace millbeck::runtime
