// Event patterns: the pattern on the first line, the rest is an event. Whatever comes is refused
// with words or says of each event the same, however often it is asked and however it is packed.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "tests/fuzz/fuzz_targets.hpp"
#include "triggers/filter/event_filter.hpp"

namespace millbeck::fuzz {
namespace {

namespace filter = triggers::filter;

constexpr const char* kUsualEvent =
    R"({"eventName":"MODIFY","a":[1,{"b":"x\n","c":null},{"b":"10.0.0.1"}],"dynamodb":{"SizeBytes":2}})";

std::shared_ptr<const filter::FilterCriteria> criteria_of(const std::vector<std::string>& texts) {
    auto criteria = filter::FilterCriteria::parse(texts);
    if (!criteria) {
        MB_CHECK(criteria.error().code == base::Code::Invalid && !criteria.error().message.empty(),
                 "refused with words");
        return nullptr;
    }
    return std::make_shared<const filter::FilterCriteria>(std::move(*criteria));
}

bool is_object(const std::string& json) {
    return json.find_first_not_of(" \t\r\n") == json.find('{') && nlohmann::json::accept(json);
}

bool matches(std::shared_ptr<const filter::FilterCriteria> criteria, const std::string& event) {
    filter::EventFilter filter(std::move(criteria));
    const bool first = filter.matches(event);
    MB_CHECK(filter.matches(event) == first, "one event leaves nothing behind for the next");
    return first;
}

shardlog::RecordView record_of(std::string_view item) {
    shardlog::RecordView record;
    record.sequence = shardlog::SequenceNumber{7};
    record.keys.text = item;
    record.new_image.text = item;
    return record;
}

}  // namespace

int fuzz_pattern(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string pattern = text.substr(0, end);
    const auto criteria = criteria_of({pattern});
    if (!criteria) {
        return 0;
    }
    std::string event = text.substr(std::min(end + 1, text.size()));
    if (!is_object(event)) {
        event = kUsualEvent;
    }
    const bool found = matches(criteria, event);
    if (const auto twice = criteria_of({pattern, pattern})) {
        MB_CHECK(matches(twice, event) == found, "twice the same asks for the same");
    }
    filter::RecordFilter records(criteria, {});
    const bool first = records.matches(record_of(event));
    MB_CHECK(records.matches(record_of(event)) == first, "and so it is with records");
    return 0;
}

}  // namespace millbeck::fuzz
