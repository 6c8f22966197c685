// Says which events match: of records of a shard, and of any JSON text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shardlog/record.hpp"
#include "triggers/filter/event_text.hpp"
#include "triggers/filter/evidence.hpp"
#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::triggers::filter {

// What a record does not carry itself.
struct RecordOrigin {
    std::string region;
    std::string stream_arn;
    shardlog::StreamViewType view_type = shardlog::StreamViewType::NewAndOldImages;
};

// Threads: one; it has memory that it uses again for each event.
class EventFilter {
  public:
    explicit EventFilter(std::shared_ptr<const FilterCriteria> criteria);

    EventFilter(const EventFilter&) = delete;
    EventFilter& operator=(const EventFilter&) = delete;
    ~EventFilter() = default;

    // Requires: valid JSON of an object.
    [[nodiscard]] bool matches(std::string_view json);

  private:
    std::shared_ptr<const FilterCriteria> criteria_;
    Evidence evidence_;
    EventText text_;
};

// The same for records, as a handler would get them, without making their text. eventSourceARN is
// not seen: the service adds it to what passed.
class RecordFilter {
  public:
    RecordFilter(std::shared_ptr<const FilterCriteria> criteria, RecordOrigin origin);

    RecordFilter(const RecordFilter&) = delete;
    RecordFilter& operator=(const RecordFilter&) = delete;
    ~RecordFilter() = default;

    [[nodiscard]] bool matches(const shardlog::RecordView& record);

  private:
    // The members of a record that are not items.
    enum class Member : std::uint8_t {
        EventId,
        EventName,
        EventVersion,
        EventSource,
        AwsRegion,
        IdentityType,
        IdentityPrincipal,
        CreationTime,
        SequenceNumber,
        SizeBytes,
        ViewType
    };
    struct Asked {
        Member member;
        FieldId field;
    };

    // The names of members, as the wire has them.
    static const std::vector<std::pair<Member, std::string_view>>& names();

    // nullopt: the record has no such member. May point into scratch_.
    std::optional<EventValue> value_of(Member member, const shardlog::RecordView& record);
    void add_members(const shardlog::RecordView& record);
    [[nodiscard]] Evidence::Verdict verdict() const;

    std::shared_ptr<const FilterCriteria> criteria_;
    RecordOrigin origin_;
    std::vector<Asked> asked_;  // the members that patterns ask for
    FieldNames::Place keys_, new_image_, old_image_;
    Evidence evidence_;
    EventText text_;
    std::string scratch_;
};

}  // namespace millbeck::triggers::filter
