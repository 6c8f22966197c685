// The work of a comparison; internal to sink_verify.cpp and sink_repair.cpp.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/sink_verify.hpp"
#include "triggers/batch_builder.hpp"
#include "triggers/filter/event_filter.hpp"

namespace millbeck::runtime {

class Comparer {
  public:
    explicit Comparer(const ComparisonContext& context);

    base::Result<Comparison> run(Repair repair);

  private:
    struct Expected {
        enum class Kind : std::uint8_t {
            Row,
            Derived,
            Uncertain,  // derived, and nobody can say what the target holds: not compared
        };
        std::uint64_t content = 0;
        Kind kind = Kind::Row;
        bool met = false;
    };
    enum class Certainty { Full, None };

    [[nodiscard]] std::string arn() const {
        return shardlog::stream_arn(context_.identity, context_.stream.table_name,
                                    context_.stream.label);
    }
    [[nodiscard]] base::Instant deadline() const;

    // Keys that changed between where the sink stands and the image, and all that is derived of
    // what the rows were and became.
    base::Status note_on_the_way();
    base::Status note_shard_on_the_way(const shardlog::Shard& shard);
    base::Status each_row(const std::function<base::Status(const sinks::Message&,
                                                           const shardlog::RecordView&)>& visit);
    [[nodiscard]] triggers::BatchBuilder builder(const std::string& shard) const;

    base::Status expect(const sinks::Message& row);
    // What several rows want differently is what the last one delivered wants: nobody knows which.
    base::Status expect_derived(std::string_view key, std::string_view image, Certainty certainty);

    base::Status meet(const sinks::CopiedRow& row);

    // What was not met, and, to be mended, what was met otherwise than expected. A row is also
    // mended for what is derived of it.
    base::Status look_for(const sinks::Message& row, const shardlog::RecordView& record);
    // Notes what is missing, once.
    bool is_as_expected(const std::string& key);

    base::Status mend();
    base::Status mend_shard(const triggers::Checkpoint& checkpoint, const shardlog::Shard& shard);
    base::Status deliver(triggers::BatchBuilder& rows, const triggers::Checkpoint& checkpoint);

    const ComparisonContext& context_;
    sinks::CopyReader& reader_;
    std::optional<triggers::filter::RecordFilter> filter_;
    Comparison found_;
    std::unordered_set<std::string> on_the_way_;
    std::unordered_map<std::uint64_t, Expected> expected_;  // by the key's hash
    std::unordered_set<std::string> wrong_;                 // missing or different
    // What goes first when the copy is mended: what is extra, and the rows to come again, as they
    // have their version at the target already.
    std::vector<std::string> gone_;
    std::vector<std::string> to_mend_;              // row keys of the latter
    std::map<std::string, std::string> positions_;  // by shard, of the newest batch that mends
};

}  // namespace millbeck::runtime
