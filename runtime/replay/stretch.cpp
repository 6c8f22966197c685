#include "runtime/replay/stretch.hpp"

#include <algorithm>
#include <utility>

namespace millbeck::runtime {

using shardlog::RecordView;
using shardlog::SequenceNumber;

namespace {

constexpr std::size_t kChunkBytes = 1u << 20;

}  // namespace

std::uint64_t first_hash_of_lane(std::uint32_t lane, std::uint32_t lanes) {
    return lanes == 1 ? 0 : (~std::uint64_t{0} / lanes + 1) * lane;
}

std::uint32_t lane_of_hash(std::uint64_t hash, std::uint32_t lanes) {
    return lanes == 1 ? 0 : static_cast<std::uint32_t>(hash / (~std::uint64_t{0} / lanes + 1));
}

std::string_view Stretch::keep(std::string_view text) {
    if (text.empty()) {
        return {};
    }
    if (chunks_.empty() || chunks_.back().capacity() - chunks_.back().size() < text.size()) {
        chunks_.emplace_back().reserve(std::max(kChunkBytes, text.size()));
    }
    std::string& chunk = chunks_.back();
    const std::size_t at = chunk.size();
    chunk.append(text);
    bytes_ += text.size();
    return std::string_view(chunk).substr(at);
}

void Stretch::add(const RecordView& record) {
    RecordView own = record;
    own.row_key = keep(record.row_key);
    own.keys.text = keep(record.keys.text);
    own.new_image.text = keep(record.new_image.text);
    own.old_image.text = keep(record.old_image.text);
    const auto lanes = static_cast<std::uint32_t>(lanes_.size());
    lanes_[lane_of_hash(shardlog::partition_hash(record.row_key), lanes)].push_back(own);
}

std::shared_ptr<const Stretch> StretchCache::find(SequenceNumber position) {
    const auto found = std::find_if(kept_.begin(), kept_.end(),
                                    [&](const auto& stretch) { return stretch->holds(position); });
    if (found == kept_.end()) {
        return nullptr;
    }
    std::rotate(found, found + 1, kept_.end());
    return kept_.back();
}

void StretchCache::keep(std::shared_ptr<const Stretch> stretch) {
    if (kept_.size() == kStretchesKept) {
        kept_.pop_front();
    }
    kept_.push_back(std::move(stretch));
}

// Waits for whoever reads a stretch that may hold the position, then looks again.
StretchCache::Stretches StretchCache::at(SequenceNumber position) {
    std::promise<void> loaded;
    while (true) {
        std::shared_future<void> other;
        {
            const base::MutexLock lock(mutex_);
            if (auto found = find(position)) {
                return found;
            }
            const auto reading =
                std::find_if(loading_.begin(), loading_.end(),
                             [&](const Loading& each) { return each.begin <= position; });
            if (reading == loading_.end()) {
                loading_.push_back({position, loaded.get_future().share()});
                break;
            }
            other = reading->done;
        }
        other.wait();
    }
    Stretches stretch = load_(position);
    {
        const base::MutexLock lock(mutex_);
        std::erase_if(loading_, [&](const Loading& each) { return each.begin == position; });
        if (stretch) {
            keep(*stretch);
        }
    }
    loaded.set_value();
    return stretch;
}

}  // namespace millbeck::runtime
