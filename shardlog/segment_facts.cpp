// What the log's segments are, without a look at each record.
#include <algorithm>
#include <utility>

#include "shardlog/frame_walk.hpp"
#include "shardlog/log_files.hpp"
#include "shardlog/log_survey.hpp"
#include "shardlog/segment_index.hpp"

namespace millbeck::shardlog {

using base::Code;
using base::Result;

namespace {

// Of a segment without an index file.
Result<SegmentFacts> read_facts(base::File& file, SequenceNumber first, SequenceNumber last) {
    MB_TRY(auto walk, FrameWalk::begin(file, first));
    SegmentFacts facts{.first = first, .last = SequenceNumber{first.position() - 1}};
    while (walk.end().next <= last) {
        MB_TRY(const FrameView frame, walk.next());
        const base::WallTime time{base::Milliseconds{frame.header().time_ms}};
        facts.first_time = facts.last < first ? time : facts.first_time;
        facts.newest_time = std::max(facts.newest_time, time);
        facts.last = frame.last();
    }
    facts.used_bytes = walk.end().offset;
    return facts;
}

}  // namespace

Result<std::vector<SegmentFacts>> survey_log(base::FileSystem& files, const base::Path& folder,
                                             SequenceNumber published) {
    MB_TRY(const auto firsts, list_numbered(files, folder, kSegmentSuffix));
    std::vector<SegmentFacts> all;
    for (std::size_t i = 0; i < firsts.size() && firsts[i] <= published.next(); ++i) {
        const auto file = files.open(segment_path(folder, firsts[i]), base::OpenMode::Read);
        if (!file && file.error().code == Code::NotFound) {
            continue;  // trimmed meanwhile
        }
        if (!file) {
            return tl::unexpected<base::Error>(file.error());
        }
        const bool is_newest = i + 1 == firsts.size();
        SegmentFacts facts;
        if (const auto summary = load_summary(files, index_path(folder, firsts[i]))) {
            facts = {.first = summary->first,
                     .last = summary->last,
                     .first_time = base::WallTime{base::Milliseconds{summary->first_time_ms}},
                     .newest_time = base::WallTime{base::Milliseconds{summary->newest_time_ms}},
                     .used_bytes = summary->used_bytes};
        } else {
            const SequenceNumber last =
                is_newest ? published
                          : std::min(published, SequenceNumber{firsts[i + 1].position() - 1});
            MB_TRY(facts, read_facts(**file, firsts[i], last));
        }
        MB_TRY(facts.file_bytes, (*file)->size());
        facts.is_sealed = !is_newest;
        all.push_back(facts);
    }
    return all;
}

}  // namespace millbeck::shardlog
