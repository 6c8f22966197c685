// An image with later changes over it is the image of the later moment, in pages of any size.
#include "runtime/restore/patched_image.hpp"

#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "tests/support/row_image.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::runtime {
namespace {

using shardlog::EventName;
using shardlog::SequenceNumber;
using shardlog::TableId;
using tests::ImageItems;
using tests::row_key_of;
using tests::RowImage;
using tests::rows_of;

const TableId kTable{3};

struct Change {
    TableId table;
    std::string row_key;
    std::string item;  // "": removed
};

// The commits of one log, one change each, positions from 8 on.
class Changes final : public shardlog::LogHistory {
  public:
    explicit Changes(std::vector<Change> changes) : changes_(std::move(changes)) {}

    [[nodiscard]] SequenceNumber oldest() const override { return SequenceNumber{8}; }
    [[nodiscard]] SequenceNumber newest() const override {
        return SequenceNumber{7 + changes_.size()};
    }
    [[nodiscard]] base::Result<SequenceNumber> position_at(base::WallTime) const override {
        return newest();
    }
    [[nodiscard]] base::Result<base::WallTime> time_of(SequenceNumber) const override {
        return base::WallTime{};
    }
    base::Status versions(
        const shardlog::ItemName&, shardlog::LogRange, shardlog::ReadOrder,
        const std::function<base::Result<shardlog::NextRecord>(const shardlog::RecordView&)>&)
        const override {
        return {};
    }
    base::Status scan(
        shardlog::LogRange range,
        const std::function<base::Status(const shardlog::CommitView&)>& visit) const override {
        for (std::uint64_t at = range.from.position(); at <= range.to.position(); ++at) {
            const Change& change = changes_.at(at - 8);
            shardlog::RecordView record;
            record.sequence = SequenceNumber{at};
            record.table = change.table;
            record.event = change.item.empty() ? EventName::Remove : EventName::Modify;
            record.row_key = change.row_key;
            record.keys = {"keys", 4};
            record.new_image = {change.item, static_cast<std::uint32_t>(change.item.size())};
            MB_TRY_STATUS(visit({record.sequence, {}, std::span(&record, 1)}));
        }
        return {};
    }

  private:
    const std::vector<Change> changes_;
};

// If it fails, the last backup of a table lacks what was written just before its end.
TEST(PatchedImage, IsTheTableOfTheLaterMoment) {
    const std::uint64_t seed = tests::test_seed(31);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 300; ++round) {
        const auto below = [&](std::uint64_t limit) { return random() % limit; };
        ImageItems now;
        for (std::uint64_t left = below(12); left > 0; --left) {
            const auto number = below(20);
            now[row_key_of(std::to_string(number), static_cast<unsigned char>(number * 9))] = {
                "keys", "old"};
        }
        auto base = std::make_shared<const RowImage>(now);
        std::vector<Change> changes;
        for (std::uint64_t left = below(15); left > 0; --left) {
            const auto number = below(20);
            const std::string key =
                row_key_of(std::to_string(number), static_cast<unsigned char>(number * 9));
            const bool ours = below(4) > 0;
            const std::string item = below(2) == 0 ? "" : "new" + std::to_string(left);
            changes.push_back({ours ? kTable : TableId{4}, key, item});
            if (ours && item.empty()) {
                now.erase(key);
            } else if (ours) {
                now[key] = {"keys", item};
            }
        }
        const Changes log(std::move(changes));
        const auto image = image_through(base, kTable, log, log.newest());
        ASSERT_TRUE(image) << image.error().message;
        for (const std::size_t page : {1U, 2U, 5U, 100U}) {
            const shardlog::ImageRange all{.last_hash = std::numeric_limits<std::uint64_t>::max(),
                                           .from = {},
                                           .rows_max = page};
            ASSERT_EQ(rows_of(**image, all), now) << "seed " << seed << ", round " << round;
            shardlog::ImageRange part = all;
            part.first_hash = std::uint64_t{30} << 56U;
            part.last_hash = std::uint64_t{120} << 56U;
            ASSERT_EQ(rows_of(**image, part), rows_of(RowImage(now), part))
                << "seed " << seed << ", round " << round;
        }
    }
}

}  // namespace
}  // namespace millbeck::runtime
