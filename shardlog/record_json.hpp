// A stream record in AWS's JSON, the only place that knows its names; used by GetRecords, by
// triggers and by `millbeck tail`.
#pragma once

#include <string>
#include <string_view>

#include "shardlog/record.hpp"

namespace millbeck::shardlog {

// Streams: an element of GetRecords' Records (no eventSourceARN; userIdentity in Pascal case).
// Lambda:  an element of a handler event's Records (eventSourceARN; userIdentity in camel case;
//          ApproximateCreationDateTime as a JSON float, 1678831218.0).
enum class RecordFlavour { Streams, Lambda };

// What a record does not carry itself. Borrowed for the call.
struct RecordContext {
    std::string_view region;
    std::string_view stream_arn;
    StreamViewType view_type = StreamViewType::NewAndOldImages;
    RecordFlavour flavour = RecordFlavour::Streams;
};

// Appends one JSON object; splices keys and images, builds nothing. Member order as AWS sends it.
// Source: facts recorded in ../README.md of this room; SizeBytes = keys + the images shown.
void append_record_json(std::string& out, const RecordView& record, const RecordContext& context);

// Upper bound of what append_record_json appends, without building it.
std::size_t record_json_size_max(const RecordView& record, const RecordContext& context);

}  // namespace millbeck::shardlog
