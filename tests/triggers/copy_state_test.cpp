#include "triggers/copy_state.hpp"

#include <string>

#include <gtest/gtest.h>

namespace millbeck::triggers {
namespace {

using shardlog::HashRange;
using shardlog::SequenceNumber;

constexpr std::uint64_t kMost = ~std::uint64_t{0};

std::string row(std::uint64_t hash, std::string_view rest = "k") {
    std::string key;
    for (int shift = 56; shift >= 0; shift -= 8) {
        key.push_back(static_cast<char>(hash >> shift));
    }
    return key.append(rest);
}

CopyState state_of(std::vector<CopyPiece> pieces) {
    CopyState state;
    for (const CopyPiece& piece : pieces) {
        state.advance(piece.as_of, piece.upto);
    }
    return state;
}

// If it fails, a restart reads rows again or leaves some out.
TEST(CopyState, IsTheSameThroughItsText) {
    const CopyState states[] = {
        {},
        state_of({{SequenceNumber{7}, "abcdefgh\x01"}}),
        state_of({{SequenceNumber{7}, std::string("abcdefgh\0\xff", 10)}, {SequenceNumber{9}, ""}}),
    };
    for (const CopyState& state : states) {
        const auto again = CopyState::parse(state.to_text());
        ASSERT_TRUE(again.has_value()) << again.error().message;
        EXPECT_EQ(*again, state);
    }
    for (const std::string_view bad :
         {"", "x", "1", "1:zz", "1:616", "1:;2:", "1:62;2:61", "1:61;"}) {
        EXPECT_FALSE(CopyState::parse(bad).has_value()) << bad;
    }
}

// If it fails, a change is delivered after a row that is newer, or is lost.
TEST(CopyState, HoldsTheChangesThatItsRowsHold) {
    CopyState state;
    EXPECT_EQ(state.after(), "");
    state.advance(SequenceNumber{10}, row(1));
    state.advance(SequenceNumber{10}, row(5));
    EXPECT_EQ(state.after(), row(5));
    EXPECT_EQ(state.pieces().size(), 1u);
    state.advance(SequenceNumber{20}, row(9));
    state.advance(SequenceNumber{30}, "");
    EXPECT_TRUE(state.rows_done());
    EXPECT_EQ(state.first_change(), SequenceNumber{11});
    EXPECT_EQ(state.newest(), SequenceNumber{30});
    struct Case {
        std::uint64_t hash, change;
        bool held;
    };
    for (const Case& each : {Case{1, 10, true}, Case{1, 11, false}, Case{5, 11, false},
                             Case{6, 11, true}, Case{9, 20, true}, Case{9, 21, false},
                             Case{10, 21, true}, Case{kMost, 30, true}, Case{kMost, 31, false}}) {
        EXPECT_EQ(state.holds(row(each.hash), SequenceNumber{each.change}), each.held)
            << each.hash << " at " << each.change;
    }
}

TEST(CopyState, TellsHowMuchIsRead) {
    const HashRange hashes{100, 199};
    CopyState state;
    EXPECT_EQ(state.progress(hashes), 0);
    state.advance(SequenceNumber{1}, row(150));
    EXPECT_DOUBLE_EQ(state.progress(hashes), 0.5);
    state.advance(SequenceNumber{1}, "");
    EXPECT_EQ(state.progress(hashes), 1);
}

// If it fails, the first changes of a child overtake the rows that its parents' copy read later.
TEST(CopyState, AChildInheritsWhatItsParentsHold) {
    const CopyState left = state_of({{SequenceNumber{10}, ""}});
    const CopyState right = state_of({{SequenceNumber{4}, row(150)}, {SequenceNumber{8}, ""}});
    const CopyState both =
        CopyState::inherited({{HashRange{100, kMost}, right}, {HashRange{0, 99}, left}});
    EXPECT_TRUE(both.rows_done());
    EXPECT_EQ(both.newest(), SequenceNumber{10});
    EXPECT_TRUE(both.holds(row(99), SequenceNumber{10}));
    EXPECT_FALSE(both.holds(row(100), SequenceNumber{5}));
    EXPECT_TRUE(both.holds(row(100), SequenceNumber{4}));
    EXPECT_TRUE(both.holds(row(151), SequenceNumber{8}));
    EXPECT_FALSE(both.holds(row(kMost), SequenceNumber{9}));
    EXPECT_EQ(CopyState::parse(both.to_text()), both);
    const CopyState half =
        CopyState::inherited({{HashRange{0, 99}, left}, {HashRange{100, kMost}, {}}});
    EXPECT_TRUE(half.holds(row(0), SequenceNumber{1}));
    EXPECT_FALSE(half.holds(row(100), SequenceNumber{1}));
}

}  // namespace
}  // namespace millbeck::triggers
