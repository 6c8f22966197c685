// An event source mapping as it is kept on disk.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/lambda/mapping_settings.hpp"
#include "runtime/lambda/tag_calls.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime::lambda {

struct MappingDocument {
    std::string uuid;
    MappingSettings settings;
    Tags tags{};
    base::WallTime modified{};
    bool deleting = false;  // nothing is left to do but to forget it

    friend bool operator==(const MappingDocument&, const MappingDocument&) = default;
};

// JSON with a version; old versions stay readable.
std::string write_mapping(const MappingDocument& mapping, const shardlog::Identity& identity);

// Corrupt: not such a text, or of a newer version.
base::Result<MappingDocument> read_mapping(const std::string& uuid, std::string_view json,
                                           const shardlog::Identity& identity);

// `arn:aws:lambda:<region>:<account>:event-source-mapping:<uuid>`
std::string mapping_arn(const shardlog::Identity& identity, std::string_view uuid);

}  // namespace millbeck::runtime::lambda
