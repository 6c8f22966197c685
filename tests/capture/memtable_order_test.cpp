#include "capture/memtable_order.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::capture {
namespace {

struct Entry {
    std::string key;
    std::uint64_t sequence = 0;
    std::uint8_t type = 1;
};

void append_varint(std::string& out, std::size_t value) {
    for (; value >= 0x80U; value >>= 7U) {
        out.push_back(static_cast<char>(value | 0x80U));
    }
    out.push_back(static_cast<char>(value));
}

std::string encoded(const Entry& entry) {
    std::string out;
    append_varint(out, entry.key.size() + 8);
    out += entry.key;
    const std::uint64_t trailer = (entry.sequence << 8U) | entry.type;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        out.push_back(static_cast<char>((trailer >> shift) & 0xFFU));
    }
    return out + "value";
}

int sign(int order) {
    return order < 0 ? -1 : static_cast<int>(order > 0);
}

// std::string compares as unsigned bytes, and a prefix is before what it is a prefix of.
int expected(const Entry& a, const Entry& b) {
    const auto rank = [](const Entry& entry) {
        return std::tuple(std::string_view(entry.key), ~entry.sequence);
    };
    return rank(a) < rank(b) ? -1 : static_cast<int>(rank(b) < rank(a));
}

void expect_order(const Entry& a, const Entry& b) {
    EXPECT_EQ(sign(memtable_order(encoded(a).data(), encoded(b).data())), expected(a, b))
        << testing::PrintToString(a.key) << " @" << a.sequence << " and "
        << testing::PrintToString(b.key) << " @" << b.sequence;
}

// A wrong order loses items: a search walks past them.
TEST(MemtableOrder, IsThatOfBytesThenNewestFirst) {
    const std::string table("\0\0\0\7", 4);
    const std::vector<Entry> entries = {
        {"", 1},
        {std::string(1, '\0'), 1},
        {"a", 1},
        {"abcdefg", 1},                     // shorter than a word
        {"abcdefgh", 1},                    // a word
        {std::string("abcdefgh\0", 9), 1},  // and the least there is behind it
        {"abcdefghi", 1},
        {"abcdefgi", 1},
        {"abcdefgh", 2},  // newer
        {"abcdefgh", 1U << 20U},
        {"abcdefgh", (1ULL << 56U) - 1},  // what a search for the newest looks for
        {table + "\x7F" + "aaaaaaa", 3},
        {table + "\x80" + "aaaaaaa", 3},  // bytes are unsigned
        {table + "\xFF" + "aaaaaaa", 3},
        {"\x80", 1},
        {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 1},
        {std::string(119, 'k'), 1},  // the longest with a length of one byte
        {std::string(120, 'k'), 1},
        {std::string(3000, 'k'), 1},
        {std::string(3000, 'k') + "l", 1},
    };
    for (const Entry& a : entries) {
        for (const Entry& b : entries) {
            expect_order(a, b);
        }
    }
}

// An item that is deleted and put within one sequence number would be two entries of one place.
TEST(MemtableOrder, TypeDoesNotCount) {
    const std::string put = encoded({"abcdefghij", 5, 1});
    const std::string deletion = encoded({"abcdefghij", 5, 0});
    EXPECT_EQ(memtable_order(put.data(), deletion.data()), 0);
}

TEST(MemtableOrder, AgreesOnRandomKeys) {
    std::mt19937 random(20'26);  // NOLINT(cert-msc51-cpp): the same keys every time
    const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
    constexpr std::string_view kBytes("\0\1a\x7F\x80\xFF", 6);  // few, so that many keys meet
    std::vector<Entry> entries(300);
    for (Entry& entry : entries) {
        entry.key.resize(below(20) == 0 ? 115 + below(10) : below(14));
        std::generate(entry.key.begin(), entry.key.end(), [&] { return kBytes[below(6)]; });
        entry.sequence = below(4);
    }
    for (const Entry& a : entries) {
        for (const Entry& b : entries) {
            expect_order(a, b);
        }
    }
}

}  // namespace
}  // namespace millbeck::capture
