// Two numbers, one a line: canonical text is canonical, and the three ways to order two numbers
// (comparison, sortable bytes, padded text) agree.
#include <algorithm>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "shardlog/number.hpp"
#include "tests/fuzz/fuzz_targets.hpp"
#include "tests/support/reference_number.hpp"

namespace millbeck::fuzz {
namespace {

int sign(int value) {
    return value < 0 ? -1 : (value > 0 ? 1 : 0);
}

// Absent as "" : refused.
std::string canonical_of(std::string_view text) {
    std::string canonical;
    const auto status = shardlog::append_canonical_number(canonical, text);
    if (!status) {
        MB_CHECK(canonical.empty() && status.error().code == base::Code::Invalid &&
                     !status.error().message.empty(),
                 "refused with words and without a trace");
        return canonical;
    }
    MB_CHECK(!canonical.empty() && canonical.size() <= shardlog::kNumberTextBytesMax,
             "the longest number is known");
    std::string again;
    MB_CHECK(shardlog::append_canonical_number(again, canonical).has_value() && again == canonical,
             "canonical text is canonical");
    MB_CHECK(shardlog::number_size_bytes(canonical) == tests::reference_number_size(canonical),
             "the size is the reference's");
    return canonical;
}

void check_order(const std::string& a, const std::string& b) {
    std::string sortable_a;
    std::string sortable_b;
    shardlog::append_sortable_number(sortable_a, a);
    shardlog::append_sortable_number(sortable_b, b);
    const int wanted = sign(tests::reference_order(a).compare(tests::reference_order(b)));
    MB_CHECK(sign(shardlog::compare_numbers(a, b)) == wanted, "compared by value");
    MB_CHECK(sign(sortable_a.compare(sortable_b)) == wanted, "sorted by value");
    MB_CHECK(wanted == 0 || !sortable_b.starts_with(sortable_a), "no encoding is a prefix");
}

}  // namespace

int fuzz_number(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(text.find('\n'), text.size());
    const std::string a = canonical_of(text.substr(0, line));
    const std::string b = canonical_of(text.substr(std::min(line + 1, text.size())));
    if (!a.empty() && !b.empty()) {
        check_order(a, b);
    }
    return 0;
}

}  // namespace millbeck::fuzz
