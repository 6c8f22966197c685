// The sets of an item: never empty, no duplicates, sorted by value.
#include <algorithm>
#include <set>
#include <vector>

#include "shardlog/base64.hpp"
#include "shardlog/item_writer.hpp"
#include "shardlog/number.hpp"

namespace millbeck::shardlog {
namespace {

using simdjson::dom::element;

constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";

std::string invalid(std::string_view text) {
    return std::string(kInvalid).append(text);
}

int compare_texts(std::string_view a, std::string_view b) {
    return a.compare(b);
}

// The older layer shows the set as it was sent: `[b, a, b]`.
std::string listed_as_sent(element set) {
    std::string text;
    for (const element entry : as_array(set)) {
        text.append(text.empty() ? "[" : ", ").append(as_string(entry));
    }
    return text.append("]");
}

// The newer one shows how far it came: the members in order until one was there already, that one,
// and those after it as sent: `["a", "b", "b"]`.
std::string listed_as_sorted(element set, int (*compare)(std::string_view, std::string_view),
                             std::string_view separator) {
    const auto less = [compare](std::string_view a, std::string_view b) {
        return compare(a, b) < 0;
    };
    std::set<std::string_view, decltype(less)> sorted(less);
    std::vector<std::string_view> rest;
    for (const element entry : as_array(set)) {
        if (!rest.empty() || !sorted.insert(as_string(entry)).second) {
            rest.push_back(as_string(entry));
        }
    }
    std::vector<std::string_view> shown(sorted.begin(), sorted.end());
    shown.insert(shown.end(), rest.begin(), rest.end());
    std::string text;
    for (const std::string_view member : shown) {
        text.append(text.empty() ? "[" : separator).append("\"").append(member).append("\"");
    }
    return text.append("]");
}

}  // namespace

// False: two members are equal.
bool ItemWriter::sort_set(int (*compare)(std::string_view, std::string_view)) {
    auto& set = scratch_.sets;
    const auto not_less = [compare](std::string_view a, std::string_view b) {
        return compare(a, b) >= 0;
    };
    if (std::adjacent_find(set.begin(), set.end(), not_less) == set.end()) {
        return true;  // in order already, and so without duplicates
    }
    std::sort(set.begin(), set.end(),
              [compare](std::string_view a, std::string_view b) { return compare(a, b) < 0; });
    return std::adjacent_find(set.begin(), set.end(), not_less) == set.end();
}

// Members that need no escape: numbers and base64.
void ItemWriter::write_quoted_set() {
    char separator = '[';
    for (const std::string_view entry : scratch_.sets) {
        scratch_.text.append(separator);
        scratch_.text.append('"');
        scratch_.text.append(entry);
        scratch_.text.append('"');
        separator = ',';
    }
    scratch_.text.append("]}");
}

bool ItemWriter::write_string_set(Element value, std::uint32_t& size_bytes) {
    if (!value.is_array()) {
        return mismatch(value, WireType::List);
    }
    scratch_.sets.clear();
    for (const Element entry : as_array(value)) {
        if (entry.is_null()) {
            return fail(base::Code::Invalid,
                        invalid("An string set may not have a null string as a member"));
        }
        if (!entry.is_string()) {
            return mismatch(entry, WireType::String);
        }
        scratch_.sets.push_back(as_string(entry));
        size_bytes += static_cast<std::uint32_t>(scratch_.sets.back().size());
    }
    if (scratch_.sets.empty()) {
        return fail(base::Code::Invalid, invalid("An string set  may not be empty"));
    }
    if (!sort_set(compare_texts)) {
        const std::string shown = wording_ == Wording::Newer
                                      ? listed_as_sorted(value, compare_texts, ", ")
                                      : listed_as_sent(value);
        return fail(base::Code::Invalid,
                    invalid("Input collection " + shown + " contains duplicates."));
    }
    scratch_.text.append(R"({"SS":)");
    char separator = '[';
    for (const std::string_view entry : scratch_.sets) {
        scratch_.text.append(separator);
        scratch_.text.append_json_string(entry);
        separator = ',';
    }
    scratch_.text.append("]}");
    return true;
}

// Fills scratch.sets with canonical numbers that live in scratch.numbers.
bool ItemWriter::collect_numbers(Element value) {
    TextBuffer& numbers = scratch_.numbers;
    numbers.clear();
    std::vector<std::size_t> ends;
    for (const Element entry : as_array(value)) {
        if (!entry.is_string() && !entry.is_null()) {
            return mismatch(entry, WireType::String);
        }
        const std::string_view content = entry.is_null() ? std::string_view() : as_string(entry);
        NumberFault fault = NumberFault::None;
        numbers.commit(write_canonical_number(numbers.room(kNumberTextBytesMax), content, fault));
        if (fault != NumberFault::None) {
            return fail_number(fault, content);
        }
        ends.push_back(numbers.size());
    }
    // Views only now: the buffer may have moved while it grew.
    scratch_.sets.clear();
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
        scratch_.sets.push_back(numbers.view().substr(begin, end - begin));
        begin = end;
    }
    return true;
}

bool ItemWriter::write_number_set(Element value, std::uint32_t& size_bytes) {
    if (!value.is_array()) {
        return mismatch(value, WireType::List);
    }
    if (!collect_numbers(value)) {
        return false;
    }
    if (scratch_.sets.empty()) {
        return fail(base::Code::Invalid, invalid("An number set  may not be empty"));
    }
    if (!sort_set(compare_numbers)) {
        return fail(base::Code::Invalid, wording_ == Wording::Newer
                                             ? invalid("Input collection contains duplicates.")
                                             : "Input collection contains duplicates");
    }
    for (const std::string_view number : scratch_.sets) {
        size_bytes += number_size_bytes(number);
    }
    scratch_.text.append(R"({"NS":)");
    write_quoted_set();
    return true;
}

bool ItemWriter::write_binary_set(Element value, std::uint32_t& size_bytes) {
    if (!value.is_array()) {
        return mismatch(value, WireType::List);
    }
    scratch_.sets.clear();
    for (const Element entry : as_array(value)) {
        if (entry.is_null()) {
            return fail(base::Code::Invalid,
                        invalid("Binary sets may not contain null or empty values"));
        }
        if (!entry.is_string()) {
            return mismatch(entry, WireType::Blob);
        }
        const std::string_view content = as_string(entry);
        auto decoded_bytes = check_base64(content);
        if (!decoded_bytes) {
            error_ = std::move(decoded_bytes).error();
            return false;
        }
        scratch_.sets.push_back(content);
        size_bytes += static_cast<std::uint32_t>(*decoded_bytes);
    }
    if (scratch_.sets.empty()) {
        return fail(base::Code::Invalid, invalid("Binary sets should not be empty"));
    }
    if (!sort_set(compare_base64)) {
        const std::string shown = wording_ == Wording::Newer
                                      ? listed_as_sorted(value, compare_base64, ",")
                                      : listed_as_sent(value);
        return fail(base::Code::Invalid,
                    invalid("Input collection " + shown + "of type BS contains duplicates."));
    }
    scratch_.text.append(R"({"BS":)");
    write_quoted_set();
    return true;
}

}  // namespace millbeck::shardlog
