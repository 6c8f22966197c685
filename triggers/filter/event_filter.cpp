#include "triggers/filter/event_filter.hpp"

#include "shardlog/record_json.hpp"

namespace millbeck::triggers::filter {

using shardlog::RecordView;
using Verdict = Evidence::Verdict;

EventFilter::EventFilter(std::shared_ptr<const FilterCriteria> criteria)
    : criteria_(std::move(criteria)),
      evidence_(criteria_->plan()),
      text_(criteria_->plan().fields, evidence_) {}

bool EventFilter::matches(std::string_view json) {
    evidence_.clear();
    text_.begin_event();
    text_.walk_object(json, criteria_->plan().fields.root());
    return evidence_.matches();
}

const std::vector<std::pair<RecordFilter::Member, std::string_view>>& RecordFilter::names() {
    static const std::vector<std::pair<Member, std::string_view>> names{
        {Member::EventId, "eventID"},
        {Member::EventName, "eventName"},
        {Member::EventVersion, "eventVersion"},
        {Member::EventSource, "eventSource"},
        {Member::AwsRegion, "awsRegion"},
        {Member::IdentityType, "userIdentity.type"},
        {Member::IdentityPrincipal, "userIdentity.principalId"},
        {Member::CreationTime, "dynamodb.ApproximateCreationDateTime"},
        {Member::SequenceNumber, "dynamodb.SequenceNumber"},
        {Member::SizeBytes, "dynamodb.SizeBytes"},
        {Member::ViewType, "dynamodb.StreamViewType"}};
    return names;
}

RecordFilter::RecordFilter(std::shared_ptr<const FilterCriteria> criteria, RecordOrigin origin)
    : criteria_(std::move(criteria)),
      origin_(std::move(origin)),
      evidence_(criteria_->plan()),
      text_(criteria_->plan().fields, evidence_) {
    const FieldNames& fields = criteria_->plan().fields;
    for (const auto& [member, name] : names()) {
        if (const std::optional<FieldId> field = fields.find(name)) {
            asked_.push_back({member, *field});
        }
    }
    const FieldNames::Place change = fields.enter(fields.root(), "dynamodb").place;
    keys_ = fields.enter(change, "Keys").place;
    new_image_ = fields.enter(change, "NewImage").place;
    old_image_ = fields.enter(change, "OldImage").place;
}

bool RecordFilter::matches(const RecordView& record) {
    evidence_.clear();
    text_.begin_event();
    add_members(record);
    // What is known without reading an item often decides.
    if (const Verdict early = verdict(); early != Verdict::Open) {
        return early == Verdict::Matches;
    }
    const auto walk = [&](const FieldNames::Place& place, std::string_view item) {
        if (place.leads_on()) {
            text_.walk_object(item, place);
        }
    };
    walk(keys_, record.keys.text);
    if (shardlog::shows_new_image(record, origin_.view_type)) {
        walk(new_image_, record.new_image.text);
    }
    if (shardlog::shows_old_image(record, origin_.view_type)) {
        walk(old_image_, record.old_image.text);
    }
    return evidence_.matches();
}

Verdict RecordFilter::verdict() const {
    const auto is_in = [](FieldId field, const FieldNames::Place& place) {
        return place.first <= field && field < place.last;
    };
    return evidence_.verdict([&](FieldId field) {
        return is_in(field, keys_) || is_in(field, new_image_) || is_in(field, old_image_);
    });
}

void RecordFilter::add_members(const RecordView& record) {
    for (const Asked& asked : asked_) {
        if (const auto value = value_of(asked.member, record)) {
            evidence_.add(asked.field, *value, {});
        }
    }
}

std::optional<EventValue> RecordFilter::value_of(Member member, const RecordView& record) {
    const auto text = [](std::string_view value) { return EventValue{ValueKind::Text, value}; };
    const auto number = [this](auto value) {
        scratch_ = std::to_string(value);
        return EventValue{ValueKind::Number, scratch_};
    };
    const bool by_service = record.origin == shardlog::Origin::TimeToLive;
    scratch_.clear();
    switch (member) {
        case Member::EventId:
            shardlog::append_event_id(scratch_, origin_.stream_arn, record.sequence);
            return text(scratch_);
        case Member::EventName:
            return text(to_string(record.event));
        case Member::EventVersion:
            return text(shardlog::kEventVersion);
        case Member::EventSource:
            return text(shardlog::kEventSource);
        case Member::AwsRegion:
            return text(origin_.region);
        case Member::IdentityType:
            return by_service ? std::optional(text("Service")) : std::nullopt;
        case Member::IdentityPrincipal:
            return by_service ? std::optional(text("dynamodb.amazonaws.com")) : std::nullopt;
        case Member::CreationTime:
            return number(shardlog::creation_seconds(record));
        case Member::SequenceNumber:
            record.sequence.append_to(scratch_);
            return text(scratch_);
        case Member::SizeBytes:
            return number(shardlog::shown_size_bytes(record, origin_.view_type));
        case Member::ViewType:
            return text(to_string(origin_.view_type));
    }
    return std::nullopt;
}

}  // namespace millbeck::triggers::filter
