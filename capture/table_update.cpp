#include "capture/table_update.hpp"

#include <algorithm>
#include <string>

#include "capture/capacity.hpp"
#include "capture/encryption.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Status;

constexpr const char* kUnitsWithOnDemand =
    "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits "
    "can be specified when BillingMode is PAY_PER_REQUEST";
constexpr const char* kUnitsMissing =
    "One or more parameter values were invalid: ProvisionedThroughput must be specified when "
    "BillingMode is PROVISIONED";

Status unchanged_units(const Throughput& units) {
    const std::string read = std::to_string(units.read_units);
    const std::string write = std::to_string(units.write_units);
    return fail(Code::Invalid,
                "The provisioned throughput for the table will not change. The requested value "
                "equals the current value. Current ReadCapacityUnits provisioned for the table: " +
                    read + ". Requested ReadCapacityUnits: " + read +
                    ". Current WriteCapacityUnits provisioned for the table: " + write +
                    ". Requested WriteCapacityUnits: " + write +
                    ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to "
                    "request higher limits.");
}

Status apply_billing(TableSpec& spec, const TableUpdate& update) {
    const BillingMode before = spec.billing;
    spec.billing = update.billing.value_or(before);
    if (spec.billing == BillingMode::PayPerRequest) {
        if (update.throughput) {
            return fail(Code::Invalid, kUnitsWithOnDemand);
        }
        spec.throughput = {};
        return {};
    }
    if (!update.throughput) {
        return before == spec.billing ? Status{} : fail(Code::Invalid, kUnitsMissing);
    }
    const bool same = update.throughput->read_units == spec.throughput.read_units &&
                      update.throughput->write_units == spec.throughput.write_units;
    if (same && before == spec.billing) {
        return unchanged_units(spec.throughput);
    }
    spec.throughput = *update.throughput;
    return {};
}

// A table that never had a class has the standard one, and goes on not to show it.
void apply_class(TableSpec& spec, const TableUpdate& update) {
    const bool told = !spec.table_class.empty();
    if (update.table_class && (told || *update.table_class != "STANDARD")) {
        spec.table_class = *update.table_class;
    }
}

}  // namespace

Status apply_settings(TableSpec& spec, const TableUpdate& update) {
    MB_TRY_STATUS(apply_billing(spec, update));
    MB_TRY_STATUS(change_maximum(spec.maximum, update.maximum, spec.billing, ""));
    MB_TRY_STATUS(change_warm(spec.warm, update.warm, ""));
    settle_capacity(spec.maximum, spec.warm, spec.billing, spec.throughput);
    if (update.encryption_key) {
        MB_TRY_STATUS(check_encryption_change(spec.encryption_key, *update.encryption_key));
        spec.encryption_key = *update.encryption_key;
    }
    if (update.deletion_protection) {
        spec.deletion_protection = *update.deletion_protection;
    }
    apply_class(spec, update);
    return apply_tags(spec.tags, update);
}

Status apply_tags(std::vector<Tag>& tags, const TableUpdate& update) {
    for (const Tag& tag : update.tags_set) {
        const auto same = std::ranges::find(tags, tag.key, &Tag::key);
        if (same == tags.end()) {
            tags.push_back(tag);
        } else {
            same->value = tag.value;
        }
    }
    for (const std::string& key : update.tags_removed) {
        std::erase_if(tags, [&](const Tag& tag) { return tag.key == key; });
    }
    if (tags.size() > kTagsMax) {
        return fail(Code::Invalid,
                    "Number of Tags exceed the current limit for the provided ResourceArn");
    }
    std::ranges::sort(tags, {}, &Tag::key);
    return {};
}

Status check_stream_change(const TableSpec& spec, const TableUpdate& update) {
    if (!update.stream) {
        return {};
    }
    if (update.stream->has_value() && spec.stream) {
        return fail(Code::Invalid,
                    "Table already has an enabled stream: TableName: " + spec.name.value());
    }
    if (!update.stream->has_value() && !spec.stream) {
        return fail(Code::Invalid,
                    "Table has no stream to disable: TableName: " + spec.name.value());
    }
    return {};
}

}  // namespace millbeck::capture
