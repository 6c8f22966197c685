#include "runtime/api/number_list.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime {

base::Result<std::vector<std::int64_t>> parse_numbers(std::string_view body, std::string_view of) {
    using Json = nlohmann::json;
    const Json request = Json::parse(body, nullptr, false);
    const bool has_list = request.is_object() && request.contains("numbers") &&
                          request["numbers"].is_array() && request["numbers"].size() <= kNumbersMax;
    std::vector<std::int64_t> numbers;
    for (const Json& number : has_list ? request["numbers"] : Json::array()) {
        if (number.is_number_unsigned()) {
            numbers.push_back(number.get<std::int64_t>());
        }
    }
    if (!has_list || numbers.size() != request["numbers"].size()) {
        return base::fail(
            base::Code::Invalid,
            fmt::format("\"numbers\" must be a list of at most {} numbers of {}", kNumbersMax, of));
    }
    return numbers;
}

}  // namespace millbeck::runtime
